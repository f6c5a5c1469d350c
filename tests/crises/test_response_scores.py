"""Scores of response curves: exact on small cases, intervals over crises, and a loser that is called one."""

from __future__ import annotations

import numpy as np
import pytest

from detente.crises.response_scores import auc, resamples, score_table
from detente.result.crises import Score


def test_area_under_the_curve_counts_pairs():
    p, y = np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])
    assert auc(p, y) == 0.75  # 3 of 4 pairs in order
    assert auc(np.full(4, 0.5), y) == 0.5
    assert np.isnan(auc(p, np.ones(4)))
    counted = auc(p, y, np.array([[1, 0, 2, 1], [0, 1, 1, 0]]))  # 3 of 3 pairs without the second case; 0 of 1
    assert counted.tolist() == [1.0, 0.0]


def test_whole_crises_are_drawn():
    crisis = np.array([3, 3, 5, 7, 7, 7])
    for counts in resamples(crisis, 1, 20):
        assert counts[0] == counts[1] and counts[3] == counts[4] == counts[5]
        assert counts[0] + counts[2] + counts[3] == 3


def test_scores_of_a_sharp_and_a_flat_forecast():
    y = np.array([1.0, 0.0, 1.0, 0.0])
    table = score_table(y, {"sharp": np.array([0.9, 0.1, 0.8, 0.2]), "flat": np.full(4, 0.5)}, np.arange(4))
    assert table.scores["sharp"].brier.value == pytest.approx(0.025)
    assert table.scores["flat"].brier == Score(value=0.25, low=0.25, high=0.25)
    assert table.scores["flat"].log.value == pytest.approx(np.log(2))
    assert table.against["flat"].brier.value == pytest.approx(-0.225)
    assert (table.n, table.crises, table.happened) == (4, 4, 2)


def test_intervals_cover_and_an_anti_forecast_loses():
    """90 % intervals of the Brier score hold its expectation in 9 of 10 data sets: below 26 of 40 one in 10,000 times.
    A forecast turned upside down is above climatology with its whole interval."""
    rng, covered, lost = np.random.default_rng(4), 0, 0
    for seed in range(40):
        truth = rng.uniform(0.1, 0.9, 150)
        y = (rng.random(150) < truth).astype(float)
        forecasts = {"curve": 1 - truth, "climatology": np.full(150, 0.5)}
        table = score_table(y, forecasts, np.arange(150), seed, repeats=200)
        value = table.scores["curve"].brier
        covered += value.low <= np.mean(truth**3 + (1 - truth) ** 3) <= value.high
        lost += table.against["climatology"].brier.low > 0
    assert covered >= 26
    assert lost >= 38
