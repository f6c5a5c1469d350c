"""What no schema says of results: numbers that must be in order, and curves as long as their dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

ORDERED = (("q05", "q25", "q50", "q75", "q95"), ("low", "high"), ("start", "branch", "now", "end"), ("from", "to"))
AT_LEAST_0 = ("sd", "draws", "futures", "n", "particles", "islands")


class Contradiction(NamedTuple):
    """A value that others contradict."""

    path: tuple[str | int, ...]
    expected: str
    got: Any


def contradictions(found: Any, path: tuple[str | int, ...] = ()) -> Iterator[Contradiction]:
    """Where a result, as values of JSON, contradicts itself."""
    if isinstance(found, list):
        for i, item in enumerate(found):
            yield from contradictions(item, (*path, i))
    if not isinstance(found, dict):
        return
    for names in ORDERED:
        given = [(name, found[name]) for name in names if _is_one(found.get(name))]
        for (lower, low), (upper, high) in pairwise(given):
            if isinstance(low, str) == isinstance(high, str) and low > high:
                yield Contradiction((*path, upper), f"at least {low}, its {lower}", high)
    for name in AT_LEAST_0:
        if _is_one(found.get(name)) and not isinstance(found[name], str) and found[name] < 0:
            yield Contradiction((*path, name), "a number >= 0", found[name])
    if isinstance(dates := found.get("dates"), list):
        yield from _curves(found, dates, path)
    for name, item in found.items():
        yield from contradictions(item, (*path, name))


def _is_one(value: Any) -> bool:
    """Whether something is a number or a text."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _curves(found: Any, dates: Sequence[str], path: tuple[str | int, ...]) -> Iterator[Contradiction]:
    """Of curves by date: each has a value for every date, and the dates and quantiles are in order."""
    for i in range(1, len(dates)):
        if dates[i] <= dates[i - 1]:
            yield Contradiction((*path, "dates", i), f"a day after {dates[i - 1]}", dates[i])
    curves = [name for name in ("p", "mean", *ORDERED[0]) if isinstance(found.get(name), list)]
    for name in curves:
        if len(found[name]) != len(dates):
            yield Contradiction((*path, name), f"{len(dates)} values, one for each date", f"{len(found[name])} of them")
    quantiles = [name for name in ORDERED[0] if name in curves]
    for lower, upper in pairwise(quantiles):
        for i, (low, high) in enumerate(zip(found[lower], found[upper], strict=False)):
            if None not in (low, high) and low > high:
                yield Contradiction((*path, upper, i), f"at least {low}, its {lower}", high)
