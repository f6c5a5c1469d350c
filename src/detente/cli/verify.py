"""`detente verify`: is a fit as sure as it should be, do two samplers agree, do actors look ahead?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.command import Answer, Job, command
from detente.cli.output import json_text, show
from detente.errors import InputError, Problem
from detente.result.parts import timed
from detente.settings import SAMPLES

SIMS, FEWEST = 200, 20
MOST_SAMPLES = 4096


@command("scenario", "seed", "settings", "without", "noise", "as_json", "quiet")
def calibration(
    job: Job,
    sims: Annotated[
        int,
        typer.Option(
            "--sims",
            metavar="N",
            show_default=False,
            help=f"Records of known truth to draw and fit, at least {FEWEST}. Default {SIMS}.",
        ),
    ] = SIMS,
    particles: options.Particles = options.PARTICLES,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", show_default=False, help="Write SCENARIO.html and SCENARIO.json there."),
    ] = None,
) -> Answer:
    """Check that the fit of a scenario is as sure as it should be.

    Draws truths from the prior, lets each make a record, fits it, and tests whether truths rank evenly among their
    posteriors and whether what was said to be likely came true as often. Exit code 1 when calibration is refused.
    """
    few = [Problem("--sims", f"a whole number of at least {FEWEST}", str(sims))] if sims < FEWEST else []
    options.check_numbers(particles=particles, more=few)
    if out is not None:
        options.check_folder(out)
    scenario = job.open()
    job.report("load")
    from detente.analysis.verification.calibration import calibrate
    from detente.cli import calibration_tables
    from detente.report.calibration import calibration_page
    from detente.settings import SMCSettings

    def done(count: int) -> None:
        job.report("calibrate", f"{count} of {sims}", count / sims)

    result = calibrate(
        scenario,
        sims=sims,
        seed=job.seed,
        settings=SMCSettings(particles=particles),
        noise=job.noise,
        progress=done,
    )
    result = timed(result, total_s=job.watch.total())
    files = {f"{scenario.id}.json": json_text(result), f"{scenario.id}.html": calibration_page(result)} if out else {}
    return Answer(result, lambda: show(*calibration_tables.calibration(result)), out, files, refused=not result.passes)


@command("scenario", "seed", "settings", "without", "noise", "foresight", "as_json", "quiet")
def samplers(job: Job) -> Answer:
    """Check that two samplers find the same posterior and the same evidence.

    Fits by tempering and by NUTS and compares means, quantiles, energy distance and evidence. Exit code 1 when they do
    not agree.
    """
    options.check_noise(job.noise, "nuts")
    options.check_installed("numpyro", "verify samplers", "both samplers")
    scenario = job.open()
    job.report("load")
    from detente.analysis.verification.samplers import check
    from detente.cli.agreement_tables import agreement

    job.report("compile")
    results = check(scenario, seed=job.seed, noise=job.noise, progress=job.report)
    results = timed(results, total_s=job.watch.total())
    return Answer(results, lambda: show(*agreement(results)), refused=results.verdict != "PASS")


@command("scenario", "seed", "draws", "settings", "without", "as_json", "quiet")
def foresight(
    job: Job,
    samples: Annotated[
        int,
        typer.Option(
            "--samples",
            metavar="N",
            show_default=False,
            help=f"Futures per move, draw and step of the record, a multiple of 4. Default {SAMPLES}.",
        ),
    ] = SAMPLES,
) -> Answer:
    """Ask whether the record calls for actors who look ahead.

    For every track that declares foresight, and for all together: the evidence for level 1 against level 0, by
    re-weighting the fit at level 0, and what the weight of foresight would be. Changes nothing.
    """
    if not 4 <= samples <= MOST_SAMPLES or samples % 4:
        problem = Problem("--samples", f"a multiple of 4 from 4 to {MOST_SAMPLES}", str(samples))
        raise InputError([problem], what="the options")
    scenario = job.open()
    job.report("load")
    from detente.analysis.foresight import foresee
    from detente.cli import tables

    load_s = job.watch.lap()
    job.report("compile")
    results = foresee.foresight(scenario, seed=job.seed, draws=job.draws, samples=samples, progress=job.report)
    results = timed(results, load_s=load_s, total_s=job.watch.total())
    return Answer(
        results,
        lambda: show(tables.heading(results), tables.foresight(results.foresight), tables.timings(results.timings)),
    )
