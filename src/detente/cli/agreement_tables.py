"""The comparison of two samplers as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from detente.cli.tables import grid, heading, section
from detente.report import format as fmt

Results = Mapping[str, Any]


def agreement(results: Results) -> list[RenderableType]:
    """Everything that `fit --check` shows."""
    found = {h: about for h, about in results["hypotheses"].items() if not about["impossible"]}
    shown: list[RenderableType] = [heading(results), _verdict(results)]
    if found:
        shown += [
            section("Agreement (differences in posterior standard deviations)", _differences(found, results)),
            section("Evidence, log", _evidence(found)),
            section("Samplers", _samplers(found)),
        ]
    return [*shown, Text("\n".join(_notes(results)), style="dim")]


def _differences(found: Results, results: Results) -> Table:
    table = grid("hypothesis", "largest difference of means", "of quantiles", "energy distance (p)")
    for h, about in found.items():
        if "mean" in about:
            q, energy = about["quantile"], about["energy"]
            quantile = f"{q['difference']:+.3f} {q['parameter']} {fmt.percent(q['at'])}"
            table.add_row(
                Text(h),
                Text(_difference(about["mean"])),
                Text(quantile),
                Text(f"{energy['distance']:.4f} ({energy['p']:.3f})"),
            )
    if results["mixture"]["parameter"]:
        table.add_row(Text("all together"), Text(_difference(results["mixture"])), Text(""), Text(""))
    return table


def _difference(one: Results) -> str:
    return f"{one['difference']:+.3f} ± {one['error']:.3f} {one['parameter']}"


def _evidence(found: Results) -> Table:
    table = grid("hypothesis", "SMC", "bridge over NUTS", "difference")
    for h, about in found.items():
        e = about["evidence"]
        sides = (f"{e[side]:.2f} ± {e[f'{side}_error']:.2f}" for side in ("smc", "bridge"))
        table.add_row(Text(h), *map(Text, sides), Text(f"{e['difference']:+.2f}"))
    return table


def _samplers(found: Results) -> Table:
    table = grid("hypothesis", "sampler", "r-hat", "ESS bulk", "ESS tail", "ESS/s", "what it did", whole=2)
    for h, about in found.items():
        smc, nuts = about["smc"], about["nuts"]
        did = {
            "smc": f"{fmt.count(len(smc['temperatures']), 'round')}, {smc['particles']:,} particles, acceptance "
            f"{fmt.percent(smc['acceptance'])}, {smc['possible']:,} prior draws allow the record",
            "nuts": f"{nuts['chains']} chains of {nuts['draws']}, {fmt.count(nuts['divergences'], 'divergence')}, "
            f"acceptance {fmt.percent(nuts['acceptance'])}, depth {nuts['tree_depth']} at most",
        }
        for name, one in (("smc", smc), ("nuts", nuts)):
            rate = (about.get("ess_per_second") or {}).get(name)
            cells = [_worst(one["rhat"], ".3f"), _worst(one["ess_bulk"], ",.0f"), _worst(one["ess_tail"], ",.0f")]
            cells.append(fmt.MISSING if rate is None else f"{rate:,.1f}")
            table.add_row(Text(h), Text(name.upper()), *map(Text, cells), Text(did[name]))
    return table


def _worst(one: Results | None, form: str) -> str:
    return fmt.MISSING if one is None else f"{one['value']:{form}} {one['parameter']}"


def _verdict(results: Results) -> Text:
    limits = results["thresholds"]
    text = Text(results["verdict"], style="bold green" if results["verdict"] == "PASS" else "bold red")
    for failure in results["failures"]:
        text.append(f"\n- {failure}", style="not bold")
    text.append(
        f"\nasked: means within {limits['mean']:g} sd, evidence within {limits['evidence']:g} nats, r-hat of the "
        f"chains below {limits['rhat']:g}, ESS at least {limits['ess']}, p of the energy test at least "
        f"{limits['energy_p']:g} over the number of hypotheses",
        style="not bold dim",
    )
    return text


def _notes(results: Results) -> list[str]:
    lines = [f"the fit by SMC failed a check of its own: {text}" for text in results["problems"]]
    lines += [f"{h}: nothing explains the record" for h, about in results["hypotheses"].items() if about["impossible"]]
    times = [f"{k.removesuffix('_s')} {fmt.seconds(v)}" for k, v in results["timings"].items() if v is not None]
    return [*lines, f"time: {', '.join(times)}"]
