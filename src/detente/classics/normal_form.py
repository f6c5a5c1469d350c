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

from detente.classics.hierarchy import LEVELS, TOLD, TRUNCATED, precision_of
from detente.classics.parameters import refuse
from detente.classics.scenarios import (
    FORESIGHT_RIVALS,
    Files,
    clock,
    day,
    fixed_values,
    foresight,
    game_of,
    number,
    precision,
    scenario_of,
)
from detente.games.extensive import ExtensiveGame
from detente.games.levelk import level_k, poisson
from detente.games.qre import trace
from detente.games.reply import respond
from detente.games.search import all_fixed_points
from detente.games.tree import tree

_FOLDER = "qre"
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

    def aim(u: list[list[float]]) -> str:
        a, b, c, d = (number(u[i][j]) for i in (0, 1) for j in (0, 1))
        return f'"where(row < 0.5, where(col < 0.5, {a}, {b}), where(col < 0.5, {c}, {d}))"'

    text = f"""\
detente: 1
title: A game of two sides with two actions each
question: What do the sides do when each errs the less, the more an error costs?
summary: Both choose at once between {first!r} (to hold) and {second!r}, as payoffs and precision have it.
clock: {clock(2)}  # the choice is made on the second day
actors:
  ROW: {{name: The row player, utility: {aim(p["u1"])}}}
  COL: {{name: The column player, utility: {aim(p["u2"])}}}
parameters:
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


def _replies(game: ExtensiveGame, lam: float) -> tuple[Callable, Callable]:
    """Row's and column's chance of the first action against the other's, by logit, from payoffs read off the tree."""

    def advantage(player: int) -> np.ndarray:
        """(2, 2): payoff of each own action against each of the other's."""
        own, other = (int(np.flatnonzero(game.owner == i)[0]) for i in (player, 1 - player))
        table = np.zeros((2, 2))
        for mine in (0, 1):
            for its in (0, 1):
                behaviour = np.zeros(len(game.appeal))
                behaviour[[game.first[own] + mine, game.first[other] + its]] = 1.0
                table[mine, its] = game.values(behaviour)[0, player]
        return table

    def reply(table: np.ndarray) -> Callable:
        def to(share):
            share = np.asarray(share, float)
            payoff = table[:, 0] * share[..., None] + table[:, 1] * (1 - share[..., None])
            return respond(np.zeros(payoff.shape), payoff, lam)[..., 0]

        return to

    return reply(advantage(0)), reply(advantage(1))


def _slope(game: ExtensiveGame, lam: float, share: float) -> float:
    """How fast row's reply to column's reply rises with row's chance."""
    row, col = _replies(game, lam)
    low, high = max(0.0, share - _STEP), min(1.0, share + _STEP)
    return float(row(col(np.array(high))) - row(col(np.array(low)))) / (high - low)


def evaluate_qre(p: dict[str, Any]) -> dict[str, Any]:
    """The principal branch at a λ, all equilibria there, and whether replies in turn would find it."""
    game, lam = _game(p), p["lam"]
    principal = _firsts(game, trace(game, [lam]).points[0].behaviour)
    slope = _slope(game, lam, principal[0])
    return {
        "principal_branch": principal,
        "all_fixed_points": sorted(_firsts(game, one.behaviour) for one in all_fixed_points(game, lam).equilibria),
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
