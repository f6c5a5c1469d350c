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
    """Disputed quantities, source by source, grouped by the side each source speaks for."""
    groups = []
    for name, row in results["quantities"].items():
        reports = sorted(row.get("reports") or [], key=lambda report: (report.get("side") or "", report["source"]))
        spans = [_span(report) for report in reports]
        ends = [value for span in spans for value in span if fmt.known(value)]
        low, high = (min(ends), max(ends)) if ends else (0.0, 0.0)
        log = bool(ends) and low > 0 and high / low > 50
        at = graphics.logarithmic(low, high) if log else graphics.linear(low, high)
        groups.append(
            {
                "id": name,
                "says": row.get("says") or name,
                "unit": fmt.unit(row.get("unit")),
                "date": fmt.day(row.get("date")),
                "low": fmt.number(low),
                "high": fmt.number(high),
                "log": log,
                "reports": [_report(report, span, row, at) for report, span in zip(reports, spans, strict=True)],
            }
        )
    return groups


def _report(report: Mapping[str, Any], span: tuple[Any, Any], row: Mapping[str, Any], at: graphics.Scale) -> Section:
    low, high = span
    return {
        "side": report.get("side") or "",
        "source": report["source"],
        "url": _web(report.get("url")),
        "published": fmt.day(report["published"]) if report.get("published") else "",
        "grade": report.get("grade") or "",
        "note": report.get("note") or "",
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
