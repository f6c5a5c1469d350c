"""UCDP Georeferenced Event Dataset: deaths in organised violence, event by event, with a low and a high estimate.

49 columns; the yearly releases have a header, some candidate releases have none. Releases overlap: a later one revises
events of an earlier one under the same id, and its name says how new it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from detente.events.cells import Cells
from detente.events.coding import Coding
from detente.events.extras import pl
from detente.events.providers import Provider

if TYPE_CHECKING:
    from polars import Expr

COLUMNS = tuple(
    "id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id "
    "conflict_name dyad_dset_id dyad_new_id dyad_name side_a_dset_id side_a_new_id side_a side_b_dset_id "
    "side_b_new_id side_b number_of_sources source_article source_office source_date source_headline "
    "source_original where_prec where_coordinates where_description adm_1 adm_2 latitude longitude "
    "geom_wkt priogrid_gid country country_id region event_clarity date_prec date_start date_end deaths_a "
    "deaths_b deaths_civilians deaths_unknown best high low gwnoa gwnob".split()
)
_WORDS = "a day, as YYYY-MM-DD with or without a time"
_VAGUE = ("6", "7")  # `where_prec` of a country, and of the sea or the air outside any: a point that stands for it
_CONSOLIDATED = re.compile(r"v\d\d[_.-]\d\d[_.-](\d\d)[_.-](\d\d)(?!\d)", re.IGNORECASE)  # v26_01_26_06: to June
_MONTHLY = re.compile(r"v(\d\d)[_.-]0[_.-](\d\d?)(?!\d)", re.IGNORECASE)  # v26_0_8: of August
_YEARLY = re.compile(r"(?:v|ged)(\d\d)[_.-]?1(?!\d)", re.IGNORECASE)  # v26_1, ged261: published in June
PRECISION = {"1": "day", "2": "days", "3": "week", "4": "month", "5": "year"}


def release(name: str) -> tuple[int, ...]:
    """How new a release is, by the name of its file: year and month of publication, and how far it has been checked."""
    if found := _CONSOLIDATED.search(name):
        return int(found[1]), int(found[2]) + 1, 1
    if found := _MONTHLY.search(name):
        return int(found[1]), int(found[2]) + 1, 0
    found = _YEARLY.search(name)
    return (int(found[1]), 6, 2) if found else ()


def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """Columns of the event table. `side_a` is not always who acts: events of UCDP have no direction."""
    start = cells.date("date_start", "%Y-%m-%d", words=_WORDS, timed=True)
    end = cells.date("date_end", "%Y-%m-%d", words=_WORDS, timed=True)
    cells.check("date_end", "a day not before date_start", (end < start).fill_null(False))
    best, low, high = (cells.number(name, low=0, required=True) for name in ("best", "low", "high"))
    cells.remark("best estimates outside their own low and high, kept as written", (best < low) | (best > high))
    precision = cells.one_of("date_prec", PRECISION)
    vague = cells.text("where_prec", whole=True).is_in(_VAGUE).fill_null(False)
    cells.remark("events placed no closer than a country: no place", vague)
    status = cells.text("code_status")
    cells.remark("events whose code_status is not Clear", status.is_not_null() & (status.str.to_lowercase() != "clear"))

    id = cells.text("id", required=True, whole=True)
    cells.check("id", "an id of digits", ~id.str.contains(r"^[0-9]+$"))  # Excel writes 530000 as 5.3E+05

    def placed(value: Expr) -> Expr:
        return pl.when(~vague).then(value)

    return {
        "id": id,
        "date": start,
        "date_end": end,
        "precision": precision.replace_strict(list(PRECISION), list(PRECISION.values()), default=None),
        "actor": cells.text("side_a", required=True),
        "actor_state": cells.text("gwnoa", whole=True),
        "target": cells.text("side_b"),
        "target_state": cells.text("gwnob", whole=True),
        "directed": pl.lit(False),
        "code": cells.code(
            "type_of_violence",
            cells.text("type_of_violence", whole=True),
            "ucdp-violence",
            coding.known("ucdp-violence"),
        ),
        "magnitude": best,
        "low": low,
        "high": high,
        "unit": pl.lit("deaths"),
        "place": placed(cells.text("where_coordinates")),
        "place_state": cells.text("country"),
        "latitude": placed(cells.number("latitude", low=-90, high=90)),
        "longitude": placed(cells.number("longitude", low=-180, high=180)),
        "source": cells.text("source_office"),
        "reports": cells.whole("number_of_sources", low=0, missing=("-1",)),
    }


GED = Provider(
    id="ged",
    title="UCDP Georeferenced Event Dataset",
    licence="CC BY 4.0",
    cite="Sundberg and Melander 2013, Journal of Peace Research 50(4); Davies et al., yearly",
    core=tuple("id type_of_violence side_a side_b date_prec date_start date_end best high low".split()),
    columns=COLUMNS,
    read=read,
    scheme="ucdp-violence",
    told=tuple("gwnoa gwnob where_prec where_coordinates country latitude longitude source_office".split()),
    release=release,
)
