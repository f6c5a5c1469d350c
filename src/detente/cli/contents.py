"""What a scenario holds, as tables: the output of `detente check`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from detente.cli.tables import grid, section
from detente.report import format as fmt

_SECTIONS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {  # key: title, and key -> header of each column
    "actors": ("Actors", (("id", "actor"), ("name", "name"), ("utility", "utility"))),
    "ladder": ("Ladder", (("rung", "rung"), ("track", "track"), ("move", "move"), ("times", "in the ledger"))),
    "stocks": (
        "Stocks",
        (("id", "stock"), ("unit", "unit"), ("initial", "initial"), ("range", "range"), ("observations", "measured")),
    ),
    "events": (
        "Events",
        (("id", "event"), ("once", "once"), ("ends", "ends"), ("times", "in the ledger"), ("says", "says")),
    ),
    "parameters": ("Parameters", (("id", "parameter"), ("prior", "prior"), ("unit", "unit"), ("why", "why"))),
    "hypotheses": ("Hypotheses", (("id", "hypothesis"), ("weight", "weight"), ("set", "set"), ("says", "says"))),
    "courses": ("Courses", (("id", "course"), ("name", "name"), ("forced", "forced"), ("forbidden", "forbidden"))),
    "quantities": (
        "Disputed quantities",
        (("id", "quantity"), ("unit", "unit"), ("date", "date"), ("reports", "sources")),
    ),
    "forecasts": ("Forecast questions", (("id", "question"), ("asks", "asks"), ("steps", "steps ahead"))),
}


def contents_tables(contents: Mapping[str, Any], warnings: Sequence[str]) -> list[RenderableType]:
    """The summary of a scenario (`detente.language.summary`) and its lint."""
    shown: list[RenderableType] = [_head(contents)]
    for key, (title, columns) in _SECTIONS.items():
        if not contents[key]:
            continue
        table = grid(*(header for _, header in columns))
        for row in contents[key]:
            table.add_row(*(Text(_cell(row[name])) for name, _ in columns))
        shown.append(section(f"{title} ({len(contents[key])})", table))
    if contents["claims"]:
        shown.append(_claims(contents["claims"]))
    shown.append(_lint(warnings))
    return shown


def _head(contents: Mapping[str, Any]) -> Text:
    clock, ledger = contents["clock"], contents["ledger"]
    text = Text(f"{contents['id']}: {contents['title']}\n", style="bold")
    if contents["question"]:
        text.append(f"{contents['question']}\n", style="not bold")
    step = fmt.count(clock["step_days"], "day")
    lines = [
        f"clock   {clock['start']} to {clock['end']}, {fmt.count(clock['steps'], 'step')} of {step}",
        f"branch  {clock['branch']}, where the courses part; the record ends on {clock['now']}",
        "ledger  no rows"
        if not ledger["rows"]
        else f"ledger  {fmt.count(ledger['rows'], 'row')} from {ledger['first']} to {ledger['last']}: "
        f"{fmt.count(ledger['moves'], 'move')}, {fmt.count(ledger['events'], 'event')}, {ledger['context']} of context",
        f"hash    {contents['sha256']}",
    ]
    text.append("\n".join(lines), style="not bold")
    return text


def _claims(claims: Sequence[Mapping[str, Any]]) -> Group:
    table = grid("claim", "says", "test")
    for claim in claims:
        test = claim["test"] or claim["judged"] or f"not testable yet: {claim['untestable']}"
        table.add_row(Text(claim["id"]), Text(claim["says"]), Text(test))
    return section(f"Claims ({len(claims)})", table)


def _lint(warnings: Sequence[str]) -> Text:
    if not warnings:
        return Text("the scenario is sound, and the lint has nothing to remark", style="green")
    head = f"the scenario is sound; {fmt.count(len(warnings), 'remark')} by the lint:\n"
    return Text(head + "\n".join(f"- {warning}" for warning in warnings), style="yellow")


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:g}" if isinstance(value, float) else str(value)
