"""Replay: moves and events come from the record; out comes its log likelihood (DESIGN section 4).

Silence is evidence: every step adds log(1 - hazard) of the events that did not happen. Noise between measurements is
integrated over by a Kalman filter along the replay, or left out in the fast mode (`Latent`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.scipy.special import logsumexp

from detente.engine import foresight, kalman, observe, rules
from detente.engine.compile import Game
from detente.engine.latent import Latent
from detente.engine.observe import IMPOSSIBLE, SeriesModel, log_of
from detente.engine.record import Measurements, Record
from detente.engine.rules import Parameters, State


class Terms(NamedTuple):
    """The log likelihood of a record, cell by cell; what is not heard is 0."""

    choice: Array  # (step, track, ...batch)
    event: Array  # (step, event, ...batch)
    measured: Array  # (boundary, series, ...batch)
    variance: Array  # (boundary, series, ...batch): of each measurement as foretold, on the scale of its error model

    def by_step(self) -> Array:
        """The log likelihood of each step and of the measurements at its end, shape (step, ...batch). Measurements at
        the start of the clock count with the first step."""
        after = self.measured[1:].sum(1).at[:1].add(self.measured[:1].sum(1))
        return self.choice.sum(1) + self.event.sum(1) + after


class Replay(NamedTuple):
    """What a replay returns. Leading axis of `path` is the boundary, 0 .. steps."""

    log_likelihood: Array
    state: State  # at `until`
    covariance: Array  # of the carriers at `until`, (carrier, carrier, ...batch)
    path: dict[str, Array] | None
    terms: Terms | None


def replay(
    game: Game,
    record: Record,
    series: Sequence[SeriesModel],
    latent: Latent,
    parameters: Parameters,
    like: Array,
    *,
    until: int | None = None,
    path: bool = False,
    recompute: bool = True,
) -> Replay:
    """Run the record through the rules and add up its log probability.

    Args:
        latent: how noise between measurements is treated.
        parameters: values by id, each of the batch's shape.
        like: an array that has the batch's shape and dtype.
        until: number of steps to replay; the whole record when None.
        path: whether to return the stocks at every boundary, and the terms.
        recompute: whether a gradient computes each step again, or keeps what it needs of all of them.
    """
    steps = len(record.choice) if until is None else until
    state = rules.init(game, parameters, like)
    bounds = {s.id: (s.low, s.high) for s in game.stocks}
    noisy = [s.id for s in game.stocks if s.noise is not None and s.id in latent.carriers]
    entries = kalman.pattern(latent, noisy, [m.stock for m in series if m.stock in latent.carriers])
    local = kalman.relevant(game, latent)

    def measure(data, stocks, covariance):
        if latent.mode == "replay":
            return observe.assigned(bounds, series, data, parameters, stocks, covariance)
        return observe.filtered(bounds, series, data, latent.carriers, parameters, stocks, covariance)

    zero = jnp.zeros(like.shape, jnp.float64)
    first = measure(
        [Measurements(*(a[0] for a in m)) for m in record.measured],
        state.stocks,
        kalman.nothing(entries, like),
    )
    state = state._replace(stocks=first.stocks)

    def body(carry, data):
        state, covariance, total = carry
        k, choice, magnitude, event, heard_choice, heard_event, measured = data
        chosen = choice_terms(game, parameters, state, k, choice, magnitude)
        chosen = [jnp.where(heard_choice[i], c, 0.0) for i, c in enumerate(chosen)]
        sizes = recorded_sizes(game, parameters, state, k, choice, magnitude, like)

        def happened(hazards):
            return {e.id: jnp.broadcast_to(event[i], like.shape) for i, e in enumerate(game.events)}

        choices = [choice[i] for i in range(len(game.tracks))]
        after, seen = rules.step(game, parameters, state, k, choices, sizes, happened, {})

        def step(x, shocks):
            now = state._replace(stocks={**state.stocks, **x})
            moved, _ = rules.step(local, parameters, now, k, choices, sizes, happened, shocks)
            return {name: moved.stocks[name] for name in latent.carriers}

        if entries:
            covariance = kalman.spread(latent, step, state.stocks, noisy, covariance)
        events = [jnp.where(heard_event[i], t, 0.0) for i, t in enumerate(event_terms(game, state, seen))]
        found = measure(measured, after.stocks, covariance)
        after = after._replace(stocks=found.stocks)
        total = sum([*chosen, *events, *found.terms], total)
        kept = (chosen, events, found.terms, found.variances)
        kept = (after.stocks, *(_stack(items, like) for items in kept)) if path else None
        return (after, found.covariance, total), kept

    data = (
        jnp.arange(steps),
        jnp.asarray(record.choice[:steps]),
        jnp.asarray(record.magnitude[:steps], like.dtype),
        jnp.asarray(record.event[:steps]),
        jnp.asarray(record.heard_choice[:steps]),
        jnp.asarray(record.heard_event[:steps]),
        [Measurements(*(jnp.asarray(a)[1 : steps + 1] for a in m)) for m in record.measured],
    )
    (final, covariance, total), tail = lax.scan(
        jax.checkpoint(body) if recompute else body, (state, first.covariance, sum(first.terms, zero)), data
    )
    covariance = kalman.dense(latent, covariance, like)
    if tail is None:
        return Replay(total, final, covariance, None, None)
    stocks, chosen, events, measured, variance = tail
    whole = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), state.stocks, stocks)
    measured = jnp.concatenate([_stack(first.terms, like)[None], measured])
    variance = jnp.concatenate([_stack(first.variances, like)[None], variance])
    return Replay(total, final, covariance, whole, Terms(chosen, events, measured, variance))


def _stack(items: Sequence[Array], like: Array) -> Array:
    empty = jnp.zeros((0, *like.shape), jnp.float64)
    return jnp.stack([jnp.broadcast_to(i, like.shape).astype(jnp.float64) for i in items]) if items else empty


def choice_terms(game: Game, parameters: Parameters, state: State, k: Array, choice: Array, magnitude: Array):
    """Per track the log probability of the recorded move and of its recorded size."""
    env = rules.environment(game, parameters, state.stocks, k)
    zero = jnp.zeros(state.alive.shape, rules.dtype_of(parameters, state.stocks))
    terms = []
    for i, (track, row) in enumerate(zip(game.tracks, foresight.logits(game, parameters, state, k), strict=True)):
        chosen = sum(jnp.where(choice[i] == m, row[m], 0.0) for m in range(len(row)))
        log_p = chosen - logsumexp(jnp.stack(row), axis=0)
        if track.has_magnitude:
            given = ~jnp.isnan(magnitude[i])
            size = jnp.where(given, magnitude[i], 1.0) + zero
            density = rules.magnitude_log_density(track, choice[i], env, size)
            log_p = log_p + jnp.where(given, jnp.maximum(density, IMPOSSIBLE), 0.0)
        terms.append(jnp.where(state.alive, jnp.maximum(log_p, IMPOSSIBLE), 0.0))
    return terms


def recorded_sizes(game: Game, parameters: Parameters, state: State, k, choice, magnitude, like) -> list[Array]:
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


def event_terms(game: Game, before: State, seen: rules.Happenings) -> list[Array]:
    """Per event the log probability of whether it happened, in the steps where it could."""
    terms = []
    for event in game.events:
        hazard = seen.hazards[event.id]
        log_p = jnp.where(seen.events[event.id], log_of(hazard), log_of(1 - hazard))
        log_p = jnp.where((hazard >= 0) & (hazard <= 1), log_p, IMPOSSIBLE)  # no probability, no explanation
        terms.append(jnp.where(before.alive, log_p, 0.0))
    return terms
