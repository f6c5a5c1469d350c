"""ACLED: political violence and protest, coded by people.

31 columns, of which users choose some, in any order; `inter1` and `inter2` are numbers (until 2024) or words. Events at
sea have a sea where others have a country. `timestamp` says when a row was last changed. No redistribution: users bring
their own file.
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

COLUMNS = tuple(
    "event_id_cnty event_date year time_precision disorder_type event_type sub_event_type actor1 assoc_actor_1 inter1 "
    "actor2 assoc_actor_2 inter2 interaction civilian_targeting iso region country admin1 admin2 admin3 location "
    "latitude longitude geo_precision source source_scale notes fatalities tags timestamp".split()
)
KINDS = (
    "state forces",
    "rebel group",
    "political militia",
    "identity militia",
    "rioters",
    "protesters",
    "civilians",
    "external/other forces",
)
_PLURAL = ("rebel groups", "political militias", "identity militias", "other forces")
_INTER = (*map(str, range(9)), *KINDS, *_PLURAL)
_STATE = r"^(?:Military|Police|Government|Border|Intelligence|Air|Naval) ?[^(]*? of (?:the )?([^(]+?) \("
_SEA = r"(?i) (?:Sea|Ocean|Gulf|Strait|Channel|Bay)$|^(?:Sea|Gulf|Strait|Bay) of |^International Waters$"


def _state(cells: Cells, actor: Expr, inter: str) -> Expr:
    """The state of a state force, read off its name: "Military Forces of Russia (2000-)"."""
    kind = cells.one_of(inter, _INTER, required=False, any_case=True)
    official = kind.is_in(["1", "8", KINDS[0], KINDS[-1], _PLURAL[-1]]) | kind.is_null()
    return pl.when(official).then(actor.str.extract(_STATE, 1))


def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """Columns of the event table. ACLED does not say which of the two actors acted: no direction."""
    known = coding.known("acled")
    day = cells.date("event_date", "%Y-%m-%d", "%d %B %Y", words="a day, as 2023-01-31 or 16 May 2025")
    precision = cells.one_of("time_precision", ("1", "2", "3")) if cells.has("time_precision") else pl.lit("1")
    if not cells.has("time_precision"):
        cells.remark("events whose day is taken as exact: the file has no time_precision", day.is_not_null())
    kind, sub = cells.text("event_type"), cells.text("sub_event_type")
    code = pl.when(sub.is_null()).then(kind).otherwise(pl.concat_str([kind, sub], separator=":"))
    actor, target = cells.text("actor1"), cells.text("actor2")
    deaths = cells.whole("fatalities", required=cells.has("fatalities"))
    country = cells.text("country")
    at_sea = country.str.contains(_SEA).fill_null(False)
    cells.remark("events at sea, which ACLED filed under a state before: no state of the place", at_sea)
    first = pl.when(precision == "3").then(day.dt.month_start()).when(precision == "2").then(day.dt.offset_by("-3d"))
    last = pl.when(precision == "3").then(day.dt.month_end()).when(precision == "2").then(day.dt.offset_by("3d"))
    return {
        "id": cells.text("event_id_cnty", required=True),
        "date": first.otherwise(day),
        "date_end": last.otherwise(day),
        "precision": precision.replace_strict(["1", "2", "3"], ["day", "week", "month"], default=None),
        "actor": actor,
        "actor_state": _state(cells, actor, "inter1"),
        "target": target,
        "target_state": _state(cells, target, "inter2"),
        "directed": pl.lit(False),
        "code": cells.code("sub_event_type", code, "acled", known),
        "magnitude": deaths.cast(pl.Float64),
        "unit": pl.when(deaths.is_not_null()).then(pl.lit("deaths")),
        "place": pl.coalesce(cells.text("location"), pl.when(at_sea).then(country)),
        "place_state": pl.when(~at_sea).then(country),
        "latitude": cells.number("latitude", low=-90, high=90),
        "longitude": cells.number("longitude", low=-180, high=180),
        "source": cells.text("source"),
        "revised": cells.whole("timestamp"),
    }


ACLED = Provider(
    id="acled",
    title="Armed Conflict Location and Event Data",
    licence="ACLED terms of use: no redistribution",
    cite="Raleigh, Kishi and Linke 2023, Humanities and Social Sciences Communications 10",
    core=("event_id_cnty", "event_date", "event_type", "actor1"),
    read=read,
    scheme="acled",
    told=(
        *("time_precision", "sub_event_type", "inter1", "actor2", "inter2", "country", "location"),
        *("latitude", "longitude", "source", "fatalities"),
    ),
    dated=True,
)
