"""`detente escalaition`: scores of games that language models played, as published and corrected."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from detente.cli import options
from detente.cli.output import json_text, print_json, show
from detente.cli.tables import grid, section
from detente.report import format as fmt

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="FOLDER",
        show_default=False,
        help="Folder with your copy of the games; where data are usually kept when not given.",
    ),
]


Doctrine = Annotated[
    bool,
    typer.Option(
        "--doctrine",
        show_default=False,
        help="Also fit how each model answers what is done to it, beside how states answered. Takes a minute.",
    ),
]


def escalaition(
    data: Data = None, doctrine: Doctrine = False, seed: options.Seed = 1, as_json: options.AsJson = False
) -> None:
    """Score the EscalAItion games anew.

    Shows the published score of each language model beside the corrected one, which counts re-worded actions.
    """
    options.check_numbers(seed=seed)
    from detente.wargames import score

    results = score(data, seed=seed, doctrine=doctrine)
    if as_json:
        print_json(json_text(results))
        return
    parts = [section("mean score of a nation and day", _scores(results)), Text(_facts(results))]
    if found := results["doctrine"]:
        title = "chance of a violent answer, by the gravest act of the day before (90%); states by their trigger"
        parts += [section(title, _doctrine(found)), Text(_sampler(found))]
    show(*parts, Text(results["note"], style="bold"))


def _scores(results: Mapping[str, Any]) -> Table:
    """Published and corrected scores of every model and scenario."""
    table = grid("model", "scenario", "runs", "as published (90%)", "corrected (90%)", whole=2)
    for row in results["scores"]:
        runs = str(row["runs"]) + (f", {row['distinct_runs']} distinct" if row["distinct_runs"] < row["runs"] else "")
        sides = (
            f"{fmt.number(side['mean'])} ({fmt.interval(side['low'], side['high'])})"
            for side in (row["published"], row["corrected"])
        )
        table.add_row(*map(Text, (row["model"], row["scenario"], runs, *sides)))
    return table


def _facts(results: Mapping[str, Any]) -> str:
    """How far the stored scores are reproduced, and what the wording cost."""
    same = results["agreement"]
    return (
        f"stored daily totals reproduced: {same['published_reproduced']:,} of {same['run_days']:,} run-days as "
        f"published, {same['corrected_reproduced']:,} as corrected\n"
        f"{results['reworded']:,} of {results['actions']:,} actions are worded otherwise than the configuration and "
        f"score 0 as published; {results['unmapped']:,} of them mean nothing that it knows"
    )


def _doctrine(found: Mapping[str, Any]) -> Table:
    """P(violent) of every model and of states, trigger by trigger."""
    table = grid("act of the day before", "states", *found["models"])
    for trigger in found["rungs"]:
        answers = [found["states"].get(trigger), *(model[trigger] for model in found["models"].values())]
        table.add_row(Text(trigger), *(Text(_violent(answer)) for answer in answers))
    return table


def _violent(answer: Mapping[str, Any] | None) -> str:
    if answer is None:
        return fmt.MISSING
    return f"{fmt.percent(answer['p'][-1])} ({fmt.chance_range(answer['q05'][-1], answer['q95'][-1])})"


def _sampler(found: Mapping[str, Any]) -> str:
    return (
        f"{found['days']:,} nation-days; r-hat at most {found['r_hat']:.3f}, at least {found['ess']:,.0f} effective "
        "draws. A model's violence is counted whoever it was aimed at."
    )
