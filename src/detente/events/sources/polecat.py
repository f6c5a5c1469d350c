"""POLECAT (NGEC): events coded by machine in PLOVER. Tab-separated; columns are spelt differently between releases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from detente.events.cells import Cells
from detente.events.coding import Coding
from detente.events.delimited import Form
from detente.events.extras import pl
from detente.events.providers import Provider

if TYPE_CHECKING:
    from polars import Expr

MISSING = ("None", "NA", "nan")
NAMES = {
    "event_intensity": "intensity",
    "eventid": "event_id",
    "eventdate": "event_date",
    "eventtype": "event_type",
    "eventmode": "event_mode",
    "actor_country_code": "actor_country",
    "recipient_country_code": "recipient_country",
}


def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """Columns of the event table. A mode that the coding table lacks is coded by its type, and counted."""
    known = coding.known("plover")
    day = cells.date("event_date", "%Y-%m-%d", words="a day, as YYYY-MM-DD", timed=True)
    kind = cells.text("event_type", missing=MISSING).str.to_uppercase()
    mode = cells.text("event_mode", missing=MISSING).str.to_lowercase()
    both = pl.concat_str([kind, mode], separator=":")
    exact = both.is_in(list(known)).fill_null(False)
    cells.remark("modes that the coding table lacks, coded by their type", mode.is_not_null() & ~exact)
    intensity = cells.number("intensity", low=-10, high=10, missing=MISSING)
    return {
        "id": cells.text("event_id", required=True),
        "date": day,
        "date_end": day,
        "precision": pl.lit("day"),
        "actor": pl.coalesce(cells.text("actor_name", missing=MISSING), cells.text("actor_cow", missing=MISSING)),
        "actor_state": cells.text("actor_country", missing=MISSING),
        "target": pl.coalesce(
            cells.text("recipient_name", missing=MISSING), cells.text("recipient_cow", missing=MISSING)
        ),
        "target_state": cells.text("recipient_country", missing=MISSING),
        "directed": pl.lit(True),
        "code": cells.code("event_type", pl.when(exact).then(both).otherwise(kind), "plover", known),
        "magnitude": intensity,
        "unit": pl.when(intensity.is_not_null()).then(pl.lit("PLOVER intensity")),
        "place": cells.text("placename", missing=MISSING),
        "place_state": cells.text("country", missing=MISSING),
        "latitude": cells.number("latitude", low=-90, high=90, missing=MISSING),
        "longitude": cells.number("longitude", low=-180, high=180, missing=MISSING),
        "source": cells.text("source", missing=MISSING),
    }


POLECAT = Provider(
    id="polecat",
    title="POLECAT (POLitical Event Classification, Attributes, and Types)",
    licence="Harvard Dataverse terms; see the data set's page",
    cite="Halterman et al. 2023, POLECAT, doi:10.7910/DVN/AJGVIT",
    core=("event_id", "event_date", "event_type"),
    told=("event_mode", "intensity", "actor_country", "recipient_country"),
    read=read,
    scheme="plover",
    form=Form(separator="\t"),
    names=NAMES,
)
