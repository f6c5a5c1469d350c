"""What the model expected of every cell of the record, one step ahead: chances of moves and events, scores of sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax, ndtr, ndtri

from detente.engine.foresight import policy as foresight
from detente.engine.game import rules
from detente.engine.game.record import series_of
from detente.engine.likelihood import Recorded, recorded_sizes
from detente.inference.density import Model
from detente.inference.posterior_replay import PosteriorReplay
from detente.language.records import Scenario


@dataclass(frozen=True)
class OneStepPredictive:
    """What the model expected, given the record before each step, for some draws."""

    moves: list[np.ndarray]  # per track log probabilities (move, step, draw), hold first
    hazards: np.ndarray  # (event, step, draw)
    sizes: np.ndarray  # (track, step, draw): the recorded size as a normal score, nan where there is none
    alive: np.ndarray  # (step,) false after an event that ends everything


def predict_one_step(model: Model, replayed: PosteriorReplay, chosen: np.ndarray) -> OneStepPredictive:
    """One step ahead of every state of the replay, for the draws of some indices."""
    game, record = model.game, replayed.record
    ends = np.array([e.ends for e in game.events], bool)
    before = np.cumsum(record.event, 0) - record.event > 0  # (step, event)
    alive = ~(before & ends).any(1)
    path = {name: x[:, chosen] for name, x in replayed.path.items()}
    theta = dict(zip(game.parameters, np.asarray(replayed.draws.values[:, chosen], float), strict=True))
    steps = len(record.choice)
    shape = (steps, len(chosen))
    clock = rules.clock_at(game, np.arange(steps)[:, None])
    state = rules.State(
        {name: x[:steps] for name, x in path.items()},
        np.broadcast_to(alive[:, None], shape),
        {e.id: np.broadcast_to(before[:, i, None], shape) for i, e in enumerate(game.events)},
    )
    told = _told(model, record)
    happened = {e.id: np.broadcast_to(told.happened[i], shape) for i, e in enumerate(game.events)}
    with np.errstate(all="ignore"):
        table = _options(game, theta, state, clock)
        moves = []
        for row in table:
            logits = np.stack([np.broadcast_to(np.asarray(o.logit, float), shape) for o in row])
            moves.append(log_softmax(logits, axis=0))
        sizes = recorded_sizes(game, theta, state, clock, told)
        _, seen = rules.step(game, theta, state, clock, told.chosen, sizes, lambda _: happened, {})
        hazards = [np.broadcast_to(seen.hazards[e.id], shape) for e in game.events]
        env = rules.environment(theta, state.stocks, clock)
        scores = [_score(t, told.chosen[i], env, sizes[i], told.sized[i], shape) for i, t in enumerate(game.tracks)]
    empty = np.zeros((0, *shape))
    return OneStepPredictive(
        moves, np.stack(hazards) if hazards else empty, np.stack(scores) if scores else empty, alive
    )


def _told(model: Model, record) -> Recorded:
    """What the record says of every step, arrays (step, 1)."""
    choice, magnitude, event = (np.asarray(a)[:, :, None] for a in (record.choice, record.magnitude, record.event))
    stated = ~np.isnan(magnitude)
    tracks = model.game.tracks
    every = [True] * max(len(tracks), event.shape[1])
    return Recorded(
        chosen=[[choice[:, i] == m + 1 for m in range(len(t.moves))] for i, t in enumerate(tracks)],
        sized=[stated[:, i] for i in range(len(tracks))],
        size=[np.where(stated[:, i], magnitude[:, i], 1.0) for i in range(len(tracks))],
        happened=[event[:, i] for i in range(event.shape[1])],
        choice_counts=every,
        event_counts=every,
    )


def _options(game, theta, state: rules.State, clock) -> list[list[rules.Option]]:
    """The options of every step, with what is foreseen in them."""
    if game.foresight_plan is None or not game.foresight_plan.exact:
        return rules.options(game, theta, state, clock)
    # step by step: what is foreseen takes another shape as the clock runs out
    rows = [foresight.foreseen(game, theta, state.map(lambda x, k=k: x[k]), k) for k in range(len(state.alive))]
    shape = state.alive.shape[1:]

    def stacked(values):
        return np.stack([np.broadcast_to(v, shape) for v in values])

    return [
        [
            rules.Option(stacked([row[i][m].appeal for row in rows]), stacked([row[i][m].available for row in rows]))
            for m in range(len(track.moves) + 1)
        ]
        for i, track in enumerate(game.tracks)
    ]


def _score(track, chosen, env, size, stated, shape) -> np.ndarray:
    """The normal score of a recorded size under the chosen move, by bisection on its quantile function."""
    if not track.has_magnitude:
        return np.full(shape, np.nan)

    def quantile(u):
        return rules.magnitude_quantile(track, chosen, env, u)

    # eight sd either way: beyond, the distribution function is no longer told from 0 or 1
    low, high = np.full(shape, -8.0), np.full(shape, 8.0)
    for _ in range(32):
        middle = 0.5 * (low + high)
        above = quantile(ndtr(middle)) < size
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    sized = np.any([mask for mask, move in zip(chosen, track.moves, strict=True) if move.magnitude], axis=0)
    told = stated & sized & (quantile(0.75) > quantile(0.25))  # a size that is fixed cannot surprise
    return np.where(told, 0.5 * (low + high), np.nan)


def measured(
    scenario: Scenario, model: Model, replayed: PosteriorReplay, chosen: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    """Per series the size of the normal score of the measurement at the end of each step, shape (step, draw), nan where
    there is none. One at the start of the clock counts with the first step, unless that has its own."""
    parameters = dict(zip(model.parameters, np.asarray(replayed.draws.values[:, chosen], float), strict=True))
    names = [stock for stock, _ in series_of(scenario)]
    for i, (item, data) in enumerate(zip(model.series, replayed.record.measured, strict=True)):
        term = np.asarray(replayed.terms.measured[:, i], float)[:, chosen]
        variance = np.asarray(replayed.terms.variance[:, i], float)[:, chosen]
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
    from scipy.stats import nbinom, poisson  # slow to import

    if item.model == "poisson":
        below, at = poisson.cdf(value - 1, variance), poisson.pmf(value, variance)
    else:
        size = np.asarray(item.scale(parameters), float)
        mean = 0.5 * (np.sqrt(size**2 + 4 * size * variance) - size)  # from variance = mean + mean^2 / size
        below, at = (f(v, size, size / (size + mean)) for f, v in ((nbinom.cdf, value - 1), (nbinom.pmf, value)))
    return ndtri(np.clip(below + 0.5 * at, 1e-12, 1 - 1e-12))
