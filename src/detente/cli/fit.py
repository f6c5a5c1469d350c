"""`detente fit`: what the record taught; with `--check`, whether two samplers say the same; with `--ml`, estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options
from detente.cli.output import json_text, print_json, show
from detente.cli.progress import progress
from detente.cli.scenario import open_scenario
from detente.progress import Stopwatch
from detente.result.parts import timed
from detente.settings import STARTS

if TYPE_CHECKING:
    from detente.language.records import Scenario

MAX_STARTS = 1_000
Check = Annotated[
    bool,
    typer.Option(
        "--check",
        show_default=False,
        help="Fit with both samplers and compare: means, quantiles, energy "
        "distance, evidence. Exit code 1 when they do not agree.",
    ),
]
Likelihood = Annotated[
    bool,
    typer.Option(
        "--ml",
        show_default=False,
        help="Maximum likelihood: coefficients and standard errors. Priors give "
        "the support and the starts of the search, and count for nothing else.",
    ),
]
Starts = Annotated[
    int,
    typer.Option(
        "--starts", metavar="N", show_default=False, help=f"Starts of the search, with --ml. Default {STARTS}."
    ),
]
REFUSED = 1  # as a calibration that is refused


def fit(
    scenario: options.ScenarioName,
    seed: options.Seed = 1,
    draws: options.Draws = options.DRAWS,
    sampler: options.Sampler = "smc",
    noise: options.Noise = "kalman",
    foresight: options.Foresight = None,
    check: Check = False,
    ml: Likelihood = False,
    starts: Starts = STARTS,
    settings: options.Settings = None,
    without: options.Without = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Fit a scenario to its record.

    Shows every parameter and hypothesis before and after the evidence.
    Or checks whether two samplers find the same posterior and the same evidence.
    Or gives maximum-likelihood estimates.
    """
    options.check_numbers(seed=seed, draws=draws)
    options.check_sampler(sampler)
    options.check_noise(noise, "nuts" if check or ml else sampler)
    _check_options(check=check, ml=ml, starts=starts)
    if check:
        options.check_installed("numpyro", "--check", "both samplers")
    watch = Stopwatch()
    loaded = open_scenario(scenario, settings, without, foresight=foresight, quiet=quiet)
    if ml:
        _estimate(loaded, watch, seed, starts, noise, as_json=as_json, quiet=quiet)
        return
    if check:
        _check(loaded, watch, seed, noise, as_json=as_json, quiet=quiet)
        return
    with progress(quiet) as report:
        report("load")
        from detente.analysis import run as workflow

        load_s = watch.lap()
        report("compile")
        results = workflow.learn(loaded, seed=seed, draws=draws, sampler=sampler, noise=noise, progress=report)
    results = timed(results, load_s=load_s, total_s=watch.total())
    if as_json:
        print_json(json_text(results))
        return
    from detente.cli import tables

    show(
        tables.heading(results),
        tables.parameters(results),
        *tables.derived(results),
        tables.hypotheses(results),
    )


def _check_options(*, check: bool, ml: bool, starts: int) -> None:
    """Refuse options that do not go together.

    Raises:
        InputError: With every problem.
    """
    from detente.errors import InputError, Problem

    problems = []
    if check and ml:
        problems.append(Problem("--ml", "either --check or --ml", "both", "--check compares two samplers"))
    if not 1 <= starts <= MAX_STARTS:
        problems.append(Problem("--starts", f"a whole number from 1 to {MAX_STARTS}", str(starts)))
    if problems:
        raise InputError(problems, what="the options")


def _estimate(
    scenario: Scenario, watch: Stopwatch, seed: int, starts: int, noise: str, *, as_json: bool, quiet: bool
) -> None:
    with progress(quiet) as report:
        report("load")
        from detente.analysis.estimates.estimate import estimate

        report("compile")
        results = estimate(scenario, seed=seed, starts=starts, noise=noise, progress=report)
    results = timed(results, total_s=watch.total())
    if as_json:
        print_json(json_text(results))
    else:
        from detente.cli.estimate_tables import estimates

        show(*estimates(results))


def _check(scenario: Scenario, watch: Stopwatch, seed: int, noise: str, *, as_json: bool, quiet: bool) -> None:
    with progress(quiet) as report:
        report("load")
        from detente.analysis.verification.samplers import check

        report("compile")
        results = check(scenario, seed=seed, noise=noise, progress=report)
    results = timed(results, total_s=watch.total())
    if as_json:
        print_json(json_text(results))
    else:
        from detente.cli.agreement_tables import agreement

        show(*agreement(results))
    if results.verdict != "PASS":
        raise typer.Exit(REFUSED)
