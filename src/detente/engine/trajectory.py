"""A record replayed for many parameter vectors: the state at every boundary, and what each cell of the record said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.engine.backends import choice as backend
from detente.engine.foresight import policy as foresight
from detente.engine.foresight.plan import looking
from detente.engine.game.record import Record
from detente.engine.game.rules import State
from detente.engine.likelihood import IMPOSSIBLE
from detente.engine.noise.kalman import pair
from detente.engine.replay import Script, Tables


@dataclass(frozen=True)
class Terms:
    """The log likelihood of a record, cell by cell; 0 where a cell does not count."""

    choice: np.ndarray  # (step, track, ...batch)
    event: np.ndarray  # (step, event, ...batch)
    measured: np.ndarray  # (boundary, series, ...batch)
    variance: np.ndarray  # (boundary, series, ...batch): of each measurement as predicted, on its error model's scale

    def by_step(self) -> np.ndarray:
        """The log likelihood of each step and of the measurements at its end, shape (step, ...batch). Measurements at
        the start of the clock count with the first step."""
        after = self.measured[1:].sum(1)
        after[:1] += self.measured[:1].sum(1)
        return self.choice.sum(1) + self.event.sum(1) + after


@dataclass(frozen=True)
class Trajectory:
    """What was replayed. Batches are (draw,), or (case, draw) of a panel; boundaries lie around the steps."""

    log_likelihood: np.ndarray  # (...batch)
    path: Mapping[str, np.ndarray]  # stock -> (boundary, ...batch)
    alive: np.ndarray  # (boundary, ...batch) bool: whether no `ends` event has happened
    happened: Mapping[str, np.ndarray]  # event -> (boundary, ...batch) bool
    covariance: np.ndarray  # of the latent stocks, (boundary, latent, latent, ...batch)
    terms: Terms

    def state(self, boundary: int) -> State:
        """The state at a boundary."""
        return State(
            {name: x[boundary] for name, x in self.path.items()},
            self.alive[boundary],
            {name: h[boundary] for name, h in self.happened.items()},
        )


def replayed(script: Script, record: Record, parameters: np.ndarray, until: int | None = None) -> Trajectory:
    """Replay a record.

    Args:
        parameters: (parameter, draw).
        until: number of steps to replay; the whole record when None.
    """
    part = script.trail
    tables = part.fill(record)
    tables = tables if until is None else tables.until(until)
    policy = _policy(script, record, parameters, tables) if script.foresees else None
    path, first, terms = backend.trail(part, tables, np.asarray(parameters, float), policy)
    panel = record.covariates is not None
    if not panel:
        path, first, terms = path[:, :, 0], first[:, 0], terms[:, :, 0]
    batch, game, series = path.shape[2:], script.game, len(script.series)
    bounds = np.cumsum([len(game.tracks), len(game.events), series])
    choice, event, measured, variance = np.split(terms, bounds, axis=1)
    both = [
        np.concatenate([begin[None], later])
        for begin, later in zip(np.split(first, 2), (measured, variance), strict=True)
    ]
    found = Terms(choice, event, *both)
    at = {name: i for i, name in enumerate(part.names)}
    latent = script.latent.latent_states
    covariance = np.zeros((len(path), len(latent), len(latent), *batch))
    for i, a in enumerate(latent):
        for j, b in enumerate(latent):
            if ("covariance", pair(a, b)) in at:
                covariance[:, i, j] = path[:, at["covariance", pair(a, b)]]
    total = choice.sum((0, 1)) + event.sum((0, 1)) + found.measured.sum((0, 1))
    alive, happened = _known(script, record, len(path), batch)
    return Trajectory(
        bounded(total), {s.id: path[:, at["stock", s.id]] for s in game.stocks}, alive, happened, covariance, found
    )


def bounded(log_likelihood: np.ndarray) -> np.ndarray:
    """No NaN, and nothing below `IMPOSSIBLE`."""
    return np.where(np.isnan(log_likelihood), IMPOSSIBLE, np.maximum(log_likelihood, IMPOSSIBLE))


def _known(
    script: Script, record: Record, boundaries: int, batch: tuple[int, ...]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Which events have happened by each boundary, and whether the war goes on: what the record alone says."""
    events = script.game.events
    happened = np.zeros((boundaries, len(events), *batch), bool)
    so_far = np.maximum.accumulate(np.asarray(record.event)[: boundaries - 1], axis=0)
    happened[1:] = so_far.reshape(*so_far.shape, *[1] * (len(batch) + 2 - so_far.ndim))
    ended = happened[:, [e.ends for e in events]].any(1)
    return np.logical_not(ended), {e.id: happened[:, i] for i, e in enumerate(events)}


def _policy(script: Script, record: Record, parameters: np.ndarray, tables: Tables):
    """What those who look ahead want in each step, from the carried values."""
    game = script.game
    shape = (tables.shape[0], parameters.shape[1])
    alive, happened = _known(script, record, tables.shape[1] + 1, shape if record.covariates is not None else shape[1:])

    def flat(values: Any) -> np.ndarray:
        return np.broadcast_to(values, shape).reshape(-1)

    theta = {name: flat(parameters[i]) for i, name in enumerate(game.parameters)}
    theta |= {name: flat(np.asarray(record.covariates)[i][:, None]) for i, name in enumerate(game.case or ())}

    def policy(step: int, carried: dict[Any, np.ndarray]) -> dict[Any, np.ndarray]:
        stocks = {s.id: flat(carried["carried", ("stock", s.id)]) for s in game.stocks}
        state = State(stocks, flat(alive[step]), {e: flat(h[step]) for e, h in happened.items()})
        table = foresight.foreseen(game, theta, state, step)
        rows = looking(game, table)
        return {
            ("appeal", i, m): np.broadcast_to(option.appeal, len(state.alive)).reshape(shape)
            for i, row in enumerate(rows)
            if row is not None
            for m, option in enumerate(row)
        }

    return policy
