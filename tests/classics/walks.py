"""Deterministic walks: the engine's own step, repeated with nothing random, for many parameter values at once.

Choices are given, events happen where their hazard is 1 and not where it is 0; any other hazard is refused. From such
walks come trajectories, rest points, slopes, and limits of small steps (Richardson's deferred approach to the limit).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from detente.engine.game import rules
from detente.engine.game.game import Game
from detente.engine.game.rules import State
from detente.engine.graph import arrays
from detente.engine.graph.derivatives import tangents
from detente.engine.graph.evaluation import Evaluation, inputs_of
from detente.engine.graph.graph import FUTURE, Graph, evaluate

Values = Mapping[str, np.ndarray]
_CERTAIN = 1e-12  # a hazard within this of 0 or 1 is no chance


class Walk(NamedTuple):
    """A walk: stocks by id, shape (steps + 1, lane), and the state at its end."""

    path: dict[str, np.ndarray]
    state: State


@lru_cache(maxsize=64)
def _step(game: Game, idle: bool) -> Evaluation:
    """One step, written down: stocks, whether it goes on and what has happened after it; then how far from 0 and 1 the
    hazards are.

    Args:
        idle: whether nobody moves.
    """
    graph = Graph()
    theta, state, clock = inputs_of(graph, game)
    chosen = [
        [False if idle else graph.input(("chose", i, m), FUTURE, logical=True) for m in range(len(t.moves))]
        for i, t in enumerate(game.tracks)
    ]
    sizes = [graph.input(("size", i), FUTURE) for i in range(len(game.tracks))]

    def decide(hazards):
        return {name: hazard > 0.5 for name, hazard in hazards.items()}

    after, seen = rules.step(game, theta, state, clock, chosen, sizes, decide, {})
    doubts = [arrays.minimum(arrays.absolute(h), arrays.absolute(1.0 - h)) for h in seen.hazards.values()]
    ends = [*after.stocks.values(), after.alive, *after.happened.values(), arrays.maximum(0.0, *doubts)]
    return Evaluation([graph.lift(e) for e in ends], np.float64)


def walk(
    game: Game,
    values: Values,
    steps: int,
    *,
    choices: np.ndarray | None = None,
    sizes: np.ndarray | None = None,
    first: Mapping[str, np.ndarray] | None = None,
    begin: int = 0,
) -> Walk:
    """Walk so many steps of the rules.

    Args:
        values: parameters by id, scalars or shape (lane,).
        choices: (step, track, lane) indices of the moves made, 0 for hold; all hold when None. One lane serves all.
        sizes: (step, track, lane) sizes of the moves that have one.
        first: stocks at the start that differ from their `initial`.
        begin: number of the first step.
    """
    given = [a for a in (choices, sizes) if a is not None]
    lanes = max([1, *(np.size(v) for v in (*values.values(), *(first or {}).values())), *(a.shape[-1] for a in given)])
    theta = {name: np.broadcast_to(np.asarray(v, float), (lanes,)) for name, v in values.items()}
    state = rules.start(game, theta, np.zeros(lanes))
    begun = {name: np.broadcast_to(np.asarray(v, float), (lanes,)) for name, v in (first or {}).items()}
    state = state._replace(stocks={**state.stocks, **begun})
    shape = (steps, len(game.tracks), lanes)
    made = np.broadcast_to(0 if choices is None else choices, shape)
    sized = np.broadcast_to(0.0 if sizes is None else sizes, shape)
    told: dict[Any, np.ndarray] = {("size", i): sized[:, i] for i in range(len(game.tracks))}
    told |= {("chose", i, m): made[:, i] == m + 1 for i, t in enumerate(game.tracks) for m in range(len(t.moves))}
    clock = rules.clock_at(game, np.arange(begin, begin + steps))
    told |= {"step": clock.step, "season": clock.season}
    step = _step(game, not made.any()).fixed({("parameter", name): v for name, v in theta.items()})
    told = {name: values for name, values in told.items() if name in step.inputs}
    names: list[Any] = [*(("stock", s) for s in state.stocks), "alive", *(("happened", e) for e in state.happened)]
    now = dict(zip(names, [*state.stocks.values(), state.alive, *state.happened.values()], strict=True))
    path = {name: np.empty((steps + 1, lanes)) for name in state.stocks}
    doubt = np.zeros((steps, lanes))
    for k in range(steps + 1):
        for name, columns in path.items():
            columns[k] = now["stock", name]
        if k < steps:
            *found, doubt[k] = step({**now, **{name: values[k] for name, values in told.items()}})
            now = dict(zip(names, found, strict=True))
    if not (doubt <= _CERTAIN).all():
        raise ValueError("a walk met an event that is a matter of chance")
    ends = [np.broadcast_to(x, (lanes,)) for x in now.values()]
    stocks = dict(zip(state.stocks, ends, strict=False))
    happened = dict(zip(state.happened, ends[len(stocks) + 1 :], strict=True))
    return Walk(path, State(stocks, ends[len(stocks)], happened))


def slopes(game: Game, values: Values, at: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """One step of the rules from a point, nobody moving: where it leads, and its Jacobian, in the order of `at`."""
    graph = Graph()
    names = list(at)
    inputs = {name: graph.input(name, FUTURE) for name in names}
    theta = {name: float(v) for name, v in values.items()}
    state = rules.start(game, theta, graph.constant(0.0))
    state = State({**state.stocks, **inputs}, True, dict.fromkeys(state.happened, False))
    idle = [[False] * len(t.moves) for t in game.tracks]
    after, _ = rules.step(
        game,
        theta,
        state,
        rules.clock_at(game, 0),
        idle,
        [0.0] * len(game.tracks),
        lambda hazards: {name: hazard > 0.5 for name, hazard in hazards.items()},
        {},
    )
    ends = [graph.lift(after.stocks[name]) for name in names]
    found = [tangents(ends, [inputs[name]]) for name in names]
    roots = [*ends, *(graph.lift(0.0 if d is None else d) for column in found for d in column)]
    numbers = np.array([float(v) for v in evaluate(roots, {name: np.float64(v) for name, v in at.items()})])
    return numbers[: len(names)], numbers[len(names) :].reshape(len(names), -1).T


def rest_point(game: Game, values: Values, start: Mapping[str, float], *, rounds: int = 50) -> dict[str, float] | None:
    """A point that a step leaves where it is, by Newton's method on the step; None when there is none to be found."""
    x = np.array([float(v) for v in start.values()])
    for _ in range(rounds):
        after, jacobian = slopes(game, values, dict(zip(start, x, strict=True)))
        gap = after - x
        if np.all(np.abs(gap) <= 1e-14 * np.maximum(1.0, np.abs(x))):
            return dict(zip(start, map(float, x), strict=True))
        tangent = jacobian - np.eye(len(x))
        if abs(np.linalg.det(tangent)) < 1e-14:
            return None
        x = x - np.linalg.solve(tangent, gap)
    return dict(zip(start, map(float, x), strict=True))


def limit(levels: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The limit of values whose step was halved from one to the next, and a bound on its error.

    The error of steps taken at their start is a series in the length of the step, so each column of the table removes
    one of its terms. The bound is the last correction that the table made.

    Source: Richardson & Gaunt (1927), Philosophical Transactions A 226, "The deferred approach to the limit".
    """
    table = [np.asarray(level, float) for level in levels]
    last = table[-1]
    correction = np.full_like(last, np.inf)
    order = 1
    while len(table) > 1:
        table = [b + (b - a) / (2**order - 1) for a, b in pairwise(table)]
        correction, last = np.abs(table[-1] - last), table[-1]
        order += 1
    return last, correction
