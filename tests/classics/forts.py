"""War as a random walk over forts: each battle moves the front by one; whoever holds all of them has won.

Sources: Smith (1998), Conflict Management and Peace Science 16(2); Smith & Stam (2004), Journal of Conflict Resolution
48(6), for rival beliefs about the chance of winning a battle; Feller (1968), volume I, chapter XIV, for the walk.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.classics.chain import Chain, chain_of
from tests.classics.quadrature import smooth_nodes
from tests.classics.replays import replayed
from tests.classics.scenarios import Files, clock, day, fixed_values, number, refuse, scenario_of

TOLD = (1, 2, 5, 8, 10, 20)  # numbers of battles after which the war may end
_FOLDER = "forts"


def _text(prior: str, forts: int, held: int, record: int, discount: float, cost: float) -> str:
    return f"""\
detente: 1
title: War as a random walk over forts
question: Who takes all the forts, and after how many battles?
summary: Each battle takes one fort from one side to the other, and a side without forts has lost the war.
clock: {clock(record + 60, record=record)}  # a battle a day from the second day on
actors:
  A: {{name: Side A, utility: "where(A.forts >= forts, 1, 0) - A.spent", discount: {number(discount)}}}
  WAR: {{name: The fortunes of war}}
parameters:
  p: {{prior: {prior}, unit: chance, why: the chance that A wins a battle (0 to 1), source: [Smith & Stam 2004]}}
  cost: {{prior: fixed({number(cost)}), unit: prizes a battle, why: what one costs A (0 or more), source: [Smith 1998]}}
  forts: {{prior: fixed({forts}), unit: forts, why: how many there are (a whole number from 2), source: [assumption]}}
  held: {{prior: fixed({held}), unit: forts, why: how many A holds at first (fewer than all), source: [assumption]}}
stocks:
  A.forts: {{initial: held, unit: forts, range: [0, 10000]}}
  A.spent: {{initial: 0, unit: prizes, range: [0, 1e9]}}
  edge: {{initial: p, unit: chance that A wins a battle, range: [0, 1], why: the same in every battle}}
tracks:
  WAR.battle:
    a-wins:
      rung: 1
      needs: clock.step > 0 and A.forts > 0 and A.forts < forts
      appeal: 50 + log(edge)  # the 50 makes a day without a battle a matter of 1e-22
      effects: {{A.forts: 1, A.spent: cost}}
    b-wins:
      rung: 1
      needs: clock.step > 0 and A.forts > 0 and A.forts < forts
      appeal: 50 + log(1 - edge)
      effects: {{A.forts: -1, A.spent: cost}}
courses:
  as-it-comes: {{name: As the battles fall}}
  a-wins-first: {{name: A wins the next battle, force: {{WAR.battle: {{{day(record)}: a-wins}}}}}}
  b-wins-first: {{name: B wins the next battle, force: {{WAR.battle: {{{day(record)}: b-wins}}}}}}
"""


def _contested(model: str, p: dict[str, Any]) -> None:
    if not p["X"] < p["N"]:
        raise refuse(model, "X", f"fewer forts than there are, {p['N']}", p["X"])


def build_walk(p: dict[str, Any]) -> Files:
    """A known chance of winning a battle."""
    _contested("forts_random_walk", p)
    prior = f"fixed({number(p['p'])})"
    return {"scenario.yaml": _text(prior, p["N"], p["X"], 1, p["delta"], p["cost_per_battle_A"])}


def evaluate_walk(p: dict[str, Any]) -> dict[str, Any]:
    """Chances, times and values from the transitions of the scenario, without a horizon."""
    scenario = scenario_of(_FOLDER, build_walk(p))
    chain = chain_of(scenario, fixed_values(scenario), counters=["A.spent"])
    held, discount = chain.stock("A.forts"), p["delta"]
    won, lost, spent = held >= p["N"], held <= 0, chain.increase["A.spent"]
    mean, variance = chain.steps()
    over = (chain.distribution(max(TOLD)) * chain.ends).sum(1)
    return {
        "p_A_wins": chain.reach(won)[0],
        "E_battles": mean[0],
        "var_battles": variance[0],
        "E_disc_A_wins": chain.reach(won, discount)[0],
        "E_disc_B_wins": chain.reach(lost, discount)[0],
        "value_A_undiscounted": chain.expected(-spent, last=won * 1.0)[0],
        "value_A_discounted": chain.expected(-spent, discount, last=won * 1.0)[0],
        "p_end_at_n": {str(n): over[n] - over[n - 1] for n in TOLD},
    }


def _battles(p: dict[str, Any]) -> list[str]:
    """A record with so many battles won and lost, in an order in which the war does not end before the last of them."""
    held, left, order = p["X"], {"a-wins": p["battles_won"], "b-wins": p["battles_lost"]}, []
    while any(left.values()):
        forward = left["a-wins"] and (held + 1 < p["N"] or not left["b-wins"])
        move = "a-wins" if forward else "b-wins"
        left[move] -= 1
        held += 1 if forward else -1
        order.append(move)
    return order


def build_beliefs(p: dict[str, Any]) -> Files:
    """An unknown chance of winning a battle, and the battles fought so far."""
    _contested("forts_beta_beliefs", p)
    battles = _battles(p)
    prior = f"beta({number(p['a'])}, {number(p['b'])})"
    files = {"scenario.yaml": _text(prior, p["N"], p["X"], len(battles) + 1, 1.0, 0.01)}
    if battles:
        rows = [f"{day(k)},WAR.battle,{move},an example,F6" for k, move in enumerate(battles, start=1)]
        files["history.csv"] = "\n".join(["date,track,move,source,grade", *rows]) + "\n"
    return files


def evaluate_beliefs(p: dict[str, Any]) -> dict[str, Any]:
    """The replayed likelihood of the battles, and the walk's chances, averaged over the prior."""
    scenario = scenario_of(_FOLDER, build_beliefs(p))
    chance, weight = smooth_nodes(scenario.parameters["p"].prior)
    values = fixed_values(scenario, p=chance)
    past = replayed(scenario, values)
    likelihood = np.exp(np.asarray(past.log_likelihood))
    if not weight @ likelihood > 0:
        told = f"{p['battles_won']} won and {p['battles_lost']} lost"
        raise refuse("forts_beta_beliefs", "battles_won", "battles that can be fought before the war is over", told)
    after = weight * likelihood / (weight @ likelihood)
    now = float(past.path["A.forts"][-1][0])
    fixed = {**values, "p": 0.5}

    def wins(held: float) -> np.ndarray:
        first = {"A.forts": np.full(len(chance), held), "edge": chance}
        chain: Chain = chain_of(scenario, fixed, first=first, counters=["A.spent"])
        return chain.reach(chain.stock("A.forts") >= p["N"])[: len(chance)]

    mean = after @ chance
    spread = after @ (chance - mean) ** 2
    size = mean * (1 - mean) / spread - 1  # of the beta distribution with this mean and variance
    return {
        "P_A_wins_prior": weight @ wins(p["X"]),
        "X_now": round(now),
        "posterior": [mean * size, (1 - mean) * size],
        "P_A_wins_posterior": after @ wins(now),
    }
