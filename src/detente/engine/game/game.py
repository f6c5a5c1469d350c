"""A game in compiled form: a scenario's moves, events and stocks as functions of an environment, and who looks ahead.

An environment maps a name to a NumPy array of the batch's shape, to a number that broadcasts, or to a node of a graph
(`arrays`): the same functions compute and write down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from detente.engine.graph.arrays import Values
from detente.language.records import Clock

Environment = Mapping[str, Values]
Function = Callable[[Environment], Values]


@dataclass(frozen=True)
class GameMagnitude:
    """Family name and argument functions of a random size."""

    family: str
    arguments: tuple[Function, ...]


@dataclass(frozen=True)
class GameMove:
    """A move in compiled form; `needs` None means always available."""

    id: str
    appeal: Function
    needs: Function | None
    magnitude: GameMagnitude | None
    effects: dict[str, Function]


@dataclass(frozen=True)
class GameTrack:
    """A track; `moves` excludes hold, which has index 0. Move i of `moves` has index i + 1."""

    id: str
    moves: tuple[GameMove, ...]

    @property
    def has_magnitude(self) -> bool:
        """Whether some move of this track has a random size."""
        return any(m.magnitude for m in self.moves)


@dataclass(frozen=True)
class GameEvent:
    """An event in compiled form."""

    id: str
    hazard: Function
    once: bool
    ends: bool
    effects: dict[str, Function]


@dataclass(frozen=True)
class GameStock:
    """A stock in compiled form; `low` and `high` bound it after every step."""

    id: str
    initial: Function
    low: float
    high: float
    flow: Function | None
    noise: Function | None


@dataclass(frozen=True)
class LookaheadTrack:
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
class ForesightPlan:
    """Everything foresight needs, compiled once. Hashable by identity."""

    game: Game  # the part that bears on the utilities of those who look ahead; its own plan is None
    lookahead_tracks: tuple[LookaheadTrack, ...]
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
    def acting(self) -> list[LookaheadTrack]:
        """Those who look ahead and whose moves bear on what they want."""
        return [s for s in self.lookahead_tracks if s.number in self.tracks]

    @property
    def groups(self) -> list[list[LookaheadTrack]]:
        """Those of `acting` who share their trees or rollouts."""
        keys = dict.fromkeys(s.key for s in self.acting)
        return [[s for s in self.acting if s.key == key] for key in keys]

    @property
    def sights(self) -> list[tuple[str, str]]:
        """Every (actor, stock) that is seen blurred, in the order of their random numbers."""
        return [(actor, stock) for actor in sorted(self.blurs) for stock in sorted(self.blurs[actor])]

    @property
    def exact(self) -> bool:
        """Whether every future is counted, rather than some sampled."""
        return all(s.exact for s in self.lookahead_tracks)


@dataclass(frozen=True)
class Game:
    """A scenario compiled to functions. Hashable by identity, so it can be a key of what is worked out for it."""

    clock: Clock
    parameters: tuple[str, ...]
    stocks: tuple[GameStock, ...]
    tracks: tuple[GameTrack, ...]
    events: tuple[GameEvent, ...]
    season: np.ndarray  # (step,) fraction of the calendar year at each step's first day
    case: tuple[str, ...] | None = None  # names of what differs between the cases of a panel; None: it is no panel
    foresight_plan: ForesightPlan | None = None  # who looks ahead, and at what; None: nobody does
    bound: frozenset[int] = frozenset()  # numbers of the tracks that some course or offer of the scenario binds

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other
