"""Predictive checks: exact tail probabilities, a false-alarm rate that is kept, and misfits that are found."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, binomtest, chi2, lognorm, nbinom, norm, poisson

from detente.analysis.record.one_step_predictive import measured, predict_one_step
from detente.analysis.record.predictive_checks import FALSE_ALARM, WINDOW, check, check_results, windows
from detente.engine.noise.observe import IMPOSSIBLE
from detente.inference.density import model_of
from detente.inference.posterior_replay import replay_posterior
from detente.language.priors import Prior
from tests.analysis.made import independent
from tests.engine.games import effects, event, move, scenario, stock, track
from tests.engine.games import measured as measurements

STANDARD_ERRORS = 4
RECORD = 3 * WINDOW
CHANCES = (0.9, 0.06, 0.04)  # of hold, a raid, a strike


def quiet(**more):
    """Three windows of one track of known chances and one event of known hazard."""
    raid, strike = (np.log(p / CHANCES[0]) for p in CHANCES[1:])
    return scenario(
        record=RECORD,
        steps=RECORD + 1,
        tracks=[track("A.war", move("raid", raid), move("strike", strike, rung=2))],
        events=[event("shot", 0.2)],
        **more,
    )


def judged(built, model=None, record=None, draws=None):
    model = model or model_of(built)
    draws = draws or independent((), np.zeros((0, 64)))
    return check(built, model, replay_posterior(model, draws, record), seed=1)


def test_stretches():
    assert windows(26) == [(0, 12), (13, 25)]
    assert windows(29) == [(0, 12), (13, 28)], "a remainder of three joins the one before"
    assert windows(33) == [(0, 12), (13, 25), (26, 32)]
    assert windows(5) == [(0, 4)]


def test_an_event_by_hand():
    """Seven shots in thirteen steps at a hazard of 0.2: surprise, what was to be expected, and the binomial tail."""
    built = quiet(ledger=[(k, "event", "shot") for k in range(7)])
    (found,) = [s for s in judged(built)["model"].windows if s.kind == "event" and s.first == 0]
    costs = -np.log([0.8, 0.2])
    expected, variance = 13 * (0.8 * costs[0] + 0.2 * costs[1]), 13 * 0.16 * (costs[1] - costs[0]) ** 2
    assert found.surprise == pytest.approx(6 * costs[0] + 7 * costs[1], rel=1e-5)
    assert found.expected == pytest.approx(expected, rel=1e-5)
    assert found.z == pytest.approx((found.surprise - expected) / np.sqrt(variance), rel=1e-4)
    assert abs(found.p - binom.sf(6, 13, 0.2)) < STANDARD_ERRORS * found.p_error
    assert (found.cells, found.z_error) == (13, pytest.approx(0, abs=1e-9))


def test_a_track_by_hand():
    """Two raids and a strike: every way of three moves in thirteen steps, weighed."""
    built = quiet(ledger=[(1, "A.war", "raid"), (4, "A.war", "raid"), (5, "A.war", "strike")])
    (found,) = [s for s in judged(built)["model"].windows if s.kind == "moves" and s.first == 0]
    cost = -np.log(CHANCES)
    seen = 10 * cost[0] + 2 * cost[1] + cost[2]
    tail = sum(
        binom.pmf(raids + strikes, 13, 0.1) * binom.pmf(strikes, raids + strikes, 0.4)
        for raids in range(14)
        for strikes in range(14 - raids)
        if (13 - raids - strikes) * cost[0] + raids * cost[1] + strikes * cost[2] >= seen - 1e-6
    )
    assert found.surprise == pytest.approx(seen, rel=1e-5)
    assert abs(found.p - tail) < STANDARD_ERRORS * found.p_error


def simulated(model, rng):
    """A record that the model made."""
    choice = rng.choice(3, size=(RECORD, 1), p=CHANCES).astype(np.int32)
    return model.record._replace(choice=choice, event=rng.random((RECORD, 1)) < 0.2)


def test_a_true_hypothesis_is_rarely_flagged():
    """Two hundred records of the model itself: some window flagged in at most 5 % of them (one-sided, 1e-4)."""
    built = quiet()
    model, rng = model_of(built), np.random.default_rng(1)
    draws = independent((), np.zeros((0, 8)))
    found = [judged(built, model, simulated(model, rng), draws)["model"].windows for _ in range(200)]
    flagged = sum(any(s.flagged for s in windows) for windows in found)
    assert binomtest(flagged, 200, FALSE_ALARM, alternative="greater").pvalue > 1e-4
    every = np.array([s.p for windows in found for s in windows])
    for level in (0.05, 0.2):
        assert binomtest(int((every <= level).sum()), len(every), level, alternative="greater").pvalue > 1e-4


@pytest.mark.parametrize("planted", [0, 1, 2])
def test_a_planted_misfit_is_found_where_it_is(planted):
    """Eight raids within one quarter, at a chance of 0.06 a step: that window is flagged, and no other."""
    built = quiet(ledger=[(planted * WINDOW + k, "A.war", "raid") for k in range(8)])
    found = judged(built)["model"]
    worst = found.worst[0]
    assert (worst.kind, worst.name, worst.first) == ("moves", "A.war", planted * WINDOW)
    assert worst.flagged and worst.z > 3
    assert sum(s.flagged for s in found.windows) == 1
    assert len(found.windows) == 6


def test_each_hypothesis_is_judged_by_its_own_draws():
    """Ten shots in thirteen steps astonish a hazard of 0.1 and not one of 0.7, which fewer would surprise more."""
    built = scenario(
        record=13,
        steps=14,
        parameters={"hazard": Prior("uniform", (0.0, 1.0))},
        events=[event("shot", "hazard")],
        hypotheses={"low": {}, "high": {}},
        ledger=[(k, "event", "shot") for k in range(10)],
    )
    hypothesis = np.repeat([0, 1], 64)
    draws = independent(("hazard",), np.where(hypothesis == 0, 0.1, 0.7), hypothesis, ("low", "high"))
    found = judged(built, draws=draws)
    assert found["low"].worst[0].flagged and not found["high"].worst[0].flagged
    assert found["high"].worst[0].p == pytest.approx(binom.cdf(10, 13, 0.7), abs=4 * found["high"].worst[0].p_error)


def test_the_expectation_agrees_with_the_replay():
    """One step ahead of every state, moves and hazards have the log probabilities that the replay adds up."""
    built = scenario(
        record=20,
        steps=21,
        parameters={"push": Prior("normal", (0.0, 1.0))},
        stocks=[stock("heat", 0, low=0, high=50, flow="-0.1 * heat")],
        tracks=[
            track(
                "A.war",
                move("raid", "push - 0.1 * heat", effects=effects(heat="+2")),
                move(
                    "strike",
                    "0",
                    needs="heat > 1",
                    magnitude=("lognormal", "push", "1"),
                    effects=effects(heat="magnitude"),
                ),
            )
        ],
        events=[event("shot", "min(0.9, 0.02 * heat)", effects=effects(heat="1")), event("end", 0.01, ends=True)],
        ledger=[
            (0, "A.war", "raid"),
            (1, "A.war", "strike", 2.0),
            (3, "event", "shot"),
            (7, "A.war", "strike", 0.5),
            (15, "event", "end"),
        ],
    )
    model = model_of(built)
    told = replay_posterior(model, independent(("push",), np.random.default_rng(1).normal(size=32)))
    seen = predict_one_step(model, told, np.arange(32))
    choice, event_, alive = told.record.choice[:, 0], told.record.event, seen.alive
    assert alive.sum() == 16, "frozen after the step of the end"
    moves = np.take_along_axis(np.asarray(seen.moves[0]), choice[None, :, None], 0)[0]
    sized = np.array([1, 7])
    plain = np.setdiff1d(np.flatnonzero(alive), sized)
    np.testing.assert_allclose(moves[plain], told.terms.choice[plain, 0], rtol=1e-4, atol=1e-5)
    for i in range(2):
        hazard = np.asarray(seen.hazards[i], float)
        log_p = np.where(event_[:, i, None], np.log(np.maximum(hazard, 1e-300)), np.log1p(-hazard))
        np.testing.assert_allclose(log_p[alive], told.terms.event[alive, i], rtol=1e-4, atol=1e-5)
    size = lognorm(1, scale=np.exp(told.draws.values[0])).logpdf(2.0)
    np.testing.assert_allclose(moves[1] + size, told.terms.choice[1, 0], rtol=1e-4)
    np.testing.assert_allclose(seen.sizes[0, 1], np.log(2.0) - told.draws.values[0], atol=1e-4)
    assert np.isnan(seen.sizes[0, plain]).all()


def test_measurements_have_their_normal_scores():
    """Every error model, by SciPy: a noisy level, a logarithm, two kinds of count."""
    built = scenario(
        record=4,
        steps=5,
        stocks=[
            stock("level", 10, noise=2, series=[measurements("normal", "1.5", (2, 14.0))]),
            stock("log", 10, series=[measurements("lognormal", "0.2", (1, 13.0))]),
            stock("count", 10, series=[measurements("poisson", None, (3, 16.0))]),
            stock("wild", 10, series=[measurements("negbinomial", "5", (3, 30.0))]),
        ],
    )
    model = model_of(built)
    found = dict(measured(built, model, replay_posterior(model, independent((), np.zeros((0, 8)))), np.arange(8)))
    wild = nbinom(5, 5 / 15)
    exact = {
        ("level", 1): 4 / np.sqrt(1.5**2 + 2 * 2**2),  # two steps of noise, and the error of the measurement
        ("log", 0): np.log(1.3) / 0.2,
        ("count", 2): norm.ppf(poisson(10).cdf(15) + 0.5 * poisson(10).pmf(16)),
        ("wild", 2): norm.ppf(wild.cdf(29) + 0.5 * wild.pmf(30)),
    }
    for (name, step), score in exact.items():
        np.testing.assert_allclose(found[name][step], score, rtol=1e-3)
        assert np.isnan(np.delete(found[name], step, 0)).all()
    tests = {s.name: s for s in judged(built)["model"].windows}
    assert tests["log"].p == pytest.approx(chi2.sf(exact["log", 0] ** 2, 1), rel=1e-3)
    assert tests["log"].surprise == pytest.approx(exact["log", 0] ** 2 / 2, rel=1e-3)


def test_nothing_to_test_and_nobody_to_ask():
    """A track that can only hold, a size that is fixed, and a hypothesis that the record rules out."""
    never = scenario(
        record=13,
        steps=14,
        stocks=[stock("x")],
        tracks=[
            track("A.war", move("raid", "0", needs="x > 1")),
            track("B.war", move("raid", "30", magnitude=("fixed", "2"))),
        ],
        ledger=[(k, "B.war", "raid", 2.0) for k in range(13)],
    )
    assert [s.name for s in judged(never)["model"].windows] in ([], ["B.war"])
    ruled_out = replace(never, ledger=(replace(never.ledger[0], track="A.war"),))
    told = replay_posterior(model_of(ruled_out), independent((), np.zeros((0, 8))))
    assert told.log_likelihood.max() <= IMPOSSIBLE / 2
    assert judged(ruled_out) == {}


def test_results_name_days():
    """The first day of a window and its last."""
    built = quiet(ledger=[(k, "event", "shot") for k in range(7)])
    rows = check_results(built, judged(built)["model"])
    assert len(rows) == 5
    assert (str(rows[0].start), str(rows[0].end), rows[0].name) == ("2024-01-01", "2024-01-13", "shot")
