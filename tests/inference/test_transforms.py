"""Quantile tables against SciPy, family by family.

Stated error: at 20 000 points of |z| <= 5 (all but 6e-7 of the prior), |parameter - quantile| is below `TOLERANCE`
times max(|quantile|, sd): the larger of linear interpolation between knots 1/256 apart and float32, in which fits run.
"""

import jax.numpy as jnp
import numpy as np
import pytest
from detente.inference.transforms import KNOTS, Z_MAX, quantile_table, to_parameters
from scipy.special import ndtr

from detente.scenario.priors import FAMILIES, Prior

TOLERANCE = 1e-5
PRIORS = {
    "normal": (0.5, 2.0),
    "lognormal": (1.0, 1.0),
    "halfnormal": (2.0,),
    "truncnormal": (0.0, 1.0, -0.5, 2.0),
    "uniform": (-1.0, 3.0),
    "loguniform": (0.01, 10.0),
    "beta": (2.0, 8.0),
    "gamma": (2.0, 40.0),
    "exponential": (0.5,),
}


def exact(prior: Prior, z):
    """Quantiles by SciPy, from whichever tail is nearer."""
    frozen = prior.frozen()
    return np.where(z < 0, frozen.ppf(ndtr(z)), frozen.isf(ndtr(-z)))


def error(prior: Prior, z, dtype=np.float64, table=None):
    """Largest error over z, relative to the quantile or, near zero, to the prior's sd."""
    table = quantile_table([prior]) if table is None else table
    got = np.asarray(to_parameters(jnp.asarray(table, dtype), jnp.asarray(z[:, None], dtype)), float)[:, 0]
    want = exact(prior, z)
    return (np.abs(got - want) / np.maximum(np.abs(want), prior.frozen().std())).max()


def test_every_family_is_here():
    assert {*PRIORS, "fixed"} == set(FAMILIES)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("family", PRIORS)
def test_quantiles(family, dtype):
    assert error(Prior(family, PRIORS[family]), np.linspace(-5, 5, 20_001), dtype) < TOLERANCE


def test_lognormal_as_the_module_promises():
    """Relative error below 2e-6 with log_sd 1, over the whole table, relative to the quantile itself."""
    prior, z = Prior("lognormal", (0.0, 1.0)), np.linspace(-7.99, 7.99, 50_001)
    got = np.asarray(to_parameters(quantile_table([prior]), jnp.asarray(z[:, None])))[:, 0]
    assert np.abs(got / exact(prior, z) - 1).max() < 2e-6


@pytest.mark.parametrize("family", PRIORS)
def test_tables_never_fall(family):
    """Monotone and finite out to |z| = 8, both tails."""
    table = quantile_table([Prior(family, PRIORS[family])])
    assert table.shape == (1, KNOTS)
    assert np.isfinite(table).all()
    assert (np.diff(table) >= 0).all()


@pytest.mark.parametrize(("family", "arguments"), [("beta", (0.5, 0.5)), ("gamma", (0.3, 1.0)), ("gamma", (50.0, 2.0))])
def test_shapes_that_pile_up(family, arguments):
    assert error(Prior(family, arguments), np.linspace(-4, 4, 5_001)) < 1e-4


def test_fixed_is_its_value_and_flat():
    table = quantile_table([Prior("fixed", (1e9,))])
    values = to_parameters(jnp.asarray(table), jnp.linspace(-20, 20, 41)[:, None])
    assert (np.asarray(values) == 1e9).all()


@pytest.mark.parametrize("family", PRIORS)
def test_beyond_eight_is_clipped(family):
    table = jnp.asarray(quantile_table([Prior(family, PRIORS[family])]))
    z = jnp.asarray([-1e6, -Z_MAX - 1e-3, -Z_MAX, Z_MAX, Z_MAX + 1e-3, 1e6])[:, None]
    got = np.asarray(to_parameters(table, z))[:, 0]
    np.testing.assert_array_equal(got, np.repeat(np.asarray(table)[0, [0, -1]], 3))


def test_parameters_keep_their_rows():
    """Two priors, a batch of two axes: each column reads its own row."""
    table = quantile_table([Prior("normal", (0.0, 1.0)), Prior("normal", (10.0, 2.0))])
    z = jnp.asarray(np.random.default_rng(0).normal(size=(3, 4, 2)))
    np.testing.assert_allclose(to_parameters(jnp.asarray(table), z), z * jnp.asarray([1, 2]) + jnp.asarray([0, 10]))


def test_no_parameters():
    assert quantile_table([]).shape == (0, KNOTS)


def test_the_check_has_power():
    """A table of another prior, 1e-4 off, and one shifted by a knot must both be refused."""
    prior = Prior("lognormal", (1.0, 1.0))
    z = np.linspace(-5, 5, 20_001)
    assert error(prior, z, table=quantile_table([Prior("lognormal", (1.0001, 1.0))])) > TOLERANCE
    assert error(prior, z, table=np.roll(quantile_table([prior]), 1, axis=1)) > TOLERANCE
