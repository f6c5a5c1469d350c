"""Figures of the bargaining section: small panels in SVG, one quantity over time, courses side by side.

They need no script and print. A panel keeps its size in its own units, so that its text is as large on a phone.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from detente.report import format as fmt
from detente.report.palette import course_colour
from detente.result.bargaining import DatedBargain

WIDTH, HEIGHT = 340, 190
LEFT, RIGHT, TOP, BOTTOM = 42, 10, 10, 34
MOST_LABELS = 7  # dates that have room under a panel
APART = 7.0  # between the marks of two courses on one date

Points = Mapping[str, Sequence[DatedBargain]]  # course -> dated entries


class Panel:
    """Axes of one panel; marks are added in the units of the data."""

    def __init__(self, days: Sequence[dt.date], low: float, high: float, *, percent: bool = False) -> None:
        self.days = sorted(set(days))
        self.low, self.high, self.percent = low, high, percent
        self.marks: list[str] = []

    def x(self, day: dt.date) -> float:
        """Where a date lies across: dates stand side by side, because the first two may be weeks apart in years."""
        return LEFT + (self.days.index(day) + 0.5) / len(self.days) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Where a value lies upright, kept inside the panel."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return HEIGHT - BOTTOM - min(1.0, max(0.0, share)) * (HEIGHT - TOP - BOTTOM)

    def bar(self, x: float, low: float, high: float, colour: str, width: float, opacity: float) -> None:
        """An upright bar from one value to another."""
        top, bottom = self.y(high), self.y(low)
        self.marks.append(
            f'<rect x="{x - width / 2:.1f}" y="{top:.1f}" width="{width:g}" height="{max(bottom - top, 0.8):.1f}" '
            f'fill="{colour}" opacity="{opacity:g}"/>'
        )

    def dot(self, x: float, value: float, colour: str, *, hollow: bool = False) -> None:
        """A dot at a value."""
        fill = "#ffffff" if hollow else colour
        self.marks.append(
            f'<circle cx="{x:.1f}" cy="{self.y(value):.1f}" r="{3.2 if hollow else 3.8}" fill="{fill}" '
            f'stroke="{colour}" stroke-width="1.4"/>'
        )

    def line(self, points: Sequence[tuple[float, float]], colour: str, dash: str) -> None:
        """A line through dots."""
        path = " ".join(f"{x:.1f},{self.y(value):.1f}" for x, value in points)
        self.marks.append(
            f'<polyline points="{path}" style="stroke:{colour};stroke-width:1.4;stroke-dasharray:{dash};opacity:.7"/>'
        )

    def svg(self, label: str) -> Markup:
        """The panel as markup; `label` is what a screen reader says."""
        parts = []
        for value in _ticks(self.low, self.high):
            text = fmt.percent(value) if self.percent and 0 < value < 1 else f"{value:.0%}" if self.percent else ""
            text = text or fmt.number(value)
            y = self.y(value)
            parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ebe8e1"/>')
            parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
        skip = math.ceil(len(self.days) / MOST_LABELS)
        for day in self.days[::skip]:
            for text, y in ((f"{day.day} {day:%b}", HEIGHT - 18), (str(day.year), HEIGHT - 5)):
                parts.append(f'<text x="{self.x(day):.1f}" y="{y}" text-anchor="middle">{text}</text>')
        body = Markup("".join(parts + self.marks))  # numbers and our own words only
        return Markup('<svg class="zone" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
            WIDTH, HEIGHT, label, body
        )


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round values within bounds."""
    raw = (high - low) / 4
    if raw <= 0:
        return [low]
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _offset(index: int, count: int) -> float:
    return (index - (count - 1) / 2) * APART


def empty_panel(courses: Points, index_of: Mapping[str, int], *, chip: bool) -> Markup:
    """Chance that there is nothing to agree on, by date and course; hollow: without the chip."""
    panel = Panel([point.date for points in courses.values() for point in points], 0.0, 1.0, percent=True)
    for place, (name, points) in enumerate(courses.items()):
        colour, shift = course_colour(index_of[name]), _offset(place, len(courses))
        line = []
        for point in points:
            x, entry = panel.x(point.date) + shift, point.p_empty
            aside = point.without_chip.p_empty if chip and point.without_chip else None
            if aside and fmt.known(aside.value):
                panel.dot(x, aside.value, colour, hollow=True)
            if fmt.known(entry.value):
                line.append((x, entry.value))
                error = entry.mc_error or 0.0
                panel.bar(x, entry.value - error, entry.value + error, colour, 2, 0.5)
                panel.dot(x, entry.value, colour)
        panel.line(line, colour, ("none", "none", "5 3", "2 2")[min(index_of[name], 3)])
    return panel.svg("Chance that there is nothing to agree on by date and course; values in the table below.")


def term_panel(courses: Points, index_of: Mapping[str, int], term: str) -> Markup:
    """One term inside the zone: a bar from its least to its most, a dot at the Nash point, means over states."""
    rows: list[tuple[str, dt.date, float, float, float]] = []
    for name, points in courses.items():
        for point in points:
            entry = point.terms[term]
            least, most, nash = entry.low.value, entry.high.value, entry.nash.value
            if fmt.known(least) and fmt.known(most) and fmt.known(nash):
                rows.append((name, point.date, least, most, nash))
    values = [value for row in rows for value in row[2:]]
    low, high = (min([0.0, *values]), max([0.0, *values])) if values else (0.0, 1.0)
    high = high if high > low else low + 1.0
    panel = Panel([point.date for points in courses.values() for point in points], low, high)
    places = {name: place for place, name in enumerate(courses)}
    for name, day, least, most, nash in rows:
        x, colour = panel.x(day) + _offset(places[name], len(courses)), course_colour(index_of[name])
        panel.bar(x, least, most, colour, 4, 0.35)
        panel.dot(x, nash, colour)
    return panel.svg(f"{term} inside the zone of agreement by date and course; values in the table below.")
