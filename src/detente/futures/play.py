"""Nested futures: parameter draws x futures for every course, from the replayed state at the branch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from detente import streams
from detente.engine.game.compile import function_of
from detente.engine.game.courses import course_arrays
from detente.engine.game.record import Record
from detente.engine.game.rules import State
from detente.engine.program import HALVES
from detente.engine.simulate import Outcome, simulate
from detente.engine.trajectory import Trajectory
from detente.errors import EngineError
from detente.futures.bargaining import ROLLOUTS, Point, bargain, states_of
from detente.futures.bargaining import Bargain as Found
from detente.futures.chances import by_step, in_step
from detente.futures.panel import futures_of, panel_player
from detente.futures.questions import Questions, asked_of, expand_utilities, point_of, value_key
from detente.inference.density import Model
from detente.inference.draws import Draws
from detente.language.records import Scenario
from detente.language.syntax import Bargain, Expectation, Node, Probability, walk
from detente.progress import StageProgress


@dataclass(frozen=True)
class Futures:
    """Outcomes of each course for the same draws and the same random numbers."""

    scenario: Scenario
    questions: Questions
    draws: Draws
    futures: int  # futures per parameter draw
    courses: dict[str, Outcome]
    path: dict[str, np.ndarray]  # stock -> (boundary, draw), replayed up to the last branch of any course
    season: np.ndarray  # (boundary,) fraction of the calendar year
    bargains: dict[Point, Found] = field(default_factory=dict)  # what the claims ask of the settlement
    trajectory: Trajectory | None = None  # the record replayed for the draws; None for a panel, or once it is let go
    _chances: dict[tuple[str, int], np.ndarray] = field(default_factory=dict, init=False)  # those asked for so far

    def light(self) -> Futures:
        """The same answers to all that is asked, without whole paths and states."""
        courses = {name: o._replace(paths=None, alive=None, happened=None) for name, o in self.courses.items()}
        asked = {n for tree in asked_of(self.scenario) for n in walk(tree)}
        back = any(
            isinstance(n, Expectation)
            and self.scenario.boundary(n.date, n.course) < self.scenario.branch_step(n.course)
            for n in asked
        )
        return replace(self, courses=courses, trajectory=None, path=self.path if back else {})

    def of(self, part: slice, draws: Draws) -> Futures:
        """Those of a stretch of the draws, as if they had been played alone."""
        courses = {name: Outcome(*(np.asarray(a)[part] for a in o)) for name, o in self.courses.items()}
        path = {name: x[:, part] for name, x in self.path.items()}
        bargains = {point: found.of(part) for point, found in self.bargains.items()}
        return replace(self, draws=draws, courses=courses, path=path, bargains=bargains, trajectory=None)

    def answer(self, node: Node, half: int | None = None) -> np.ndarray:
        """The value of a P(...), E(...) or S(...), from all futures or from one half of it. Shape (draw,)."""
        if isinstance(node, Probability):
            return self._probability(node, half)
        if isinstance(node, Expectation):
            return self._expectation(node, half)
        if isinstance(node, Bargain):
            found = self.bargains[point_of(node, self.scenario)]
            return found.answer(expand_utilities(node.value, self.scenario), node.offer, half)
        raise TypeError(f"not a question: {node!r}")

    def futures_per_draw(self, course: str) -> int:
        """Futures per parameter draw of a course."""
        return futures_of_course(self.scenario, course, self.futures)

    def _sum(self, array: np.ndarray, half: int | None, course: str) -> np.ndarray:
        """Mean over futures of sums of shape (draw, half, ...)."""
        if half is None:
            return array.sum(1, dtype=float) / self.futures_per_draw(course)
        return array[:, half].astype(float) / (self.futures_per_draw(course) // HALVES)

    def _probability(self, node: Probability, half: int | None) -> np.ndarray:
        outcome, index = self.courses[node.course], self.questions.watched[node.event]
        count, steps = self.futures_per_draw(node.course), outcome.first.shape[2]
        last = steps - 1
        if node.when != "ever" and node.date is not None:
            last = self.scenario.clock.step_of(node.date) - self.scenario.branch_step(node.course)
        if node.when == "on" and last >= steps:
            return np.zeros(len(self.draws))
        if node.when == "on":
            found = in_step(outcome, index, last, count)
        else:
            if (node.course, index) not in self._chances:
                self._chances[node.course, index] = by_step(outcome, index, count)
            found = self._chances[node.course, index][:, :, min(last, steps - 1)]
        return found.mean(1) if half is None else found[:, half]

    def _expectation(self, node: Expectation, half: int | None) -> np.ndarray:
        tree, boundary = key = value_key(node, self.scenario)
        if boundary >= self.scenario.branch_step(node.course):
            return self._sum(self.courses[node.course].values[..., self.questions.values[key]], half, node.course)
        environment = {
            **{name: self.draws.values[i] for i, name in enumerate(self.draws.parameters)},
            **{stock: path[boundary] for stock, path in self.path.items()},
            "clock.step": np.float64(boundary),
            "clock.season": self.season[boundary],
        }
        return np.broadcast_to(np.asarray(function_of(tree)(environment), float), (len(self.draws),))


def with_noise(model: Model, state: State, covariance: np.ndarray, seed: int, draw_ids: np.ndarray) -> State:
    """One state per draw from what the filter knows of it: the noise before this day is unseen, not absent.

    Args:
        covariance: of the latent states, shape (latent state, latent state, draw).
        draw_ids: number of each draw in the random streams.
    """
    latent_states = model.latent.latent_states
    if not latent_states:
        return state
    matrix = np.moveaxis(np.asarray(covariance, float), -1, 0)
    values, vectors = np.linalg.eigh((matrix + matrix.swapaxes(1, 2)) / 2)  # some latent states may not be noisy yet
    root = vectors * np.sqrt(np.clip(values, 0, None))[:, None, :]
    z = streams.rng("unseen noise", seed).standard_normal((int(draw_ids.max()) + 1, len(latent_states)))[draw_ids]
    shift = np.einsum("dij,dj->id", root, z)
    bounds = {s.id: (s.low, s.high) for s in model.game.stocks}
    moved = {
        name: np.clip(state.stocks[name] + shift[i], *bounds[name]).astype(np.float32)
        for i, name in enumerate(latent_states)
    }
    return state._replace(stocks={**state.stocks, **moved})


def play_out(
    scenario: Scenario,
    model: Model,
    questions: Questions,
    draws: Draws,
    *,
    futures: int,
    seed: int,
    courses: Iterable[str] | None = None,
    draw_ids: np.ndarray | None = None,
    record: Record | None = None,
    progress: StageProgress | None = None,
) -> Futures:
    """Simulate courses for weighted parameter draws; those of a panel are averaged over its cases.

    Args:
        futures: futures per parameter draw; even. Of a panel at least so many, the same number for every case.
        seed: of the random numbers, common to all courses and to every call with the same draw ids.
        courses: which ones; all when None.
        draw_ids: number of each draw in the random streams; 0, 1, 2, .. when None.
        record: what happened up to the branch; the scenario's own when None.

    Raises:
        EngineError: A hazard left [0, 1] or a stock became not-a-number; names which.
    """
    ids = np.arange(len(draws)) if draw_ids is None else np.asarray(draw_ids)
    chosen = list(scenario.courses if courses is None else courses)
    branches = {name: scenario.branch_step(name) for name in chosen}
    laid = {name: course_arrays(model.game, scenario.courses[name], branch) for name, branch in branches.items()}
    observed = model.record if record is None else record
    parameters = {name: draws.values[i] for i, name in enumerate(draws.parameters)}
    trajectory = None if model.panel else model.replay(draws.values, observed)
    begin = starts(model, trajectory, seed=seed, draw_ids=ids)
    if trajectory is None:
        futures = futures_of(observed, futures)
        path, play = panel_player(model, questions, draws, observed, futures=futures, seed=seed, draw_ids=ids)
    else:
        path = begin(max(branches.values(), default=scenario.clock.branch_step)).path
    outcomes = {}
    for name, branch in branches.items():
        if progress:
            progress(name, len(outcomes) / max(1, len(scenario.courses)))
        outcomes[name] = (
            play(laid[name])
            if model.panel
            else simulate(
                model.game,
                questions.tally,
                laid[name],
                parameters,
                begin(branch).state,
                start=branch,
                futures=futures_of_course(scenario, name, futures),
                seed=seed,
                draw_ids=ids,
                device=model.device,
            )
        )
        check_outcome(model, name, outcomes[name])
    wanted = {point for point in questions.points if point.course in branches}
    bargains = bargains_at(scenario, questions, begin, parameters, wanted, futures=futures, seed=seed, draw_ids=ids)
    return Futures(scenario, questions, draws, futures, outcomes, path, model.game.season, bargains, trajectory)


def futures_of_course(scenario: Scenario, course: str, futures: int) -> int:
    """Futures of a course, an even number: a quarter for one that branches before the clock does, for it is long and
    shares its random numbers with no other."""
    early = scenario.branch_step(course) < scenario.clock.branch_step
    return max(HALVES, futures // 4 // HALVES * HALVES) if early else futures


class Start(NamedTuple):
    """Where futures begin: a state per draw, and the replayed path of every stock up to there."""

    state: State
    path: dict[str, np.ndarray]  # stock -> (boundary, draw)


def starts(model: Model, trajectory: Trajectory | None, *, seed: int, draw_ids: np.ndarray) -> Callable[[int], Start]:
    """A function from a step to where futures from there begin, along a replay of the record for some draws."""
    found: dict[int, Start] = {}

    def start(step: int) -> Start:
        assert trajectory is not None  # courses of a panel begin with the record
        if step not in found:
            path = {name: x[: step + 1] for name, x in trajectory.path.items()}
            state = with_noise(model, trajectory.state(step), trajectory.covariance[step], seed, draw_ids)
            found[step] = Start(state, path)
        return found[step]

    return start


def bargains_at(
    scenario: Scenario,
    questions: Questions,
    begin: Callable[[int], Start],
    parameters: dict[str, np.ndarray],
    points: Iterable[Point],
    *,
    futures: int,
    seed: int,
    draw_ids: np.ndarray,
    rollouts: int = ROLLOUTS,
) -> dict[Point, Found]:
    """Look at the bargain at points: from the replay up to a course's branch, after it from the course's futures."""
    table, found, wanted = questions.table, {}, sorted(points)
    if table is None:
        return found
    for course in dict.fromkeys(point.course for point in wanted):
        mine = [point for point in wanted if point.course == course]
        branch = scenario.branch_step(course)
        later = {point.step for point in mine if point.step > branch}
        states = (
            states_of(
                table.game,
                scenario,
                course,
                begin(branch).state,
                parameters,
                later,
                seed=seed,
                futures=futures_of_course(scenario, course, futures),
                draw_ids=draw_ids,
            )
            if later
            else {}
        )
        for point in sorted(mine, key=lambda p: not p.chip):
            state = states[point.step] if point.step in later else begin(point.step).state
            outer = len(np.asarray(state.alive)) // len(draw_ids)
            if not point.chip and (whole := found.get(point._replace(chip=True))) and table.without(state):
                found[point] = whole  # there is no chip to set aside
                continue
            found[point] = bargain(
                table, point, state, parameters, outer=outer, seed=seed, draw_ids=draw_ids, rollouts=rollouts
            )
    return found


def check_outcome(model: Model, course: str, outcome: Outcome) -> None:
    """Raise EngineError when a future met a hazard outside [0, 1] or a number that is none; says which."""
    for track, count in zip(model.game.tracks, outcome.bad_appeal.sum((0, 1)), strict=True):
        if count:
            raise EngineError(f"track '{track.id}': an appeal was not a number {int(count)} times, course '{course}'")
    if not np.isfinite(outcome.values).all():
        raise EngineError(f"an E(...) of a claim is not a finite number under course '{course}'")
    for event, count in zip(model.game.events, outcome.bad_hazard.sum((0, 1)), strict=True):
        if count:
            raise EngineError(f"event '{event.id}': its hazard left [0, 1] {int(count)} times under course '{course}'")
    for stock, count in zip(model.game.stocks, outcome.bad_stock.sum((0, 1)), strict=True):
        if count:
            raise EngineError(f"stock '{stock.id}' was not a number in {int(count)} futures of course '{course}'")
