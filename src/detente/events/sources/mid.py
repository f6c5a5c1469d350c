"""Militarized interstate disputes: GML 2.2.1 and Correlates of War 5.0, by directed pair and year, or by dispute.

GML dropped or merged many disputes of the other: do not mix the two. Actors are Correlates of War numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from detente.events.cells import Cells
from detente.events.coding import Coding
from detente.events.extras import pl
from detente.events.parts_of_dates import span
from detente.events.providers import Provider

if TYPE_CHECKING:
    from polars import Expr

MISSING = ("-9",)
LONGEST = 36_525  # days: a hundred years
MONTHS = (*MISSING, "13")  # one dispute of GML 2.2.1 has a month 13: taken as not known, and counted
_BAD_MONTH = "months 13, taken as not known"
LEVELS = {0: (1,), **dict.fromkeys(range(1, 7), (2,)), **dict.fromkeys(range(7, 12), (3,)), 12: (3, 4)} | {
    **dict.fromkeys(range(13, 20), (4,)),
    20: (5,),
    21: (5,),
}  # action: its hostility levels; border violation is 3 or 4 by the coder


def _action(cells: Cells, coding: Coding, action: str, level: str) -> Expr:
    """The code of the highest action, checked against the hostility level beside it."""
    raw, hostility = cells.text(action, whole=True), cells.one_of(level, ("-9", "0", "1", "2", "3", "4", "5"))
    pairs = [f"{a} {h}" for a, levels in LEVELS.items() for h in (*levels, *((0,) if a == 0 else ()))]
    pair = pl.concat_str([raw, hostility], separator=" ")
    unknown = (raw == "-9") | (hostility == "-9")
    cells.remark("actions whose hostility level is not that of the codebook", ~pair.is_in(pairs) & ~unknown)
    return cells.code(action, raw, "mid-action", coding.known("mid-action"))


def _by_pair(onset: str, month: str) -> Callable[[Cells, Coding], Mapping[str, Expr]]:
    """Reads a directed pair and year: what the first did to the second. The onset month dates the first year only."""

    def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
        code = _action(cells, coding, "hiact1", "hostlev1")
        first = cells.one_of(onset, ("0", "1")) == "1"
        start, end, _ = span(cells, "year", month, "", missing=MONTHS)
        year_start, year_end = start.dt.replace(month=1, day=1), end.dt.replace(month=12, day=31)
        dated = first & cells.text(month, missing=MONTHS, whole=True).is_not_null()
        cells.remark(_BAD_MONTH, cells.text(month, whole=True) == "13")
        deaths = cells.number("fatalpre1", low=0, missing=MISSING)
        key = [cells.text(name, required=True, whole=True) for name in ("dispnum", "ccode1", "ccode2", "year")]
        return {
            "id": pl.concat_str(key, separator="-"),
            "date": pl.when(dated).then(start).otherwise(year_start),
            "date_end": year_end,
            "precision": pl.lit("year"),
            "actor": key[1],
            "actor_state": key[1],
            "target": key[2],
            "target_state": key[2],
            "directed": pl.lit(True),
            "code": code,
            "magnitude": deaths,
            "unit": pl.when(deaths.is_not_null()).then(pl.lit("deaths of the actor in the dispute")),
        }

    return read


def _by_dispute(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """The highest action of a dispute, by the side that took the first one where the file says who that is."""
    start, last, precision = span(cells, "styear", "stmon", "", missing=MONTHS)
    cells.remark(_BAD_MONTH, cells.text("stmon", whole=True) == "13")
    length = cells.whole("maxdur", low=1, missing=MISSING)
    cells.check("maxdur", f"days, at most {LONGEST:,}", (length > LONGEST).fill_null(False))
    side_a, side_b = cells.text("side_a"), cells.text("side_b")
    return {
        "id": cells.text("dispnum", required=True, whole=True),
        "date": start,
        "date_end": pl.max_horizontal(last, start + pl.duration(days=length.fill_null(1).clip(1, LONGEST) - 1)),
        "precision": precision,
        "actor": side_a,
        "target": side_b,
        "directed": pl.lit(False),
        "code": _action(cells, coding, "hiact", "hostlev"),
    }


_GML = "Gibler, Miller and Little 2016, International Studies Quarterly 60(4), version 2.2.1"
_COW = "Palmer et al. 2022, Conflict Management and Peace Science 39(4), version 5.0"
_LICENCE = "cite the original data set"
_SHARED: dict[str, Any] = {"licence": _LICENCE, "scheme": "mid-action"}
GML = Provider(
    id="gml",
    title="GML militarized disputes, directed pairs by year",
    cite=_GML,
    core=("dispnum", "ccode1", "ccode2", "year", "midonset", "hiact1", "hostlev1", "stmon"),
    told=("fatalpre1",),
    read=_by_pair("midonset", "stmon"),
    **_SHARED,
)
COW = Provider(
    id="cow",
    title="Correlates of War militarized disputes, directed pairs by year",
    cite=_COW,
    core=("dispnum", "ccode1", "ccode2", "year", "disponset", "hiact1", "hostlev1"),
    told=("fatalpre1",),
    read=_by_pair("disponset", ""),
    **_SHARED,
)
GML_DISPUTES = Provider(
    id="gml-disputes",
    title="GML militarized disputes",
    cite=_GML,
    core=("dispnum", "styear", "stmon", "side_a", "side_b", "hiact", "hostlev"),
    told=("maxdur",),
    read=_by_dispute,
    **_SHARED,
)
COW_DISPUTES = Provider(
    id="cow-disputes",
    title="Correlates of War militarized disputes",
    cite=_COW,
    core=("dispnum", "styear", "stmon", "hiact", "hostlev", "recip"),
    told=("maxdur",),
    read=_by_dispute,
    **_SHARED,
)
