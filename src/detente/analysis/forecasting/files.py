"""Forecast records as files: sealed with a hash when issued, and refused when anything in them was changed since.

The seal is the SHA-256 of the record without `sha256` and `issued`, as JSON with sorted keys, compact separators and
UTF-8. So a record made again from the same inputs has the same seal on any day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from detente.errors import InputError, Place, Problem
from detente.result import converted
from detente.result.forecasts import ForecastRecord
from detente.result.strict_json import parse
from detente.text.fields import parse_date, shorten

SCHEMA = 1  # of the record
MAX_BYTES = 20_000_000
QUANTILES = ("q05", "q25", "q50", "q75", "q95")


def seal(record: Mapping[str, Any]) -> str:
    """The SHA-256 of a record in canonical form."""
    kept = {key: value for key, value in record.items() if key not in ("sha256", "issued")}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_name(record: ForecastRecord) -> str:
    """What a record is called on disk."""
    return f"forecast-{record.scenario}-{record.at}.json"


def read_records(paths: Iterable[Path]) -> list[ForecastRecord]:
    """Read forecast records, check their form and their seals.

    Raises:
        InputError: With every problem of every file.
    """
    problems: list[Problem] = []
    records = [record for path in paths if (record := _read(path, problems)) is not None]
    seen: dict[str, str] = {}
    for record in records:
        if not problems and (other := seen.get(record.sha256)):
            problems.append(Problem("RECORD", "each record once", f"{record.scenario} at {record.at}", other))
        seen[record.sha256] = "it is given twice"
    if problems:
        raise InputError(problems, what="the forecast records")
    return records


def _read(path: Path, problems: list[Problem]) -> ForecastRecord | None:
    expected = "a forecast record, as `detente forecast issue` writes it"
    try:
        content = path.read_bytes()[: MAX_BYTES + 1]
        record = parse(content.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        place = None
        reason = getattr(error, "strerror", None) or str(error)
        if isinstance(error, json.JSONDecodeError):
            place, reason = Place(path.name, error.lineno, error.colno), error.msg
        problems.append(Problem("RECORD", expected, path.name, reason, place))
        return None
    before = len(problems)
    if not isinstance(record, dict):
        problems.append(Problem(path.name, expected, shorten(repr(record))))
        return None
    _check(record, path.name, problems)
    if len(problems) == before and (found := seal(record)) != record["sha256"]:
        hint = "the record was changed after it was issued: take the original"
        problems.append(Problem(f"{path.name}: sha256", f"{found}, the hash of what it says", record["sha256"], hint))
    if len(problems) > before:
        return None
    try:
        return converted(record, ForecastRecord, path.name)
    except InputError as error:
        problems.extend(error.problems)
        return None


def _check(record: Mapping[str, Any], name: str, problems: list[Problem]) -> None:
    """Note what a record lacks of its form; what it has beyond is left alone."""

    def bad(field: str, expected: str, got: Any) -> None:
        problems.append(Problem(f"{name}: {field}", expected, "nothing" if got is None else shorten(str(got))))

    def text(home: Mapping[str, Any], field: str, path: str = "") -> None:
        if not isinstance(home.get(field), str):
            bad(path + field, "text", home.get(field))

    def day(home: Mapping[str, Any], field: str, path: str = "") -> None:
        if not isinstance(home.get(field), str) or parse_date(home[field]) is None:
            bad(path + field, "a day of the calendar, as YYYY-MM-DD", home.get(field))

    for field in ("scenario", "sha256"):
        text(record, field)
    for field in ("at", "issued"):
        day(record, field)
    for part in ("events", "series"):
        rows = record.get(part)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            bad(part, "a list of maps", rows)
            continue
        for number, row in enumerate(rows):
            path = f"{part}[{number}]."
            text(row, "id", path)
            day(row, "by" if part == "events" else "week", path)
            for field in ("p", "baseline") if part == "events" else QUANTILES:
                value = row.get(field)
                if not _is_number(value):
                    bad(path + field, "a number", value)
                elif part == "events" and not 0 <= value <= 1:
                    bad(path + field, "a probability, 0 to 1", value)
            quantiles = [row.get(q) for q in QUANTILES]
            if part == "series" and all(map(_is_number, quantiles)) and quantiles != sorted(quantiles):
                bad(f"{part}[{number}]", f"{' <= '.join(QUANTILES)}", ", ".join(map(str, quantiles)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
