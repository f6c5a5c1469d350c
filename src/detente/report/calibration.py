"""The page of `detente verify calibration`: the result in, one self-contained HTML page without scripts out."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from detente.report.render import asset, environment
from detente.result.verify import CalibrationResult, ReliabilityBin

WIDTH, HEIGHT = 220, 110  # of a rank figure, in its own units
SIDE = 260  # of a reliability figure


def calibration_page(result: CalibrationResult) -> str:
    """Return the page on a calibration result. Deterministic; loads nothing."""
    band = result.band
    reach = 1.15 * max(
        max(abs(limit - at) for limits in band for limit, at in zip(limits, _diagonal(len(limits)), strict=True)),
        max(_furthest(row.ecdf, result.sims) for row in result.quantities.values()),
    )
    figures = {name: rank_figure(row.ecdf, result.sims, band, reach) for name, row in result.quantities.items()}
    kinds = {"hypotheses": result.hypotheses, "claims": result.claims}
    reliable = {kind: reliability_figure(found.reliability) for kind, found in kinds.items() if found}
    page = environment().get_template("parts/calibration.html.j2")
    return page.render(
        r=result,
        unseen=unseen(result),
        figures=figures,
        reach=reach,
        reliable=reliable,
        style=Markup(asset("style.css") + asset("calibration.css")),
    )


def unseen(result: CalibrationResult) -> str:
    """What so many records cannot show: the largest departure of the ranks that passes."""
    return (
        f"With {result.sims} records a fault passes that moves fewer than {result.unseen:.0%} of truths to the "
        "other side of some rank; more --sims show smaller ones."
    )


def _diagonal(points: int) -> list[float]:
    return [i / (points - 1) for i in range(points)]


def _furthest(ecdf: Sequence[int], sims: int) -> float:
    return max(abs(count / sims - at) for count, at in zip(ecdf, _diagonal(len(ecdf)), strict=True))


def rank_figure(ecdf: Sequence[int], sims: int, band: Sequence[Sequence[float]], reach: float) -> Markup:
    """ECDF of the ranks minus the diagonal, over the band that uniform ranks keep to."""
    at = _diagonal(len(ecdf))

    def points(values: Sequence[float]) -> list[str]:
        return [f"{WIDTH * x:.1f},{HEIGHT / 2 * (1 - (v - x) / reach):.1f}" for x, v in zip(at, values, strict=True)]

    low, high = points(band[0]), points(band[1])
    line = " ".join(points([count / sims for count in ecdf]))
    return Markup(
        '<svg class="ranks" viewBox="0 0 {} {}" aria-hidden="true"><polygon class="band" points="{}"/>'
        '<line class="axis" x1="0" x2="{}" y1="{}" y2="{}"/><polyline points="{}"/></svg>'
    ).format(WIDTH, HEIGHT, " ".join(high + low[::-1]), WIDTH, HEIGHT / 2, HEIGHT / 2, line)


def reliability_figure(rows: Sequence[ReliabilityBin]) -> Markup:
    """Frequency (upright) against stated probability (across), with 90 % intervals; on the diagonal all is as said."""
    marks = []
    for row in rows:
        x, radius = SIDE * row.stated, 2 + min(5.0, row.n**0.5 / 4)
        low, high = (SIDE * (1 - limit) for limit in (row.q05, row.q95))
        marks.append(Markup('<line x1="{0:.1f}" x2="{0:.1f}" y1="{1:.1f}" y2="{2:.1f}"/>').format(x, low, high))
        marks.append(Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>').format(x, SIDE * (1 - row.true), radius))
    return Markup(
        '<svg class="reliability" viewBox="-8 -8 {0} {0}" aria-hidden="true">'
        '<rect class="frame" width="{1}" height="{1}"/><line class="axis" x1="0" y1="{1}" x2="{1}" y2="0"/>{2}</svg>'
    ).format(SIDE + 16, SIDE, Markup("").join(marks))
