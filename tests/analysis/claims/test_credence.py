"""Claims with known answers."""

import numpy as np
import pytest
from scipy.stats import norm

from detente.analysis.claims.credence import Credence, credence, flipped_by
from detente.analysis.claims.size import sides, size
from detente.engine.simulate import Tally
from detente.futures.play import Futures
from detente.futures.questions import Questions
from detente.language.priors import Prior
from detente.result.claims import verdict_of
from tests.analysis.made import claiming, independent, played, test_of
from tests.engine.games import event, scenario, stock

STANDARD_ERRORS = 5  # false alarm below 1e-6 for a normal error; seeds are fixed on top
TESTS = {
    "rare-before-often": ("P(rare | free) < P(often | free)", 1),
    "often-before-rare": ("P(rare | free) > P(often | free)", 0),
    "tie-below": ("P(rare | free) < P(rare | free)", 0),
    "tie-above": ("P(rare | free) > P(rare | free)", 0),
    "tie-at-most": ("P(rare | free) <= P(rare | free)", 1),
    "tie-at-least": ("P(rare | free) >= P(rare | free)", 1),
    "tie-equal": ("P(rare | free) == P(rare | free)", 1),
    "tie-unequal": ("P(rare | free) != P(rare | free)", 0),
    "never-below-never": ("P(never | free) < P(never by 2024-01-06 | free)", 0),
    "sure": ("P(sure on 2024-01-06 | free) >= 1", 1),
    "both": ("P(rare | free) < P(often | free) and not P(sure | free) < 1", 1),
    "more-by-later": ("P(often by 2024-01-05 | free) < P(often by 2024-01-08 | free)", 1),
    "expectation": ("E(count at 2024-01-09 | free) > 3.9", 1),
    "parameter": ("lean > 0", 0.5),
    "arithmetic": ("P(often | free) - P(rare | free) > 0.2 + 0 * lean", 1),
}


def hazards():
    """Four events of constant hazard and a counter, four steps from the branch at 2024-01-05."""
    return scenario(
        parameters={"lean": Prior("normal", (0.0, 1.0))},
        stocks=[stock("count", flow="1")],
        events=[event("rare", 0.05), event("often", 0.3), event("never", 0), event("sure", 1)],
    )


@pytest.fixture(scope="module")
def answers():
    futures = played(
        claiming(hazards(), **{name: text for name, (text, _) in TESTS.items()}),
        draws=independent(("lean",), norm.ppf((np.arange(256) + 0.5) / 256)),
        futures=256,
    )
    return futures, {name: credence(test_of(text).tree, futures) for name, (text, _) in TESTS.items()}


@pytest.mark.parametrize("name", TESTS)
def test_known_answers(answers, name):
    found, exact = answers[1][name], TESTS[name][1]
    assert found.value == pytest.approx(exact, abs=1e-3)
    assert found.error > 0, "agreement of all draws is no certainty"
    assert found.by_hypothesis == {"model": pytest.approx(exact, abs=1e-3)}


def test_probabilities_are_those_of_the_hazards(answers):
    """1 - (1 - h)^n, within the Monte-Carlo error of 256 x 256 futures."""
    futures = answers[0]
    trials = len(futures.draws) * futures.futures
    for text, exact in {
        "P(rare | free)": 1 - 0.95**4,
        "P(often | free)": 1 - 0.7**4,
        "P(often by 2024-01-05 | free)": 0.3,  # up to and including the step that holds the date
        "P(often by 2024-01-06 | free)": 1 - 0.7**2,
        "P(never | free)": 0.0,
        "P(sure by 2024-01-05 | free)": 1.0,
    }.items():
        found = futures.answer(test_of(f"{text} > 0").tree.left).mean()
        assert abs(found - exact) <= STANDARD_ERRORS * (exact * (1 - exact) / trials) ** 0.5, text


def test_a_comparison_has_a_size(answers):
    futures = answers[0]
    found = size(sides(test_of(TESTS["rare-before-often"][0]).tree, futures), futures.draws)
    assert found.left.mean == pytest.approx(1 - 0.95**4, abs=0.02)
    assert found.right.mean == pytest.approx(1 - 0.7**4, abs=0.02)
    assert found.difference.mean == pytest.approx(found.left.mean - found.right.mean)
    assert found.difference.q05 < found.difference.mean < found.difference.q95
    assert 0 < found.difference.mc_error < 0.01
    lean = size(sides(test_of("lean > 0.5").tree, futures), futures.draws)
    assert (lean.right.mean, lean.right.q95) == (0.5, 0.5)
    assert lean.left.q95 == pytest.approx(norm.ppf(0.95), abs=0.02)
    assert sides(test_of(TESTS["both"][0]).tree, futures) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, "holds"),
        (0.8, "holds"),
        (0.799999, "leans towards"),
        (0.6, "leans towards"),
        (0.599999, "open"),
        (0.5, "open"),
        (0.400001, "open"),
        (0.4, "leans against"),
        (0.200001, "leans against"),
        (0.2, "fails"),
        (0, "fails"),
    ],
)
def test_verdicts(value, expected):
    assert verdict_of(value) == expected


# Finitely many futures: x ends at mean + 2 z, a claim asks whether E(x) > 1, mean ~ N(0, 1): exactly 1 - Phi(1). With M
# futures E(x) is known with an error of 2 / sqrt(M), so that the raw share of true draws is 1 - Phi(1 / sqrt(1 + 4/M)).
FUTURES_OF_A_DRAW, NOISE = 8, 2.0
EXACT = norm.sf(1)


def raw(futures):
    """What the raw share comes to with so many futures."""
    return norm.sf(1 / np.sqrt(1 + NOISE**2 / futures))


@pytest.fixture(scope="module")
def noisy():
    count = 8192
    built = claiming(
        scenario(
            record=1,
            steps=2,
            parameters={"mean": Prior("normal", (0.0, 1.0))},
            stocks=[stock("x", "mean", noise=NOISE)],
        ),
        high="E(x at 2024-01-03 | free) > 1",
    )
    means = norm.ppf((np.arange(count) + 0.5) / count)
    futures = played(built, draws=independent(("mean",), means), futures=FUTURES_OF_A_DRAW)
    return credence(built.claims[0].test.tree, futures), futures


def test_finite_luck_is_corrected(noisy):
    """The correction removes at least half of a bias that is many errors wide, and does what the theory says."""
    found, futures = noisy
    share = float(futures.draws.weights @ found.truth)
    error = np.sqrt(EXACT / len(found.truth))  # of the futures alone: the means are stratified
    assert abs(share - raw(FUTURES_OF_A_DRAW)) < STANDARD_ERRORS * error
    assert raw(FUTURES_OF_A_DRAW) - EXACT > 10 * error, "a bias worth correcting"
    corrected = 2 * raw(FUTURES_OF_A_DRAW) - raw(FUTURES_OF_A_DRAW / 2)
    assert abs(found.value - corrected) < 2 * STANDARD_ERRORS * error
    assert abs(found.value - EXACT) < 0.5 * abs(share - EXACT)
    assert found.inner_bias == pytest.approx(found.value - share)


def test_the_check_has_power(noisy):
    """The raw share itself, or a correction of the wrong sign, does not pass for the truth."""
    found, futures = noisy
    share = float(futures.draws.weights @ found.truth)
    assert not abs(share - EXACT) < 0.5 * abs(share - EXACT)
    assert not abs(share - found.inner_bias - EXACT) < 0.5 * abs(share - EXACT)


def test_more_luck_needs_less_correction(noisy):
    """With 64 futures the raw share is nearly right and the correction small."""
    built = noisy[1].scenario
    means = norm.ppf((np.arange(2048) + 0.5) / 2048)
    found = credence(built.claims[0].test.tree, played(built, draws=independent(("mean",), means), futures=64))
    assert abs(found.inner_bias) < 0.5 * abs(noisy[0].inner_bias)
    assert abs(found.value - EXACT) < STANDARD_ERRORS * np.sqrt(EXACT / 2048)


def parameters_only(values, hypothesis, hypotheses):
    """Futures in which nothing was played: tests of parameters read the draws alone."""
    draws = independent(("p",), values, hypothesis, hypotheses)
    return Futures(None, Questions(Tally(), {}, {}), draws, 2, {}, {}, np.zeros(1))


def test_hypotheses_that_flip_a_claim():
    """p is 1 under hypothesis a and -1 under b and c: each counts for a third, and a alone says otherwise."""
    hypothesis = np.repeat([0, 1, 2], 16)
    futures = parameters_only(np.where(hypothesis == 0, 1.0, -1.0), hypothesis, ("a", "b", "c"))
    found = credence(test_of("p > 0").tree, futures)
    assert found.value == pytest.approx(1 / 3)
    assert found.by_hypothesis == {"a": 1, "b": 0, "c": 0}
    assert flipped_by(found, futures.draws) == ["a"]
    opposite = credence(test_of("p < 0").tree, futures)
    assert flipped_by(opposite, futures.draws) == ["a"]
    assert isinstance(found, Credence)


def test_a_flip_must_exceed_its_errors():
    """Seven and nine draws of sixteen lie on either side of one half, and chance alone does that."""
    hypothesis = np.repeat([0, 1], 16)
    near = np.concatenate([np.arange(16) < 7, np.arange(16) < 11]) - 0.5
    futures = parameters_only(near, hypothesis, ("a", "b"))
    found = credence(test_of("p > 0").tree, futures)
    assert found.value > 0.5 > found.by_hypothesis["a"]
    assert flipped_by(found, futures.draws) == []


def test_errors_under_each_hypothesis():
    """Those of a share among the draws of that hypothesis alone, by the jackknife or by Jeffreys."""
    hypothesis = np.repeat([0, 1], 512)
    values = np.concatenate([np.where(np.random.default_rng(1).random(512) < 0.5, 1.0, -1.0), np.ones(512)])
    found = credence(test_of("p > 0").tree, parameters_only(values, hypothesis, ("half", "all")))
    assert found.by_hypothesis["half"] == pytest.approx(0.5, abs=0.1)
    assert 0.5 < found.by_hypothesis_error["half"] / (0.5 / 512**0.5) < 2
    assert 0 < found.by_hypothesis_error["all"] < 0.005


@pytest.mark.parametrize(("test", "share"), [("p > 0", 0.25), ("p >= 0", 0.75), ("p == 0", 0.5), ("p < 0", 0.25)])
def test_ties_are_false_for_strict_comparisons(test, share):
    futures = parameters_only(np.tile([-1.0, 0.0, 0.0, 1.0], 16), np.zeros(64, int), ("model",))
    assert credence(test_of(test).tree, futures).value == pytest.approx(share)
