"""Replay and simulate are two readings of the same rules: exact first, then statistical, then proof of power."""

import itertools

import numpy as np
import pytest
from scipy.stats import chisquare

from detente.engine.game import rules
from detente.engine.game.compile import compile_game
from detente.engine.game.courses import course_arrays
from detente.engine.game.record import Record, record_of
from detente.engine.noise.latent import latent_of
from detente.engine.replay import Script
from detente.engine.simulate import Tally, simulate
from detente.engine.synthetic import synthetic_records
from detente.engine.trajectory import replayed
from tests.engine.games import effects, event, move, scenario, stock, track

FALSE_ALARM = 1e-6  # chance that a correct build fails one check; seeds are fixed on top
STEPS = 2
OPTIONS = [(a, b, e, f) for a in range(3) for b in range(2) for e in range(2) for f in range(2)]


def game(raid_appeal: str = "0.4 * heat - 0.2"):
    """Two tracks, three moves, a once-event, an ending event; `code` writes down each future in base 100."""
    digit = "100 ** clock.step"
    return scenario(
        record=STEPS,
        steps=STEPS,
        stocks=[
            stock("heat", 1, low=0, high=5, flow="-0.3 * heat"),
            stock("code", 0, high=1e9),
        ],
        tracks=[
            track(
                "A.war",
                move("raid", raid_appeal, effects=effects(heat="+1", code=f"{digit} * 1")),
                move("strike", "0.3", needs="heat > 0.9", effects=effects(heat="2", code=f"{digit} * 2")),
            ),
            track("B.war", move("answer", "0.5 * heat - 1", effects=effects(heat="0.5", code=f"{digit} * 3"))),
        ],
        events=[
            event("talks", "0.2 * logistic(1 - heat)", once=True, effects=effects(code=f"{digit} * 6", heat="-0.5")),
            event("clash", "where(heat > 2, 0.4, 0.1)", ends=True, effects=effects(code=f"{digit} * 12")),
        ],
    )


def histories():
    """Every possible history, once: nothing is recorded after the end."""
    out = []
    for steps in itertools.product(OPTIONS, repeat=STEPS):
        over = False
        for a, b, e, f in steps:
            if over and (a, b, e, f) != (0, 0, 0, 0):
                break
            over = over or bool(f)
        else:
            out.append(steps)
    return np.array(out)  # (history, step, 4)


HISTORIES = histories()
CODES = sum(100**k * (HISTORIES[:, k] @ [1, 3, 6, 12]) for k in range(STEPS))


def likelihoods(built):
    """Probability of every history under replay, float64: histories are the cases of a panel."""
    script = Script(compile_game(built), (), latent_of(built))
    told = np.moveaxis(HISTORIES, 0, -1)  # (step, track or event, history)
    heard = np.ones((STEPS, 2, len(HISTORIES)), bool)
    sizes = np.full(heard.shape, np.nan)
    nothing = np.zeros((0, len(HISTORIES)))
    record = Record(told[:, :2], sizes, told[:, 2:].astype(bool), heard, heard, (), covariates=nothing)
    return np.exp(replayed(script, record, np.zeros((0, 1))).log_likelihood[:, 0])


def frequencies(built, draws=2048, futures=64):
    """How often each history occurs in simulation."""
    compiled = compile_game(built)
    state = rules.start(compiled, {}, np.zeros(draws))
    course = course_arrays(compiled, built.courses["free"], 0)
    out = simulate(compiled, Tally(fan_lanes=futures), course, {}, state, start=0, futures=futures, seed=5)
    ends = np.rint(out.paths[:, :, -1, 1].ravel()).astype(int)
    return np.array([(ends == code).sum() for code in CODES]), draws * futures


def assert_same_distribution(counts, total, probabilities):
    """Chi-square of counts against probabilities; cells expecting fewer than 5 are pooled."""
    assert counts.sum() == total, "simulation found a history that replay does not know"
    expected = total * probabilities / probabilities.sum()
    rare = expected < 5
    seen = np.append(counts[~rare], counts[rare].sum())
    wanted = np.append(expected[~rare], expected[rare].sum())
    if wanted[-1] < 5:  # the pooled cell is too small as well: fold it into the last big one
        seen, wanted = np.append(seen[:-2], seen[-2:].sum()), np.append(wanted[:-2], wanted[-2:].sum())
    p = chisquare(seen, wanted).pvalue
    assert p > FALSE_ALARM, f"p = {p:.1e}"


@pytest.fixture(scope="module")
def counted():
    return frequencies(game())


def test_codes_name_histories():
    assert len(set(CODES.tolist())) == len(HISTORIES) == 12 + 12 * 24


def test_replay_is_a_distribution():
    """Exact, no sampling: the likelihoods of all possible histories sum to one."""
    np.testing.assert_allclose(likelihoods(game()).sum(), 1.0, rtol=1e-6)


def test_simulate_agrees_with_replay(counted):
    assert_same_distribution(*counted, likelihoods(game()))


def test_synthetic_records_agree_with_replay():
    """Whole histories that are drawn have the probabilities that the replay gives them."""
    built = game()
    compiled, draws = compile_game(built), 40_000
    record = record_of(built, compiled)
    records = synthetic_records(compiled, record, (), {"unread": np.zeros(draws)}, seed=7)
    told = np.array([np.concatenate([r.choice, r.event], axis=1) for r in records])  # (record, step, 4)
    codes = sum(100**k * (told[:, k] @ [1, 3, 6, 12]) for k in range(STEPS))
    counts = np.array([(codes == code).sum() for code in CODES])
    assert_same_distribution(counts, draws, likelihoods(built))
    with pytest.raises(AssertionError, match="p ="):
        assert_same_distribution(counts, draws, likelihoods(game("0.4 * heat - 0.1")))


def test_the_check_has_power(counted):
    """The same runs must refuse a game whose logit is off by a tenth."""
    with pytest.raises(AssertionError, match="p ="):
        assert_same_distribution(*counted, likelihoods(game("0.4 * heat - 0.1")))
