"""Importance weights smoothed: on the same scale, with a k that tells weights that can be trusted from others."""

import numpy as np
import pytest
from scipy.stats import norm

from detente.inference.psis import smoothed


def test_smoothed_ratios_keep_their_scale():
    """The mean ratio of N(0.5, 1) over N(0, 1) is 1 within 5 standard errors (one in two million; the seed is fixed
    besides); those of N(0, 3) over N(0, 1) have no variance, and k says so."""
    x = np.random.default_rng(1).standard_normal(4000)
    logs, k = smoothed(norm.logpdf(x, 0.5) - norm.logpdf(x))
    error = np.sqrt(np.expm1(0.25) / len(x))
    assert np.exp(logs).mean() == pytest.approx(1, abs=5 * error)
    assert np.exp(logs - 0.05).mean() != pytest.approx(1, abs=5 * error), "another scale would be seen"
    assert k < 0.5
    assert smoothed(norm.logpdf(x, 0, 3) - norm.logpdf(x))[1] > 0.7
    assert smoothed(np.full(100, 2.0)) == (pytest.approx(np.full(100, 2.0)), -np.inf)
    assert smoothed(np.arange(5.0))[1] == np.inf
