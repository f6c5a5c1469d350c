"""The rules: `start`, `options`, `step` (DESIGN section 4). The only place where time moves.

Plain arithmetic over numbers, arrays or nodes of a graph (`arrays`), of any shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from detente.engine.game.game import Game, GameTrack
from detente.engine.game.magnitudes import LOG_DENSITY, QUANTILE
from detente.engine.graph import arrays
from detente.engine.graph.arrays import Values

UNAVAILABLE = -1e10  # logit of a move whose `needs` fail: probability zero without an infinity in the gradient
CERTAIN = 1e30  # the largest appeal (assumption), for infinity less itself is no number: it makes its move certain

Parameters = Mapping[str, Values]
Decide = Callable[[dict[str, Values]], dict[str, Values]]


class State(NamedTuple):
    """What the next step needs. Every value has the batch's shape."""

    stocks: dict[str, Values]
    alive: Values  # false after an `ends` event: nothing changes any more
    happened: dict[str, Values]  # events so far, by id

    def map(self, function: Callable[[Values], Values]) -> State:
        """The state with a function applied to every value."""
        return State(
            {name: function(x) for name, x in self.stocks.items()},
            function(self.alive),
            {name: function(h) for name, h in self.happened.items()},
        )


class Clock(NamedTuple):
    """What expressions may read of time: the step's number and its season, a fraction of the calendar year."""

    step: Values
    season: Values


class Option(NamedTuple):
    """What a track may do: hold, or a move. `available`: whether its needs are met; True where it has none."""

    appeal: Values
    available: Values

    @property
    def logit(self) -> Values:
        """The appeal, `UNAVAILABLE` where the needs are not met."""
        return arrays.where(self.available, self.appeal, UNAVAILABLE)


class Happenings(NamedTuple):
    """What one step did, for readers: hazards and events by id, each of the batch's shape."""

    hazards: dict[str, Values]  # 0 where the event could not happen
    events: dict[str, Values]


def clock_at(game: Game, step: int | np.ndarray) -> Clock:
    """The clock at the start of a step, given as a number; past the end of the clock the season is that of its end."""
    return Clock(np.asarray(step, float)[()], game.season[np.minimum(step, len(game.season) - 1)])


def environment(parameters: Parameters, stocks: Mapping[str, Values], clock: Clock) -> dict[str, Values]:
    """The names an expression may read at a step."""
    return {**parameters, **stocks, "clock.step": clock.step, "clock.season": clock.season}


def start(game: Game, parameters: Parameters, like: Values) -> State:
    """The state at the start of the clock; `like` is a 0 of the batch's shape and dtype."""
    stocks = {s.id: arrays.clip(s.initial(parameters) + like, s.low, s.high) for s in game.stocks}
    never = like > 0
    return State(stocks, arrays.negated(never), {e.id: never for e in game.events})


def options(game: Game, parameters: Parameters, state: State, clock: Clock) -> list[list[Option]]:
    """Per track its options: hold, whose appeal is 0, then every move."""
    env = environment(parameters, state.stocks, clock)
    hold = Option(0.0, True)
    return [
        [
            hold,
            *(
                Option(arrays.minimum(m.appeal(env), CERTAIN), True if m.needs is None else m.needs(env))
                for m in track.moves
            ),
        ]
        for track in game.tracks
    ]


def magnitude_quantile(track: GameTrack, chosen: Sequence[Values], env: Mapping[str, Values], u: Values) -> Values:
    """The size of the chosen move at quantile `u`, 0 for moves without one.

    Args:
        chosen: a mask for every move of the track.
    """
    size: Values = 0.0
    for mask, move in zip(chosen, track.moves, strict=True):
        if move.magnitude:
            arguments = [a(env) for a in move.magnitude.arguments]
            size = arrays.where(mask, QUANTILE[move.magnitude.family](u, arguments), size)
    return size


def magnitude_log_density(
    track: GameTrack, chosen: Sequence[Values], env: Mapping[str, Values], size: Values
) -> Values:
    """Log density of a recorded size under the chosen move."""
    density: Values = 0.0
    for mask, move in zip(chosen, track.moves, strict=True):
        if move.magnitude:
            arguments = [a(env) for a in move.magnitude.arguments]
            density = arrays.where(mask, LOG_DENSITY[move.magnitude.family](size, arguments), density)
    return density


def step(
    game: Game,
    parameters: Parameters,
    state: State,
    clock: Clock,
    choices: Sequence[Sequence[Values]],
    magnitudes: Sequence[Values],
    decide: Decide,
    noise: Mapping[str, Values],
) -> tuple[State, Happenings]:
    """Advance one step: effects of the chosen moves, events, flows and noise, in that order, clipped after each.

    Args:
        choices: per track a mask for every move; none of them set is hold.
        magnitudes: per track the size of the chosen move; ignored where it has none.
        decide: from hazards (by event id, in [0, 1], 0 where the event cannot happen) to what happened.
        noise: standard normal values by stock id, for the stocks that have noise; may be empty.
    """
    before = state.stocks
    env = environment(parameters, before, clock)
    after = dict(before)
    for track, chosen, size in zip(game.tracks, choices, magnitudes, strict=True):
        for stock, added in _effects(track, chosen, env, size).items():
            after[stock] = after[stock] + added

    after = _clipped(game, after, before)
    env = environment(parameters, after, clock)
    hazards = {}
    for event in game.events:
        possible = arrays.both(state.alive, arrays.negated(state.happened[event.id])) if event.once else state.alive
        hazards[event.id] = arrays.where(possible, event.hazard(env), 0.0)
    events = decide(hazards)
    alive, happened, moved = state.alive, dict(state.happened), dict(after)
    for event in game.events:
        now = events[event.id]
        happened[event.id] = arrays.either(happened[event.id], now)
        if event.ends:
            alive = arrays.both(alive, arrays.negated(now))
        for stock, effect in event.effects.items():
            moved[stock] = moved[stock] + arrays.where(now, effect(env), 0.0)

    moved = _clipped(game, moved, after)
    env = environment(parameters, moved, clock)
    ends = any(event.ends for event in game.events)
    stocks = {}
    for stock in game.stocks:
        value = moved[stock.id]
        if stock.flow is not None:
            value = value + stock.flow(env)
        if stock.noise is not None and stock.id in noise:
            value = value + stock.noise(env) * noise[stock.id]
        value = value if value is moved[stock.id] else arrays.clip(value, stock.low, stock.high)
        # the step in which an `ends` event happens is completed; later ones change nothing
        stocks[stock.id] = arrays.where(state.alive, value, before[stock.id]) if ends else value
    return State(stocks, alive, happened), Happenings(hazards, events)


def _effects(track: GameTrack, chosen: Sequence[Values], env: Mapping[str, Values], size: Values) -> dict[str, Values]:
    """What a track's choice adds to each stock: one sum a stock, since one move at most is chosen."""
    added: dict[str, Values] = {}
    for mask, move in zip(chosen, track.moves, strict=True):
        local = {**env, "magnitude": size} if move.magnitude else env
        for stock, effect in move.effects.items():
            added[stock] = arrays.where(mask, effect(local), added.get(stock, 0.0))
    return added


def _clipped(game: Game, stocks: dict[str, Values], before: Mapping[str, Values]) -> dict[str, Values]:
    """Every stock that changed within its range: no expression ever reads one outside it (ADR 0007)."""
    return {
        s.id: stocks[s.id] if stocks[s.id] is before[s.id] else arrays.clip(stocks[s.id], s.low, s.high)
        for s in game.stocks
    }
