"""Fits without one row of the record, for rows whose draws cannot tell by re-weighting what leaving them out does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detente.analysis.claims.credence import Credence, credence
from detente.analysis.claims.verdict import judged_tree
from detente.engine.game.record import Record
from detente.futures.play import play_out
from detente.futures.questions import Questions
from detente.inference.density import Model
from detente.inference.fit import fit_model
from detente.inference.posterior_replay import Cell
from detente.language.records import Scenario
from detente.progress import StageProgress
from detente.settings import SMC, SMCSettings

MOST = 5  # refits in one run


def without(record: Record, cell: Cell) -> Record:
    """The record with one cell left out. A move's or an event's effects stay; a measurement is left out altogether, so
    that it no longer moves the stock either."""
    if cell.kind == "measurement":
        measured = list(record.measured)
        present = np.array(measured[cell.index].present)
        present[cell.step] = False
        measured[cell.index] = measured[cell.index]._replace(present=present)
        return record._replace(measured=tuple(measured))
    field = "observed_choice" if cell.kind == "move" else "observed_event"
    observed = np.array(getattr(record, field))
    observed[cell.step, cell.index] = False
    return record._replace(**{field: observed})


def refit(
    scenario: Scenario,
    model: Model,
    questions: Questions,
    cells: Sequence[Cell],
    *,
    draws: int,
    futures: int,
    seed: int,
    settings: SMCSettings = SMC,
    progress: StageProgress | None = None,
) -> dict[Cell, dict[str, Credence]]:
    """Credences of all testable claims from fits without each cell.

    Args:
        draws, futures: as in the main run; the random numbers are the same.
    """
    out = {}
    for number, cell in enumerate(cells):
        if progress:
            progress(f"without {cell.date} {cell.what}", number / len(cells))
        made = fit_model(scenario, model, seed=seed, settings=settings, record=without(model.record, cell))
        played = play_out(scenario, model, questions, made.posterior(draws), futures=futures, seed=seed)
        out[cell] = {c.id: credence(judged_tree(c), played) for c in scenario.claims if c.test is not None}
    return out
