"""Two sides, two actions each, chosen at once: quantal response equilibria and levels of reasoning.

Sources: McKelvey & Palfrey (1995), Games and Economic Behavior 10(1); Turocy (2005), the same journal 51(2), for the
branch; Camerer, Ho & Chong (2004), Quarterly Journal of Economics 119(3), for levels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from detente.games.extensive import ExtensiveGame
from detente.games.levelk import level_k, poisson
from detente.games.qre import trace
from detente.games.tree import tree
from tests.classics.hierarchy import LEVELS, TOLD, TRUNCATED, precision_of
from tests.classics.scenarios import (
    FORESIGHT_RIVALS,
    Files,
    clock,
    day,
    fixed_values,
    foresight,
    game_of,
    number,
    precision,
    refuse,
    scenario_of,
)

_FOLDER = "qre"
_GRID = 10_000  # even, so that no point is nought: the answer at lambda = 0
_STEP = 1e-5  # of the difference that gives a slope
# λ up to which a crossing of branches is looked for; no round numbers, since a trace must not end on a crossing
_CROSSINGS = tuple(0.9871 * 2.0**k for k in range(-4, 11))


def build(p: dict[str, Any]) -> Files:
    """The scenario: to hold is the first action of both. In simulations each side answers a thoughtless other."""
    return _build(p, p.get("lam", 1.0), 1)


def build_levels(p: dict[str, Any]) -> Files:
    """The same, where a side's level of reasoning is drawn, or is 2 (`levelk`)."""
    level = f"poisson({number(p['tau'])})" if p["hierarchy"] == "ch" else 2
    return _build(p, p["lam"], level)


def _build(p: dict[str, Any], lam: float | None, level: int | str) -> Files:
    first, second = p["actions"]
    move = second.lower() if re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", second.lower()) else "second"

    payoffs = "\n".join(
        f"  {side}.{mine}_{its}: {{prior: fixed({number(u[i][j])}), unit: utility, "
        f"why: what {side} gets for row's {mine} action and column's {its} (any number), source: [assumption]}}"
        for side, u in (("ROW", p["u1"]), ("COL", p["u2"]))
        for i, mine in enumerate(("first", "second"))
        for j, its in enumerate(("first", "second"))
    )

    def aim(side: str) -> str:
        a, b, c, d = (f"{side}.{mine}_{its}" for mine in ("first", "second") for its in ("first", "second"))
        return f'"where(row < 0.5, where(col < 0.5, {a}, {b}), where(col < 0.5, {c}, {d}))"'

    text = f"""\
detente: 1
title: A game of two sides with two actions each
question: What do the sides do when each errs the less, the more an error costs?
summary: Both choose at once between {first!r} (to hold) and {second!r}, as payoffs and precision have it.
clock: {clock(2)}  # the choice is made on the second day
actors:
  ROW: {{name: The row player, utility: {aim("ROW")}}}
  COL: {{name: The column player, utility: {aim("COL")}}}
parameters:
{payoffs}
  {precision(lam)}
stocks:
  row: {{initial: 0, unit: 1 for the second action, range: [0, 1]}}
  col: {{initial: 0, unit: 1 for the second action, range: [0, 1]}}
tracks:
  ROW.choice:
    {foresight(level)}
    {move}: {{rung: 1, needs: clock.step == 1, appeal: 0, effects: {{row: 1}}}}
  COL.choice:
    {foresight(level)}
    {move}: {{rung: 1, needs: clock.step == 1, appeal: 0, effects: {{col: 1}}}}
hypotheses:
{FORESIGHT_RIVALS}
courses:
  as-it-comes: {{name: As both choose}}
  row-second: {{name: Row takes its second action, force: {{ROW.choice: {{{day(1)}: {move}}}}}}}
  col-second: {{name: Column takes its second action, force: {{COL.choice: {{{day(1)}: {move}}}}}}}
"""
    return {"scenario.yaml": text}


@lru_cache(maxsize=32)
def _tree(text: str) -> ExtensiveGame:
    scenario = scenario_of(_FOLDER, {"scenario.yaml": text})
    return tree(scenario, fixed_values(scenario), game=game_of(scenario))


def _game(p: dict[str, Any]) -> ExtensiveGame:
    return _tree((build_levels if "hierarchy" in p else build)(p)["scenario.yaml"])


def _firsts(game: ExtensiveGame, behaviour: np.ndarray) -> list[float]:
    """Each player's chance of its first action."""
    sets = [int(np.flatnonzero(game.owner == player)[0]) for player in (0, 1)]
    return [float(behaviour[game.first[i]]) for i in sets]


def _advantages(game: ExtensiveGame) -> list[np.ndarray]:
    """Per player how much better its first action is, against each action of the other, read off the tree."""

    def advantage(player: int) -> np.ndarray:
        own, other = (int(np.flatnonzero(game.owner == i)[0]) for i in (player, 1 - player))
        table = np.zeros((2, 2))
        for mine in (0, 1):
            for its in (0, 1):
                behaviour = np.zeros(len(game.appeal))
                behaviour[[game.first[own] + mine, game.first[other] + its]] = 1.0
                table[mine, its] = game.values(behaviour)[0, player]
        return table[0] - table[1]

    return [advantage(0), advantage(1)]


def _answers(game: ExtensiveGame, lam: float) -> tuple[Callable, Callable]:
    """Row's and column's log odds of the first action against the other's chance of its first, by logit."""
    row, col = ((lambda share, a=a: lam * (a[0] * share + a[1] * (1 - share))) for a in _advantages(game))
    return row, col


def _fixed_points(game: ExtensiveGame, lam: float) -> list[list[float]]:
    """All quantal response equilibria, by a scan of row's log odds; a pair closer than the grid would be missed."""
    row, col = _answers(game, lam)

    def gap(y):
        return y - row(expit(col(expit(y))))

    reach = lam * float(np.abs(_advantages(game)[0]).max()) + 1
    grid = np.linspace(-reach, reach, _GRID)
    signs = np.sign(gap(grid))
    roots = [brentq(gap, *grid[i : i + 2], xtol=1e-14) for i in np.flatnonzero(signs[:-1] * signs[1:] < 0)]
    return sorted([float(expit(y)), float(expit(col(expit(y))))] for y in roots)


def _slope(game: ExtensiveGame, lam: float, share: float) -> float:
    """How fast row's reply to column's reply rises with row's chance."""
    row, col = _answers(game, lam)
    low, high = max(0.0, share - _STEP), min(1.0, share + _STEP)
    return float(expit(row(expit(col(high)))) - expit(row(expit(col(low))))) / (high - low)


def evaluate_qre(p: dict[str, Any]) -> dict[str, Any]:
    """The principal branch at a λ, all equilibria there, and whether replies in turn would find it."""
    game, lam = _game(p), p["lam"]
    principal = _firsts(game, trace(game, [lam]).points[0].behaviour)
    slope = _slope(game, lam, principal[0])
    return {
        "principal_branch": principal,
        "all_fixed_points": _fixed_points(game, lam),
        "best_response_slope": slope,
        "naive_iteration_converges": bool(abs(slope) < 1),
    }


def evaluate_bifurcation(p: dict[str, Any]) -> dict[str, Any]:
    """The first λ at which another branch crosses the principal one, and what row does there."""
    game = _game(p)
    for most in _CROSSINGS:
        crossings = trace(game, [most]).crossings
        if crossings:
            return {"lambda_critical": crossings[0].lam, "p_at_critical": _firsts(game, crossings[0].behaviour)[0]}
    raise refuse(
        "logit_qre_bifurcation",
        "u1",
        "a symmetric game whose principal branch is crossed",
        p["u1"],
        f"none was met up to lambda = {_CROSSINGS[-1]:g}",
    )


def evaluate_limit(p: dict[str, Any]) -> dict[str, Any]:
    """The λ up to which replies in turn find the equilibrium on the principal branch."""
    game = _game(p)

    def excess(lam: float) -> float:
        share = _firsts(game, trace(game, [lam]).points[0].behaviour)[0]
        return abs(_slope(game, lam, share)) - 1

    high = next((lam for lam in _CROSSINGS if excess(lam) > 0), None)
    if high is None:
        raise refuse(
            "logit_qre_naive_iteration_limit",
            "u1",
            "a game in which replies in turn cease to converge",
            p["u1"],
            f"they converge up to lambda = {_CROSSINGS[-1]:g}",
        )
    return {"lambda_limit": brentq(excess, high / 2, high, xtol=1e-12)}


def evaluate_levels(p: dict[str, Any]) -> dict[str, Any]:
    """What each level does, and a population of them."""
    game = _game(p)
    lam = precision_of("levelk_2x2", p)
    levels = level_k(game, LEVELS - 1, lam=lam, hierarchy=p["hierarchy"], tau=p["tau"])
    each = [_firsts(game, b) for b in levels.by_level]
    told: dict[str, Any] = {
        "p_first_action_by_level_row": [e[0] for e in each[:TOLD]],
        "p_first_action_by_level_col": [e[1] for e in each[:TOLD]],
    }
    for key, count in (("population_row_col", LEVELS), ("population_row_col_K5", TRUNCATED)):
        told[key] = _firsts(game, levels.population(poisson(p["tau"], count).tolist()))
    return told
