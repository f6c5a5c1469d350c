"""A figure as a record of what it shows, in what units and from where; and its drawing as SVG.

One record serves the report, a notebook and a file of its own. A drawing needs no script, no network and no font of
its own: text is text, colours are classes that the style sheet names, and what a pointer rests on tells its numbers.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Literal

from markupsafe import Markup
from msgspec import Struct

from detente.report import format as fmt
from detente.report import palette
from detente.report.figures import scales

Place = dt.date | float | str
Values = Sequence[float | None]
Point = tuple[float, float]

WIDTH = 360  # of a panel in its own units: about a phone's, and a column's of the page
TEXT, LINE = 11.5, 13.0  # size of letters, and of a line of them
TOP, BOTTOM = 24.0, 34.0  # room above for the unit and below for dates
GUTTER = 104.0  # room at the right for the names of lines
MARGIN = 12.0  # around a file of its own
NOTHING = 1e-5  # of an axis: a value as small is zero to the eye
HAIR = 0.3  # how far a line may be drawn from where it is: a third of a pixel; the edge of a band twice that
BAND = 0.4  # opacity that the bands of a figure share
BETWEEN = 3.0  # between the names of two lines
LEAST_PLOT, STOPS = 132.0, 7  # height between the axes; places along an axis that tell their numbers
DASHES = ("", "", "6 3", "2 2.5")  # by course: broken, so that one beneath shows where two coincide


class Axis(Struct, frozen=True, kw_only=True):
    """What one side of a figure measures. `names` is for things side by side; a line break in one makes two lines."""

    kind: Literal["date", "number", "share", "names"]
    name: str
    unit: str = ""
    low: Place | None = None
    high: Place | None = None
    names: Sequence[str] = ()


class Range(Struct, frozen=True, kw_only=True):
    """A band around a line that holds a share of what is possible."""

    holds: float
    low: Values
    high: Values


class Series(Struct, frozen=True, kw_only=True):
    """A line. Its colour is that of the course at place `course`, or ink."""

    name: str
    x: Sequence[Place]
    y: Values
    ranges: Sequence[Range] = ()
    course: int | None = None
    look: Literal["line", "thin", "reference"] = "line"
    shift: float = 0.0


class Mark(Struct, frozen=True, kw_only=True):
    """One thing at one place, with the range that it may lie in."""

    x: Place
    y: Place
    says: str = ""
    course: int | None = None
    shape: Literal["dot", "ring", "diamond"] = "dot"
    size: float = 3.8
    low: float | None = None
    high: float | None = None
    strength: float = 1.0
    shift: float = 0.0


class Rule(Struct, frozen=True, kw_only=True):
    """An upright line at a place worth a name."""

    at: Place
    says: str


class Figure(Struct, frozen=True, kw_only=True):
    """What a figure shows, in what units and from where."""

    title: str
    about: str
    source: str
    across: Axis
    upright: Axis
    series: Sequence[Series] = ()
    marks: Sequence[Mark] = ()
    rules: Sequence[Rule] = ()

    def svg(self, width: float = WIDTH, least: float = LEAST_PLOT, *, told: bool = True) -> Markup:
        """The drawing, for a page that holds `stylesheet()`; `told`: whether places tell their numbers to a pointer."""
        return _Drawing(self, width, least, told).markup()

    def file(self, width: float = 2 * WIDTH) -> str:
        """The drawing as a file of its own, light, with its title above and its source below."""
        room = width - 2 * MARGIN
        drawing = _Drawing(self, room, 2 * LEAST_PLOT, True)
        head = [("head", line) for line in scales.wrapped(self.title, room, 15)]
        foot = [("foot", line) for line in scales.wrapped(self.source, room, TEXT)]
        below = 20 * len(head) + 8 + drawing.height
        places = [20.0 * (at + 1) for at in range(len(head))] + [below + LINE * (at + 1) for at in range(len(foot))]
        height = below + LINE * len(foot) + 10
        texts = Markup("").join(
            Markup('<text class="{}" x="{:g}" y="{:g}">{}</text>').format(kind, MARGIN, y, line)
            for (kind, line), y in zip(head + foot, places, strict=True)
        )
        return Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" class="figure" viewBox="0 0 {0:g} {1:g}" width="{0:g}" '
            'height="{1:g}" role="img"><title>{2}</title><desc>{3}</desc><style>{4}</style>'
            '<rect class="sheet" width="{0:g}" height="{1:g}"/>{5}<g transform="translate({6:g} {7:g})">{8}</g></svg>\n'
        ).format(
            width, height, self.title, self.about, Markup(_literal()), texts, MARGIN, 20 * len(head) + 8, drawing.body()
        )

    def _repr_svg_(self) -> str:
        return self.file()


def stylesheet() -> str:
    """The styles of every drawing, which name colours by variables of the page."""
    rules = "".join(f".figure .course-{at} {{ color: var(--course-{at}); }}\n" for at in range(len(palette.COURSES)))
    return rules + files("detente.report.figures").joinpath("figures.css").read_text(encoding="utf-8")


def _literal() -> str:
    """The style sheet with the light colours in place of variables: not every reader of SVG knows those."""
    return re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: palette.LIGHT[found[1]], stylesheet())


class _Drawing:
    """Places of one figure on a sheet of a width, and what is drawn there."""

    def __init__(self, figure: Figure, width: float, least: float, told: bool) -> None:
        self.figure, self.width, self.told = figure, width, told
        self.x_axis, self.y_axis = _filled(figure.across, _xs(figure)), _filled(figure.upright, _ys(figure))
        self.y_labels = _labels(self.y_axis)
        self.left = math.ceil(max(scales.text_width(text, TEXT) for _, text in self.y_labels)) + 10
        self.names = [series for series in figure.series if _named(series)]
        gutter = max(GUTTER, width / 5)
        self.right = round(width - (gutter if self.names else 14))
        blocks = [_block(series, self.y_axis, gutter) for series in self.names]
        if figure.upright.kind == "names":
            least = 22.0 * len(figure.upright.names)
        self.plot = max(least, sum(LINE * len(block) + BETWEEN for block in blocks) + 4)
        about = figure.upright.unit or figure.upright.name
        self.unit = [] if figure.upright.kind == "names" else scales.wrapped(about, width, TEXT)
        self.top = TOP + LINE * max(0, len(self.unit) - 1)
        self.bottom, self.height = self.top + self.plot, self.top + self.plot + BOTTOM
        self.blocks = blocks
        self.banded: set[str] = set()  # outlines of the bands drawn so far

    def x(self, value: Place) -> float:
        """Where a value lies across."""
        return self.left + _share_of(self.x_axis, value) * (self.right - self.left)

    def y(self, value: Place) -> float:
        """Where a value lies upright."""
        share = _share_of(self.y_axis, value)
        return self.bottom - (1 - share if self.y_axis.kind == "names" else share) * self.plot

    def markup(self) -> Markup:
        return Markup(
            '<svg class="figure" viewBox="0 0 {:g} {:g}" role="img"><title>{}</title><desc>{}</desc>{}</svg>'
        ).format(self.width, round(self.height, 1), self.figure.title, self.figure.about, self.body())

    def body(self) -> Markup:
        """All that is drawn, what lies beneath first."""
        parts = [*self._upright(), *self._across()]
        parts += [self._band(series, band) for series in self.figure.series for band in series.ranges]
        parts += self._stops() if self.told else []
        parts += self._rules()
        parts += [self._line(series) for series in self.figure.series]
        parts += [self._mark(mark) for mark in self.figure.marks]
        parts += self._names()
        return Markup("").join(parts)

    def _upright(self) -> list[Markup]:
        parts = []
        for value, text in self.y_labels:
            y = self.y(value)
            parts.append(
                Markup(
                    '<path class="mesh" d="M{:g} {:.1f}H{:g}"/><text x="{:g}" y="{:.1f}" class="end">{}</text>'
                ).format(self.left, y, self.right, self.left - 6, y + 4, text)
            )
        for at, line in enumerate(self.unit):
            parts.append(Markup('<text x="0" y="{:g}">{}</text>').format(11 + LINE * at, line))
        return parts

    def _across(self) -> list[Markup]:
        axis, room = self.x_axis, self.right - self.left
        parts = [Markup('<path class="edge" d="M{:g} {:.1f}H{:g}"/>').format(self.left, self.bottom, self.right)]
        if axis.kind == "date":
            low, high = axis.low, axis.high
            assert isinstance(low, dt.date) and isinstance(high, dt.date)
            rows = scales.date_ticks(low, high, max(2, int(room / 42)))
            ticks = [(self.x(day), (label, year)) for day, label, year in rows]
        elif axis.kind == "names":
            skip = math.ceil(len(axis.names) * 42 / room)
            ticks = [(self.x(name), tuple(name.split("\n"))) for name in axis.names[::skip]]
        else:
            ticks = [(self.x(value), (text, "")) for value, text in _labels(axis)]
            if axis.name:
                middle = (self.left + self.right) / 2
                parts.append(
                    Markup('<text class="middle" x="{:.1f}" y="{:.1f}">{}</text>').format(
                        middle, self.bottom + 31, ", ".join(filter(None, [axis.name, axis.unit]))
                    )
                )
        for x, lines in ticks:
            parts.append(Markup('<path class="edge" d="M{:.1f} {:.1f}v4"/>').format(x, self.bottom))
            for at, line in enumerate(lines):
                if line:
                    parts.append(
                        Markup('<text class="middle" x="{:.1f}" y="{:.1f}">{}</text>').format(
                            x, self.bottom + 16 + LINE * at, line
                        )
                    )
        return parts

    def _band(self, series: Series, band: Range) -> Markup:
        """One closed outline: forward along the upper edge, back along the lower."""
        points = [
            (self.x(x) + series.shift, self.y(low), self.y(high))
            for x, low, high in zip(series.x, band.low, band.high, strict=True)
            if fmt.known(low) and fmt.known(high)
        ]
        if len(points) < 2:
            return Markup("")
        upper, lower = [(x, high) for x, _, high in points], [(x, low) for x, low, _ in points[::-1]]
        edge = _path(upper, 2 * HAIR) + "L" + _path(lower, 2 * HAIR)[1:]
        if edge in self.banded:  # a course that differs in nothing here: its line is drawn, its band would hide others
            return Markup("")
        self.banded.add(edge)
        weight = BAND / max(2, len(self.names))  # many bands over each other would hide the lines
        return self._of(series.course, Markup('<path class="band" opacity="{:.2g}" d="{}Z"/>').format(weight, edge))

    def _line(self, series: Series) -> Markup:
        runs: list[list[Point]] = [[]]
        for x, y in zip(series.x, series.y, strict=True):
            if fmt.known(y):
                runs[-1].append((self.x(x) + series.shift, self.y(y)))
            elif runs[-1]:
                runs.append([])
        path = "".join(_path(run) for run in runs if run)
        dash = DASHES[min(series.course or 0, len(DASHES) - 1)]
        broken = Markup(' stroke-dasharray="{}"').format(dash) if dash else ""
        return self._of(series.course, Markup('<path class="{}" d="{}"{}/>').format(series.look, path, broken))

    def _mark(self, mark: Mark) -> Markup:
        x, y, size = self.x(mark.x) + mark.shift, self.y(mark.y), mark.size
        parts = []
        if mark.low is not None and mark.high is not None:
            top, bottom = self.y(mark.high), self.y(mark.low)
            parts.append(
                Markup('<path class="whisker" d="M{:.1f} {:.1f}V{:.1f}"/>').format(x, top, max(bottom, top + 0.8))
            )
        says = Markup("<title>{}</title>").format(mark.says) if mark.says and self.told else ""
        look = Markup('"{}" opacity="{:g}"' if mark.strength < 1 else '"{}"').format(mark.shape, mark.strength)
        if mark.shape == "diamond":
            path = f"M{x:.1f} {y - size:.1f}l{size:g} {size:g}l-{size:g} {size:g}l-{size:g} -{size:g}Z"
            parts.append(Markup('<path class={} d="{}">{}</path>').format(look, path, says))
        else:
            parts.append(
                Markup('<circle class={} cx="{:.1f}" cy="{:.1f}" r="{:g}">{}</circle>').format(look, x, y, size, says)
            )
        return self._of(mark.course, Markup("").join(parts))

    def _rules(self) -> list[Markup]:
        parts = []
        for rule in self.figure.rules:
            x = self.x(rule.at)
            parts.append(Markup('<path class="rule" d="M{:.1f} {:g}V{:.1f}"/>').format(x, self.top - 8, self.bottom))
            fits = x + 3 + scales.text_width(rule.says, TEXT) <= self.right
            place = ("halo", x + 3) if fits else ("halo end", x - 3)
            parts.append(
                Markup('<text class="{}" x="{:.1f}" y="{:g}">{}</text>').format(*place, self.top - 2, rule.says)
            )
        return parts

    def _stops(self) -> list[Markup]:
        """Places along the axis that tell what every line says there, to a pointer that rests on them."""
        longest = max(self.figure.series, key=lambda series: len(series.x), default=None)
        if longest is None or len(longest.x) < 2 or not self.names:
            return []
        step = math.ceil(len(longest.x) / STOPS)
        places = list(longest.x[::-1][::step][::-1])  # with the last one
        xs = [self.x(place) for place in places]
        edges = [self.left, *((a + b) / 2 for a, b in itertools.pairwise(xs)), self.right]
        at = [{place: index for index, place in enumerate(series.x)} for series in self.names]
        parts = []
        for number, place in enumerate(places):
            lines = [fmt.day(place) if isinstance(place, dt.date) else _text(self.x_axis, place)]
            for series, where in zip(self.names, at, strict=True):
                if place in where and fmt.known(series.y[where[place]]):
                    lines.append(f"{series.name}: {_told(series, where[place], self.y_axis)}")
            width = max(edges[number + 1] - edges[number], 0.0)
            parts.append(
                Markup(
                    '<rect class="stop" x="{:.1f}" y="{:g}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
                ).format(edges[number], self.top, width, self.plot, "\n".join(lines))
            )
        return parts

    def _names(self) -> list[Markup]:
        """The name of each line where it ends, with its last value; names stand apart, and a thread leads to each."""
        ends = [self.y(_last(series) or 0.0) for series in self.names]
        heights = [LINE * len(block) + BETWEEN for block in self.blocks]
        tops = scales.apart(ends, heights, min(self.top, self.bottom - sum(heights)), self.bottom + 4)
        parts = []
        for series, block, y, top in zip(self.names, self.blocks, ends, tops, strict=True):
            text = self.right + 14
            value, *rest = block[0].split(" ", 1)
            lines = Markup('<tspan class="value">{}</tspan> {}').format(value, "".join(rest))
            lines += Markup("").join(
                Markup('<tspan x="{:g}" dy="{:g}">{}</tspan>').format(text, LINE, line) for line in block[1:]
            )
            thread = Markup('<path class="thread" d="M{:g} {:.1f}L{:g} {:.1f}"/>').format(
                self._end(series) + 1, y, text - 3, top + LINE / 2 + 0.5
            )
            name = Markup('<text class="name" x="{:g}" y="{:.1f}">{}</text>').format(text, top + LINE - 2.5, lines)
            parts.append(self._of(series.course, thread + name))
        return parts

    def _end(self, series: Series) -> float:
        """Where a line ends, across."""
        last = max(at for at, value in enumerate(series.y) if fmt.known(value))
        return self.x(series.x[last]) + series.shift

    def _of(self, course: int | None, what: Markup) -> Markup:
        """In the colour of a course, or in ink."""
        if course is None or not what:
            return what
        return Markup('<g class="course-{}">{}</g>').format(course % len(palette.COURSES), what)


def _path(points: Sequence[Point], hair: float = HAIR) -> str:
    """A line through points; those that lie on the way between their neighbours, but for a hair, are left out."""
    kept = [0]
    for end in range(2, len(points)):
        if any(_off(points[at], points[kept[-1]], points[end]) > hair for at in range(kept[-1] + 1, end)):
            kept.append(end - 1)
    kept += [len(points) - 1] if len(points) > 1 else []
    tenths = [(round(10 * x), round(10 * y)) for x, y in (points[at] for at in kept)]
    steps = [(to[0] - at[0], to[1] - at[1]) for at, to in itertools.pairwise(tenths)]
    return "M" + "l".join(_pair(*step) for step in [tenths[0], *steps])


def _pair(across: int, down: int) -> str:
    """Two lengths in tenths, as short as SVG reads them: "12.3-.5"."""
    first, second = (
        f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 else f"{tenths / 10:g}"
        for tenths in (across, down)
    )
    return first + ("" if second.startswith("-") else " ") + second


def _off(point: Point, start: Point, end: Point) -> float:
    """How far upright a point lies from the line between two others, which go across."""
    if start[0] == end[0]:
        return abs(point[1] - start[1])
    return abs(start[1] + (point[0] - start[0]) / (end[0] - start[0]) * (end[1] - start[1]) - point[1])


def _xs(figure: Figure) -> list[Place]:
    return [place for series in figure.series for place in series.x] + [mark.x for mark in figure.marks]


def _ys(figure: Figure) -> list[Place]:
    lines = [value for series in figure.series for value in series.y]
    lines += [value for series in figure.series for band in series.ranges for value in (*band.low, *band.high)]
    marks = [value for mark in figure.marks for value in (mark.y, mark.low, mark.high)]
    return [value for value in (*lines, *marks) if fmt.known(value)]


def _filled(axis: Axis, places: Sequence[Place]) -> Axis:
    """The axis with the bounds that it was not given."""
    if axis.kind == "names" or (axis.low is not None and axis.high is not None):
        return axis
    if axis.kind == "date":
        days = [place for place in places if isinstance(place, dt.date)]
        low, high = min(days), max(days)
        low, high = (low, high) if high > low else (low - dt.timedelta(1), high + dt.timedelta(1))
    else:
        numbers = [float(place) for place in places if isinstance(place, int | float)]
        low, high = (
            (0.0, scales.ceiling(max(numbers, default=0.0))) if axis.kind == "share" else scales.rounded(numbers)
        )
    return Axis(
        kind=axis.kind,
        name=axis.name,
        unit=axis.unit,
        low=low if axis.low is None else axis.low,
        high=high if axis.high is None else axis.high,
    )


def _share_of(axis: Axis, value: Place) -> float:
    """Where a value lies between the ends of an axis, 0 to 1; beyond an end, at the end."""
    if axis.kind == "names":
        return (axis.names.index(str(value)) + 0.5) / len(axis.names)
    numbers = [at.toordinal() if isinstance(at, dt.date) else float(at or 0.0) for at in (axis.low, axis.high, value)]
    low, high, at = numbers
    return min(1.0, max(0.0, (at - low) / (high - low)))


def _labels(axis: Axis) -> list[tuple[Place, str]]:
    """What is written along an axis of numbers or names."""
    if axis.kind == "names":
        return [(name, name) for name in axis.names]
    assert isinstance(axis.low, int | float) and isinstance(axis.high, int | float)
    return [(value, _text(axis, value)) for value in scales.number_ticks(axis.low, axis.high)]


def _text(axis: Axis, value: Place) -> str:
    if isinstance(value, str | dt.date):
        return str(value)
    return scales.share(value) if axis.kind == "share" else fmt.number(value)


def _named(series: Series) -> bool:
    """Whether the name of a line is written where it ends."""
    return series.look == "line" and bool(series.name) and _last(series) is not None


def _last(series: Series) -> float | None:
    return next((value for value in reversed(series.y) if fmt.known(value)), None)


def _said(axis: Axis, value: float | None) -> str:
    """A value in the words of the page: percent for a probability."""
    if axis.kind == "share":
        return fmt.percent(value)
    assert isinstance(axis.low, int | float) and isinstance(axis.high, int | float)
    return fmt.number(0.0 if fmt.known(value) and abs(value) < NOTHING * (axis.high - axis.low) else value)


def _told(series: Series, at: int, axis: Axis) -> str:
    """What a line says at one place, with its widest range."""
    text = _said(axis, series.y[at])
    if not series.ranges:
        return text
    widest = max(series.ranges, key=lambda band: band.holds)
    low, high = widest.low[at], widest.high[at]
    return f"{text} ({fmt.chance_range(low, high) if axis.kind == 'share' else fmt.interval(low, high)})"


def _block(series: Series, axis: Axis, gutter: float) -> list[str]:
    """Last value and name of a line, broken to the room beside the figure."""
    return scales.wrapped(f"{_said(axis, _last(series))} {series.name}", gutter - 16, TEXT)
