"""Sampled foresight: what every move is worth at level 1, from futures in which everybody else plays its appeals.

For every lane, every move of a track that looks ahead and every sample, the part of the game that bears on the
utilities runs on to the horizon. All moves of a lane meet the same luck (common random numbers), from a stream of its
own keyed by the future's number, so that two courses still share what they share without foresight. Nothing that the
game's own luck decides is read.

Rollouts as values of moves: Tesauro & Galperin (1996), NIPS 9. Common luck: Glasserman & Yao (1992), Management
Science 38(6).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.scipy.special import ndtri

from detente.engine import luck, rules
from detente.engine.choose import choose
from detente.engine.compile import Game, Values
from detente.engine.courses import FREE
from detente.engine.outlook import Outlook, Seer
from detente.engine.rules import Parameters, State

FUTURES_SALT = 0x0F0E51E7  # sets the streams of foresight apart from those of the game
SIGHT_SALT = 0x00B10B5E


class Luck(NamedTuple):
    """Whose luck: the seed of the run, and per lane the number of its future."""

    seed: Array  # uint32 scalar
    lane: Array  # uint32, the batch's shape


def fan(outlook: Outlook, seers: Sequence[Seer]) -> int:
    """Futures per lane and step: moves times samples."""
    return sum((len(outlook.game.tracks[outlook.tracks.index(s.number)].moves) + 1) * s.samples for s in seers)


def worth(
    outlook: Outlook,
    seers: Sequence[Seer],
    parameters: Parameters,
    state: State,
    step: Array | int,
    luck_of: Luck,
    allowed: Sequence[Values] | None = None,
    samples: int | None = None,
) -> list[Array]:
    """Per seer what its actor's utility changes by in every sampled future, shape (move + 1, sample, ...batch).

    Args:
        seers: tracks with the same horizon and number of samples.
        state: of the part of the game that foresight looks at (`foresight.narrowed`).
        allowed: per track of the whole game the moves that a course leaves open.
        samples: futures per move; the seers' own number when None.
    """
    game, horizon, count = outlook.game, seers[0].horizon, samples or seers[0].samples
    tracks = [outlook.tracks.index(s.number) for s in seers]
    sizes = [len(game.tracks[t].moves) + 1 for t in tracks]
    ends = np.cumsum(sizes)
    spans = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    dims = state.alive.ndim
    number = luck_of.lane * jnp.uint32(count) + jnp.arange(count, dtype=jnp.uint32).reshape(-1, *[1] * dims)
    stream = _stream(luck_of.seed, FUTURES_SALT, step)
    first = [_made_now(t, tracks, sizes, dims) for t in range(len(game.tracks))]
    open_to = [np.ones(len(t.moves) + 1, bool) for t in game.tracks]
    if allowed is not None:
        open_to = [allowed[n] for n in outlook.tracks]

    views = [perceived(outlook, s.actor, parameters, state, step, luck_of) for s in seers]
    begin = jax.tree.map(
        lambda *parts: jnp.concatenate(
            [jnp.broadcast_to(p, (n, count, *state.alive.shape)) for p, n in zip(parts, sizes, strict=True)]
        ),
        *views,
    )

    def utilities(stocks, k) -> list[Array]:
        out = []
        for seer, span in zip(seers, spans, strict=True):
            here = {name: x[span] for name, x in stocks.items()}
            env = rules.environment(game, parameters, here, jnp.minimum(k, game.clock.steps))
            out.append(outlook.utilities[seer.actor](env) + jnp.zeros_like(zero[span]))
        return out

    def body(carry, offset):
        here, level, gains = carry
        k = step + offset
        here = here._replace(alive=here.alive & (k < game.clock.steps))
        rows = luck.uniforms(stream, number, offset, _draws(game))
        after = _advance(game, parameters, here, k, offset, rows, open_to, first)
        if not outlook.stepwise:
            return (after, level, gains), None
        now = utilities(after.stocks, k + 1)
        for i, (seer, span) in enumerate(zip(seers, spans, strict=True)):
            weight = jnp.asarray(outlook.discounts[seer.actor], zero.dtype) ** (offset + 1)
            gains[i] = gains[i] + jnp.where(here.alive[span], weight * (now[i] - level[i]), 0.0)
        return (after, now, gains), None

    zero = jnp.zeros(begin.alive.shape, rules.dtype_of(parameters, state.stocks))
    level = utilities(begin.stocks, step)
    still = [jnp.zeros_like(u) for u in level] if outlook.stepwise else []
    carry = (begin, level if outlook.stepwise else [], still)
    (end, _, gains), _ = lax.scan(body, carry, jnp.arange(horizon))
    if outlook.stepwise:
        return gains
    return [after - before for after, before in zip(utilities(end.stocks, step), level, strict=True)]


def _stream(seed: Array, salt: int, step) -> Array:
    """A seed of its own for every step of the game."""
    word = jnp.asarray(seed, jnp.uint32) ^ jnp.uint32(salt)
    return luck.mixed(luck.mixed(word) + jnp.asarray(step, jnp.uint32) * jnp.uint32(0x9E3779B9))


def _made_now(track: int, tracks: Sequence[int], sizes: Sequence[int], dims: int) -> np.ndarray:
    """Which move of a track each branch begins with, `FREE` where it is drawn, shape (branch, 1, ..)."""
    moves = [np.arange(n) if t == track else np.full(n, FREE) for t, n in zip(tracks, sizes, strict=True)]
    return np.concatenate(moves).astype(np.int32).reshape(-1, *[1] * (dims + 1))


def _sized(game: Game) -> list[int]:
    return [i for i, t in enumerate(game.tracks) if t.has_magnitude]


def _noisy(game: Game) -> list[str]:
    return [s.id for s in game.stocks if s.noise is not None]


def _draws(game: Game) -> int:
    return len(game.tracks) + len(game.events) + len(_sized(game)) + len(_noisy(game))


def _advance(game: Game, parameters, here: State, k, offset, rows, open_to, first) -> State:
    """One step of the rollouts; luck has shape (sample, ...batch) and is common to all branches."""
    tracks, events, sized, noisy = len(game.tracks), len(game.events), _sized(game), _noisy(game)
    u_event, u_size = rows[tracks : tracks + events], rows[tracks + events : tracks + events + len(sized)]
    table = rules.logits(game, parameters, here, k)
    choices = []
    for t, row in enumerate(table):
        drawn = choose(row, open_to[t], jnp.asarray(FREE, jnp.int32), rows[t])
        choices.append(jnp.where((offset == 0) & (first[t] != FREE), first[t], drawn))
    choices = lax.optimization_barrier(choices)  # computed once, not in every effect that reads them
    env = rules.environment(game, parameters, here.stocks, k)
    sizes = []
    for t, track in enumerate(game.tracks):
        size = jnp.zeros(here.alive.shape, rules.dtype_of(parameters, here.stocks))
        if t in sized:
            quantile = u_size[sized.index(t)].astype(size.dtype)
            size = rules.magnitude_quantile(track, choices[t], env, jnp.broadcast_to(quantile, size.shape))
        sizes.append(size)

    def decide(hazards):
        return {e.id: u_event[i] < hazards[e.id] for i, e in enumerate(game.events)}

    shocks = luck.normals(rows[len(rows) - len(noisy) :]) if noisy else []
    return rules.step(game, parameters, here, k, choices, sizes, decide, dict(zip(noisy, shocks, strict=True)))[0]


def perceived(outlook: Outlook, actor: str, parameters: Parameters, state: State, step, luck_of: Luck) -> State:
    """The state as an actor sees it: blurred where there is a blur, and where it sees nothing, what a stock began with.

    It takes what it sees for what is. A stock it cannot see starts from its initial value: the one value that the
    scenario states without a look (assumption).
    """
    blurred = sorted(outlook.blurs[actor])
    rows = luck.uniforms(_stream(luck_of.seed, SIGHT_SALT, step), luck_of.lane, jnp.uint32(0), len(outlook.sights))
    stocks = dict(state.stocks)
    for stock in outlook.game.stocks:
        x = stocks[stock.id]
        if stock.id in outlook.hidden[actor]:
            stocks[stock.id] = jnp.clip(stock.initial(parameters) + jnp.zeros_like(x), stock.low, stock.high)
        elif stock.id in blurred:
            error = ndtri(rows[outlook.sights.index((actor, stock.id))]).astype(x.dtype)
            stocks[stock.id] = jnp.clip(x + outlook.blurs[actor][stock.id] * error, stock.low, stock.high)
    return state._replace(stocks=stocks)
