"""Scales of a figure's axes: from dates, numbers and names to places, and the labels that stand on them."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence

MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)  # steps between labels of a date axis
DAYS = (1, 2, 7, 14)


def number_ticks(low: float, high: float, parts: int = 4) -> list[float]:
    """Three to six round values within bounds."""
    raw = (high - low) / parts
    if raw <= 0:
        return [low]
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, math.floor(high / step + 1e-9) + 1)]


def date_ticks(low: dt.date, high: dt.date, most: int) -> list[tuple[dt.date, str, str]]:
    """At most `most` round dates within bounds, each with its label and, where it changes, the year below it."""
    days = _months(low, high, most) or _days(low, high, most)
    plain = len(days) > 1 and all(day.month == days[0].month and day.day == 1 for day in days)  # whole years
    ticks, year = [], 0
    for day in days:
        label = str(day.year) if plain else f"{day:%b}" if day.day == 1 else f"{day.day} {day:%b}"
        ticks.append((day, label, "" if plain or day.year == year else str(day.year)))
        year = day.year
    return ticks


def _months(low: dt.date, high: dt.date, most: int) -> list[dt.date]:
    """First days of every so many months; empty where fewer than two lie within bounds."""
    for step in MONTHS:
        first = -(-(low.year * 12 + low.month - 1 + (low.day > 1)) // step) * step
        places = range(first, high.year * 12 + high.month, step)
        if len(places) <= most:
            return [dt.date(at // 12, at % 12 + 1, 1) for at in places] if len(places) > 1 else []
    return [low, high]


def _days(low: dt.date, high: dt.date, most: int) -> list[dt.date]:
    """Days so far apart that no more than `most` lie within bounds."""
    span = (high - low).days
    step = next((step for step in DAYS if span // step < most), max(1, span))
    return [low + dt.timedelta(days) for days in range(0, span + 1, step)]


def rounded(values: Sequence[float]) -> tuple[float, float]:
    """Bounds of a number axis around values: round, and from zero where zero is not far."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low > 0 and low < 0.5 * high:
        low = 0.0
    elif high < 0 and high > 0.5 * low:
        high = 0.0
    if high <= low:
        low, high = (low, low + 1.0) if low == 0 else (low - abs(low) / 2, low + abs(low) / 2)
    ticks = number_ticks(low, high)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else high - low
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def ceiling(top: float) -> float:
    """Upper end of an axis of probability: a little air, never under 5 %, never over 100 %."""
    return min(1.0, max(0.05, math.ceil(top * 1.08 * 20) / 20))


def share(value: float) -> str:
    """A probability as the label of an axis: whole percent, or as many decimals as the step needs."""
    return f"{round(100 * value, 6):g}%"


def wrapped(text: str, room: float, size: float) -> list[str]:
    """Text in lines no wider than `room`, for letters of `size`, broken at spaces and after hyphens alone."""
    lines: list[str] = []
    for part in re.findall(r"\s*[^\s-]*-*", text):
        if lines and text_width(lines[-1] + part, size) <= room:
            lines[-1] += part
        elif part.strip():
            lines.append(part.strip())
    return lines


def text_width(text: str, size: float) -> float:
    """About how wide a text is in a common sans-serif face, a little on the wide side."""
    narrow = sum(letter in "iljtfrI.,:;'()|! " for letter in text)
    wide = sum(letter in "mwMW%@" for letter in text)
    return size * (0.57 * (len(text) - narrow - wide) + 0.33 * narrow + 0.9 * wide)


def apart(places: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Upper edges of labels centred near `places`, in that order, moved so that none overlaps and all lie within."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    tops = [0.0] * len(places)
    edge = low
    for at in order:
        tops[at] = edge = max(edge, places[at] - heights[at] / 2)
        edge += heights[at]
    edge = high
    for at in reversed(order):
        tops[at] = edge = min(tops[at], edge - heights[at])
    return tops
