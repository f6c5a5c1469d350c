"""Alternating offers of any size, without errors: subgame perfection, with a last round or without one.

Sources: Ståhl (1972), Bargaining Theory; Rubinstein (1982), Econometrica 50(1); Shaked & Sutton (1984), Econometrica
52(6), for why the one who offers need offer no more than the other's refusal is worth.
"""

from __future__ import annotations

from typing import Any

from detente.language.records import Scenario
from tests.classics.plays import Play, payoffs, root
from tests.classics.scenarios import Files, clock, day, number, scenario_of

_FOLDER = "rubinstein-1982"
_LOOK = 4  # rounds that the game without a last one is looked ahead


def build(p: dict[str, Any]) -> Files:
    """Two days a round: an offer of any size, then an answer. 1 proposes in rounds 1, 3, 5, .., 2 in the others."""
    rounds = p["T"]
    text = f"""\
detente: 1
title: Alternating offers of any size
question: How is the pie divided when both sides see through the whole game?
summary: Two sides take turns to offer each other a share of a pie that shrinks with every round.
clock: {clock(2 * rounds + 1)}  # an offer on odd days, an answer on even ones
actors:
  ONE: {{name: The first to propose, utility: "where(agreed > 0.5, ONE.share, b1) * delta1 ** rounds"}}
  TWO: {{name: The other, utility: "where(agreed > 0.5, 1 - ONE.share, b2) * delta2 ** rounds"}}
parameters:
  delta1: {{prior: fixed({number(p["delta1"])}), unit: per round, why: what a share next round is worth to 1 now (above 0 and at most 1), source: [Rubinstein 1982]}}
  delta2: {{prior: fixed({number(p["delta2"])}), unit: per round, why: what a share next round is worth to 2 now (above 0 and at most 1), source: [Rubinstein 1982]}}
  b1: {{prior: fixed({number(p["b1"])}), unit: the pie, why: what 1 gets when the last offer is refused (0 to 1), source: [Ståhl 1972]}}
  b2: {{prior: fixed({number(p["b2"])}), unit: the pie, why: what 2 gets when the last offer is refused (0 to 1), source: [Ståhl 1972]}}
  last: {{prior: fixed({rounds}), unit: rounds, why: how many there are, source: [Ståhl 1972]}}
stocks:
  ONE.proposes: {{initial: 1, unit: 1 when it is 1's round, range: [0, 1], flow: "where(answered > 0.5, 1 - 2 * ONE.proposes, 0)"}}
  rounds: {{initial: 0, unit: rounds that are over, range: [0, 1e6], flow: "where(answered > 0.5 and agreed < 0.5 and rounds < last, 1, 0)"}}
  answered: {{initial: 0, unit: 1 on the day of an answer, range: [0, 1], flow: "where(clock.step > 0, 1 - 2 * answered, 0)"}}
  offer: {{initial: 0, unit: share offered to the other side, range: [0, 1], flow: "where(answered > 0.5, -offer, 0)"}}
  agreed: {{initial: 0, unit: 1 once they agree, range: [0, 1]}}
  ONE.share: {{initial: 0, unit: share of the pie, range: [0, 1]}}
tracks:
  ONE.offer:
    offer: {{rung: 0, needs: clock.step > 0 and answered < 0.5 and ONE.proposes > 0.5, appeal: 0, magnitude: "uniform(0, 1)", effects: {{offer: magnitude}}}}
  TWO.offer:
    offer: {{rung: 0, needs: clock.step > 0 and answered < 0.5 and ONE.proposes < 0.5, appeal: 0, magnitude: "uniform(0, 1)", effects: {{offer: magnitude}}}}
  TWO.answer:
    accept: {{rung: 0, needs: answered > 0.5 and ONE.proposes > 0.5, appeal: 0, effects: {{agreed: 1, ONE.share: 1 - offer}}}}
  ONE.answer:
    accept: {{rung: 0, needs: answered > 0.5 and ONE.proposes < 0.5, appeal: 0, effects: {{agreed: 1, ONE.share: offer}}}}
events:
  agreement: {{hazard: "where(agreed > 0.5, 1, 0)", ends: true, says: They agree.}}
courses:
  equal-split: {{name: 1 offers one half, force: {{ONE.offer: {{{day(1)}: {{move: offer, magnitude: 0.5}}}}, TWO.answer: {{{day(2)}: accept}}}}}}
"""  # noqa: E501
    return {"scenario.yaml": text}


def build_plain(p: dict[str, Any]) -> Files:
    """The same where nobody gets anything when the last offer is refused."""
    return build({**p, "b1": 0.0, "b2": 0.0})


def build_infinite(p: dict[str, Any]) -> Files:
    """The first rounds of a game without a last one."""
    return build({**p, "b1": 0.0, "b2": 0.0, "T": _LOOK})


def _round(round_: int, offer: float) -> Play:
    """An offer in a round, and its acceptance."""
    proposer, other = ("ONE", "TWO") if round_ % 2 else ("TWO", "ONE")
    return {(2 * round_ - 1, f"{proposer}.offer"): ("offer", offer), (2 * round_, f"{other}.answer"): "accept"}


def _responder(round_: int) -> int:
    return 1 if round_ % 2 else 0


def evaluate(p: dict[str, Any]) -> dict[str, Any]:
    """From the last round to the first: the offer that leaves the other side as well off as by refusing it."""
    scenario, rounds = scenario_of(_FOLDER, build(p)), p["T"]
    days = 2 * rounds + 1
    after: Play = {}  # how the game goes on when an offer is refused
    for round_ in range(rounds, 0, -1):
        other = _responder(round_)
        refused = payoffs(scenario, [after], days)[0]

        def gap(offer: float, round_: int = round_, other: int = other, refused=refused) -> float:
            return float(payoffs(scenario, [_round(round_, offer)], days)[0, other] - refused[other])

        offer = 0.0 if gap(0.0) >= 0 else root(gap, 0.0, 1.0) if gap(1.0) >= 0 else None
        if offer is None:
            continue  # nothing that can be offered is accepted
        accepted = payoffs(scenario, [_round(round_, offer)], days)[0]
        if accepted[1 - other] >= refused[1 - other]:  # the proposer would not rather be refused
            after = _round(round_, offer)
    return dict(zip(("share1", "share2"), _shares(scenario, after, days), strict=True))


def evaluate_plain(p: dict[str, Any]) -> dict[str, Any]:
    """The same where nobody gets anything when the last offer is refused."""
    return evaluate({**p, "b1": 0.0, "b2": 0.0})


def _shares(scenario: Scenario, play: Play, days: int) -> list[float]:
    """What both get of the pie, as it is on the day it is divided."""
    patient = payoffs(scenario, [play], days, delta1=1.0, delta2=1.0)[0]
    return [float(v) for v in patient]


def evaluate_infinite(p: dict[str, Any]) -> dict[str, Any]:
    """No last round: the pair of offers each of which makes the other side indifferent when the other one follows."""
    scenario = scenario_of(_FOLDER, build_infinite(p))

    def indifferent(number: int, next_offer: float) -> float:
        """The offer in a round that is worth to the other side what its own next offer is."""
        other = _responder(number)
        refused = payoffs(scenario, [_round(number + 1, next_offer)], 2 * _LOOK + 1)[0, other]
        return root(
            lambda x: float(payoffs(scenario, [_round(number, x)], 2 * _LOOK + 1)[0, other] - refused), 0.0, 1.0
        )

    def again(offer: float) -> float:
        """1's offer in round 3 that follows from an offer of the same size in round 1, through 2's in round 2."""
        return indifferent(1, indifferent(2, offer)) - offer

    one = root(again, 0.0, 1.0)
    two = indifferent(2, one)
    return {
        "share1_when_1_proposes": 1 - one,
        "share2_when_1_proposes": one,
        "share2_when_2_proposes": 1 - two,
        "share1_when_2_proposes": two,
    }
