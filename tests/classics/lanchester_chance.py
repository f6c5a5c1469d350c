"""Lanchester's laws one by one: a chain of losses, each of them one unit of one side, until a side is gone.

Source: Kingman & Volkov (2003), Journal of Theoretical Probability 16(1), for the square law's chain (the OK Corral
model).
"""

from __future__ import annotations

from typing import Any

from tests.classics.chain import chain_of
from tests.classics.scenarios import Files, clock, day, fixed_values, number, scenario_of


def _build(p: dict[str, Any], law: str, fire: tuple[str, str]) -> Files:
    text = f"""\
detente: 1
title: Lanchester's {law} law, one loss at a time
question: Which of two forces is left standing, and with how many?
summary: Every day one unit falls, on one side or the other, and chance decides on which.
clock: {clock(p["m"] + p["n"] + 1)}
actors:
  A: {{name: Force A}}
  B: {{name: Force B}}
  FIRE: {{name: Whose fire tells next}}
parameters:
  alpha: {{prior: fixed({number(p["alpha"])}), unit: losses per unit of time, why: how fast A destroys what B has (above 0), source: [assumption]}}
  beta: {{prior: fixed({number(p["beta"])}), unit: losses per unit of time, why: how fast B destroys what A has (above 0), source: [assumption]}}
  A0: {{prior: fixed({p["m"]}), unit: units, why: what A has at first (above 0), source: [assumption]}}
  B0: {{prior: fixed({p["n"]}), unit: units, why: what B has at first (above 0), source: [assumption]}}
stocks:
  A: {{initial: A0, unit: units, range: [0, 10000]}}
  B: {{initial: B0, unit: units, range: [0, 10000]}}
tracks:
  FIRE.next:
    b-loses-one:
      rung: 1
      needs: clock.step > 0 and A > 0 and B > 0
      appeal: 50 + log({fire[0]})  # the 50 makes a day without a loss a matter of 1e-20
      effects: {{B: -1}}
    a-loses-one:
      rung: 1
      needs: clock.step > 0 and A > 0 and B > 0
      appeal: 50 + log({fire[1]})
      effects: {{A: -1}}
hypotheses:
  as-given: {{weight: 1, says: The rates are what they are said to be.}}
  half-as-good: {{weight: 1, set: {{alpha: fixed({number(p["alpha"] / 2)})}}, says: A is half as effective as it is said to be.}}
courses:
  as-it-comes: {{name: As the losses fall}}
  first-loss-is-b: {{name: B loses the first unit, force: {{FIRE.next: {{{day(1)}: b-loses-one}}}}}}
  first-loss-is-a: {{name: A loses the first unit, force: {{FIRE.next: {{{day(1)}: a-loses-one}}}}}}
"""  # noqa: E501
    return {"scenario.yaml": text}


def build_square(p: dict[str, Any]) -> Files:
    """Aimed fire: a side's chance of the next hit grows with its number."""
    return _build(p, "square", ("alpha * A", "beta * B"))


def build_linear(p: dict[str, Any]) -> Files:
    """Area fire: both sides' rates grow with both numbers, so that the odds of the next loss stay what they are."""
    return _build(p, "linear", ("alpha", "beta"))


def _evaluate(files: Files) -> dict[str, Any]:
    scenario = scenario_of("lanchester", files)
    chain = chain_of(scenario, fixed_values(scenario))
    a, b = chain.stock("A"), chain.stock("B")
    nothing = 0.0 * a
    return {
        "p_A_wins": chain.reach((a > 0) & (b <= 0))[0],
        "E_A_survivors_and_A_wins": chain.expected(nothing, last=a)[0],
        "E_B_survivors_and_B_wins": chain.expected(nothing, last=b)[0],
    }


def evaluate_square(p: dict[str, Any]) -> dict[str, Any]:
    """Chance of winning and what is left, from the scenario's transitions."""
    return _evaluate(build_square(p))


def evaluate_linear(p: dict[str, Any]) -> dict[str, Any]:
    """Chance of winning and what is left, from the scenario's transitions."""
    return _evaluate(build_linear(p))
