"""Comma-separated tables line by line: cells that know where they stand, every problem noted and none raised."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detente.errors import Problem
from detente.text.fields import (
    EMPTY,
    NO_DATE,
    NOT_KNOWN,
    character_hint,
    date_hint,
    number_hint,
    parse_date,
    parse_number,
    shorten,
)
from detente.text.files import Source
from detente.text.nearest import did_you_mean

WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
MAX_BAD = 1_000  # problems in one table before the reading of it stops

_CSV_ERRORS = {  # what the csv module says, and what it means
    "expected after": "text after a closing quote",
    "unexpected end": "a quote that is never closed",
    "field larger": "a cell of more than 100,000 characters",
}


@dataclass
class Line:
    """One record of a table, with its first line in the file."""

    source: Source
    at: int
    header: Sequence[str]
    cells: list[str]
    problems: list[Problem]

    def get(self, name: str) -> str:
        index = self.header.index(name) if name in self.header else len(self.cells)
        return self.cells[index].strip() if index < len(self.cells) else ""

    def bad(self, name: str, expected: str, got: str | None = None, hint: str = "") -> None:
        got = (self.get(name) or "nothing") if got is None else got
        column = _starts(self.source.line(self.at)).get(self.header.index(name), 1) if name in self.header else 1
        place = self.source.place(self.at, column)
        self.problems.append(Problem(name, expected, shorten(got), hint or character_hint(got), place))

    def date(self, name: str) -> dt.date:
        day = parse_date(self.get(name))
        if day is None:
            hint = "separate the cells with commas" if ";" in self.get(name) else date_hint(self.get(name))
            self.bad(name, "a day of the calendar, as YYYY-MM-DD", hint=hint)
        return day or NO_DATE

    def number(self, name: str, *, required: bool = False) -> float | None:
        text = self.get(name)
        number = parse_number(text)
        if number is None and (text or required):
            self.bad(name, "a number", hint=EMPTY if text.lower() in NOT_KNOWN and not required else number_hint(text))
        return number


def _starts(line: str) -> dict[int, int]:
    """Column of each cell's text on a line, by its index."""
    starts, index, quoted = {}, 0, False
    fresh = True
    for column, character in enumerate(line, 1):
        if fresh and character != " " and character != '"':
            starts[index], fresh = column, False
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            starts.setdefault(index, column)
            index, fresh = index + 1, True
    starts.setdefault(index, len(line) + 1)
    return starts


def read_lines(
    source: Source, required: Sequence[str], optional: Sequence[str] | None, log: list[Problem]
) -> Iterator[Line]:
    """Yield the records below a sound header; without one, note a problem and yield nothing.

    `optional` None: any other columns.
    """
    reader = csv.reader((f"{line}\n" for line in source.lines), strict=True)
    header: list[str] | None = None
    width, before, enough = 0, 0, len(log) + MAX_BAD
    try:
        for cells in reader:
            first, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header, width = [cell.strip() for cell in cells], len(cells)
                if not _header(source, first, header, required, optional, log):
                    return
                continue
            line = Line(source, first, header, cells, log)
            if any(cell.strip() for cell in cells[width:]):
                got = f"{len(cells)} cells"
                hint = 'put text that holds a comma in plain double quotes ", and write decimals with a point'
                line.bad("row", f"{width} cells, as in the header", got, hint)
                continue
            yield line
            if len(log) >= enough:
                log.append(Problem("table", f"fewer than {MAX_BAD:,} problems", "more", "the rest was not read"))
                return
    except csv.Error as error:
        place = source.place(before + 1, 1)
        got = next((words for part, words in _CSV_ERRORS.items() if part in str(error)), str(error))
        log.append(Problem("table", "comma-separated values", got, 'inside quotes, write a double quote as ""', place))
        return
    if header is None:
        known = ",".join((*required, *(optional or ())))
        log.append(Problem("table", f"a header with {known}", "an empty file", "", source.place(1, 1)))


def _header(
    source: Source,
    line: int,
    header: list[str],
    required: Sequence[str],
    optional: Sequence[str] | None,
    log: list[Problem],
) -> bool:
    known, before = (*required, *(optional or ())), len(log)
    starts = _starts(source.line(line))
    for index, name in enumerate(header):
        place = source.place(line, starts.get(index, 1))
        if not WORD.fullmatch(name) if optional is None else name not in known:
            hint = "separate the columns with commas" if ";" in name or "\t" in name else did_you_mean(name, known)
            got = name or "a column without a name"
            free = "a name of letters, digits and _, starting with a letter"
            expected = free if optional is None else f"one of: {', '.join(known)}"
            log.append(Problem("header", expected, shorten(got), hint, place))
        elif name in header[:index]:
            log.append(Problem("header", "each column once", name, "", place))
    if len(log) == before and (missing := [name for name in required if name not in header]):
        log.append(Problem("header", f"the column {missing[0]}", ",".join(header), "", source.place(line, 1)))
    return len(log) == before
