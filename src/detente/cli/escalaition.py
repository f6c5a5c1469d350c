"""`detente escalaition`: scores of games that language models played, as published and corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from detente.cli import options
from detente.cli.output import json_text, print_json, show

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", show_default=False, help="Folder with your copy of the games; where data "
                 "are usually kept when not given."),
]  # fmt: skip


def escalaition(data: Data = None, seed: options.Seed = 1, as_json: options.AsJson = False) -> None:
    """Score the EscalAItion games anew.

    Shows the published score of each language model beside the corrected one, which counts re-worded actions.
    """
    options.check_numbers(seed=seed)
    from detente.wargames import score

    results = score(data, seed=seed)
    if as_json:
        print_json(json_text(results))
        return
    from detente.cli.tables import grid
    from detente.report import format as fmt

    def spread(side: dict) -> Text:
        return Text(f"{fmt.number(side['mean'])} ({fmt.interval(side['low'], side['high'])})")

    same = results["agreement"]
    table = grid("model", "scenario", "runs", "as published (90%)", "corrected (90%)", whole=2)
    for row in results["scores"]:
        runs = str(row["runs"]) + (f", {row['distinct_runs']} distinct" if row["distinct_runs"] < row["runs"] else "")
        table.add_row(
            Text(row["model"]), Text(row["scenario"]), Text(runs), spread(row["published"]), spread(row["corrected"])
        )
    facts = (
        f"stored daily totals reproduced: {same['published_reproduced']:,} of {same['run_days']:,} run-days as "
        f"published, {same['corrected_reproduced']:,} as corrected\n"
        f"{results['reworded']:,} of {results['actions']:,} actions are worded otherwise than the configuration and "
        f"score 0 as published; {results['unmapped']:,} of them mean nothing that it knows\n{results['note']}"
    )
    show(Text("mean score of a nation and day"), table, Text(facts))
