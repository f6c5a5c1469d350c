"""The tables of `detente verify calibration`."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from detente.cli.tables import grid, section
from detente.report.calibration import unseen
from detente.result.verify import CalibrationResult


def calibration(result: CalibrationResult) -> Iterator[RenderableType]:
    """Verdict, ranks and reliability."""
    passes = result.passes
    verdict = "passes" if passes else f"is REFUSED: {', '.join(result.refused)}"
    yield Text(
        f"{result.scenario}: calibration {verdict}. {result.sims} records of known truth, {result.tests} "
        f"tests; a correct fit is refused once in {1 / result.alpha:.0f} times.",
        style="bold" if passes else "bold red",
    )
    noise = result.noise
    yield f"noise: {noise.mode}" + "".join(f"\n  not exact: {reason}" for reason in noise.approximate)
    ranks = grid("quantity", "p (ECDF)", "p (chi squared)", "contraction", "z mean", "z sd")
    for name, row in result.quantities.items():
        rest = ["" if value is None else f"{value:.2f}" for value in (row.contraction, row.z_mean, row.z_sd)]
        mark = " REFUSED" if row.refused else ""
        cells = (name + mark, f"{row.p_ecdf:.3g}", f"{row.p_chi_squared:.3g}", *rest)
        ranks.add_row(*map(Text, cells))
    yield section("Ranks of the truth", ranks)
    yield unseen(result)
    for kind, found in (("hypotheses", result.hypotheses), ("claims", result.claims)):
        if found:
            table = grid("said", "n", "mean said", "true", "90% interval")
            for row in found.reliability:
                cells = (
                    f"{row.low:.0%} to {row.high:.0%}",
                    str(row.n),
                    f"{row.stated:.1%}",
                    f"{row.true:.1%}",
                    f"{row.q05:.0%} to {row.q95:.0%}",
                )
                table.add_row(*map(Text, cells))
            yield section(f"How often {kind} came true", table)
