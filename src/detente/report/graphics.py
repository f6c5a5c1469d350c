"""Small inline graphics as SVG, for table cells. They need no script, and they print.

Horizontal positions are percentages, so each graphic fills whatever width its cell has. All are hidden
from screen readers: the numbers stand in the same row as text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from detente.report.format import known
from detente.result.parts import Spread

Scale = Callable[[float], float]  # value -> position in percent, 0 at the left edge


def credence(
    before: float | None, after: float | None, error: float | None, ticks: tuple[int, ...] = (20, 80)
) -> Markup:
    """Credence on a line from 0 to 100 %: hollow dot before the evidence, filled dot after, verdict limits as ticks."""
    parts = ['<line class="axis" x1="0" x2="100%" y1="8" y2="8"/>']
    parts += [f'<line class="tick" x1="{at}%" x2="{at}%" y1="3" y2="13"/>' for at in ticks]
    if known(after):
        if known(error) and error:
            low, high = max(0.0, after - error), min(1.0, after + error)
            parts.append(f'<rect class="error" x="{low:.2%}" width="{high - low:.2%}" y="2" height="12"/>')
        if known(before):
            parts.append(f'<line class="move" x1="{before:.2%}" x2="{after:.2%}" y1="8" y2="8"/>')
            parts.append(f'<circle class="before" cx="{before:.2%}" cy="8" r="3.5"/>')
        parts.append(f'<circle class="after" cx="{after:.2%}" cy="8" r="4.5"/>')
    return _svg("credence-bar", 16, parts)


def share(value: float | None) -> Markup:
    """A share in [0, 1] as a bar."""
    parts = ['<rect class="back" x="0" width="100%" y="3" height="6"/>']
    if known(value):
        parts.append(f'<rect class="fill" x="0" width="{min(max(value, 0.0), 1.0):.2%}" y="3" height="6"/>')
    return _svg("share-bar", 12, parts)


def parts(shares: Sequence[float | None]) -> Markup:
    """Shares of a whole side by side, darkest first; the last one is left pale."""
    bars, left = ['<rect class="back" x="0" width="100%" y="2" height="9"/>'], 0.0
    for index, value in enumerate(shares[:-1]):
        width = min(max(value or 0.0, 0.0), 1.0)
        bars.append(f'<rect class="part-{index}" x="{left:.2%}" width="{width:.2%}" y="2" height="9"/>')
        left += width
    return _svg("parts-bar", 13, bars)


def learned(prior: Spread, posterior: Spread) -> Markup:
    """Prior (wide pale bar, 90 %) under posterior (thin line 90 %, thick 50 %, dot at the median), on one scale."""
    ends = [value for row in (prior, posterior) for value in (row.q05, row.q95)]
    if not any(map(known, ends)):
        return Markup("")
    low, high = min(filter(known, ends)), max(filter(known, ends))
    at = linear(low, high)
    parts = []
    if low < 0 < high:
        parts.append(f'<line class="zero" x1="{at(0):.2f}%" x2="{at(0):.2f}%" y1="1" y2="17"/>')
    if known(prior.q05) and known(prior.q95):
        parts.append(_bar("prior", at(prior.q05), at(prior.q95), 4, 10))
    if known(posterior.q05) and known(posterior.q95):
        parts.append(_bar("post", at(posterior.q05), at(posterior.q95), 8, 2))
        if known(posterior.q25) and known(posterior.q75):
            parts.append(_bar("post", at(posterior.q25), at(posterior.q75), 6.5, 5))
        if known(posterior.q50):
            parts.append(f'<circle class="after" cx="{at(posterior.q50):.2f}%" cy="9" r="4"/>')
    return _svg("learned-bar", 18, parts)


def reported(low: float | None, high: float | None, at: Scale) -> Markup:
    """What one source says, on the scale of its quantity: a dot for a value, a bar for a range."""
    parts = ['<line class="axis" x1="0" x2="100%" y1="8" y2="8"/>']
    if known(low) and known(high):
        if high > low:
            parts.append(_bar("post", at(low), at(high), 5.5, 5))
        else:
            parts.append(f'<circle class="after" cx="{at(low):.2f}%" cy="8" r="4.5"/>')
    return _svg("report-bar", 16, parts)


def pooled(low: float | None, middle: float | None, high: float | None, at: Scale) -> Markup:
    """A pooled estimate on the scale of its quantity: a pale bar for its interval, a dot for its median."""
    parts = ['<line class="axis" x1="0" x2="100%" y1="8" y2="8"/>']
    if known(low) and known(middle) and known(high):
        parts.append(_bar("prior", at(low), at(high), 3, 10))
        parts.append(f'<circle class="after" cx="{at(middle):.2f}%" cy="8" r="4.5"/>')
    return _svg("report-bar", 16, parts)


def band(low: float, high: float, upto_low: float, upto_high: float) -> Markup:
    """One band of the yardstick on a line from 0 to 100 %: as published (dark), with what we add in the gaps (pale)."""
    parts = ['<line class="axis" x1="0" x2="100%" y1="8" y2="8"/>']
    parts.append(_bar("prior", 100 * upto_low, 100 * upto_high, 3, 10))
    parts.append(_bar("post", 100 * low, 100 * high, 3, 10))
    return _svg("band-bar", 16, parts)


def curve(points: Sequence[tuple[float | None, float | None]]) -> Markup:
    """Credence (upright, 0 to 1) against the value a parameter is held at (across), with a line at one half."""
    known_points = [(x, y) for x, y in points if known(x) and known(y)]
    if len(known_points) < 2:
        return Markup("")
    at = linear(min(x for x, _ in known_points), max(x for x, _ in known_points))
    path = " ".join(f"{at(x):.1f},{2 + 24 * (1 - y):.1f}" for x, y in known_points)
    return Markup(
        '<svg class="curve" width="100" height="28" viewBox="0 0 100 28" aria-hidden="true">'
        '<line class="axis" x1="0" x2="100" y1="14" y2="14"/><polyline points="{}"/></svg>'
    ).format(path)


def linear(low: float, high: float) -> Scale:
    """A scale from `low` at 3 % to `high` at 97 %; one value alone sits in the middle."""
    if high <= low:
        return lambda value: 50.0
    return lambda value: 3 + 94 * (value - low) / (high - low)


def logarithmic(low: float, high: float) -> Scale:
    """As `linear`, of the logarithm. Values must be positive."""
    inner = linear(math.log(low), math.log(high))
    return lambda value: inner(math.log(value))


def _bar(name: str, left: float, right: float, top: float, height: float) -> str:
    width = max(right - left, 0.4)  # a bar of no width would vanish
    return f'<rect class="{name}" x="{left:.2f}%" width="{width:.2f}%" y="{top:g}" height="{height:g}"/>'


def _svg(name: str, height: int, parts: list[str]) -> Markup:
    # Only numbers and our own class names enter the markup, never text from the results.
    return Markup(f'<svg class="{name}" width="100%" height="{height}" aria-hidden="true">{"".join(parts)}</svg>')
