"""`detente solve`: a scenario, or somebody else's game, as a finite game, and what its players would do.

Nothing here prints; docs/solve.md says what the result holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from msgspec import structs

from detente.engine.game.courses import course_arrays
from detente.errors import InputError, Problem
from detente.games import backward, levelk, nash, qre
from detente.games.efg import distinct
from detente.games.equations import regrets
from detente.games.extensive import CHANCE, ExtensiveGame
from detente.games.tree import tree
from detente.inference.density import Model, model_of
from detente.language.records import Scenario
from detente.result.games import BranchPoint, Choice, Equilibrium, GameSize, SolveResult
from detente.settings import VERSION
from detente.text.nearest import did_you_mean

CONCEPTS = ("qre", "nash", "levelk", "backward")


def values_of(scenario: Scenario, *, hypothesis: str | None = None, median: bool = False) -> dict[str, float]:
    """One value for every parameter: its fixed value under a hypothesis or, if asked for, the median of its prior.

    Raises:
        InputError: With every parameter that is not fixed.
    """
    names = list(scenario.hypotheses)
    if hypothesis is None and len(names) > 1:
        differ = any(len({str(scenario.prior(p, h)) for h in names}) > 1 for p in scenario.parameters)
        if differ:
            hint = "the hypotheses give parameters different values"
            problem = Problem("--hypothesis", f"one of {', '.join(names)}", "nothing", hint)
            raise InputError([problem], what="the options")
    if hypothesis is not None and hypothesis not in names:
        near = did_you_mean(hypothesis, names)
        raise InputError([Problem("--hypothesis", f"one of {', '.join(names)}", hypothesis, near)], what="the options")
    values, problems = {}, []
    for name in scenario.parameters:
        prior = scenario.prior(name, hypothesis or names[0])
        if prior.family == "fixed":
            values[name] = float(prior.arguments[0])
        elif median:
            values[name] = float(prior.frozen().median())
        else:
            hint = f"--set {name}=VALUE, --median for the medians of the priors, or --posterior for draws"
            problems.append(Problem(f"parameters.{name}", "a fixed value: a game has no unknowns", str(prior), hint))
    if problems:
        raise InputError(problems, what="the scenario, as a finite game")
    return values


def game_of(
    scenario: Scenario,
    values: dict[str, float],
    *,
    start: dt.date | None = None,
    horizon: int | None = None,
    course: str | None = None,
    model: Model | None = None,
) -> ExtensiveGame:
    """The game from a date on, from the state to which the record leads.

    Args:
        values: of every parameter.
        start: first day of the game, from the clock's start to `now`; its branch when None, as courses do.
        horizon: number of steps; to the end of the clock when None.
        course: a course whose moves are forced and forbidden; the game must begin where it branches.
        model: the scenario compiled, if it is at hand.

    Raises:
        InputError: If the scenario is no finite game, or an option does not fit it.
    """
    clock = scenario.clock
    own = None if course is None else scenario.courses.get(course)
    branch = clock.branch_step if own is None else scenario.branch_step(own.id)
    begin = branch if start is None else clock.step_of(start)
    problems = []
    if not 0 <= begin <= clock.now_step:
        problems.append(Problem("--from", f"a date from {clock.start} to {clock.now} (now)", str(start)))
    elif horizon is not None and not 1 <= horizon <= clock.steps - begin:
        problems.append(Problem("--horizon", f"a number of steps, 1 to {clock.steps - begin}", str(horizon)))
    if course is not None and course not in scenario.courses:
        known = ", ".join(scenario.courses)
        problems.append(Problem("--course", f"one of {known}", course, did_you_mean(course, scenario.courses)))
    elif course is not None and begin != branch:
        day = clock.date_of(branch)
        problems.append(Problem("--course", f"a game from {day} on, where {course} branches", f"one from {start}"))
    if problems:
        raise InputError(problems, what="the options")
    model = model or model_of(scenario)
    vector = np.array([[values[p]] for p in model.parameters], float)
    state = model.replay(vector, until=begin).state(begin).map(lambda x: x[0]) if begin else None
    arrays = course_arrays(model.game, scenario.courses[course], begin) if course is not None else None
    return tree(scenario, values, start=begin, state=state, horizon=horizon, course=arrays, game=model.game)


def solve(
    game: ExtensiveGame,
    concept: str,
    *,
    lams: Sequence[float] = (),
    level: int | None = None,
    tau: float | None = None,
    tie: str = "split",
) -> SolveResult:
    """Solve a game by a concept.

    Args:
        concept: one of `CONCEPTS`.
        lams: for `qre` each λ to report (inf: the limit of the principal branch); for `levelk` and `backward` the λ of
            the response, best reply when empty.
        level: for `levelk`, the highest level.
        tau: for `levelk`, the mean of a Poisson cognitive hierarchy; plain level-k when None.
        tie: between equally good best replies: `split`, `first` or `last`.

    Raises:
        InputError: If the options or the game do not fit the concept.
    """
    _check(concept, lams, level, tau)
    if not (game.owner != CHANCE).any():
        raise InputError([Problem("the game", "at least one choice of a player", "none")], what="the game")
    if concept == "qre":
        found = _qre(game, lams)
    elif concept == "nash":
        result = nash.nash(game)
        found = _result(game, result.method, [_entry(game, e.name, e.behaviour) for e in result.equilibria])
    elif concept == "levelk":
        found = _levelk(game, int(level or 0), lams[0] if lams else np.inf, tau, tie)
    else:
        lam = lams[0] if lams else np.inf
        name = "best replies" if np.isinf(lam) else "agent quantal response"
        entry = _entry(game, name, backward.solve(game, lam, tie=tie), lam=None if np.isinf(lam) else lam)
        found = _result(game, f"backward recursion{_ties(lam, tie)}", [entry])
    return structs.replace(found, concept=concept)


def described(game: ExtensiveGame) -> SolveResult:
    """A game that was not solved."""
    return _result(game, "", [])


def _result(
    game: ExtensiveGame,
    method: str,
    equilibria: list[Equilibrium],
    crossings: Sequence[BranchPoint] = (),
    turns: Sequence[BranchPoint] = (),
) -> SolveResult:
    size = GameSize(
        title=game.title,
        players=list(player_names(game)),
        nodes=len(game.parent),
        ends=len(game.ends),
        information_sets=int((game.owner != CHANCE).sum()),
        perfect_information=bool(game.perfect_information()),
    )
    return SolveResult(
        detente=VERSION,
        game=size,
        method=method,
        equilibria=equilibria,
        crossings=list(crossings),
        turns=list(turns),
    )


def player_names(game: ExtensiveGame) -> tuple[str, ...]:
    """What its players are called in results: a foreign file may call two the same, or not at all."""
    return distinct(name or f"player {n}" for n, name in enumerate(game.players, 1))


def _check(concept: str, lams: Sequence[float], level: int | None, tau: float | None) -> None:
    problems = []
    if concept not in CONCEPTS:
        problems.append(Problem("--concept", " or ".join(CONCEPTS), concept, did_you_mean(concept, CONCEPTS)))
    if concept == "qre" and not lams:
        problems.append(Problem("--lambda", "how sharply payoffs decide, 0 or more, or inf", "nothing"))
    if concept in ("levelk", "backward") and len(lams) > 1:
        problems.append(Problem("--lambda", f"one value, with {concept}", ", ".join(f"{v:g}" for v in lams)))
    if concept == "nash" and lams:
        problems.append(Problem("--lambda", "none, with nash", ", ".join(f"{v:g}" for v in lams)))
    problems += [Problem("--lambda", "0 or more, or inf", f"{v:g}") for v in lams if not v >= 0]
    if concept == "levelk" and (level is None or not 0 <= level <= levelk.HIGHEST):
        problems.append(
            Problem("--level", f"the highest level, 0 to {levelk.HIGHEST}", "nothing" if level is None else str(level))
        )
    for option, value in (("--level", level), ("--tau", tau)):
        if concept != "levelk" and value is not None:
            problems.append(Problem(option, "nothing, unless the concept is levelk", str(value)))
    if problems:
        raise InputError(problems, what="the options")


def _ties(lam: float, tie: str) -> str:
    return f"; equally good options: {tie}" if np.isinf(lam) else ""


def _qre(game: ExtensiveGame, lams: Sequence[float]) -> SolveResult:
    finite = [lam for lam in lams if np.isfinite(lam)]
    branch = qre.trace(game, finite)
    equilibria = [_entry(game, branch.name, point.behaviour, lam=point.lam) for point in branch.points]
    methods = ["the principal branch traced from lambda = 0 by predictor and corrector"]
    if backward.recursion_order(game) is not None:
        methods.append("there is no other: the game can be solved by backward recursion")
    elif finite:
        methods.append("other equilibria are not looked for")
    if len(finite) < len(lams):
        end = qre.limit(game)
        equilibria.append(_entry(game, "limit of the principal branch", end.behaviour, lam=end.lam))
        methods.append(f"its limit approached until no player can gain {qre.REGRET:g} of the range of its payoffs")
    crossings, turns = (
        [BranchPoint(lam=p.lam, payoffs=_payoffs(game, p.behaviour)) for p in points]
        for points in (branch.crossings, branch.turns)
    )
    return _result(game, "; ".join(methods), equilibria, crossings, turns)


def _levelk(game: ExtensiveGame, level: int, lam: float, tau: float | None, tie: str) -> SolveResult:
    hierarchy = "levelk" if tau is None else "ch"
    levels = levelk.level_k(game, level, lam=lam, hierarchy=hierarchy, tau=tau, belief="bayes", tie=tie)
    shown = None if np.isinf(lam) else lam
    entries = [_entry(game, f"level {k}", b, lam=shown) for k, b in enumerate(levels.by_level)]
    answers = "level k answers level k-1"
    if tau is not None:
        population = levels.population(levelk.poisson(tau, level + 1))
        entries.append(_entry(game, "population", population, lam=shown))
        answers = f"level k answers a Poisson({tau:g}) mixture of the levels below, learning from what it sees"
    return _result(game, f"{answers}; own later moves at the own level{_ties(lam, tie)}", entries)


def _entry(game: ExtensiveGame, name: str, behaviour: np.ndarray, lam: float | None = None) -> Equilibrium:
    """One behaviour: payoffs, regret, and what is done where."""
    reach = game.reach(behaviour)
    players, strategy = player_names(game), []
    places = distinct((name or f"information set {n}" for n, name in enumerate(game.infoset_labels, 1)), game.owner)
    for infoset in np.flatnonzero(game.owner != CHANCE).tolist():
        actions = list(game.actions_of(infoset))
        labels = distinct(game.action_labels[a] or str(n) for n, a in enumerate(actions, 1))
        strategy.append(
            Choice(
                player=players[game.owner[infoset]],
                at=places[infoset],
                reached=float(reach[game.infoset == infoset].sum()),
                choice=dict(zip(labels, behaviour[actions].tolist(), strict=True)),
            )
        )
    gains = dict(zip(players, regrets(game, behaviour).tolist(), strict=True))
    return Equilibrium(name=name, lam=lam, payoffs=_payoffs(game, behaviour), regret=gains, strategy=strategy)


def _payoffs(game: ExtensiveGame, behaviour: np.ndarray) -> dict[str, float]:
    return dict(zip(player_names(game), game.values(behaviour)[0].tolist(), strict=True))
