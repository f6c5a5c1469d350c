"""An unbiased estimate of a record's likelihood where noise is neither linear nor Gaussian: the bootstrap filter.

Sources: Gordon, Salmond & Smith (1993), IEE Proceedings F 140(2); unbiased: Del Moral (2004), Feynman-Kac Formulae,
proposition 7.4.1; resampling only when the effective sample size falls: Liu & Chen (1995), JASA 90(430).
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from blackjax.smc import resampling
from jax import Array, lax
from jax.scipy.special import logsumexp

from detente.engine import observe, rules
from detente.engine.compile import Game
from detente.engine.observe import SeriesModel
from detente.engine.record import Measurements, Record
from detente.engine.replay import choice_terms, event_terms, recorded_sizes
from detente.engine.rules import Parameters

RESAMPLE_BELOW = 0.5  # share of effective particles


def estimate(
    game: Game,
    record: Record,
    series: Sequence[SeriesModel],
    parameters: Parameters,
    key: Array,
    particles: int,
) -> Array:
    """Log of an unbiased estimate of the likelihood of a record, for one parameter vector.

    Args:
        parameters: values by id, scalars.
        key: of the noise.
        particles: states carried; the variance of the log falls as 1 / particles.
    """
    steps = len(record.choice)
    dtype = next((jnp.asarray(v).dtype for v in parameters.values()), jnp.dtype(jnp.float32))
    like = jnp.zeros(particles, dtype)
    theta = {name: value + like for name, value in parameters.items()}
    noisy = [s.id for s in game.stocks if s.noise is not None]

    def heard(measured, stocks) -> Array:
        terms = [observe.term_of(i, d, theta, stocks[i.stock])[0] for i, d in zip(series, measured, strict=True)]
        return sum(terms, jnp.zeros(particles, jnp.float64))

    def reweigh(log_weight, terms):
        total = logsumexp(log_weight + terms)
        return log_weight + terms - total, total

    state = rules.init(game, theta, like)
    even = jnp.full(particles, -jnp.log(float(particles)), jnp.float64)
    start = [Measurements(*(jnp.asarray(a)[0] for a in m)) for m in record.measured]
    log_weight, total = reweigh(even, heard(start, state.stocks))

    def body(carry, data):
        state, log_weight, total = carry
        k, choice, magnitude, event, heard_choice, heard_event, measured = data
        luck, pick = jax.random.split(jax.random.fold_in(key, k))
        weight = jnp.exp(log_weight)
        poor = 1.0 / jnp.sum(weight**2) < RESAMPLE_BELOW * particles
        chosen = jnp.where(poor, resampling.systematic(pick, weight, particles), jnp.arange(particles))
        state = jax.tree.map(lambda a: a[chosen], state)
        log_weight = jnp.where(poor, even, log_weight)
        terms = jnp.zeros(particles, jnp.float64)
        for i, term in enumerate(choice_terms(game, theta, state, k, choice, magnitude)):
            terms = terms + jnp.where(heard_choice[i], term, 0.0)
        sizes = recorded_sizes(game, theta, state, k, choice, magnitude, like)

        def happened(hazards):
            return {e.id: jnp.broadcast_to(event[i], like.shape) for i, e in enumerate(game.events)}

        shocks = dict(zip(noisy, jax.random.normal(luck, (len(noisy), particles), dtype), strict=True))
        choices = [choice[i] for i in range(len(game.tracks))]
        after, seen = rules.step(game, theta, state, k, choices, sizes, happened, shocks)
        for i, term in enumerate(event_terms(game, state, seen)):
            terms = terms + jnp.where(heard_event[i], term, 0.0)
        log_weight, increment = reweigh(log_weight, terms + heard(measured, after.stocks))
        return (after, log_weight, total + increment), None

    data = (
        jnp.arange(steps),
        jnp.asarray(record.choice),
        jnp.asarray(record.magnitude, dtype),
        jnp.asarray(record.event),
        jnp.asarray(record.heard_choice),
        jnp.asarray(record.heard_event),
        [Measurements(*(jnp.asarray(a)[1:] for a in m)) for m in record.measured],
    )
    (_, _, total), _ = lax.scan(body, (state, log_weight, total), data)
    return total
