"""Posterior replay: the record replayed for every parameter draw, with the log likelihood of each of its cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from detente.engine.game.record import Record, fold, series_of
from detente.engine.likelihood import IMPOSSIBLE
from detente.engine.trajectory import Terms, Trajectory
from detente.inference.density import Model
from detente.inference.draws import Draws
from detente.language.records import EVENT_TRACK, HOLD, Scenario


@dataclass(frozen=True, eq=False)
class PosteriorReplay:
    """A replay of the whole record for the same draws. A cell is a track, an event or a series at one time."""

    draws: Draws
    record: Record
    path: dict[str, np.ndarray]  # stock -> (boundary, draw)
    terms: Terms  # log probabilities, shapes (step, track, draw), (step, event, draw), (boundary, series, draw)
    log_likelihood: np.ndarray  # (draw,) of the whole record

    @property
    def possible(self) -> np.ndarray:
        """(draw,) bool: false where a draw cannot explain the record at all."""
        return self.log_likelihood > IMPOSSIBLE / 2


def replay_posterior(
    model: Model, draws: Draws, record: Record | None = None, found: Trajectory | None = None
) -> PosteriorReplay:
    """Replay a record (the scenario's own when None) for weighted parameter draws, if it is not `found` already.

    Where a particle filter made the fit, the replay still follows the Gaussian filter.
    """
    record = model.record if record is None else record
    found = model.replay(draws.values, record) if found is None else found
    return PosteriorReplay(draws, record, dict(found.path), found.terms, found.log_likelihood)


@dataclass(frozen=True)
class Cell:
    """A row's place in the likelihood. `step` is the boundary of a measurement."""

    kind: Literal["move", "event", "measurement"]
    step: int
    index: int  # of the track, event or series
    date: dt.date
    name: str  # track, "event", or stock
    what: str  # move, event, or the value measured
    source: str


def cells_of(scenario: Scenario) -> list[Cell]:
    """Every row that has a term of its own in the likelihood, by date. Folded and context rows have none."""
    clock = scenario.clock
    tracks, events = list(scenario.tracks), list(scenario.events)
    found = {}
    for (step, track, _), row in fold(scenario)[0].items():
        what = row.move if row.magnitude is None or row.move == HOLD else f"{row.move}, size {row.magnitude:g}"
        found["move", step, track] = Cell("move", step, tracks.index(track), row.date, track, what, row.source)
    for row in scenario.ledger:
        if row.track == EVENT_TRACK:
            step = clock.step_of(row.date)
            index = events.index(row.move)
            found["event", step, index] = Cell("event", step, index, row.date, "event", row.move, row.source)
    for index, (stock, series) in enumerate(series_of(scenario)):
        for o in series.rows:  # a later row of the same boundary replaces an earlier one
            step = clock.boundary_of(o.date)
            cell = Cell("measurement", step, index, o.date, stock, f"{o.value:g}", o.source or series.file)
            if 0 <= step <= clock.now_step:
                found["measurement", step, index] = cell
    kept = (c for c in found.values() if c.kind == "measurement" or 0 <= c.step < clock.now_step)
    return sorted(kept, key=lambda c: (c.date, c.kind, c.index))


def terms_of(cells: Iterable[Cell], replayed: PosteriorReplay) -> np.ndarray:
    """Log probability of each cell, shape (cell, draw)."""
    where = {"move": replayed.terms.choice, "event": replayed.terms.event, "measurement": replayed.terms.measured}
    found = [np.asarray(where[c.kind][c.step, c.index], float) for c in cells]
    return np.stack(found) if found else np.zeros((0, len(replayed.draws)))
