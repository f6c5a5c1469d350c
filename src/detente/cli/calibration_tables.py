"""The tables of `detente calibrate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text


def calibration(result: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Verdict, ranks and reliability."""
    passes = result["passes"]
    verdict = "passes" if passes else f"is REFUSED: {', '.join(result['refused'])}"
    yield Text(
        f"{result['scenario']}: calibration {verdict}. {result['sims']} records of known truth, {result['tests']} "
        f"tests; a correct fit is refused once in {1 / result['alpha']:.0f} times.",
        style="bold" if passes else "bold red",
    )
    noise = result["noise"]
    yield f"noise: {noise['mode']}" + "".join(f"\n  not exact: {reason}" for reason in noise["approximate"])
    ranks = Table(title="Ranks of the truth", title_justify="left")
    for name in ("quantity", "p (ECDF)", "p (chi squared)", "contraction", "z mean", "z sd"):
        ranks.add_column(name, justify="left" if name == "quantity" else "right")
    for name, row in result["quantities"].items():
        rest = [f"{row[key]:.2f}" if key in row else "" for key in ("contraction", "z_mean", "z_sd")]
        mark = " REFUSED" if row["refused"] else ""
        ranks.add_row(name + mark, f"{row['p_ecdf']:.3g}", f"{row['p_chi_squared']:.3g}", *rest)
    yield ranks
    for kind in ("hypotheses", "claims"):
        if result[kind]:
            table = Table(title=f"How often {kind} came true", title_justify="left")
            for name in ("said", "n", "mean said", "true", "90 % interval"):
                table.add_column(name, justify="right")
            for row in result[kind]["reliability"]:
                table.add_row(
                    f"{row['from']:.0%} to {row['to']:.0%}", str(row["n"]), f"{row['stated']:.1%}",
                    f"{row['true']:.1%}", f"{row['q05']:.0%} to {row['q95']:.0%}",
                )  # fmt: skip
            yield table
