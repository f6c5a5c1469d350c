"""A second reader of event files and mappings, plain and slow: whether a careful person would take a file as it is.

It knows what docs/data.md says of each data set and shares no code with the loaders.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Sequence
from importlib import resources

import yaml

Rule = Callable[[str], bool]
Row = dict[str, str]

ABSENT = {
    "",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "NaN",
    "nan",
    "NULL",
    "null",
    "None",
    "\\N",
    "-",
    ".",
    "-999",
    "-9999",
    "-99999",
}
NEGATIVE = {str(-n) for n in range(1, 100)}
MONTHS = "January February March April May June July August September October November December".split()


class RefusedError(Exception):
    """A careful reader would not take this file; why."""


def refuse(wrong: object, why: str) -> None:
    if wrong:
        raise RefusedError(why)


# --- cells ------------------------------------------------------------------------------------------------------------


def figure(cell: str) -> float | None:
    """A decimal number, else None."""
    return float(cell) if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", cell) else None


def absent(cell: str, also: Sequence[str] = ()) -> bool:
    number = figure(cell)
    return cell in ABSENT or cell in also or number in {figure(word) for word in (*ABSENT, *also)} - {None}


def number(low: float = -1e308, high: float = 1e308, *, needed: bool = False, also: Sequence[str] = ()) -> Rule:
    def rule(cell: str) -> bool:
        if absent(cell, also):
            return not needed
        found = figure(cell)
        return found is not None and low <= found <= high

    return rule


def whole(low: int = 0, high: float = 2**53 - 1, *, needed: bool = False, also: Sequence[str] = ()) -> Rule:
    inside = number(low, high, needed=needed, also=also)
    return lambda cell: inside(cell) and (absent(cell, also) or float(cell).is_integer())


def text(cell: str) -> bool:
    return cell not in ABSENT


def digits(cell: str) -> str:
    """A code of digits, also when it is printed as 12.0."""
    return re.sub(r"^([+-]?[0-9]+)\.0+$", r"\1", cell)


def word(*known: str, needed: bool = True) -> Rule:
    return lambda cell: digits(cell) in known or (not needed and cell in ABSENT)


def any_case(*known: str) -> Rule:
    return lambda cell: digits(cell).lower() in known or cell in ABSENT


def codes(scheme: str) -> set[str]:
    found = set()
    for path in (resources.files("detente.events") / "coding_tables").iterdir():
        if path.name.endswith(".csv"):
            rows = csv.DictReader(path.read_text("utf-8").splitlines())
            found |= {row["code"] for row in rows if row.get("scheme") == scheme}
    return found


def code(scheme: str) -> Rule:
    known = codes(scheme)
    return lambda cell: digits(cell) in known or cell in known


def day(*forms: str, timed: bool = False) -> Rule:
    return lambda cell: date(cell, *forms, timed=timed) is not None


def date(cell: str, *forms: str, timed: bool = False) -> dt.date | None:
    if timed:
        match = re.fullmatch(r"(\S{10})[T ](\d\d):(\d\d)(:(\d\d)([.]\d+)?)?(Z|[+-]\d\d:?\d\d)?", cell, re.ASCII)
        if match and int(match[2]) < 24 and int(match[3]) < 60 and int(match[5] or 0) < 60:
            cell = match[1]
    for form in forms:
        match = re.fullmatch(form, cell, re.ASCII)
        if match:
            parts = match.groupdict()
            month = parts.get("name", "").capitalize()
            try:
                return dt.date(int(parts["y"]), MONTHS.index(month) + 1 if month else int(parts["m"]), int(parts["d"]))
            except ValueError:
                return None
    return None


ISO = r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
JOINED = r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"
LONG = r"(?P<d>[0-9]{1,2}) (?P<name>[A-Za-z]+) (?P<y>[0-9]{4})"
LATITUDE, LONGITUDE = number(-90, 90), number(-180, 180)
GRID = {"latitude": LATITUDE, "longitude": LONGITUDE}


# --- rows -------------------------------------------------------------------------------------------------------------


def span(row: Row, year: str, month: str, day_: str, missing: Sequence[str], needed: bool = True) -> dt.date | None:
    """The first day that year, month and day may mean; refuses what is no date."""
    y, m, d = (row.get(name, "") for name in (year, month, day_))
    refuse(not whole(1000, 9999, needed=needed, also=missing)(y), f"{year} {y!r}")
    refuse(not whole(1, 12, also=missing)(m), f"{month} {m!r}")
    refuse(not whole(1, also=missing)(d), f"{day_} {d!r}")
    if absent(y, missing):
        return None
    known = [None if absent(part, missing) else int(float(part)) for part in (m, d)]
    refuse(known[1] and known[1] > 31 and known[1] not in (66, 77, 88), f"{day_} {d!r}")
    first = {66: 1, 77: 11, 88: 21}.get(known[1] or 1, known[1] or 1)
    try:
        whole_day = dt.date(int(float(y)), known[0] or 1, first)
    except ValueError:
        raise RefusedError(f"no day {y}-{m}-{d}") from None
    return whole_day if known[0] else dt.date(whole_day.year, 1, 1)


def ged(row: Row) -> None:
    begin, end = (date(row[name], ISO, timed=True) for name in ("date_start", "date_end"))
    refuse(begin and end and end < begin, "it ends before it begins")


def acled(row: Row) -> None:
    kind, sub = row["event_type"], row.get("sub_event_type", "")
    refuse((kind if sub in ABSENT else f"{kind}:{sub}") not in codes("acled"), f"{kind}:{sub}")
    refuse("time_precision" in row and not word("1", "2", "3")(row["time_precision"]), "time_precision")
    refuse("timestamp" in row and not whole()(row["timestamp"]), "timestamp")
    refuse("fatalities" in row and not whole(needed=True)(row["fatalities"]), "fatalities")


def polecat(row: Row) -> None:
    known = codes("plover")
    kind, mode = row["event_type"].upper(), row.get("event_mode", "").lower()
    refuse(kind not in known and f"{kind}:{mode}" not in known, f"{kind}:{mode}")


def viina(row: Row) -> None:
    for name, cell in row.items():
        flag = name in codes("viina") or re.fullmatch("a_(rus|ukr)(_init)?_b", name)
        refuse(flag and not number(0, 1)(cell), f"{name} {cell!r}")
    name = "event_id_1pd" if "n_reports" in row else "event_id" if "event_id" in row else "event_id_1pd"
    refuse(not text(row.get(name, "")), "no id")


def icb2(row: Row) -> None:
    for names in (("yrtrig", "motrig", "datrig"), ("yrterm", "moterm", "daterm")):
        span(row, *names, tuple(NEGATIVE))
    span(row, "yerres", "monres", "dayres", tuple(NEGATIVE), needed=False)


def icb_pair(row: Row) -> None:
    begin = span(row, "trgyrdy", "trgmody", "trgdady", tuple(NEGATIVE))
    end = span(row, "trmyrdy", "trmmody", "trmdady", tuple(NEGATIVE))
    exact = not absent(row.get("trmmody", ""), tuple(NEGATIVE))
    refuse(begin and end and exact and (end.year, end.month) < (begin.year, begin.month), "it ends before it begins")


def mid(year: str, month: str) -> Callable[[Row], None]:
    return lambda row: span(row, year, month, "", ("-9", "13")) and None


def escalaition(row: Row) -> None:
    refuse(row["match"] != "unmapped" and row["action"] not in codes("escalaition"), row["action"])


def air_raid(row: Row) -> None:
    times = []
    for name in ("started_at", "finished_at"):
        form = r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(Z|[+-]\d\d:?\d\d)"
        match = re.fullmatch(form, row[name], re.ASCII)
        refuse(not match, f"{name} {row[name]!r}")
        try:
            times.append(dt.datetime.fromisoformat(row[name]))
        except ValueError:
            raise RefusedError(f"{name} {row[name]!r}") from None
    refuse(times[1] < times[0], "it ends before it begins")


_INTER = any_case(
    *map(str, range(9)),
    *("state forces", "rebel group", "political militia", "identity militia", "rebel groups", "political militias"),
    *("identity militias", "rioters", "protesters", "civilians", "external/other forces", "other forces"),
)
_GDELT = {"globaleventid": text, "day": day(JOINED), "eventcode": code("cameo")}
_GDELT_MORE = {
    "goldsteinscale": number(-10, 10),
    "numarticles": whole(),
    "actiongeo_lat": LATITUDE,
    "actiongeo_long": LONGITUDE,
}
_VIINA = {"date": day(JOINED, ISO)}
_VIINA_MORE = {**GRID, "n_reports": whole()}
_LEVEL = word("-9", "0", "1", "2", "3", "4", "5")
_PAIR = {
    **dict.fromkeys(("dispnum", "ccode1", "ccode2", "year"), text),
    "hiact1": code("mid-action"),
    "hostlev1": _LEVEL,
}
_DISPUTE = {"dispnum": text, "styear": text, "stmon": lambda cell: True, "hiact": code("mid-action"), "hostlev": _LEVEL}
_NOT_NEGATIVE = {"cracno": text, "cracid": text}

# by data set: the columns without which there is no event, those that may be absent, and what a row must be as a whole
SETS: dict[str, tuple[dict[str, Rule], dict[str, Rule], Callable[[Row], object]]] = {
    "ged": (
        {
            "id": lambda cell: re.fullmatch(r"[0-9]+(\.0+)?", cell) is not None,
            "type_of_violence": code("ucdp-violence"),
            "side_a": text,
            "side_b": lambda cell: True,
            **dict.fromkeys(("date_start", "date_end"), day(ISO, timed=True)),
            **dict.fromkeys(("best", "high", "low"), number(0, needed=True)),
            "date_prec": word("1", "2", "3", "4", "5"),
        },
        {**GRID, "number_of_sources": whole(also=("-1",))},
        ged,
    ),
    "acled": (
        {"event_id_cnty": text, "event_date": day(ISO, LONG), "event_type": text, "actor1": lambda cell: True},
        {**GRID, "inter1": _INTER, "inter2": _INTER},
        acled,
    ),
    "gdelt1": (_GDELT, _GDELT_MORE, dict),
    "gdelt2": (_GDELT, _GDELT_MORE, dict),
    "polecat": (
        {"event_id": text, "event_date": day(ISO, timed=True), "event_type": text},
        {**GRID, "intensity": number(-10, 10)},
        polecat,
    ),
    "viina": (_VIINA, _VIINA_MORE, viina),
    "viina-labels": (_VIINA, _VIINA_MORE, viina),
    "viina-info": (_VIINA, _VIINA_MORE, viina),
    "icb2": (
        {"cracno": text, "cracid": text, "triggr": code("icb-trigger"), "majres": code("icb-response")},
        {},
        icb2,
    ),
    "icb1": (
        {"crisno": text, "break": code("icb-trigger")},
        {},
        lambda row: span(row, "yrtrig", "motrig", "datrig", tuple(NEGATIVE)),
    ),
    "icb-dyads": (dict.fromkeys(("crdynum", "year", "statea", "stateb"), text), {}, icb_pair),
    "gml": ({**_PAIR, "midonset": word("0", "1")}, {"fatalpre1": number(0, also=("-9",))}, mid("year", "stmon")),
    "cow": ({**_PAIR, "disponset": word("0", "1")}, {"fatalpre1": number(0, also=("-9",))}, mid("year", "")),
    "gml-disputes": (_DISPUTE, {"maxdur": whole(1, 36_525, also=("-9",))}, mid("styear", "stmon")),
    "cow-disputes": (_DISPUTE, {"maxdur": whole(1, 36_525, also=("-9",))}, mid("styear", "stmon")),
    "escalaition": (
        {
            "run_id": text,
            "model": text,
            "nation": text,
            "seq": text,
            "day": whole(1, 31, needed=True),
            "match": word("exact", "case", "rule", "unmapped"),
            "action": lambda cell: True,
        },
        {"points_nominal": number()},
        escalaition,
    ),
    "air-raids": (
        {"region": text, "naive": word("True", "False"), "started_at": text, "finished_at": text},
        {},
        air_raid,
    ),
}
SPELT = {
    "event_intensity": "intensity",
    "eventid": "event_id",
    "eventdate": "event_date",
    "eventtype": "event_type",
    "eventmode": "event_mode",
    "sqldate": "day",
}


# --- files ------------------------------------------------------------------------------------------------------------


def split(content: str, separator: str, quotes: bool) -> list[list[str]]:
    """The rows of a text, letter by letter; blank lines are none."""
    rows, row, cell, at = [], [], "", 0
    while at < len(content):
        if quotes and content[at] == '"' and not cell:
            end = at + 1
            while True:
                end = content.find('"', end)
                refuse(end < 0, "a quotation mark is not closed")
                if content[end + 1 : end + 2] != '"':
                    break
                end += 2
            cell, at = content[at + 1 : end].replace('""', '"'), end + 1
            refuse(content[at : at + 1] not in ("", separator, "\n"), "text after a quotation mark")
        else:
            end = at
            while end < len(content) and content[end] not in (separator, "\n"):
                end += 1
            cell, at = content[at:end], end
            refuse(quotes and cell.count('"') % 2, "a stray quotation mark")
        row.append(cell)
        cell = ""
        if at >= len(content) or content[at] == "\n":
            if row != [""] or content[at - 1 : at] == '"':
                rows.append(row)
            row = []
        elif at + 1 == len(content):
            row.append("")
        at += 1
    if row:
        rows.append(row)
    return rows


def plain(name: str) -> str:
    name = re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")
    return SPELT.get(name, name)


def table(id: str, data: bytes) -> list[Row]:
    """The rows of a file of a data set, by our names of its columns."""
    raw = id.startswith("gdelt")
    try:
        content = data.decode("utf-8", "replace" if raw else "strict")
    except UnicodeDecodeError as error:
        raise RefusedError(str(error)) from None
    content = content.removeprefix("\ufeff").replace("\r\n", "\n")
    needed, _, _ = SETS[id]
    for separator in (",", "\t", ";", "|"):
        try:
            found = split(content, separator, quotes=not (raw and separator == "\t"))
        except RefusedError:
            continue
        found = [row for row in found if any(cell.strip(' "\t') for cell in row)]  # rows with nothing in them are none
        names = [plain(name) for name in found[0]] if found else []
        if not set(needed) <= set(names):
            if not (raw or id == "ged") or not found or not re.fullmatch("-?[0-9]+", found[0][0].strip()):
                continue
            names, found = columns(id, len(found[0])), [[], *found]
        named = [name for name in names if name]
        refuse(len(set(named)) < len(named), "a column stands twice")
        widths = {57, 58} if id == "gdelt1" and not found[0] else {len(names)}
        for row in found[1:]:
            refuse(len(row) not in widths, f"{len(row)} fields, not {widths}")
        refuse(len(found) == 1, "a header and nothing else")
        return [{name: cell.strip() for name, cell in zip(names, row, strict=False)} for row in found[1:]]
    raise RefusedError("no header of the data set")


def columns(id: str, width: int) -> list[str]:
    """The columns of a file without a header, by number where their names do not matter."""
    if id == "ged":
        at = {0: "id", 5: "type_of_violence", 14: "side_a", 17: "side_b", 18: "number_of_sources", 29: "latitude"}
        at |= {30: "longitude", 37: "date_prec", 38: "date_start", 39: "date_end", 44: "best", 45: "high", 46: "low"}
        refuse(width != 49, "not 49 fields")
    else:
        at = {0: "globaleventid", 1: "day", 26: "eventcode", 30: "goldsteinscale", 33: "numarticles"}
        at |= {53: "actiongeo_lat", 54: "actiongeo_long"} if width < 59 else {56: "actiongeo_lat", 57: "actiongeo_long"}
        refuse(width not in ((57, 58) if id == "gdelt1" else (61,)), f"{width} fields")
        width = 58 if id == "gdelt1" else 61
    return [at.get(i, f"column {i}") for i in range(width)]


def judge(id: str, data: bytes) -> None:
    """Read a file as one of a data set.

    Raises:
        RefusedError: If a careful reader would not take it.
    """
    needed, more, as_a_whole = SETS[id]
    for row in table(id, data):
        for name, rule in {**needed, **more}.items():
            cell = row.get(name)
            refuse(cell is not None and not rule(cell), f"{name} {cell!r}")
        as_a_whole(row)


# --- mappings ---------------------------------------------------------------------------------------------------------

EVENT = (
    "id date date_end precision actor actor_state target target_state directed code magnitude low high unit place "
    "place_state latitude longitude source reports url"
).split()


def judge_mapping(data: bytes) -> None:
    """Read a mapping.

    Raises:
        RefusedError: If a careful reader would not take it.
    """
    try:
        top = yaml.compose(data.decode("utf-8-sig").translate({9: " ", 63: "q"}), yaml.SafeLoader)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise RefusedError(str(error)) from None
    found = pairs(top)
    keys = ("provider", "licence", "scheme", "columns", "date", "separator", "encoding", "constants", "missing", "cite")
    refuse(set(found) - set(keys), "a key that means nothing")
    for name in ("provider", "licence", "scheme"):
        refuse(not scalar(found.get(name)), f"no {name}")
    names, constants = pairs(found.get("columns")), pairs(found.get("constants"))
    refuse((set(names) | set(constants)) - set(EVENT), "a column that the event table has not")
    refuse(set(names) & set(constants) or {"id", "date", "date_end"} & set(constants), "a constant too many")
    refuse(not {"id", "date"} <= set(names) or "code" not in {*names, *constants}, "a column too few")
    refuse(not all(scalar(node) for node in (*names.values(), *constants.values())), "a column of nothing")
    form = scalar(found["date"]) if "date" in found else "%Y-%m-%d"
    parts = re.findall("%-?([A-Za-z])", form)
    refuse(not {"Y", "y", "F", "D"} & set(parts), f"no year in {form!r}")
    refuse(not ({"F", "D", "j"} & set(parts) or ("d" in parts or "e" in parts)), f"no day in {form!r}")
    separator = scalar(found.get("separator")) or ","
    refuse(len(separator) != 1, f"separator {separator!r}")


def pairs(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if node is None or (isinstance(node, yaml.ScalarNode) and node.value in ("", "~", "null")):
        return {}
    refuse(not isinstance(node, yaml.MappingNode), "no map")
    names = [scalar(key) for key, _ in node.value]
    refuse(len(set(names)) < len(names), "a key twice")
    return dict(zip(names, (value for _, value in node.value), strict=True))


def scalar(node: yaml.Node | None) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else ""
