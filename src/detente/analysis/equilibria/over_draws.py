"""`detente solve --posterior`: a scenario solved as a game once for each of some draws of its parameters.

Draws come from the fit to the record. Games of different draws may have different trees, so what is done is told by
track and date: the chance of each option, given that the track comes to choose.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import structs

from detente.analysis.equilibria import solve
from detente.analysis.result import spread
from detente.errors import InputError, Problem
from detente.games.tree import place_of
from detente.language.records import Scenario
from detente.progress import Progress
from detente.result.games import (
    Choice,
    ChoiceOverDraws,
    DrawSpread,
    Equilibrium,
    EquilibriumOverDraws,
    SolveOverDraws,
    SolveResult,
)
from detente.session import Session, session_of
from detente.settings import SOLVE_DRAWS

CONCEPTS = ("qre", "levelk", "backward")  # those that answer every game with one behaviour of each name
_SIZES = ("nodes", "ends", "information_sets")  # of the largest game of any draw


def solve_draws(
    scenario: Scenario | Session,
    concept: str,
    *,
    seed: int | None = None,
    draws: int = SOLVE_DRAWS,
    hypothesis: str | None = None,
    start: dt.date | None = None,
    horizon: int | None = None,
    course: str | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> SolveOverDraws:
    """Fit a scenario, solve the game of each draw, and return the spread of every number that `solve.solve` returns.

    Args:
        scenario: or a session of it; options that are not given are the session's.
        seed: of the fit; 1 by default.
        draws: after the evidence, shared evenly by the hypotheses; those of one that the record rules out are dropped.
        hypothesis: the only one to take draws from; all by weight when None.
        start, horizon, course: as in `solve.game_of`.
        options: `lams`, `level`, `tau` and `tie` of `solve.solve`.

    Raises:
        InputError: If an option does not fit, the scenario is no finite game, or a game could not be solved.
    """
    if concept not in CONCEPTS:
        hint = "there the number of equilibria differs from draw to draw" if concept == "nash" else ""
        problem = Problem("--concept", f"{' or '.join(CONCEPTS)}, with --posterior", concept, hint)
        raise InputError([problem], what="the options")
    session = session_of(scenario, seed=seed, do_fit=True, progress=progress)
    scenario, model = session.scenario, session.model
    names = list(scenario.hypotheses)
    middle = solve.values_of(scenario, hypothesis=hypothesis or names[0], median=True)

    def solved(values: dict[str, float]) -> SolveResult:
        game = solve.game_of(scenario, values, start=start, horizon=horizon, course=course, model=model)
        return solve.solve(game, concept, **options)

    solved(middle)  # refused before the fit, if at all
    made = session.fit
    assert made is not None
    chosen = session.posterior(draws if hypothesis is None else draws * len(names))
    if hypothesis is not None:
        if hypothesis in made.impossible():
            raise InputError([Problem("--hypothesis", "one that the record allows", hypothesis)], what="the options")
        chosen = chosen.given(names.index(hypothesis))
    weights = np.asarray(chosen.weights)
    columns, weights = chosen.values.T[weights > 0], weights[weights > 0]
    found = []
    for number, values in enumerate(columns):
        if progress:
            progress("analyse", "", number / len(columns))
        found.append(solved(dict(zip(model.parameters, values.tolist(), strict=True))))
    first = found[0]
    largest = {key: max(getattr(one.game, key) for one in found) for key in _SIZES}
    return SolveOverDraws(
        detente=first.detente,
        concept=first.concept,
        method=first.method,
        seed=session.seed,
        draws=len(found),
        hypotheses=[h for h in names if h not in made.impossible()] if hypothesis is None else [hypothesis],
        game=structs.replace(first.game, **largest),
        equilibria=[_over([one.equilibria[i] for one in found], weights) for i in range(len(first.equilibria))],
    )


def _over(entries: Sequence[Equilibrium], weights: np.ndarray) -> EquilibriumOverDraws:
    """One named behaviour over the draws."""
    lams = {entry.lam for entry in entries}

    def by_player(numbers: Sequence[dict[str, float]]) -> dict[str, DrawSpread]:
        return {player: _spread(np.array([one[player] for one in numbers]), weights) for player in numbers[0]}

    told = [_told(entry.strategy) for entry in entries]
    strategy = []
    for player, place in dict.fromkeys(key for one in told for key in one):
        here = [one.get((player, place), (0.0, {})) for one in told]
        there = np.array([bool(choice) for _, choice in here])
        options = dict.fromkeys(name for _, choice in here for name in choice)
        choices = {
            name: _spread(np.array([choice.get(name, 0.0) for _, choice in here])[there], weights[there])
            for name in options
        }
        reached = _spread(np.array([reach for reach, _ in here]), weights)
        strategy.append(ChoiceOverDraws(player=player, at=place, reached=reached, choice=choices))
    return EquilibriumOverDraws(
        name=entries[0].name,
        lam=lams.pop() if len(lams) == 1 else None,
        payoffs=by_player([entry.payoffs for entry in entries]),
        regret=by_player([entry.regret for entry in entries]),
        strategy=strategy,
    )


def _told(strategy: Sequence[Choice]) -> dict[tuple[str, str], tuple[float, dict[str, float]]]:
    """By player, track and date: how likely it is to choose there, and the chance of each option, given that; where
    play never comes, the plain mean over what could be known."""
    rows = defaultdict(list)
    for row in strategy:
        rows[row.player, place_of(row.at)].append(row)
    out = {}
    for key, group in rows.items():
        reach = np.array([row.reached for row in group])
        share = reach / reach.sum() if reach.sum() > 0 else np.full(len(group), 1 / len(group))
        choice: dict[str, float] = defaultdict(float)
        for row, part in zip(group, share.tolist(), strict=True):
            for name, p in row.choice.items():
                choice[name] += part * p
        out[key] = float(reach.sum()), dict(choice)
    return out


def _spread(values: np.ndarray, weights: np.ndarray) -> DrawSpread:
    found = spread(values, weights)
    return DrawSpread(mean=found.mean, q05=found.q05, q50=found.q50, q95=found.q95)
