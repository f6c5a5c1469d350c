"""Ultimatum crisis bargaining with private costs of war: A demands, B knows its own cost and accepts or fights.

Source: Fearon (1995), International Organization 49(3), pages 379-414.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from detente.games.backward import solve_lattice
from detente.games.lattice import Backward, Forward, Lattice, forward, lattice
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

MAX_STATES = 2_000_000
_FOLDER = "fearon-1995"


def _build(
    p: dict[str, Any], lam: float, demands: Sequence[float], costs: Sequence[float], chances: Sequence[float]
) -> Files:
    def about(k: int, x: float) -> str:
        effect = number(x - demands[0])
        return f"    demand-{k}: {{rung: {k}, needs: clock.step == 1, appeal: 0, effects: {{demand: {effect}}}, says: A demands {x:g}.}}"  # noqa: E501

    def kind(k: int, cost: float) -> str:
        odds = number(np.log(chances[k] / chances[0]))
        effect = number(cost - costs[0])
        return f"    type-{k}: {{rung: 0, needs: clock.step == 2, appeal: {odds}, effects: {{B.cost: {effect}}}}}"

    made = [about(k, x) for k, x in enumerate(demands) if k]
    drawn = [kind(k, c) for k, c in enumerate(costs) if k]
    forced = [
        f"  ask-{k}: {{name: A demands {x:g}, force: {{A.demand: {{{day(1)}: {f'demand-{k}' if k else 'hold'}}}}}}}"
        for k, x in enumerate(demands)
    ]
    types = [
        f"  type-{k}: {{name: B's war costs it {c:g}, force: {{B.nature: {{{day(2)}: {f'type-{k}' if k else 'hold'}}}}}}}"  # noqa: E501
        for k, c in enumerate(costs)
    ]
    nature = "\n".join(["  B.nature:", *drawn]) + "\n" if drawn else ""
    text = f"""\
detente: 1
title: Fearon's ultimatum with a private cost of war
question: How much does A demand when it does not know what war would cost B, and how likely is war?
summary: A demands a share of the pie, B accepts or fights, and only B knows what fighting costs it.
clock: {clock(4)}  # day 1: the demand; day 2: B's cost is drawn, which A never sees; day 3: the answer
actors:
  A: {{name: The challenger, utility: "where(war > 0.5, p - c_A, demand)"}}
  B: {{name: The defender, utility: "where(war > 0.5, 1 - p - B.cost, 1 - demand)"}}
  NATURE: {{name: Chance}}
parameters:
  p: {{prior: fixed({number(p["p"])}), unit: chance, why: the chance that A wins a war (0 to 1), source: [Fearon 1995]}}
  c_A: {{prior: fixed({number(p["c_A"])}), unit: the pie, why: what war costs A (0 or more), source: [Fearon 1995]}}
  {precision(lam)}
stocks:
  demand: {{initial: {number(demands[0])}, unit: share of the pie that A demands, range: [0, 1]}}
  B.cost: {{initial: {number(costs[0])}, unit: the pie, range: [-10, 10], why: "A does not know it, since it is drawn after the demand"}}
  war: {{initial: 0, unit: 1 in war, range: [0, 1]}}
tracks:
  A.demand:  # to hold is to demand {demands[0]:g}
    {foresight(2, leaves=len(demands) * len(costs) * 2)}
{chr(10).join(made)}
{nature.replace("B.nature", "NATURE.cost")}  B.answer:  # to hold is to accept
    {foresight(2, leaves=len(demands) * len(costs) * 2)}
    fight: {{rung: {len(demands)}, needs: clock.step == 3, appeal: 0, effects: {{war: 1}}}}
hypotheses:
{FORESIGHT_RIVALS}
courses:
  as-it-comes: {{name: As both choose}}
{chr(10).join(forced)}
{chr(10).join(t.replace("B.nature", "NATURE.cost") for t in types) if drawn else "  # one type only"}
  war: {{name: B fights, force: {{B.answer: {{{day(3)}: fight}}}}}}
"""  # noqa: E501
    return {"scenario.yaml": text}


def build_discrete(p: dict[str, Any]) -> Files:
    """Types given one by one, each as likely as the others."""
    return _build(p, p["lam"], p["demands"], p["types"], [1.0] * len(p["types"]))


def build_grid(p: dict[str, Any]) -> Files:
    """Demands on an equal grid and a cost of war spread evenly over a range.

    Between two neighbouring demands B's answer is the same for every cost, so that the costs between them are one type:
    its cost is their middle, and its chance their share. No cost is lost by that.
    """
    demands = [k / (p["grid"] - 1) for k in range(p["grid"])]
    low, high = p["c_lo"], p["c_hi"]
    if not low < high:
        raise refuse("fearon1995_logit_grid", "c_hi", f"more than c_lo, {low:g}", high)
    cuts = [low, *(y for x in demands if low < (y := x - p["p"]) < high), high]
    widths = np.diff(cuts)
    middles = [0.5 * (a + b) for a, b in pairwise(cuts)]
    return _build(p, p["lam"], demands, middles, [float(w / (high - low)) for w in widths])


def _solved(files: Files, lam: float, lam_b: float) -> tuple[Lattice, Backward, Forward]:
    scenario = scenario_of(_FOLDER, files)
    game = lattice(scenario, fixed_values(scenario), game=game_of(scenario), max_states=MAX_STATES)
    solved = solve_lattice(game, {"A": lam, "B": lam_b})
    return game, solved, forward(game, solved.policy)


def _war(game: Lattice, played: Forward) -> float:
    return float(played.states[-1] @ game.stock("war", -1))


def evaluate_discrete(p: dict[str, Any]) -> dict[str, Any]:
    """Both sides choose with logit errors: agent quantal response by backward recursion."""
    game, solved, played = _solved(build_discrete(p), p["lam"], p["lam"])
    answers = solved.policy[3][:, 0]
    demand, reached = game.stock("demand", 3), played.states[3]
    accepted = [
        float(np.average(answers[mine], weights=reached[mine]))
        for mine in (np.isclose(demand, x, atol=1e-9) for x in p["demands"])
    ]
    return {
        "p_demand": [float(v) for v in solved.policy[1][0, : len(p["demands"])]],
        "p_accept_given_demand": accepted,
        "p_war": _war(game, played),
    }


def evaluate_grid(p: dict[str, Any]) -> dict[str, Any]:
    """A chooses with logit errors, B knows what is best for it."""
    game, solved, played = _solved(build_grid(p), p["lam"], np.inf)
    return {
        "E_demand": float(played.states[-1] @ game.stock("demand", -1)),
        "p_war": _war(game, played),
        "EU_A": float(played.value[0]),
        "p_max_over_demands": float(solved.policy[1][0].max()),
    }
