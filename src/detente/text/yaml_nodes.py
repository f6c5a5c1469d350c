"""YAML text to a small tree of nodes that know where they stand.

Built from PyYAML's events, so nothing is ever constructed: scalars stay text (`NO` is Norway's id, not false),
duplicate keys are still visible, and anchors, aliases and tags are refused before they can expand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from detente.errors import Place, Problem
from detente.text.files import Source

_ODD = re.compile("(?:(?<=[:,{\\[-])|^ *)([\u00a0\u2007\u2009\u202f\u3000])")
MAX_DEPTH = 40
MAX_NODES = 200_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text as written. `plain`: without quotes, so `null` and `~` mean nothing."""

    source: Source
    line: int
    column: int
    text: str
    plain: bool

    @property
    def is_null(self) -> bool:
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")

    def place(self, offset: int = 0) -> Place:
        """Where the character at `offset` of the text stands, or the start when it was folded or escaped."""
        skip = 0 if self.plain else 1
        written = self.source.line(self.line)[self.column - 1 + skip :]
        exact = offset and written.startswith(self.text)
        return self.source.place(self.line, self.column + skip + offset if exact else self.column)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    source: Source
    line: int
    column: int
    items: tuple[Node, ...]

    def place(self) -> Place:
        return self.source.place(self.line, self.column)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys as text, each once, in the order written."""

    source: Source
    line: int
    column: int
    keys: dict[str, Scalar]
    values: dict[str, Node]

    def place(self) -> Place:
        return self.source.place(self.line, self.column)


Node = Scalar | Sequence | Mapping


class _Refused(Exception):  # noqa: N818  # it holds a Problem
    """Stops reading at the first thing that makes the rest of the file unreadable."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def parse_yaml(source: Source, problems: list[Problem]) -> Node | None:
    """Return the one document of a YAML file; None when a problem noted in `problems` keeps it from being read."""
    try:
        _refuse_tabs(source)
        builder = _Builder(source, problems, yaml.parse(source.text, Loader=_Loader))
        return builder.document()
    except _Refused as refused:
        problems.append(refused.problem)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark and (odd := _odd_space(source, (error.context_mark or mark).line, mark.line)):
            problems.append(odd)
            return None
        place = source.place(mark.line + 1, mark.column + 1) if mark else source.place(1, 1)
        if error.problem == "exceeded maximum nesting depth":  # the parser's own limit, from PyYAML 6.0.4 on
            problems.append(_too_deep(place))
            return None
        hint = "quote text that holds ': ' or ' #', or starts with one of @ ` % & * ! | > { [ \" '"
        problems.append(Problem("yaml", "valid YAML", error.problem or error.context or "?", hint, place))
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a character, or an escape, that is not one
        problems.append(Problem("yaml", "valid YAML", str(error).splitlines()[0], "", source.place(1, 1)))
    return None


def _too_deep(place: Place) -> Problem:
    return Problem("yaml", f"at most {MAX_DEPTH} levels of nesting", "one more", "", place)


def _odd_space(source: Source, first: int, last: int) -> Problem | None:
    """A space of its own kind where YAML needs a plain one: before a key, or after its colon or a hyphen."""
    for number in range(first + 1, last + 2):
        if found := _ODD.search(source.line(number)):
            code = f"U+{ord(found[1]):04X}"
            place = source.place(number, found.start(1) + 1)
            return Problem("yaml", "a plain space", f"{code}, a space of its own kind", "type it anew", place)
    return None


def _refuse_tabs(source: Source) -> None:
    for number, line in enumerate(source.lines, 1):
        if "\t" in line and (indent := re.match(r" *\t", line)):
            place = source.place(number, indent.end())
            raise _Refused(Problem("yaml", "spaces at the start of a line", "\t", "replace the tab by spaces", place))


class _Builder:
    def __init__(self, source: Source, problems: list[Problem], events: Any) -> None:
        self.source, self.problems, self.events = source, problems, events
        self.count = 0

    def document(self) -> Node:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self.refuse("one document in the file", "a second one", event, "remove the line '---'")
                root = self.node(next(self.events), 1, "")
        if root is None or (isinstance(root, Scalar) and root.is_null):
            raise _Refused(Problem("yaml", "a map of keys", "an empty file", "", self.source.place(1, 1)))
        return root

    def refuse(self, expected: str, got: str, event: Any, hint: str = "") -> NoReturn:
        mark = event.start_mark
        raise _Refused(Problem("yaml", expected, got, hint, self.source.place(mark.line + 1, mark.column + 1)))

    def node(self, event: Any, depth: int, path: str) -> Node:
        self.count += 1
        if depth > MAX_DEPTH:
            raise _Refused(_too_deep(self.source.place(event.start_mark.line + 1, event.start_mark.column + 1)))
        if self.count > MAX_NODES:
            self.refuse(f"at most {MAX_NODES:,} values in a file", "one more", event)
        if isinstance(event, yaml.AliasEvent):
            self.refuse("a value", f"*{event.anchor}", event, "write it out, or quote it: aliases are not read")
        if event.anchor is not None:
            self.refuse("a value", f"&{event.anchor}", event, "quote it: anchors are not read")
        if event.tag is not None:
            self.refuse("a value", str(event.tag), event, "quote it: tags are not read")
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, line, column)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
                items.append(self.node(inner, depth + 1, f"{path}[{len(items)}]"))
            joined = self.rejoin([(item, None) for item in items]) if event.flow_style else [(i, None) for i in items]
            return Sequence(self.source, line, column, tuple(item for item, _ in joined))
        pairs: list[tuple[Node, Node | None]] = []
        while not isinstance(inner := next(self.events), yaml.MappingEndEvent):
            key = self.node(inner, depth + 1, path)
            below = f"{path}.{key.text}".lstrip(".") if isinstance(key, Scalar) else path
            pairs.append((key, self.node(next(self.events), depth + 1, below)))
        return self.mapping(self.rejoin(pairs) if event.flow_style else pairs, line, column, path)

    def scalar(self, event: Any, line: int, column: int) -> Scalar:
        text = event.value
        if any("\ud800" <= character <= "\udfff" or character == "\0" for character in text):
            self.refuse("text", "an escaped character that is not one", event)
        return Scalar(self.source, line, column, text, not event.style)

    def mapping(self, pairs: list[tuple[Node, Node | None]], line: int, column: int, path: str) -> Mapping:
        keys: dict[str, Scalar] = {}
        values: dict[str, Node] = {}
        for key, value in pairs:
            assert value is not None
            if not isinstance(key, Scalar):
                got = "a list" if isinstance(key, Sequence) else "a map"
                self.problems.append(Problem("yaml", "a key of plain text", got, "quote it", key.place()))
            elif key.text in keys:
                first = keys[key.text].line
                hint = f"the first '{key.text}' is on line {first}; keep one"
                self.problems.append(
                    Problem(f"{path}.{key.text}".lstrip("."), "each key once", key.text, hint, key.place())
                )
            else:
                keys[key.text], values[key.text] = key, value
        return Mapping(self.source, line, column, keys, values)

    def rejoin(self, pairs: list[tuple[Node, Node | None]]) -> list[tuple[Node, Node | None]]:
        """Undo YAML's cut at the comma of `{prior: normal(0, 1), unit: km2}`: a comma inside brackets is text."""
        out: list[tuple[Node, Node | None]] = []
        for key, value in pairs:
            last = out[-1][1] if out and out[-1][1] is not None else out[-1][0] if out else None
            loose = value is None or (isinstance(value, Scalar) and value.is_null and value.text == "")
            if loose and isinstance(last, Scalar) and isinstance(key, Scalar) and last.plain and key.plain:
                between = self.between(last, key) if last.text.count("(") > last.text.count(")") else None
                if between is not None:
                    whole = Scalar(self.source, last.line, last.column, last.text + between + key.text, True)
                    out[-1] = (out[-1][0], whole) if out[-1][1] is not None else (whole, None)
                    continue
            out.append((key, value))
        return out

    def between(self, left: Scalar, right: Scalar) -> str | None:
        """What stands between two scalars that a comma cut: as written on one line, else `, `."""
        if left.line != right.line:
            return ", "
        gap = self.source.line(left.line)[left.column - 1 + len(left.text) : right.column - 1]
        return gap if gap.strip() == "," else ", "
