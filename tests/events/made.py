"""Invented rows in the layout of every provider, and files of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from detente.events.providers import Provider
from detente.events.sources import acled, air_raids, escalaition, gdelt, ged, icb_events, mid, polecat, viina

Row = dict[str, str]

GED = {
    "id": "1",
    "type_of_violence": "1",
    "side_a": "Government of Ardonia",
    "side_b": "Government of Belund",
    "number_of_sources": "2",
    "source_article": 'A paper, 2020-01-02, "A ""quoted"" headline',
    "source_office": "A paper;B agency",
    "where_coordinates": "A village",
    "latitude": "50.5",
    "longitude": "36.25",
    "country": "Ardonia",
    "date_prec": "1",
    "date_start": "2020-01-02 00:00:00.000",
    "date_end": "2020-01-02 00:00:00.000",
    "best": "3",
    "high": "7",
    "low": "1",
    "gwnoa": "901",
    "gwnob": "902",
}
ACLED = {
    "event_id_cnty": "ARD1",
    "event_date": "2020-01-02",
    "year": "2020",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Explosions/Remote violence",
    "sub_event_type": "Air/drone strike",
    "actor1": "Military Forces of Ardonia (2000-)",
    "inter1": "1",
    "actor2": "Civilians (Belund)",
    "inter2": "7",
    "interaction": "17",
    "country": "Belund",
    "location": "A town",
    "latitude": "50.5",
    "longitude": "36.25",
    "source": "A paper",
    "notes": "One, two\nand three",
    "fatalities": "4",
}
GDELT = {
    "globaleventid": "1",
    "day": "20200102",
    "monthyear": "202001",
    "year": "2020",
    "fractiondate": "2020.0055",
    "actor1code": "ARDMIL",
    "actor1countrycode": "ARD",
    "actor2code": "BEL",
    "actor2countrycode": "BEL",
    "isrootevent": "1",
    "eventcode": "0251",
    "goldsteinscale": "-0.3",
    "numarticles": "10.0",
    "actiongeo_type": "4",
    "actiongeo_fullname": 'A "town", Ardonia',
    "actiongeo_countrycode": "AD",
    "actiongeo_lat": "50.5",
    "actiongeo_long": "36.25",
    "dateadded": "20200102",
    "sourceurl": "https://www.paper.example/2020/01/02/a",
}
POLECAT = {
    "Event ID": "E1",
    "Event Date": "2020-01-02",
    "Event Type": "ASSAULT",
    "Event Mode": "aerial",
    "Event Intensity": "-9.5",
    "Actor Name": "Ardonian Armed Forces",
    "Actor Country": "ARD",
    "Recipient Name": "None",
    "Recipient Country": "BEL",
    "Latitude": "50.5",
    "Longitude": "36.25",
    "Placename": "A town",
    "Country": "BEL",
    "Source": "A paper",
}
VIINA = {
    "event_id_1pd": "20220224_1",
    "date": "20220224",
    "n_reports": "3",
    "sources": "a;b",
    "asciiname": "A town",
    "longitude": "36.25",
    "latitude": "50.5",
    "t_mil_b": "1",
    "a_rus_b": "1",
    "a_ukr_b": "1",
    "a_rus_init_b": "1",
    "a_ukr_init_b": "0",
    "t_artillery_b": "1",
    "t_loc_b": "1",
}
VIINA_LABELS = {"viina_version": "2", "event_id": "7", "date": "20220224", "t_mil_b": "1", "t_retreat_b": "1"}
VIINA_INFO = {
    "event_id": "7",
    "date": "20220224",
    "geonameid": "1",
    "asciiname": "A town",
    "longitude": "36.25",
    "latitude": "50.5",
    "source": "a",
    "url": "https://paper.example/x",
    "text": "Some, text",
}
ICB2 = {
    "crisno": "1",
    "cracno": "1",
    "cracid": "901",
    "actor": "ARD",
    "crisname": "A CRISIS",
    "triggr": "7",
    "yrtrig": "1950",
    "motrig": "2",
    "datrig": "77",
    "trigent": "996",
    "southv": "902",
    "majres": "6",
    "yerres": "1950",
    "monres": "3",
    "dayres": "",
    "yrterm": "1950",
    "moterm": "6",
    "daterm": "1",
}
ICB1 = {
    "crisno": "1",
    "crisname": "A CRISIS",
    "break": "9",
    "trigent": "902",
    "yrtrig": "1950",
    "motrig": "",
    "datrig": "",
}
ICB_PAIRS = {
    "crisno": "1",
    "year": "1950",
    "crisname": "A CRISIS",
    "statea": "901",
    "namea": "ARD",
    "stateb": "902",
    "nameb": "BEL",
    "trgyrdy": "1950",
    "trgmody": "2",
    "trgdady": "28",
    "trmyrdy": "1950",
    "trmmody": "6",
    "trmdady": "1",
    "crdynum": "1",
}
GML = {
    "dispnum": "1",
    "ccode1": "901",
    "ccode2": "902",
    "year": "1950",
    "midonset": "1",
    "hiact1": "12",
    "hostlev1": "3",
    "fatalpre1": "-9",
    "stmon": "2",
}
COW = {
    "dispnum": "1",
    "ccode1": "901",
    "ccode2": "902",
    "year": "1950",
    "disponset": "1",
    "hiact1": "16",
    "hostlev1": "4",
    "fatalpre1": "30",
}
GML_DISPUTES = {
    "dispnum": "1",
    "styear": "1950",
    "stmon": "2",
    "side_a": "ARD",
    "side_b": "BEL;COR",
    "hiact": "17",
    "hostlev": "4",
    "maxdur": "40",
}
COW_DISPUTES = {
    "dispnum": "1",
    "styear": "1950",
    "stmon": "-9",
    "hiact": "0",
    "hostlev": "1",
    "recip": "0",
    "maxdur": "1",
}
ESCALAITION = {
    "run_id": "M|Neutral|01",
    "model": "M",
    "scenario": "Neutral",
    "run": "1",
    "day": "3",
    "seq": "0",
    "nation": "Red",
    "target": "blue",
    "action": "Execute targeted attack",
    "match": "case",
    "points_published": "0",
    "points_nominal": "28",
}
AIR_RAIDS = {
    "region": "A region",
    "started_at": "2022-02-25 23:50:00+00:00",
    "finished_at": "2022-02-26 00:20:00+00:00",
    "naive": "True",
}

NO_HEADER = ("gdelt1", "gdelt2")
EXAMPLES: dict[str, tuple[Provider, Row]] = {
    provider.id: (provider, row)
    for provider, row in (
        (ged.GED, GED),
        (acled.ACLED, ACLED),
        (gdelt.GDELT1, GDELT),
        (gdelt.GDELT2, GDELT),
        (polecat.POLECAT, POLECAT),
        (viina.REPORTS, VIINA),
        (viina.LABELS, VIINA_LABELS),
        (viina.INFO, VIINA_INFO),
        (icb_events.ICB2, ICB2),
        (icb_events.ICB1, ICB1),
        (icb_events.ICB_PAIRS, ICB_PAIRS),
        (mid.GML, GML),
        (mid.COW, COW),
        (mid.GML_DISPUTES, GML_DISPUTES),
        (mid.COW_DISPUTES, COW_DISPUTES),
        (escalaition.ESCALAITION, ESCALAITION),
        (air_raids.AIR_RAIDS, AIR_RAIDS),
    )
}


def columns(provider: Provider, row: Row) -> list[str]:
    """The fields of a provider's file, in order."""
    return list(acled.COLUMNS if provider.id == "acled" else provider.columns or row)


def text(provider: Provider, rows: Sequence[Row], *, header: bool | None = None) -> str:
    """A file's text; cells that a row does not name are empty."""
    names = columns(provider, rows[0])
    out = io.StringIO()
    form = provider.form
    if header is None:
        header = provider.id not in NO_HEADER
    if form.quote:
        writer = csv.writer(out, delimiter=form.separator, lineterminator="\n")
        if header:
            writer.writerow(names)
        writer.writerows([row.get(name, "") for name in names] for row in rows)
    else:
        out.writelines(form.separator.join(row.get(name, "") for name in names) + "\n" for row in rows)
    return out.getvalue()


def write(folder: Path, id: str, *changes: Row, name: str = "") -> Path:
    """A file of a provider, one row per set of changes to its example (one row without any)."""
    provider, example = EXAMPLES[id]
    path = folder / (name or f"{id}.csv")
    path.write_text(text(provider, [{**example, **change} for change in changes or ({},)]), encoding="utf-8")
    return path
