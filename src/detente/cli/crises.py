"""`detente crises`: recorded crises nearest to an act, and the curves of how states answered provocation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.command import Answer, Job, command
from detente.cli.dates import parse_day
from detente.cli.output import show
from detente.errors import InputError, Problem
from detente.result.codec import plain

SummaryFile = Annotated[
    Path | None,
    typer.Option(
        "--summary",
        metavar="FILE",
        show_default=False,
        help="A summary that `detente crises fit` wrote. Default: the one that ships.",
    ),
]


@command("scenario", "as_json")
def nearest(
    job: Job,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="DATE", show_default=False, help="What was known on this day. Default: the scenario's now."
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", metavar="N", show_default=False, help="How many crises. Default 10.")] = 10,
    seat: Annotated[
        str | None,
        typer.Option(
            "--seat",
            metavar="ACTOR",
            show_default=False,
            help="Whose crisis it is. Default: the seat that faced the act.",
        ),
    ] = None,
    icb: options.Icb = None,
) -> Answer:
    """Show the past crises nearest to a scenario's act.

    By a distance over what was known when the act came. Says what followed them, with intervals, and whether the act
    has a close precedent at all.
    """
    if not 1 <= k <= 100:
        raise InputError([Problem("-k", "a whole number from 1 to 100", str(k))], what="the options")
    day = parse_day("--at", at) if at else None
    scenario = job.open()
    from detente.cli import response_tables
    from detente.crises.acts import nearest_crises

    found = nearest_crises(scenario, day=day, seat=seat, k=k, file=icb)
    return Answer(found, lambda: show(*response_tables.analogs(found)))


@command("seed", "as_json", "quiet")
def fit(
    job: Job,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", show_default=False, help="Where to write the summary, as JSON.")
    ],
    icb: options.Icb = None,
) -> Answer:
    """Fit response curves to a file of crises.

    Validates them forward in time first, then fits to all. Takes minutes. The summary holds the posterior of both
    curves, how well the sampler's islands agree, and the scores; it names the data by its hash and holds none of them.
    """
    from detente.events.sources import icb as crises
    from detente.events.where import find

    options.check_folder(out.parent)
    path = find(crises.FILE, icb)
    cases = crises.read_actors(path)
    job.report("load")
    from detente.cli import response_tables
    from detente.crises.response_fit import fit_responses

    def told(text: str) -> None:
        job.report("curves", text)

    made = plain(fit_responses(cases, sha256=crises.sha256(path), seed=job.seed, progress=told))
    text = json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"  # ten thousand numbers
    return Answer(
        made, lambda: show(*response_tables.summary(made)), out.parent, {out.name: text}, f"wrote {out}", text=text
    )


@command("as_json")
def show_(job: Job, summary: SummaryFile = None) -> Answer:
    """Show what the response curves were fitted to, and how they fared.

    Scores are of forecasts of the ten years after each split by a fit to what lay before it.
    """
    from detente.cli import response_tables
    from detente.crises.response_curve import load_summary

    about = load_summary(summary).about
    return Answer(about, lambda: show(*response_tables.summary(about)))


@command("seed", "as_json")
def score(
    job: Job,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Crises in the form of ICB2: one row per state.")],
    summary: SummaryFile = None,
) -> Answer:
    """Score the response curves on a file of crises.

    Brier score, log score and area under the ROC curve for a violent major response (codes 8 and 9) and for full-scale
    war (viol 4), against climatology of the fitted part and against trigger type alone, with intervals over crises.
    """
    from detente.cli import response_tables
    from detente.crises.acts import score_responses
    from detente.crises.response_curve import load_summary

    found = score_responses(file, load_summary(summary), job.seed)
    return Answer(found, lambda: show(*response_tables.scores(found)))
