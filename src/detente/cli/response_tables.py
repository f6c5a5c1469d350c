"""The tables of `detente crises` and of the mirror."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from detente.cli.tables import grid, section
from detente.report import format as fmt
from detente.report import mirror as words
from detente.result.crises import Analogies, Mirror, ResponseScores, ScoreTable


def scores(found: ResponseScores) -> Iterator[RenderableType]:
    """Scores of a file of crises, target by target."""
    head = Text(f"{found.file}: {fmt.count(found.cases, 'case')}", style="bold")
    if found.fitted:
        text = "\nthese are the crises that the curves were fitted to: the scores flatter them"
        head.append(text, style="not bold red")
    yield head
    for about in found.targets.values():
        for part, table in about.parts.items():
            title = f"{about.says}, {part}: {fmt.count(table.crises, 'crisis', 'crises')}"
            yield section(title, _scores(table))
            yield Text(words.verdict_of_scores(table))


def _scores(table: ScoreTable) -> Table:
    shown = grid(f"{table.happened} of {table.n}", "Brier", "log", "AUC", "mean", whole=5)
    for name, row in table.scores.items():
        cells = [words.interval(score) for score in (row.brier, row.log, row.auc)]
        shown.add_row(Text(name), *map(Text, cells), Text(fmt.percent(row.mean)))
    return shown


def summary(about: Mapping[str, Any]) -> Iterator[RenderableType]:
    """What was fitted and how it fared forward in time."""
    data = about["data"]
    yield Text(
        f"{data['citation']}\n{data['cases']} cases in {data['crises']} crises, {data['first_year']} to "
        f"{data['last_year']}\nsha256 {data['sha256']}"
    )
    for curve in about["curves"].values():
        checks = curve["diagnostics"]
        told = [f"largest r-hat {checks['r_hat_max']:.3f}", f"smallest ESS {checks['ess_min']:.0f}"]
        if "divergences" in checks:  # of a summary that was fitted by NUTS, as the one that ships
            told.append(fmt.count(checks["divergences"], "divergence"))
        yield Text(
            f"{curve['says']}: {', '.join(told)}; weight of climatology {curve['blend']:g}",
            style="bold",
        )
        table = grid(
            "fitted before, then ten years", "n", "came", "Brier", "climatology", "trigger", "AUC", "log", "climatology"
        )
        validation = curve["validation"]
        for row in (*validation["splits"], *filter(None, [validation["all"]])):
            s = row["scores"]
            numbers = [
                s["curve"]["brier"],
                s["climatology"]["brier"],
                s["trigger alone"]["brier"],
                s["curve"]["auc"],
                s["curve"]["log"],
                s["climatology"]["log"],
            ]
            cells = [fmt.number(one["value"]) for one in numbers]
            first = str(row.get("fit_before", "all together"))
            table.add_row(first, str(row["n"]), fmt.percent(row["share"]), *cells)
        if table.rows:
            yield table


def mirror(found: Mirror, *, no_fit: bool = False) -> Iterator[RenderableType]:
    """The mirror of a scenario: answers by seat, what differs, and the cases beside it."""
    shown = words.mirror(found)
    assert shown is not None  # the command asks for scenarios with an act only
    head = Text(shown["says"], style="bold")
    head.append(f"\n{shown['act']}", style="not bold")
    if no_fit:
        head.append(f"\n{fmt.BEFORE}", style="not bold")
    yield head
    for seat in shown["seats"]:
        table = grid("the act", "violent", "war", *reversed(shown["rungs"][:-1]), whole=3)
        for state in seat["states"]:
            table.add_row(state["name"], state["violent"], state["war"], *reversed(state["rungs"][:-1]))
        notes = [Text(line) for line in seat["notes"]]
        yield Group(section(seat["name"], table), *notes)
    yield Text("\n".join(shown["residuals"]))
    cases = grid("case", "expected: violent", "was", "this or harder", "coding")
    for row in shown["cases"]:
        cases.add_row(row["id"], row["violent"], row["response"], row["at_least"], row["coding"])
    if cases.rows:
        yield cases
    yield Text("\n".join(shown["notes"]), style="dim")


def analogs(found: Analogies) -> Iterator[RenderableType]:
    """The nearest crises, what came of them, and whether any is near."""
    shown = words.analogies(found)
    assert shown is not None
    yield Text(shown["precedent"], style="bold")
    table = grid("ICB", "crisis", "actor", "distance", "response", "violence", "outcome", "days", whole=1)
    for row in shown["nearest"]:
        table.add_row(
            *(
                Text(row[key])
                for key in ("crisis", "name", "actor", "distance", "response", "violence", "outcome", "days")
            )
        )
    yield table
    yield Text("\n".join(shown["outcomes"]))
