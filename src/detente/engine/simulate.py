"""Simulate: many futures of one course, reduced to sums before they leave the loop.

A future is one parameter draw with one stream of random numbers from a counter. The step is written down once for a
game and what is watched of it (`program`); courses, parameters, seeds and dates are data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from detente.engine import arrays, backend, choose, foresight, rules
from detente.engine.arrays import Values
from detente.engine.compile import Environment, Game
from detente.engine.courses import FREE, CourseArrays
from detente.engine.graph import DRAW, FUTURE, STEP, Node
from detente.engine.program import (
    AT,
    COUNT,
    EACH_SUM,
    HALVES,
    LAST_COUNT,
    LAST_SUM,
    PATHS,
    Loop,
    Program,
)
from detente.engine.rules import Clock, State

Expression = Callable[[Environment], Values]


@dataclass(frozen=True)
class Watch:
    """What to count. `moves`: (track, move) index pairs; `values`: expressions at a boundary of the clock.

    `any_of`: groups of indices of events, then moves; a group happens when one of them does. `worth`: (utility,
    discount): what playing on is worth, u(x0) + sum over s of discount**s * (u(xs) - u(xs-1)).
    """

    moves: tuple[tuple[int, int], ...] = ()
    values: tuple[tuple[Expression, int], ...] = ()
    fan_lanes: int = 2  # futures per draw whose whole path is kept
    any_of: tuple[tuple[int, ...], ...] = ()
    worth: tuple[tuple[Expression, float], ...] = ()


class Outcome(NamedTuple):
    """Sums over futures, per parameter draw. `half` is a half of a draw's futures, `watched` = events, then moves,
    then groups of them.

    `first` and `occurred` are expected numbers of futures: what comes before a step is drawn, what happens in it counts
    with its probability. They are right on average for whatever happens once or often, excites itself or ends the war,
    and far less noisy than counts where it is rare. Other sums count futures, from 0 to futures / 2.
    """

    first: Values  # (draw, half, step, watched): futures in which it happens for the first time in that step
    occurred: Values  # (draw, half, step, watched): futures in which it happens in that step
    chosen: Values  # (draw, half, move): steps in which each move was chosen, in `move_index` order
    ever: Values  # (draw, half, move): futures in which each move was chosen at least once
    live: Values  # (draw, half): steps lived through, summed over futures
    values: Values  # (draw, half, value): sums of the watched expressions
    end: Values  # (draw, half, stock): sums of the final state
    end_squared: Values  # (draw, half, stock): of the squared change since the start, which float32 can hold
    paths: Values  # (draw, fan lane, boundary, stock), starting at the branch
    alive: Values  # (draw, fan lane, boundary) bool: of the same futures, whether no `ends` event has happened
    happened: Values  # (draw, fan lane, boundary, event) bool
    bad_hazard: Values  # (draw, half, event): futures in which a hazard left [0, 1] or was not a number
    bad_stock: Values  # (draw, half, stock): final values that are not a number
    bad_appeal: Values  # (draw, half, track): futures with a choice among appeals one of which is not a number
    looked: Values  # (draw, half, glance): sums over futures and steps of `foresight.glances_of`
    worth: Values  # (draw, half, worth): sums of what playing on is worth


def move_index(game: Game) -> list[tuple[str, str]]:
    """The (track, move) order of `Outcome.chosen` and `Outcome.ever`."""
    return [(t.id, m.id) for t in game.tracks for m in t.moves]


@dataclass(frozen=True)
class Scene:
    """One step as the reducers see it: nodes of the loop's graph."""

    game: Game
    loop: Loop
    parameters: Mapping[str, Node]
    before: State
    after: State
    next_clock: Clock  # at the end of the step
    row: list[list[rules.Option]]  # per track
    chosen: list[list[Values]]  # per track a mask for every move
    chances: list[list[Values]]  # per track the probability of every move
    hazards: Mapping[str, Values]
    events: Mapping[str, Values]

    @property
    def picked(self) -> list[list[Values]]:
        """The moves chosen in futures that go on."""
        return [[arrays.both(self.before.alive, m) for m in masks] for masks in self.chosen]


Reducer = Callable[[Scene], None]


def written(game: Game, reducers: Sequence[Reducer], bound: frozenset[int]) -> Program:
    """Write down one step of a game with what is kept of it.

    Args:
        bound: numbers of the tracks that a course may bind; the others choose freely.
    """
    loop = Loop()
    graph = loop.graph
    parameters = {p: graph.input(("parameter", p), DRAW) for p in game.parameters}
    state = State(
        {s.id: loop.carry(("stock", s.id)) for s in game.stocks},
        loop.carry("alive", logical=True),
        {e.id: loop.carry(("happened", e.id), logical=True) for e in game.events},
    )
    clock = Clock(graph.input("step", STEP), graph.input("season", STEP))
    table = rules.options(game, parameters, state, clock)
    for track, row in enumerate(foresight.looking(game, table)):
        if row is not None:
            appeals = [graph.input(("appeal", track, m), FUTURE) for m in range(len(row))]
            table[track] = [rules.Option(a, o.available) for a, o in zip(appeals, row, strict=True)]
    chosen, chances = [], []
    u_choice = [loop.uniform() for _ in game.tracks]
    u_event = {e.id: loop.uniform() for e in game.events}
    for number, row in enumerate(table):
        flag = lambda *name: graph.input(name, STEP, logical=True)  # noqa: E731
        allowed = [flag("allowed", number, m) for m in range(len(row))] if number in bound else None
        weight = choose.weights(row, allowed)
        drawn, shares = choose.choose(weight, u_choice[number]), choose.shares(weight)
        if number in bound:
            forced = [flag("forced", number, m) for m in range(1, len(row))]
            drawn = choose.bound(drawn, flag("free", number), forced)
            shares = [
                arrays.where(flag("free", number), p, arrays.where(f, 1.0, 0.0))
                for p, f in zip(shares, forced, strict=True)
            ]
        chosen.append(drawn)
        chances.append(shares)
    env = rules.environment(parameters, state.stocks, clock)
    sizes: list[Values] = []
    for number, track in enumerate(game.tracks):
        size: Values = 0.0
        if track.has_magnitude:
            size = rules.magnitude_quantile(track, chosen[number], env, loop.uniform())
            if number in bound:
                stated = graph.input(("sized", number), STEP, logical=True)
                size = arrays.where(stated, graph.input(("size", number), STEP), size)
        sizes.append(size)
    noise = {s.id: arrays.normal_quantile(loop.uniform()) for s in game.stocks if s.noise is not None}
    events: dict[str, Values] = {}

    def decide(hazards: dict[str, Values]) -> dict[str, Values]:
        events.update({name: u_event[name] < hazard for name, hazard in hazards.items()})
        return events

    after, seen = rules.step(game, parameters, state, clock, chosen, sizes, decide, noise)
    for name, stock in after.stocks.items():
        loop.becomes(("stock", name), stock)
    loop.becomes("alive", after.alive)
    for name, happened in after.happened.items():
        loop.becomes(("happened", name), happened)
    later = Clock(graph.input("next step", STEP), graph.input("next season", STEP))
    scene = Scene(game, loop, parameters, state, after, later, table, chosen, chances, seen.hazards, events)
    for reducer in reducers:
        reducer(scene)
    return Program(loop)


def sum_watched(watch: Watch) -> Reducer:
    """In which step events, moves and groups of them happen, and happen first: their probabilities, added up.

    Of a group whose moves and events are several, moves count as drawn and events with their probability.
    """

    def reduce(scene: Scene) -> None:
        picked, alive = scene.picked, scene.before.alive
        now = [scene.events[e.id] for e in scene.game.events] + [picked[i][m - 1] for i, m in watch.moves]
        chance: list[Values] = [scene.hazards[e.id] for e in scene.game.events]
        chance += [arrays.where(alive, scene.chances[i][m - 1], 0.0) for i, m in watch.moves]
        events = len(scene.game.events)
        for group in watch.any_of:
            moved: Values = _any([now[i] for i in group if i >= events])
            none: Values = 1.0
            for i in group:
                none = none * (1.0 - chance[i]) if i < events else none
            now.append(_any([now[i] for i in group]))
            chance.append(arrays.where(moved, 1.0, 1.0 - none))
        new = []
        for number, (happens, p) in enumerate(zip(now, chance, strict=True)):
            seen = scene.loop.carry(("seen", number), begins=False, logical=True)
            scene.loop.becomes(("seen", number), arrays.either(seen, happens))
            new.append(arrays.where(seen, 0.0, p))
        scene.loop.keep("occurred", EACH_SUM, chance)
        scene.loop.keep("first", EACH_SUM, new)

    return reduce


def count_moves(scene: Scene) -> None:
    """How often each move is chosen, and in how many futures at all; how many steps are lived through."""
    picked = [mask for masks in scene.picked for mask in masks]
    ever = []
    for number, mask in enumerate(picked):
        before = scene.loop.carry(("ever", number), begins=False, logical=True)
        scene.loop.becomes(("ever", number), arrays.either(before, mask))
        ever.append(before)
    scene.loop.keep("chosen", COUNT, picked)
    scene.loop.keep("ever", LAST_COUNT, ever)
    scene.loop.keep("live", COUNT, [scene.before.alive])


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
        scene.loop.keep(name, LAST_COUNT, kept)
    scene.loop.keep("bad_stock", LAST_COUNT, [arrays.is_nan(x) for x in scene.before.stocks.values()])


def _any(masks: Sequence[Values]) -> Values:
    out: Values = False
    for mask in masks:
        out = arrays.either(out, mask)
    return out


def sum_ends(scene: Scene) -> None:
    """The final state, and its squared change since the start."""
    begin = {name: scene.loop.graph.input(("begin", name), DRAW) for name in scene.before.stocks}
    change = [x - begin[name] for name, x in scene.before.stocks.items()]
    scene.loop.keep("end", LAST_SUM, list(scene.before.stocks.values()))
    scene.loop.keep("end_squared", LAST_SUM, [c * c for c in change])


def keep_paths(futures: int) -> Reducer:
    """The states of the first futures of each draw at every boundary after the first."""

    def reduce(scene: Scene) -> None:
        flags = [arrays.where(f, 1.0, 0.0) for f in (scene.after.alive, *scene.after.happened.values())]
        scene.loop.keep("paths", PATHS, [*scene.after.stocks.values(), *flags], futures=futures)

    return reduce


def sum_values(watch: Watch) -> Reducer:
    """Watched expressions, each at its boundary."""

    def reduce(scene: Scene) -> None:
        env = rules.environment(scene.parameters, scene.after.stocks, scene.next_clock)
        scene.loop.keep("values", AT, [f(env) for f, _ in watch.values])

    return reduce


def sum_worth(watch: Watch) -> Reducer:
    """What playing on is worth: discounted changes of utility; none once the war has ended."""

    def reduce(scene: Scene) -> None:
        env = rules.environment(scene.parameters, scene.after.stocks, scene.next_clock)
        totals = []
        for number, (utility, discount) in enumerate(watch.worth):
            total = scene.loop.carry(("worth", number))
            last = scene.loop.carry(("utility", number))
            weight = scene.loop.graph.input(("discount", discount), STEP)
            now = utility(env)
            change = arrays.where(scene.before.alive, weight * (now - last), 0.0)
            scene.loop.becomes(("worth", number), total + change)
            scene.loop.becomes(("utility", number), now)
            totals.append(total)
        scene.loop.keep("worth", LAST_SUM, totals)

    return reduce


def sum_glances(scene: Scene) -> None:
    """What looking ahead changed (`foresight.glances_of`)."""
    totals = []
    for number in range(len(foresight.glances_of(scene.game))):
        total = scene.loop.carry(("looked", number), begins=0.0)
        glance = scene.loop.graph.input(("glance", number), FUTURE)
        scene.loop.becomes(("looked", number), total + arrays.where(scene.before.alive, glance, 0.0))
        totals.append(total)
    scene.loop.keep("looked", LAST_SUM, totals)


@lru_cache(maxsize=32)
def _program(game: Game, watch: Watch, bound: frozenset[int]) -> Program:
    reducers: list[Reducer] = [sum_watched(watch), count_moves, count_faults, sum_ends]
    reducers += [sum_values(watch), sum_worth(watch), sum_glances]
    if watch.fan_lanes:
        reducers.append(keep_paths(watch.fan_lanes))
    return written(game, reducers, bound)


def simulate(
    game: Game,
    watch: Watch,
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
    program = _program(game, watch, game.bound | _binds(course))
    theta = {p: np.asarray(parameters[p], float) for p in game.parameters}
    begin = {s.id: np.asarray(state.stocks[s.id], np.float32) for s in game.stocks}
    worth = _utilities(watch, theta, begin, rules.clock_at(game, start), draws)
    tables = program.fill(
        {("parameter", p): v for p, v in theta.items()} | {("begin", name): x for name, x in begin.items()},
        _of_steps(game, watch, course, start),
        (draws, steps),
    )
    given: dict[Any, np.ndarray] = {("stock", name): x for name, x in begin.items()}
    given |= {"alive": np.asarray(state.alive)}
    given |= {("happened", name): np.asarray(h) for name, h in state.happened.items()}
    given |= {(name, i): u for i, u in enumerate(worth) for name in ("worth", "utility")}
    at = tuple(b - start - 1 for _, b in watch.values)
    common = {"seed": seed, "first": start, "futures": futures, "ids": ids, "at": {"values": at}}
    policy = foresight.policy(game, theta, course, seed)
    found = backend.futures(program, tables, given, policy, device=device, **common)
    return _outcome(watch, found, state, begin, theta, rules.clock_at(game, start), start, futures)


def _binds(course: CourseArrays) -> frozenset[int]:
    """Tracks that a course forces, forbids or sizes a move of."""
    named = np.flatnonzero(((course.force != FREE) | ~np.isnan(course.magnitude)).any(0))
    return frozenset(named.tolist()) | {i for i, open_to in enumerate(course.allowed) if not np.all(open_to)}


def _of_steps(game: Game, watch: Watch, course: CourseArrays, start: int) -> dict[Any, np.ndarray]:
    """The inputs of the step, arrays (step,)."""
    steps = len(course.force)
    k = np.arange(start, start + steps)
    now, later = rules.clock_at(game, k), rules.clock_at(game, k + 1)
    given: dict[Any, np.ndarray] = {"step": now.step, "season": now.season}
    given |= {"next step": later.step, "next season": later.season}
    given |= {("discount", d): d ** np.arange(1.0, steps + 1) for _, d in watch.worth}
    for i, track in enumerate(game.tracks):
        size = np.asarray(course.magnitude[:, i], float)
        given |= {("free", i): course.force[:, i] == FREE, ("sized", i): ~np.isnan(size), ("size", i): np.nan_to_num(size)}
        for m in range(len(track.moves) + 1):
            given[("allowed", i, m)] = np.full(steps, bool(course.allowed[i][m]))
            given[("forced", i, m)] = course.force[:, i] == m
    return given


def _utilities(watch: Watch, parameters, stocks, clock: Clock, draws: int) -> list[np.ndarray]:
    env = rules.environment(parameters, stocks, clock)
    with np.errstate(all="ignore"):
        return [np.broadcast_to(np.asarray(f(env), np.float32), (draws,)) for f, _ in watch.worth]


def _outcome(
    watch: Watch,
    found: dict[str, np.ndarray],
    state: State,
    begin: dict[str, np.ndarray],
    parameters: Mapping[str, np.ndarray],
    clock: Clock,
    start: int,
    futures: int,
) -> Outcome:
    draws, fan = len(found["live"]), min(watch.fan_lanes, futures)
    values = np.array(found["values"])
    env = rules.environment(parameters, begin, clock)
    with np.errstate(all="ignore"):
        for i, (expression, boundary) in enumerate(watch.values):
            if boundary == start:  # before the first step, where futures do not differ yet
                values[:, :, i] = np.asarray(expression(env), np.float32)[..., None] * np.float32(futures // HALVES)
    first = [*begin.values(), state.alive, *state.happened.values()]
    columns = np.stack([np.asarray(c, np.float32) for c in first], -1)
    steps = found["first"].shape[2]
    later = found.get("paths", np.zeros((draws, 0, steps, len(first)), np.float32))[:, :fan]
    begun = np.broadcast_to(columns[:, None, None], (draws, later.shape[1], 1, len(first)))
    stocks, alive, happened = np.split(
        np.concatenate([begun, later], axis=2), [len(begin), len(begin) + 1], axis=3
    )
    kept = ("live", "values", "paths", "alive", "happened")
    return Outcome(
        **{name: found[name] for name in Outcome._fields if name not in kept},
        live=found["live"][..., 0],
        values=values,
        paths=stocks,
        alive=alive[..., 0] > 0,
        happened=happened > 0,
    )
