"""`detente compare`: what moved between two results, or two scenarios."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.command import Answer, Job, command
from detente.cli.output import show
from detente.cli.render import read_results
from detente.cli.run import RESULTS, results_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from detente.result import Result
    from detente.result.compare import Comparison, Moved

THING = "A results.json, a folder that `detente run` wrote, or a scenario, which is run."


@command("seed", "draws", "futures", "as_json", "quiet")
def compare(
    job: Job,
    a: Annotated[str, typer.Argument(metavar="A", help=THING)],
    b: Annotated[str, typer.Argument(metavar="B", help="The same.")],
) -> Answer:
    """Show what moved between two runs.

    Verdicts, credences and chances of events; a star marks what moved by more than two Monte-Carlo errors, taken as if
    the two shared no random numbers.
    """
    from detente.result.compare import compare as compared

    first, second = (_result(job, name) for name in (a, b))
    found = compared(first, second)
    return Answer(found, lambda: show(*_tables(found, a, b)))


def _result(job: Job, name: str) -> Result:
    path = Path(name)
    if path.suffix == ".json" or (path / RESULTS).is_file():
        return read_results(path / RESULTS if path.is_dir() else path)
    asked = replace(job, scenario=name)
    return results_of(asked, asked.open(), {})


def _tables(found: Comparison, a: str, b: str) -> list[RenderableType]:
    from rich.text import Text

    from detente.cli.tables import grid
    from detente.report import format as fmt

    def cells(one: Moved) -> list[Text]:
        sides = [fmt.MISSING if x.value is None else fmt.chance(x.value, x.mc_error) for x in (one.a, one.b)]
        change = fmt.MISSING if one.difference is None else f"{100 * one.difference:+.0f} pp{' *' if one.moved else ''}"
        return [Text(text) for text in (*sides, change)]

    claims = grid("claim", "A", "B", "change", "verdict")
    for name, about in found.claims.items():
        verdicts = list(dict.fromkeys(one or "not there" for one in (about.verdict_a, about.verdict_b)))
        told = " → ".join(verdicts) + (" (reversed)" if about.reversed else "")
        claims.add_row(Text(name), *cells(about.credence), Text(told))
    events = grid("event by the end of the clock", "course", "A", "B", "change")
    for course, chances in found.events.items():
        for name, one in chances.items():
            events.add_row(Text(name), Text(course), *cells(one))
    return [Text(f"A: {a}\nB: {b}"), *(table for table in (claims, events) if table.rows)]
