"""Contraction and shares with closed-form answers."""

import math

import numpy as np
import pytest
from scipy.stats import lognorm, multivariate_normal, norm

from detente.analysis.claims.credence import credence
from detente.analysis.claims.learning import MINORITY, _moments, contraction, prior_variance, shares
from detente.engine.simulate import Tally
from detente.futures.play import Futures
from detente.futures.questions import Questions
from detente.inference.draws import Estimate
from detente.language.priors import FAMILIES, Prior
from tests.analysis.made import independent, test_of
from tests.engine.games import scenario

STANDARD_ERRORS = 5  # t with 7 degrees of freedom: false alarm about 2e-3 a number; seeds are fixed on top
KNOWN, UNKNOWN = Estimate(0.9, 0.01), Estimate(0.0, 0.01)


def told(draws, **tests):
    """Credences of tests of parameters."""
    futures = Futures(None, Questions(Tally(), {}, {}), draws, 2, {}, {}, np.zeros(1))
    return {name: credence(test_of(text).tree, futures) for name, text in tests.items()}


def two(count=8192, seed=1):
    """Two independent standard normals, the first learned."""
    return independent(("a", "b"), np.random.default_rng(seed).normal(size=(2, count)))


def explained(rho, cut):
    """Share of the variance of [x > cut] that a part of x with correlation sqrt(rho) explains."""
    p = norm.cdf(-cut)
    both = multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([-cut, -cut])
    return (both - p * p) / (p - p * p)


@pytest.mark.parametrize(("weight", "cut"), [(1.0, 0.0), (0.5, 0.0), (2.0, 1.0), (1.0, -1.5)])
def test_a_weighted_sum_against_a_number(weight, cut):
    """a + weight b > c: both explain all of it together, and each by the bivariate normal distribution."""
    scale = np.hypot(1, weight)
    found = shares(two(), told(two(), x=f"a + {weight} * b > {cut * scale}"), {"a": KNOWN, "b": UNKNOWN})["x"]
    first, second = explained(1 / scale**2, cut), explained(weight**2 / scale**2, cut)
    exact = {"learned": (1 + first - second) / 2, "unlearned": (1 + second - first) / 2, "hypothesis": 0}
    for group, value in exact.items():
        assert abs(found[group].value - value) < STANDARD_ERRORS * found[group].error + 0.02, (group, found)
    assert found["unexplained"].value < STANDARD_ERRORS * found["unexplained"].error + 0.02
    assert sum(e.value for e in found.values()) == pytest.approx(1)


def test_the_check_has_power():
    """The shares of one weight are not those of another."""
    found = shares(two(), told(two(), x="a + 2 * b > 0"), {"a": KNOWN, "b": UNKNOWN})["x"]
    assert abs(found["learned"].value - 0.5) > STANDARD_ERRORS * found["learned"].error + 0.02


def test_a_claim_on_learned_parameters_owes_nothing_to_the_others():
    found = shares(two(), told(two(), x="a > 0.3"), {"a": KNOWN, "b": UNKNOWN})["x"]
    assert found["learned"].value > 0.97
    assert found["unlearned"].value < 0.02


def test_hypotheses_have_their_share():
    """p is 1 under one hypothesis and -1 under the other: all that is open is which."""
    hypothesis = np.repeat([0, 1], 512)
    draws = independent(("p",), np.where(hypothesis == 0, 1.0, -1.0), hypothesis, ("yes", "no"))
    found = shares(draws, told(draws, x="p > 0"), {"p": KNOWN})["x"]
    assert found["hypothesis"].value > 0.97
    assert found["learned"].value < 0.02


def test_what_only_an_interaction_decides_is_unexplained():
    """The stated limit: no single parameter bears on the sign of a product."""
    found = shares(two(), told(two(), x="a * b > 0"), {"a": KNOWN, "b": UNKNOWN})["x"]
    assert found["unexplained"].value > 0.97


def test_noise_is_not_taken_for_knowledge():
    """Sixty parameters that have nothing to do with the claim, 1,024 draws."""
    rng = np.random.default_rng(4)
    names = tuple(f"p{i}" for i in range(61))
    draws = independent(names, rng.normal(size=(61, 1024)))
    found = shares(draws, told(draws, x="p0 > 0"), {n: KNOWN if n == "p0" else UNKNOWN for n in names})["x"]
    assert found["unlearned"].value < 0.05
    assert found["learned"].value > 0.9


def test_too_few_on_one_side():
    """Nothing is said of a claim that fewer than twenty draws, or none at all, hold open."""
    values = np.linspace(-1, 1, 512)
    draws = independent(("a",), values)
    claims = told(draws, rare=f"a > {values[-MINORITY]}", enough=f"a >= {values[-MINORITY]}", sure="a > -2")
    found = shares(draws, claims, {"a": KNOWN})
    assert found["rare"] is None and found["sure"] is None
    assert found["enough"] is not None
    assert shares(draws, {}, {"a": KNOWN}) == {}


def learned_of(prior, values, hypotheses=None, hypothesis=None):
    built = scenario(parameters={"p": prior}, hypotheses=hypotheses)
    return contraction(built, independent(("p",), values, hypothesis, tuple(built.hypotheses)))["p"]


@pytest.mark.parametrize("sd", [0.1, 0.5, 1.0])
def test_contraction_of_a_normal(sd):
    """1 - sd^2, within its error; a parameter that the record did not touch is near 0."""
    found = learned_of(Prior("normal", (0.0, 1.0)), np.random.default_rng(2).normal(0, sd, 2048))
    assert abs(found.value - (1 - sd**2)) < STANDARD_ERRORS * found.error
    assert found.error < 0.06


def test_contraction_never_leaves_its_range_and_fixed_is_none():
    wide = np.random.default_rng(2).normal(0, 3, 512)
    assert learned_of(Prior("normal", (0.0, 1.0)), wide).value == 0
    assert learned_of(Prior("fixed", (1.0,)), np.ones(64)) is None


def test_prior_variance_of_a_mixture():
    """Half N(0, 1), half N(4, 2): mean of the variances plus variance of the means; a fixed one is left out."""
    other = {"p": Prior("normal", (4.0, 2.0))}
    built = scenario(
        parameters={"p": Prior("normal", (0.0, 1.0))},
        hypotheses={"a": {}, "b": other, "c": {"p": Prior("fixed", (9.0,))}},
    )
    draws = independent(("p",), np.zeros(24), np.repeat([0, 1, 2], 8), ("a", "b", "c"))
    assert prior_variance(built, draws, "p", [0, 1]) == pytest.approx(2.5 + 4)
    assert prior_variance(built, draws, "p", []) == 0
    single = scenario(parameters={"p": Prior("lognormal", (0.0, 0.5))})
    assert prior_variance(single, independent(("p",), np.ones(8)), "p", [0]) == pytest.approx(lognorm(0.5).var())


def test_only_hypotheses_under_which_it_varies_count():
    """A red line at 1e9 under one hypothesis does not hide what the other learned."""
    hypothesis = np.repeat([0, 1], 512)
    values = np.where(hypothesis == 0, np.random.default_rng(3).normal(0, 0.5, 1024), 1e9)
    found = learned_of(
        Prior("normal", (0.0, 1.0)), values, {"line": {}, "bluff": {"p": Prior("fixed", (1e9,))}}, hypothesis
    )
    assert abs(found.value - 0.75) < STANDARD_ERRORS * found.error


@pytest.mark.parametrize(("family", "about"), FAMILIES.items())
def test_moments_are_those_of_the_distribution(family, about):
    if family == "fixed":
        return
    for arguments in ((1.2, 1.7, 0.5, 2.5), (0.1, 0.3, -9.0, 9.0), (2.0, 3.0, 10.0, 1e9), (0.0, 1.0, 2.0, 20.0)):
        if about.valid(used := arguments[: len(about.arguments)]):
            prior = Prior(family, used)
            assert _moments(prior) == pytest.approx(prior.frozen().stats("mv"), rel=1e-9)
    assert _moments(Prior("lognormal", (300.0, 30.0))) == (math.inf, math.inf)
