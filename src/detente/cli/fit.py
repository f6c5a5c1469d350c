"""`detente fit`: what the record taught; with `--check`, whether two samplers say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options
from detente.cli.output import json_text, print_json, show
from detente.cli.progress import Stopwatch, progress
from detente.cli.scenario import open_scenario

if TYPE_CHECKING:
    from detente.scenario.records import Scenario

Check = Annotated[
    bool,
    typer.Option("--check", show_default=False, help="Fit with both samplers and compare: means, quantiles, energy "
                 "distance, evidence. Exit code 1 when they do not agree."),
]  # fmt: skip
REFUSED = 1  # as a calibration that is refused


def fit(
    scenario: options.ScenarioName,
    seed: options.Seed = 1,
    draws: options.Draws = options.DRAWS,
    sampler: options.Sampler = "smc",
    noise: options.Noise = "kalman",
    foresight: options.Foresight = None,
    check: Check = False,
    settings: options.Settings = None,
    without: options.Without = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Fit a scenario to its record.

    Shows every parameter and hypothesis before and after the evidence.
    Or checks whether two samplers find the same posterior and the same evidence.
    """
    options.check_numbers(seed=seed, draws=draws)
    options.check_sampler(sampler)
    options.check_noise(noise, "nuts" if check else sampler)
    watch = Stopwatch()
    loaded = open_scenario(scenario, settings, without, foresight=foresight, quiet=quiet)
    if check:
        _check(loaded, watch, seed, noise, as_json=as_json, quiet=quiet)
        return
    with progress(quiet) as report:
        report("load")
        from detente import workflow

        load_s = watch.lap()
        report("compile")
        results = workflow.learn(loaded, seed=seed, draws=draws, sampler=sampler, noise=noise, progress=report)
    results["timings"] |= {"load_s": round(load_s, 4), "total_s": round(watch.total(), 4)}
    if as_json:
        print_json(json_text(results))
        return
    from detente.cli import tables

    show(tables.heading(results), tables.parameters(results), tables.hypotheses(results), *tables.notes(results))


def _check(scenario: Scenario, watch: Stopwatch, seed: int, noise: str, *, as_json: bool, quiet: bool) -> None:
    with progress(quiet) as report:
        report("load")
        from detente.checking import check

        report("compile")
        results = check(scenario, seed=seed, noise=noise, progress=report)
    results["timings"]["total_s"] = round(watch.total(), 4)
    if as_json:
        print_json(json_text(results))
    else:
        from detente.cli.agreement_tables import agreement

        show(*agreement(results))
    if results["verdict"] != "PASS":
        raise typer.Exit(REFUSED)
