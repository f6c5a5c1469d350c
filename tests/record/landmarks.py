"""Russian strike waves after the celebrated strikes on Russian soil, beside what follows any day."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy.stats import beta

from detente.language.load import find

FIRST, LAST = date(2022, 2, 24), date(2024, 8, 18)
COUNTED = date(2022, 9, 28)  # from here on the Ukrainian Air Force reports launches day by day
WAVES = ("mass-strike", "energy-campaign")
# another reading of "celebrated": three raids that made the headlines in, two small ships out
ADDED = (date(2023, 5, 30), date(2023, 7, 30), date(2023, 8, 30), date(2024, 4, 17))
DROPPED = (date(2024, 2, 1), date(2024, 3, 5))


@dataclass(frozen=True)
class Wave:
    """A week of Russian strikes, by the day of its main attack; launches of the week where they are counted."""

    day: date
    move: str
    launches: float | None


@dataclass(frozen=True)
class Ledger:
    """The celebrated strikes and the waves of the record, by day."""

    strikes: tuple[tuple[date, str], ...]
    waves: tuple[Wave, ...]


def ledger() -> Ledger:
    """Read both from the bundled history."""
    with (find("kursk-2024")[0] / "history.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    strikes = [(date.fromisoformat(r["date"]), r["note"]) for r in rows if r["move"] == "landmark-strike"]
    waves = [
        Wave(date.fromisoformat(r["date"]), r["move"], float(r["magnitude"]) if r["magnitude"] else None)
        for r in rows
        if r["track"] == "RU.fires"
    ]
    return Ledger(tuple(sorted(strikes)), tuple(sorted(waves, key=lambda wave: wave.day)))


def followed(day: date, waves: Iterable[Wave], within: int, moves: Sequence[str] = WAVES) -> bool:
    """Does a wave begin on one of the next `within` days?"""
    return any(0 < (wave.day - day).days <= within for wave in waves if wave.move in moves)


def larger(day: date, waves: Sequence[Wave]) -> bool | None:
    """Is the next wave larger than the last one so far? None where one of them is not counted."""
    before = [wave.launches for wave in waves if wave.day <= day]
    after = [wave.launches for wave in waves if wave.day > day]
    if not before or not after or before[-1] is None or after[0] is None:
        return None
    return after[0] > before[-1]


@dataclass(frozen=True)
class Count:
    """How often something holds after the strikes, with a 90 % Jeffreys interval, and after any day.

    `chance`: share of all shifts of the strikes along the record, order and gaps kept, that give as many or more.
    """

    hits: int
    of: int
    low: float
    high: float
    base: float
    chance: float


def count(days: Sequence[date], holds: Callable[[date], bool | None], first: date = FIRST, within: int = 0) -> Count:
    """Count over the strikes' days from `first` on, and over every day that leaves `within` days of record."""
    whole = [first + timedelta(k) for k in range((LAST - first).days + 1 - within)]
    value = [holds(day) for day in whole]
    known = np.array([v is not None for v in value])
    true = np.array([bool(v) for v in value])
    at = np.array([(day - first).days for day in days if first <= day <= whole[-1]])
    here = at[known[at]]
    hits, of = int(true[here].sum()), len(here)
    low, high = beta.ppf((0.05, 0.95), hits + 0.5, of - hits + 0.5)
    shifted = (at[None, :] + np.arange(len(whole))[:, None]) % len(whole)
    share = true[shifted].sum(axis=1) / np.maximum(1, known[shifted].sum(axis=1))
    return Count(hits, of, float(low), float(high), float(true[known].mean()), float((share >= hits / of).mean()))
