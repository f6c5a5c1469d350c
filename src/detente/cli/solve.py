"""`detente solve`: a scenario as a finite game, and its equilibria."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import structs

from detente.cli import options
from detente.cli.command import Answer, Job, command
from detente.cli.output import show, write_files
from detente.cli.scenario import open_scenario
from detente.errors import InputError, Problem
from detente.result.games import SolveOverDraws, SolveResult
from detente.settings import SOLVE_DRAWS

if TYPE_CHECKING:
    from detente.games.extensive import ExtensiveGame

FORMATS = (".efg", ".nfg")  # of Gambit's, which are read
OTHER_FORMATS = (".agg", ".bagg", ".gbt")  # and which are not

GameName = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A scenario folder, a single .yaml file, a name from `detente list`, or a Gambit file (.efg, .nfg).",
    ),
]
Concept = Annotated[
    str | None,
    typer.Option(
        "--concept",
        metavar="NAME",
        show_default=False,
        help="qre (logit quantal response equilibrium), nash "
        "(needs the extra gambit), levelk, or backward (recursion). Required, unless --efg is given.",
    ),
]
Lambdas = Annotated[
    list[str] | None,
    typer.Option(
        "--lambda",
        metavar="X",
        show_default=False,
        help="How sharply payoffs decide, 0 or more, or inf. "
        "Required for qre, where it may be repeated; for levelk and backward best reply when left out.",
    ),
]
Level = Annotated[
    int | None, typer.Option("--level", metavar="K", show_default=False, help="The highest level, with levelk.")
]
Tau = Annotated[
    float | None,
    typer.Option(
        "--tau",
        metavar="X",
        show_default=False,
        help="With levelk: a Poisson cognitive hierarchy with this mean level.",
    ),
]
Tie = Annotated[
    str,
    typer.Option(
        "--tie",
        metavar="RULE",
        show_default=False,
        help="Between equally good best replies: split, first or last. Default split.",
    ),
]
Efg = Annotated[
    Path | None, typer.Option("--efg", metavar="FILE", show_default=False, help="Write the game as a Gambit file.")
]
Median = Annotated[
    bool,
    typer.Option(
        "--median", show_default=False, help="Hold every parameter that is not fixed at the median of its prior."
    ),
]
Hypothesis = Annotated[
    str | None,
    typer.Option(
        "--hypothesis",
        metavar="NAME",
        show_default=False,
        help="Whose parameter values to take, where hypotheses differ.",
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="DATE",
        show_default=False,
        help="First day of the game, from the clock's start to "
        "now. Default: the branch, in the state to which the record leads.",
    ),
]
Horizon = Annotated[
    int | None,
    typer.Option(
        "--horizon", metavar="N", show_default=False, help="How many steps are played. Default: to the clock's end."
    ),
]
CourseName = Annotated[
    str | None,
    typer.Option("--course", metavar="NAME", show_default=False, help="Force and forbid the moves of this course."),
]

Posterior = Annotated[
    bool,
    typer.Option(
        "--posterior",
        show_default=False,
        help="Solve the game of each of some draws after the evidence, and show what is done by track and date, with "
        "90% intervals.",
    ),
]
DrawCount = Annotated[
    int | None,
    typer.Option(
        "--draws", metavar="N", show_default=False, help=f"With --posterior: how many. Default {SOLVE_DRAWS}."
    ),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", show_default=False, help="With --posterior: of the fit. Default 1."),
]


@command("settings", "as_json", "quiet")
def solve(
    job: Job,
    scenario: GameName,
    concept: Concept = None,
    lam: Lambdas = None,
    level: Level = None,
    tau: Tau = None,
    tie: Tie = "split",
    efg: Efg = None,
    median: Median = False,
    hypothesis: Hypothesis = None,
    start: From = None,
    horizon: Horizon = None,
    course: CourseName = None,
    posterior: Posterior = False,
    draws: DrawCount = None,
    seed: Seed = None,
) -> Answer:
    """Solve a scenario, or a Gambit file, as a game.

    Shows each equilibrium by name: what is done where, expected payoffs, and what each player could still gain. Actors
    with a utility are players; the others are chance.
    """
    lams = [_number(text) for text in lam or ()]
    if concept is None and efg is None:
        raise InputError([Problem("--concept", "qre, nash, levelk or backward", "nothing")], what="the options")
    how: dict[str, Any] = {"lams": lams, "level": level, "tau": tau, "tie": tie}
    _check_draws(posterior, draws, seed, {"--efg": efg is not None, "--median": median})
    job.report("load")
    values: dict[str, float] = {}
    if Path(scenario).suffix.lower() in FORMATS:
        _only_scenarios(job.settings, median, hypothesis, start, horizon, course, posterior)
        game = _load(scenario)
    elif Path(scenario).suffix.lower() in OTHER_FORMATS:
        hint = "Gambit itself writes such a game as .nfg"
        raise InputError(
            [Problem("SCENARIO", "of Gambit's files, an .efg or .nfg", scenario, hint)], what="the options"
        )
    else:
        loaded = open_scenario(scenario, job.settings)
        day = None if start is None else _date(start)
        if posterior:
            from detente.analysis.equilibria import over_draws as solving_draws

            job.report("compile")
            how |= {"seed": 1 if seed is None else seed, "draws": draws or SOLVE_DRAWS, "hypothesis": hypothesis}
            how |= {"start": day, "horizon": horizon, "course": course}
            return _answer(solving_draws.solve_draws(loaded, str(concept), progress=job.report, **how))
        from detente.analysis.equilibria import solve as solving

        values = solving.values_of(loaded, hypothesis=hypothesis, median=median)
        job.report("compile")
        game = solving.game_of(loaded, values, start=day, horizon=horizon, course=course)
    if efg is not None:
        from detente.games.efg import write_efg

        write_files(efg.parent, {efg.name: write_efg(game)}, "--efg")
    from detente.analysis.equilibria import solve as solving

    if concept is not None:
        job.report("analyse")
    results = solving.described(game) if concept is None else solving.solve(game, concept, **how)
    results = structs.replace(results, game=structs.replace(results.game, parameters=values))
    return _answer(results)


def _load(path: str) -> ExtensiveGame:
    from detente.games.read_efg import load_efg
    from detente.games.read_nfg import load_nfg

    return load_efg(path) if path.lower().endswith(".efg") else load_nfg(path)


def _answer(results: SolveResult | SolveOverDraws) -> Answer:
    from detente.cli import solve_tables

    return Answer(results, lambda: show(*solve_tables.tables(results)))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError([Problem("--lambda", "0 or more, or inf", text)], what="the options") from None


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError([Problem("--from", "a date, YYYY-MM-DD", text)], what="the options") from None


def _check_draws(posterior: bool, draws: int | None, seed: int | None, without: Mapping[str, bool]) -> None:
    """Refuse options that do not go with `--posterior`, or without it."""
    if posterior:
        options.check_numbers(seed=1 if seed is None else seed, draws=SOLVE_DRAWS if draws is None else draws)
        problems = [Problem(name, "nothing, with --posterior", "a value") for name, value in without.items() if value]
    else:
        given = (("--draws", draws), ("--seed", seed))
        problems = [Problem(n, "nothing, without --posterior", str(v)) for n, v in given if v is not None]
    if problems:
        raise InputError(problems, what="the options")


def _only_scenarios(settings, median, hypothesis, start, horizon, course, posterior) -> None:
    given: Mapping[str, Any] = {
        "--set": settings,
        "--median": median,
        "--hypothesis": hypothesis,
        "--from": start,
        "--horizon": horizon,
        "--course": course,
        "--posterior": posterior,
    }
    problems = [Problem(name, "nothing, with a Gambit file", "a value") for name, value in given.items() if value]
    if problems:
        raise InputError(problems, what="the options")
