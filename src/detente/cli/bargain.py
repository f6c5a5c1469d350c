"""`detente bargain`: what the parties could agree on, by course and date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.dates import parse_day
from detente.cli.output import json_text, print_json, show, write_files
from detente.cli.progress import progress
from detente.cli.scenario import open_scenario
from detente.settings import BARGAIN_DRAWS, ROLLOUTS

Dates = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        metavar="DATE",
        show_default=False,
        help="A day to look at, YYYY-MM-DD, on which a step "
        "begins. May be repeated. Default: branch, now, end and three days between the last two.",
    ),
]


def bargain(
    scenario: options.ScenarioName,
    at: Dates = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            show_default=False,
            help="Write SCENARIO-bargain.html (with the figure) and SCENARIO-bargain.json there.",
        ),
    ] = None,
    seed: options.Seed = 1,
    draws: Annotated[
        int,
        typer.Option("--draws", metavar="N", show_default=False, help=f"Parameter draws. Default {BARGAIN_DRAWS}."),
    ] = BARGAIN_DRAWS,
    rollouts: Annotated[
        int,
        typer.Option(
            "--rollouts",
            metavar="N",
            show_default=False,
            help=f"Futures in which the game is played on from each state, an even number. Default {ROLLOUTS}.",
        ),
    ] = ROLLOUTS,
    settings: options.Settings = None,
    without: options.Without = None,
    no_fit: options.NoFit = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Find what the parties could agree on.

    Fits the scenario, values playing on for each party of its settlement by playing on from every course's states, and
    finds the terms that all of them prefer: the chance that there are none, how wide the zone is, the Nash point, and
    who gives what; with the chip and without it.
    """
    options.check_numbers(seed=seed, draws=draws)
    options.check_even("--rollouts", rollouts)
    days = [parse_day("--at", text) for text in at or ()]
    if out is not None:
        options.check_folder(out)
    loaded = open_scenario(scenario, settings, without, quiet=quiet)
    with progress(quiet) as report:
        report("load")
        from detente.analysis.bargaining import bargain as bargaining

        report("compile")
        result = bargaining.bargain(
            loaded, seed=seed, dates=days, draws=draws, rollouts=rollouts, do_fit=not no_fit, progress=report
        )
    text = json_text(result)
    if out is not None:
        from detente.report.bargain_page import bargaining_page

        name = f"{loaded.id}-bargain"
        write_files(out, {f"{name}.html": bargaining_page(result), f"{name}.json": text})
    if as_json:
        print_json(text)
        return
    from detente.cli import bargain_tables

    show(*bargain_tables.bargain(result))
    if out is not None:
        print(f"wrote {out / name}.html and {out / name}.json")
