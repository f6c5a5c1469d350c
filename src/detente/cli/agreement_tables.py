"""The comparison of two samplers as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from detente.cli.tables import grid, heading, section
from detente.report import format as fmt
from detente.result.verify import AgreementResult, HypothesisAgreement, MeanDifference, WorstValue


def agreement(results: AgreementResult) -> list[RenderableType]:
    """Everything that `verify samplers` shows."""
    found = {h: about for h, about in results.hypotheses.items() if not about.impossible}
    shown: list[RenderableType] = [heading(results), _verdict(results)]
    if found:
        shown += [
            section("Agreement (differences in posterior standard deviations)", _differences(found, results)),
            section("Evidence, log", _evidence(found)),
            section("Samplers", _samplers(found)),
        ]
    return [*shown, Text("\n".join(_notes(results)), style="dim")]


def _differences(found: Mapping[str, HypothesisAgreement], results: AgreementResult) -> Table:
    table = grid("hypothesis", "largest difference of means", "of quantiles", "energy distance (p)")
    for h, about in found.items():
        if about.mean and about.quantile and about.energy:
            q, energy = about.quantile, about.energy
            cells = (
                _difference(about.mean),
                f"{q.difference:+.3f} {q.parameter} {fmt.percent(q.at)}",
                f"{energy.distance:.4f} ({energy.p:.3f})",
            )
            table.add_row(Text(h), *map(Text, cells))
    if results.mixture.parameter:
        table.add_row(Text("all together"), Text(_difference(results.mixture)), Text(""), Text(""))
    return table


def _difference(one: MeanDifference) -> str:
    return f"{one.difference:+.3f} ± {one.error:.3f} {one.parameter}"


def _evidence(found: Mapping[str, HypothesisAgreement]) -> Table:
    table = grid("hypothesis", "SMC", "bridge over NUTS", "difference")
    for h, about in found.items():
        if e := about.evidence:
            sides = ((e.smc, e.smc_error), (e.bridge, e.bridge_error))
            cells = [f"{value:.2f} ± {error:.2f}" for value, error in sides]
            table.add_row(Text(h), *map(Text, cells), Text(f"{e.difference:+.2f}"))
    return table


def _samplers(found: Mapping[str, HypothesisAgreement]) -> Table:
    table = grid("hypothesis", "sampler", "r-hat", "ESS bulk", "ESS tail", "ESS/s", "what it did", whole=2)
    for h, about in found.items():
        smc, nuts, rates = about.smc, about.nuts, about.ess_per_second
        if smc is None or nuts is None:
            continue
        did = (
            f"{fmt.count(len(smc.temperatures), 'round')}, {smc.particles:,} particles, acceptance "
            f"{fmt.percent(smc.acceptance)}, {smc.possible:,} prior draws allow the record",
            f"{nuts.chains} chains of {nuts.draws}, {fmt.count(nuts.divergences, 'divergence')}, "
            f"acceptance {fmt.percent(nuts.acceptance)}, depth {nuts.tree_depth} at most",
        )
        for name, one, rate, text in (
            ("SMC", smc, rates and rates.smc, did[0]),
            ("NUTS", nuts, rates and rates.nuts, did[1]),
        ):
            cells = [_worst(one.rhat, ".3f"), _worst(one.ess_bulk, ",.0f"), _worst(one.ess_tail, ",.0f")]
            cells.append(fmt.MISSING if rate is None else f"{rate:,.1f}")
            table.add_row(Text(h), Text(name), *map(Text, cells), Text(text))
    return table


def _worst(one: WorstValue | None, form: str) -> str:
    return fmt.MISSING if one is None else f"{one.value:{form}} {one.parameter}"


def _verdict(results: AgreementResult) -> Text:
    limits = results.thresholds
    text = Text(results.verdict, style="bold green" if results.verdict == "PASS" else "bold red")
    for failure in results.failures:
        text.append(f"\n- {failure}", style="not bold")
    text.append(
        f"\nasked: means within {limits['mean']:g} sd, evidence within {limits['evidence']:g} nats, r-hat of the "
        f"chains below {limits['rhat']:g}, ESS at least {limits['ess']:g}, p of the energy test at least "
        f"{limits['energy_p']:g} over the number of hypotheses",
        style="not bold dim",
    )
    return text


def _notes(results: AgreementResult) -> list[str]:
    lines = [f"the fit by SMC failed a check of its own: {text}" for text in results.problems]
    lines += [f"{h}: nothing explains the record" for h, about in results.hypotheses.items() if about.impossible]
    times = [f"{stage} {fmt.seconds(value)}" for stage, value in fmt.stages(results.timings) if value is not None]
    return [*lines, f"time: {', '.join(times)}"]
