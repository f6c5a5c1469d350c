"""`detente score`: forecasts against what came."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.output import json_text, print_json, show
from detente.errors import InputError, Problem


def score(
    records: Annotated[
        list[Path], typer.Argument(metavar="RECORD...", help="Records, as `detente forecast --out` writes them.")
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
    as_json: options.AsJson = False,
) -> None:
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

    result = scorecard(read, found)
    if as_json:
        print_json(json_text(result))
        return
    from detente.cli import score_tables

    show(*score_tables.scores(result))
