"""A second reader of tables of outcomes: whether a careful person would take a file as it is."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping

from tests.events.plain import split
from tests.result.plain import RefusedError, refuse, values

Row = Mapping[str, object]


def rows_of(text: str, *, json: bool) -> list[Row]:
    if json:
        found = values(text)
        refuse(not isinstance(found, list) or not all(isinstance(row, dict) for row in found), "no list of maps")
        return [{name: cell.strip() if isinstance(cell, str) else cell for name, cell in row.items()} for row in found]
    try:
        header, *rows = split(text.replace("\r\n", "\n").replace("\r", "\n"), ",", quotes=True)
    except Exception as error:  # of the reader of events
        raise RefusedError(str(error)) from None
    names = [name.strip() for name in header]
    refuse(len(set(names)) < len(names), "a column twice")
    rows = [[cell.strip() for cell in row] for row in rows]
    refuse(any(any(row[len(names) :]) for row in rows), "cells without a column")
    return [dict(zip(names, row, strict=False)) for row in rows if any(row)]


def judge(text: str, kinds: Mapping[str, str], *, json: bool) -> None:
    """Raises:
    RefusedError: If a careful reader would not take it.
    """
    seen, rows = set(), rows_of(text, json=json)
    refuse(not rows, "no outcome")
    for row in rows:
        refuse(set(row) - {"id", "date", "value", "at"}, f"columns {list(row)}")
        refuse(row.get("id") not in kinds, f"id {row.get('id')}")
        value = row.get("value")
        if not isinstance(value, bool | int | float):
            text = str(value)
            refuse(not re.fullmatch(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?", text), f"value {value!r}")
            value = float(text)
        refuse(not math.isfinite(value), f"value {value}")
        refuse(kinds[str(row["id"])] == "events" and value not in (0, 1), f"an event that came {value}")
        days = [row.get("date"), *([row["at"]] if row.get("at") not in (None, "") else [])]
        for day in days:
            try:
                refuse(not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", str(day)), f"day {day!r}")
                dt.date.fromisoformat(str(day))
            except ValueError:
                raise RefusedError(f"day {day!r}") from None
        key = row["id"], *days
        refuse(key in seen, f"{key} twice")
        seen.add(key)
