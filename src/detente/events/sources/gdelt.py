"""GDELT events, machine-coded from news in CAMEO: version 2.0 (61 fields) and 1.0 (57, from April 2013 on 58).

Tab-separated, without header and without quotes; exports, as of BigQuery, have a header, other separators and at times
only some of the columns. A header without the columns by which the versions differ is taken as 2.0. Event codes keep
their leading zeros; geographic country codes are FIPS 10-4 (Ukraine is UP), actors' are three letters (UKR).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from detente.events.cells import Cells
from detente.events.coding import Coding
from detente.events.delimited import Form
from detente.events.extras import pl
from detente.events.providers import Provider

if TYPE_CHECKING:
    from polars import Expr

_ACTOR = "code name countrycode knowngroupcode ethniccode religion1code religion2code type1code type2code type3code"
_ABOUT = "isrootevent eventcode eventbasecode eventrootcode quadclass goldsteinscale nummentions numsources numarticles"
_GEO1 = "type fullname countrycode adm1code lat long featureid"
_GEO2 = "type fullname countrycode adm1code adm2code lat long featureid"


def _columns(geo: str) -> tuple[str, ...]:
    actors = [f"actor{n}{name}" for n in (1, 2) for name in _ACTOR.split()]
    places = [f"{of}geo_{name}" for of in ("actor1", "actor2", "action") for name in geo.split()]
    first = "globaleventid day monthyear year fractiondate".split()
    return (*first, *actors, *_ABOUT.split(), "avgtone", *places, "dateadded", "sourceurl")


_TELLING = ("eventbasecode", "eventrootcode", "quadclass", "dateadded")  # read to see whether the others can be right
_CLASS = {"1": "0[1-5]", "2": "0[6-9]", "3": "1[0-4]", "4": "1[5-9]|20"}  # the roots of each QuadClass
KEEP = tuple(
    "globaleventid day actor1code actor1countrycode actor2code actor2countrycode eventcode goldsteinscale numarticles "
    "actiongeo_fullname actiongeo_countrycode actiongeo_lat actiongeo_long sourceurl".split()
)


def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """Columns of the event table. The size is the Goldstein scale, -10 (conflict) to 10 (cooperation), by code."""
    day = cells.date("day", "%Y%m%d", words="a day, as YYYYMMDD")
    goldstein = cells.number("goldsteinscale", low=-10, high=10)
    url = cells.text("sourceurl")
    code = cells.text("eventcode")
    _check_zeros(cells, code, coding.known("cameo"))
    return {
        "id": cells.text("globaleventid", required=True),
        "date": day,
        "date_end": day,
        "precision": pl.lit("day"),
        "actor": cells.text("actor1code"),
        "actor_state": cells.text("actor1countrycode"),
        "target": cells.text("actor2code"),
        "target_state": cells.text("actor2countrycode"),
        "directed": pl.lit(True),
        "code": cells.code("eventcode", code, "cameo", coding.known("cameo")),
        "magnitude": goldstein,
        "low": pl.lit(None, pl.Float64),
        "high": pl.lit(None, pl.Float64),
        "unit": pl.when(goldstein.is_not_null()).then(pl.lit("Goldstein scale")),
        "place": cells.text("actiongeo_fullname"),
        "place_state": cells.text("actiongeo_countrycode"),
        "latitude": cells.number("actiongeo_lat", low=-90, high=90),
        "longitude": cells.number("actiongeo_long", low=-180, high=180),
        "source": url.str.extract(r"^https?://(?:www\.)?([^/]+)", 1),
        "reports": cells.whole("numarticles"),
        "url": pl.when(url.str.contains(r"^https?://")).then(url),
    }


def _check_zeros(cells: Cells, code: Expr, known: Collection[str]) -> None:
    """Refuse codes that lost the zero that they begin with, by the root, the base, the class, or what others have."""
    root, base, quad = cells.text("eventrootcode"), cells.text("eventbasecode"), cells.text("quadclass", whole=True)
    expected = "a code that begins with the two digits of {}, zeros too"
    lost = ~(root.str.contains("^[0-9]{2}$") & code.str.starts_with(root)).fill_null(True)
    cells.check("eventcode", expected.format("eventrootcode"), lost)
    unknown = root.is_null()
    lost = unknown & ~code.str.starts_with(base.str.slice(0, 2)).fill_null(True)
    cells.check("eventcode", expected.format("eventbasecode"), lost)
    unknown = unknown & base.is_null()
    of_class = [(quad == name) & code.str.contains(f"^(?:{roots})") for name, roots in _CLASS.items()]
    lost = unknown & quad.is_not_null() & ~pl.any_horizontal(of_class).fill_null(True)
    cells.check("eventcode", "a code of its quadclass, zeros too", lost)
    either = code.is_in([name[1:] for name in known if name.startswith("0") and name[1:] in known])
    lost = unknown & quad.is_null() & either & ~code.str.starts_with("0").any()
    cells.check("eventcode", "codes with the zeros that they begin with: no code near begins with one", lost)


def _read_older(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """Columns of the event table, of a file of version 1.0, which dates what it adds by the day."""
    to_the_second = cells.text("dateadded").str.contains("^[0-9]{14}$")
    cells.remark("rows read as GDELT 1.0, though DATEADDED is as in 2.0: name the provider gdelt2", to_the_second)
    return read(cells, coding)


_FORM = Form(separator="\t", quote=None, lossy=True)
_SHARED: dict[str, Any] = {
    "licence": "free with attribution to the GDELT Project",
    "cite": "Leetaru and Schrodt 2013, GDELT, ISA; CAMEO: Schrodt 2012",
    "read": read,
    "scheme": "cameo",
    "form": _FORM,
    "keep": (*KEEP, *_TELLING),
    "core": ("globaleventid", "day", "eventcode"),
    "told": KEEP,
    "names": {"sqldate": "day"},
}
GDELT1 = Provider(
    id="gdelt1",
    title="GDELT 1.0 events",
    columns=_columns(_GEO1),
    widths=(57, 58),
    foreign=("actiongeo_adm2code",),
    **{**_SHARED, "core": (*_SHARED["core"], "actiongeo_adm1code"), "read": _read_older},
)
GDELT2 = Provider(id="gdelt2", title="GDELT 2.0 events", columns=_columns(_GEO2), **_SHARED)
