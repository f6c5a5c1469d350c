"""Records that a scenario could have produced: moves, sizes, events and measurements drawn from given parameters.

Same rules and order as `simulate`, from the start of the clock to `now`; here whole histories are kept, not sums.
Measurements fall on the days, and have the stated errors, of the scenario's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from detente import streams
from detente.engine.foresight import policy as foresight
from detente.engine.game import choose, rules
from detente.engine.game.game import Game
from detente.engine.game.record import Measurements, Record
from detente.engine.noise.observe import SeriesModel


def synthetic_records(
    game: Game, record: Record, series: Sequence[SeriesModel], parameters: Mapping[str, np.ndarray], seed: int
) -> list[Record]:
    """Draw one record for each parameter draw.

    Args:
        record: whose length, measurement days and stated errors are copied.
        series: the error models of its measurements.
        parameters: per id an array of shape (draw,); at least one parameter.
        seed: of everything random.
    """
    steps = len(record.choice)
    theta = {name: np.asarray(v, float) for name, v in parameters.items()}
    count = len(next(iter(theta.values())))
    with np.errstate(all="ignore"):
        choice, size, event, path = _history(game, theta, count, steps, streams.rng("synthetic history", seed))
    size[~_sized(game)[np.arange(len(game.tracks))[:, None], choice]] = np.nan
    rng = streams.rng("synthetic measurements", seed)
    measured = [_measure(item, cells, path, theta, rng) for item, cells in zip(series, record.measured, strict=True)]
    observed = [np.ones(a.shape[:2], bool) for a in (choice, event)]
    cells = [
        [Measurements(values[n], c.present, c.sd) for values, c in zip(measured, record.measured, strict=True)]
        for n in range(count)
    ]
    return [
        Record(choice[..., n], size[..., n], event[..., n], *observed, measured=tuple(cells[n])) for n in range(count)
    ]


def _history(
    game: Game, parameters: Mapping[str, np.ndarray], count: int, steps: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Moves and their sizes (step, track, draw), events (step, event, draw), stocks (boundary, draw) by id."""
    noisy = [s.id for s in game.stocks if s.noise is not None]
    choice = np.zeros((steps, len(game.tracks), count), np.int32)
    size = np.zeros((steps, len(game.tracks), count))
    event = np.zeros((steps, len(game.events), count), bool)
    state = rules.start(game, parameters, np.zeros(count))
    path = {name: np.empty((steps + 1, count)) for name in state.stocks}
    for k in range(steps + 1):
        for name, x in state.stocks.items():
            path[name][k] = x
        if k == steps:
            break
        clock = rules.clock_at(game, k)
        chosen = []
        for i, row in enumerate(foresight.foreseen(game, parameters, state, k)):
            # after an `ends` event nothing is recorded any more
            drawn = [state.alive & m for m in choose.choose(choose.weights(row, None), rng.random(count))]
            for number, mask in enumerate(drawn, start=1):
                choice[k, i, mask] = number
            chosen.append(drawn)
        env = rules.environment(parameters, state.stocks, clock)
        for i, track in enumerate(game.tracks):
            size[k, i] = rules.magnitude_quantile(track, chosen[i], env, rng.uniform(1e-12, 1.0, count))
        coins = {e.id: rng.random(count) for e in game.events}
        noise = {name: rng.standard_normal(count) for name in noisy}

        def decide(hazards: dict[str, np.ndarray], coins: dict[str, np.ndarray] = coins) -> dict[str, np.ndarray]:
            return {name: coins[name] < hazard for name, hazard in hazards.items()}

        state, seen = rules.step(game, parameters, state, clock, chosen, list(size[k]), decide, noise)
        for i, item in enumerate(game.events):
            event[k, i] = seen.events[item.id]
    return choice, size, event, path


def _sized(game: Game) -> np.ndarray:
    """(track, move index) whether the move has a size, padded to the longest track."""
    width = max((len(t.moves) for t in game.tracks), default=0) + 1
    out = np.zeros((len(game.tracks), width), bool)
    for i, track in enumerate(game.tracks):
        for m, move in enumerate(track.moves, start=1):
            out[i, m] = move.magnitude is not None
    return out


def _measure(
    item: SeriesModel,
    cells: Measurements,
    path: Mapping[str, np.ndarray],
    parameters: Mapping[str, np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    """Measured values of every draw, shape (draw, boundary), 0 where nothing is measured."""
    x = path[item.stock][: len(cells.present)]
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
