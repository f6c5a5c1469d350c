"""What the model expected of every cell of the record, one step ahead: chances of moves and events, scores of sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import ndtri
from scipy.stats import nbinom, poisson

from detente.analysis.retelling import Retelling
from detente.engine import foresight, rules
from detente.engine.record import series_of
from detente.engine.replay import recorded_sizes
from detente.inference.density import Model
from detente.scenario.records import Scenario


@dataclass(frozen=True)
class Foretold:
    """What the model expected, given the record before each step, for some draws."""

    moves: list[np.ndarray]  # per track log probabilities (move, step, draw), hold first
    hazards: np.ndarray  # (event, step, draw)
    sizes: np.ndarray  # (track, step, draw): the recorded size as a normal score, nan where there is none
    alive: np.ndarray  # (step,) false after an event that ends everything


def foretell(model: Model, retelling: Retelling, chosen: np.ndarray) -> Foretold:
    """One step ahead of every state of the retelling, for the draws of some indices."""
    game, record = model.game, retelling.record
    ends = np.array([e.ends for e in game.events], bool)
    before = np.cumsum(record.event, 0) - record.event > 0  # (step, event)
    alive = ~(before & ends).any(1)
    path = {name: x[:, chosen] for name, x in retelling.path.items()}
    values = jnp.asarray(retelling.draws.values[:, chosen], jnp.float32)
    moves, hazards, sizes = jax.device_get(_program(model)(values, path, record, alive, before))
    return Foretold(moves, hazards, sizes, alive)


@lru_cache(maxsize=4)
def _program(model: Model):
    game = model.game

    def foretold(values, path, record, alive, happened):
        parameters = dict(zip(game.parameters, values, strict=True))
        steps = record.choice.shape[0]
        k = jnp.arange(steps)[:, None]
        like = jnp.zeros((steps, values.shape[1]), values.dtype)
        state = rules.State(
            {name: x[:steps] for name, x in path.items()},
            jnp.broadcast_to(alive[:, None], like.shape),
            {e.id: jnp.broadcast_to(happened[:, i, None], like.shape) for i, e in enumerate(game.events)},
        )
        choice = jnp.asarray(record.choice).T[:, :, None]
        magnitude = jnp.asarray(record.magnitude, like.dtype).T[:, :, None]
        # step by step: what is foreseen takes another shape as the clock runs out
        rows = jax.vmap(lambda now, step: foresight.logits(game, parameters, now, step))(state, k[:, 0])
        moves = [jax.nn.log_softmax(jnp.stack(row), axis=0) for row in rows]
        sizes = recorded_sizes(game, parameters, state, k, choice, magnitude, like)

        def decide(hazards):
            return {e.id: jnp.broadcast_to(record.event[:, i, None], like.shape) for i, e in enumerate(game.events)}

        _, seen = rules.step(game, parameters, state, k, list(choice), sizes, decide, {})
        hazards = [jnp.broadcast_to(seen.hazards[e.id], like.shape) for e in game.events]
        env = rules.environment(game, parameters, state.stocks, k)
        scores = [_score(t, choice[i], env, sizes[i], magnitude[i], like) for i, t in enumerate(game.tracks)]
        empty = jnp.zeros((0, *like.shape), like.dtype)
        return moves, jnp.stack(hazards) if hazards else empty, jnp.stack(scores) if scores else empty

    return jax.jit(foretold)


def _score(track, choice, env, size, magnitude, like):
    """The normal score of a recorded size under the chosen move, by bisection on its quantile function."""
    if not track.has_magnitude:
        return jnp.full_like(like, jnp.nan)

    def halve(_, bounds):
        low, high = bounds
        middle = 0.5 * (low + high)
        above = rules.magnitude_quantile(track, choice, env, jax.scipy.stats.norm.cdf(middle)) < size
        return jnp.where(above, middle, low), jnp.where(above, high, middle)

    # five sd either way: beyond, single precision no longer tells the distribution function from 0 or 1
    ends = [rules.magnitude_quantile(track, choice, env, jnp.full_like(like, u)) for u in (0.25, 0.75)]
    low, high = jax.lax.fori_loop(0, 24, halve, (jnp.full_like(like, -5.0), jnp.full_like(like, 5.0)))
    sized = sum((choice == i) for i, m in enumerate(track.moves, start=1) if m.magnitude)
    told = ~jnp.isnan(magnitude) & (sized > 0) & (ends[1] > ends[0])  # a size that is fixed cannot surprise
    return jnp.where(told, 0.5 * (low + high), jnp.nan)


def measured(
    scenario: Scenario, model: Model, retelling: Retelling, chosen: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    """Per series the size of the normal score of the measurement at the end of each step, shape (step, draw), nan where
    there is none. One at the start of the clock counts with the first step, unless that has its own."""
    parameters = dict(zip(model.parameters, np.asarray(retelling.draws.values[:, chosen], float), strict=True))
    names = [stock for stock, _ in series_of(scenario)]
    for i, (item, data) in enumerate(zip(model.series, retelling.record.measured, strict=True)):
        term = np.asarray(retelling.terms.measured[:, i], float)[:, chosen]
        variance = np.asarray(retelling.terms.variance[:, i], float)[:, chosen]
        value = np.where(data.present, data.value, 1.0)[:, None]
        if item.model in ("normal", "lognormal"):
            jacobian = np.log(value) if item.model == "lognormal" else 0.0
            z = np.sqrt(np.maximum(0.0, -2 * (term + jacobian) - np.log(2 * np.pi * variance)))
        else:
            z = _count_score(item, value, variance, parameters)
        z = np.where(data.present[:, None], z, np.nan)
        z[1] = np.where(np.isnan(z[1]), z[0], z[1])
        label = names[i] if names.count(names[i]) == 1 else f"{names[i]} ({names[:i].count(names[i]) + 1})"
        yield label, z[1:]


def _count_score(item, value, variance, parameters) -> np.ndarray:
    """Normal score of a count, at the middle of its step in the distribution function."""
    if item.model == "poisson":
        below, at = poisson.cdf(value - 1, variance), poisson.pmf(value, variance)
    else:
        size = np.asarray(item.scale(parameters), float)
        mean = 0.5 * (np.sqrt(size**2 + 4 * size * variance) - size)  # from variance = mean + mean^2 / size
        below, at = (f(v, size, size / (size + mean)) for f, v in ((nbinom.cdf, value - 1), (nbinom.pmf, value)))
    return ndtri(np.clip(below + 0.5 * at, 1e-12, 1 - 1e-12))
