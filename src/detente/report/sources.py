"""What the record says and where: the ledger, and the quantities that sources dispute. Formatting only."""

from __future__ import annotations

from urllib.parse import urlsplit

from detente.report import format as fmt
from detente.report import graphics
from detente.report.format import Section
from detente.result import Result
from detente.result.evidence import Pooled, PooledSpread, Quantity, Report

Span = tuple[float | None, float | None]


def ledger(results: Result) -> Section:
    """The record: rows by date, and how many of them the likelihood uses."""
    rows = [
        {
            "date": fmt.day(row.date),
            "track": row.track,
            "move": row.move,
            "rung": fmt.number(row.rung) if row.rung else "",
            "target": row.target,
            "magnitude": fmt.number(row.magnitude) if fmt.known(row.magnitude) else "",
            "note": row.note,
            "source": row.source or "no source",
            "url": _web(row.url),
            "published": fmt.day(row.published) if row.published else "",
            "grade": row.grade,
            "folded": bool(row.folded),
        }
        for row in sorted(results.ledger, key=lambda row: row.date)
    ]
    return {"rows": rows, "folded": sum(row["folded"] for row in rows), "tracks": len({row["track"] for row in rows})}


def quantities(results: Result) -> list[Section]:
    """Disputed quantities, source by source, grouped by the side each source speaks for, and pooled."""
    return [quantity(name, row) for name, row in results.quantities.items()]


def quantity(name: str, row: Quantity) -> Section:
    """One disputed quantity. `pooled` is None in results that were kept from before quantities were pooled."""
    reports = sorted(row.reports, key=lambda report: (report.side, report.source))
    spans, pooled = [_span(report) for report in reports], row.pooled
    ends = [value for span in [*spans, _pooled_span(pooled)] for value in span if fmt.known(value)]
    low, high = (min(ends), max(ends)) if ends else (0.0, 0.0)
    log = bool(ends) and low > 0 and high / low > 50
    at = graphics.logarithmic(low, high) if log else graphics.linear(low, high)
    shown = [_report(report, span, row, at) for report, span in zip(reports, spans, strict=True)]
    told: set[str] = set()
    for report in shown:
        source = report["source"]
        first = source not in told
        report |= _part(source, pooled) if pooled and first else dict.fromkeys(("weight", "without", "nats"), "")
        told.add(source)
    return {
        "id": name,
        "says": row.says or name,
        "unit": fmt.unit(row.unit),
        "date": fmt.day(row.date),
        "low": fmt.number(low),
        "high": fmt.number(high),
        "log": log,
        "reports": shown,
        "pooled": _pooled(pooled, row, at) if pooled else None,
    }


def _pooled(pooled: Pooled, row: Quantity, at: graphics.Scale) -> Section:
    """The estimate in words, with what limits it."""
    low, high = _pooled_span(pooled)
    value = f"{fmt.quantity(pooled.q50, row.unit)} ({fmt.interval(low, high)})"
    text = f"Pooled: {value}, 90% interval, {pooled.scale} scale"
    caution = _caution(pooled)
    if pooled.sides and not caution:
        log = pooled.scale == "log"
        text += f"; the sides lean: {', '.join(_lean(side, bias, log) for side, bias in pooled.sides.items())}"
    text += f". {caution}" if caution else ""
    return {"value": value, "text": text, "bar": graphics.pooled(low, pooled.q50, high, at)}


def _lean(side: str, bias: PooledSpread, log: bool) -> str:
    size = fmt.factor(bias.q50) if log else fmt.signed(bias.q50)
    return f"{side} {size} ({fmt.interval(bias.q05, bias.q95)})"


def _caution(pooled: Pooled) -> str:
    sides = {side for source in pooled.sources.values() for side in source.sides}
    if len(pooled.sources) == 1:
        return "One source only: nothing checks it"
    if len(sides) == 1 and sides <= set(pooled.sides):
        return f"All sources speak for {sides.pop()}: a bias they share cannot be seen, only allowed for"
    return ""


def _part(source: str, pooled: Pooled) -> Section:
    """What a source does to the estimate."""
    about = pooled.sources[source]
    without = about.without
    rest = f"{fmt.number(without.q50)} ({fmt.interval(without.q05, without.q95)})" if without else ""
    return {
        "weight": fmt.number(about.weight, 2),
        "without": rest or fmt.MISSING,
        "nats": fmt.signed(about.adds.nats, 2),
    }


def _pooled_span(pooled: Pooled | None) -> Span:
    return (pooled.q05, pooled.q95) if pooled else (None, None)


def _report(report: Report, span: Span, row: Quantity, at: graphics.Scale) -> Section:
    low, high = span
    return {
        "side": report.side,
        "source": report.source,
        "url": _web(report.url),
        "published": fmt.day(report.published) if report.published else "",
        "grade": report.grade,
        "note": report.note,
        "said": fmt.interval(low, high),
        "value": f"{fmt.interval(low, high)}\N{NO-BREAK SPACE}{fmt.unit(row.unit)}".strip(),
        "bar": graphics.reported(low, high, at),
    }


def _span(report: Report) -> Span:
    if fmt.known(report.value):
        return report.value, report.value
    return report.low, report.high


def _web(url: str) -> str:
    """`url` when it is a web address, else nothing: a link must not be able to run a script."""
    text = url.strip()
    return text if urlsplit(text).scheme.lower() in ("http", "https") else ""
