"""Any CSV or Parquet file as events, by a small mapping file in YAML.

    provider: my-list                    # what the events are filed under
    licence: own work
    scheme: my-codes                     # of the coding table; its rows come with --coding
    date: "%d.%m.%Y"                     # form of the dates; YYYY-MM-DD when left out
    separator: ";"                       # comma when left out
    encoding: cp1252                     # UTF-8 when left out
    columns: {id: no, date: day, actor: who, target: whom, code: kind, magnitude: dead}
    constants: {unit: deaths, place_state: Ukraine}

Columns of the event table that are in neither are empty. `id`, `date` and `code` are required.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.data import events
from detente.data.cells import Cells
from detente.data.coding import Coding
from detente.data.delimited import Block, Form, is_encoding
from detente.data.extras import pl
from detente.data.providers import Provider, plain
from detente.errors import InputError, Problem
from detente.scenario.nearest import did_you_mean
from detente.scenario.reader import parse_number

if TYPE_CHECKING:
    from polars import Expr

KEYS = ("provider", "licence", "scheme", "date", "separator", "encoding", "columns", "constants", "cite")
_COMPUTED = ("provider", "scheme", "licence", "action", "rung")
FIELDS = tuple(name for name in events.NAMES if name not in _COMPUTED)
CONSTANTS = tuple(c.name for c in events.COLUMNS if c.name in FIELDS and c.kind != "date" and c.name != "id")
_KINDS = {column.name: column.kind for column in events.COLUMNS}
_LIMITS = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0)}
ROWS = 100_000  # of a Parquet file at a time


def read_mapping(path: Path) -> Provider:
    """A mapping file as a provider.

    Raises:
        InputError: With every problem in it.
    """
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        raise InputError([Problem(str(path), "a mapping file that can be read", reason)], what="the mapping") from None
    problems = list(_problems(found))
    if problems:
        raise InputError(problems, what=f"the mapping {path.name}")
    columns = {name: plain(str(column)) for name, column in found["columns"].items()}
    return Provider(
        id=found["provider"],
        title=found["provider"],
        licence=found["licence"],
        cite=found.get("cite", ""),
        core=tuple(dict.fromkeys(columns.values())),
        read=_reader(columns, found.get("constants", {}), found["scheme"], found.get("date", "%Y-%m-%d")),
        scheme=found["scheme"],
        form=Form(separator=found.get("separator", ","), encoding=found.get("encoding", "utf-8")),
        any_form=False,
    )


def _problems(found: Any) -> Iterator[Problem]:
    if not isinstance(found, Mapping):
        yield Problem("mapping", f"the keys {', '.join(KEYS)}", type(found).__name__)
        return
    for key in found:
        if key not in KEYS:
            yield Problem(str(key), f"one of: {', '.join(KEYS)}", str(key), did_you_mean(str(key), KEYS))
    for key in ("provider", "licence", "scheme"):
        if not isinstance(found.get(key), str):
            yield Problem(key, "text", str(found.get(key, "nothing")))
    from detente.data.loading import providers  # it imports this module

    if found.get("provider") in providers():
        yield Problem("provider", "a name of your own", found["provider"], "events of that data set have other readers")
    if "date" in found and not (isinstance(found["date"], str) and "%" in found["date"]):
        yield Problem("date", "a form of strptime, such as %d.%m.%Y", str(found["date"]))
    if "separator" in found and (not isinstance(found["separator"], str) or len(found["separator"].encode()) != 1):
        yield Problem("separator", "one character", str(found["separator"]))
    if "encoding" in found and not is_encoding(found["encoding"]):
        yield Problem("encoding", "the name of an encoding, such as cp1252", str(found["encoding"]))
    for part, allowed in (("columns", FIELDS), ("constants", CONSTANTS)):
        names = found.get(part, {})
        if not isinstance(names, Mapping):
            yield Problem(part, "names of the event table, each with a value", str(names))
            continue
        for name, value in names.items():
            if name not in allowed:
                yield Problem(
                    f"{part}.{name}", f"one of: {', '.join(allowed)}", str(name), did_you_mean(str(name), allowed)
                )
            elif not isinstance(value, str | int | float):
                yield Problem(f"{part}.{name}", "text or a number", str(value))
            elif part == "constants" and (expected := _misfit(name, value)):
                yield Problem(f"{part}.{name}", expected, str(value))
    columns, constants = found.get("columns", {}), found.get("constants", {})
    if isinstance(columns, Mapping) and isinstance(constants, Mapping):
        for name in ("id", "date", "code"):
            if name not in columns and not (name == "code" and name in constants):
                yield Problem("columns", f"the column for {name}", "nothing")
        for name in columns:
            if name in constants:
                yield Problem(f"constants.{name}", "a column or a constant, not both", str(constants[name]))


def _misfit(name: str, value: str | float) -> str:
    """What a constant of this column should have been; "" when it is."""
    kind, number = _KINDS[name], parse_number(str(value))
    if kind == "flag":
        return "" if isinstance(value, bool) else "true or false"
    if kind == "count":
        return "" if number is not None and number >= 0 and number == int(number) else "a whole number of at least 0"
    if kind == "number":
        low, high = _LIMITS.get(name, (-math.inf, math.inf))
        within = number is not None and low <= number <= high
        return "" if within else f"a number{f' from {low:g} to {high:g}' if name in _LIMITS else ''}"
    return ""


def _literal(name: str, value: str | float) -> Expr:
    kind = _KINDS[name]
    if kind in ("number", "count"):
        value = parse_number(str(value)) or 0
    return pl.lit(value if kind != "text" else str(value), events.schema()[name])


def _reader(
    columns: Mapping[str, str], constants: Mapping[str, str | float], scheme: str, form: str
) -> Callable[[Cells, Coding], Mapping[str, Expr]]:
    def value(cells: Cells, name: str) -> Expr:
        column, kind = columns[name], _KINDS[name]
        if kind == "date":
            return cells.date(column, form, words=f"a day, as {form}", required=name == "date")
        if kind == "number":
            low, high = _LIMITS.get(name, (None, None))
            return cells.number(column, low=low, high=high)
        if kind == "count":
            return cells.whole(column)
        if kind == "flag":
            return cells.one_of(column, ("true", "false")) == "true"
        return cells.text(column, required=name == "id")

    def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
        found = {name: _literal(name, constant) for name, constant in constants.items()}
        found |= {name: value(cells, name) for name in columns}
        found.setdefault("date_end", found["date"])
        found["date_end"] = pl.coalesce(found["date_end"], found["date"])
        cells.check(
            columns.get("date_end", columns["date"]), "an end not before date", found["date_end"] < found["date"]
        )
        found.setdefault("precision", pl.lit("day"))
        found.setdefault("directed", pl.lit(True))
        found["code"] = cells.code(columns.get("code", "code"), found["code"], scheme, coding.known(scheme))
        return found

    return read


def parquet_blocks(path: Path, provider: Provider) -> Iterator[Block]:
    """The rows of a Parquet file as text, some at a time.

    Raises:
        InputError: If it cannot be read, or lacks a column of the mapping.
    """
    try:
        lazy = pl.scan_parquet(path)
        names = {plain(name): name for name in lazy.collect_schema().names()}
        if missing := [name for name in provider.core if name not in names]:
            raise InputError(
                [Problem(path.name, f"the columns {', '.join(missing)}", ", ".join(names))], what="the data"
            )
        chosen = lazy.select(pl.col(names[name]).cast(pl.String, strict=False).alias(name) for name in provider.core)
        for start in range(0, lazy.select(pl.len()).collect().item(), ROWS):
            frame = chosen.slice(start, ROWS).collect()
            marks = frame.hash_rows().to_numpy()
            numbers = np.arange(start + 1, start + 1 + frame.height)
            yield Block(path.name, start // ROWS, marks.tobytes(), frame, numbers, marks.view(np.int64))
    except (pl.exceptions.PolarsError, OSError) as error:
        problem = Problem(path.name, "a Parquet file that can be read", str(error).split("\n")[0])
        raise InputError([problem], what="the data") from None
