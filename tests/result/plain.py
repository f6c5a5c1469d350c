"""A second reader of results.json: whether a careful person would take a file as it is.

It goes by the published JSON Schema and by what numbers mean, and shares no code with the product's reader.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import jsonschema

from tests.result.pages import SCHEMA_FILE

QUANTILES = ("q05", "q25", "q50", "q75", "q95")


class RefusedError(Exception):
    """A careful reader would not take this file; why."""


def refuse(wrong: object, why: str) -> None:
    if wrong:
        raise RefusedError(why)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    refuse(len({name for name, _ in pairs}) < len(pairs), "a key stands twice")
    return dict(pairs)


def values(text: str) -> Any:
    """The values of a JSON text."""
    try:
        found = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise RefusedError(str(error)) from None
    for value in every(found):
        refuse(isinstance(value, float) and not math.isfinite(value), f"the number {value}")
        refuse(isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value), "half a character")
    return found


def every(value: Any) -> Iterator[Any]:
    """A value, and all in it, keys too."""
    yield value
    if isinstance(value, dict):
        yield from value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from every(item)


def judge(text: str) -> None:
    """Raises:
    RefusedError: If a careful reader would not take it.
    """
    found = values(text)
    schema = jsonschema.Draft202012Validator(
        json.loads(SCHEMA_FILE.read_text(encoding="utf-8")), format_checker=jsonschema.FormatChecker()
    )
    if error := next(schema.iter_errors(found), None):
        raise RefusedError(f"{error.json_path}: {error.message[:100]}")
    known = schema.schema["$defs"]["Result"]["properties"]
    for part in every({name: item for name, item in found.items() if name in known}):
        if isinstance(part, dict):
            in_order(part)
            curves(part)
    clock = found["clock"]
    refuse(not clock["start"] <= clock["branch"] <= clock["now"] <= clock["end"], "a clock that runs back")
    refuse(found["draws"] < 0 or found["futures"] < 0, "fewer than no draws")


def in_order(part: dict[str, Any]) -> None:
    given = [part[name] for name in QUANTILES if isinstance(part.get(name), int | float)]
    refuse(given != sorted(given), f"quantiles {given}")
    refuse(isinstance(part.get("sd"), int | float) and part["sd"] < 0, "a standard deviation below 0")


def curves(part: dict[str, Any]) -> None:
    dates = part.get("dates")
    if not isinstance(dates, list):
        return
    refuse(dates != sorted(set(dates)), "dates out of order")
    found = {name: part[name] for name in ("p", "mean", *QUANTILES) if isinstance(part.get(name), list)}
    refuse(any(len(curve) != len(dates) for curve in found.values()), "a curve of another length than its dates")
    for row in zip(*(found[name] for name in QUANTILES if name in found), strict=True):
        known = [value for value in row if value is not None]
        refuse(known != sorted(known), f"quantiles {known}")
