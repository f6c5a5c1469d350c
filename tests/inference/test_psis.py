"""Importance weights smoothed: on the same scale, with a k that tells weights that can be trusted from others."""

import numpy as np
import pytest
from arviz_stats.base.array import array_stats
from scipy.stats import norm

from detente.inference.psis import smoothed


def test_smoothed_ratios_keep_their_scale():
    """The mean ratio of N(0.5, 1) over N(0, 1) is 1 within 5 standard errors (one in two million; the seed is fixed
    besides); those of N(0, 3) over N(0, 1) have no variance, and k says so."""
    x = np.random.default_rng(1).standard_normal(4000)
    (logs, wide), k = smoothed(np.stack([norm.logpdf(x, 0.5), norm.logpdf(x, 0, 3)]) - norm.logpdf(x))
    error = np.sqrt(np.expm1(0.25) / len(x))
    assert np.exp(logs).mean() == pytest.approx(1, abs=5 * error)
    assert np.exp(logs - 0.05).mean() != pytest.approx(1, abs=5 * error), "another scale would be seen"
    assert k[0] < 0.5
    assert k[1] > 0.7
    assert np.isfinite(wide).all()


def test_rows_without_a_tail_stay_as_they_are():
    """Equal ratios; too few of them; the highest all alike; ties at the cut that carry little, and too much."""
    assert smoothed(np.full((1, 100), 2.0)) == (pytest.approx(np.full((1, 100), 2.0)), [-np.inf])
    assert smoothed(np.arange(5.0)[None])[1] == [np.inf]
    alike = np.where(np.arange(100) < 50, 0.0, 3.0)[None]
    assert smoothed(alike) == (pytest.approx(alike), [-np.inf])
    little, much = np.zeros((1, 100)), np.zeros((1, 100))
    little[0, 0], much[0, 0] = 1.5, 30.0
    assert smoothed(little) == (pytest.approx(little), [-np.inf])
    assert smoothed(much) == (pytest.approx(much), [np.inf])
    assert smoothed(np.zeros((0, 100)))[1].shape == (0,)


@pytest.mark.parametrize("draws", [200, 512, 4000])  # of fewer, versions of ArviZ take tails of other lengths
def test_smoothed_ratios_are_those_of_arviz(draws):
    """On ArviZ's scale, where they sum to 1."""
    rng = np.random.default_rng(draws)
    rows = rng.standard_normal((20, draws)) * np.linspace(0.5, 6, 20)[:, None]
    logs, k = smoothed(rows)
    logs = logs - np.log(np.exp(logs).sum(1, keepdims=True))
    for row, mine, shape in zip(rows, logs, k, strict=True):
        expected, expected_k = array_stats.psislw(-row)
        np.testing.assert_allclose(mine, expected, atol=1e-9)
        assert shape == pytest.approx(expected_k, abs=1e-9)
