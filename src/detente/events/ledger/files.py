"""A proposal as files: rows in the form of history.csv, and beside them what each data set says of every row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from detente.events.cells import Report
from detente.events.ledger.build import SOURCES, Built, Estimate, Proposal

HISTORY = ("date", "track", "move", "target", "magnitude", "source", "published", "grade", "url", "note")
BESIDE = (
    "date",
    "track",
    "move",
    "target",
    "provider",
    "events",
    "reports",
    "value",
    "low",
    "high",
    "unit",
    "sources",
    "ids",
)
LEFT_OUT = ("file", "first_line", "column", "expected", "value", "rows")


def history_text(built: Built) -> str:
    """The proposed rows as history.csv has them: to be read, graded and pasted by hand."""
    return _csv(HISTORY, (_history(proposal) for proposal in built.rows))


def sources_text(built: Built) -> str:
    """What each data set says of each proposed row, one line per row and data set."""
    return _csv(BESIDE, (_beside(p, e) for p in built.rows for e in p.estimates))


def left_out_text(report: Report) -> str:
    """What rows do not fit, by value; the rarer values of a column are one line without a value."""
    return _csv(LEFT_OUT, report.left_out())


def _history(p: Proposal) -> Sequence[object]:
    url = next((e.url for e in p.estimates if e.url), "")
    source = "; ".join(_sources(e) for e in p.estimates)
    return (p.date, p.track, p.move, p.target, number(p.magnitude), source, "", "", url, note(p))


def note(p: Proposal) -> str:
    """What a proposed row rests on, and where the data sets disagree."""
    counts = ", ".join(f"{e.provider} {e.events}" for e in p.estimates)
    text = f"Proposed by rule {p.rule.number} from {p.events} event{'s' * (p.events != 1)} ({counts})"
    sizes = [_size(e) for e in p.estimates if e.value is not None]
    if sizes:
        unit = next(e.unit for e in p.estimates if e.value is not None)
        text += f"; {unit}: {', '.join(sizes)}{'; the data sets disagree' if p.disputed else ''}"
    return text


def _size(e: Estimate) -> str:
    spread = "" if e.low == e.high else f" ({number(e.low)} to {number(e.high)})"
    return f"{e.provider} {number(e.value)}{spread}"


def _sources(e: Estimate) -> str:
    named = ", ".join(e.sources[:SOURCES])
    more = len(e.sources) - SOURCES
    return f"{e.provider}: {named}{f' and {more} more' if more > 0 else ''}" if named else e.provider


def _beside(p: Proposal, e: Estimate) -> Sequence[object]:
    sizes = [number(value) for value in (e.value, e.low, e.high)]
    reports = "" if e.reports is None else e.reports
    lists = ["; ".join(e.sources), "; ".join(e.ids)]
    return (p.date, p.track, p.move, p.target, e.provider, e.events, reports, *sizes, e.unit, *lists)


def number(value: float | None) -> str:
    """A number as it is written in a table; nothing for none."""
    return "" if value is None else f"{value:.10g}"


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
