"""The coordinates that proposals are made in."""

import numpy as np
import pytest

from detente.inference.shapes import LARGEST, shapes


@pytest.fixture
def tilted():
    """Particles of a known covariance: 8 islands of 500, 3 parameters."""
    factor = np.array([[0.5, 0, 0], [0.2, 0.1, 0], [0, 0, 1.0]])
    return np.random.default_rng(1).standard_normal((8, 500, 3)) @ factor.T, factor @ factor.T


def test_the_particles_covariance(tilted):
    z, covariance = tilted
    found = shapes(z)
    for factor, inverse in zip(*found, strict=True):
        # 4 standard errors of a variance from 3,500 draws are 0.1 of it
        np.testing.assert_allclose(factor @ factor.T, covariance, atol=0.1 * covariance.max())
        assert (factor @ factor.T)[0, 1] == pytest.approx(covariance[0, 1], rel=0.1)
        np.testing.assert_allclose(factor @ inverse, np.eye(3), atol=1e-5)
        assert (np.triu(factor, 1) == 0).all()


def test_no_island_tunes_its_own_proposals(tilted):
    z, _ = tilted
    moved = z.copy()
    moved[2] = 5 * moved[2] + 1
    before, after = shapes(z), shapes(moved)
    np.testing.assert_array_equal(before.factor[2], after.factor[2])
    assert not np.allclose(before.factor[3], after.factor[3], rtol=0.05), "and all the others do hear of it"


def test_copies_of_few_particles_still_make_a_shape():
    """Three survivors, copied: no direction is lost, and none is believed to be tied to another."""
    rng = np.random.default_rng(2)
    z = np.repeat(rng.standard_normal((1, 3, 20)), 200, axis=1).reshape(1, 600, 20)
    found = shapes(z)
    covariance = found.factor[0] @ found.factor[0].T
    sd = np.sqrt(np.diag(covariance))
    off = (covariance / np.outer(sd, sd))[~np.eye(20, dtype=bool)]
    assert np.abs(off).max() <= 1 - np.exp(-0.3) + 1e-6
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert (np.diag(covariance) <= LARGEST + 1e-6).all()


def test_all_in_one_point():
    found = shapes(np.ones((4, 10, 2)))
    assert np.isfinite(found.factor).all()
    assert np.isfinite(found.inverse).all()


@pytest.mark.parametrize("width", [0.0, 1e-12, 1e-8])
@pytest.mark.parametrize("dimension", [2, 20])
def test_a_ridge_narrower_than_rounding(width, dimension):
    """Correlations of exactly 1: there is a shape all the same, and it lies along the ridge."""
    rng = np.random.default_rng(3)
    z = rng.standard_normal((8, 64, 1)) * np.ones(dimension) + width * rng.standard_normal((8, 64, dimension))
    for factor, inverse in zip(*shapes(z), strict=True):
        assert np.isfinite(factor).all() and np.isfinite(inverse).all()
        np.testing.assert_allclose(factor[:, 0], factor[0, 0], rtol=1e-6)
        assert np.abs(factor[:, 1:]).max() < 1e-5 * factor[0, 0]
