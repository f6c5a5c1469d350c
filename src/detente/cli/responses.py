"""`detente responses`: fit response curves to crises, show what was fitted, score it on other crises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.output import json_text, print_json, show, write_files
from detente.cli.progress import progress
from detente.result.codec import plain

SummaryFile = Annotated[
    Path | None,
    typer.Option(
        "--summary",
        metavar="FILE",
        show_default=False,
        help="A summary that `detente responses fit` wrote. Default: the one that ships.",
    ),
]


def fit(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", show_default=False, help="Where to write the summary, as JSON.")
    ],
    icb: Annotated[
        Path | None,
        typer.Option(
            "--icb",
            metavar="FILE",
            show_default=False,
            help="The crises: an ICB2 file. Default: icb/icb2_v15.csv in a data folder.",
        ),
    ] = None,
    seed: options.Seed = 1,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Fit response curves to a file of crises.

    Validates them forward in time first, then fits to all. Takes minutes. The summary holds the posterior of both
    curves, how well the sampler's islands agree, and the scores; it names the data by its hash and holds none of them.
    """
    from detente.events.sources import icb as crises
    from detente.events.where import find

    options.check_numbers(seed=seed)
    options.check_folder(out.parent)
    path = find(crises.FILE, icb)
    cases = crises.read_actors(path)
    with progress(quiet) as report:
        report("load")
        from detente.crises.response_fit import fit_responses

        made = plain(
            fit_responses(cases, sha256=crises.sha256(path), seed=seed, progress=lambda text: report("curves", text))
        )
    text = json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"  # ten thousand numbers
    write_files(out.parent, {out.name: text})
    if as_json:
        print_json(text)
        return
    from detente.cli import response_tables

    show(*response_tables.summary(made))
    print(f"wrote {out}")


def show_(summary: SummaryFile = None, as_json: options.AsJson = False) -> None:
    """Show what the response curves were fitted to, and how they fared.

    Scores are of forecasts of the ten years after each split by a fit to what lay before it.
    """
    from detente.crises.response_curve import load_summary

    about = load_summary(summary).about
    if as_json:
        print_json(json_text(about))
        return
    from detente.cli import response_tables

    show(*response_tables.summary(about))


def score(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Crises in the form of ICB2: one row per state.")],
    summary: SummaryFile = None,
    seed: options.Seed = 1,
    as_json: options.AsJson = False,
) -> None:
    """Score the response curves on a file of crises.

    Brier score, log score and area under the ROC curve for a violent major response (codes 8 and 9) and for full-scale
    war (viol 4), against climatology of the fitted part and against trigger type alone, with intervals over crises.
    """
    options.check_numbers(seed=seed)
    from detente.crises.acts import score_responses
    from detente.crises.response_curve import load_summary

    found = score_responses(file, load_summary(summary), seed)
    if as_json:
        print_json(json_text(found))
        return
    from detente.cli import response_tables

    show(*response_tables.scores(found))
