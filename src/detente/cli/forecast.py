"""`detente forecast`: dated, sealed answers to a scenario's questions, and their scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.command import Answer, Job, command
from detente.cli.dates import parse_day, parse_days
from detente.cli.output import json_text, show
from detente.errors import InputError, Problem
from detente.language.forecast_dates import dates_of, step_at


@command("scenario", "seed", "draws", "settings", "without", "particles", "noise", "as_json", "quiet")
def issue(
    job: Job,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="DATE",
            show_default=False,
            help="The day of the forecast, YYYY-MM-DD: one on which a step begins, in the record.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", show_default=False, help="Write forecast-SCENARIO-DATE.json there."),
    ] = None,
) -> Answer:
    """Answer a scenario's questions as of a date.

    They stand in its forecasts.yaml. Fits to the record up to that date only, plays every track free from there, and
    seals what comes out with a hash. `detente forecast score` scores it when the outcomes are known.
    """
    day = parse_day("--at", at)
    if out is not None:
        options.check_folder(out)
    scenario = job.open()
    step_at(scenario, day)
    job.report("load")
    from detente.analysis.forecasting import forecasts
    from detente.analysis.forecasting.files import file_name
    from detente.cli import score_tables
    from detente.settings import SMCSettings

    job.report("compile")
    settings = SMCSettings(particles=job.particles)
    made = forecasts.forecaster(scenario, seed=job.seed, draws=job.draws, settings=settings, noise=job.noise)
    record = made.at(day, job.report)
    return Answer(record, lambda: show(*score_tables.forecast(record)), out, {file_name(record): json_text(record)})


@command("scenario", "seed", "draws", "settings", "without", "particles", "noise", "as_json", "quiet")
def hindcast(
    job: Job,
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", show_default=False, help="Day of the first forecast, YYYY-MM-DD.")
    ],
    last: Annotated[str, typer.Option("--to", metavar="DATE", show_default=False, help="No forecast after this day.")],
    every: Annotated[
        str, typer.Option("--every", metavar="TIME", show_default=False, help="Time between forecasts: 4w, 28d.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", show_default=False, help="Write every forecast and hindcast-SCENARIO.json there."
        ),
    ] = None,
) -> Answer:
    """Score what a scenario would have forecast in the past.

    At each date fits to the record up to that date only, forecasts, and scores the forecast by what the record says
    next; windows that close after the record are left out.
    """
    days = parse_day("--from", first), parse_day("--to", last), parse_days("--every", every)
    if out is not None:
        options.check_folder(out)
    scenario = job.open()
    dates = dates_of(scenario, *days)
    job.report("load")
    from detente.analysis.forecasting import forecasts
    from detente.analysis.forecasting.files import file_name
    from detente.cli import score_tables
    from detente.settings import SMCSettings

    job.report("compile")
    settings = SMCSettings(particles=job.particles)
    made = forecasts.forecaster(scenario, seed=job.seed, draws=job.draws, settings=settings, noise=job.noise)
    result, records = forecasts.hindcast(made, dates, job.report)
    files = {file_name(record): json_text(record) for record in records}
    files[f"hindcast-{scenario.id}.json"] = json_text(result)
    return Answer(result, lambda: show(*score_tables.hindcast(result)), out, files)


@command("as_json")
def score(
    job: Job,
    records: Annotated[
        list[Path],
        typer.Argument(metavar="RECORD...", help="Records, as `detente forecast issue --out` writes them."),
    ],
    outcomes: Annotated[
        Path,
        typer.Option(
            "--outcomes",
            metavar="FILE",
            show_default=False,
            help="What came: a CSV table with the columns id,date,value and perhaps at, or the same as a JSON list.",
        ),
    ],
) -> Answer:
    """Score forecast records by what came of them.

    Refuses a record that was changed after it was issued. Scores against the base rate and against what was the case
    last, and says for each miss which hypothesis and which parameter would have said better.
    """
    from detente.analysis.forecasting.files import read_records
    from detente.language.read_outcomes import read_outcomes

    read = read_records(records)
    if len(names := {record.scenario for record in read}) > 1:
        hint = "the same question may mean another thing in another scenario: score each by itself"
        raise InputError([Problem("RECORD", "records of one scenario", ", ".join(sorted(names)), hint)])
    kinds = {row.id: "events" for record in read for row in record.events}
    kinds |= {row.id: "series" for record in read for row in record.series}
    found = {(one.id, one.date, one.at): (one.value, "") for one in read_outcomes(outcomes, kinds)}
    from detente.analysis.forecasting.scorecard import scorecard
    from detente.cli import score_tables

    result = scorecard(read, found)
    return Answer(result, lambda: show(*score_tables.scores(result)))
