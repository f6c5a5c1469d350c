"""`detente forecast`: dated, sealed answers to a scenario's questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.dates import parse_day
from detente.cli.output import json_text, print_json, show, write_files
from detente.cli.progress import progress
from detente.cli.scenario import open_scenario
from detente.errors import InputError, Problem
from detente.language.forecast_dates import step_at

Particles = Annotated[
    int,
    typer.Option(
        "--particles",
        metavar="N",
        show_default=False,
        help=f"Particles per island of the sampler, of which there are {options.ISLANDS}. Default {options.PARTICLES}.",
    ),
]


def check_particles(particles: int) -> None:
    """Refuse numbers of particles that the sampler could not use.

    Raises:
        InputError: If it is one.
    """
    if not 16 <= particles <= options.MAX_DRAWS:
        problem = Problem("--particles", f"a whole number from 16 to {options.MAX_DRAWS}", str(particles))
        raise InputError([problem], what="the options")


def forecast(
    scenario: options.ScenarioName,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="DATE",
            show_default=False,
            help="The day of the forecast, YYYY-MM-DD: one on which a step begins, in the record.",
        ),
    ],
    seed: options.Seed = 1,
    draws: options.Draws = options.DRAWS,
    particles: Particles = options.PARTICLES,
    noise: options.Noise = "kalman",
    settings: options.Settings = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", show_default=False, help="Write forecast-SCENARIO-DATE.json there."),
    ] = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Answer a scenario's questions as of a date.

    They stand in its forecasts.yaml. Fits to the record up to that date only, plays every track free from there, and
    seals what comes out with a hash. `detente score` scores it when the outcomes are known.
    """
    options.check_numbers(seed=seed, draws=draws)
    options.check_noise(noise)
    check_particles(particles)
    day = parse_day("--at", at)
    if out is not None:
        options.check_folder(out)
    loaded = open_scenario(scenario, settings)
    step_at(loaded, day)
    with progress(quiet) as report:
        report("load")
        from detente.analysis.forecasting import forecasts as forecasting
        from detente.settings import SMCSettings

        report("compile")
        made = forecasting.forecaster(
            loaded, seed=seed, draws=draws, settings=SMCSettings(particles=particles), noise=noise
        )
        record = made.at(day, report)
    text = json_text(record)
    if out is not None:
        from detente.analysis.forecasting.files import file_name

        write_files(out, {file_name(record): text})
    if as_json:
        print_json(text)
        return
    from detente.cli import score_tables

    show(*score_tables.forecast(record))
