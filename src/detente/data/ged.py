"""UCDP Georeferenced Event Dataset: deaths in organised violence, event by event, with a low and a high estimate.

49 columns; the yearly releases have a header, some candidate releases have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from detente.data.cells import Cells
from detente.data.coding import Coding
from detente.data.extras import pl
from detente.data.providers import Provider

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
_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S")
_WORDS = "a day, as YYYY-MM-DD with or without a time"
PRECISION = {"1": "day", "2": "days", "3": "week", "4": "month", "5": "year"}


def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """Columns of the event table. `side_a` is not always who acts: events of UCDP have no direction."""
    start = cells.date("date_start", *_DATES, words=_WORDS)
    end = cells.date("date_end", *_DATES, words=_WORDS)
    cells.check("date_end", "a day not before date_start", (end < start).fill_null(False))
    best, low, high = (cells.number(name, low=0, required=True) for name in ("best", "low", "high"))
    cells.remark("best estimates outside their own low and high, kept as written", (best < low) | (best > high))
    precision = cells.one_of("date_prec", PRECISION)
    return {
        "id": cells.text("id", required=True),
        "date": start,
        "date_end": end,
        "precision": precision.replace_strict(list(PRECISION), list(PRECISION.values()), default=None),
        "actor": cells.text("side_a", required=True),
        "actor_state": cells.text("gwnoa"),
        "target": cells.text("side_b"),
        "target_state": cells.text("gwnob"),
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
        "place": cells.text("where_coordinates"),
        "place_state": cells.text("country"),
        "latitude": cells.number("latitude", low=-90, high=90),
        "longitude": cells.number("longitude", low=-180, high=180),
        "source": cells.text("source_office"),
        "reports": cells.whole("number_of_sources", low=0, missing=("-1",)),
    }


GED = Provider(
    id="ged",
    title="UCDP Georeferenced Event Dataset",
    licence="CC BY 4.0",
    cite="Sundberg and Melander 2013, Journal of Peace Research 50(4); Davies et al., yearly",
    columns=COLUMNS,
    read=read,
    scheme="ucdp-violence",
    header="maybe",
)
