"""ICB2: one state's foreign-policy crisis inside an international crisis. Files only; no data ship.

Brecher, Wilkenfeld, Beardsley, James & Quinn, International Crisis Behavior Data Codebook, version 15 (2023), actor
level. Traps that this reader holds: a case is `cracno`, for 21 rows repeat a state inside one crisis; `majres` is
offset by one from `triggr`; `gravty` has no order; days 66, 77 and 88 are thirds of a month; the codes of the crisis
level (ICB1) differ under the same column names, so such a file is refused; an outcome code outside the codebook counts
as missing; the trigger's day is day 1 of every length.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from detente.errors import InputError, Problem
from detente.language.crisis_terms import (
    CONFLICT,
    GRAVITY,
    NUCLEAR,
    OUTCOMES,
    POWER,
    RECURRENCE,
    REGIME,
    RESPONSES,
    TRIGGERS,
    VIOLENCE,
)
from detente.text.csv_lines import Line, read_lines
from detente.text.fields import parse_number
from detente.text.files import MAX_CSV, Folder, Source

FILE = "icb/icb2_v15.csv"  # inside a data folder
CITATION = (
    "Brecher, M., Wilkenfeld, J., Beardsley, K., James, P. & Quinn, D. (2023), International Crisis Behavior data, "
    "version 15, actor level (ICB2), Duke University"
)

INTERNAL, NON_STATE, SEVERAL = 995, 996, 997  # `trigent`, who triggered, where it is no single state

CODED: Mapping[str, Mapping[int, str]] = {  # columns whose codes are checked
    "triggr": TRIGGERS,
    "majres": RESPONSES,
    "viol": VIOLENCE,
    "gravty": GRAVITY,
    "nuclear": NUCLEAR,
    "powsta": POWER,
    "southpow": POWER,
    "regime": REGIME,
    "pc": CONFLICT,
    "outcom": OUTCOMES,
    "outesr": RECURRENCE,
}
LENIENT = ("outcom",)  # v15 has two codes here that the codebook lacks: missing, not refused
REQUIRED = (
    "crisno",
    "crisname",
    "cracno",
    "cracid",
    "actor",
    "yrtrig",
    "triggr",
    "majres",
    "viol",
    "gravty",
    "nuclear",
    "powsta",
    "regime",
    "trigent",
    "iwc",
    "pc",
)
COLUMNS = """
    icb2 crisno cracno cracid actor systrgyr systrgmo systrgda crisname triggr yrtrig motrig datrig trigent trigloc
    southv southpow sizedu strcdu comlev majres yerres monres dayres trgresra crismg cenvio sevvio usinv usfavr
    suinv sufavr gbinv gbfavr frinv frfavr itinv itfavr grinv grfavr jpinv jpfavr globorg globact globfavr regorg
    regact rofavr outcom outfor outevl outesr yrterm moterm daterm trgterra resterra actloc geog cractloc noactr
    stainsys period syslev pc pcid viol iwc powdis gpinv powinv age territ regime durreg allycap globmemb nuclear
    powsta issue chissu gravty pethin col unemp inflat foodpr labstr short econdt regrep socunr massvl gvinst sourdt
""".split()
_TEXT = ("icb2", "actor", "crisname", "sourdt")
_THIRDS = {66: (1, 10), 77: (11, 20), 88: (21, 31)}
_CRISIS_LEVEL = ("break", "gravcr", "crisname")  # columns that ICB1 has in place of triggr, gravty


@dataclass(frozen=True)
class Span:
    """A date as far as it is known: the first and the last day it can be."""

    first: dt.date
    last: dt.date

    @property
    def exact(self) -> bool:
        return self.first == self.last


@dataclass(frozen=True)
class ActorCase:
    """One row of ICB2. `codes` holds every numeric column by its name; None where the cell is empty."""

    case: int  # cracno, the key
    crisis: int  # crisno
    name: str  # of the crisis, as in the file
    country: int  # Gleditsch-Ward number
    actor: str  # three letters
    triggered: Span | None
    responded: Span | None
    ended: Span | None
    codes: Mapping[str, float | None]

    @property
    def year(self) -> int:
        """Year in which the actor saw its trigger."""
        return self.code("yrtrig")

    def code(self, name: str) -> int:
        """The code of a column that is never empty.

        Raises:
            KeyError: If the column is absent or empty here.
        """
        value = self.codes.get(name)
        if value is None:
            raise KeyError(name)
        return int(value)

    @property
    def days_to_end(self) -> int | None:
        """Days from trigger to the end of the actor's crisis, the trigger's day being day 1; None when unknown.

        From the dates where both are exact; else as stored, which need not agree with them.
        """
        return _length(self.triggered, self.ended, self.codes.get("trgterra"))


def _length(start: Span | None, end: Span | None, stored: float | None) -> int | None:
    days = None if stored is None else int(stored)
    if start and end and start.exact and end.exact:
        days = (end.first - start.first).days + 1
    return days if days is not None and days > 0 else None


def span(year: int | None, month: int | None, day: int | None) -> Span | None:
    """The days that a year, month and day of ICB leave open; None without a year or when there is no such month.

    A day that the month has not leaves the whole month open, as an empty one does.
    """
    if not year or not 1 <= year <= 9999 or (month is not None and not 1 <= month <= 12):
        return None
    if month is None:
        return Span(dt.date(year, 1, 1), dt.date(year, 12, 31))
    length = calendar.monthrange(year, month)[1]
    low, high = _THIRDS.get(day or 0, (day or 1, day or length))
    if not 1 <= low <= length:
        low, high = 1, length
    return Span(dt.date(year, month, low), dt.date(year, month, min(high, length)))


def read_actors(path: Path) -> list[ActorCase]:
    """Read an ICB2-format file: header, commas, UTF-8 with or without a byte-order mark; columns in any order.

    Columns that ICB2 has not are left aside. Empty cells are missing; so are negative codes.

    Raises:
        InputError: With every problem: a column that lacks, a code that the codebook does not know (with how often it
            stands in the file), a case that comes twice, a date that is none.
    """
    problems: list[Problem] = []
    source = Folder(path.parent, problems, "").read(path.name, MAX_CSV)
    cases: list[ActorCase] = []
    if source is not None:
        header = _header(source)
        if not problems and set(_CRISIS_LEVEL) <= set(header):
            hint = "this is ICB1, one row per crisis, whose codes differ; take ICB2, one row per state"
            problems.append(Problem("header", "the column triggr", "the columns of ICB1", hint, source.place(1, 1)))
        else:
            cases = _cases(source, header, problems)
    if problems:
        raise InputError(sorted(problems, key=lambda one: one.place.line if one.place else 0), what="the crises")
    return cases


def sha256(path: Path) -> str:
    """The hash by which a fitted summary names the file it was fitted to."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _header(source: Source) -> list[str]:
    first = next((line for line in source.lines if line.strip()), "")
    return [cell.strip() for cell in next(csv.reader([first]), [])]


def _cases(source: Source, header: Sequence[str], problems: list[Problem]) -> list[ActorCase]:
    cases: list[ActorCase] = []
    seen: dict[int, int] = {}
    unknown: dict[tuple[str, int], list[Line]] = {}
    for line in read_lines(source, REQUIRED, [name for name in header if name and name not in REQUIRED], problems):
        before = len(problems)
        codes = {name: _number(line, name) for name in header if name in COLUMNS and name not in _TEXT}
        for name, meanings in CODED.items():
            value = codes.get(name)
            if value is not None and value not in meanings:
                if name not in LENIENT:
                    unknown.setdefault((name, int(value)), []).append(line)
                codes[name] = None
        for name in REQUIRED:
            if name not in _TEXT and not line.get(name):
                line.bad(name, "a code, for no case lacks it", "nothing")
        if len(problems) > before:
            continue
        case = ActorCase(
            int(codes["cracno"] or 0),
            int(codes["crisno"] or 0),
            line.get("crisname"),
            int(codes["cracid"] or 0),
            line.get("actor"),
            _span(line, codes, "trig", required=True),
            _span(line, codes, "res"),
            _span(line, codes, "term"),
            codes,
        )
        if case.case in seen:
            line.bad("cracno", "each actor case once", str(case.case), f"it stands on line {seen[case.case]} too")
        seen.setdefault(case.case, line.at)
        cases.append(case)
    for (name, value), lines in unknown.items():
        codes = f"{min(CODED[name])} to {max(CODED[name])}"
        hint = f"{len(lines)} rows have it" if len(lines) > 1 else ""
        lines[0].bad(name, f"a code of the codebook, {codes}", str(value), hint)
    return cases


def _number(line: Line, name: str) -> float | None:
    """A cell as a number; empty and negative codes are missing, except in `powdis`, which is signed."""
    text = line.get(name)
    if not text:
        return None
    number = parse_number(text)
    if number is None or (number != int(number) and name != "powdis"):
        line.bad(name, "a whole number" if name != "powdis" else "a number")
        return None
    if number < 0 and name in REQUIRED:
        line.bad(name, "a code, for no case lacks it")
    return None if number < 0 and name != "powdis" else number


_DATES = {
    "trig": ("yrtrig", "motrig", "datrig"),
    "res": ("yerres", "monres", "dayres"),
    "term": ("yrterm", "moterm", "daterm"),
}


def _span(line: Line, codes: Mapping[str, float | None], which: str, required: bool = False) -> Span | None:
    year, month, day = (None if (v := codes.get(name)) is None else int(v) for name in _DATES[which])
    found = span(year, month, day)
    if found is None and (required or year):
        shown = "-".join("?" if part is None else str(part) for part in (year, month, day))
        line.bad(_DATES[which][0], "a date; days 66, 77 and 88 are thirds of a month", shown)
    return found
