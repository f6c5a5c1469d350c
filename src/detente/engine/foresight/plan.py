"""Foresight in compiled form: who looks ahead, how far, and at which part of the game."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.language import dependencies as static
from detente.language.records import Expression, Scenario

if TYPE_CHECKING:
    from detente.engine.game.compile import Function, Game
    from detente.engine.game.rules import Option

TOP_LEVEL = 25  # of a Poisson population; the share above it is below 1e-5 for means up to 10


@dataclass(frozen=True)
class Seer:
    """A track that looks ahead. `level` None: a Poisson population of levels 0 .. TOP_LEVEL with mean `tau`."""

    id: str
    actor: str
    number: int  # among the tracks of the whole game
    level: int | None
    tau: Function | None
    weight: Function
    horizon: int  # steps
    samples: int
    exact: bool
    own: bool
    mixture: bool
    key: str  # of the tree or the rollouts it reads: tracks with the same key share them


@dataclass(frozen=True)
class Branching:
    """What the clock leaves possible in one step: indices of moves per track, outcomes per event."""

    moves: tuple[tuple[int, ...], ...]
    outcomes: tuple[tuple[bool, ...], ...]


Plan = tuple[Branching, ...]  # per step of a tree


@dataclass(frozen=True)
class Outlook:
    """Everything foresight needs, compiled once. Hashable by identity."""

    game: Game  # the part that bears on the utilities of those who look ahead; its own outlook is None
    seers: tuple[Seer, ...]
    tracks: tuple[int, ...]  # of each of `game.tracks`, its number in the whole game
    utilities: Mapping[str, Function]
    discounts: Mapping[str, float]
    hidden: Mapping[str, frozenset[str]]  # actor -> stocks it does not see
    blurs: Mapping[str, Mapping[str, float]]  # actor -> stock -> sd of what it sees
    plans: Mapping[str, tuple[Plan, ...]]  # key of a tree -> its distinct shapes
    plan_of: Mapping[str, np.ndarray]  # key of a tree -> (step,) which shape it has when looked at from there

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other

    @property
    def acting(self) -> list[Seer]:
        """Those who look ahead and whose moves bear on what they want."""
        return [s for s in self.seers if s.number in self.tracks]

    @property
    def groups(self) -> list[list[Seer]]:
        """Those of `acting` who share their trees or rollouts."""
        keys = dict.fromkeys(s.key for s in self.acting)
        return [[s for s in self.acting if s.key == key] for key in keys]

    @property
    def sights(self) -> list[tuple[str, str]]:
        """Every (actor, stock) that is seen blurred, in the order of their luck."""
        return [(actor, stock) for actor in sorted(self.blurs) for stock in sorted(self.blurs[actor])]

    @property
    def exact(self) -> bool:
        """Whether every future is counted, rather than some sampled."""
        return all(s.exact for s in self.seers)


def outlook_of(
    scenario: Scenario, function: Callable[[Expression], Function], compiled: Callable[[Scenario], Any]
) -> Outlook | None:
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
    seers = []
    for track, way in ways.items():
        horizon = min(way.horizon or scenario.clock.steps, scenario.clock.steps)
        key = f"{horizon} {way.samples} {way.others} {way.tau or ''}"
        seers.append(
            Seer(
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
    for key, horizon in {s.key: s.horizon for s in seers if s.exact}.items():
        shapes = [_plan(part, k, horizon) for k in range(scenario.clock.steps)]
        plans[key] = tuple(dict.fromkeys(shapes))
        plan_of[key] = np.array([plans[key].index(shape) for shape in shapes], np.int32)
    utilities = {}
    for actor in actors:
        utility = scenario.actors[actor].utility
        assert utility is not None, f"{actor} looks ahead without a utility"
        utilities[actor] = function(utility)
    return Outlook(
        compiled(part),
        tuple(seers),
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
    numbers = {seer.number for seer in game.outlook.acting} if game.outlook else set()
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
