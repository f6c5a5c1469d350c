"""The figures of a bargaining result: how often nothing can be agreed on, and each term inside the zone, by date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from detente.report import format as fmt
from detente.report.figures.figure import Axis, Figure, Mark, Series
from detente.result.bargaining import DatedBargain

APART = 7.0  # between the marks of two courses on one date

Points = Mapping[str, Sequence[DatedBargain]]  # course -> dated entries


def empty_zone(courses: Points, index_of: Mapping[str, int], names: Mapping[str, str], *, chip: bool) -> Figure:
    """Chance that there is nothing to agree on, by date and course; hollow: without the chip."""
    series, marks = [], []
    for place, (course, points) in enumerate(courses.items()):
        index, shift, line = index_of[course], _offset(place, len(courses)), []
        for point in points:
            day, entry = _day(point.date), point.p_empty
            aside = point.without_chip.p_empty if chip and point.without_chip else None
            if aside and fmt.known(aside.value):
                says = f"{names[course]}, without the chip: {fmt.chance(aside.value, aside.mc_error)}"
                marks.append(Mark(x=day, y=aside.value, says=says, course=index, shape="ring", size=3.2, shift=shift))
            if fmt.known(entry.value):
                line.append((day, entry.value))
                error = entry.mc_error or 0.0
                low, high = entry.value - error, entry.value + error
                says = f"{names[course]}: {fmt.chance(entry.value, entry.mc_error)}"
                marks.append(Mark(x=day, y=entry.value, says=says, course=index, low=low, high=high, shift=shift))
        days, values = [day for day, _ in line], [value for _, value in line]
        series.append(Series(name=names[course], x=days, y=values, course=index, shift=shift))
    return Figure(
        title="Chance that there is nothing to agree on, by date and course",
        about="Values in the table below.",
        source="",
        across=_dates(courses),
        upright=Axis(kind="share", name="probability", low=0.0, high=1.0),
        series=series,
        marks=marks,
    )


def term_in_zone(
    courses: Points, index_of: Mapping[str, int], names: Mapping[str, str], term: str, unit: str
) -> Figure:
    """One term inside the zone: a bar from its least to its most, a dot at the Nash point, means over states."""
    marks = []
    for place, (course, points) in enumerate(courses.items()):
        for point in points:
            entry = point.terms[term]
            least, most, nash = entry.low.value, entry.high.value, entry.nash.value
            if fmt.known(least) and fmt.known(most) and fmt.known(nash):
                says = f"{names[course]}: {fmt.number(nash)} ({fmt.interval(least, most)})"
                shift = _offset(place, len(courses))
                marks.append(
                    Mark(
                        x=_day(point.date),
                        y=nash,
                        says=says,
                        course=index_of[course],
                        low=least,
                        high=most,
                        shift=shift,
                    )
                )
    values = [value for mark in marks for value in (mark.low or 0.0, mark.high or 0.0, mark.y)]
    return Figure(
        title=f"{term} inside the zone of agreement, by date and course",
        about="Values in the table below.",
        source="",
        across=_dates(courses),
        upright=Axis(kind="number", name=term, unit=unit, low=0.0 if min(values, default=0.0) >= 0 else None),
        marks=marks,
    )


def _dates(courses: Points) -> Axis:
    """Dates side by side, because the first two may be weeks apart in years."""
    days = sorted({point.date for points in courses.values() for point in points})
    return Axis(kind="names", name="date, not to scale", names=[_day(day) for day in days])


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b}\n{day.year}"


def _offset(place: int, count: int) -> float:
    return (place - (count - 1) / 2) * APART
