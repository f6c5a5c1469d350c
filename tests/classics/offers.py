"""Alternating offers on a grid, both sides with logit errors: Rubinstein's game as a finite scenario.

Sources: Rubinstein (1982), Econometrica 50(1); Ståhl (1972), Bargaining Theory; McKelvey & Palfrey (1998), Experimental
Economics 1(1), for agent quantal response.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.games.backward import solve_lattice
from detente.games.lattice import forward, lattice
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

_FOLDER = "rubinstein-1982"
_FEW = 12  # rounds


def build(p: dict[str, Any]) -> Files:
    """Two days a round: an offer, then an answer. 1 proposes in rounds 1, 3, 5, .., 2 in the others."""
    rounds, points = p["T"], p["grid_points"]
    ahead = foresight(2 * rounds, leaves=(2.0 * points) ** rounds)

    def turn(first: int, said: str) -> str:
        """When a side may speak, by the clock as long as there are few rounds."""
        days = " or ".join(f"clock.step == {k}" for k in range(first, 2 * rounds + 1, 4)) or "clock.step < 0"
        return f"agreed < 0.5 and ({days if rounds <= _FEW else said})"

    whose = (
        ""
        if rounds <= _FEW
        else "  ONE.proposes: {initial: 1, unit: 1 when it is 1's round, range: [0, 1], "
        'flow: "where(answered > 0.5, 1 - 2 * ONE.proposes, 0)"}\n'
    )
    text = f"""\
detente: 1
title: Alternating offers
question: How is the pie divided, and when do the sides agree?
summary: Two sides take turns to offer each other a share of a pie that shrinks with every round.
clock: {clock(2 * rounds + 1)}  # an offer on odd days, an answer on even ones
actors:
  ONE: {{name: The first to propose, utility: "where(agreed > 0.5, ONE.share * delta1 ** rounds, b1 * delta1 ** {rounds})"}}
  TWO: {{name: The other, utility: "where(agreed > 0.5, (1 - ONE.share) * delta2 ** rounds, b2 * delta2 ** {rounds})"}}
parameters:
  delta1: {{prior: fixed({number(p["delta1"])}), unit: per round, why: what a share next round is worth to 1 now (above 0 and at most 1), source: [Rubinstein 1982]}}
  delta2: {{prior: fixed({number(p["delta2"])}), unit: per round, why: what a share next round is worth to 2 now (above 0 and at most 1), source: [Rubinstein 1982]}}
  b1: {{prior: fixed({number(p["b1"])}), unit: the pie, why: what 1 gets when the last offer is refused (0 to 1), source: [Ståhl 1972]}}
  b2: {{prior: fixed({number(p["b2"])}), unit: the pie, why: what 2 gets when the last offer is refused (0 to 1), source: [Ståhl 1972]}}
  {precision(p["lam"])}
stocks:
{whose}  rounds: {{initial: 0, unit: rounds that are over, range: [0, {rounds}], flow: "where(answered > 0.5 and agreed < 0.5, 1, 0)"}}
  answered: {{initial: 0, unit: 1 on the day of an answer, range: [0, 1], flow: "where(clock.step > 0, 1 - 2 * answered, 0)"}}
  offer: {{initial: 0, unit: share offered to the other side, range: [0, 1], flow: "where(answered > 0.5, -offer, 0)"}}
  agreed: {{initial: 0, unit: 1 once they agree, range: [0, 1]}}
  ONE.share: {{initial: 0, unit: share of the pie, range: [0, 1]}}
tracks:
  ONE.offer:  # to hold is to offer nothing
    {ahead}
OFFERS_ONE
  TWO.offer:
    {ahead}
OFFERS_TWO
  TWO.answer:  # to hold is to refuse
    {ahead}
    accept: {{rung: 0, needs: {turn(2, "answered > 0.5 and ONE.proposes > 0.5")}, appeal: 0, effects: {{agreed: 1, ONE.share: 1 - offer}}}}
  ONE.answer:
    {ahead}
    accept: {{rung: 0, needs: {turn(4, "answered > 0.5 and ONE.proposes < 0.5")}, appeal: 0, effects: {{agreed: 1, ONE.share: offer}}}}
hypotheses:
{FORESIGHT_RIVALS}
courses:
COURSES
"""  # noqa: E501

    def grid(side: str, sign: str) -> str:
        needs = turn(1 if side == "ONE" else 3, f"clock.step > 0 and answered < 0.5 and ONE.proposes {sign} 0.5")
        return "\n".join(
            f"    offer-{k}: {{rung: 0, needs: {needs}, appeal: 0, effects: {{offer: {number(k / (points - 1))}}}}}"
            for k in range(1, points)
        )

    courses = ["  as-it-comes: {name: As both sides choose}"]
    for k in range(1, points):
        share = number(k / (points - 1))
        courses.append(f"  opens-{k}: {{name: 1 opens with {share}, force: {{ONE.offer: {{{day(1)}: offer-{k}}}}}}}")
        if rounds > 1:
            force = f"TWO.answer: {{{day(2)}: hold}}, TWO.offer: {{{day(3)}: offer-{k}}}"
            courses.append(f"  counters-{k}: {{name: 2 refuses and asks 1 to take {share}, force: {{{force}}}}}")
    courses.append(f"  accepts: {{name: 2 takes the first offer, force: {{TWO.answer: {{{day(2)}: accept}}}}}}")
    if rounds > 1:
        courses.append(f"  takes: {{name: 1 takes the second offer, force: {{ONE.answer: {{{day(4)}: accept}}}}}}")
    text = text.replace("OFFERS_ONE", grid("ONE", ">")).replace("OFFERS_TWO", grid("TWO", "<"))
    return {"scenario.yaml": text.replace("COURSES", "\n".join(courses))}


def evaluate(p: dict[str, Any]) -> dict[str, Any]:
    """Agent quantal response by backward recursion on present values."""
    scenario = scenario_of(_FOLDER, build(p))
    game = lattice(scenario, fixed_values(scenario), game=game_of(scenario))
    solved = solve_lattice(game, p["lam"])
    played = forward(game, solved.policy)
    agreed = np.diff([d @ game.stock("agreed", k) for k, d in enumerate(played.states)])
    offered = game.stock("offer", 2)
    answers = {
        round(x * (p["grid_points"] - 1)): float(v) for x, v in zip(offered, solved.policy[2][:, 1], strict=True)
    }
    return {
        "EU": [float(v) for v in played.value],
        "p_agreement_by_round": [float(agreed[2 * t]) for t in range(1, p["T"] + 1)],
        "p_no_agreement": float(1 - agreed.sum()),
        "round1_offer_probs": [float(v) for v in solved.policy[1][0, : p["grid_points"]]],
        "round1_accept_probs": [answers[k] for k in range(p["grid_points"])],
    }
