"""Deterministic walks: the engine's own step, repeated without luck, for many parameter values at once.

Choices are given, events happen where their hazard is 1 and not where it is 0; any other hazard is refused. From such
walks come trajectories, rest points, slopes, and limits of small steps (Richardson's deferred approach to the limit).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine import rules
from detente.engine.compile import Game
from detente.engine.rules import State

Values = Mapping[str, np.ndarray]
_CERTAIN = 1e-12  # a hazard within this of 0 or 1 is no chance


class Walk(NamedTuple):
    """A walk: stocks by id, shape (steps + 1, lane), and the state at its end."""

    path: dict[str, np.ndarray]
    state: State


def _start(game: Game, theta, lanes: int, first: Mapping[str, jax.Array] | None) -> State:
    state = rules.init(game, theta, jnp.zeros(lanes))
    return state if first is None else state._replace(stocks={**state.stocks, **first})


@lru_cache(maxsize=64)
def _program(game: Game, steps: int):
    def run(theta, state: State, choices, sizes, begin):
        def body(carry, data):
            state, doubt = carry
            k, choice, size = data
            chosen, sized = ([table[i] for i in range(len(game.tracks))] for table in (choice, size))
            seen = {}

            def decide(hazards):
                seen.update(hazards)
                return {id: hazard > 0.5 for id, hazard in hazards.items()}

            after, _ = rules.step(game, theta, state, k, chosen, sized, decide, {})
            for hazard in seen.values():
                doubt = jnp.maximum(doubt, jnp.max(jnp.minimum(jnp.abs(hazard), jnp.abs(1 - hazard))))
            return (after, doubt), after.stocks

        (last, doubt), tail = jax.lax.scan(body, (state, jnp.zeros(())), (begin + jnp.arange(steps), choices, sizes))
        path = {s: jnp.concatenate([state.stocks[s][None], tail[s]]) for s in tail}
        return path, last, doubt

    return jax.jit(run)


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
    theta = {name: jnp.broadcast_to(jnp.asarray(v, jnp.float64), (lanes,)) for name, v in values.items()}
    start = {name: jnp.broadcast_to(jnp.asarray(v, jnp.float64), (lanes,)) for name, v in (first or {}).items()}
    shape = (steps, len(game.tracks), lanes)
    made = jnp.asarray(np.broadcast_to(0 if choices is None else choices, shape), jnp.int32)
    sized = jnp.asarray(np.broadcast_to(0.0 if sizes is None else sizes, shape), jnp.float64)
    path, last, doubt = _program(game, steps)(theta, _start(game, theta, lanes, start), made, sized, begin)
    if not float(doubt) <= _CERTAIN:
        raise ValueError("a walk met an event that is a matter of chance")
    return Walk({name: np.asarray(x) for name, x in path.items()}, last)


def slopes(game: Game, values: Values, at: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """One step of the rules from a point, nobody moving: where it leads, and its Jacobian, in the order of `at`."""
    theta = {name: jnp.asarray(v, jnp.float64) for name, v in values.items()}
    names = list(at)

    def step(x):
        state = rules.init(game, theta, jnp.zeros(()))
        state = state._replace(stocks={**state.stocks, **{n: x[i] for i, n in enumerate(names)}})
        idle = [jnp.zeros((), jnp.int32) for _ in game.tracks]
        sizes = [jnp.zeros(()) for _ in game.tracks]
        after, _ = rules.step(
            game, theta, state, jnp.asarray(0), idle, sizes, lambda h: {id: p > 0.5 for id, p in h.items()}, {}
        )
        return jnp.stack([after.stocks[n] for n in names])

    x = jnp.asarray([float(at[n]) for n in names], jnp.float64)
    return np.asarray(step(x)), np.asarray(jax.jacfwd(step)(x))


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
