"""Panels: many short records of one game. Cases are a batch axis beside the parameters' own.

A panel's record is a `Record` whose arrays have a last axis more, the cases, and `covariates`, (name, case): what
expressions read as `case.COLUMN`. Cases are neighbours in memory, so that every operation runs over many of them.
The log likelihood is the sum over cases, which are independent given the parameters.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from detente.engine.compile import Game, Values
from detente.engine.latent import Latent
from detente.engine.observe import IMPOSSIBLE, SeriesModel
from detente.engine.record import Record, record_of
from detente.engine.replay import Replay, replay
from detente.engine.rules import Parameters
from detente.engine.synthetic import synthetic_records
from detente.scenario.records import Scenario

CASE_STEPS = 256  # cases at once times steps of each: bounds what a gradient keeps per parameter value


def panel_record(scenario: Scenario, game: Game) -> Record:
    """The records of all cases, stacked along a last axis, in the order of `scenario.cases`."""
    assert scenario.cases is not None
    rows = defaultdict(list)
    for row in scenario.ledger:
        rows[row.case].append(row)
    records = [record_of(_one(scenario, case, tuple(rows[case])), game) for case in scenario.cases.ids]
    stacked: Record = jax.tree.map(lambda *arrays: np.stack(arrays, -1), *records)
    columns = list(scenario.cases.columns.values())
    return stacked._replace(covariates=np.array(columns, float).reshape(len(columns), len(records)))


def _one(scenario: Scenario, case: str, rows: tuple) -> Scenario:
    """The scenario of one case alone."""
    stocks = scenario.stocks
    if any(stock.series for stock in stocks.values()):
        stocks = {
            id: dataclasses.replace(
                stock,
                series=tuple(
                    dataclasses.replace(s, rows=tuple(r for r in s.rows if r.case == case)) for s in stock.series
                ),
            )
            for id, stock in stocks.items()
        }
    return dataclasses.replace(scenario, stocks=stocks, ledger=rows, cases=None)


def start(game: Game, record: Record, series: Sequence[SeriesModel], latent: Latent, parameters: Parameters, like):
    """The state of every case at the start of the clock, arrays of shape (case, ...batch)."""
    return _replay(game, record, series, latent, parameters, like, until=0).state


def one_case(game: Game) -> Game:
    """The game of a single case: what is known of it is a parameter like any other."""
    return dataclasses.replace(game, parameters=(*game.parameters, *(game.case or ())), case=None)


def case_record(record: Record, case: int) -> Record:
    """The record of one case, as that of a scenario with nothing else."""
    return jax.tree.map(lambda a: np.asarray(a)[..., case], record._replace(covariates=None))


def synthetic_panels(
    game: Game, record: Record, series: Sequence[SeriesModel], parameters: dict[str, Values], seed: int
) -> list[Record]:
    """Draw one panel for each parameter draw, of the same cases as the record. Arguments as `synthetic_records`.

    Cases are drawn side by side with the measurement days of the first: see `same_days`.
    """
    cases, draws = cases_of(record), len(next(iter(parameters.values())))
    theta = {name: np.repeat(np.asarray(v), cases) for name, v in parameters.items()}
    theta |= {name: np.tile(record.covariates[i], draws) for i, name in enumerate(game.case or ())}
    drawn = synthetic_records(one_case(game), case_record(record, 0), series, theta, seed)
    panels = (drawn[n * cases : (n + 1) * cases] for n in range(draws))
    return [
        jax.tree.map(lambda *arrays: np.stack(arrays, -1), *panel)._replace(covariates=record.covariates)
        for panel in panels
    ]


def same_days(record: Record) -> bool:
    """Whether all cases are measured on the same days with the same stated errors, if at all."""
    return all(
        np.array_equal(a, np.broadcast_to(a[..., :1], a.shape), equal_nan=a.dtype.kind == "f")
        for cells in record.measured
        for a in (np.asarray(cells.present), np.asarray(cells.sd))
    )


def cases_of(record: Record) -> int:
    """How many cases a panel's record holds."""
    return record.covariates.shape[-1]


def log_likelihoods(
    game: Game,
    record: Record,
    series: Sequence[SeriesModel],
    latent: Latent,
    parameters: Parameters,
    like: Array,
) -> Array:
    """Log likelihood of every case, shape (case, ...batch), at worst `IMPOSSIBLE`.

    Args:
        parameters: values by id, each of the batch's shape.
        like: an array that has the batch's shape and dtype.
    """

    def some(part: Record) -> Array:
        found = _replay(game, part, series, latent, parameters, like).log_likelihood
        return jnp.where(jnp.isnan(found), IMPOSSIBLE, jnp.maximum(found, IMPOSSIBLE))

    count = cases_of(record)
    chunks = math.ceil(count * max(1, len(record.choice)) / CASE_STEPS)
    if chunks == 1:
        return some(jax.tree.map(jnp.asarray, record))
    # the last chunk is filled up with copies of the first cases, so that one program serves all
    size = math.ceil(count / chunks)
    filled = np.resize(np.arange(count), chunks * size).reshape(chunks, size)
    parts = jax.tree.map(lambda a: jnp.moveaxis(jnp.asarray(a)[..., filled], -2, 0), record)
    found = lax.map(jax.checkpoint(some), parts)
    return found.reshape(chunks * size, *found.shape[2:])[:count]


def _replay(
    game: Game, record: Record, series, latent: Latent, parameters: Parameters, like: Array, until: int | None = None
) -> Replay:
    """Replay cases side by side: they are the first axis of the batch, and the parameters' own follow."""
    wide = jax.tree.map(lambda a: jnp.asarray(a).reshape(*a.shape, *[1] * like.ndim), record)
    batch = jnp.zeros((cases_of(record), *like.shape), like.dtype)
    known = {name: wide.covariates[i].astype(like.dtype) for i, name in enumerate(game.case or ())}
    alone = wide._replace(covariates=None)
    return replay(game, alone, series, latent, {**parameters, **known}, batch, until=until, recompute=False)
