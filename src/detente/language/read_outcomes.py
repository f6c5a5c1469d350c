"""What came of the questions that were forecast: a table `id,date,value[,at]`, as CSV or as a JSON list of maps."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from detente.errors import InputError, Problem
from detente.result.strict_json import parse
from detente.text.csv_lines import Line, read_lines
from detente.text.fields import NO_DATE
from detente.text.files import MAX_CSV, Folder, Source
from detente.text.nearest import did_you_mean

COLUMNS, OPTIONAL = ("id", "date", "value"), ("at",)
LARGEST = 1e100  # of a value: beyond, scores could not be summed


@dataclass(frozen=True)
class Outcome:
    """What came of one question: `date` is the last day of an event's window, or the week of a series.

    `at`: the forecast it belongs to, where the same last day has windows that begin on different days; None for all.
    """

    id: str
    date: dt.date
    value: float
    at: dt.date | None = None


def read_outcomes(path: Path, kinds: Mapping[str, str]) -> list[Outcome]:
    """Read outcomes.

    Args:
        kinds: "events" or "series" by the id of every question that was forecast.

    Raises:
        InputError: With every problem of the file.
    """
    problems: list[Problem] = []
    source = Folder(path.parent, problems, "").read(path.name, MAX_CSV)
    if source is not None and path.suffix == ".json":
        source = _as_table(source, problems)
    outcomes: list[Outcome] = []
    seen: set[tuple[str, dt.date, dt.date | None]] = set()
    for line in read_lines(source, COLUMNS, OPTIONAL, problems) if source is not None else ():
        outcome = _outcome(line, kinds)
        key = (outcome.id, outcome.date, outcome.at)
        if key in seen:
            line.bad("id", "each question and date once", f"{outcome.id} {outcome.date}")
        seen.add(key)
        outcomes.append(outcome)
    if source is not None and not outcomes and not problems:
        problems.append(Problem(path.name, "at least one outcome", "none"))
    if problems:
        raise InputError(problems, what="the outcomes")
    return outcomes


def _outcome(line: Line, kinds: Mapping[str, str]) -> Outcome:
    id = line.get("id")
    if id not in kinds:
        line.bad("id", "the id of a question that was forecast", hint=did_you_mean(id, kinds))
    day, at = line.date("date"), line.date("at") if line.get("at") else None
    value = line.number("value", required=True)
    if kinds.get(id) == "events" and value is not None and value not in (0, 1):
        line.bad("value", "1 if it happened, 0 if it did not")
    elif value is not None and abs(value) > LARGEST:
        line.bad("value", f"a number from {-LARGEST:g} to {LARGEST:g}")
    return Outcome(id, day or NO_DATE, value or 0.0, at)


def _as_table(source: Source, problems: list[Problem]) -> Source | None:
    """A JSON list of maps as the same table; its line n + 1 is item n."""
    try:
        rows = parse(source.text)
    except RecursionError:
        problems.append(Problem(source.name, "a list of maps with id, date and value", "lists in lists without end"))
        return None
    except json.JSONDecodeError as error:
        place = source.place(error.lineno, error.colno)
        problems.append(Problem("outcomes", "JSON", error.msg, "", place))
        return None
    except ValueError as error:
        problems.append(Problem(source.name, "JSON with numbers of an ordinary size", str(error).partition(":")[0]))
        return None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.append(Problem(source.name, "a list of maps with id, date and value", type(rows).__name__))
        return None
    if not all(any(cell not in (None, "") for cell in row.values()) for row in rows):
        problems.append(Problem(source.name, "a list of maps with id, date and value", "an empty map among them"))
        return None
    header = list(dict.fromkeys([*COLUMNS, *(key for row in rows for key in row)]))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    cells = [[row.get(key, "") for key in header] for row in rows]
    table.writerows([[int(cell) if isinstance(cell, bool) else cell for cell in row] for row in cells])
    return Source(source.name, text.getvalue())
