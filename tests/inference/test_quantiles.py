"""Priors as maps from standard normals: SciPy where it is right, identities of both tails elsewhere, slopes."""

import numpy as np
import pytest
from scipy import special

from detente.inference.quantile_tables import FARTHEST, interpolate, table
from detente.inference.quantiles import Quantiles, crowded
from detente.language.priors import FAMILIES, Prior

PRIORS = [
    Prior("normal", (0.5, 2.0)),
    Prior("lognormal", (1.0, 1.0)),
    Prior("halfnormal", (2.0,)),
    Prior("truncnormal", (0.0, 1.0, -0.5, 2.0)),
    Prior("truncnormal", (3.0, 0.5, 0.0, np.inf)),
    Prior("uniform", (-1.0, 3.0)),
    Prior("loguniform", (0.01, 10.0)),
    Prior("beta", (2.0, 8.0)),
    Prior("beta", (3.0, 6.0)),  # where SciPy's inverse fails at z = 23.25
    Prior("beta", (0.5, 0.5)),
    Prior("gamma", (2.0, 40.0)),
    Prior("gamma", (0.3, 1.0)),
    Prior("gamma", (50.0, 2.0)),
    Prior("exponential", (0.5,)),
]
ODD = [
    Prior("beta", (0.02, 0.1)),
    Prior("beta", (10.0, 1e4)),
    Prior("beta", (1e6, 2.0)),
    Prior("gamma", (0.001, 1.0)),
    Prior("gamma", (1e8, 3.0)),
    Prior("truncnormal", (0.0, 1.0, 30.0, 31.0)),
    Prior("truncnormal", (0.0, 1.0, 100.0, np.inf)),
    Prior("truncnormal", (5.0, 1e3, 0.0, 1.0)),
    Prior("lognormal", (0.0, 50.0)),
    Prior("normal", (1e9, 1e-3)),
]
NEAR, WHOLE = np.linspace(-5, 5, 2_001), np.linspace(-FARTHEST, FARTHEST, 20_001)


def evaluate(prior: Prior, z):
    values, slopes = Quantiles([prior]).values_and_slopes(z[:, None])
    return values[:, 0], slopes[:, 0]


def ids(prior):
    return str(prior)


def test_every_family_is_here():
    assert {p.family for p in PRIORS} | {"fixed"} == set(FAMILIES)


@pytest.mark.parametrize("prior", PRIORS, ids=ids)
def test_scipy_at_moderate_z(prior):
    frozen = prior.frozen()
    exact = np.where(NEAR < 0, frozen.ppf(special.ndtr(NEAR)), frozen.isf(special.ndtr(-NEAR)))
    tolerance = {"beta": 1e-9, "gamma": 1e-9, "truncnormal": 1e-11}.get(prior.family, 1e-12)  # the last for SciPy
    np.testing.assert_allclose(evaluate(prior, NEAR)[0], exact, rtol=tolerance, atol=1e-12 * frozen.std())


@pytest.mark.parametrize("prior", PRIORS, ids=ids)
def test_slopes_are_phi_over_the_density(prior):
    """In the middle, and nowhere negative."""
    values, slopes = evaluate(prior, NEAR)
    exact = np.exp(-0.5 * NEAR**2 - 0.5 * np.log(2 * np.pi) - prior.frozen().logpdf(values))
    middle = np.abs(NEAR) < 3  # further out SciPy's densities of values next to 1 lose digits, not the slopes
    np.testing.assert_allclose(slopes[middle], exact[middle], rtol=1e-7)
    assert (slopes > 0).all()


@pytest.mark.parametrize("prior", [*PRIORS, *ODD], ids=ids)
def test_never_falls_and_stays_a_number(prior):
    values, slopes = evaluate(prior, WHOLE)
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()
    assert (slopes >= 0).all()
    rounding = 4 * np.spacing(
        np.maximum(np.abs(values[1:]), np.abs(prior.arguments[0]) if "norm" in prior.family else 0)
    )
    assert (np.diff(values) >= -rounding).all()


@pytest.mark.parametrize("prior", [*PRIORS, *(p for p in ODD if p.arguments not in {(1e9, 1e-3), (1e6, 2.0)})], ids=ids)
def test_slopes_by_differences(prior):
    """Where neighbouring values can be told apart: 1e-4 apart in z, their difference has its digits."""
    z, h = np.linspace(-36, 36, 1_501), 1e-4
    (low, _), (values, slopes), (high, _) = (evaluate(prior, z + d) for d in (-h, 0, h))
    steep = slopes * h > 1e7 * np.spacing(np.maximum(np.abs(values), abs(prior.arguments[0])))
    assert steep.sum() > 20
    np.testing.assert_allclose(slopes[steep], ((high - low) / (2 * h))[steep], rtol=3e-4)


LOWER = {  # log probability below a value
    "lognormal": lambda x, m, s: special.log_ndtr((np.log(x) - m) / s),
    "halfnormal": lambda x, s: np.log(special.erf(x / s / np.sqrt(2))),
    "uniform": lambda x, low, high: np.log((x - low) / (high - low)),
    "exponential": lambda x, rate: np.log(-np.expm1(-rate * x)),
    "beta": lambda x, a, b: np.log(special.betainc(a, b, x)),
    "gamma": lambda x, k, rate: np.log(special.gammainc(k, rate * x)),
}
UPPER = {  # and above it
    "lognormal": lambda x, m, s: special.log_ndtr(-(np.log(x) - m) / s),
    "halfnormal": lambda x, s: np.log(2) + special.log_ndtr(-x / s),
    "uniform": lambda x, low, high: np.log((high - x) / (high - low)),
    "exponential": lambda x, rate: -rate * x,
    "gamma": lambda x, k, rate: np.log(special.gammaincc(k, rate * x)),
}


@pytest.mark.parametrize(
    ("family", "arguments"),
    [
        ("lognormal", (1.0, 1.0)),
        ("halfnormal", (2.0,)),
        ("uniform", (0.0, 3.0)),
        ("exponential", (0.5,)),
        ("beta", (2.0, 8.0)),
        ("beta", (0.5, 0.5)),
        ("beta", (10.0, 1e4)),
        ("gamma", (2.0, 40.0)),
        ("gamma", (0.3, 1.0)),
    ],
)
def test_lower_tail(family, arguments):
    """The log probability below the value is that of z, to 36 standard deviations (where doubles reach so far)."""
    z = np.linspace(-36, -1, 71)
    values = evaluate(Prior(family, arguments), z)[0]
    kept = values > 1e-290
    assert kept.sum() > 30
    np.testing.assert_allclose(LOWER[family](values[kept], *arguments), special.log_ndtr(z[kept]), rtol=1e-9)


@pytest.mark.parametrize(
    ("family", "arguments"),
    [
        ("lognormal", (1.0, 1.0)),
        ("halfnormal", (2.0,)),
        ("uniform", (-3.0, 0.0)),
        ("exponential", (0.5,)),
        ("gamma", (2.0, 40.0)),
        ("gamma", (0.3, 1.0)),
        ("gamma", (50.0, 2.0)),
    ],
)
def test_upper_tail(family, arguments):
    z = np.linspace(1, 36, 71)
    values = evaluate(Prior(family, arguments), z)[0]
    np.testing.assert_allclose(UPPER[family](values, *arguments), special.log_ndtr(-z), rtol=1e-9)


def test_upper_tail_of_a_beta_by_symmetry():
    """1 - value is the value of the mirrored prior at -z, and the slopes are the same."""
    z = np.linspace(-8, 36, 200)
    values, slopes = evaluate(Prior("beta", (2.0, 8.0)), z)
    other, mirrored = evaluate(Prior("beta", (8.0, 2.0)), -z)
    np.testing.assert_allclose(1 - values, other, atol=1e-15)
    np.testing.assert_allclose(slopes, mirrored, rtol=1e-9)


def test_truncated_far_away_is_not_truncated():
    """SciPy says 8.198 at z = 20."""
    z = np.linspace(-36, 36, 500)
    values, slopes = evaluate(Prior("truncnormal", (1.0, 2.0, -99.0, 101.0)), z)
    np.testing.assert_allclose(values, 1 + 2 * z, rtol=1e-12)
    np.testing.assert_allclose(slopes, 2, rtol=1e-10)


def test_truncated_in_the_middle_is_a_half_normal():
    """To the last digits of what lies next to the bound, too."""
    z = np.linspace(-36, 36, 500)
    half = evaluate(Prior("halfnormal", (2.0,)), z)
    np.testing.assert_allclose(evaluate(Prior("truncnormal", (0.0, 2.0, 0.0, np.inf)), z), half, rtol=1e-11)
    mirrored = evaluate(Prior("truncnormal", (0.0, 2.0, -np.inf, 0.0)), -z)
    np.testing.assert_allclose(-mirrored[0], half[0], rtol=1e-11)


def test_truncated_in_the_tail():
    """Beyond 30 sds a normal is nearly an exponential; the tail's log probability says exactly where."""
    z = np.linspace(-3, 8, 200)
    values = evaluate(Prior("truncnormal", (0.0, 1.0, 30.0, np.inf)), z)[0]
    np.testing.assert_allclose(special.log_ndtr(-values) - special.log_ndtr(-30), special.log_ndtr(-z), atol=1e-10)


@pytest.mark.parametrize(("family", "arguments"), [("beta", (2.0, 8.0)), ("gamma", (2.0,))])
def test_tables_in_between_their_knots(family, arguments):
    """As promised: 1e-9 of the parameter. And a planted error in one coefficient is seen."""
    z = np.random.default_rng(1).uniform(-7, 7, 3_000)
    prior = Prior(family, (*arguments, 1.0)[:2])
    frozen = prior.frozen()
    exact = np.where(z < 0, frozen.ppf(special.ndtr(z)), frozen.isf(special.ndtr(-z)))
    back = special.logit if family == "beta" else np.log
    coefficients = table(family, arguments)

    def error(coefficients):
        return np.abs(interpolate(coefficients[None], z[:, None])[0][:, 0] - back(exact)).max()

    assert error(coefficients) < 1e-9
    assert error(coefficients + 1e-8 * (np.arange(6) == 3)) > 1e-9


def test_fixed_is_its_value_and_flat():
    values, slopes = evaluate(Prior("fixed", (1e9,)), np.linspace(-40, 40, 9))
    assert (values == 1e9).all()
    assert (slopes == 0).all()


@pytest.mark.parametrize("prior", PRIORS, ids=ids)
def test_far_out_is_still_a_number(prior):
    values, slopes = evaluate(prior, np.array([-1e4, -50.0, 50.0, 1e4]))
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()


def test_columns_keep_their_priors():
    """All priors together, in a batch of two axes and mixed order, as each alone."""
    together = [*PRIORS, *PRIORS[::-1], Prior("fixed", (3.0,))]
    z = np.random.default_rng(0).normal(size=(3, 4, len(together)))
    quantiles = Quantiles(together)
    assert len(quantiles) == len(together)
    values, slopes = quantiles.values_and_slopes(z)
    for i, prior in enumerate(together):
        for both, column in zip(evaluate(prior, z[..., i].ravel()), (values, slopes), strict=True):
            np.testing.assert_array_equal(both, column[..., i].ravel())


def test_no_parameters():
    assert Quantiles([]).values(np.zeros((5, 0))).shape == (5, 0)


def test_for_jax():
    """Cubics for jnp: the same values, and the gradient by tracing is the slope."""
    jax = pytest.importorskip("jax", reason="the extra `jax` is not installed")
    import jax.numpy as jnp

    quantiles = Quantiles([p for p in PRIORS if p.arguments != (0.3, 1.0)])
    coefficients, z = quantiles.coefficients(), np.random.default_rng(0).normal(size=(200, len(quantiles)))
    with jax.enable_x64(True):
        data = jnp.asarray(coefficients)
        found = np.asarray(interpolate(data, jnp.asarray(z), jnp)[0])
        slopes = np.asarray(jax.grad(lambda z: interpolate(data, z, jnp)[0].sum())(jnp.asarray(z)))
    values = quantiles.values(z)
    np.testing.assert_allclose(found, values, rtol=1e-7, atol=1e-9 * values.std(0).max())
    np.testing.assert_allclose(slopes, quantiles.values_and_slopes(z)[1], rtol=1e-4, atol=1e-6)


def test_what_crowds_an_edge_is_told():
    priors = [
        Prior("normal", (0.0, 1.0)),
        Prior("normal", (100.0, 10.0)),
        Prior("uniform", (1.0, 2.0)),
        Prior("uniform", (0.0, 1.0)),
        Prior("fixed", (9.0,)),
    ]
    z = np.random.default_rng(1).standard_normal((8, 64, 5))
    names = ["calm", "far", "ends", "low", "known"]
    assert crowded(Quantiles(priors), z, names) == {}
    z += np.array([0, 9.5, 8.5, -7.0, 50.0])
    told = crowded(Quantiles(priors), z, names)
    assert set(told) == {"far", "ends", "low"}
    assert "standard deviations out in the prior normal(100, 10) (on average 9.5)" in told["far"]
    assert "the record contradicts it" in told["far"]
    assert "numbers that another draw is too, because uniform(1, 2)" in told["ends"]
    assert "standard deviations out" in told["low"], "an end at 0 is resolved to the last digit"


def test_one_draw_far_out_is_no_crowd():
    z = np.random.default_rng(1).standard_normal((8, 64, 1))
    z[0, 0] = 9
    assert crowded(Quantiles([Prior("normal", (0.0, 1.0))]), z, ["p"]) == {}
