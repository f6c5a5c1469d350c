"""Lanchester's laws: aimed fire (square) and area fire (linear), as flows in short steps.

Source: Lanchester (1916), Aircraft in Warfare, chapters V and VI.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.classics.scenarios import Files, clock, day, fixed_values, game_of, number, refuse, scenario_of
from tests.classics.walks import limit, walk

TIMES = (1.0, 10.0, 50.0)  # at which the linear law's strengths are told
_STEPS = tuple(2**n for n in range(6, 13))  # of the walks whose limit is taken
_GRID = 17  # times tried at once
_NOTHING = 1e-9  # share of the larger force that is no survivor
_SQUARE, _LINEAR = ("beta * B", "alpha * A"), ("beta * A * B", "alpha * A * B")


def _build(p: dict[str, Any], law: str, losses: tuple[str, str], why: str) -> Files:
    text = f"""\
detente: 1
title: Lanchester's {law} law
question: Which of two forces is annihilated, when, and what is left of the other?
summary: {why}
clock: {clock(160)}
actors:
  A: {{name: Force A}}
  B: {{name: Force B}}
parameters:
  alpha: {{prior: fixed({number(p["alpha"])}), unit: per unit of time, why: how fast A destroys what B has (above 0), source: [assumption]}}
  beta: {{prior: fixed({number(p["beta"])}), unit: per unit of time, why: how fast B destroys what A has (above 0), source: [assumption]}}
  A0: {{prior: fixed({number(p["A0"])}), unit: strength, why: what A has at first (above 0), source: [assumption]}}
  B0: {{prior: fixed({number(p["B0"])}), unit: strength, why: what B has at first (above 0), source: [assumption]}}
  dt: {{prior: fixed(1), unit: units of time per step, why: the law is the limit of short steps (above 0), source: [assumption]}}
  stop: {{prior: fixed(0), unit: strength, why: a side with no more than that is annihilated (0 or more), source: [assumption]}}
stocks:
  A: {{initial: A0, unit: strength, range: [-1e9, 1e9], flow: -dt * {losses[0]} * (1 - parted)}}
  B: {{initial: B0, unit: strength, range: [-1e9, 1e9], flow: -dt * {losses[1]} * (1 - parted)}}
  parted: {{initial: 0, unit: 1 once the battle is broken off, range: [0, 1]}}
tracks:
  B.command:
    withdraw: {{rung: -1, appeal: -50, effects: {{parted: 1}}, says: B breaks off.}}  # never unforced
events:
  annihilation: {{hazard: "where(min(A, B) > stop, 0, 1)", ends: true, says: One side is gone.}}
hypotheses:
  as-given: {{weight: 1, says: The rates are what they are said to be.}}
  half-as-good: {{weight: 1, set: {{alpha: fixed({number(p["alpha"] / 2)})}}, says: A is half as effective as it is said to be.}}
courses:
  to-the-end: {{name: Nobody breaks off}}
  b-withdraws: {{name: B breaks off after forty units of time, force: {{B.command: {{{day(40)}: withdraw}}}}}}
"""  # noqa: E501
    return {"scenario.yaml": text}


def build_square(p: dict[str, Any]) -> Files:
    """Aimed fire: each unit of one side destroys units of the other at a steady rate."""
    return _build(p, "square", _SQUARE, "Fire is aimed, and losses grow with the number of the enemy who fire.")


def build_linear(p: dict[str, Any]) -> Files:
    """Area fire: losses are in proportion to both strengths."""
    return _build(p, "linear", _LINEAR, "Fire falls on an area, and losses grow with both strengths.")


def _engine(p: dict[str, Any], files: Files):
    """The game, its parameters (nothing stops a walk, so that strengths are smooth in time), and the strengths at first."""  # noqa: E501
    scenario = scenario_of("lanchester", files)
    return game_of(scenario), fixed_values(scenario, stop=-1e9), {"A": p["A0"], "B": p["B0"]}


def _strengths(game, values, first, times, shares=(1.0,)) -> list[tuple[np.ndarray, np.ndarray]]:
    """Per share of some times both strengths then, (side, time), in the limit of short steps; the bound on their error.

    All lanes walk as many steps as the finest; the coarser ones are read where their time is up.
    """
    lengths = np.divide.outer(np.atleast_1d(times), _STEPS)  # (time, number of steps)
    path = walk(game, {**values, "dt": lengths.reshape(-1)}, _STEPS[-1], first=first).path
    walked = {s: path[s].reshape(-1, *lengths.shape) for s in "AB"}
    return [
        limit([np.array([walked[s][int(n * share), :, i] for s in "AB"]) for i, n in enumerate(_STEPS)])
        for share in shares
    ]


def evaluate_square(p: dict[str, Any]) -> dict[str, Any]:
    """Annihilation by a search for the time at which the loser has nothing left; every strength from engine steps."""
    game, values, first = _engine(p, build_square(p))

    def left(times) -> np.ndarray:
        return _strengths(game, values, first, times)[0][0]

    span = 1.0 / np.sqrt(p["alpha"] * p["beta"])  # the model's unit of time
    times = span * np.concatenate([[0.0], 0.25 * 2.0 ** np.arange(7)])
    both = left(times)
    gone = both.min(0) <= 0
    if not gone.any():  # strengths fall as fast as exp(-t / span): both are gone
        raise refuse(
            "lanchester_square_deterministic",
            "A0",
            "sides that are not exactly matched",
            p["A0"],
            "matched sides wear each other down without end",
        )
    loser = int(both[:, gone.argmax()].argmin())
    for _ in range(3):  # ever finer grids, then the secant: the strength is smooth in time
        times = np.linspace(times[gone.argmax() - 1], times[gone.argmax()], _GRID)
        strength = left(times)[loser]
        gone = strength <= 0
    a, b = times[gone.argmax() - 1 : gone.argmax() + 1]
    fa, fb = strength[gone.argmax() - 1 : gone.argmax() + 1]
    for _ in range(20):
        if fa == fb or abs(b - a) < 1e-13 * b:  # as near as rounding lets strengths be told apart
            break
        a, b, fa = b, b - fb * (b - a) / (fb - fa), fb
        fb = float(left(b)[loser, 0])
    (end, error), (half, half_error) = (
        (strength[:, 0], bound[:, 0]) for strength, bound in _strengths(game, values, first, b, (1.0, 0.5))
    )
    return {
        "winner": "AB"[1 - loser],
        "survivors": float(end[1 - loser]),
        "duration": float(b),
        "A_half_time": float(half[0]),
        "B_half_time": float(half[1]),
        "step_error": float(max(*error, *half_error)),
    }


def evaluate_linear(p: dict[str, Any]) -> dict[str, Any]:
    """Strengths at some times in the limit of short steps; what is left in the end by walking until a side is gone.

    The end does not depend on the length of the step: each step takes from both sides in the same proportion.
    """
    game, values, first = _engine(p, build_linear(p))
    strengths = _strengths(game, values, first, TIMES)[0]
    found = {str(t): [part[:, i] for part in strengths] for i, t in enumerate(TIMES)}
    x: dict[str, Any] = dict(first)
    for _ in range(100):
        pace = max(p["alpha"] * x["A"], p["beta"] * x["B"])
        path = walk(game, {**values, "dt": 0.5 / pace}, _STEPS[-1], first=x).path
        x = {s: float(path[s][-1, 0]) for s in "AB"}
        if min(x.values()) < 1e-12 * max(first.values()):
            break
    survivor = max(x, key=lambda s: x[s])
    matched = x[survivor] < _NOTHING * max(first.values())  # both are worn down without end
    return {
        "winner": None if matched else survivor,
        "survivors_limit": x[survivor],
        "AB_at_t": {t: [float(v) for v in strength] for t, (strength, _) in found.items()},
        "step_error": float(max(np.max(error) for _, error in found.values())),
    }
