"""The page of `detente verify calibration`: the result in, one self-contained HTML page without scripts out."""

from __future__ import annotations

from detente.report.figures.calibration import ranks, reliability
from detente.report.render import environment, style
from detente.result.verify import CalibrationResult

PANEL, SQUARE = (230, 90), (300, 230)  # width and height of a figure in its own units


def calibration_page(result: CalibrationResult) -> str:
    """Return the page on a calibration result. Deterministic; loads nothing."""
    figures = {name: ranks(result, name).svg(*PANEL) for name in result.quantities}
    kinds = {"hypotheses": result.hypotheses, "claims": result.claims}
    reliable = {
        kind: reliability(result, kind, found.reliability).svg(*SQUARE) for kind, found in kinds.items() if found
    }
    page = environment().get_template("parts/calibration.html.j2")
    return page.render(
        r=result,
        unseen=unseen(result),
        figures=figures,
        reliable=reliable,
        style=style("style.css", "calibration.css"),
    )


def unseen(result: CalibrationResult) -> str:
    """What so many records cannot show: the largest departure of the ranks that passes."""
    return (
        f"With {result.sims} records a fault passes that moves fewer than {result.unseen:.0%} of truths to the "
        "other side of some rank; more --sims show smaller ones."
    )
