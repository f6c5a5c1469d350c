"""Bargaining: what playing on is worth to each party at a date of a course, and what they could agree on instead.

From the state of a course at a date (the replayed state at or before its branch, the states of its own futures after
it) the game is played on in `ROLLOUTS` futures; a party's V is the mean of u(x0) + sum discount**s * (u(xs) - u(xs-1)).
A state's zone of agreement is the set of terms that give every party at least its V.

Finitely many futures make V noisy, and noise in V alone opens and closes zones. Everything is kept three times: from
all futures and from each half of it, so that a bias of first order can be taken off (`claims.credence`).

Sources: Fearon (1995), International Organization 49(3); Powell (2006), International Organization 60(1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from detente.engine.game.compile import compile_game, function_of
from detente.engine.game.courses import CourseArrays, course_from
from detente.engine.game.game import Game
from detente.engine.game.rules import State
from detente.engine.noise.latent import degree
from detente.engine.program import HALVES
from detente.engine.simulate import Tally, simulate
from detente.errors import EngineError
from detente.futures.zone import Affine, Space, Zone, extent_affine, nash_affine, volume
from detente.futures.zone_search import extent_search, nash_search
from detente.language.records import HOLD, ZONE, Scenario, Settlement
from detente.language.syntax import Node

OUTER = 2  # futures per draw whose states at a date are looked at: one of each half
ROLLOUTS = 16  # futures per state in which the game is played on; even
READINGS = 3  # from all futures, from its first half, from its second
PLAYING_ON = 0x5EED  # added to the seed: playing on has other random numbers than the courses


class Point(NamedTuple):
    """Where a bargain is looked at: a course at a step boundary, with its chip or without."""

    course: str
    step: int
    chip: bool = True


@dataclass(frozen=True, eq=False)
class Table:
    """A settlement made ready: the game on a clock that reaches past every horizon, and its expressions compiled."""

    scenario: Scenario
    settlement: Settlement
    game: Game
    tally: Tally
    parties: tuple[str, ...]
    space: Space
    utilities: tuple[Any, ...]  # per party, of an environment with terms
    now: tuple[Any, ...]  # per party, its utility as things are
    otherwise: tuple[Any, ...]  # per term
    affine: bool  # two parties whose utilities are affine in the terms: solved exactly
    plainly: bool  # some look ahead by samples, but not in the futures here: they would be futures within futures

    def horizon(self, step: int) -> int:
        """Steps played on from a boundary."""
        return self.settlement.horizon or self.scenario.clock.steps - step

    def without(self, state: State) -> bool:
        """Whether a state is already one without the chip."""
        return all(bool(np.all(np.asarray(state.stocks[s]) == v)) for s, v in self.settlement.chip.items())


@dataclass(frozen=True, eq=False)
class Bargain:
    """What was found at a point. Cases are draws times `outer` states, draw by draw; readings come first."""

    table: Table
    outer: int
    environment: Mapping[str, np.ndarray]  # parameters, stocks, clock; (case,) each
    live: np.ndarray  # (case,) bool: the war goes on
    value: np.ndarray  # (reading, case, party) of playing on
    zones: tuple[Zone, ...]  # per reading

    def of(self, part: slice) -> Bargain:
        """That of a stretch of the draws."""
        cases = slice(part.start * self.outer, part.stop * self.outer)
        return replace(
            self,
            environment={name: np.asarray(x)[cases] for name, x in self.environment.items()},
            live=self.live[cases],
            value=self.value[:, cases],
            zones=tuple(Zone(*(a[cases] for a in zone)) for zone in self.zones),
        )

    def per_draw(self, values: np.ndarray, half: int | None = None) -> np.ndarray:
        """Mean over the states of each draw in which the war goes on, over all where it does in none; (draw,)."""
        shaped = np.asarray(values, float).reshape(-1, self.outer)
        weight = self.live.reshape(-1, self.outer).astype(float)
        if half is not None and self.outer > 1:
            shaped, weight = shaped[:, half::HALVES], weight[:, half::HALVES]
        weight = np.where(weight.sum(1, keepdims=True) > 0, weight, 1.0)
        return (shaped * weight).sum(1) / weight.sum(1)

    def names(self, reading: int, offer: str | None = None) -> dict[str, np.ndarray]:
        """What an expression inside S(...) may read, (case,) each: at the Nash point or at an announced offer."""
        zone, table = self.zones[reading], self.table
        terms, gain = zone.terms, zone.gain
        if offer is not None:
            given = table.settlement.announced[offer].terms
            terms = np.broadcast_to([given[k] for k in table.settlement.terms], zone.terms.shape)
            gain = self.utility(terms[:, None])[:, 0] - self.value[reading]
        out = {**self.environment, ZONE: zone.exists.astype(float)}
        out |= {name: terms[:, k] for k, name in enumerate(table.settlement.terms)}
        for i, party in enumerate(table.parties):
            out[f"{party}.value"] = self.value[reading, :, i]
            out[f"{party}.gain"] = gain[:, i]
            out[f"{party}.settled"] = self.value[reading, :, i] + gain[:, i]
        return out

    def answer(self, tree: Node, offer: str | None, half: int | None) -> np.ndarray:
        """The value of S(tree), per draw, from all futures or from one half of it."""
        names_ = self.names(0 if half is None else half + 1, offer)
        found = np.broadcast_to(np.asarray(function_of(tree)(names_), float), self.live.shape)
        return self.per_draw(found, half)

    def utility(self, terms: np.ndarray, part: slice = slice(None)) -> np.ndarray:
        """Each party's utility of terms: (case or 1, candidate, term) -> (case, candidate, party)."""
        return utility_at(self.table, self.environment, terms, part)

    def gains(self, reading: int = 0):
        """Gains over playing on as a function of terms, for the searches of `zone` and `search`."""
        return lambda terms, part=slice(None): self.utility(terms, part) - self.value[reading, part, None, :]

    def affine(self, reading: int = 0) -> Affine:
        """The same as base and slope, where utilities are affine."""
        return _affine(self.table, self.environment, self.value[reading])

    def extent(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and most of each term inside the zone, (case, term)."""
        if self.table.affine:
            return extent_affine(self.table.space, self.affine(), self.zones[0])
        return extent_search(self.table.space, self.gains(), self.zones[0])

    def share(self) -> np.ndarray:
        """Share of all terms that lies in the zone, (case,)."""
        return volume(self.gains(), self.table.space)


def table_of(scenario: Scenario, expand) -> Table | None:
    """Make a scenario's settlement ready; None when it has none.

    Args:
        expand: puts the utilities of actors in the place of `ACTOR.utility` in a tree.
    """
    settlement = scenario.settlement
    if settlement is None:
        return None
    clock = scenario.clock
    longer = replace(clock, end=clock.date_of(clock.steps + (settlement.horizon or 0)))
    parties = tuple(settlement.parties)
    trees = [expand(settlement.parties[p].utility.tree) for p in parties]
    own = [expand(_utility(scenario, p)) for p in parties]
    terms = settlement.terms.values()
    space = Space(
        np.array([t.low for t in terms]), np.array([t.high for t in terms]), tuple(t.values or None for t in terms)
    )
    affine = len(parties) == 2 and all(degree(tree, set(settlement.terms)) <= 1 for tree in trees)
    continuation = tuple((function_of(tree), scenario.actors[p].discount) for p, tree in zip(parties, own, strict=True))
    game = compile_game(replace(scenario, clock=longer))
    plain = game.foresight_plan is not None and not game.foresight_plan.exact
    return Table(
        scenario,
        settlement,
        replace(game, foresight_plan=None) if plain else game,
        Tally(fan_lanes=0, counted=False, continuation=continuation),
        parties,
        space,
        tuple(function_of(t) for t in trees),
        tuple(function_of(t) for t in own),
        tuple(function_of(expand(t.otherwise.tree)) for t in terms),
        affine,
        plain,
    )


def _utility(scenario: Scenario, party: str) -> Node:
    utility = scenario.actors[party].utility
    assert utility is not None  # the reader refuses a party without one
    return utility.tree


def utility_at(table: Table, environment: Mapping[str, np.ndarray], terms: np.ndarray, part: slice) -> np.ndarray:
    """Each party's utility of terms: (case or 1, candidate, term) -> (case, candidate, party)."""
    local = {name: np.asarray(value)[part, None] for name, value in environment.items()}
    local |= {name: terms[..., k] for k, name in enumerate(table.settlement.terms)}
    cases = len(next(iter(environment.values()))[part])
    shape = (cases, terms.shape[1])
    with np.errstate(all="ignore"):
        found = [np.broadcast_to(np.asarray(f(local), float), shape) for f in table.utilities]
    return np.stack(found, -1)


def _affine(table: Table, environment: Mapping[str, np.ndarray], value: np.ndarray) -> Affine:
    corners = np.concatenate([np.zeros((1, len(table.space.low))), np.eye(len(table.space.low))])
    found = utility_at(table, environment, corners[None], slice(None))  # (case, corner, party)
    return Affine(found[:, 0] - value, np.moveaxis(found[:, 1:] - found[:, :1], 1, 2))


def bargain(
    table: Table,
    point: Point,
    state: State,
    parameters: Mapping[str, np.ndarray],
    *,
    outer: int,
    seed: int,
    draw_ids: np.ndarray,
    rollouts: int = ROLLOUTS,
) -> Bargain:
    """Value playing on from given states and look for agreements.

    Args:
        state: arrays of shape (draw * outer,), the states of one draw side by side.
        parameters: by id, shape (draw,).
        draw_ids: number of each draw in the random streams.
        rollouts: futures per state; even.

    Raises:
        EngineError: A party's utility is not a number.
    """
    stocks: dict[str, Any] = dict(state.stocks)
    if not point.chip:
        bounds = {s.id: (s.low, s.high) for s in table.game.stocks}
        for stock, value in table.settlement.chip.items():
            stocks[stock] = np.full_like(stocks[stock], np.clip(value, *bounds[stock]))
    state = state._replace(stocks=stocks)
    wide = {name: np.repeat(values, outer) for name, values in parameters.items()}
    ids = (np.repeat(np.asarray(draw_ids), outer) * outer + np.tile(np.arange(outer), len(draw_ids))).astype(np.uint32)
    environment = {**wide, **{k: np.asarray(v, float) for k, v in state.stocks.items()}}
    cases = len(ids)
    environment |= {"clock.step": np.full(cases, float(point.step))}
    environment |= {"clock.season": np.full(cases, table.game.season[point.step])}
    value = _value(table, point, state, wide, ids, environment, seed, rollouts)
    otherwise = np.stack([np.broadcast_to(np.asarray(f(environment), float), (cases,)) for f in table.otherwise], 1)
    zones = []
    for reading in range(READINGS):
        if table.affine:
            zones.append(nash_affine(table.space, _affine(table, environment, value[reading]), otherwise))
            continue

        def gains(terms: np.ndarray, part: slice, mine=value[reading]) -> np.ndarray:
            return utility_at(table, environment, terms, part) - mine[part, None, :]

        zones.append(nash_search(table.space, gains, cases, otherwise))
    if not all(np.isfinite(zone.gain).all() for zone in zones):
        raise EngineError(f"settlement: a party's utility of the terms is not a number under course '{point.course}'")
    return Bargain(table, outer, environment, np.asarray(state.alive), value, tuple(zones))


def _value(table: Table, point: Point, state: State, parameters, ids, environment, seed: int, rollouts: int):
    """What playing on is worth, (reading, case, party). Parties that open alike share their rollouts."""
    steps, cases = table.horizon(point.step), len(ids)
    value = np.empty((READINGS, cases, len(table.parties)))
    if not steps:
        for i, own in enumerate(table.now):
            value[:, :, i] = own(environment)
        return value
    openings: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for i, party in enumerate(table.parties):
        openings.setdefault(tuple(table.settlement.parties[party].opens.items()), []).append(i)
    scenario = table.scenario
    course, branch = scenario.courses[point.course], scenario.branch_step(point.course)
    for opens, mine in openings.items():
        arrays = _opened(table.game, course_from(table.game, course, branch, point.step, steps), dict(opens))
        outcome = simulate(
            table.game,
            table.tally,
            arrays,
            parameters,
            state,
            start=point.step,
            futures=rollouts,
            seed=(seed + PLAYING_ON) % 2**32,
            draw_ids=ids,
        )
        continuation = np.asarray(outcome.continuation[..., mine], float)  # (case, half, party)
        value[0][:, mine] = continuation.sum(1) / rollouts
        for half in range(HALVES):
            value[half + 1][:, mine] = continuation[:, half] / (rollouts // HALVES)
    if not np.isfinite(value).all():
        raise EngineError(f"settlement: the utility of a party is not a number under course '{point.course}'")
    return value


def _opened(game: Game, course: CourseArrays, opens: Mapping[str, str]) -> CourseArrays:
    """A course in which some tracks make a given move in the first step."""
    force = course.force.copy()
    for i, track in enumerate(game.tracks):
        if track.id in opens:
            index = {HOLD: 0, **{m.id: n + 1 for n, m in enumerate(track.moves)}}
            force[0, i] = index[opens[track.id]]
    return course._replace(force=force)


def states_of(
    game: Game,
    scenario: Scenario,
    course: str,
    state: State,
    parameters: Mapping[str, np.ndarray],
    steps: set[int],
    *,
    seed: int,
    futures: int,
    draw_ids: np.ndarray,
) -> dict[int, State]:
    """The states of a course's futures number 0 and 1 of every draw at step boundaries after its branch.

    They are played to the end of the clock whatever is asked. Futures are numbered as `play_out` numbers them, so these
    are two of its own; each state is of shape (draw * 2,).
    """
    branch = scenario.branch_step(course)
    arrays = course_from(game, scenario.courses[course], branch, branch, scenario.clock.steps - branch)
    tally = Tally(fan_lanes=OUTER, states=True, counted=False)
    ids = np.asarray(draw_ids) * (futures // OUTER)
    outcome = simulate(
        game, tally, arrays, dict(parameters), state, start=branch, futures=OUTER, seed=seed, draw_ids=ids
    )
    found = {}
    for step in steps:
        at = step - branch
        stocks = {s.id: outcome.paths[:, :, at, i].ravel() for i, s in enumerate(game.stocks)}
        happened = {e.id: outcome.happened[:, :, at, i].ravel() for i, e in enumerate(game.events)}
        found[step] = State(stocks, outcome.alive[:, :, at].ravel(), happened)
    return found
