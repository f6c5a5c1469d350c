"""The scale on which reports are pooled, chosen by a rule that the result states."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from detente.language.records import Report

LOG: Final = "log"
LINEAR: Final = "linear"
# units whose zero is a convention, or which measure a share or a position: a factor of 2 means nothing there
_LINEAR_UNITS = re.compile(
    r"%|°|\b(per ?cent|percentage|points?|pp|share|fraction|probability|ratio|index|score|rung|logit|log|"
    r"degrees?|celsius|fahrenheit|latitude|longitude|year|date|1)\b",
    re.IGNORECASE,
)
_PER_YEAR = re.compile(r"\b(per|an?|every|each)\s+(year|date)\b|/\s*year\b", re.IGNORECASE)  # a rate, not a date
_MAX_LOG = math.log(sys.float_info.max)


@dataclass(frozen=True)
class Scale:
    """How a number of the quantity becomes one on which errors add.

    log: the natural logarithm. linear: the number as a multiple of `reference`. On both a relative error of 0.1 is a
    standard deviation of 0.1. `floor` is the least possible value on the scale.
    """

    name: Literal["log", "linear"]
    reference: float = 1.0
    floor: float = -math.inf

    def to(self, value: float) -> float:
        """A number of the quantity on this scale."""
        return math.log(value) if self.name == LOG else value / self.reference

    def back(self, value: float) -> float:
        """A number on this scale in the unit of the quantity; infinite where that is too large to write."""
        if self.name == LOG:
            return math.exp(value) if value < _MAX_LOG else math.inf
        return value * self.reference


@dataclass(frozen=True)
class Reading:
    """A report on a scale: its middle, and the sd that its range adds (half its width, 0 for a single value)."""

    middle: float
    spread: float


def choose_scale(unit: str, reports: Sequence[Report]) -> Scale:
    """Return the scale for a quantity.

    log when every number reported is above 0 and the unit counts or measures something (people, km2, GW, USD); linear
    for shares, indices, positions and dates, and when a number is 0 or less. On a linear scale a quantity that counts
    or measures, and of which nothing negative is said, cannot be below 0.
    """
    numbers = [n for r in reports for n in (r.value, r.low, r.high) if n is not None]
    amount = not _LINEAR_UNITS.search(_PER_YEAR.sub("", unit))
    if amount and min(numbers) > 0:
        return Scale(LOG)
    size = math.hypot(*(n / math.sqrt(len(numbers)) for n in numbers))  # root mean square
    # when all say 0 there is nothing to take a share of: one unit then
    return Scale(LINEAR, size or 1.0, 0.0 if amount and min(numbers) >= 0 else -math.inf)


def read(report: Report, scale: Scale) -> Reading:
    """Return what a report says on a scale; half the width of a range counts as one sd more (an assumption)."""
    if report.value is not None:
        return Reading(scale.to(report.value), 0.0)
    assert report.low is not None and report.high is not None
    low, high = scale.to(report.low), scale.to(report.high)
    return Reading((low + high) / 2, (high - low) / 2)
