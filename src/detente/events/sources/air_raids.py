"""Air-raid alerts in Ukraine, from the volunteers' log: who was warned, from when to when. No acts: no rung.

`naive` says that the end was not recorded and is set to half an hour after the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from detente.events.cells import Cells
from detente.events.coding import Coding
from detente.events.extras import pl
from detente.events.providers import Provider

if TYPE_CHECKING:
    from polars import Expr

_FORMS = ("%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%z")


def _time(cells: Cells, name: str) -> Expr:
    raw = cells.text(name)
    forms = [
        cells.in_form(raw, form).str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False) for form in _FORMS
    ]
    time = pl.coalesce(forms)
    cells.check(name, "a time with its offset, as 2022-02-25 16:36:22+00:00", time.is_null())
    return time


def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """Columns of the event table. The size is the length in minutes; where the end is not known, only a low of 0."""
    start, end = _time(cells, "started_at"), _time(cells, "finished_at")
    naive = cells.one_of("naive", ("True", "False"))
    cells.check("finished_at", "an end not before the start", (end < start).fill_null(False))
    minutes = (end - start).dt.total_seconds() / 60
    region = cells.text("region", required=True)
    return {
        "id": pl.concat_str([region, start.dt.strftime("%Y-%m-%dT%H:%M:%SZ")], separator=" "),
        "date": start.dt.date(),
        "date_end": end.dt.date(),
        "precision": pl.lit("day"),
        "target_state": pl.lit("Ukraine"),
        "directed": pl.lit(True),
        "code": pl.lit("alert"),
        "magnitude": minutes,
        "low": pl.when(naive == "True").then(0.0).otherwise(minutes),
        "high": pl.when(naive == "False").then(minutes),
        "unit": pl.lit("minutes"),
        "place": region,
        "place_state": pl.lit("Ukraine"),
    }


AIR_RAIDS = Provider(
    id="air-raids",
    title="Ukrainian air-raid sirens, volunteers' log",
    licence="MIT",
    cite="Vadimkin, ukrainian-air-raid-sirens-dataset",
    core=("region", "started_at", "finished_at", "naive"),
    read=read,
    scheme="air-raid",
)
