"""Maximum-likelihood estimates as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from detente.cli.tables import grid, heading


def estimates(results: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Coefficients of every hypothesis, how well they explain the record, and what to know before believing them."""
    yield heading(results)
    for name, about in results["hypotheses"].items():
        if len(results["hypotheses"]) > 1:
            yield Text(f"hypothesis {name}", style="bold")
        table = grid("parameter", "unit", "estimate", "se", "z", "note")
        for parameter, row in about["coefficients"].items():
            forms = zip(("estimate", "se", "z"), (".5g", ".4g", ".2f"), strict=True)
            numbers = ("–" if row[key] is None else f"{row[key]:{form}}" for key, form in forms)
            table.add_row(*map(Text, (parameter, row["unit"], *numbers, row["note"])))
        yield table
        yield Text(
            f"log likelihood {about['log_likelihood']:.4f}, AIC {about['aic']:.3f}, {about['free']} free parameters, "
            f"{about['n']} {about['n_of']}, largest slope {about['max_abs_gradient']:.1e}"
        )
        if about.get("outcomes"):
            shares = grid("outcome", "observed", "fitted")
            for row in about["outcomes"]:
                shares.add_row(Text(row["outcome"]), Text(f"{row['observed']:.4f}"), Text(f"{row['fitted']:.4f}"))
            yield shares
        if about["problems"]:
            yield Text("\n".join(f"warning: {text}" for text in about["problems"]), style="yellow")
    if approximate := results["noise"]["approximate"]:
        yield Text("\n".join(f"the likelihood is approximate: {text}" for text in approximate), style="yellow")
