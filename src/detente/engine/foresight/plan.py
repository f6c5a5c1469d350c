"""Foresight in compiled form: who looks ahead, how far, and at which part of the game."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from detente.engine.game.game import Branching, ForesightPlan, Function, Game, LookaheadTrack, Plan
from detente.engine.game.rules import Option
from detente.language import dependencies as static
from detente.language.records import Scenario
from detente.language.syntax import Expression

TOP_LEVEL = 25  # of a Poisson population; the share above it is below 1e-5 for means up to 10


def foresight_plan_of(
    scenario: Scenario, function: Callable[[Expression], Function], compiled: Callable[[Scenario], Any]
) -> ForesightPlan | None:
    """Compile the foresight of a scenario; None when nobody looks ahead.

    Args:
        function: compiles an expression.
        compiled: compiles a scenario as if nobody looked ahead.
    """
    ways = static.foreseeing(scenario)
    if not ways:
        return None
    numbers = {track: i for i, track in enumerate(scenario.tracks)}
    actors = sorted({scenario.tracks[t].actor for t in ways})
    part = static.bearing(scenario, actors)
    lookahead_tracks = []
    for track, way in ways.items():
        horizon = min(way.horizon or scenario.clock.steps, scenario.clock.steps)
        key = f"{horizon} {way.samples} {way.others} {way.tau or ''}"
        lookahead_tracks.append(
            LookaheadTrack(
                track,
                scenario.tracks[track].actor,
                numbers[track],
                way.level,
                None if way.tau is None else function(way.tau),
                function(way.weight),
                horizon,
                way.samples,
                way.exact,
                way.later == "own",
                way.others == "mixture",
                key,
            )
        )
    plans, plan_of = {}, {}
    for key, horizon in {s.key: s.horizon for s in lookahead_tracks if s.exact}.items():
        shapes = [_plan(part, k, horizon) for k in range(scenario.clock.steps)]
        plans[key] = tuple(dict.fromkeys(shapes))
        plan_of[key] = np.array([plans[key].index(shape) for shape in shapes], np.int32)
    utilities = {}
    for actor in actors:
        utility = scenario.actors[actor].utility
        assert utility is not None, f"{actor} looks ahead without a utility"
        utilities[actor] = function(utility)
    return ForesightPlan(
        compiled(part),
        tuple(lookahead_tracks),
        tuple(numbers[t] for t in part.tracks),
        utilities,
        {a: scenario.actors[a].discount for a in actors},
        *_sight(part, actors),
        plans,
        plan_of,
    )


def looking(game: Game, table: Sequence[list[Option]]) -> list[list[Option] | None]:
    """Per track its options where it looks ahead, else None.

    Args:
        table: of `rules.options`.
    """
    numbers = {track_ahead.number for track_ahead in game.foresight_plan.acting} if game.foresight_plan else set()
    return [row if number in numbers else None for number, row in enumerate(table)]


def _plan(part: Scenario, first: int, horizon: int) -> Plan:
    return tuple(
        Branching(
            tuple(static.possible_moves(part, t, k) for t in part.tracks),
            tuple(static.possible_outcomes(part, e, k) for e in part.events),
        )
        for k in range(first, min(first + horizon, part.clock.steps))
    )


def _sight(part: Scenario, actors: list[str]) -> tuple[dict[str, frozenset[str]], dict[str, dict[str, float]]]:
    """What actors do not see, and what they see blurred, of a part of a scenario."""
    hidden = {
        a: frozenset(s.id for s in part.stocks.values() if s.seen_by is not None and a not in s.seen_by) for a in actors
    }
    blurs = {a: {s.id: s.blur for s in part.stocks.values() if s.blur > 0 and s.id not in hidden[a]} for a in actors}
    return hidden, blurs
