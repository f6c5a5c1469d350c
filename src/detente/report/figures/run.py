"""The figures of a run: chances of events by date, fans of stocks, the ledger over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from detente.report import format as fmt
from detente.report.figures.figure import Axis, Figure, Mark, Range, Rule, Series
from detente.result import Result
from detente.result.run import LedgerRow, Observation

MANY = 4  # courses: more names than that would not stand beside a figure


def figures(results: Result) -> dict[str, Figure]:
    """Every figure of a run by name: `event:ID`, `stock:ID` and `ledger`."""
    names = dict.fromkeys(name for course in results.courses.values() for name in course.events)
    found = {f"event:{name}": figure for name in names if (figure := event(results, name))}
    names = dict.fromkeys(name for course in results.courses.values() for name in course.stocks)
    found |= {f"stock:{name}": figure for name in names if (figure := stock(results, name))}
    return found | ({"ledger": ledger(results)} if results.ledger else {})


def event(results: Result, name: str, courses: Collection[str] | None = None) -> Figure | None:
    """Probability that an event has happened by each date, one line per course, with the 90 % range between draws.

    `courses`: ids of the courses to draw; all when None. A course keeps its colour either way. None where no course
    has dated probabilities. Courses that branch on another day are left out: their chances cover another time.
    """
    series, says = [], ""
    for index, (id, course) in enumerate(results.courses.items()):
        found = course.events.get(name)
        wanted = (courses is None or id in courses) and course.branch == results.clock.branch
        if not wanted or not found or not found.by_date.dates:
            continue
        says = says or found.says.rstrip(" .")
        curve = found.by_date
        band = Range(holds=0.9, low=curve.q05, high=curve.q95)
        series.append(Series(name=_name(results, id), x=curve.dates, y=curve.p, ranges=[band], course=index))
    if not series:
        return None
    return Figure(
        title=says or f"Probability of {name}",
        about=_ends(series, results.clock.end, percent=True),
        source=_source(results),
        across=Axis(kind="date", name="date"),
        upright=Axis(kind="share", name="probability"),
        series=series,
        rules=[Rule(at=results.clock.now, says="record ends")],
    )


def stock(results: Result, name: str) -> Figure | None:
    """A stock: replayed history, observations, then a fan with its median per course.

    The fan shows 50 % and 90 %; of three or more courses only 90 %, because more bands hide each other.
    """
    series: list[Series] = []
    past: Series | None = None
    rows: dict[tuple[dt.date, float | None, str, str], Observation] = {}
    unit = ""
    for index, (id, course) in enumerate(results.courses.items()):
        data = course.stocks.get(name)
        if not data or not data.dates:
            continue
        unit = unit or fmt.unit(data.unit)
        ranges = [Range(holds=0.9, low=data.q05, high=data.q95), Range(holds=0.5, low=data.q25, high=data.q75)]
        if len(results.courses) > 2:
            ranges = ranges[:1]
        series.append(Series(name=_name(results, id), x=data.dates, y=data.q50, ranges=ranges, course=index))
        if data.history.dates and past is None:  # the same for every course: drawn once
            past = Series(name="replayed", x=data.history.dates, y=data.history.mean, look="thin")
        rows |= {(row.date, row.value, row.file, row.source): row for row in data.observed}
    if not series:
        return None
    marks = [
        Mark(x=row.date, y=row.value, says=_observed(row, unit), shape="ring", size=2.3)
        for row in rows.values()
        if fmt.known(row.value)
    ]
    files = sorted({row.file for row in rows.values() if row.file})
    return Figure(
        title=f"{name} over time",
        about=_ends(series, results.clock.end, percent=False, unit=unit),
        source=_source(results, files),
        across=Axis(kind="date", name="date"),
        upright=Axis(kind="number", name="no unit", unit=unit),
        series=[*([past] if past else []), *series],
        marks=marks,
        rules=[Rule(at=results.clock.branch, says="courses part")],
    )


def ledger(results: Result) -> Figure:
    """The ledger: one row per track, one mark per entry, larger for a higher rung."""
    rows = results.ledger
    days = [results.clock.start, results.clock.now, *(row.date for row in rows)]
    room = (max(days) - min(days)) * 0.02
    tracks = sorted({row.track for row in rows}, key=lambda track: ({"event": 1, "context": 2}.get(track, 0), track))
    return Figure(
        title="The ledger by track over time",
        about=f"{fmt.count(len(rows), 'entry', 'entries')} on {fmt.count(len(tracks), 'track')}.",
        source=_source(results),
        across=Axis(kind="date", name="date", low=min(days) - room, high=max(days) + room),
        upright=Axis(kind="names", name="track", names=tracks),
        marks=[_entry(row) for row in rows],
        rules=[Rule(at=results.clock.branch, says="courses part")],
    )


def _name(results: Result, course: str) -> str:
    """What a course is called where its line ends: its name, or its shorter id where there are many."""
    return course if len(results.courses) > MANY else results.courses[course].name or course


def _entry(row: LedgerRow) -> Mark:
    shape = "diamond" if row.track == "event" else "ring" if row.track == "context" else "dot"
    size = {"diamond": 4.5, "ring": 2.2, "dot": round(1.8 + 0.55 * float(row.rung or 0), 1)}[shape]
    rung = f", rung {fmt.number(row.rung)}" if row.rung else ""
    magnitude = f", size {fmt.number(row.magnitude)}" if fmt.known(row.magnitude) else ""
    folded = "\nfolded: a higher rung of the same step counts" if row.folded else ""
    grade = f", grade {row.grade}" if row.grade else ""
    says = f"{row.move}, {fmt.day(row.date)}{rung}{magnitude}{grade}\n{row.note}{folded}"
    return Mark(x=row.date, y=row.track, says=says, shape=shape, size=size, strength=0.25 if row.folded else 0.6)


def _observed(row: Observation, unit: str) -> str:
    return f"observed {fmt.day(row.date)}: {fmt.quantity(row.value, unit)}\n{row.source} {row.grade}".rstrip()


def _ends(series: Sequence[Series], end: dt.date, *, percent: bool, unit: str = "") -> str:
    """What every line says on the last day, for readers who do not see it."""
    lasts = [next((value for value in reversed(line.y) if fmt.known(value)), None) for line in series]
    told = [
        f"{line.name} {fmt.percent(last) if percent else fmt.quantity(last, unit)}"
        for line, last in zip(series, lasts, strict=True)
    ]
    return f"On {fmt.day(end)}, {'mean' if percent else 'median'}: {'; '.join(told)}. Bands hold 90%."


def _source(results: Result, files: Sequence[str] = ()) -> str:
    """Where a figure comes from."""
    observed = f" Observations: {', '.join(files)}." if files else ""
    return f"Détente {results.detente}, scenario {results.scenario}, seed {results.seed}.{observed}"
