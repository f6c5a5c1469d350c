"""The figures of a calibration: ranks of the truth among draws, and how often what was said came true."""

from __future__ import annotations

from collections.abc import Sequence

from detente.report import format as fmt
from detente.report.figures.figure import Axis, Figure, Mark, Range, Series
from detente.result.verify import CalibrationResult, ReliabilityBin


def ranks(result: CalibrationResult, name: str) -> Figure:
    """ECDF of the ranks of one quantity less the diagonal, over the band that even ranks keep to."""
    ecdf, reach = result.quantities[name].ecdf, furthest(result)
    at = _diagonal(len(ecdf))
    low, high = ([limit - x for limit, x in zip(limits, at, strict=True)] for limits in result.band)
    departs = [count / result.sims - x for count, x in zip(ecdf, at, strict=True)]
    return Figure(
        title=f"Ranks of {name}",
        about=f"Departs from even ranks by at most {fmt.number(max(map(abs, departs)), 2)}.",
        source=_source(result),
        across=Axis(kind="share", name="rank of the truth", low=0.0, high=1.0),
        upright=Axis(kind="number", name="share less even ranks", low=-reach, high=reach),
        series=[
            Series(name="", x=at, y=[0.0] * len(at), ranges=[Range(holds=0.0, low=low, high=high)], look="reference"),
            Series(name="", x=at, y=departs, course=0),
        ],
    )


def reliability(result: CalibrationResult, kind: str, rows: Sequence[ReliabilityBin]) -> Figure:
    """Frequency (upright) against stated probability (across), with 90 % ranges; on the diagonal all is as said."""
    marks = [
        Mark(
            x=row.stated,
            y=row.true,
            low=row.q05,
            high=row.q95,
            says=f"said {fmt.percent(row.stated)}, true {fmt.percent(row.true)} of {row.n}",
            size=round(2 + min(5.0, row.n**0.5 / 4), 1),
            course=0,
        )
        for row in rows
    ]
    return Figure(
        title=f"How often {kind} came true, by what was said",
        about="Values in the table beside it.",
        source=_source(result),
        across=Axis(kind="share", name="said", low=0.0, high=1.0),
        upright=Axis(kind="share", name="came true", low=0.0, high=1.0),
        series=[Series(name="", x=[0.0, 1.0], y=[0.0, 1.0], look="reference")],
        marks=marks,
    )


def furthest(result: CalibrationResult) -> float:
    """How far from even ranks any band or line of the result goes, with some air."""
    lines = [*result.band, *([count / result.sims for count in row.ecdf] for row in result.quantities.values())]
    return 1.15 * max(abs(value - x) for line in lines for value, x in zip(line, _diagonal(len(line)), strict=True))


def _diagonal(points: int) -> list[float]:
    return [i / (points - 1) for i in range(points)]


def _source(result: CalibrationResult) -> str:
    return f"Détente {result.made.versions['detente']}, scenario {result.scenario}, seed {result.seed}."
