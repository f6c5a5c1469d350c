"""Parts of results as rows and data frames, and as tables of a notebook's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import import_module
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
LIBRARIES = ("pandas", "polars")  # whichever is installed, the first one first


class _Rows(Iterable[Any]):
    """Parts that are rows of a table."""

    def rows(self) -> list[dict[str, Any]]:
        """Plain dictionaries, one per row, with the same keys in the same order."""
        return level([flat(part) for part in self])

    def to_frame(self) -> Any:
        """The rows as a data frame of pandas or, without pandas, of polars.

        Raises:
            ImportError: Neither is installed.
        """
        return frame(self.rows())

    def _repr_html_(self) -> str:
        rows = self.rows()
        return table(rows[0] if rows else (), [row.values() for row in rows])


class ById(dict[str, T], _Rows):
    """Parts of a result by their id: a dictionary whose rows have `id` and then each number and text of a part."""

    def rows(self) -> list[dict[str, Any]]:
        return level([{"id": name, **flat(part)} for name, part in self.items()])


class CoursesById(ById[T]):
    """Courses by their id. A row is an event under a course."""

    def rows(self) -> list[dict[str, Any]]:
        found = [(name, event) for name, course in self.items() for event in course.events.rows()]  # type: ignore
        return level([{"course": name, "event": event.pop("id"), **event} for name, event in found])


class Listed(list[T], _Rows):
    """Parts of a result in order: a list, each a row."""


def with_frames(result: msgspec.Struct) -> None:
    """Give the dictionaries and lists of parts that a result holds their rows and frames."""
    for name in ("claims", "courses", "derived", "events", "hypotheses", "ledger", "parameters"):
        held = getattr(result, name, None)
        if isinstance(held, _Rows) or not isinstance(held, dict | list):
            continue
        if isinstance(held, list):
            kind = Listed
        else:
            kind = CoursesById if name == "courses" and all(hasattr(c, "events") for c in held.values()) else ById
        msgspec.structs.force_setattr(result, name, kind(held))


def flat(part: Any) -> dict[str, Any]:
    """The numbers, days and texts of a part. What is within another has a dotted name; a list of texts is one text, and
    any other list is left out, with whatever holds one."""
    named = part if isinstance(part, Mapping) else msgspec.structs.asdict(part)
    found: dict[str, Any] = {}
    for name, value in named.items():
        if isinstance(value, Mapping | msgspec.Struct):
            found.update({f"{name}.{inner}": x for inner, x in flat(value).items()})
        elif isinstance(value, Sequence) and not isinstance(value, str):
            if value and all(isinstance(item, str) for item in value):
                found[name] = "; ".join(value)
        else:
            found[name] = value
    return found


def level(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows that all have the same keys; None where a row had none. Dotted names take the place of what holds them."""
    names = dict.fromkeys(key for row in rows for key in row)
    holders = {name.rpartition(".")[0] for name in names}
    keys = [name for name in names if name not in holders]
    return [{key: row.get(key) for key in keys} for row in rows]


def frame(rows: list[dict[str, Any]]) -> Any:
    """Rows as a data frame of the first library of `LIBRARIES` that is installed."""
    for name in LIBRARIES:
        try:
            library = import_module(name)
        except ImportError:
            continue
        return library.DataFrame(rows, **({"infer_schema_length": None} if name == "polars" else {}))
    raise ImportError("a data frame needs pandas or polars: pip install pandas; rows() needs neither")


def table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """An HTML table; numbers with three significant digits."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_shown(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _shown(cell: Any) -> str:
    return f"{cell:.3g}" if isinstance(cell, float) else "" if cell is None else escape(str(cell))
