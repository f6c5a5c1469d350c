"""Records that a scenario could have produced: moves, sizes, events and measurements drawn from given parameters.

Same rules and order as `simulate`, from the start of the clock to `now`; here whole histories are kept, not sums.
Measurements fall on the days, and have the stated errors, of the scenario's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from detente.engine import foresight, rules
from detente.engine.compile import Game, Values
from detente.engine.observe import SeriesModel
from detente.engine.record import Measurements, Record


@lru_cache(maxsize=4)
def _program(game: Game, steps: int) -> Callable:
    """The compiled history: key and parameters (lane,) in; moves, sizes, events (step, lane, ..) and paths out."""
    noisy = [s.id for s in game.stocks if s.noise is not None]

    def history(key: Array, parameters: dict[str, Array]):
        like = next(iter(parameters.values()))
        state = rules.init(game, parameters, like)

        def body(state, k):
            keys = jax.random.split(jax.random.fold_in(key, k), 4)
            rows = foresight.logits(game, parameters, state, k)
            luck = jax.random.split(keys[0], max(1, len(rows)))
            # after an `ends` event nothing is recorded any more
            choices = [
                jnp.where(state.alive, jax.random.categorical(u, jnp.stack(r), axis=0), 0).astype(jnp.int32)
                for u, r in zip(luck, rows, strict=False)
            ]
            env = rules.environment(game, parameters, state.stocks, k)
            half = jax.random.uniform(keys[1], (max(1, len(rows)), *like.shape), like.dtype, 1e-7, 1 - 1e-7)
            sizes = [
                rules.magnitude_quantile(track, choice, env, u)
                for track, choice, u in zip(game.tracks, choices, half, strict=False)
            ]
            coins = jax.random.uniform(keys[2], (max(1, len(game.events)), *like.shape), like.dtype)

            def decide(hazards):
                return {e.id: coins[i] < hazards[e.id] for i, e in enumerate(game.events)}

            shocks = jax.random.normal(keys[3], (max(1, len(noisy)), *like.shape), like.dtype)
            noise = dict(zip(noisy, shocks, strict=False))
            after, seen = rules.step(game, parameters, state, k, choices, sizes, decide, noise)
            happened = [seen.events[e.id] for e in game.events]
            return after, (choices, sizes, happened, after.stocks)

        _, (choices, sizes, happened, tail) = lax.scan(body, state, jnp.arange(steps))
        path = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), state.stocks, tail)
        return choices, sizes, happened, path

    return jax.jit(history)


def synthetic_records(
    game: Game, record: Record, series: Sequence[SeriesModel], parameters: dict[str, Values], seed: int
) -> list[Record]:
    """Draw one record for each parameter draw.

    Args:
        record: whose length, measurement days and stated errors are copied.
        series: the error models of its measurements.
        parameters: per id an array of shape (draw,); at least one parameter.
        seed: of all luck.
    """
    steps = len(record.choice)
    data = {name: jnp.asarray(np.asarray(v), jnp.float32) for name, v in parameters.items()}
    count = len(next(iter(data.values())))
    choices, sizes, events, path = jax.device_get(_program(game, steps)(jax.random.key(seed), data))
    rng = np.random.default_rng([seed, 3])
    measured = [
        _measure(item, cells, path, parameters, rng) for item, cells in zip(series, record.measured, strict=True)
    ]
    sized = _sized(game)
    out = []
    for n in range(count):
        choice = _columns([c[:, n] for c in choices], steps, np.int32)
        magnitude = _columns([s[:, n] for s in sizes], steps, float)
        magnitude[~sized[np.arange(len(sized))[None, :, None], choice[..., None]][..., 0]] = np.nan
        out.append(
            Record(
                choice, magnitude, _columns([e[:, n] for e in events], steps, bool),
                np.ones_like(choice, bool), np.ones((steps, len(events)), bool),
                tuple(Measurements(v[n], c.present, c.sd) for v, c in zip(measured, record.measured, strict=True)),
            )
        )  # fmt: skip
    return out


def _columns(columns: list, steps: int, dtype) -> np.ndarray:
    return np.stack(columns, -1).astype(dtype) if columns else np.zeros((steps, 0), dtype)


def _sized(game: Game) -> np.ndarray:
    """(track, move index) whether the move has a size, padded to the longest track."""
    width = max((len(t.moves) for t in game.tracks), default=0) + 1
    out = np.zeros((len(game.tracks), width), bool)
    for i, track in enumerate(game.tracks):
        for m, move in enumerate(track.moves, start=1):
            out[i, m] = move.magnitude is not None
    return out


def _measure(item: SeriesModel, cells: Measurements, path, parameters, rng: np.random.Generator) -> np.ndarray:
    """Measured values of every draw, shape (draw, boundary), 0 where nothing is measured."""
    x = np.asarray(path[item.stock], float)[: len(cells.present)]
    scale = np.nan if item.scale is None else np.asarray(item.scale(parameters), float)
    sd = np.where(np.isnan(cells.sd)[:, None], scale, np.asarray(cells.sd)[:, None]) + np.zeros_like(x)
    if item.model == "normal":
        drawn = rng.normal(x, np.nan_to_num(sd))
    elif item.model == "lognormal":
        drawn = x * np.exp(rng.normal(0, np.nan_to_num(sd), x.shape))
    elif item.model == "poisson":
        drawn = rng.poisson(np.maximum(x, 0)).astype(float)
    else:
        size = np.maximum(np.nan_to_num(scale) + np.zeros_like(x), 1e-12)
        drawn = rng.poisson(rng.gamma(size, np.maximum(x, 0) / size)).astype(float)
    return np.where(np.asarray(cells.present)[:, None], drawn, 0.0).T
