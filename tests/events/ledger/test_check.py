"""Oddities of a ledger are found; of an even record the test of silences says nothing, as often as it claims."""

from __future__ import annotations

import itertools
import textwrap

import numpy as np
import pytest

from detente.events.ledger.check import LEVEL, check, longest_run
from detente.language.load import load

SCENARIO = """
detente: 1
title: Two tracks
clock: {start: 2020-01-06, branch: 2021-12-06, now: 2021-12-06, end: 2021-12-20, step: 1 week}
actors: {N: {name: North}}
tracks:
  N.fires: {raid: {rung: 4, appeal: 0, magnitude: "lognormal(0, 1)"}}
  N.talks: {offer: {rung: 1, appeal: 0}}
"""


@pytest.fixture
def found(tmp_path):
    (tmp_path / "scenario.yaml").write_text(SCENARIO.lstrip(), "utf-8")

    def of(rows):
        header = "date,track,move,magnitude,published,url\n"
        (tmp_path / "history.csv").write_text(header + textwrap.dedent(rows).lstrip(), "utf-8")
        return [(f.kind, f.text, f.lines) for f in check(load(tmp_path))]

    return of


def test_rows_twice_and_rows_of_one_step(found):
    rows = """
        2020-01-06,N.fires,raid,1,,
        2020-01-06,N.fires,raid,2,,
        2020-01-13,N.fires,raid,,,
        2020-01-15,N.fires,raid,,,
    """
    assert found(rows) == [
        ("duplicate", "2020-01-06 N.fires:raid stands 2 times, with sizes 1, 2", (2, 3)),
        (
            "same step",
            "N.fires has 2 rows in the step of 2020-01-13, of which the highest rung counts: "
            "raid on 2020-01-13, raid on 2020-01-15",
            (4, 5),
        ),
    ]


def test_dates_that_contradict(found):
    rows = """
        2020-02-03,N.talks,offer,,2020-02-02,
        2020-02-12,N.talks,offer,,2021-06-01,
        2020-02-19,N.talks,offer,,2020-02-19,https://paper.example/2020/02/12/story
        2020-02-26,N.talks,offer,,2020-02-26,https://paper.example/2020/02/26/story
        2020-03-04,N.talks,offer,,spring,
    """
    texts = [text for kind, text, _ in found(rows) if kind == "date"]
    assert texts == [
        "N.talks:offer of 2020-02-03: its source was published before it, on 2020-02-02",
        "N.talks:offer of 2020-02-12: its source was published 475 days later",
        "N.talks:offer of 2020-02-19: the address of its source carries the earlier date 2020-02-12",
        "N.talks:offer of 2020-03-04: published is no day: spring",
    ]


def test_a_silence_that_is_too_long(found):
    weeks = np.datetime64("2020-01-06") + 7 * np.arange(100)
    rows = "".join(f"{week},N.fires,raid,,,\n" for i, week in enumerate(weeks) if i % 2 == 0 and not 20 < i < 50)
    ((kind, text, _),) = found(rows)
    assert kind == "gap"
    assert text.startswith(
        "N.fires is silent for 29 steps, 2020-06-01 to 2020-12-21: at an even rate of 36 in 100 steps"
    )


def test_the_chance_of_a_silence_is_exact():
    for steps, run in itertools.product((1, 5, 9), (1, 2, 4)):
        total = 0.0
        for states in itertools.product((0, 1), repeat=steps):
            longest = max((len(list(group)) for silent, group in itertools.groupby(states) if silent), default=0)
            total += (longest >= run) * 0.6 ** sum(states) * 0.4 ** (steps - sum(states))
        assert longest_run(steps, run, 0.6) == pytest.approx(total, abs=1e-12)
    assert longest_run(5, 0, 0.6) == 1


def test_false_alarms_are_as_rare_as_claimed():
    """Even records of 130 steps, of one track: called at most LEVEL of the time, up to three standard errors."""
    chance, runs, steps = np.random.default_rng(3), 2_000, 130
    called = 0
    for rate in chance.uniform(0.1, 0.6, runs):
        acts = np.flatnonzero(chance.random(steps) < rate)
        if len(acts) > 1:
            edges = np.concatenate(([-1], acts, [steps]))
            called += longest_run(steps, int(np.diff(edges).max()) - 1, 1 - len(acts) / steps) < LEVEL
    assert called / runs <= LEVEL + 3 * (LEVEL * (1 - LEVEL) / runs) ** 0.5


def test_nothing_odd(found):
    assert found("2020-01-06,N.fires,raid,1,2020-01-07,https://paper.example/2020/01/07/x\n") == []


def test_sizes_that_are_not_used_and_files_that_are_not_read(found, tmp_path):
    text = SCENARIO.replace(', magnitude: "lognormal(0, 1)"', "")
    (tmp_path / "scenario.yaml").write_text(text.lstrip(), "utf-8")
    (tmp_path / "claim").mkdir()
    (tmp_path / "claim" / "for.yaml").write_text("", "utf-8")
    assert found("2020-01-06,N.fires,raid,1,,\n2020-01-13,N.fires,raid,,,\n2020-01-20,N.fires,raid,3,,\n") == [
        ("size", "N.fires:raid has no magnitude, so its size is not used", (2, 4)),
        ("not read", "`claim/` is read by nothing: did you mean 'claims/'?", ()),
    ]
