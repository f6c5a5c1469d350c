"""Panels: many short records of one game. Cases are a batch axis beside the parameters' own.

A panel's record is a `Record` whose arrays have a leading case axis, and `covariates`, (case, name): what expressions
read as `case.COLUMN`. The log likelihood is the sum over cases, which are independent given the parameters.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from detente.engine.compile import Game
from detente.engine.latent import Latent
from detente.engine.observe import IMPOSSIBLE, SeriesModel
from detente.engine.record import Record, record_of
from detente.engine.replay import replay
from detente.engine.rules import Parameters, State
from detente.scenario.records import Scenario

CASE_STEPS = 128  # cases at once times steps of each: bounds what a gradient keeps per parameter value


def panel_record(scenario: Scenario, game: Game) -> Record:
    """The records of all cases, stacked along a leading case axis, in the order of `scenario.cases`."""
    assert scenario.cases is not None
    rows = defaultdict(list)
    for row in scenario.ledger:
        rows[row.case].append(row)
    records = [record_of(_one(scenario, case, tuple(rows[case])), game) for case in scenario.cases.ids]
    stacked: Record = jax.tree.map(lambda *arrays: np.stack(arrays), *records)
    columns = list(scenario.cases.columns.values())
    return stacked._replace(covariates=np.array(columns, float).reshape(len(columns), len(records)).T)


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

    def one(alone: Record) -> State:
        known = covariates(game, alone, like)
        alone = alone._replace(covariates=None)
        return replay(game, alone, series, latent, {**parameters, **known}, like, until=0).state

    return jax.vmap(one)(jax.tree.map(jnp.asarray, record))


def covariates(game: Game, record: Record, like: Array) -> Parameters:
    """What expressions read of one case, by name."""
    return {name: jnp.asarray(record.covariates[i], like.dtype) for i, name in enumerate(game.case or ())}


def one_case(game: Game) -> Game:
    """The game of a single case: what is known of it is a parameter like any other."""
    return dataclasses.replace(game, parameters=(*game.parameters, *(game.case or ())), case=None)


def cases_of(record: Record) -> int:
    """How many cases a panel's record holds."""
    return len(record.covariates)


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
    return _by_chunks(lambda one: _case(game, one, series, latent, parameters, like), record)


def _case(game: Game, record: Record, series, latent: Latent, parameters: Parameters, like: Array) -> Array:
    known = covariates(game, record, like)
    alone = record._replace(covariates=None)
    found = replay(game, alone, series, latent, {**parameters, **known}, like, recompute=False).log_likelihood
    return jnp.where(jnp.isnan(found), IMPOSSIBLE, jnp.maximum(found, IMPOSSIBLE))


def _by_chunks(one: Callable[[Record], Array], record: Record) -> Array:
    """Apply a function to every case: some at once, then the next; what a gradient needs is computed again.

    The last chunk is filled up with copies of the first case, so that one program serves all.
    """
    count, steps = record.choice.shape[:2]
    chunks = math.ceil(count * max(1, steps) / CASE_STEPS)
    size = math.ceil(count / chunks)
    filled = np.resize(np.arange(count), chunks * size)
    cases = jax.tree.map(lambda a: jnp.asarray(a)[filled].reshape(chunks, size, *a.shape[1:]), record)
    if chunks == 1:
        return jax.vmap(one)(jax.tree.map(lambda a: a[0], cases))
    found = lax.map(jax.checkpoint(jax.vmap(one)), cases)
    return found.reshape(chunks * size, *found.shape[2:])[:count]
