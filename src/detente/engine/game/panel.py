"""Panels: many short records of one game. Cases are a batch axis beside the parameters' own.

A panel's record is a `Record` whose arrays have a last axis more, the cases, and `covariates`, (name, case): what
expressions read as `case.COLUMN`. The log likelihood is the sum over cases, which are independent given the parameters.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from detente.engine.game.game import Game
from detente.engine.game.record import Measurements, Record, record_of
from detente.engine.noise.observe import SeriesModel
from detente.engine.synthetic import synthetic_records
from detente.language.records import Scenario


def panel_record(scenario: Scenario, game: Game) -> Record:
    """The records of all cases, stacked along a last axis, in the order of `scenario.cases`."""
    assert scenario.cases is not None
    rows = defaultdict(list)
    for row in scenario.ledger:
        rows[row.case].append(row)
    records = [record_of(_one(scenario, case, tuple(rows[case])), game) for case in scenario.cases.ids]
    columns = list(scenario.cases.columns.values())
    return _stacked(records)._replace(covariates=np.array(columns, float).reshape(len(columns), len(records)))


def _stacked(records: Sequence[Record]) -> Record:
    """Records of single cases side by side."""
    return _map(lambda *arrays: np.stack(arrays, -1), *records)


def _map(function: Callable[..., np.ndarray], *records: Record) -> Record:
    """A record made array by array of the same arrays of others."""
    cells = [
        Measurements(*(function(*same) for same in zip(*series, strict=True)))
        for series in zip(*(r.measured for r in records), strict=True)
    ]
    return Record(*(function(*same) for same in zip(*(r[:5] for r in records), strict=True)), measured=tuple(cells))


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


def one_case(game: Game) -> Game:
    """The game of a single case: what is known of it is a parameter like any other."""
    return dataclasses.replace(game, parameters=(*game.parameters, *(game.case or ())), case=None)


def case_record(record: Record, case: int) -> Record:
    """The record of one case, as that of a scenario with nothing else."""
    return _map(lambda a: np.asarray(a)[..., case], record)


def synthetic_panels(
    game: Game, record: Record, series: Sequence[SeriesModel], parameters: Mapping[str, np.ndarray], seed: int
) -> list[Record]:
    """Draw one panel for each parameter draw, of the same cases as the record. Arguments as `synthetic_records`.

    Cases are drawn side by side with the measurement days of the first: see `same_days`.
    """
    cases, draws = cases_of(record), len(next(iter(parameters.values())))
    theta = {name: np.repeat(np.asarray(v), cases) for name, v in parameters.items()}
    theta |= {name: np.tile(record.covariates[i], draws) for i, name in enumerate(game.case or ())}
    drawn = synthetic_records(one_case(game), case_record(record, 0), series, theta, seed)
    panels = (drawn[n * cases : (n + 1) * cases] for n in range(draws))
    return [_stacked(panel)._replace(covariates=record.covariates) for panel in panels]


def same_days(record: Record) -> bool:
    """Whether all cases are measured on the same days with the same stated errors, if at all."""
    return all(
        np.array_equal(a, np.broadcast_to(a[..., :1], a.shape), equal_nan=a.dtype.kind == "f")
        for cells in record.measured
        for a in (np.asarray(cells.present), np.asarray(cells.sd))
    )


def cases_of(record: Record) -> int:
    """How many cases a panel's record holds."""
    return np.shape(record.covariates)[-1]
