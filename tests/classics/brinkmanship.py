"""A ladder of risk: the sides take turns to escalate or to quit, and each escalation may end in disaster by itself.

Source: in the spirit of Powell (1990), Nuclear Deterrence Theory, chapter 3; after Schelling (1960), The Strategy of
Conflict.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.games.backward import solve_lattice
from detente.games.lattice import Backward, Forward, Lattice, forward, lattice
from tests.classics.plays import root
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

_SHORT = 12  # turns


def build(p: dict[str, Any]) -> Files:
    """The ladder; the turn after its last rung can only be used to quit."""
    turns, errs = p["n_turns"], p.get("lam")
    ahead = foresight(turns, leaves=4.0**turns)

    def turn(first: int) -> str:
        """Whose turn it is, by the clock, as long as the ladder is short enough to say so day by day."""
        days = " or ".join(f"clock.step == {t}" for t in range(first, turns + 1, 2)) or "clock.step < 0"
        side = f"C.turn {'>' if first == 1 else '<'} 0.5 and clock.step > 0 and clock.step <= {turns}"
        return f"over < 0.5 and ({days if turns <= _SHORT else side})"

    def quits(amount: object) -> str:
        return f"where(clock.step > 0 and over < 0.5 and pressed < 0.5, {amount}, 0)"

    text = f"""\
detente: 1
title: A ladder of risk
question: Who backs down, and how likely is a disaster that nobody wants?
summary: Two sides take turns to escalate or quit, and every escalation risks a disaster a little more than the last.
clock: {clock(p["n_turns"] + 2)}  # day t is turn t
actors:
  C: {{name: The challenger, utility: C.won - L_C * disaster}}
  D: {{name: The defender, utility: D.won - L_D * disaster}}
parameters:
  L_C: {{prior: fixed({number(p["L_C"])}), unit: prizes, why: what the disaster costs C (0 or more), source: [Powell 1990]}}
  L_D: {{prior: fixed({number(p["L_D"])}), unit: prizes, why: what the disaster costs D (0 or more), source: [Powell 1990]}}
  f_first: {{prior: fixed({number(p["f_first"])}), unit: chance, why: the risk of the first escalation (0 to 1), source: [Powell 1990]}}
  f_step: {{prior: fixed({number(p["f_step"])}), unit: chance per rung, why: how much riskier each next one is (0 to 1), source: [Powell 1990]}}
  {precision(errs)}
stocks:
  C.turn: {{initial: 0, unit: 1 when C is to move, range: [0, 1], flow: 1 - 2 * C.turn}}
  pressed: {{initial: 0, unit: 1 when the side to move has escalated, range: [0, 1], flow: -pressed}}
  over: {{initial: 0, unit: 1 once a side has quit, range: [0, 1], flow: "{quits(1)}"}}
  C.won: {{initial: 0, unit: prizes, range: [0, 1], flow: "{quits("1 - C.turn")}"}}
  D.won: {{initial: 0, unit: prizes, range: [0, 1], flow: "{quits("C.turn")}"}}
  disaster: {{initial: 0, unit: 1 after the disaster, range: [0, 1]}}
tracks:
  C.ladder:  # to hold is to quit
    {ahead}
    escalate: {{rung: 1, needs: {turn(1)}, appeal: 0, effects: {{pressed: 1}}}}
  D.ladder:
    {ahead}
    escalate: {{rung: 1, needs: {turn(2)}, appeal: 0, effects: {{pressed: 1}}}}
events:
  disaster:
    hazard: where(clock.step > 0 and clock.step <= {turns} and pressed > 0.5, min(1, f_first + f_step * (clock.step - 1)), 0)
    ends: true
    effects: {{disaster: 1}}
    says: The crisis gets out of hand.
hypotheses:
{FORESIGHT_RIVALS}
courses:
  as-it-comes: {{name: As both sides choose}}
  challenge: {{name: C challenges, force: {{C.ladder: {{{day(1)}: escalate}}}}}}
  answered: {{name: C challenges and D answers, force: {{C.ladder: {{{day(1)}: escalate}}, D.ladder: {{{day(2)}: escalate}}}}}}
"""  # noqa: E501
    return {"scenario.yaml": text}


def _solved(p: dict[str, Any], lam: float) -> tuple[Lattice, Backward, Forward]:
    scenario = scenario_of("brinkmanship", build(p))
    game = lattice(scenario, fixed_values(scenario), game=game_of(scenario))
    solved = solve_lattice(game, lam, tie="first")
    return game, solved, forward(game, solved.policy)


def _alive(game: Lattice, turn: int) -> int:
    """The state in which a turn begins if nobody has quit and nothing has happened."""
    return int(np.flatnonzero(game.layers[turn].alive & (game.stock("over", turn) < 0.5))[0])


def _summary(game: Lattice, played: Forward) -> dict[str, Any]:
    last = played.states[-1]
    return {
        "p_disaster": float(last @ game.stock("disaster", -1)),
        "p_C_wins": float(last @ game.stock("C.won", -1)),
        "p_D_wins": float(last @ game.stock("D.won", -1)),
        "EU_C": float(played.value[0]),
        "EU_D": float(played.value[1]),
    }


def evaluate_logit(p: dict[str, Any]) -> dict[str, Any]:
    """Both sides choose with logit errors: agent quantal response by backward recursion."""
    game, solved, played = _solved(p, p["lam"])
    turns = range(1, p["n_turns"] + 1)
    escalates = [float(solved.policy[t][_alive(game, t), 1]) for t in turns]
    reached = [float(played.states[t][_alive(game, t)]) for t in turns]
    told = {"p_escalate": escalates, "expected_escalations": float(np.dot(escalates, reached))}
    return told | _summary(game, played)


def _resolve(p: dict[str, Any], loss: float) -> float:
    """The risk at which a last escalation that wins for certain is worth no more than quitting, by search."""
    one = {**p, "n_turns": 1, "f_step": 0.0, "L_C": loss}
    scenario = scenario_of("brinkmanship", build(one))
    values = fixed_values(scenario)

    def gain(risk: float) -> float:
        game = lattice(scenario, {**values, "f_first": risk}, game=game_of(scenario))
        worth = solve_lattice(game, np.inf).payoff[1][_alive(game, 1), :, 0]
        return float(worth[1] - worth[0])

    return root(gain, 0.0, 1.0)


def evaluate_complete(p: dict[str, Any]) -> dict[str, Any]:
    """Both sides know everything and do what is best: backward induction."""
    game, solved, played = _solved(p, np.inf)
    on_path = 0
    while on_path < p["n_turns"] and solved.policy[on_path + 1][_alive(game, on_path + 1), 1] > 0.5:
        on_path += 1
    told: dict[str, Any] = {"escalations_on_path": on_path}
    for side, first in (("C", 1), ("D", 2)):
        resolve = _resolve(p, p[f"L_{side}"])
        risks = {t: _risk(game, t) for t in range(first, p["n_turns"] + 1, 2)}
        told[f"R_{side}"] = resolve
        told[f"last_turn_{side}_would_run"] = max([0, *(t for t, risk in risks.items() if risk < resolve)])
    return told | _summary(game, played)


def _risk(game: Lattice, turn: int) -> float:
    """The chance of disaster when the side to move escalates."""
    return float(game.stages[turn].happens[_alive(game, turn), 1, 0])
