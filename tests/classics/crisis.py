"""A crisis in three choices: A challenges or not, B resists or not, A attacks or backs down.

Sources: Signorino (1999), American Political Science Review 93(2); McKelvey & Palfrey (1998), Experimental Economics
1(1), for agent quantal response; Camerer, Ho & Chong (2004), Quarterly Journal of Economics 119(3), and Lin & Palfrey
(2022) for levels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

from detente.games import lattice as lattices
from detente.games.backward import solve_lattice
from detente.games.lattice import Backward, Lattice, forward, lattice
from detente.games.levelk import level_k, poisson
from detente.games.tree import tree
from tests.classics.hierarchy import LEVELS, TOLD, precision_of
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
    scenario_of,
)

_FOLDER = "crisis"
_ENDS = {  # by how far the crisis went
    "SQ": ("status_quo", "the status quo"),
    "CD": ("concession", "B's concession"),
    "BD": ("backing_down", "A's backing down"),
    "SF": ("fight", "a fight"),
}


def build(p: dict[str, Any]) -> Files:
    """The scenario: to hold is to leave things as they are, to concede, and to back down."""
    return _build(p, p.get("lam"), 3)


def build_levels(p: dict[str, Any]) -> Files:
    """The same, where a side's level of reasoning is drawn, or is 2 (`levelk`)."""
    level = f"poisson({number(p['tau'])})" if p["hierarchy"] == "ch" else 2
    return _build(p, p["lam"], level)


def _build(p: dict[str, Any], lam: float | None, level: int | str) -> Files:
    payoffs = "\n".join(
        f"  {side}.{name}: {{prior: fixed({number(p['payoffs'][end][i])}), unit: utility, "
        f"why: what {side} gets from {what} (any number), source: [assumption]}}"
        for i, side in enumerate("AB")
        for end, (name, what) in _ENDS.items()
    )

    def aim(side: str) -> str:
        sq, cd, bd, sf = (f"{side}.{name}" for name, _ in _ENDS.values())
        return f'"where(stage < 0.5, {sq}, where(stage < 1.5, {cd}, where(stage < 2.5, {bd}, {sf})))"'

    text = f"""\
detente: 1
title: A crisis in three choices
question: Does A challenge, does B resist, and who backs down?
summary: A may challenge the status quo, B may resist, and then A attacks or backs down.
clock: {clock(4)}  # one choice a day from the second day on
actors:
  A: {{name: The challenger, utility: {aim("A")}}}
  B: {{name: The defender, utility: {aim("B")}}}
parameters:
{payoffs}
  {precision(lam)}
stocks:
  stage: {{initial: 0, unit: choices for the crisis, range: [0, 3], why: "0 status quo, 1 B concedes, 2 A backs down, 3 a fight"}}
tracks:
  A.claim:
    {foresight(level)}
    challenge: {{rung: 1, needs: clock.step == 1, appeal: 0, effects: {{stage: 1}}}}
  B.answer:
    {foresight(level)}
    resist: {{rung: 2, needs: clock.step == 2 and stage > 0.5, appeal: 0, effects: {{stage: 1}}}}
  A.force:
    {foresight(level)}
    attack: {{rung: 3, needs: clock.step == 3 and stage > 1.5, appeal: 0, effects: {{stage: 1}}}}
hypotheses:
{FORESIGHT_RIVALS}
courses:
  as-it-comes: {{name: As both choose}}
  challenge: {{name: A challenges, force: {{A.claim: {{{day(1)}: challenge}}}}}}
  stand-firm: {{name: A challenges and B resists, force: {{A.claim: {{{day(1)}: challenge}}, B.answer: {{{day(2)}: resist}}}}}}
  fight: {{name: It comes to a fight, force: {{A.claim: {{{day(1)}: challenge}}, B.answer: {{{day(2)}: resist}}, A.force: {{{day(3)}: attack}}}}}}
"""  # noqa: E501
    return {"scenario.yaml": text}


def _lattice(p: dict[str, Any]) -> Lattice:
    scenario = scenario_of(_FOLDER, build(p))
    return lattice(scenario, fixed_values(scenario), game=game_of(scenario))


def _told(game: Lattice, solved: Backward) -> dict[str, Any]:
    played = forward(game, solved.policy)
    chances = []
    for day_, stage in ((1, 0), (2, 1), (3, 2)):
        state = int(np.flatnonzero(np.isclose(game.stock("stage", day_), stage))[0])
        chances.append(float(solved.policy[day_][state, 1]))
    last = np.round(game.stock("stage", -1)).astype(int)
    outcomes = {end: float(played.states[-1][last == i].sum()) for i, end in enumerate(_ENDS)}
    return {"p_challenge": chances[0], "p_resist": chances[1], "p_attack": chances[2], "outcomes": outcomes}


def evaluate_logit(p: dict[str, Any]) -> dict[str, Any]:
    """Agent logit: backward recursion with logit errors of every choice."""
    game = _lattice(p)
    return _told(game, solve_lattice(game, p["lam"]))


def evaluate_probit(p: dict[str, Any]) -> dict[str, Any]:
    """Agent probit: the payoff of every action is shaken by a normal shock of its own."""
    game, scale = _lattice(p), p["shock_sd_per_action"] * np.sqrt(2)

    def reply(player: int, appeal: np.ndarray, payoff: np.ndarray) -> np.ndarray:
        second = ndtr((payoff[:, 1] - payoff[:, 0]) / scale)
        return np.stack([1 - second, second], 1)

    return _told(game, lattices.backward(game, reply))


def evaluate_levels(p: dict[str, Any]) -> dict[str, Any]:
    """What each level does, and how a population of them ends the crisis."""
    scenario = scenario_of("level-k", build_levels(p))
    game = tree(scenario, fixed_values(scenario), game=game_of(scenario))
    lam = precision_of("levelk_crisis", p)
    belief = p["belief_update"] if p["hierarchy"] == "ch" else "static"
    levels = level_k(game, LEVELS - 1, lam=lam, hierarchy=p["hierarchy"], tau=p["tau"], belief=belief)
    order = np.argsort([np.flatnonzero(game.infoset == i)[0] for i in range(len(game.owner))])  # by depth: one path
    told: dict[str, Any] = {}
    for key, infoset in zip(("p_challenge", "p_resist", "p_attack"), order, strict=True):
        second = int(game.first[infoset]) + 1
        told[f"{key}_by_level"] = [float(b[second]) for b in levels.by_level[:TOLD]]
    reach = game.reach(levels.population(poisson(p["tau"], LEVELS).tolist()))
    depth = np.zeros(len(game.parent), int)
    for node in range(1, len(game.parent)):
        depth[node] = depth[game.parent[node]] + (game.action[node] > game.first[game.infoset[game.parent[node]]])
    ends = {end: float(reach[(game.infoset < 0) & (depth == i)].sum()) for i, end in enumerate(_ENDS)}
    return told | {"population_outcomes": ends}
