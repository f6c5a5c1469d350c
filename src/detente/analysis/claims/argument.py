"""The map of an argument: what each claim stands on, which ones the thesis needs, and which of these is weakest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter
from typing import Literal

from detente.language import argument as written
from detente.result import claims as judged

Standing = Literal["record", "assumption", "construction", "open", "falls", "unknown"]
ORDER: tuple[Standing, ...] = ("falls", "unknown", "open", "assumption", "record")  # weakest first
TESTED = ("record", "assumption")  # bases of claims with a test that could have come out otherwise
STANDINGS: dict[judged.Verdict, Standing] = {
    "confirmed": "record",
    "disputed": "open",
    "refuted": "falls",
    "open": "open",
    "leans against": "falls",
    "fails": "falls",
}


def argument_results(
    arguments: tuple[written.Argument, ...],
    claims: Mapping[str, judged.Claim],
    strongest: Callable[[list[str]], judged.Advocate | None],
) -> dict[str, judged.Argument]:
    """Every argument, with its map where its file has one.

    Args:
        strongest: the strongest case for some tested claims.
    """
    return {a.id: _argument(a, claims, strongest) for a in arguments}


def _argument(
    argument: written.Argument,
    claims: Mapping[str, judged.Claim],
    strongest: Callable[[list[str]], judged.Advocate | None],
) -> judged.Argument:
    about = judged.Argument(title=argument.title, by=argument.by, date=argument.date, thesis=argument.thesis)
    if not argument.thesis:
        return about
    stands, weakest = standings(argument, claims)
    bearing = load_bearing(argument)
    nodes = {
        c.id: judged.Node(
            supports={id: "linked" if link == "linked" else "convergent" for id, link in c.supports.items()},
            attacks=list(c.attacks),
            load_bearing=c.id in bearing,
            standing=stands[c.id],
            weakest=weakest.get(c.id, ""),
        )
        for c in argument.claims
    }
    steps = Counter(stands[c.id] for c in argument.claims if c.id in bearing and c.kind != "conclusion")
    step = argument.thesis
    while weakest.get(step):
        step = weakest[step]
    return judged.Argument(
        title=about.title,
        by=about.by,
        date=about.date,
        thesis=about.thesis,
        map=nodes,
        weakest=step,
        steps=judged.Steps(**{name: steps[name] for name in ORDER}),
        advocate=strongest([c.id for c in argument.claims if c.id in bearing and claims[c.id].basis in TESTED]),
    )


def standing(claim: judged.Claim) -> Standing:
    """What a claim that is not a conclusion stands on."""
    if claim.basis == "construction":
        return "construction"
    if claim.verdict in STANDINGS:
        return STANDINGS[claim.verdict]
    return claim.basis or "unknown"


def standings(
    argument: written.Argument, claims: Mapping[str, judged.Claim]
) -> tuple[dict[str, Standing], dict[str, str]]:
    """What every claim stands on, and of each conclusion its weakest step.

    A conclusion stands on the worst of the steps linked to it; where none is, on the best of those that support it each
    by itself. What is so by construction of the model carries nothing and sinks nothing: it is shown apart.
    """
    below = _below(argument)
    kinds = {c.id: c.kind for c in argument.claims}
    stands: dict[str, Standing] = {}
    weakest: dict[str, str] = {}

    def rank(id: str) -> tuple[int, float]:
        credence = claims[id].credence
        return ORDER.index(look(id)), 0.5 if credence is None else credence

    def look(id: str) -> Standing:
        if id in stands:
            return stands[id]
        if kinds[id] != "conclusion":
            stands[id] = standing(claims[id])
            return stands[id]
        carried = {step: link for step, link in below[id].items() if look(step) != "construction"}
        steps = [step for step, link in carried.items() if link == "linked"]
        alone = [step for step, link in carried.items() if link != "linked"]
        if alone and not steps:
            steps.append(max(alone, key=rank))
        if steps:
            weakest[id] = min(steps, key=rank)
            stands[id] = stands[weakest[id]]
        else:
            stands[id] = "construction" if below[id] else "unknown"
        return stands[id]

    for id in TopologicalSorter(below).static_order():  # steps first
        look(id)
    return stands, weakest


def load_bearing(argument: written.Argument) -> set[str]:
    """Claims without which the thesis would fall: the thesis, and all that are linked to one of them or alone carry
    it."""
    below, found, waiting = _below(argument), set[str](), [argument.thesis]
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += [step for step, link in below.get(at, {}).items() if link == "linked" or len(below[at]) == 1]
    return found


def _below(argument: written.Argument) -> dict[str, dict[str, str]]:
    """The steps that support each claim, with how."""
    below: dict[str, dict[str, str]] = {c.id: {} for c in argument.claims}
    for claim in argument.claims:
        for id, link in claim.supports.items():
            below[id][claim.id] = link
    return below
