"""Maximum-likelihood estimates as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from detente.cli.tables import grid, heading
from detente.result.verify import EstimateResult


def estimates(results: EstimateResult) -> Iterator[RenderableType]:
    """Coefficients of every hypothesis, how well they explain the record, and what to know before believing them."""
    yield heading(results)
    for name, about in results.hypotheses.items():
        if len(results.hypotheses) > 1:
            yield Text(f"hypothesis {name}", style="bold")
        table = grid("parameter", "unit", "estimate", "se", "z", "note")
        for parameter, found in about.coefficients.items():
            forms = ((found.estimate, ".5g"), (found.se, ".4g"), (found.z, ".2f"))
            numbers = ("–" if value is None else f"{value:{form}}" for value, form in forms)
            table.add_row(*(Text(cell) for cell in (parameter, found.unit, *numbers, found.note)))
        yield table
        yield Text(
            f"log likelihood {about.log_likelihood:.4f}, AIC {about.aic:.3f}, {about.free} free parameters, "
            f"{about.n} {about.n_of}, largest slope {about.max_abs_gradient:.1e}"
        )
        if about.outcomes:
            shares = grid("outcome", "observed", "fitted")
            for row in about.outcomes:
                shares.add_row(Text(row.outcome), Text(f"{row.observed:.4f}"), Text(f"{row.fitted:.4f}"))
            yield shares
        if about.problems:
            yield Text("\n".join(f"warning: {text}" for text in about.problems), style="yellow")
    if approximate := results.noise.approximate:
        yield Text("\n".join(f"the likelihood is approximate: {text}" for text in approximate), style="yellow")
