"""`detente calibrate`: are the fits of a scenario as sure as they should be?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.output import json_text, print_json, show, write_files
from detente.cli.progress import progress
from detente.cli.scenario import open_scenario
from detente.errors import InputError, Problem
from detente.progress import Stopwatch
from detente.result.parts import timed

SIMS, FEWEST = 200, 20


def calibrate(
    scenario: options.ScenarioName,
    sims: Annotated[
        int,
        typer.Option(
            "--sims",
            metavar="N",
            show_default=False,
            help=f"Records of known truth to draw and fit, at least {FEWEST}. Default {SIMS}.",
        ),
    ] = SIMS,
    seed: options.Seed = 1,
    particles: Annotated[
        int,
        typer.Option(
            "--particles",
            metavar="N",
            show_default=False,
            help=f"Particles per island of each fit. Default {options.PARTICLES}.",
        ),
    ] = options.PARTICLES,
    noise: options.Noise = "kalman",
    settings: options.Settings = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", show_default=False, help="Write SCENARIO.html and SCENARIO.json there."),
    ] = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Check that the fit of a scenario is as sure as it should be.

    Draws truths from the prior, lets each make a record, fits it, and tests whether truths rank evenly among their
    posteriors and whether what was said to be likely came true as often. Exit code 1 when calibration is refused.
    """
    options.check_numbers(seed=seed)
    options.check_noise(noise)
    problems = []
    if sims < FEWEST:
        problems.append(Problem("--sims", f"a whole number of at least {FEWEST}", str(sims)))
    if not 16 <= particles <= 65_536:
        problems.append(Problem("--particles", "a whole number from 16 to 65536", str(particles)))
    if problems:
        raise InputError(problems, what="the options")
    if out is not None:
        options.check_folder(out)
    watch = Stopwatch()
    loaded = open_scenario(scenario, settings)
    with progress(quiet) as report:
        report("load")
        from detente.analysis.verification.calibration import calibrate as run_calibration
        from detente.settings import SMCSettings

        def done(count: int) -> None:
            report("calibrate", f"{count} of {sims}", count / sims)

        result = run_calibration(
            loaded, sims=sims, seed=seed, settings=SMCSettings(particles=particles), noise=noise, progress=done
        )
    result = timed(result, total_s=watch.total())
    text = json_text(result)
    if out is not None:
        from detente.report.calibration import calibration_page

        write_files(out, {f"{loaded.id}.json": text, f"{loaded.id}.html": calibration_page(result)})
    if as_json:
        print_json(text)
    else:
        from detente.cli import calibration_tables

        show(*calibration_tables.calibration(result))
    if not result.passes:
        raise typer.Exit(1)
