"""Simulate: many futures of one course, reduced to sums before they leave the loop.

A future is one parameter draw with one stream of random numbers from a counter. The step is written down once for a
game and what is watched of it (`program`); courses, parameters, seeds and dates are data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from detente.engine.backends import choice as backend
from detente.engine.foresight import policy as foresight
from detente.engine.game import rules
from detente.engine.game.courses import CourseArrays
from detente.engine.game.game import Game
from detente.engine.game.rules import Clock, State
from detente.engine.game.scene import (
    Expression,
    Reducer,
    Scene,
    begin_with,
    binds,
    continuation_values_of,
    of_steps,
    utilities_at,
    written,
)
from detente.engine.graph import arrays
from detente.engine.graph.arrays import Values
from detente.engine.graph.graph import DRAW, FUTURE
from detente.engine.program import HALVES, Futures, How, Program


@dataclass(frozen=True)
class Tally:
    """What to sum over futures. `moves`: (track, move) index pairs; `values`: expressions at a boundary of the clock.

    `any_of`: groups of indices of events, then moves; a group happens when one of them does. `continuation`: (utility,
    discount): what playing on is worth, u(x0) + sum over s of discount**s * (u(xs) - u(xs-1)).
    """

    moves: tuple[tuple[int, int], ...] = ()
    values: tuple[tuple[Expression, int], ...] = ()
    fan_lanes: int = 2  # futures per draw whose whole path is kept
    states: bool = False  # whether their events are kept as well
    dated: bool = False  # whether what happens is counted by step whether or not it happened before
    counted: bool = True  # whether events, moves and the final state are summed up at all
    any_of: tuple[tuple[int, ...], ...] = ()
    continuation: tuple[tuple[Expression, float], ...] = ()


class Outcome(NamedTuple):
    """Sums over futures, per parameter draw. `half` is a half of a draw's futures, `watched` = events, then moves,
    then groups of them.

    Where a sum counts futures it runs from 0 to futures / 2. Sums of probabilities have the same mean as the counts,
    whatever happens once or often, excites itself or ends the war, and are far less noisy where it is rare.
    """

    first: Values  # (draw, half, step, watched): futures in which it happened for the first time in that step
    occurred: Values  # (draw, half, step, watched): futures in which it happened in that step; empty unless `dated`
    first_chance: Values  # as `first`, with the probability of what happens in a step in place of what did
    occurred_chance: Values  # as `occurred`, likewise
    chosen: Values  # (draw, half, move): steps in which each move was chosen, in `move_index` order
    ever: Values  # (draw, half, move): futures in which each move was chosen at least once
    live: Values  # (draw, half, 1): steps lived through, summed over futures
    values: Values  # (draw, half, value): sums of the watched expressions
    end: Values  # (draw, half, stock): sums of the final state
    end_squared: Values  # (draw, half, stock): of the squared change since the start, which float32 can hold
    paths: Values  # (draw, fan lane, boundary, stock), starting at the branch
    alive: Values  # (draw, fan lane, boundary) bool: whether no `ends` event has happened; empty unless `states`
    happened: Values  # (draw, fan lane, boundary, event) bool, likewise
    bad_hazard: Values  # (draw, half, event): futures in which a hazard left [0, 1] or was not a number
    bad_stock: Values  # (draw, half, stock): final values that are not a number
    bad_appeal: Values  # (draw, half, track): futures with a choice among appeals one of which is not a number
    looked: Values  # (draw, half, glance): sums over futures and steps of `foresight.glances_of`
    continuation: Values  # (draw, half, worth): sums of what playing on is worth


def move_index(game: Game) -> list[tuple[str, str]]:
    """The (track, move) order of `Outcome.chosen` and `Outcome.ever`."""
    return [(t.id, m.id) for t in game.tracks for m in t.moves]


def sum_tallied(tally: Tally) -> Reducer:
    """In which step events, moves and groups of them happen, and happen first: counts, and sums of probabilities.

    Of a group whose moves and events are several, moves count as drawn and events with their probability.
    """

    def reduce(scene: Scene) -> None:
        picked, alive = scene.picked, scene.before.alive
        now = [scene.events[e.id] for e in scene.game.events] + [picked[i][m - 1] for i, m in tally.moves]
        chance: list[Values] = [scene.hazards[e.id] for e in scene.game.events]
        chance += [arrays.where(alive, scene.chances[i][m - 1], 0.0) for i, m in tally.moves]
        events = len(scene.game.events)
        for group in tally.any_of:
            moved: Values = _any([now[i] for i in group if i >= events])
            none: Values = 1.0
            for i in group:
                none = none * (1.0 - chance[i]) if i < events else none
            now.append(_any([now[i] for i in group]))
            chance.append(arrays.where(moved, 1.0, 1.0 - none))
        new, new_chance = [], []
        for number, (happens, p) in enumerate(zip(now, chance, strict=True)):
            seen = scene.loop.carry(("seen", number), begins=False, logical=True)
            scene.loop.becomes(("seen", number), arrays.either(seen, happens))
            new.append(arrays.both(happens, arrays.negated(seen)))
            new_chance.append(arrays.where(seen, 0.0, p))
        scene.loop.keep("first", How.EACH_COUNT, new)
        scene.loop.keep("first_chance", How.EACH_SUM, new_chance)
        if tally.dated:
            scene.loop.keep("occurred", How.EACH_COUNT, now)
            scene.loop.keep("occurred_chance", How.EACH_SUM, chance)

    return reduce


def count_moves(scene: Scene) -> None:
    """How often each move is chosen, and in how many futures at all; how many steps are lived through."""
    picked = [mask for masks in scene.picked for mask in masks]
    ever = []
    for number, mask in enumerate(picked):
        before = scene.loop.carry(("ever", number), begins=False, logical=True)
        scene.loop.becomes(("ever", number), arrays.either(before, mask))
        ever.append(before)
    scene.loop.keep("chosen", How.COUNT, picked)
    scene.loop.keep("ever", How.LAST_COUNT, ever)
    scene.loop.keep("live", How.COUNT, [scene.before.alive])


def count_faults(scene: Scene) -> None:
    """Futures that met a hazard which is no probability, an appeal or a stock which is no number."""
    faults: dict[str, list[Values]] = {
        "bad_hazard": [arrays.negated(arrays.both(h >= 0, h <= 1)) for h in scene.hazards.values()],
        "bad_appeal": [
            arrays.both(scene.before.alive, _any([arrays.is_nan(option.logit) for option in row])) for row in scene.row
        ],
    }
    for name, found in faults.items():
        kept = []
        for number, fault in enumerate(found):
            before = scene.loop.carry((name, number), begins=False, logical=True)
            scene.loop.becomes((name, number), arrays.either(before, fault))
            kept.append(before)
        scene.loop.keep(name, How.LAST_COUNT, kept)
    scene.loop.keep("bad_stock", How.LAST_COUNT, [arrays.is_nan(x) for x in scene.before.stocks.values()])


def _any(masks: Sequence[Values]) -> Values:
    out: Values = False
    for mask in masks:
        out = arrays.either(out, mask)
    return out


def sum_ends(scene: Scene) -> None:
    """The final state, and its squared change since the start."""
    begin = {name: scene.loop.graph.input(("begin", name), DRAW) for name in scene.before.stocks}
    change = [x - begin[name] for name, x in scene.before.stocks.items()]
    scene.loop.keep("end", How.LAST_SUM, list(scene.before.stocks.values()))
    scene.loop.keep("end_squared", How.LAST_SUM, [c * c for c in change])


def keep_paths(tally: Tally) -> Reducer:
    """The stocks of the first futures of each draw at every boundary after the first, and their events if asked for."""

    def reduce(scene: Scene) -> None:
        scene.loop.keep("paths", How.PATHS, list(scene.after.stocks.values()), futures=tally.fan_lanes)
        if tally.states:
            flags = [arrays.where(f, 1.0, 0.0) for f in (scene.after.alive, *scene.after.happened.values())]
            scene.loop.keep("flags", How.PATHS, flags, futures=tally.fan_lanes)

    return reduce


def sum_values(tally: Tally) -> Reducer:
    """Watched expressions, each at its boundary."""

    def reduce(scene: Scene) -> None:
        env = rules.environment(scene.parameters, scene.after.stocks, scene.next_clock)
        scene.loop.keep("values", How.AT, [f(env) for f, _ in tally.values])

    return reduce


def sum_continuation_values(tally: Tally) -> Reducer:
    """What playing on is worth: discounted changes of utility; none once the war has ended."""

    return lambda scene: scene.loop.keep(
        "continuation", How.LAST_SUM, [before for before, _ in continuation_values_of(scene, tally.continuation)]
    )


def sum_glances(scene: Scene) -> None:
    """What looking ahead changed (`foresight.glances_of`)."""
    totals = []
    for number in range(len(foresight.glances_of(scene.game))):
        total = scene.loop.carry(("looked", number), begins=0.0)
        glance = scene.loop.graph.input(("glance", number), FUTURE)
        scene.loop.becomes(("looked", number), total + arrays.where(scene.before.alive, glance, 0.0))
        totals.append(total)
    scene.loop.keep("looked", How.LAST_SUM, totals)


@lru_cache(maxsize=32)
def _program(game: Game, tally: Tally, bound: frozenset[int]) -> Program:
    reducers: list[Reducer] = [count_faults, sum_values(tally), sum_continuation_values(tally), sum_glances]
    if tally.counted:
        reducers = [sum_tallied(tally), count_moves, *reducers, sum_ends]
    if tally.fan_lanes:
        reducers.append(keep_paths(tally))
    return written(game, reducers, bound)


def simulate(
    game: Game,
    tally: Tally,
    course: CourseArrays,
    parameters: Mapping[str, np.ndarray],
    state: State,
    *,
    start: int,
    futures: int,
    seed: int,
    draw_ids: np.ndarray | None = None,
    device: str | None = None,
) -> Outcome:
    """Simulate `futures` futures for every parameter draw, from step `start` for as many steps as the course has.

    Args:
        parameters: per id an array of shape (draw,).
        state: the state at `start`, arrays of shape (draw,).
        start: number of the first step.
        futures: of each parameter draw; even.
        seed: of the random numbers; the same seed and draw id give the same ones whatever else changes.
        draw_ids: number of each draw for the counter; 0, 1, 2, .. when None.
        device: where JAX runs the futures, "cpu" or "gpu"; None: machine code (`backend.futures`).

    Raises:
        InputError: There is no such device.
        ImportError: Without the `jax` extra, where a device is asked for.
    """
    if futures < 2 or futures % HALVES:
        raise ValueError(f"futures must be an even number of at least 2; got {futures}")
    draws, steps = len(state.alive), len(course.force)
    ids = np.arange(draws) if draw_ids is None else np.asarray(draw_ids)
    program = _program(game, tally, game.bound | binds(course))
    theta = {p: np.asarray(parameters[p], float) for p in game.parameters}
    begin = {s.id: np.asarray(state.stocks[s.id], np.float32) for s in game.stocks}
    utilities = utilities_at([f for f, _ in tally.continuation], theta, begin, rules.clock_at(game, start), draws)
    tables = program.fill(
        {("parameter", p): v for p, v in theta.items()} | {("begin", name): x for name, x in begin.items()},
        of_steps(game, course, start, [discount for _, discount in tally.continuation]),
        (draws, steps),
    )
    at = tuple(b - start - 1 for _, b in tally.values)
    which = Futures(seed, start, futures, ids, {"values": at})
    policy = foresight.policy(game, theta, course, seed)
    given = begin_with(state._replace(stocks=begin), utilities)
    found = backend.futures(program, tables, given, which, policy, device=device)
    return _outcome(tally, found, state, begin, theta, rules.clock_at(game, start), start, futures)


def _outcome(
    tally: Tally,
    found: dict[str, np.ndarray],
    state: State,
    begin: dict[str, np.ndarray],
    parameters: Mapping[str, np.ndarray],
    clock: Clock,
    start: int,
    futures: int,
) -> Outcome:
    draws, fan = len(state.alive), min(tally.fan_lanes, futures)
    values = np.array(found["values"])
    env = rules.environment(parameters, begin, clock)
    with np.errstate(all="ignore"):
        for i, (expression, boundary) in enumerate(tally.values):
            if boundary == start:  # before the first step, where futures do not differ yet
                values[:, :, i] = np.asarray(expression(env), np.float32)[..., None] * np.float32(futures // HALVES)
    stocks = _from_start(found.get("paths"), list(begin.values()), fan, draws)
    flags = _from_start(found.get("flags"), [state.alive, *state.happened.values()], fan, draws) > 0
    sums = {name: found.get(name, np.zeros((draws, HALVES, 0), np.float32)) for name in Outcome._fields}
    return Outcome(**{**sums, "values": values, "paths": stocks, "alive": flags[..., 0], "happened": flags[..., 1:]})


def _from_start(later: np.ndarray | None, start: list[np.ndarray], fan: int, draws: int) -> np.ndarray:
    """Paths (draw, fan lane, step, item) with what they begin with before them; no lane where none is kept."""
    if later is None:
        return np.zeros((draws, 0, 0, len(start)), np.float32)
    out = np.empty((draws, fan, later.shape[2] + 1, len(start)), np.float32)
    for i, column in enumerate(start):
        out[:, :, 0, i] = np.asarray(column)[:, None]
    out[:, :, 1:] = later[:, :fan]
    return out
