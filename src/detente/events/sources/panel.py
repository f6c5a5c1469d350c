"""The maker `cases`: a panel's tables from a data file of the user's own with one row per case.

The recipe says which columns are covariates and which say what was done, so that the file is read as it was published.
What a scenario makes of the result is checked where any panel is: by `detente.language.load`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from detente.errors import InputError
from detente.events import where
from detente.language.cases import MISSING
from detente.language.records import CASES
from detente.text.fields import Field, parse_number
from detente.text.nearest import did_you_mean

LARGEST = 20_000_000  # bytes, as of a table in a scenario folder
LEDGER = ("case", "date", "track", "move", "source", "grade")
_WHEN = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)(?: *== *([^ =].*))?", re.ASCII)
_INCOMPLETE = ("leave out", "refuse")


@dataclass(frozen=True)
class Done:
    """One entry of `history`: which rows of the file it is about, and what was done there."""

    field: Field
    column: str
    equals: str  # "": the column is 1 where it was done and 0 where not
    cells: tuple[str, str, str]  # date, track, move


@dataclass(frozen=True)
class Recipe:
    """What to make of a data file."""

    data: Field
    covariates: tuple[Field, ...]
    id: tuple[Field, ...]
    history: tuple[Done, ...]
    incomplete: Field
    source: str
    grade: str


def tables(top: Field) -> dict[str, bytes]:
    """Make cases.csv and history.csv as a recipe says.

    Raises:
        InputError: With every problem of the recipe, then of the file; or the file is nowhere.
    """
    recipe = _recipe(top)
    _stop(top)
    relative = recipe.data.text()
    path = where.find(relative)
    header, rows = _read(path, relative, recipe.data)
    _stop(top)
    _check_columns(recipe, header)
    _stop(top)
    needed = [f.text() for f in (*recipe.covariates, *recipe.id)] + [done.column for done in recipe.history]
    whole = [(n, row) for n, row in rows if all(row[name] not in MISSING for name in needed)]
    if recipe.incomplete.text() == "refuse" and len(whole) < len(rows):
        first = next(n for n, row in rows if any(row[name] in MISSING for name in needed))
        got = f"{len(rows) - len(whole)} rows without one, the first in line {first}"
        recipe.incomplete.bad("a value in every row", got, "or write `incomplete: leave out`")
    if not whole:
        recipe.data.bad("at least one row with every value", f"{len(rows)} rows, none of them whole")
    made = _cases(recipe, whole), _history(recipe, whole, relative)
    _stop(top)
    return {CASES: made[0], "history.csv": made[1]}


def _stop(top: Field) -> None:
    if top.problems:
        raise InputError(top.problems)


def _recipe(top: Field) -> Recipe:
    found = top.section(
        {
            "maker": "the word cases",
            "data": "the path of a file inside a data folder, such as games/war1800.csv",
            "id": "the columns that together name a case",
            "covariates": "a list of columns",
            "history": "a list of {when, date, track, move}",
            "incomplete": f"what to do with rows without a value: {' or '.join(_INCOMPLETE)}",
        },
        ("source", "grade"),
    )
    data, incomplete = found["data"], found["incomplete"]
    path = PurePosixPath(data.text())
    if data.present and (path.is_absolute() or ".." in path.parts or "\\" in data.text()):
        data.bad("a path inside a data folder")
    if incomplete.present and incomplete.text() not in _INCOMPLETE:
        incomplete.bad(" or ".join(_INCOMPLETE), hint=did_you_mean(incomplete.text(), _INCOMPLETE))
    history = tuple(done for entry in found["history"].items() if (done := _done(entry)))
    return Recipe(
        data,
        tuple(found["covariates"].items()),
        tuple(found["id"].items()),
        history,
        incomplete,
        found["source"].text(),
        found["grade"].text(),
    )


def _done(entry: Field) -> Done | None:
    found = entry.section(
        {"when": "a column that is 1 or 0, or COLUMN == TEXT", "date": "a day", "track": "a track", "move": "a move"}
    )
    when = found["when"].text()
    match = _WHEN.fullmatch(when)
    if when and match is None:
        found["when"].bad("a column that is 1 or 0, or COLUMN == TEXT")
    if match is None:
        return None
    cells = (found["date"].text(), found["track"].text(), found["move"].text())
    return Done(found["when"], match[1], (match[2] or "").strip(), cells)


def _read(path: Path, relative: str, field: Field) -> tuple[Sequence[str], list[tuple[int, dict[str, str]]]]:
    """The columns of a file, and its rows with their line numbers."""
    try:
        if path.stat().st_size > LARGEST:
            field.bad(f"a file of at most {LARGEST // 1_000_000} MB", f"{path.stat().st_size / 1e6:.1f} MB")
            return (), []
        text = path.read_text(encoding="utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip() for name in reader.fieldnames or ()]
        if twice := next((name for i, name in enumerate(header) if name in header[:i]), None):
            field.bad(f"each column of {relative} once", twice)
            return (), []
        reader.fieldnames = header
        rows = []
        for row in reader:
            if None in row or None in row.values():
                cells = sum(v is not None for k, v in row.items() if k is not None) + len(row.get(None, ()))
                field.bad(f"{len(header)} cells in every row of {relative}", f"{cells} in line {reader.line_num}")
                return (), []
            rows.append((reader.line_num, {k: v.strip() for k, v in row.items()}))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        field.bad(f"comma-separated values in UTF-8 in {relative}", str(error))
        return (), []
    return header, rows


def _check_columns(recipe: Recipe, header: Sequence[str]) -> None:
    for field in (*recipe.covariates, *recipe.id):
        if field.text() not in header:
            field.bad("a column of the file", hint=did_you_mean(field.text(), header))
    for done in recipe.history:
        if done.column not in header:
            done.field.bad("a column of the file", done.column, did_you_mean(done.column, header))


def _cases(recipe: Recipe, rows: list[tuple[int, dict[str, str]]]) -> bytes:
    names = [field.text() for field in recipe.covariates]
    return _csv([("case", *names), *((_id(recipe, row), *(row[name] for name in names)) for _, row in rows)])


def _history(recipe: Recipe, rows: list[tuple[int, dict[str, str]]], relative: str) -> bytes:
    lines: list[tuple[str, ...]] = [LEDGER]
    told: set[str] = set()
    for number, row in rows:
        for done in recipe.history:
            text = row[done.column]
            value = parse_number(text)
            if not done.equals and value not in (0, 1) and done.column not in told:
                told.add(done.column)
                hint = f"or write `{done.column} == {text}`"
                done.field.bad(f"1 or 0 in the column {done.column}", f"{text} in line {number} of {relative}", hint)
            if text == done.equals if done.equals else value == 1:
                lines.append((_id(recipe, row), *done.cells, recipe.source, recipe.grade))
    return _csv(lines)


def _id(recipe: Recipe, row: dict[str, str]) -> str:
    return "-".join(row[field.text()] for field in recipe.id)


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()
