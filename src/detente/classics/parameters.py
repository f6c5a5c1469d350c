"""Parameters of the classic models: what each may be, and one message that names everything wrong with them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from detente.errors import InputError, Problem
from detente.text.nearest import did_you_mean


@dataclass(frozen=True)
class Kind:
    """What a value must be: in words, and as a function that returns it or raises `ValueError`."""

    words: str
    read: Callable[[Any], Any]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def number(words: str = "a number", valid: Callable[[float], bool] = lambda _: True) -> Kind:
    """A finite number that fulfils a condition."""

    def read(value: Any) -> float:
        if not _is_number(value) or not valid(float(value)):
            raise ValueError
        return float(value)

    return Kind(words, read)


def whole(low: int, high: int) -> Kind:
    """A whole number in bounds."""

    def read(value: Any) -> int:
        if not _is_number(value) or value != int(value) or not low <= value <= high:
            raise ValueError
        return int(value)

    return Kind(f"a whole number from {low:,} to {high:,}", read)


POSITIVE = number("a number above 0", lambda v: v > 0)
NOT_NEGATIVE = number("a number of 0 or more", lambda v: v >= 0)
CHANCE = number("a number from 0 to 1", lambda v: 0 <= v <= 1)
INSIDE = number("a number between 0 and 1, and neither", lambda v: 0 < v < 1)
ANY = number()


def listed(kind: Kind, least: int, most: int) -> Kind:
    """A list of values of one kind."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple) or not least <= len(value) <= most:
            raise ValueError
        return [kind.read(v) for v in value]

    count = f"{least}" if least == most else f"{least} to {most:,}"
    return Kind(f"a list of {count} values, each {kind.words}", read)


def matrix(kind: Kind, rows: int, columns: int) -> Kind:
    """A list of rows."""
    inner = listed(kind, columns, columns)
    return Kind(f"{rows} rows of {columns} values, each {kind.words}", listed(inner, rows, rows).read)


def named(kinds: Mapping[str, Kind], optional: Mapping[str, Kind] | None = None) -> Kind:
    """A map with given keys."""
    optional = optional or {}

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping) or set(kinds) - set(value) or set(value) - {*kinds, *optional}:
            raise ValueError
        return {key: {**kinds, **optional}[key].read(item) for key, item in value.items()}

    words = ", ".join([*kinds, *(f"perhaps {key}" for key in optional)])
    return Kind(f"a map with {words}", read)


def one_of(*choices: Any) -> Kind:
    """One of some values."""

    def read(value: Any) -> Any:
        if value not in choices:
            raise ValueError
        return value

    return Kind("one of " + ", ".join(map(str, choices)), read)


def text() -> Kind:
    """A text: a label that no number depends on."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        return value

    return Kind("a text", read)


def maybe(kind: Kind) -> Kind:
    """A value or none."""
    return Kind(f"{kind.words}, or null", lambda value: None if value is None else kind.read(value))


@dataclass(frozen=True)
class Fields:
    """The parameters of a model: those it needs, and those it may be given."""

    required: Mapping[str, Kind]
    optional: Mapping[str, Kind]

    def read(self, model: str, params: Any) -> dict[str, Any]:
        """Return the parameters, checked.

        Raises:
            InputError: With every problem.
        """
        what = f"the parameters of {model}"
        if not isinstance(params, Mapping):
            raise InputError([Problem("params", "a map of parameters", _shown(params))], what=what)
        known = {**self.required, **self.optional}
        problems = [
            Problem(f"params.{key}", f"given: {kind.words}", "nothing")
            for key, kind in self.required.items()
            if key not in params
        ]
        values: dict[str, Any] = {}
        for key, value in params.items():
            if key not in known:
                hint = did_you_mean(str(key), known)
                problems.append(Problem(f"params.{key}", f"a parameter of the model: {', '.join(known)}", key, hint))
                continue
            try:
                values[key] = known[key].read(value)
            except (ValueError, TypeError):
                problems.append(Problem(f"params.{key}", known[key].words, _shown(value)))
        if problems:
            raise InputError(problems, what=what)
        return values


def refuse(model: str, name: str, expected: str, got: Any, hint: str = "") -> InputError:
    """The error for a parameter that is well formed and still cannot be used."""
    return InputError([Problem(f"params.{name}", expected, _shown(got), hint)], what=f"the parameters of {model}")


def _shown(value: Any) -> str:
    shown = str(value)
    return shown if len(shown) <= 80 else shown[:79] + "…"
