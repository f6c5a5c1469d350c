"""Plotly figure specifications as plain dicts (`{"data": [...], "layout": {...}}`), ready for JSON.

`plotly.graph_objects` is not imported: it validates what these functions get right, and takes seconds.
Plotly reads a little HTML in hover texts and labels, so every text of the user passes `plain` first.
Heights come from the style sheet: a figure fills its box.
"""

from __future__ import annotations

import datetime as dt
import html
import math
import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from detente.report import format as fmt
from detente.report.palette import INK, MUTED, PAPER, RULE, course_colour, course_dash, faint
from detente.result import Result
from detente.result.parts import Clock
from detente.result.run import LedgerRow, Observation

FONT = '"Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", system-ui, sans-serif'
BANDS = (("q05", "q95", 0.13), ("q25", "q75", 0.20))  # keys of a fan with their opacity
HOVER_WIDTH = 42  # characters; wider hover boxes are cut off on a phone

Figure = dict[str, Any]  # as Plotly reads it


def events(results: Result, event: str, *, ticks: int, courses: Collection[str] | None = None) -> Figure:
    """Probability that `event` has happened by each date, one line per course, with the epistemic 90 % band.

    `courses`: ids of the courses to draw; all when None. A course keeps its colour either way.
    """
    bands, lines, top = [], [], 0.0
    for index, (identifier, course) in enumerate(results.courses.items()):
        if courses is not None and identifier not in courses:
            continue
        if course.branch != results.clock.branch:
            continue  # its chances run from another day: they stand in the table
        if event not in course.events or not course.events[event].by_date.dates:
            continue
        by_date = course.events[event].by_date
        dates, p, low, high = by_date.dates, _short(by_date.p), _short(by_date.q05), _short(by_date.q95)
        top = max([top, *(value for value in high + p if value is not None)])
        name, colour = plain(course.name or identifier), course_colour(index)
        bands.append(_band(dates, low, high, faint(colour, 0.13)))
        line = _line(dates, p, colour, name, course_dash(index))
        line["customdata"] = [[fmt.percent(y), fmt.chance_range(a, b)] for y, a, b in zip(p, low, high, strict=False)]
        line["hovertemplate"] = f"{name}: <b>%{{customdata[0]}}</b> (%{{customdata[1]}})<extra></extra>"
        lines.append(line)
    layout = _layout(hovermode="x unified")
    layout["yaxis"] |= {"tickformat": ".0%", "range": [0, _ceiling(top)], "nticks": 5}
    layout["xaxis"] |= {"type": "date", "nticks": ticks, "tickformat": "%b\n%Y"}
    _mark(layout, results.clock.now, "record ends")
    return {"data": bands + lines, "layout": layout}


def fan(results: Result, stock: str) -> Figure:
    """One stock: replayed history, observations, then a fan with its median per course.

    The fan shows 50 % and 90 %; of three or more courses only 90 %, because more bands hide each other.
    """
    bands, lines, tail = [], [], []
    seen: set[tuple[Any, ...]] = set()
    for index, (identifier, course) in enumerate(results.courses.items()):
        data = course.stocks.get(stock)
        if not data or not data.dates:
            continue
        name, colour = plain(course.name or identifier), course_colour(index)
        for low, high, opacity in BANDS if len(results.courses) < 3 else BANDS[:1]:
            edges = _short(getattr(data, low)), _short(getattr(data, high))
            bands.append(_band(data.dates, *edges, faint(colour, opacity)))
        line = _line(data.dates, _short(data.q50), colour, name, course_dash(index))
        ends = zip(data.q50, data.q05, data.q95, strict=False)
        line["customdata"] = [[fmt.number(y), fmt.interval(a, b)] for y, a, b in ends]
        line["hovertemplate"] = f"{name}: <b>%{{customdata[0]}}</b> (%{{customdata[1]}})<extra></extra>"
        lines.append(line)
        if data.history.dates and not tail:  # the same for every course: drawn once
            past = _line(data.history.dates, _short(data.history.mean), INK, "replayed") | {"hoverinfo": "skip"}
            past["line"] = {"color": INK, "width": 1.2}
            tail.append(past)
        rows = [row for row in data.observed if _key(row) not in seen]
        seen.update(map(_key, rows))
        if rows:
            tail.append(_observed(rows, data.unit))
    layout = _layout(hovermode="x unified")
    layout["xaxis"] |= {"type": "date", "nticks": 4, "tickformat": "%b\n%Y"}
    layout["yaxis"] |= {"nticks": 5, "tickformat": "~s" if _large(lines) else ""}
    _mark(layout, results.clock.branch, "")
    return {"data": bands + tail + lines, "layout": layout}


def timeline(results: Result) -> Figure:
    """The ledger: one row per track, one mark per entry, size by rung; hover gives note, source and grade."""
    order: list[str] = sorted({row.track for row in results.ledger}, key=_track_order)
    traces = []
    for track in order:
        rows = [row for row in results.ledger if row.track == track]
        rungs = [row.rung or 0 for row in rows]
        hollow = track == "context"
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [str(row.date) for row in rows],
                "y": [plain(track)] * len(rows),
                "hovertext": [_ledger_hover(row) for row in rows],
                "hoverinfo": "text",
                "marker": {
                    "symbol": "diamond" if track == "event" else "circle-open" if hollow else "circle",
                    "size": [8 if track == "event" else 6 if hollow else round(5 + 1.6 * float(r), 1) for r in rungs],
                    "color": MUTED if hollow else INK,
                    "opacity": [0.25 if row.folded else 0.6 for row in rows],
                    "line": {"width": 1.2 if hollow else 0.8, "color": MUTED if hollow else PAPER},
                },
            }
        )
    layout = _layout(hovermode="closest")
    span = _span(results.ledger, results.clock)
    layout["xaxis"] |= {"type": "date", "nticks": 8, "tickformat": "%b\n%Y", "range": span}
    layout["yaxis"] |= {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": [plain(track) for track in reversed(order)],
        "range": [-0.6, len(order)],  # room for the label above the first track
        "showgrid": True,
    }
    _mark(layout, results.clock.branch, "courses part", side="right")
    return {"data": traces, "layout": layout}


def plain(text: Any) -> str:
    """Text of the user for a place where Plotly reads HTML and templates: shown as it was written."""
    return html.escape(str(text), quote=False).replace("%{", "%\u200b{")


def _layout(hovermode: str) -> Figure:
    axis = {"fixedrange": True, "zeroline": False, "linecolor": RULE, "tickcolor": RULE, "automargin": True}
    return {
        "font": {"family": FONT, "size": 12, "color": MUTED},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 36, "r": 10, "t": 14, "b": 34},
        "showlegend": False,
        "dragmode": False,
        "hovermode": hovermode,
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": RULE, "align": "left", "font": {"size": 12, "color": INK}},
        "xaxis": axis | {"showgrid": False, "ticks": "outside", "ticklen": 4, "hoverformat": "%-d %b %Y"},
        "yaxis": axis | {"gridcolor": "#ebe8e1", "showline": False},
        "shapes": [],
        "annotations": [],
    }


def _line(
    dates: Sequence[dt.date], values: Sequence[float | None], colour: str, name: str, dash: str = "solid"
) -> Figure:
    line = {"color": colour, "width": 2.4, "dash": dash}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(map(str, dates)),
        "y": list(values),
        "name": name,
        "line": line,
    }


def _band(dates: Sequence[dt.date], low: Sequence[Any], high: Sequence[Any], fill: str) -> Figure:
    """One closed outline: forward along the upper edge, back along the lower."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [str(day) for day in (*dates, *reversed(dates))],
        "y": [*high, *reversed(low)],
        "fill": "toself",
        "fillcolor": fill,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def _observed(rows: Sequence[Observation], unit: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [str(row.date) for row in rows],
        "y": _short([row.value for row in rows]),
        "marker": {"symbol": "circle-open", "size": 4.5, "color": INK, "opacity": 0.75, "line": {"width": 1}},
        "customdata": [[fmt.quantity(row.value, plain(unit)), plain(row.source), row.grade] for row in rows],
        "hovertemplate": "observed: %{customdata[0]} · %{customdata[1]} %{customdata[2]}<extra></extra>",
    }


def _mark(layout: Figure, date: dt.date, label: str, side: str = "left") -> None:
    """A dotted upright line at `date`, labelled at its head; `side` is the side of the label that touches it."""
    line = {"color": MUTED, "width": 1, "dash": "dot"}
    layout["shapes"].append(
        {"type": "line", "xref": "x", "yref": "paper", "x0": str(date), "x1": str(date), "y0": 0, "y1": 1, "line": line}
    )
    if label:
        where = {"xref": "x", "yref": "paper", "x": str(date), "y": 1, "xanchor": side, "yanchor": "top"}
        where["xshift"] = 3 if side == "left" else -3
        layout["annotations"].append(where | {"text": label, "showarrow": False, "font": {"size": 11, "color": MUTED}})


def _ledger_hover(row: LedgerRow) -> str:
    rung = f" · rung {fmt.number(row.rung)}" if row.rung else ""
    size = f" · size {fmt.number(row.magnitude)}" if fmt.known(row.magnitude) else ""
    folded = " · folded: a higher rung of the same step counts" if row.folded else ""
    note = textwrap.wrap(row.note, HOVER_WIDTH)
    source = f"{row.source or 'no source'}, {fmt.day(row.published)}, grade {row.grade or 'none'}"
    tail = textwrap.wrap(f"{source}{folded}", HOVER_WIDTH)
    head = f"<b>{plain(row.move)}</b> · {plain(row.track)}<br>{fmt.day(row.date)}{rung}{size}"
    return "<br>".join([head, *map(plain, note), *(f"<i>{plain(line)}</i>" for line in tail)])


def _track_order(track: str) -> tuple[int, str]:
    """Actors' tracks first, then what happened, then context."""
    return ({"event": 1, "context": 2}.get(track, 0), track)


def _short(values: Sequence[Any]) -> list[float | None]:
    """Four significant digits are more than a pixel shows; not-a-number becomes a gap."""
    return [float(f"{value:.4g}") if fmt.known(value) else None for value in values]


def _ceiling(top: float) -> float:
    """Upper end of a probability axis: a little air, never under 5 %, never over 100 %."""
    return min(1.0, max(0.05, math.ceil(top * 1.08 * 20) / 20))


def _span(rows: Sequence[LedgerRow], clock: Clock) -> list[str]:
    """First to last day of the ledger and the record, with room for the marks at both ends."""
    days = [clock.start, clock.now, *(row.date for row in rows)]
    room = (max(days) - min(days)) * 0.02
    return [str(min(days) - room), str(max(days) + room)]


def _large(lines: Sequence[Mapping[str, Any]]) -> bool:
    return any(value is not None and abs(value) >= 10_000 for line in lines for value in line["y"])


def _key(row: Observation) -> tuple[Any, ...]:
    return row.date, row.value, row.file, row.source
