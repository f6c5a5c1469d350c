"""`detente hindcast`: how good would forecasts have been?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.dates import parse_day, parse_days
from detente.cli.forecast import Particles, check_particles
from detente.cli.output import json_text, print_json, show, write_files
from detente.cli.progress import progress
from detente.cli.scenario import open_scenario
from detente.language.forecast_dates import dates_of


def hindcast(
    scenario: options.ScenarioName,
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", show_default=False, help="Day of the first forecast, YYYY-MM-DD.")
    ],
    last: Annotated[str, typer.Option("--to", metavar="DATE", show_default=False, help="No forecast after this day.")],
    every: Annotated[
        str, typer.Option("--every", metavar="TIME", show_default=False, help="Time between forecasts: 4w, 28d.")
    ],
    seed: options.Seed = 1,
    draws: options.Draws = options.DRAWS,
    particles: Particles = options.PARTICLES,
    noise: options.Noise = "kalman",
    settings: options.Settings = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", show_default=False, help="Write every forecast and hindcast-SCENARIO.json there."
        ),
    ] = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Score what a scenario would have forecast in the past.

    At each date fits to the record up to that date only, forecasts, and scores the forecast by what the record says
    next; windows that close after the record are left out.
    """
    options.check_numbers(seed=seed, draws=draws)
    options.check_noise(noise)
    check_particles(particles)
    days = parse_day("--from", first), parse_day("--to", last), parse_days("--every", every)
    if out is not None:
        options.check_folder(out)
    loaded = open_scenario(scenario, settings)
    dates = dates_of(loaded, *days)
    with progress(quiet) as report:
        report("load")
        from detente.analysis.forecasting import forecasts as forecasting
        from detente.settings import SMCSettings

        report("compile")
        made = forecasting.forecaster(
            loaded, seed=seed, draws=draws, settings=SMCSettings(particles=particles), noise=noise
        )
        result, records = forecasting.hindcast(made, dates, report)
    text = json_text(result)
    if out is not None:
        from detente.analysis.forecasting.files import file_name

        files = {file_name(record): json_text(record) for record in records}
        write_files(out, files | {f"hindcast-{loaded.id}.json": text})
    if as_json:
        print_json(text)
        return
    from detente.cli import score_tables

    show(*score_tables.hindcast(result))
