"""How well two codings of the same rows agree: Krippendorff's alpha."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SAMPLE = Path(__file__).parent / "second-coding.csv"  # 60 rows of the ledger, drawn with seed 7
Pairs = Sequence[tuple[Any, Any]]
Distance = Callable[[Any, Any], float]


@dataclass(frozen=True)
class Coded:
    """One row of the ledger as the first coder and as the second coded it: track and move."""

    day: str
    first: tuple[str, str]
    second: tuple[str, str]
    note: str


def sample() -> list[Coded]:
    """Read the rows coded twice."""
    with SAMPLE.open(encoding="utf-8") as file:
        return [
            Coded(r["date"], (r["first_track"], r["first_move"]), (r["second_track"], r["second_move"]), r["note"])
            for r in csv.DictReader(file)
        ]


def nominal(a: Any, b: Any) -> float:
    """Distance of two names."""
    return float(a != b)


def interval(a: float, b: float) -> float:
    """Distance of two numbers."""
    return (a - b) ** 2


def alpha(pairs: Pairs, distance: Distance) -> float:
    """Krippendorff's alpha of two coders who both coded every unit: 1 - observed by expected disagreement."""
    values = [value for pair in pairs for value in pair]
    observed = sum(distance(a, b) for a, b in pairs) / len(pairs)
    n = len(values)
    expected = sum(distance(a, b) for i, a in enumerate(values) for b in values[i + 1 :]) * 2 / (n * (n - 1))
    return 1.0 if expected == 0 else 1 - observed / expected


def interval_of(pairs: Pairs, distance: Distance) -> tuple[float, float]:
    """A 90 % interval of alpha: the rows drawn again, 2,000 times."""
    rng = np.random.default_rng(7)
    draws = rng.integers(0, len(pairs), (2000, len(pairs)))
    found = [alpha([pairs[int(k)] for k in draw], distance) for draw in draws]
    low, high = np.quantile(found, (0.05, 0.95))
    return float(low), float(high)
