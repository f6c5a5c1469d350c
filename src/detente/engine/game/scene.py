"""One step of a game written down as a loop: what players choose, what happens, and what is kept of it.

Courses, parameters, seeds and dates are data of the loop; `simulate` and the rollouts of foresight run it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.engine.foresight.plan import looking
from detente.engine.game import choose, rules
from detente.engine.game.courses import FREE, CourseArrays
from detente.engine.game.game import Environment, Game
from detente.engine.game.rules import Clock, State
from detente.engine.graph import arrays
from detente.engine.graph.arrays import Values
from detente.engine.graph.graph import DRAW, FUTURE, STEP, Node
from detente.engine.program import Loop, Program

Expression = Callable[[Environment], Values]


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
    for track, row in enumerate(looking(game, table)):
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


def continuation_values_of(
    scene: Scene, utilities: Sequence[tuple[Expression, float]], *, begins: Any = "given"
) -> list[tuple[Node, Node]]:
    """What playing on is worth before and after the step: discounted changes of utilities, none once the war has ended.

    Args:
        utilities: (utility, discount of every further step).
        begins: what the sums begin with. The utilities before the first step are given.
    """
    env = rules.environment(scene.parameters, scene.after.stocks, scene.next_clock)
    loop, found = scene.loop, []
    for number, (utility, discount) in enumerate(utilities):
        total, last = loop.carry(("continuation", number), begins=begins), loop.carry(("utility", number))
        weight, now = loop.graph.input(("discount", discount), STEP), utility(env)
        after = total + arrays.where(scene.before.alive, weight * (now - last), 0.0)
        loop.becomes(("continuation", number), after)
        loop.becomes(("utility", number), now)
        found.append((total, after))
    return found


def utilities_at(
    functions: Sequence[Expression], parameters: Mapping[str, Any], stocks: Mapping[str, Any], clock: Clock, draws: int
) -> list[np.ndarray]:
    """Utilities of every draw in a state, arrays (draw,) float32."""
    env = rules.environment(parameters, stocks, clock)
    with np.errstate(all="ignore"):
        return [np.broadcast_to(np.asarray(f(env), np.float32), (draws,)) for f in functions]


def begin_with(state: State, utilities: Sequence[np.ndarray]) -> dict[Any, np.ndarray]:
    """What each draw begins with, by name of what is carried."""
    given: dict[Any, np.ndarray] = {("stock", name): np.asarray(x) for name, x in state.stocks.items()}
    given |= {"alive": np.asarray(state.alive)}
    given |= {("happened", name): np.asarray(h) for name, h in state.happened.items()}
    return given | {(name, i): u for i, u in enumerate(utilities) for name in ("continuation", "utility")}


def binds(course: CourseArrays) -> frozenset[int]:
    """Tracks that a course forces, forbids or sizes a move of."""
    named = np.flatnonzero(((course.force != FREE) | ~np.isnan(course.magnitude)).any(0))
    return frozenset(named.tolist()) | {i for i, open_to in enumerate(course.allowed) if not np.all(open_to)}


def of_steps(game: Game, course: CourseArrays, start: int, discounts: Sequence[float] = ()) -> dict[Any, np.ndarray]:
    """What a course and the clock say of the steps from `start` on: inputs of the step by name, arrays (step,).

    Args:
        discounts: of the utilities that are followed (`continuation_values_of`).
    """
    steps = len(course.force)
    k = np.arange(start, start + steps)
    now, later = rules.clock_at(game, k), rules.clock_at(game, k + 1)
    given: dict[Any, np.ndarray] = {"step": now.step, "season": now.season}
    given |= {"next step": later.step, "next season": later.season}
    given |= {("discount", d): d ** np.arange(1.0, steps + 1) for d in discounts}
    for i, track in enumerate(game.tracks):
        size = np.asarray(course.magnitude[:, i], float)
        given |= {
            ("sized", i): ~np.isnan(size),
            ("size", i): np.nan_to_num(size),
            ("free", i): course.force[:, i] == FREE,
        }
        for m in range(len(track.moves) + 1):
            given[("allowed", i, m)] = np.full(steps, bool(course.allowed[i][m]))
            given[("forced", i, m)] = course.force[:, i] == m
    return given
