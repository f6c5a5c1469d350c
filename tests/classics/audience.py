"""A crisis in which backing down costs more the longer it is put off, in days: who quits, and when does war come?

Source: Fearon (1994), American Political Science Review 88(3), pages 577-592, with private values of war spread
evenly and audience costs that grow in a straight line; each day both sides may quit at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from detente.games.lattice import forward, lattice
from detente.language.records import Scenario
from tests.classics.plays import Play, payoffs, root
from tests.classics.scenarios import Files, clock, day, fixed_values, game_of, number, refuse, scenario_of

_FOLDER = "audience-costs"
_DAYS = 64  # looked at together
_LONGEST = 2_000


def build(p: dict[str, Any], days: int | None = None) -> Files:
    """The crisis; `days`: those on which a side may quit, solved when None."""
    days = len(solve(p)) if days is None else days
    odds = "log(a) - log(v + a * (clock.step - 1))"
    text = f"""\
detente: 1
title: A crisis with audience costs
question: Who backs down in a crisis that makes backing down dearer every day, and how likely is war?
summary: Each day either side may quit and pay its audience, and those who are still there on the last day fight.
clock: {clock(days + 2)}  # day 1 is the first of the crisis, when quitting costs nothing yet
actors:
  ONE: {{name: The first side, utility: ONE.got}}
  TWO: {{name: The second side, utility: TWO.got}}
parameters:
  v: {{prior: fixed({number(p["v"])}), unit: utility, why: the prize when the other side quits (above 0), source: [Fearon 1994]}}
  a: {{prior: fixed({number(_per_step(p))}), unit: utility per day, why: how fast audience costs grow (above 0; day {days} is the last at this value and v), source: [Fearon 1994]}}
  ONE.war: {{prior: "uniform({number(-p["W"])}, 0)", unit: utility, why: what war is worth to ONE and only ONE knows (0 or less), source: [Fearon 1994]}}
  TWO.war: {{prior: "uniform({number(-p["W"])}, 0)", unit: utility, why: what war is worth to TWO and only TWO knows (0 or less), source: [Fearon 1994]}}
stocks:
  ONE.quit: {{initial: 0, unit: 1 once ONE has quit, range: [0, 1]}}
  TWO.quit: {{initial: 0, unit: 1 once TWO has quit, range: [0, 1]}}
  attack: {{initial: 0, unit: 1 once there is war, range: [0, 1]}}
  ONE.got: {{initial: 0, unit: utility, range: [-1e6, 1e6]}}
  TWO.got: {{initial: 0, unit: utility, range: [-1e6, 1e6]}}
tracks:  # a side quits with the chance that leaves the other as well off today as tomorrow
  ONE.crisis:
    quit: {{rung: -1, needs: clock.step > 0 and clock.step <= {days}, appeal: {odds}, effects: {{ONE.quit: 1, ONE.got: -a * (clock.step - 1)}}}}
    attack: {{rung: 9, needs: clock.step > {days}, appeal: 50, effects: {{attack: 1}}}}  # nobody who is left would rather quit
  TWO.crisis:
    quit: {{rung: -1, needs: clock.step > 0 and clock.step <= {days}, appeal: {odds}, effects: {{TWO.quit: 1, TWO.got: -a * (clock.step - 1)}}}}
    attack: {{rung: 9, needs: clock.step > {days}, appeal: 50, effects: {{attack: 1}}}}
events:
  both-quit: {{hazard: "where(ONE.quit > 0.5 and TWO.quit > 0.5, 1, 0)", ends: true, says: Both back down on one day.}}
  one-quits: {{hazard: "where(ONE.quit > 0.5 and TWO.quit < 0.5, 1, 0)", ends: true, effects: {{TWO.got: v}}, says: ONE backs down.}}
  two-quits: {{hazard: "where(TWO.quit > 0.5 and ONE.quit < 0.5, 1, 0)", ends: true, effects: {{ONE.got: v}}, says: TWO backs down.}}
  war: {{hazard: "where(attack > 0.5, 1, 0)", ends: true, effects: {{ONE.got: ONE.war, TWO.got: TWO.war}}, says: War.}}
courses:
  as-it-comes: {{name: As both sides choose}}
  one-stands: {{name: ONE does not quit, forbid: {{ONE.crisis: [quit]}}}}
  one-quits: {{name: ONE quits at once, force: {{ONE.crisis: {{{day(1)}: quit}}}}}}
  two-quits: {{name: TWO quits at once, force: {{TWO.crisis: {{{day(1)}: quit}}}}}}
  to-war: {{name: Neither quits, force: {{ONE.crisis: {{{day(days + 1)}: attack}}, TWO.crisis: {{{day(days + 1)}: attack}}}}, forbid: {{ONE.crisis: [quit], TWO.crisis: [quit]}}}}
"""  # noqa: E501
    return {"scenario.yaml": text}


def _per_step(p: dict[str, Any]) -> float:
    return p.get("a_per_step", p["a"] * p["dt"])


def solve(p: dict[str, Any]) -> list[float]:
    """The chance per day with which a side must quit for the other to be indifferent between now and a day later.

    The last day is the one on which all who are left would rather fight.

    Raises:
        ValueError: If that day is not a whole one: then a side would have to quit at the very start with some chance,
            and the two could not do so alike.
    """
    scenario = scenario_of(_FOLDER, build(p, 2))
    values = {"ONE.war": 0.0, "TWO.war": 0.0}
    hazards: list[float] = []
    left = 1.0
    for now, now_both, later, prize in _by_day(scenario, values):
        willing = float(scenario.parameters["ONE.war"].prior.frozen().sf(now))  # who would rather fight than quit today
        if abs(left - willing) <= 1e-6:
            return hazards
        if left < willing:
            before = len(hazards) - 1
            raise refuse(
                "audience_costs_discrete",
                "a_per_step",
                "costs that meet the horizon on a whole day",
                _per_step(p),
                f"the horizon falls between days {before} and {before + 1}",
            )

        def gap(q: float, now=now, now_both=now_both, later=later, prize=prize) -> float:
            return float((1 - q) * now + q * now_both - (q * prize + (1 - q) * later))

        hazards.append(root(gap, 0.0, 1.0))
        left *= 1 - hazards[-1]
    raise refuse("audience_costs_discrete", "a_per_step", f"a horizon within {_LONGEST:,} days", _per_step(p))


def _by_day(scenario: Scenario, values: dict[str, float]) -> Iterator[list[float]]:
    """Day by day what the first player gets by quitting alone, with the other, a day later, and if the other quits."""
    given = {k.replace(".", "__"): v for k, v in values.items()}
    for first in range(1, _LONGEST, _DAYS):
        days = range(first, min(first + _DAYS, _LONGEST))
        plays: list[Play] = []
        for t in days:
            quit_now, other = {(t, "ONE.crisis"): "quit"}, {(t, "TWO.crisis"): "quit"}
            plays += [quit_now, {**quit_now, **other}, {(t + 1, "ONE.crisis"): "quit"}, other]
        table = payoffs(scenario, plays, days[-1] + 2, **given)[:, 0].reshape(-1, 4)
        yield from table.tolist()


def evaluate(p: dict[str, Any]) -> dict[str, Any]:
    """Chances of quitting by indifference, and how the crisis ends, by exact propagation."""
    hazards = solve(p)
    scenario = scenario_of(_FOLDER, build(p, len(hazards)))
    values = fixed_values(scenario, ONE__war=0.0, TWO__war=0.0)
    game = lattice(scenario, values, nature=True, game=game_of(scenario))
    ends = dict(zip(scenario.events, forward(game).events.sum(0), strict=True))
    survival = np.cumprod([1.0, *(1 - np.array(hazards))])
    return {
        "horizon_steps": len(hazards),
        "hazard": hazards,
        "survival": [float(s) for s in survival],
        "p_war": float(ends["war"]),
        "p_both_quit_same_step": float(ends["both-quit"]),
        "p_1_alone_quits": float(ends["one-quits"]),
    }
