"""The ledger and the observations as arrays: what `replay` reads."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import NamedTuple

import numpy as np

from detente.engine.game.compile import function_of
from detente.engine.game.game import Game
from detente.engine.graph.arrays import Values
from detente.language.records import CONTEXT_TRACK, EVENT_TRACK, HOLD, Row, Scenario, Series


class Measurements(NamedTuple):
    """One series on the boundaries of the record: arrays of shape (boundary,)."""

    value: Values
    present: Values
    sd: Values  # row's own error, NaN where the model's applies


class Record(NamedTuple):
    """What happened, step by step. Times run over the record's steps, 0 .. now.

    Data for the compiled programs: its shapes depend on the scenario alone, so that a record cut short, one with a
    cell left out and one that was simulated all run through the same program.
    """

    choice: Values  # (step, track) int: 0 = hold
    magnitude: Values  # (step, track): NaN where the ledger gives none
    event: Values  # (step, event) bool
    observed_choice: (
        Values  # (step, track) bool: whether the choice and its size count as evidence; its effects always do
    )
    observed_event: Values  # (step, event) bool: whether the event, or its silence, counts
    measured: tuple[Measurements, ...]  # one per entry of `series_of(scenario)`
    covariates: Values = None  # of a panel: (name, case); then every array above has a last axis, the cases


def series_of(scenario: Scenario) -> list[tuple[str, Series]]:
    """Every (stock id, series) in file order."""
    return [(stock.id, series) for stock in scenario.stocks.values() for series in stock.series]


def fold(scenario: Scenario) -> tuple[dict[tuple[int, str, str], Row], list[Row]]:
    """The row that counts for each (step, track, case), and the rows folded under a higher rung of the same step."""
    kept: dict[tuple[int, str, str], Row] = {}
    folded: list[Row] = []
    for row in scenario.ledger:
        if row.track in (EVENT_TRACK, CONTEXT_TRACK):
            continue
        key = (scenario.clock.step_of(row.date), row.track, row.case)
        if key not in kept:
            kept[key] = row
        elif _rung(scenario, row) > _rung(scenario, kept[key]):
            folded.append(kept[key])
            kept[key] = row
        else:
            folded.append(row)
    return kept, folded


def _rung(scenario: Scenario, row: Row) -> float:
    return 0.0 if row.move == HOLD else scenario.tracks[row.track].moves[row.move].rung


def up_to(scenario: Scenario, date: dt.date) -> Scenario:
    """The scenario as it could have been written on `date`: no ledger row and no measurement of a later day."""
    stocks = {
        name: dataclasses.replace(
            stock,
            series=tuple(dataclasses.replace(s, rows=tuple(r for r in s.rows if r.date <= date)) for s in stock.series),
        )
        for name, stock in scenario.stocks.items()
    }
    ledger = tuple(row for row in scenario.ledger if row.date <= date)
    return dataclasses.replace(scenario, stocks=stocks, ledger=ledger)


def record_of(scenario: Scenario, game: Game, *, until: int | None = None) -> Record:
    """Lay the ledger out on the clock. Rows of one track in one step: the higher rung counts.

    Args:
        until: the step from which on nothing is observed: neither moves, events and their silence, nor measurements.
            The arrays keep their size. None: the whole record.
    """
    clock = scenario.clock
    steps = clock.now_step
    known = steps if until is None else until
    tracks = {t.id: i for i, t in enumerate(game.tracks)}
    moves = {t.id: {HOLD: 0, **{m.id: i + 1 for i, m in enumerate(t.moves)}} for t in game.tracks}
    choice = np.zeros((steps, len(tracks)), np.int32)
    magnitude = np.full((steps, len(tracks)), np.nan)
    for (step, track, _), row in fold(scenario)[0].items():
        choice[step, tracks[track]] = moves[track][row.move]
        if row.magnitude is not None:
            magnitude[step, tracks[track]] = row.magnitude
    events = {e.id: i for i, e in enumerate(game.events)}
    event = np.zeros((steps, len(events)), bool)
    for row in scenario.ledger:
        if row.track == EVENT_TRACK:
            event[clock.step_of(row.date), events[row.move]] = True
    choice[known:], magnitude[known:], event[known:] = 0, np.nan, False
    observed = np.arange(steps)[:, None] < known
    return Record(
        choice,
        magnitude,
        event,
        np.repeat(observed, len(tracks), 1),
        np.repeat(observed, len(events), 1),
        tuple(_measured(scenario, s, known) for _, s in series_of(scenario)),
    )


def _measured(scenario: Scenario, series: Series, known: int) -> Measurements:
    size = scenario.clock.now_step + 1
    value, present, sd = np.zeros(size), np.zeros(size, bool), np.full(size, np.nan)
    for row in series.rows:  # later rows of the same boundary replace earlier ones
        boundary = scenario.clock.boundary_of(row.date)
        if 0 <= boundary <= known:
            value[boundary], present[boundary] = row.value, True
            sd[boundary] = np.nan if row.sd is None else row.sd
    return Measurements(value, present, sd)


def scale_functions(scenario: Scenario) -> list:
    """Per series the function of the parameters that gives the scale of its error model, or None."""
    return [None if s.scale is None else function_of(s.scale.tree) for _, s in series_of(scenario)]
