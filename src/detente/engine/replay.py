"""Replay: moves and events come from the record; out comes its log likelihood (DESIGN section 4).

Silence is evidence: every step adds log(1 - hazard) of the events that did not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.scipy.special import gammaln, logsumexp
from jax.scipy.stats import norm

from detente.engine import rules
from detente.engine.compile import Game
from detente.engine.record import Measurements, Record
from detente.engine.rules import Parameters, State

IMPOSSIBLE = -1e10  # log probability of what cannot happen, finite so that gradients stay numbers


class Replay(NamedTuple):
    """What a replay returns. Leading axis of `path` is the boundary, 0 .. steps."""

    log_likelihood: Array
    state: State  # at `until`
    path: dict[str, Array] | None
    by_step: Array | None  # log likelihood of each step, leading axis (step,), with `path`


class SeriesModel(NamedTuple):
    """The error model of one measured series."""

    stock: str
    model: str
    scale: Callable[[Parameters], Array] | None


def replay(
    game: Game,
    record: Record,
    series: Sequence[SeriesModel],
    parameters: Parameters,
    like: Array,
    *,
    until: int | None = None,
    path: bool = False,
) -> Replay:
    """Run the record through the rules and add up its log probability.

    Args:
        parameters: values by id, each of the batch's shape.
        like: an array that has the batch's shape and dtype.
        until: number of steps to replay; the whole record when None.
        path: whether to return the stocks at every boundary.
    """
    steps = len(record.choice) if until is None else until
    state = rules.init(game, parameters, like)
    bounds = {s.id: (s.low, s.high) for s in game.stocks}
    spread = {m.stock: jnp.zeros_like(like) for m in series}  # noise variance since the last measurement
    first = [Measurements(*(a[0] for a in m)) for m in record.measured]
    nothing = jnp.zeros(like.shape, jnp.float64)
    total, stocks, spread = _measure(bounds, series, first, parameters, state.stocks, spread, nothing)
    state = state._replace(stocks=stocks)

    def body(carry, data):
        state, spread, total = carry
        k, choice, magnitude, event, measured = data
        total = total + _choices(game, parameters, state, k, choice, magnitude)
        sizes = _sizes(game, parameters, state, k, choice, magnitude, like)

        def happened(hazards):
            return {e.id: jnp.broadcast_to(event[i], like.shape) for i, e in enumerate(game.events)}

        env = rules.environment(game, parameters, state.stocks, k)
        widened = dict(spread)
        for stock in game.stocks:
            if stock.noise is not None and stock.id in spread:
                widened[stock.id] = spread[stock.id] + stock.noise(env) ** 2
        choices = [choice[i] for i in range(len(game.tracks))]
        after, seen = rules.step(game, parameters, state, k, choices, sizes, happened, {})
        total = total + _events(game, state, seen)
        total, stocks, widened = _measure(bounds, series, measured, parameters, after.stocks, widened, total)
        after = after._replace(stocks=stocks)
        return (after, widened, total), ((after.stocks, total) if path else None)

    data = (
        jnp.arange(steps),
        jnp.asarray(record.choice[:steps]),
        jnp.asarray(record.magnitude[:steps], like.dtype),
        jnp.asarray(record.event[:steps]),
        [Measurements(*(jnp.asarray(np.asarray(a)[1 : steps + 1]) for a in m)) for m in record.measured],
    )
    (final, _, total), tail = lax.scan(jax.checkpoint(body), (state, spread, total), data)
    if not path:
        return Replay(total, final, None, None)
    stocks, totals = tail
    whole = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), state.stocks, stocks)
    return Replay(total, final, whole, jnp.diff(totals, axis=0, prepend=0.0))


def _choices(game: Game, parameters: Parameters, state: State, k: Array, choice: Array, magnitude: Array) -> Array:
    """Log probability of the recorded moves and of their recorded sizes."""
    env = rules.environment(game, parameters, state.stocks, k)
    total = jnp.zeros(state.alive.shape, rules.dtype_of(parameters, state.stocks))
    for i, (track, row) in enumerate(zip(game.tracks, rules.logits(game, parameters, state, k), strict=True)):
        stacked = jnp.stack(row)
        chosen = sum(jnp.where(choice[i] == m, row[m], 0.0) for m in range(len(row)))
        log_p = chosen - logsumexp(stacked, axis=0)
        if track.has_magnitude:
            given = ~jnp.isnan(magnitude[i])
            size = jnp.where(given, magnitude[i], 1.0) + jnp.zeros_like(total)
            density = rules.magnitude_log_density(track, choice[i], env, size)
            log_p = log_p + jnp.where(given, jnp.maximum(density, IMPOSSIBLE), 0.0)
        total = total + log_p
    return jnp.where(state.alive, jnp.maximum(total, IMPOSSIBLE), 0.0)


def _sizes(game, parameters, state, k, choice, magnitude, like) -> list[Array]:
    """The recorded size of each track's move; the median where the ledger gives none."""
    env = rules.environment(game, parameters, state.stocks, k)
    half = jnp.full_like(like, 0.5)
    sizes = []
    for i, track in enumerate(game.tracks):
        if track.has_magnitude:
            median = rules.magnitude_quantile(track, choice[i], env, half)
            sizes.append(jnp.where(jnp.isnan(magnitude[i]), median, magnitude[i]))
        else:
            sizes.append(jnp.zeros_like(like))
    return sizes


def _log(x: Array) -> Array:
    return jnp.where(x > 0, jnp.log(jnp.where(x > 0, x, 1.0)), IMPOSSIBLE)


def _events(game: Game, before: State, seen: rules.Happenings) -> Array:
    """Log probability of which events happened, in the steps where they could."""
    total = jnp.zeros_like(next(iter(seen.hazards.values()))) if game.events else jnp.zeros(())
    for event in game.events:
        hazard = seen.hazards[event.id]
        log_p = jnp.where(seen.events[event.id], _log(hazard), _log(1 - hazard))
        log_p = jnp.where((hazard >= 0) & (hazard <= 1), log_p, IMPOSSIBLE)  # no probability, no explanation
        total = total + jnp.where(before.alive, log_p, 0.0)
    return total


def _measure(bounds, series, measured, parameters, stocks, spread, total):
    """Add the observation terms of one boundary, then set measured stocks to what was measured."""
    precision: dict[str, Array] = {}
    weighted: dict[str, Array] = {}
    for item, data in zip(series, measured, strict=True):
        x = stocks[item.stock]
        present, value = data.present, jnp.asarray(data.value, x.dtype)
        if item.model in ("normal", "lognormal"):
            scale = jnp.asarray(data.sd, x.dtype)
            if item.scale is not None:
                scale = jnp.where(jnp.isnan(scale), item.scale(parameters), scale)
            scale = jnp.where(present, scale, 1.0)
            if item.model == "normal":
                term = norm.logpdf(value, x, jnp.sqrt(scale**2 + spread[item.stock]))
                weight = 1 / scale**2
            else:  # noise on the stock itself does not enter: its size on the log scale depends on the level
                safe = jnp.where(value > 0, value, 1.0)
                term = norm.logpdf(jnp.log(safe), _log(x), scale) - jnp.log(safe)
                weight = 1 / (scale * safe) ** 2
            precision[item.stock] = precision.get(item.stock, 0.0) + jnp.where(present, weight, 0.0)
            weighted[item.stock] = weighted.get(item.stock, 0.0) + jnp.where(present, weight * value, 0.0)
        elif item.model == "poisson":
            term = value * _log(x) - x - gammaln(value + 1)
        else:  # negative binomial with mean x and size k: variance x + x^2 / k
            size = item.scale(parameters)
            term = (
                gammaln(value + size)
                - gammaln(size)
                - gammaln(value + 1)
                + size * jnp.log(size / (size + x))
                + value * (_log(x) - jnp.log(size + x))
            )
        if item.model in ("poisson", "negbinomial"):
            term = jnp.where(x >= 0, term, IMPOSSIBLE)  # a negative mean explains no count
        total = total + jnp.where(present, jnp.maximum(term, IMPOSSIBLE), 0.0)
    stocks, spread = dict(stocks), dict(spread)
    for stock, weight in precision.items():
        known = weight > 0
        believed = jnp.clip(weighted[stock] / jnp.where(known, weight, 1.0), *bounds[stock])
        stocks[stock] = jnp.where(known, believed, stocks[stock])
        spread[stock] = jnp.where(known, 0.0, spread[stock])
    return total, stocks, spread
