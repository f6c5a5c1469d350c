import math

import pytest

from detente.report import format as fmt


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0, "<1%"),
        (0.004, "<1%"),
        (0.005, "1%"),
        (0.125, "13%"),
        (0.995, "100%"),
        (0.996, ">99%"),
        (1, ">99%"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_percent(p, text):
    assert fmt.percent(p) == text


@pytest.mark.parametrize(
    ("error", "text"),
    [(0.0, "±<0.1 pp"), (0.0004, "±<0.1 pp"), (0.004, "±0.4 pp"), (0.0099, "±1 pp"), (0.021, "±2 pp"), (None, "")],
)
def test_points(error, text):
    assert fmt.points(error) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1180, "1,180"),
        (1184.6, "1,180"),
        (0.04163, "0.0416"),
        (-0.5, "−0.5"),
        (9.999, "10"),
        (99950, "100,000"),
        (1e9, "1×10⁹"),
        (2.5e-5, "2.5×10⁻⁵"),
        (999999.9, "1,000,000"),
        (9999999.9, "10,000,000"),
        (None, "–"),
        (math.inf, "–"),
        (True, "–"),
    ],
)
def test_number(value, text):
    assert fmt.number(value) == text


def test_ranges_units_and_days():
    assert fmt.chance_range(0.1, 0.3) == "10–30%"
    assert fmt.chance_range(0.001, 0.03) == "up to 3%"
    assert fmt.chance_range(0.001, 0.002) == "<1%"
    assert fmt.chance_range(0.81, 0.999) == "81% or more"
    assert fmt.chance_range(0.001, 0.999) == "<1% to >99%"
    assert fmt.unit("km2 per week") == "km² per week"
    assert fmt.interval(-0.2, 1.4) == "−0.2 to 1.4"
    assert fmt.interval(2.0, 2.0) == "2"
    assert fmt.quantity(620, "km2") == "620\u00a0km²"
    assert fmt.quantity(0.3, "1") == "0.3"
    assert fmt.day("2024-08-05") == "5 Aug 2024"
    assert fmt.day("August 2024") == "August 2024"
    assert fmt.day("") == "–"
    assert fmt.signed_points(-0.02) == "−2 pp"
    assert fmt.signed_points(0.0) == ""
    assert fmt.seconds(200) == "3 min 20 s"
