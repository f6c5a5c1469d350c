"""Proposed ledger rows as tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from detente.cli.tables import grid, section
from detente.events.ledger.files import note, number

if TYPE_CHECKING:
    from detente.events.cells import Report
    from detente.events.ledger.build import Built, Proposal
    from detente.language.records import Scenario

SHOWN = 40  # rows of a table; the files and --json hold all of them


def built_tables(built: Built, scenario: Scenario, report: Report) -> list[RenderableType]:
    """What was proposed, what the files cover, and what was left out and why."""
    shown: list[RenderableType] = [_rows(built), _covered(report, scenario)]
    if built.against:
        pairs = [(p, f"{r.move} on {r.date}, line {r.line}") for p, r in built.against]
        shown.append(_beside("The ledger has another move there, and stays as it is", "in the ledger", pairs))
    if built.held:
        pairs = [(p, f"on {r.date}, line {r.line}") for p, r in built.held]
        shown.append(_beside("In the ledger already", "in the ledger", pairs))
    if built.folded:
        pairs = [(p, f"{q.move} on {q.date}") for p, q in built.folded]
        shown.append(_beside("Folded: one move counts per track and step", "what counts", pairs))
    shown.append(_counts("Events left out", "why", built.dropped, f"of {built.events:,} events"))
    if built.unknown_actors:
        shown.append(_counts("Most frequent actors that the scenario does not know", "actor", built.unknown_actors))
    if built.unmatched:
        shown.append(_counts("Most frequent acts that no rule takes", "act", built.unmatched))
    return shown


def _rows(built: Built) -> RenderableType:
    if not built.rows:
        return Text("No row to propose.")
    table = grid("date", "track", "move", "target", "size", "rests on")
    for p in built.rows[:SHOWN]:
        size = number(p.magnitude)
        if p.low is not None and p.low != p.high:
            size += f" ({number(p.low)} to {number(p.high)})"
        table.add_row(*(Text(cell) for cell in (str(p.date), p.track, p.move, p.target, size, note(p))))
    more = f", the first {SHOWN} shown" if len(built.rows) > SHOWN else ""
    return section(f"Proposed rows ({len(built.rows)}{more})", table)


def _covered(report: Report, scenario: Scenario) -> RenderableType:
    """The years of every file, and which have nothing of the record."""
    clock = scenario.clock
    table = grid("file", "first day", "last day", "")
    for name, (first, last) in list(report.days.items())[:SHOWN]:
        inside = first < clock.now and last >= clock.start
        note = "" if inside else f"outside the record, {clock.start} to before {clock.now}"
        table.add_row(*(Text(cell) for cell in (name, str(first), str(last), note)))
    more = f" ({len(report.days)}, the first {SHOWN} shown)" if len(report.days) > SHOWN else ""
    return section(f"What the files cover{more}", table)


def _beside(title: str, header: str, pairs: list[tuple[Proposal, str]]) -> RenderableType:
    table = grid("date", "track", "move", "events", header)
    for p, other in pairs[:SHOWN]:
        table.add_row(*(Text(cell) for cell in (str(p.date), p.track, p.move, f"{p.events:,}", other)))
    more = f", the first {SHOWN} shown" if len(pairs) > SHOWN else ""
    return section(f"{title} ({len(pairs)}{more})", table)


def _counts(title: str, header: str, counts: Counter[str], of: str = "") -> RenderableType:
    table = grid(header, "events")
    for name, count in counts.most_common(12):
        if count:
            table.add_row(Text(name), Text(f"{count:,}"))
    return section(f"{title}{f' ({sum(counts.values()):,} {of})' if of else ''}", table)
