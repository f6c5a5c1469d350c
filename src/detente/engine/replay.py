"""Replay: moves and events come from the record; out come its log likelihood and what the stocks were on the way.

Silence is evidence: every step adds log(1 - hazard) of the events that did not happen. Noise between measurements is
integrated over by a Kalman filter along the replay, or left out in the fast mode (`Latent`). One step is written down
once for a scenario; the record, the parameters and the day up to which is replayed are data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from detente.engine import likelihood
from detente.engine.foresight.plan import looking
from detente.engine.game import rules
from detente.engine.game.game import Game
from detente.engine.game.record import Record
from detente.engine.game.rules import Clock, Option, State
from detente.engine.graph import arrays
from detente.engine.graph.arrays import Values
from detente.engine.graph.derivatives import gradients, tangents
from detente.engine.graph.graph import (
    DRAW,
    FUTURE,
    STEP,
    Graph,
    Node,
    Value,
    carried_for,
    digest,
    evaluate,
    read_by_futures,
    substitute,
    table,
)
from detente.engine.noise import kalman, observe
from detente.engine.noise.kalman import Pair
from detente.engine.noise.latent import Latent
from detente.engine.noise.observe import Reading, SeriesModel


class Script:
    """One step of a replay as a graph, and what comes before the first.

    Rates: a value of the future differs by parameter vector; one of the step by what the record says there; one of the
    draw by the case of a panel, or by what is measured at the start of the clock.

    Attributes:
        parameters: id -> input.
        begin, before, after: name of what is carried -> its first value, its input, its value after a step. Names are
            ("stock", id) and, of the filter, ("covariance", pair).
        first: the terms and variances of measurements at the start, by series.
        choice, event, measured, variance: what a step adds to the log likelihood, by track, event and series; and the
            variance of each measurement as predicted, on the scale of its error model.
    """

    def __init__(self, game: Game, series: Sequence[SeriesModel], latent: Latent) -> None:
        self.game, self.series, self.latent = game, tuple(series), latent
        graph = self.graph = Graph()
        self.parameters = {p: graph.input(("parameter", p), FUTURE) for p in game.parameters}
        theta: dict[str, Values] = {**self.parameters}
        theta |= {c: graph.input(("case", c), DRAW) for c in game.case or ()}
        bounds = {s.id: (s.low, s.high) for s in game.stocks}
        noisy = [s.id for s in game.stocks if s.noise is not None and s.id in latent.latent_states]
        pairs = kalman.pattern(latent, noisy, [m.stock for m in series if m.stock in latent.latent_states])

        def measure(rate: int, stocks: Mapping[str, Values], covariance: kalman.Covariance) -> observe.Measured:
            readings = [self._reading(i, rate) for i in range(len(self.series))]
            if latent.mode == "replay":
                return observe.assigned(bounds, self.series, readings, theta, stocks, covariance)
            return observe.filtered(bounds, self.series, readings, latent.latent_states, theta, stocks, covariance)

        zero = graph.constant(0.0)
        state = rules.start(game, theta, zero)
        self.first = measure(DRAW, state.stocks, {pair: zero for pair in pairs})
        self.begin = self._named(self.first.stocks, self.first.covariance)
        stocks = {s.id: graph.input(("carried", ("stock", s.id)), FUTURE) for s in game.stocks}
        covariance = {pair: graph.input(("carried", ("covariance", pair)), FUTURE) for pair in pairs}
        self.before = self._named(stocks, covariance)
        flag = self._flag
        happened = {e.id: flag("happened before", e.id) for e in game.events}
        state = State(dict(stocks), flag("alive"), happened)
        clock = Clock(graph.input("step", STEP), graph.input("season", STEP))
        tracks, events = range(len(game.tracks)), range(len(game.events))
        told = likelihood.Recorded(
            chosen=[[flag("chose", i, m + 1) for m in range(len(game.tracks[i].moves))] for i in tracks],
            sized=[flag("sized", i) for i in tracks],
            size=[graph.input(("size", i), STEP) for i in tracks],
            happened=[flag("happens", i) for i in events],
            choice_counts=[flag("choice counts", i) for i in tracks],
            event_counts=[flag("event counts", i) for i in events],
        )
        table = rules.options(game, theta, state, clock)
        if game.foresight_plan is not None and game.foresight_plan.exact:
            for i, row in enumerate(looking(game, table)):
                if row is not None:
                    table[i] = [Option(graph.input(("appeal", i, m), FUTURE), o.available) for m, o in enumerate(row)]
        self.choice = self._nodes(likelihood.choice_terms(game, theta, state, clock, table, told))
        sizes = likelihood.recorded_sizes(game, theta, state, clock, told)
        decided = {e.id: told.happened[i] for i, e in enumerate(game.events)}
        after, seen = rules.step(game, theta, state, clock, told.chosen, sizes, lambda _: decided, {})
        self.event = self._nodes(likelihood.event_terms(game, state, seen, told))
        if pairs:
            shocks = {name: graph.input(("shock", name), FUTURE) for name in noisy}
            moved, _ = rules.step(game, theta, state, clock, told.chosen, sizes, lambda _: decided, shocks)
            still = {shock: 0.0 for shock in shocks.values()}
            moves = {n: next(iter(tangents([moved.stocks[n]], [shocks[n]]))) for n in noisy}
            spread = {n: substitute(move, still) for n, move in moves.items() if move is not None}
            covariance = kalman.spread(latent, stocks, after.stocks, spread, covariance)
        found = measure(STEP, after.stocks, covariance)
        self.measured, self.variance = self._nodes(found.terms), self._nodes(found.variances)
        self.after = self._named(found.stocks, found.covariance)

    def _flag(self, *name: Any) -> Node:
        return self.graph.input(name if name[1:] else name[0], STEP, logical=True)

    def _reading(self, number: int, rate: int) -> Reading:
        """The inputs of a measurement: at the end of a step, or (rate of the draw) at the start of the clock."""
        place = "after" if rate == STEP else "first"
        logical = {"present", "own"}
        return Reading(*(self.graph.input((place, number, f), rate, logical=f in logical) for f in Reading._fields))

    def _nodes(self, values: Sequence[Value]) -> list[Node]:
        return [self.graph.lift(v) for v in values]

    def _named(self, stocks: Mapping[str, Value], covariance: Mapping[Pair, Value]) -> dict[Any, Node]:
        named = {("stock", name): self.graph.lift(x) for name, x in stocks.items()}
        return named | {("covariance", pair): self.graph.lift(v) for pair, v in covariance.items()}

    @property
    def foresees(self) -> bool:
        """Whether somebody looks ahead in it, which is computed outside the graph and has no gradient."""
        return self.game.foresight_plan is not None and self.game.foresight_plan.exact

    def total(self, terms: Sequence[Node]) -> Node:
        """The sum of some terms."""
        return self.graph.lift(arrays.total(terms))

    @cached_property
    def gradient(self) -> Gradient:
        """The log likelihood of the record with its gradient."""
        return Gradient(self)

    @cached_property
    def trail(self) -> Trail:
        """Everything on the way."""
        return Trail(self)

    def ready(self) -> None:
        """Write down all of it, which one thread alone may do: nodes are added to a graph."""
        for part in (self.trail, *(() if self.foresees else (self.gradient,))):
            _ = part.key, part.tables

    def given(self, record: Record) -> tuple[dict[Any, np.ndarray], dict[Any, np.ndarray]]:
        """What a record says, as inputs of the draw (case,) and of the step (case, step), by name.

        A record of one case alone is a panel of one.
        """
        game = self.game
        wide = record.covariates is not None
        choice, magnitude, event, observed_choice, observed_event = (
            np.moveaxis(np.asarray(a), -1, 0) if wide else np.asarray(a)[None] for a in record[:5]
        )
        cases, steps = choice.shape[:2]
        clock = rules.clock_at(game, np.arange(steps))
        before = np.cumsum(event, 1) - event > 0
        ends = np.array([e.ends for e in game.events], bool)
        inputs: dict[Any, np.ndarray] = {"step": clock.step, "season": clock.season}
        inputs["alive"] = np.logical_not(before[..., ends].any(-1))
        for i, track in enumerate(game.tracks):
            stated = ~np.isnan(magnitude[..., i])
            inputs |= {("sized", i): stated, ("size", i): np.where(stated, magnitude[..., i], 1.0)}
            inputs[("choice counts", i)] = observed_choice[..., i]
            inputs |= {("chose", i, m): choice[..., i] == m for m in range(1, len(track.moves) + 1)}
        for i, item in enumerate(game.events):
            inputs |= {("happens", i): event[..., i], ("event counts", i): observed_event[..., i]}
            inputs[("happened before", item.id)] = before[..., i]
        inputs = {name: np.broadcast_to(v, (cases, steps)) for name, v in inputs.items()}
        of_case: dict[Any, np.ndarray] = {
            ("case", name): np.asarray(record.covariates)[i] for i, name in enumerate(game.case or ())
        }
        for i, cells in enumerate(record.measured):
            boundary = (np.moveaxis(np.asarray(a), -1, 0) if wide else np.asarray(a)[None] for a in cells)
            for field, values in observe.readings(*boundary)._asdict().items():
                of_case[("first", i, field)] = values[:, 0]
                inputs[("after", i, field)] = values[:, 1 : steps + 1]
        return of_case, inputs


class Part:
    """Some of what a script says, ready to be run: the carried values that it needs and its tables.

    Attributes:
        names: of what is carried.
        starts: what is read before the first step; `steps`: what is read of each.
    """

    def __init__(
        self, script: Script, starts: Sequence[Node], steps: Sequence[Node], names: Sequence[Any] = ()
    ) -> None:
        self.script = script
        wanted = [script.before[n] for n in names]
        self.names = carried_for([*steps, *wanted], script.before, script.after)
        self.starts, self.steps = list(starts), list(steps)

    def roots(self) -> tuple[list[Node], list[Node]]:
        """Every node read before the first step, and in a step."""
        begin, after = self.script.begin, self.script.after
        return [*self.starts, *(begin[n] for n in self.names)], [*self.steps, *(after[n] for n in self.names)]

    @cached_property
    def tables(self) -> dict[int, list[Node]]:
        """By rate (of the draw: case; of the step) the values that are read by those of parameter vectors."""
        found: dict[int, dict[int, Node]] = {DRAW: {}, STEP: {}}
        for roots, place in zip(self.roots(), (DRAW, STEP), strict=True):
            found[place] |= read_by_futures(roots)
        of_case = dict(found[DRAW]) | {k: n for k, n in found[STEP].items() if n.rate == DRAW}
        of_step = {k: n for k, n in found[STEP].items() if n.rate != DRAW}
        return {DRAW: [of_case[k] for k in sorted(of_case)], STEP: [of_step[k] for k in sorted(of_step)]}

    @cached_property
    def key(self) -> str:
        """A hash of all that is computed."""
        starts, steps = self.roots()
        before = [self.script.before[n] for n in self.names]
        return digest([*starts, *steps, *before, *self.script.parameters.values()], len(starts), len(steps))

    def fill(self, record: Record) -> Tables:
        """The tables of a record."""
        of_case, of_step = self.script.given(record)
        given = {name: v[:, None] for name, v in of_case.items()} | of_step
        cases, steps = of_step["alive"].shape if "alive" in of_step else next(iter(of_step.values())).shape
        order = [*self.tables[DRAW], *self.tables[STEP]]
        values = dict(zip((n.number for n in order), evaluate(order, given), strict=True))

        of_case, of_step = (
            table(self.tables[rate], values, (cases, size), float) for rate, size in ((DRAW, 1), (STEP, steps))
        )
        return Tables(of_case[:, 0], of_step)


@dataclass(frozen=True)
class Tables:
    """What a record says, worked out as far as no parameter bears on it; truth values as 0 and 1."""

    case: np.ndarray  # (case, value) float64
    step: np.ndarray  # (case, step, value) float64

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of cases and of steps."""
        return self.step.shape[:2]

    def until(self, steps: int) -> Tables:
        """The first steps alone."""
        return Tables(self.case, self.step[:, :steps])


class Gradient(Part):
    """The log likelihood and its gradient: of each step, given the adjoints of what is carried out of it.

    Attributes:
        start, step: log likelihood before the first step and of a step.
        adjoints: of what is carried out of a step, inputs by position in `names`.
        of_carried, of_parameters: their adjoints before a step; None where 0. `first_of_parameters`: before the first.
    """

    def __init__(self, script: Script) -> None:
        self.start = script.total(script.first.terms)
        self.step = script.total([*script.choice, *script.event, *script.measured])
        super().__init__(script, [self.start], [self.step])
        graph = script.graph
        self.adjoints = [graph.input(("adjoint", name), FUTURE) for name in self.names]
        parameters = list(script.parameters.values())
        carried = [(script.after[n], a) for n, a in zip(self.names, self.adjoints, strict=True)]
        before = [script.before[n] for n in self.names]
        found = gradients([(self.step, 1.0), *carried], [*before, *parameters])
        self.of_carried, self.of_parameters = found[: len(before)], found[len(before) :]
        begin = [(script.begin[n], a) for n, a in zip(self.names, self.adjoints, strict=True)]
        self.first_of_parameters = gradients([(self.start, 1.0), *begin], parameters)

    def roots(self) -> tuple[list[Node], list[Node]]:
        starts, steps = super().roots()
        back = [n for n in (*self.of_carried, *self.of_parameters) if n is not None]
        return [*starts, *(n for n in self.first_of_parameters if n is not None)], [*steps, *back]


class Trail(Part):
    """All terms and variances, and every stock on the way."""

    def __init__(self, script: Script) -> None:
        graph = script.graph
        starts = [graph.lift(v) for v in (*script.first.terms, *script.first.variances)]
        steps = [*script.choice, *script.event, *script.measured, *script.variance]
        super().__init__(script, starts, steps, list(script.before))
