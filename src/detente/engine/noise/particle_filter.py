"""An unbiased estimate of a record's likelihood where noise is neither linear nor Gaussian: the bootstrap filter.

Sources: Gordon, Salmond & Smith (1993), IEE Proceedings F 140(2); unbiased: Del Moral (2004), Feynman-Kac Formulae,
proposition 7.4.1; resampling only when the effective sample size falls: Liu & Chen (1995), JASA 90(430); systematic
resampling: Kitagawa (1996), Journal of Computational and Graphical Statistics 5(1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import logsumexp

from detente.engine.foresight import policy as foresight
from detente.engine.game import rules
from detente.engine.game.game import Game
from detente.engine.game.record import Record
from detente.engine.game.rules import State
from detente.engine.likelihood import Recorded, choice_terms, event_terms, recorded_sizes
from detente.engine.noise import observe
from detente.engine.noise.observe import Reading, SeriesModel

RESAMPLE_BELOW = 0.5  # share of effective particles
AT_ONCE = 32_768  # states carried together: their values stay in the cache (assumption)


def estimate(
    game: Game,
    record: Record,
    series: Sequence[SeriesModel],
    values: np.ndarray,
    rng: np.random.Generator,
    particles: int,
) -> np.ndarray:
    """Log of an unbiased estimate of the likelihood of a record, for each of many parameter vectors, shape (draw,).

    Args:
        values: of the parameters, (parameter, draw).
        rng: of the noise.
        particles: states carried for each draw; the variance of the log falls as 1 / particles.
    """
    values, size = np.asarray(values, float), max(1, AT_ONCE // particles)
    out = np.empty(values.shape[1])
    with np.errstate(all="ignore"):
        for first in range(0, len(out), size):
            some = slice(first, first + size)
            out[some] = _estimate(game, record, series, values[:, some], rng, particles)
    return out


def _estimate(
    game: Game,
    record: Record,
    series: Sequence[SeriesModel],
    values: np.ndarray,
    rng: np.random.Generator,
    particles: int,
) -> np.ndarray:
    """The estimates of some draws, together. States are arrays (draw, particle)."""
    theta = {name: row[:, None] for name, row in zip(game.parameters, values, strict=True)}
    shape = (values.shape[1], particles)
    noisy = [s.id for s in game.stocks if s.noise is not None]
    even = np.full(shape, -np.log(particles))

    measured = [observe.readings(*cells) for cells in record.measured]

    def measured_at(boundary: int, stocks: Mapping[str, np.ndarray]) -> np.ndarray:
        total = np.zeros(shape)
        for item, readings in zip(series, measured, strict=True):
            if readings.present[boundary]:
                reading = Reading(*(field[boundary] for field in readings))
                total = total + observe.term_of(item, reading, theta, stocks[item.stock])[0]
        return total

    state = rules.start(game, theta, np.zeros(shape))
    log_weight, total = _reweighed(even, measured_at(0, state.stocks))
    for k in range(len(record.choice)):
        state, log_weight = _resampled(state, log_weight, even, rng)
        told, clock = _told(game, record, k), rules.clock_at(game, k)
        table = foresight.foreseen(game, theta, state, k)
        terms = choice_terms(game, theta, state, clock, table, told)
        sizes = recorded_sizes(game, theta, state, clock, told)
        happened = {e.id: told.happened[i] for i, e in enumerate(game.events)}
        shocks = {name: rng.standard_normal(shape) for name in noisy}
        after, seen = rules.step(game, theta, state, clock, told.chosen, sizes, lambda _, now=happened: now, shocks)
        terms += event_terms(game, state, seen, told)
        log_weight, increment = _reweighed(log_weight, sum(terms, measured_at(k + 1, after.stocks)))
        state, total = after, total + increment
    return total


def _told(game: Game, record: Record, k: int) -> Recorded:
    """What the record says of a step."""
    size = np.asarray(record.magnitude[k], float)
    return Recorded(
        chosen=[[record.choice[k, i] == m + 1 for m in range(len(t.moves))] for i, t in enumerate(game.tracks)],
        sized=~np.isnan(size),
        size=np.where(np.isnan(size), 1.0, size),
        happened=record.event[k],
        choice_counts=record.observed_choice[k],
        event_counts=record.observed_event[k],
    )


def _reweighed(log_weight: np.ndarray, terms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights that sum to 1 in each draw, and the log of what they summed to, (draw,)."""
    raw = log_weight + terms
    total = np.asarray(logsumexp(raw, axis=1))
    return raw - total[:, None], total


def _resampled(
    state: State, log_weight: np.ndarray, even: np.ndarray, rng: np.random.Generator
) -> tuple[State, np.ndarray]:
    """Particles chosen anew in the draws where few carry the weight."""
    draws, particles = even.shape
    weight = np.exp(log_weight)
    poor = 1.0 / (weight**2).sum(1) < RESAMPLE_BELOW * particles
    offset = rng.random(draws)
    if not poor.any():
        return state, log_weight
    chosen = np.broadcast_to(np.arange(particles), even.shape).copy()
    chosen[poor] = systematic(weight[poor], offset[poor])
    flat = chosen + np.arange(draws)[:, None] * particles
    anew = state.map(lambda x: np.broadcast_to(x, even.shape).reshape(-1)[flat])
    return anew, np.where(poor[:, None], even, log_weight)


def systematic(weight: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Indices (row, particle) chosen in proportion to weights: those at evenly spaced quantiles.

    Args:
        weight: (row, particle), summing to 1 in each row.
        offset: (row,) in [0, 1): where between its neighbours the first quantile lies.
    """
    rows, particles = weight.shape
    below = np.ceil(np.cumsum(weight, axis=1) * particles - offset[:, None]).clip(0, particles)
    below[:, -1] = particles  # whatever rounding says
    times = np.diff(below, axis=1, prepend=0).astype(int)
    return np.repeat(np.tile(np.arange(particles), rows), times.reshape(-1)).reshape(rows, particles)
