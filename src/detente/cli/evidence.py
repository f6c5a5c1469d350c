"""`detente evidence`: what sources say of disputed quantities, and what it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.cli import options
from detente.cli.output import json_text, print_json, show
from detente.cli.scenario import open_scenario
from detente.result.evidence import EvidenceResult, Quantity

if TYPE_CHECKING:
    from rich.console import RenderableType


def evidence(
    scenario: options.ScenarioName,
    without: options.Without = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Pool what sources say of disputed quantities.

    Shows for each quantity the pooled estimate, how far each side leans, and for each source its weight and what the
    estimate would be without it; nats is how much its error grows by that, as a logarithm. Runs nothing.
    """
    loaded = open_scenario(scenario, None, without, quiet=quiet)
    from detente.evidence.quantities import quantity_results

    quantities = quantity_results(loaded)
    if as_json:
        left_out = sorted(set(without or ()))
        result = EvidenceResult(
            scenario=loaded.id, scenario_sha256=loaded.sha256, without=left_out, quantities=quantities
        )
        print_json(json_text(result))
        return
    from rich.text import Text

    parts = [quantity_table(name, about) for name, about in quantities.items()]
    show(*(parts or [Text("the scenario disputes no quantity: it has no evidence.yaml")]))


def quantity_table(name: str, about: Quantity) -> RenderableType:
    """One quantity: the pooled estimate, and its sources with what each adds."""
    from rich.console import Group
    from rich.text import Text

    from detente.cli.tables import grid
    from detente.report import sources

    shown = sources.quantity(name, about)
    table = grid("side", "grade", "says", "weight", "without it", "nats", "source", whole=6)
    for row in shown["reports"]:
        table.add_row(*(Text(row[key]) for key in ("side", "grade", "said", "weight", "without", "nats", "source")))
    head = Text(f"{name}: {shown['says']}", style="bold")
    head.append(f" ({shown['date']})", style="not bold")
    return Group(head, Text(shown["pooled"]["text"]), table)
