"""The `cases` section: a panel made from a data file of the user's own, one row per case.

A scenario may not ship other people's data; this says which columns of their file are covariates and which columns
say what was done, so that the file is read as it was published.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from detente.errors import InputError
from detente.scenario.cases import MISSING, Cases, columns_of
from detente.scenario.files import MAX_CSV, Folder
from detente.scenario.names import Names
from detente.scenario.nearest import did_you_mean
from detente.scenario.read_claims import GRADE, grade_hint
from detente.scenario.read_tables import Line, read_lines
from detente.scenario.reader import NO_DATE, Field, parse_number
from detente.scenario.records import EVENT_TRACK
from detente.scenario.statements import Row

Find = Callable[[str], Path]  # where a data file lies; InputError when it is nowhere
_WHEN = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(?: *== *([A-Za-z0-9_][A-Za-z0-9_ -]*))?", re.ASCII)


@dataclass(frozen=True)
class _Done:
    """One entry of `history`: which rows of the file it is about, and what was done there."""

    field: Field
    column: str
    equals: str  # "": the column is 1 where it was done and 0 where not
    row: Row

    def holds(self, line: Line) -> bool:
        text = line.get(self.column)
        if self.equals:
            return text == self.equals
        number = parse_number(text)
        if number not in (0, 1):
            line.bad(self.column, "1 or 0: whether it was done", hint=f"or write `when: {self.column} == {text}`")
        return number == 1


def read_case_data(field: Field, names: Names, folder: Folder, find: Find) -> tuple[Cases, tuple[Row, ...]]:
    """Return the cases and the ledger that a data file holds. Rows without a value that is needed are left out.

    Args:
        find: where the file lies, by its path inside a data folder.
    """
    found = field.section(
        {
            "data": "the path of a file inside a data folder, such as games/war1800.csv",
            "covariates": "a list of columns",
            "history": "a list of {when, date, track, move}",
        },
        ("id", "source", "grade"),
    )
    about = Row(NO_DATE, "", "", source=found["source"].text(), grade=found["grade"].text())
    if about.grade and not GRADE.fullmatch(about.grade):
        found["grade"].bad("an Admiralty grade, A1 to F6", hint=grade_hint(about.grade))
    done = [item for entry in found["history"].items() if (item := _done(entry, names, about))]
    lines = _lines(found["data"], folder, find)
    header = lines[0].header if lines else ()
    wanted: list[str] = []
    for what in ("covariates", "id"):
        for item in found[what].items():
            if header and item.text() not in header:
                item.bad("a column of the file", hint=did_you_mean(item.text(), header))
            elif what == "covariates":
                wanted.append(item.text())
    for item in done:
        if header and item.column not in header:
            item.field.bad("a column of the file", item.column, did_you_mean(item.column, header))
    ids = [item.text() for item in found["id"].items() if item.text() in header]
    needed = [*wanted, *ids, *(item.column for item in done if item.column in header)]
    whole = [line for line in lines if all(line.get(name) not in MISSING for name in needed)]
    if lines and not whole:
        found["data"].bad("at least one row with every value", f"{len(lines)} rows, each without one of them")
    columns = columns_of(whole, wanted)
    names.cases = set(columns)
    names.open |= not whole  # what its words would have been is not known
    named = ["-".join(line.get(name) for name in ids) if ids else f"row-{line.at}" for line in whole]
    if twice := sorted({case for case in named if named.count(case) > 1})[:1]:
        found["id"].bad("columns that together name each row once", twice[0])
    rows = [
        replace(item.row, case=case, line=line.at)
        for case, line in zip(named, whole, strict=True)
        for item in done
        if item.column in header and item.holds(line)
    ]
    rows.sort(key=lambda row: row.date)
    return Cases(tuple(named), columns, found["data"].text(), len(lines) - len(whole)), tuple(rows)


def _lines(field: Field, folder: Folder, find: Find) -> Sequence[Line]:
    """The rows of the data file; none, with a problem noted, when it is not there."""
    relative = field.text()
    if not relative:
        return ()
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts or "\\" in relative:
        field.bad("a path inside a data folder")
        return ()
    try:
        place = find(relative)
    except InputError as error:
        field.problems.extend(replace(problem, field=field.path, place=field.place()) for problem in error.problems)
        return ()
    source = folder.read(relative, MAX_CSV, place)
    return list(read_lines(source, (), None, field.problems)) if source else ()


def _done(entry: Field, names: Names, about: Row) -> _Done | None:
    """One entry of `history`, None when it cannot be used."""
    before = len(entry.problems)
    required = {"when": "a column that is 1 or 0, or COLUMN == WORD", "date": "a day", "track": "a track, or event"}
    found = entry.section({**required, "move": "a move, or an event"})
    when, day, track, move = found["when"].text(), found["date"].date(), found["track"].text(), found["move"].text()
    match = _WHEN.fullmatch(when)
    if when and not match:
        found["when"].bad("a column that is 1 or 0, or COLUMN == WORD")
    if (clock := names.clock) and day != NO_DATE and not clock.start <= day < clock.now:
        found["date"].bad(f"a date from {clock.start} (start) to before {clock.now} (now)")
    known = sorted(names.events) if track == EVENT_TRACK else sorted(names.tracks.get(track, ()))
    if track and not names.open and track != EVENT_TRACK and track not in names.tracks:
        expected = f"one of: {', '.join((*sorted(names.tracks), EVENT_TRACK))}"
        found["track"].bad(expected, hint=did_you_mean(track, names.tracks))
    elif move and not names.open and move not in known:
        found["move"].bad(f"one of: {', '.join(known)}", hint=did_you_mean(move, known))
    if len(entry.problems) > before or match is None:
        return None
    return _Done(found["when"], match[1], (match[2] or "").strip(), replace(about, date=day, track=track, move=move))
