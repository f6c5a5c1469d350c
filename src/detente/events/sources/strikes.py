"""Daily strikes: launches at Ukraine as its Air Force reported them, beside notable strikes on Russian soil.

The launches come from the user's copy of a daily table (columns `date` and `..._launched`); the strikes on Russian soil
from the ledger of the bundled case kursk-2024, where each has its source.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

from detente.errors import InputError, Problem
from detente.events import where
from detente.language.load import find
from detente.text import plain_rows
from detente.text.fields import parse_date

FILE = "ukraine/attacks_daily.csv"
MISSILES = tuple(
    f"{kind}_launched" for kind in ("cruise_missile", "ballistic_missile", "sam_as_surface_missile", "mixed_missile")
)
SALVO = 10  # missiles launched in a day that make a salvo (assumption: above the daily trickle, one day in nine)
SOURCE, GRADE = "Ukrainian Air Force, daily reports", "B2"  # graded as in kursk-2024
FIRST, LAST = dt.date(2022, 9, 28), dt.date(2024, 8, 18)  # from the first daily report to the eve of the case's `now`


def salvos(path: Path) -> list[tuple[dt.date, int]]:
    """Days with a salvo and the missiles launched, from FIRST to LAST. A day without a row has no report: no salvo.

    Raises:
        InputError: The file is no table, a column is missing, a cell is no count, a day comes twice, or the days do not
            reach from FIRST to LAST; all problems at once.
    """
    problems: list[Problem] = []
    found: dict[dt.date, int] = {}
    for number, row in plain_rows.read(path, ("date", *MISSILES)):
        day = parse_date(row["date"])
        counts = [row[name] for name in MISSILES]
        if day is None or not all(re.fullmatch("[0-9]{1,9}", count) for count in counts):
            got = ", ".join(row.values())
            problems.append(Problem(f"{path.name}:{number}", "a day as YYYY-MM-DD and whole counts", got))
            continue
        if day in found:
            problems.append(Problem(f"{path.name}:{number}", "each day once", str(day)))
        found[day] = sum(map(int, counts))
    if not problems and not (found and min(found) <= FIRST and max(found) >= LAST):
        got = f"{min(found)} to {max(found)}" if found else "no day"
        problems.append(Problem(path.name, f"days from {FIRST} to {LAST}", got, "days that lack would read as quiet"))
    if problems:
        raise InputError(problems, what="the data")
    return [(day, launched) for day, launched in found.items() if launched >= SALVO and FIRST <= day <= LAST]


def strikes_on_russia() -> list[dict[str, str]]:
    """Rows of the ledger of kursk-2024 with a notable strike on Russian soil, one a day, from FIRST to LAST."""
    root, _ = find("kursk-2024")
    with (root / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["date"]: row for row in csv.DictReader(file) if row["track"] == "UA.fires"}
    return [rows[day] for day in sorted(rows) if FIRST <= dt.date.fromisoformat(day) <= LAST]


def tables() -> dict[str, bytes]:
    """The ledger of the scenario `reprisals`.

    Raises:
        InputError: The daily table is in none of the usual places, or is malformed.
    """
    rows = [
        {
            "date": str(day),
            "track": "RU.fires",
            "move": "salvo",
            "magnitude": str(size),
            "source": SOURCE,
            "grade": GRADE,
        }
        for day, size in salvos(where.find(FILE))
    ]
    kept = ("date", "source", "published", "grade", "url")
    rows += [{"track": "UA.fires", "move": "strike", **{k: row[k] for k in kept}} for row in strikes_on_russia()]
    text = io.StringIO()
    columns = ["date", "track", "move", "magnitude", *kept[1:]]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: (row["date"], row["track"])))
    return {"history.csv": text.getvalue().encode()}
