"""`detente mirror` and `detente analogs`: an act before other seats, and the crises nearest to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.dates import parse_day
from detente.cli.output import json_text, print_json, show
from detente.cli.progress import progress
from detente.cli.scenario import open_scenario
from detente.errors import InputError, Problem

At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="DATE", show_default=False, help="What was known on this day. Default: the scenario's now."
    ),
]


def mirror(
    scenario: options.ScenarioName,
    at: At = None,
    seed: options.Seed = 1,
    draws: options.Draws = options.DRAWS,
    settings: options.Settings = None,
    no_fit: options.NoFit = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Put a scenario's act before other seats.

    Shows how each seat would answer, by curves fitted to past crises and by the scenario's own fitted doctrine, and how
    much of the difference is actor and how much is act.
    """
    options.check_numbers(seed=seed, draws=draws)
    day = parse_day("--at", at) if at else None
    loaded = open_scenario(scenario, settings, quiet=quiet)
    with progress(quiet) as report:
        report("load")
        from detente.analysis import mirror as mirroring

        mirroring.check(loaded, day)
        report("compile")
        found = mirroring.mirror(loaded, day=day, seed=seed, draws=draws, do_fit=not no_fit, progress=report)
    if as_json:
        print_json(json_text(found))
        return
    from detente.cli import response_tables

    show(*response_tables.mirror(found.mirror, no_fit=no_fit))


def analogs(
    scenario: options.ScenarioName,
    at: At = None,
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
    icb: Annotated[
        Path | None,
        typer.Option(
            "--icb",
            metavar="FILE",
            show_default=False,
            help="The crises: an ICB2 file. Default: icb/icb2_v15.csv in a data folder.",
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the past crises nearest to a scenario's act.

    By a distance over what was known when the act came. Says what followed them, with intervals, and whether the act
    has a close precedent at all.
    """
    if not 1 <= k <= 100:
        raise InputError([Problem("-k", "a whole number from 1 to 100", str(k))], what="the options")
    day = parse_day("--at", at) if at else None
    loaded = open_scenario(scenario, None, quiet=True)
    from detente.crises.acts import nearest_crises

    found = nearest_crises(loaded, day=day, seat=seat, k=k, file=icb)
    if as_json:
        print_json(json_text(found))
        return
    from detente.cli import response_tables

    show(*response_tables.analogs(found))
