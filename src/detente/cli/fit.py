"""`detente fit`: what the record taught."""

from __future__ import annotations

from detente.cli import options
from detente.cli.output import json_text, print_json, show
from detente.cli.progress import Stopwatch, progress
from detente.cli.scenario import open_scenario


def fit(
    scenario: options.ScenarioName,
    seed: options.Seed = 1,
    draws: options.Draws = options.DRAWS,
    settings: options.Settings = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Fit a scenario to its record.

    Shows every parameter and hypothesis before and after the evidence.
    """
    options.check_numbers(seed=seed, draws=draws)
    watch = Stopwatch()
    loaded = open_scenario(scenario, settings)
    with progress(quiet) as report:
        report("load")
        from detente import workflow

        load_s = watch.lap()
        report("compile")
        results = workflow.learn(loaded, seed=seed, draws=draws, progress=report)
    results["timings"] |= {"load_s": round(load_s, 4), "total_s": round(watch.total(), 4)}
    if as_json:
        print_json(json_text(results))
        return
    from detente.cli import tables

    show(tables.heading(results), tables.parameters(results), tables.hypotheses(results), *tables.notes(results))
