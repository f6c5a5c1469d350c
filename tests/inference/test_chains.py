"""How chains are laid out and which coordinates they move in: what needs no sampler."""

import numpy as np
import pytest

from detente.inference.chains import starts, whitening
from detente.inference.fit_chains import layout
from detente.settings import NUTSSettings


def test_chains_must_fill_the_islands():
    with pytest.raises(ValueError, match="a multiple of 8 chains, so that they make 8 islands; got 12"):
        layout(NUTSSettings(chains=12))


def test_whitening():
    """Draws have mean 0 and covariance I in the coordinates made from them, but for the share of the prior: a tenth as
    many draws as there are parameters, seen most where draws vary least. Few draws do not break it."""
    rng = np.random.default_rng(1)
    draws = rng.standard_normal((8, 500, 3)) @ np.array([[1.0, 0, 0], [0.9, 0.1, 0], [0, 0, 5]]) + 2
    here = whitening(draws)
    flat = draws.reshape(-1, 3)
    y = np.linalg.solve(here.factor, (flat - here.centre).T)
    np.testing.assert_allclose(y.mean(1), 0, atol=1e-12)
    share = 0.1 * 3 / len(flat) / np.linalg.eigvalsh(np.cov(flat.T)).min()
    assert share < 0.02, "small enough to tell anything"
    np.testing.assert_allclose(np.cov(y), np.eye(3), atol=share)
    assert np.isfinite(whitening(np.ones((1, 2, 4))).factor).all()


def test_starts_repeat_what_is_found():
    """Where fewer prior draws allow the record than there are chains."""
    kept, found = starts(lambda z: np.where(z[:, 0] > 3.5, 0.0, -1e10), 2, 1, 16)
    assert 0 < found < 16
    assert kept.shape == (16, 2) and (kept[:, 0] > 3.5).all()
    np.testing.assert_array_equal(kept[:found], kept[found : 2 * found][: len(kept[:found])])
    none, found = starts(lambda z: np.full(len(z), -1e10), 2, 1, 16)
    assert found == 0 and none.shape == (0, 2)
