"""Dates given as year, month and day apart, of which some may be unknown, as columns of first and last possible day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.events.cells import FIRST_YEAR, LAST_YEAR, Cells
from detente.events.extras import pl

if TYPE_CHECKING:
    from polars import Expr

THIRDS = {66: (1, 10), 77: (11, 20), 88: (21, None)}  # day codes of old ICB: first, middle, last third of the month


def span(
    cells: Cells, year: str, month: str, day: str, *, missing: tuple[str, ...] = (), required: bool = True
) -> tuple[Expr, Expr, Expr]:
    """First and last possible day and the precision, from three columns.

    An empty day means the whole month, an empty month the whole year; the day codes 66, 77 and 88 a third of the month.
    """
    y = cells.keep(cells.whole(year, low=1, required=required, missing=missing))
    m = cells.keep(cells.whole(month, low=1, missing=missing))
    d = cells.keep(cells.whole(day, low=1, missing=missing))
    cells.check(year, "a year of four digits", ~y.is_between(FIRST_YEAR, LAST_YEAR).fill_null(True))
    cells.check(month, "a month from 1 to 12", (m > 12).fill_null(False))
    third = cells.keep(d.is_in(list(THIRDS)).fill_null(False))
    first_day = pl.when(third).then(d.replace_strict({k: v[0] for k, v in THIRDS.items()}, default=None)).otherwise(d)
    first = _day(y, m.fill_null(1), first_day.fill_null(1))
    month_end = _day(y, m.fill_null(12), pl.lit(1)).dt.month_end()
    last_day = d.replace_strict({k: v[1] for k, v in THIRDS.items() if v[1]}, default=None)
    exact = m.is_not_null() & d.is_not_null() & ~third
    last = (
        pl.when(exact)
        .then(first)
        .when(third & m.is_not_null() & last_day.is_not_null())
        .then(_day(y, m.fill_null(1), last_day.fill_null(1)))
        .otherwise(month_end)
    )
    first = cells.keep(pl.when(m.is_null()).then(_day(y, pl.lit(1), pl.lit(1))).otherwise(first))
    if cells.has(day):
        bad = first.is_null() & y.is_between(FIRST_YEAR, LAST_YEAR) & m.fill_null(1).is_between(1, 12)
        words = "a day of that month, or 66, 77 or 88 for a third of it"
        cells.check(day, words, bad.fill_null(False) | ((d > 31) & ~third).fill_null(False))
    precision = (
        pl.when(exact)
        .then(pl.lit("day"))
        .when(m.is_null())
        .then(pl.lit("year"))
        .when(third)
        .then(pl.lit("days"))
        .otherwise(pl.lit("month"))
    )
    return first, cells.keep(last), precision


def _day(year: Expr, month: Expr, day: Expr) -> Expr:
    parts = [part.cast(pl.String).str.zfill(width) for part, width in ((year, 4), (month, 2), (day, 2))]
    return pl.concat_str(parts, separator="-").str.to_date("%Y-%m-%d", strict=False)
