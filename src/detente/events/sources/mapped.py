"""Any CSV or Parquet file as events, by a small mapping file in YAML.

    provider: my-list                    # what the events are filed under
    licence: own work
    scheme: my-codes                     # of the coding table; its rows come with --coding
    date: "%d.%m.%Y"                     # form of the dates; YYYY-MM-DD when left out
    separator: ";"                       # comma when left out
    encoding: cp1252                     # UTF-8 when left out
    columns: {id: no, date: day, actor: who, target: whom, code: kind, magnitude: dead}
    constants: {unit: deaths, place_state: Ukraine}
    missing: [NA, "-999"]                # what stands for a value that is not known; the usual words when left out

It is read as a scenario is: text stays as written (`NO`, `010`), and a key may stand once. `id`, `date` and `code` are
required; columns of the event table that stand nowhere are empty.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detente.errors import InputError, Problem
from detente.events import table as events
from detente.events.cells import Cells
from detente.events.coding import Coding
from detente.events.dates import refusal
from detente.events.delimited import Block, Form, is_encoding
from detente.events.extras import pl
from detente.events.providers import Provider, plain, the_columns
from detente.events.table import PRECISIONS
from detente.text import yaml_nodes as ya
from detente.text.fields import ABSENT, Field
from detente.text.files import MAX_YAML, Folder
from detente.text.nearest import did_you_mean

if TYPE_CHECKING:
    from polars import Expr

DATE = "%Y-%m-%d"
_COMPUTED = ("provider", "scheme", "licence", "action", "rung")
FIELDS = tuple(name for name in events.NAMES if name not in _COMPUTED)
_NO_CONSTANTS = ("id", "date", "date_end", "revised")
CONSTANTS = tuple(name for name in FIELDS if name not in _NO_CONSTANTS)
SIZES = ("magnitude", "low", "high")
_KINDS = {column.name: column.kind for column in events.COLUMNS}
_LIMITS = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0)}
_REQUIRED = {
    "provider": "what the events are filed under",
    "licence": "the terms of the data",
    "scheme": "the scheme of the codes",
    "columns": "columns of the event table, each with yours",
}
_OPTIONAL = ("date", "separator", "encoding", "constants", "missing", "cite")
ROWS = 100_000  # of a Parquet file at a time


def read_mapping(path: Path, taken: Collection[str]) -> Provider:
    """A mapping file as a provider, under a name that is not taken.

    Raises:
        InputError: With every problem in it.
    """
    problems: list[Problem] = []
    source = Folder(path.parent, problems, "").read(path.name, MAX_YAML)
    top = Field("", ya.parse_yaml(source, problems) if source else None, problems)
    made = _provider(top, taken) if top.present else None
    if made is None or problems:
        raise InputError(problems, what=f"the mapping {path.name}")
    return made


def _provider(top: Field, taken: Collection[str]) -> Provider:
    found = top.section(_REQUIRED, _OPTIONAL)
    written = top.node.values if isinstance(top.node, ya.Mapping) else {}
    for name in (name for name in _OPTIONAL if name in written and not found[name].present):
        if name == "separator":  # a tab is blank too
            found[name] = replace(found[name], node=written[name])
        else:
            found[name].bad("a value, or the key left out", "nothing")
    provider, scheme = found["provider"].name(), found["scheme"].name()
    if provider in taken:
        found["provider"].bad("a name of your own", hint="events of that data set have other readers")
    columns = {name: plain(value.text()) for name, value in _named(found["columns"], FIELDS)}
    constants = {name: _constant(name, value) for name, value in _named(found["constants"], CONSTANTS)}
    for name in ("id", "date", "code") if found["columns"].present else ():
        if name not in columns and not (name == "code" and name in constants):
            found["columns"].bad(f"the column for {name}", "nothing")
    for name, _, value in found["constants"].entries("constants") if set(columns) & set(constants) else ():
        if name in columns:
            value.bad("a column or a constant, not both")
    sizes = [constants[name] for name in ("low", "magnitude", "high") if name in constants]
    if sizes != sorted(sizes, key=float):
        found["constants"].bad("low at most magnitude, and magnitude at most high", " > ".join(map(str, sizes)))
    form = found["date"].text(DATE)
    if why := refusal(form):
        found["date"].bad("a form of strptime with day, month and year, such as %d.%m.%Y", hint=why)
    return Provider(
        id=provider,
        title=provider,
        licence=found["licence"].text(),
        cite=found["cite"].text(),
        core=tuple(dict.fromkeys(columns.values())),
        read=_reader(columns, constants, scheme, form),
        scheme=scheme,
        form=Form(separator=_separator(found["separator"]), encoding=_encoding(found["encoding"])),
        any_form=False,
        typed=tuple(columns[name] for name in ("code",) if name in columns),
        dated="revised" in columns,
        absent=found["missing"].texts() if found["missing"].present else ABSENT,
    )


def _named(field: Field, allowed: tuple[str, ...]) -> Iterator[tuple[str, Field]]:
    """The pairs of a map whose keys are columns of the event table and whose values are not empty."""
    for name, key, value in field.entries("columns of the event table, each with a value"):
        if name not in allowed:
            key.bad(f"one of: {', '.join(allowed)}", name, did_you_mean(name, allowed))
        elif not value.present:
            value.bad("text or a number", "nothing")
        else:
            yield name, value


def _separator(field: Field) -> str:
    """The one character between cells, as written: a tab too."""
    if not field.present:
        return ","
    text = field.node.text if isinstance(field.node, ya.Scalar) else ""
    if len(text) == 1 and text.isascii() and not text.isalnum() and text not in '"\n\r .-+':
        return text
    field.bad(
        "one character that stands in no number",
        hint='write "\\t" for a tab' if text.lower() in ("\\t", "tab", "") else "",
    )
    return ","


def _encoding(field: Field) -> str:
    """The name of an encoding of text."""
    name = field.text("utf-8")
    if is_encoding(name):
        return name
    field.bad("the name of an encoding, such as cp1252")
    return "utf-8"


def _constant(name: str, field: Field) -> str | float | bool:
    """A constant of the kind of its column; text stays as written (`NO`, `010`)."""
    kind = _KINDS[name]
    if kind == "flag":
        return field.boolean()
    if kind == "text":
        if name == "precision" and field.name() not in PRECISIONS:
            field.bad(f"one of: {', '.join(PRECISIONS)}", hint=did_you_mean(field.name(), PRECISIONS))
        return field.name()
    number = field.number()
    if kind == "count" and (number < 0 or number != int(number)):
        field.bad("a whole number of at least 0")
    low, high = _LIMITS.get(name, (number, number))
    if not low <= number <= high:
        field.bad(f"a number from {low:g} to {high:g}")
    return number


def _reader(
    columns: Mapping[str, str], constants: Mapping[str, str | float | bool], scheme: str, form: str
) -> Callable[[Cells, Coding], Mapping[str, Expr]]:
    def value(cells: Cells, name: str) -> Expr:
        column, kind = columns[name], _KINDS[name]
        if kind == "date":
            return cells.date(column, form, words=f"a day, as {form}", required=name == "date")
        if kind == "number":
            low, high = _LIMITS.get(name, (None, None))
            number = cells.number(column, low=low, high=high)
            if name in SIZES:
                cells.remark("sizes below 0, kept as written: do they stand for a missing value?", number < 0)
            return number
        if kind == "count":
            return cells.whole(column)
        if kind == "flag":
            return cells.one_of(column, ("true", "false"), any_case=True) == "true"
        if name == "precision":
            return cells.one_of(column, PRECISIONS)
        return cells.text(column, required=name == "id")

    def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
        if (code := str(constants.get("code", ""))) and code not in (known := coding.known(scheme)):
            expected = f"a code of {scheme} in the coding table"
            problem = Problem("constants.code", expected, code, did_you_mean(code, known))
            raise InputError([problem], what="the mapping")
        kinds = events.schema()
        found = {name: pl.lit(constant, kinds[name]) for name, constant in constants.items()}
        found |= {name: value(cells, name) for name in columns}
        found.setdefault("date_end", found["date"])
        found["date_end"] = pl.coalesce(found["date_end"], found["date"])
        cells.check(
            columns.get("date_end", columns["date"]), "an end not before date", found["date_end"] < found["date"]
        )
        low, size, high = (found.get(name, pl.lit(None, pl.Float64)) for name in ("low", "magnitude", "high"))
        if set(SIZES) & set(columns):
            cells.remark("sizes outside their own low and high, kept as written", (size < low) | (size > high))
            cells.remark("low estimates above the high, kept as written", low > high)
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
        schema = lazy.collect_schema()
        names = {plain(name): name for name in schema}
        missing = [name for name in provider.core if name not in names]
        problems = [Problem(path.name, the_columns(missing), ", ".join(schema))] if missing else []
        for name in (name for name in provider.core if name in names):
            if len(twice := [one for one in schema if plain(one) == name]) > 1:
                problems.append(Problem(path.name, "each column once", f"{' and '.join(twice)}, alike but for letters"))
            elif name in provider.typed and schema[names[name]].is_numeric():
                got, hint = f"numbers ({schema[names[name]]})", "a number loses the zeros that it begins with"
                problems.append(Problem(path.name, f"codes as text in the column {names[name]}", got, hint))
        if problems:
            raise InputError(problems, what="the data")
        chosen = lazy.select(pl.col(names[name]).cast(pl.String, strict=False).alias(name) for name in provider.core)
        for start in range(0, lazy.select(pl.len()).collect().item(), ROWS):
            frame = chosen.slice(start, ROWS).collect()
            marks = frame.hash_rows().to_numpy()
            numbers = np.arange(start + 1, start + 1 + frame.height)
            yield Block(path.name, start // ROWS, marks.tobytes(), frame, numbers, marks.view(np.int64))
    except (pl.exceptions.PolarsError, OSError) as error:
        problem = Problem(path.name, "a Parquet file that can be read", str(error).split("\n")[0])
        raise InputError([problem], what="the data") from None
