"""Which scale reports are pooled on, by the rule of `choose_scale`."""

import math

import pytest

from detente.evidence.scale import LINEAR, LOG, Reading, Scale, choose_scale, read
from detente.language.records import Report


def report(value=None, low=None, high=None):
    return Report("a", "2024-01-01", "neutral", "B2", value, low, high)


@pytest.mark.parametrize(
    "unit", ["settlements", "km2", "km", "thousand people", "GW", "USD", "missiles a day", "t per year", "tonnes/year"]
)
def test_counts_and_measures_are_pooled_by_factors(unit):
    assert choose_scale(unit, [report(3), report(low=1, high=2)]) == Scale(LOG)


@pytest.mark.parametrize(
    "unit", ["%", "per cent", "percentage of troops", "share of the zone", "probability", "°C", "degrees", "year", "1"]
)
def test_shares_and_positions_are_pooled_by_differences(unit):
    scale = choose_scale(unit, [report(3), report(4)])
    assert (scale.name, scale.floor) == (LINEAR, -math.inf)
    assert scale.reference == pytest.approx(math.sqrt(12.5))


def test_a_zero_makes_the_scale_linear_and_the_count_stays_positive():
    scale = choose_scale("people", [report(low=0, high=30), report(40)])
    assert (scale.name, scale.floor) == (LINEAR, 0.0)
    assert scale.reference == pytest.approx(math.sqrt((900 + 1600) / 3))


def test_a_negative_number_takes_the_floor_away():
    assert choose_scale("people", [report(-5), report(40)]).floor == -math.inf


def test_nothing_but_zeros_is_measured_in_units():
    assert choose_scale("people", [report(0), report(0)]) == Scale(LINEAR, 1.0, 0.0)


def test_a_range_is_its_middle_and_half_its_width_on_the_scale():
    assert read(report(low=2, high=8), Scale(LOG)) == Reading(pytest.approx(math.log(4)), pytest.approx(math.log(2)))
    assert read(report(low=2, high=8), Scale(LINEAR, 10.0)) == Reading(0.5, pytest.approx(0.3))
    assert read(report(7), Scale(LINEAR, 10.0)) == Reading(0.7, 0.0)


@pytest.mark.parametrize("scale", [Scale(LOG), Scale(LINEAR, 7.0)])
def test_there_and_back(scale):
    assert scale.back(scale.to(42.0)) == pytest.approx(42.0)


def test_numbers_of_any_size_are_taken():
    assert choose_scale("%", [report(1e308), report(-1e308)]).reference == pytest.approx(1e308)
    assert Scale(LOG).back(800.0) == math.inf
