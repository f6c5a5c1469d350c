import math

import pytest

from detente.report.words import BANDS, words


@pytest.mark.parametrize("band", BANDS, ids=lambda band: band.words)
def test_a_published_band_has_its_own_words_at_both_edges(band):
    inside = band.high - 1e-9 if band.words == "realistic possibility" else band.high  # published as "<50"
    assert words(band.low) == words(inside) == band.words


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.06, "remote chance"),
        (0.07, "remote chance"),
        (0.08, "highly unlikely"),
        (0.22, "highly unlikely"),
        (0.23, "unlikely"),
        (0.37, "unlikely"),
        (0.38, "realistic possibility"),
        (0.5, "realistic possibility"),
        (0.52, "realistic possibility"),
        (0.53, "likely"),
        (0.77, "likely"),
        (0.78, "highly likely"),
        (0.92, "highly likely"),
        (0.93, "almost certain"),
    ],
)
def test_a_gap_takes_the_nearest_band(p, expected):
    assert words(p) == expected


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.075, "highly unlikely"),
        (0.225, "unlikely"),
        (0.375, "realistic possibility"),
        (0.525, "realistic possibility"),
        (0.775, "likely"),
        (0.925, "highly likely"),
    ],
)
def test_halfway_the_band_nearer_to_one_half_wins(p, expected):
    assert words(p) == expected


def test_words_never_go_back_as_the_probability_rises():
    order = [band.words for band in BANDS]
    places = [order.index(words(k / 1000)) for k in range(1001)]
    assert places == sorted(places)
    assert set(places) == set(range(len(BANDS)))


@pytest.mark.parametrize("p", [-0.01, 1.01, math.nan])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        words(p)
