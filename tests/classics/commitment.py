"""War because a shift of power cannot be compensated: what the declining side can be promised is not enough.

Source: Powell (2006), International Organization 60(1), pages 169-203.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.classics.plays import Play, payoffs, root
from tests.classics.scenarios import Files, clock, day, number, scenario_of

_FOLDER = "powell-2006"
_NEGLIGIBLE = 1e-14  # weight of the periods that are left out


def build(p: dict[str, Any]) -> Files:
    """Two days a period: an offer of any size, then acceptance (to hold) or war, which ends the bargaining for good."""
    text = f"""\
detente: 1
title: War because a shift of power cannot be compensated
question: Is there an offer today that keeps the declining side from fighting while it still can?
summary: The rising side offers shares of a pie, and the declining side takes them or fights at the odds of the day.
clock: {clock(81)}  # an offer on odd days, an answer on even ones: forty periods
actors:
  R: {{name: The rising side, utility: R.got}}
  D: {{name: The declining side, utility: D.got}}
parameters:
  p0: {{prior: fixed({number(p["p0"])}), unit: chance, why: the chance that D wins a war today (0 to 1), source: [Powell 2006]}}
  p1: {{prior: fixed({number(p["p1"])}), unit: chance, why: the chance that D wins a war later (0 to 1), source: [Powell 2006]}}
  c: {{prior: fixed({number(p["c"])}), unit: share of the pie, why: what war destroys for good (0 to less than 1), source: [Powell 2006]}}
  delta: {{prior: fixed({number(p["delta"])}), unit: per period, why: what the next period is worth now (above 0 and below 1), source: [Powell 2006]}}
stocks:
  answering: {{initial: 0, unit: 1 on the day of an answer, range: [0, 1], flow: "where(clock.step > 0, 1 - 2 * answering, 0)"}}
  weight: {{initial: 1, unit: of the period as seen today, range: [0, 1], flow: "where(answering > 0.5, (delta - 1) * weight, 0)"}}
  offer: {{initial: 0, unit: share of the pie offered to D, range: [-1e9, 1e9], flow: "where(answering > 0.5, -offer, 0)"}}
  war: {{initial: 0, unit: 1 once there was war, range: [0, 1]}}
  D.chance: {{initial: 0, unit: chance that D won the war, range: [-1e9, 1e9]}}
  D.got: {{initial: 0, unit: pies, range: [-1e9, 1e9], flow: "where(answering > 0.5, weight * where(war > 0.5, (1 - c) * D.chance, offer), 0)"}}
  R.got: {{initial: 0, unit: pies, range: [-1e9, 1e9], flow: "where(answering > 0.5, weight * where(war > 0.5, (1 - c) * (1 - D.chance), 1 - offer), 0)"}}
tracks:
  R.offer:
    offer: {{rung: 0, needs: clock.step > 0 and answering < 0.5 and war < 0.5, appeal: 0, magnitude: "uniform(0, 1)", effects: {{offer: magnitude}}}}
  D.answer:
    fight: {{rung: 9, needs: answering > 0.5 and war < 0.5, appeal: -3, effects: {{war: 1, D.chance: "where(clock.step < 2.5, p0, p1)"}}}}
hypotheses:
  shifting: {{weight: 1, says: D will be weaker tomorrow.}}
  steady: {{weight: 1, set: {{p1: fixed({number(p["p0"])})}}, says: "Power does not shift."}}
courses:
  war-now: {{name: D fights at once, force: {{D.answer: {{{day(2)}: fight}}}}}}
  war-later: {{name: D is given everything today and fights tomorrow, force: {{R.offer: {{{day(1)}: {{move: offer, magnitude: 1}}}}, D.answer: {{{day(2)}: hold, {day(4)}: fight}}}}}}
"""  # noqa: E501
    return {"scenario.yaml": text}


def _play(offers: list[float], fight: int | None) -> Play:
    """Offers in the first periods, 0, 1, .., and war in a period, or never."""
    play: dict[tuple[int, str], Any] = {(2 * k + 1, "R.offer"): ("offer", x) for k, x in enumerate(offers)}
    if fight is not None:
        play[(2 * fight + 2, "D.answer")] = "fight"
    return play


def evaluate(p: dict[str, Any]) -> dict[str, Any]:
    """Offers that leave D as well off as war, today and later; war where today's would have to be more than the pie.

    Whenever R can keep D from fighting, it gives D no more than fighting is worth: so D's prospects after an offer
    are those of fighting in the period after.
    """
    scenario = scenario_of(_FOLDER, build(p))
    periods = max(64, int(np.ceil(np.log(_NEGLIGIBLE) / np.log(p["delta"]))))
    days = 2 * periods

    def worth(offers: list[float], fight: int | None, **given: float) -> np.ndarray:
        return payoffs(scenario, [_play(offers, fight)], days, **given)[0]

    def offer_now(**given: float) -> float:
        fights = worth([], 0, **given)[1]
        return root(lambda x: float(worth([x], 1, **given)[1] - fights), 0.0, 1.0)

    def shift(later: float) -> float:
        """How much more than everything D would have to be given today, if its chance fell to `later`."""
        return float(worth([], 0, p1=later)[1] - worth([1.0], 1, p1=later)[1])

    waits = worth([0.0], 1)[1]
    later = root(lambda x: float(worth([0.0, x], 2)[1] - waits), 0.0, 1.0)
    today = max(0.0, offer_now())
    war = today > 1.0 + 1e-12
    value = worth([], 0) if war else worth([today, *[later] * (periods - 1)], None)
    return {
        "war": war,
        "offer_today": None if war else today,
        "steady_state_offer": later,
        "critical_shift_p0_minus_p1": p["p0"] - root(shift, 0.0, 1.0),
        "D_value": float(value[1]),
        "R_value": float(value[0]),
    }
