"""Progress on stderr: a bar on a terminal, one line per stage elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

LABELS = {
    "load": "start the engine",
    "compile": "compile the model",
    "fit": "fit to the record",
    "chains": "fit again with NUTS",
    "futures": "play out futures",
    "calibrate": "fit records of known truth",
    "score": "score by what came",
    "bargain": "look for agreements",
    "crux": "look for cruxes",
    "curves": "fit response curves",
    "refit": "fit again without a row",
    "report": "write the report",
}


class Report(Protocol):
    """Called with the stage, a detail of it, and the share of it that is done."""

    def __call__(self, stage: str, detail: str = "", share: float = 0.0) -> None: ...


@contextmanager
def progress(quiet: bool) -> Iterator[Report]:
    """Yield a function that shows how far a command has come."""
    if quiet:
        yield lambda stage, detail="", share=0.0: None
    elif sys.stderr.isatty():
        with _bar() as report:
            yield report
    else:
        yield _lines()


def _lines() -> Report:
    began, told = time.perf_counter(), set[str]()

    def report(stage: str, detail: str = "", share: float = 0.0) -> None:
        if stage not in told:  # two may be at work at once
            told.add(stage)
            print(f"{time.perf_counter() - began:6.1f} s  {LABELS.get(stage, stage)}", file=sys.stderr, flush=True)

    return report


@contextmanager
def _bar() -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}", style="dim", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, int] = {}

        def report(stage: str, detail: str = "", share: float = 0.0) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bars.update(task, completed=1.0, total=1.0, detail="")  # type: ignore[arg-type]
                    bars.stop_task(task)  # type: ignore[arg-type]
                # a stage that never says how far it is gets a bar that only moves
                tasks[stage] = bars.add_task(LABELS.get(stage, stage), total=None, detail=detail)
            total = 1.0 if share > 0 or detail else None
            bars.update(tasks[stage], total=total, completed=share, detail=detail)  # type: ignore[arg-type]

        yield report
