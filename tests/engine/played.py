"""Futures played by one engine or the other, with everything kept that tells why they differ where they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from detente.engine import simulate
from detente.engine.backends import futures_kernel, numpy_loop
from detente.engine.game import panel
from detente.engine.game.compile import function_of
from detente.engine.game.courses import CourseArrays, course_arrays
from detente.engine.game.game import Game
from detente.engine.game.rules import State
from detente.engine.graph.graph import FUTURE
from detente.engine.program import How
from detente.engine.simulate import Scene, Tally
from detente.inference.density import Model
from detente.language.records import Scenario
from tests.engine.random_scenarios import drawn

NEAR = 1e-6  # of a boundary: how far a uniform may lie from one when two engines choose differently
Run = Callable[..., dict[str, np.ndarray]]
ENGINES: dict[str, Run] = {"machine": futures_kernel.run, "numpy": numpy_loop.run}


@dataclass(frozen=True)
class Case:
    """What is played: a course of a scenario from a state, for some draws."""

    name: str
    game: Game
    tally: Tally
    course: CourseArrays
    parameters: dict[str, np.ndarray]
    state: State
    start: int


def case_of(scenario: Scenario, model: Model, course: str, *, draws: int, seed: int = 0) -> Case:
    """A course of a scenario for parameters from its prior, with something of every kind watched: all moves, groups of
    events and moves, values at several boundaries, what playing on is worth.

    Of a panel every draw plays a case of its own.
    """
    game, values = model.game, drawn(scenario, draws, seed)
    theta = dict(zip(game.parameters, values, strict=True))
    if game.case is not None:
        which = np.arange(draws) % panel.cases_of(model.record)
        state = model.replay(values, until=0).state(0).map(lambda a: a[which, np.arange(draws)])
        theta |= {name: np.asarray(model.record.covariates)[i, which] for i, name in enumerate(game.case)}
        game, start = panel.one_case(game), 0
    else:
        start = scenario.branch_step(course)
        state = model.replay(values, until=start).state(start)
    return Case(
        f"{scenario.id}, {course}",
        game,
        watch_of(scenario, game, start),
        course_arrays(game, scenario.courses[course], start),
        theta,
        state,
        start,
    )


def watch_of(scenario: Scenario, game: Game, start: int) -> Tally:
    """Something of every kind to watch."""
    moves = tuple((i, m) for i, t in enumerate(game.tracks) for m in range(1, len(t.moves) + 1))
    events = len(game.events)
    stocks = [function_of_stock(s.id) for s in game.stocks[:3]]
    middle = (start + game.clock.steps) // 2
    values = [(f, b) for f in stocks for b in sorted({start, start + 1, middle, game.clock.steps})]
    worth = [(function_of(a.utility.tree), a.discount) for a in scenario.actors.values() if a.utility is not None]
    groups = [(0, events)] if events else []  # an event and a move
    groups += [(0, 1)] if events > 1 else []
    groups += [(events, events + len(moves) - 1)] if len(moves) > 1 else []
    return Tally(moves, tuple(values), fan_lanes=3, dated=True, any_of=tuple(groups), continuation=tuple(worth))


def function_of_stock(name: str):
    """A stock as a watched expression."""
    return lambda env: env[name]


def witness(futures: int) -> simulate.Reducer:
    """Keeps of every future and step: all uniforms, moves and events with their chances, and the state."""

    def reduce(scene: Scene) -> None:
        loop = scene.loop
        uniforms = [loop.graph.input(("uniform", n), FUTURE) for n in range(loop.uniforms)]
        columns = {
            "uniforms": uniforms,
            "chosen": [m for masks in scene.chosen for m in masks],
            "chances": [p for shares in scene.chances for p in shares],
            "events": list(scene.events.values()),
            "hazards": list(scene.hazards.values()),
            "stocks": list(scene.after.stocks.values()),
            "alive": [scene.before.alive],
        }
        for name, nodes in columns.items():
            as_numbers = [loop.graph.make("float", n) if loop.graph.lift(n).logical else n for n in nodes]
            loop.keep(f"witness {name}", How.PATHS, as_numbers, futures=futures)

    return reduce


@contextmanager
def kept_apart(run: Run, futures: int) -> Iterator[dict[str, np.ndarray]]:
    """What a run keeps, witnesses and all, in a dictionary that fills when something is simulated inside."""
    found: dict[str, np.ndarray] = {}
    written, play = simulate.written, simulate.backend.futures

    def with_witness(game: Game, reducers: list, bound: frozenset[int]):
        return written(game, [*reducers, witness(futures)] if futures else reducers, bound)

    def by(program, tables, given, which, policy=None, *, device=None):
        assert policy is None and device is None, "foresight is NumPy's alone"
        found.update(run(program, tables, given, which))
        return found

    simulate._program.cache_clear()
    simulate.written, simulate.backend.futures = with_witness, by
    try:
        yield found
    finally:
        simulate.written, simulate.backend.futures = written, play
        simulate._program.cache_clear()


def played(case: Case, run: Run, *, futures: int, seed: int = 1, witnessed: bool = True) -> dict[str, np.ndarray]:
    """Everything that one engine keeps of a case's futures, by name.

    Args:
        witnessed: whether every future of every draw is kept too, for `differing`.
    """
    with kept_apart(run, futures if witnessed else 0) as found:
        outcome = simulate.simulate(
            case.game,
            case.tally,
            case.course,
            case.parameters,
            case.state,
            start=case.start,
            futures=futures,
            seed=seed,
        )
    return {**outcome._asdict(), **{name: a for name, a in found.items() if name.startswith("witness")}}


def differing(case: Case, one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> np.ndarray:
    """Futures (draw, future) in which two engines decided differently; a uniform near a boundary explains each.

    Raises:
        AssertionError: The uniforms differ, or a decision does for which no uniform lies within `NEAR` of a boundary.
    """
    assert one["witness uniforms"].tobytes() == other["witness uniforms"].tobytes(), f"{case.name}: uniforms"
    decided = [np.concatenate([w[f"witness {n}"] for n in ("chosen", "events", "alive")], -1) for w in (one, other)]
    apart = decided[0] != decided[1]  # (draw, future, step, decision)
    different = apart.any((2, 3))
    first = apart.any(3).argmax(2)
    for draw, future in np.argwhere(different):
        step = first[draw, future]
        distance = min(_distance(case, w, (draw, future, step), apart[draw, future, step]) for w in (one, other))
        where = f"{case.name}: draw {draw}, future {future}, step {step}"
        assert distance < NEAR, f"{where}: {distance:.1e} from a boundary"
    return different


def _distance(case: Case, found: dict[str, np.ndarray], cell: tuple, apart: np.ndarray) -> float:
    """How far the uniforms of the decisions that differ in a step are from their boundaries, at most."""
    uniforms, chances = (found[f"witness {n}"][cell].astype(float) for n in ("uniforms", "chances"))
    hazards = found["witness hazards"][cell].astype(float)
    out, place = [], 0
    for number, track in enumerate(case.game.tracks):
        size = len(track.moves)
        if apart[place : place + size].any():
            # the chance of hold and of the moves before each, the last move first
            above = 1 - np.cumsum(chances[place : place + size][::-1])
            out.append(np.abs(uniforms[number] - above).min())
        place += size
    for number in range(len(case.game.events)):
        if apart[place + number]:
            out.append(abs(uniforms[len(case.game.tracks) + number] - hazards[number]))
    return max(out, default=1.0)


COUNTS = ("first", "occurred", "chosen", "ever", "live", "bad_hazard", "bad_stock", "bad_appeal")
ROUNDING = 3e-6  # of the largest value of the same quantity: some 25 roundings of a float32


def compared(case: Case, one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> np.ndarray:
    """Futures (draw, future) in which two engines decided differently, as DESIGN 7.5 lets them.

    Raises:
        AssertionError: A difference that a uniform near a boundary does not explain: in a decision, in a count of a
            draw none of whose futures differ, or in a number by more than rounding.
    """
    different = differing(case, one, other)
    same = ~different.any(1)  # draws
    assert set(one) == set(other)
    for name, a in one.items():
        b = other[name]
        assert a.shape == b.shape and a.dtype == b.dtype, f"{case.name}: {name}"
        a, b = a[same], b[same]
        if name in COUNTS:
            np.testing.assert_array_equal(a, b, err_msg=f"{case.name}: {name}")
        elif name != "witness uniforms" and a.size:
            a, b = a.reshape(-1, a.shape[-1]).astype(float), b.reshape(-1, b.shape[-1]).astype(float)
            assert np.isfinite(a).all() and np.isfinite(b).all(), f"{case.name}: {name} is no number"
            error = np.abs(a - b).max(0) / (1e-6 + np.abs(b).max(0))
            assert error.max() < ROUNDING, f"{case.name}: {name}, {error.max():.1e} of the largest value"
    return different
