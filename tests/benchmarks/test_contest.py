"""The comparison of the reference game finds planted errors, and a program that plays another game gets no ratio."""

import numpy as np
import pytest
from scipy.stats import norm

from benchmarks.game import contest, numbers, outcome
from benchmarks.game import with_numpy_tuned as peer
from benchmarks.game.contest import Contest, judge, spread
from benchmarks.game.contestants import CONTESTANTS
from benchmarks.measure import Deadline, OutOfTimeError

PROGRAMS = len(CONTESTANTS)


def test_the_right_game_agrees():
    found = judge(peer.prepare(numbers.load(), 1)(50_000, seed=1), PROGRAMS)
    assert found["agrees"] is True


def test_a_planted_error_is_found():
    """A chance of war of 0.4 a week in place of 0.3. With 50,000 futures 0.36 is found too, and 0.33 is not."""
    found = judge(peer.prepare(numbers.load(hazard=0.4), 1)(50_000, seed=1), PROGRAMS)
    assert found["agrees"] is False


def test_few_futures_are_not_judged():
    assert judge(peer.prepare(numbers.load(), 1)(500, seed=1), PROGRAMS)["agrees"] is None


def test_the_limit_is_that_of_bonferroni():
    """67 numbers of one program: 0.01 / (2 * 67) in each tail."""
    assert sum(value.size for value in outcome.reference()[1].values()) == 67
    assert outcome.limit(1) == pytest.approx(norm.isf(0.01 / 134), rel=1e-9)


def test_errors_of_units_are_those_of_independent_futures():
    """With one future a unit the spread between units gives the errors that the reference's own deviations give.

    Both estimate the same from 20,000 futures and more; a standard deviation from n normal draws is good to 1/sqrt(2n),
    0.5 %, one of these long-tailed numbers to some per cent: all within 15 %.
    """
    random, n = np.random.default_rng(1), 20_000
    war = random.random(n) < 0.4
    weeks = np.where(war, random.integers(1, 53, n), 0)
    end = random.normal(size=(n, 12))
    chosen = np.zeros((n, 4, 10))
    lived = np.where(war, weeks, 52)
    chosen[:, :, 0] = lived[:, None] - 1
    chosen[:, :, 1] = 1
    found = outcome.of_units(outcome.Units(1, war.astype(float), weeks.astype(float), end, end**2, chosen))
    assert found.errors is not None
    assert found.errors["p_war"] == pytest.approx(np.sqrt(0.24 / n), rel=0.03)
    assert found.errors["mean"] == pytest.approx(np.full(12, 1 / np.sqrt(n)), rel=0.03)
    assert found.errors["var"] == pytest.approx(np.full(12, np.sqrt(2 / n)), rel=0.05)
    assert found.errors["t_war"] == pytest.approx(weeks[war].std() / np.sqrt(war.sum()), rel=0.03)
    assert found.errors["live"] == pytest.approx(lived.std() / np.sqrt(n), rel=1e-6)


def held(**agrees: bool | None) -> Contest:
    """A contest of two rounds in which Détente takes 1 and 2 seconds for 100 futures, and all others 10 for 10."""
    rounds = []
    for ours in (1.0, 2.0):
        taken = {name: {"futures": 10, "seconds": 10.0, "cpu": 10.0} for name in agrees}
        taken["detente"] = {"futures": 100, "seconds": ours, "cpu": 2 * ours}
        rounds.append({"load": 0.0, "taken": taken})
    verdicts = {"detente": True} | agrees
    return Contest(agreement={name: {"agrees": verdict} for name, verdict in verdicts.items()}, rounds=rounds)


def test_ratios_are_taken_round_by_round():
    ratios = held(numpy=True, c=True).ratios()
    assert ratios["numpy"]["seconds"] == {"median": 75, "q1": 62.5, "q3": 87.5, "min": 50, "max": 100}
    assert ratios["numpy"]["cpu"]["median"] == 37.5
    assert ratios["c_limit"]["seconds"]["median"] == 0.015


def test_who_plays_another_game_gets_no_ratio():
    contest = held(numpy=True, mesa=False, ema=None)
    assert list(contest.ratios()) == ["numpy"]
    assert contest.differs == ["mesa"]


def test_no_ratios_when_ours_plays_another_game():
    contest = held(numpy=True, detente=False)
    assert contest.ratios() == {} and contest.differs == ["detente"]


def test_spread():
    assert spread([3.0]) == {"median": 3.0, "q1": 3.0, "q3": 3.0, "min": 3.0, "max": 3.0}


def test_who_is_absent_is_skipped_with_a_reason():
    who = CONTESTANTS[0]._replace(name="nobody", package="no_such_package", needs="patience")
    found = contest.hold(rounds=1, cores=1, deadline=Deadline(60), say=lambda _: None, contestants=[who])
    assert found.skipped["nobody"] == (
        "no_such_package is not installed, which needs patience: pip install -e '.[bench]'"
    )
    assert found.failed == {} and found.ratios() == {}


def test_who_fails_is_told():
    who = CONTESTANTS[0]._replace(name="nobody", prepare="no_such_module:prepare")
    found = contest.hold(rounds=1, cores=1, deadline=Deadline(60), say=lambda _: None, contestants=[who])
    assert "No module named 'benchmarks.game.no_such_module'" in found.failed["nobody"]


def test_no_time_is_left():
    with pytest.raises(OutOfTimeError):
        Deadline(0).left()
    who = CONTESTANTS[-1]._replace(name="late", package=None, prepare="with_numpy:prepare")
    found = contest.hold(rounds=1, cores=1, deadline=Deadline(0), say=lambda _: None, contestants=[who])
    assert found.skipped["late"] == "the time was over"
