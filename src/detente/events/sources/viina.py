"""VIINA 2.x: violent incidents in Ukraine from news, labelled by machine; and who controls which place, by its sources.

Files come as .zip. A row of `event_1pd` is one place and day, with its labels. `event_labels` has labels without a
place, `event_info` places without labels (so its events have no rung); their ids are the same. `time` is 00:00 where it
is not known, and of no stated zone: events are dated by the day.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.errors import InputError, Problem
from detente.events import delimited
from detente.events.cells import Cells, Report
from detente.events.coding import Coding
from detente.events.extras import pl
from detente.events.providers import Provider, plain

if TYPE_CHECKING:
    from polars import DataFrame, Expr

SIDES = {"rus": "Russia", "ukr": "Ukraine"}
STATUSES = ("UA", "RU", "CONTESTED")
# Wikipedia, a boosted combination, DeepStateMap, Institute for the Study of War
SOURCES = ("wiki", "boost", "dsm", "isw")
PLACES = ("geonameid", "kod")  # of GeoNames, and of KATOTTG, the register of Ukraine


def _flag(cells: Cells, name: str) -> Expr:
    return cells.keep((cells.number(name, low=0, high=1) >= 0.5).fill_null(False))


def _height(rung: float | None) -> float:
    """Where a label stands among others; what is no act stands below every rung."""
    return -math.inf if rung is None else rung


def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """Columns of the event table. The code is the label with the highest rung; the initiator is the actor."""
    known = coding.known("viina")
    labels = sorted((name for name in known if cells.has(name)), key=lambda name: -_height(known[name].rung))
    named = [pl.when(_flag(cells, name)).then(pl.lit(name)) for name in labels]
    code = pl.coalesce(*named, pl.lit("none"))
    starts = {side: _flag(cells, f"a_{side}_init_b") for side in SIDES}
    takes = {side: _flag(cells, f"a_{side}_b") for side in SIDES}
    one = starts["rus"] != starts["ukr"]
    actor = (
        pl.when(starts["rus"] & ~starts["ukr"])
        .then(pl.lit("Russia"))
        .when(starts["ukr"] & ~starts["rus"])
        .then(pl.lit("Ukraine"))
        .when(takes["rus"])
        .then(pl.lit("Russia"))
        .when(takes["ukr"])
        .then(pl.lit("Ukraine"))
    )
    other = pl.when(actor == "Russia").then(pl.lit("Ukraine")).when(actor == "Ukraine").then(pl.lit("Russia"))
    target = pl.when(one | (takes["rus"] & takes["ukr"])).then(other)
    day = cells.date("date", "%Y%m%d", "%Y-%m-%d", words="a day, as YYYYMMDD")
    url = cells.text("url")
    names = [name for name in ("event_id_1pd", "event_id") if cells.has(name)]
    version = cells.text("viina_version")
    for name in cells.frame.select(version.alias("version").drop_nulls().unique().sort()).to_series():
        cells.remark(f"rows of VIINA {name}", version == name)
    vague = (cells.text("geo_precision") == "ADM1").fill_null(False)
    cells.remark("events placed no closer than an oblast: no place", vague)

    def placed(value: Expr) -> Expr:
        return pl.when(~vague).then(value)

    return {
        "id": cells.text("event_id_1pd" if cells.has("n_reports") else names[-1], required=True),
        "date": day,
        "date_end": day,
        "precision": pl.lit("day"),
        "actor": actor,
        "actor_state": actor,
        "target": target,
        "target_state": target,
        "directed": one,
        "code": cells.code("labels", code, "viina", known),
        "place": placed(cells.text("asciiname")),
        "latitude": placed(cells.number("latitude", low=-90, high=90)),
        "longitude": placed(cells.number("longitude", low=-180, high=180)),
        "source": pl.coalesce(cells.text("sources"), cells.text("source")),
        "reports": cells.whole("n_reports"),
        "url": pl.when(url.str.contains("^https?://")).then(url),
    }


def control(path: Path, member: str | None = None) -> DataFrame:
    """Who held a place on a day, by each source: one row per place, day and source, and none is preferred.

    Columns: geonameid (or kod, in a file by that register), date, source (wiki, boost, dsm, isw), status (UA, RU,
    CONTESTED), agreed (all sources that speak of the place that day say the same), published (VIINA's own vote).

    Raises:
        InputError: If the file is no control file, or a cell is none of the statuses or no date.
    """
    if path.suffix.lower() == ".zip" and member is None:
        member = delimited.members(path)[0]
    form = delimited.Form()
    line = next(iter(delimited.first_lines(path, member)), "")
    names = [plain(cell) for cell in delimited.split(line, form)]
    place = next((name for name in PLACES if name in names), PLACES[0])
    sources = [source for source in SOURCES if f"status_{source}" in names]
    wanted = {place, "date", *(f"status_{source}" for source in SOURCES[:3])}
    if missing := sorted(wanted - set(names)):
        raise InputError([Problem(path.name, f"a header with {', '.join(missing)}", ", ".join(names))], what="the data")
    report, frames = Report(), []
    with delimited.opened(path, member) as file:
        for block in delimited.blocks(file, path.name, form, names, header=True):
            cells = Cells(block, report)
            columns = {
                place: cells.text(place, required=True),
                "date": cells.date("date", "%Y%m%d", "%Y-%m-%d", words="a day, as YYYYMMDD"),
                "published": cells.one_of("status", STATUSES, required=False),
            }
            for source in sources:
                columns[source] = cells.one_of(f"status_{source}", STATUSES, required=False)
            frames += cells.frames([columns])
    report.refuse()
    empty = pl.DataFrame(schema=dict.fromkeys((place, "date", "published", *sources), pl.String))
    wide = pl.concat(frames) if frames else empty
    agreed = pl.concat_list(sources).list.drop_nulls().list.n_unique() <= 1
    index = [place, "date", "agreed", "published"]
    long = wide.with_columns(agreed.alias("agreed")).unpivot(
        sources, index=index, variable_name="source", value_name="status"
    )
    return long.drop_nulls("status").select(place, "date", "source", "status", "agreed", "published").sort(index[:2])


_SHARED: dict[str, Any] = {
    "licence": "ODbL 1.0",
    "cite": "Zhukov and Ayers 2023, VIINA 2.0: Violent Incident Information from News Articles",
    "read": read,
    "scheme": "viina",
}
REPORTS = Provider(
    id="viina",
    title="VIINA 2, one place and day",
    core=("event_id_1pd", "date", "n_reports", "t_mil_b", "longitude", "latitude"),
    told=("a_rus_b", "a_ukr_b", "a_rus_init_b", "a_ukr_init_b"),
    **_SHARED,
)
INFO = Provider(
    id="viina-info",
    title="VIINA 2, reports without labels",
    core=("event_id", "date", "geonameid", "longitude", "latitude", "text"),
    **_SHARED,
)
LABELS = Provider(
    id="viina-labels",
    title="VIINA 2, labels of reports",
    core=("event_id", "date", "t_mil_b"),
    **_SHARED,
)
