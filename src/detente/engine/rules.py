"""The rules: `init`, `logits`, `step` (DESIGN section 4). Pure, shape-free, and the only place where time moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from detente.engine.compile import Game, GameMove, GameTrack
from detente.engine.magnitudes import LOG_DENSITY, QUANTILE

UNAVAILABLE = -1e10  # logit of a move whose `needs` fail: probability zero without an infinity in the gradient


class State(NamedTuple):
    """What the next step needs. Every array has the batch's shape."""

    stocks: dict[str, Array]
    alive: Array  # false after an `ends` event: nothing changes any more
    happened: dict[str, Array]  # events so far, by id


class Happenings(NamedTuple):
    """What one step did, for readers: hazards and events by id, each of the batch's shape."""

    hazards: dict[str, Array]  # 0 where the event could not happen
    events: dict[str, Array]


Parameters = dict[str, Array]
Decide = Callable[[dict[str, Array]], dict[str, Array]]


def environment(game: Game, parameters: Parameters, stocks: dict[str, Array], step: Array) -> dict[str, Array]:
    """The names an expression may read at a step."""
    dtype = dtype_of(parameters, stocks)
    season = jnp.asarray(game.season, dtype)[step]
    return {**parameters, **stocks, "clock.step": jnp.asarray(step, dtype), "clock.season": season}


def dtype_of(parameters: Parameters, stocks: dict[str, Array]) -> jnp.dtype:
    """The precision the batch runs in: that of its stocks, else of its parameters."""
    for value in (*stocks.values(), *parameters.values()):
        return jnp.asarray(value).dtype
    return jnp.dtype(jnp.float32)


def init(game: Game, parameters: Parameters, like: Array) -> State:
    """The state at the start of the clock; `like` gives the batch's shape and dtype."""
    zero = jnp.zeros_like(like)
    stocks = {s.id: jnp.clip(s.initial(parameters) + zero, s.low, s.high) for s in game.stocks}
    never = jnp.zeros(like.shape, bool)
    return State(stocks, ~never, {e.id: never for e in game.events})


def logits(game: Game, parameters: Parameters, state: State, step: Array) -> list[list[Array]]:
    """Per track, the logit of hold (0) and of each move, `UNAVAILABLE` where its needs fail."""
    env = environment(game, parameters, state.stocks, step)
    zero = jnp.zeros(state.alive.shape, dtype_of(parameters, state.stocks))
    return [[zero, *(_logit(move, env, zero) for move in track.moves)] for track in game.tracks]


def _logit(move: GameMove, env: dict[str, Array], zero: Array) -> Array:
    appeal = move.appeal(env) + zero
    return appeal if move.needs is None else jnp.where(move.needs(env), appeal, UNAVAILABLE)


def magnitude_quantile(track: GameTrack, choice: Array, env: dict[str, Array], u: Array) -> Array:
    """The size of the chosen move at quantile `u`, 0 for moves without one."""
    size = jnp.zeros_like(u)
    for index, move in enumerate(track.moves, start=1):
        if move.magnitude:
            arguments = [a(env) for a in move.magnitude.arguments]
            size = jnp.where(choice == index, QUANTILE[move.magnitude.family](u, arguments), size)
    return size


def magnitude_log_density(track: GameTrack, choice: Array, env: dict[str, Array], size: Array) -> Array:
    """Log density of a recorded size under the chosen move."""
    total = jnp.zeros_like(size)
    for index, move in enumerate(track.moves, start=1):
        if move.magnitude:
            arguments = [a(env) for a in move.magnitude.arguments]
            total = jnp.where(choice == index, LOG_DENSITY[move.magnitude.family](size, arguments), total)
    return total


def _clipped(game: Game, stocks: dict[str, Array]) -> dict[str, Array]:
    """Every stock within its range: no expression ever reads one outside it (ADR 0007)."""
    return {s.id: jnp.clip(stocks[s.id], s.low, s.high) for s in game.stocks}


def step(
    game: Game,
    parameters: Parameters,
    state: State,
    index: Array,
    choices: Sequence[Array],
    magnitudes: Sequence[Array],
    decide: Decide,
    noise: dict[str, Array],
) -> tuple[State, Happenings]:
    """Advance one step: effects of the chosen moves, events, flows and noise, in that order, clipped after each.

    Args:
        index: number of the step, int scalar.
        choices: per track the chosen index (0 = hold), integer arrays.
        magnitudes: per track the size of the chosen move; ignored where it has none.
        decide: from hazards (by event id, in [0, 1], 0 where the event cannot happen) to what happened.
        noise: standard normal values by stock id, for the stocks that have noise; may be empty.
    """
    x = state.stocks
    env = environment(game, parameters, x, index)
    after = dict(x)
    for track, choice, size in zip(game.tracks, choices, magnitudes, strict=True):
        for number, move in enumerate(track.moves, start=1):
            local = {**env, "magnitude": size} if move.magnitude else env
            for stock, effect in move.effects.items():
                after[stock] = after[stock] + jnp.where(choice == number, effect(local), 0.0)

    after = _clipped(game, after)
    env = environment(game, parameters, after, index)
    hazards = {}
    for event in game.events:
        possible = state.alive & ~state.happened[event.id] if event.once else state.alive
        hazards[event.id] = jnp.where(possible, event.hazard(env), 0.0)
    events = decide(hazards)
    alive, happened, moved = state.alive, dict(state.happened), dict(after)
    for event in game.events:
        now = events[event.id]
        happened[event.id] = happened[event.id] | now
        if event.ends:
            alive = alive & ~now
        for stock, effect in event.effects.items():
            moved[stock] = moved[stock] + jnp.where(now, effect(env), 0.0)

    moved = _clipped(game, moved)
    env = environment(game, parameters, moved, index)
    stocks = {}
    for stock in game.stocks:
        value = moved[stock.id]
        if stock.flow is not None:
            value = value + stock.flow(env)
        if stock.noise is not None and stock.id in noise:
            value = value + stock.noise(env) * noise[stock.id]
        # the step in which an `ends` event happens is completed; later ones change nothing
        stocks[stock.id] = jnp.where(state.alive, jnp.clip(value, stock.low, stock.high), x[stock.id])
    return State(stocks, alive, happened), Happenings(hazards, events)
