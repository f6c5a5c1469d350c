"""What the record says and where: the ledger, and the quantities that sources dispute. Formatting only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from detente.report import format as fmt
from detente.report import graphics

Results = Mapping[str, Any]
Section = dict[str, Any]


def ledger(results: Results) -> Section:
    """The record: rows by date, and how many of them the likelihood uses."""
    rows = [
        {
            "date": fmt.day(row["date"]),
            "track": row["track"],
            "move": row["move"],
            "rung": fmt.number(row["rung"]) if row.get("rung") else "",
            "target": row.get("target") or "",
            "magnitude": fmt.number(row["magnitude"]) if fmt.known(row.get("magnitude")) else "",
            "note": row.get("note") or "",
            "source": row.get("source") or "no source",
            "url": _web(row.get("url")),
            "published": fmt.day(row["published"]) if row.get("published") else "",
            "grade": row.get("grade") or "",
            "folded": bool(row.get("folded")),
        }
        for row in sorted(results["ledger"], key=lambda row: row["date"])
    ]
    return {"rows": rows, "folded": sum(row["folded"] for row in rows), "tracks": len({row["track"] for row in rows})}


def quantities(results: Results) -> list[Section]:
    """Disputed quantities, source by source, grouped by the side each source speaks for, and pooled."""
    return [quantity(name, row) for name, row in results["quantities"].items()]


def quantity(name: str, row: Mapping[str, Any]) -> Section:
    """One disputed quantity. `pooled` is None in results that were kept from before quantities were pooled."""
    reports = sorted(row.get("reports") or [], key=lambda report: (report.get("side") or "", report["source"]))
    spans, pooled = [_span(report) for report in reports], row.get("pooled")
    ends = [value for span in [*spans, _pooled_span(pooled)] for value in span if fmt.known(value)]
    low, high = (min(ends), max(ends)) if ends else (0.0, 0.0)
    log = bool(ends) and low > 0 and high / low > 50
    at = graphics.logarithmic(low, high) if log else graphics.linear(low, high)
    shown = [_report(report, span, row, at) for report, span in zip(reports, spans, strict=True)]
    told: set[str] = set()
    for report in shown:
        first = report["source"] not in told
        report |= (
            _part(report["source"], pooled) if pooled and first else dict.fromkeys(("weight", "without", "nats"), "")
        )
        told.add(report["source"])
    return {
        "id": name,
        "says": row.get("says") or name,
        "unit": fmt.unit(row.get("unit")),
        "date": fmt.day(row.get("date")),
        "low": fmt.number(low),
        "high": fmt.number(high),
        "log": log,
        "reports": shown,
        "pooled": _pooled(pooled, row, at) if pooled else None,
    }


def _pooled(pooled: Mapping[str, Any], row: Mapping[str, Any], at: graphics.Scale) -> Section:
    """The estimate in words, with what limits it."""
    low, high = _pooled_span(pooled)
    value = f"{fmt.quantity(pooled.get('q50'), row.get('unit'))} ({fmt.interval(low, high)})"
    text = f"Pooled: {value}, 90% interval, {pooled['scale']} scale"
    caution = _caution(pooled)
    if pooled["sides"] and not caution:
        log = pooled["scale"] == "log"
        text += f"; the sides lean: {', '.join(_lean(side, bias, log) for side, bias in pooled['sides'].items())}"
    text += f". {caution}" if caution else ""
    return {"value": value, "text": text, "bar": graphics.pooled(low, pooled.get("q50"), high, at)}


def _lean(side: str, bias: Mapping[str, Any], log: bool) -> str:
    size = fmt.factor(bias.get("q50")) if log else fmt.signed(bias.get("q50"))
    return f"{side} {size} ({fmt.interval(bias.get('q05'), bias.get('q95'))})"


def _caution(pooled: Mapping[str, Any]) -> str:
    sides = {side for source in pooled["sources"].values() for side in source["sides"]}
    if len(pooled["sources"]) == 1:
        return "One source only: nothing checks it"
    if len(sides) == 1 and sides <= set(pooled["sides"]):
        return f"All sources speak for {sides.pop()}: a bias they share cannot be seen, only allowed for"
    return ""


def _part(source: str, pooled: Mapping[str, Any]) -> Section:
    """What a source does to the estimate."""
    about = pooled["sources"][source]
    without = about.get("without") or {}
    rest = f"{fmt.number(without['q50'])} ({fmt.interval(without['q05'], without['q95'])})" if without else ""
    return {
        "weight": fmt.number(about.get("weight"), 2),
        "without": rest or fmt.MISSING,
        "nats": fmt.signed((about.get("adds") or {}).get("nats"), 2),
    }


def _pooled_span(pooled: Mapping[str, Any] | None) -> tuple[Any, Any]:
    return (pooled.get("q05"), pooled.get("q95")) if pooled else (None, None)


def _report(report: Mapping[str, Any], span: tuple[Any, Any], row: Mapping[str, Any], at: graphics.Scale) -> Section:
    low, high = span
    return {
        "side": report.get("side") or "",
        "source": report["source"],
        "url": _web(report.get("url")),
        "published": fmt.day(report["published"]) if report.get("published") else "",
        "grade": report.get("grade") or "",
        "note": report.get("note") or "",
        "said": fmt.interval(low, high),
        "value": f"{fmt.interval(low, high)}\N{NO-BREAK SPACE}{fmt.unit(row.get('unit'))}".strip(),
        "bar": graphics.reported(low, high, at),
    }


def _span(report: Mapping[str, Any]) -> tuple[Any, Any]:
    if fmt.known(report.get("value")):
        return report["value"], report["value"]
    return report.get("low"), report.get("high")


def _web(url: Any) -> str:
    """`url` when it is a web address, else nothing: a link must not be able to run a script."""
    text = str(url or "").strip()
    return text if urlsplit(text).scheme.lower() in ("http", "https") else ""
