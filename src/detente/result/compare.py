"""Two results side by side: which verdicts, credences and chances moved, and by more than their errors."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Struct

from detente.result.claims import Claim
from detente.result.parts import Error, Estimate, Number, doc
from detente.result.run import Result

BEYOND = 2  # errors of the difference, at which something has moved


class Moved(Struct, frozen=True, kw_only=True):
    """A number in two results; null where one has none."""

    a: Estimate
    b: Estimate
    difference: Annotated[Number, doc("The second less the first.")]
    mc_error: Annotated[Error, doc("As if the two shared no random numbers: no smaller than it is.")]
    moved: Annotated[bool, doc(f"Whether the difference is more than {BEYOND} errors.")]


class ClaimMoved(Struct, frozen=True, kw_only=True):
    """A claim in two results: its verdicts, null where it is not in one, and its credence."""

    verdict_a: str | None
    verdict_b: str | None
    credence: Moved
    reversed: Annotated[bool, doc("Whether the credence moved to the other side of one half, beyond error.")] = False


class Comparison(Struct, frozen=True, kw_only=True):
    """What moved between two results."""

    a: Annotated[str, doc("Scenario of the first.")]
    b: str
    claims: dict[str, ClaimMoved]
    events: Annotated[dict[str, dict[str, Moved]], doc("Chances by the end of the clock, by course and event.")]


HALF = 0.5
NOTHING = Estimate(value=None, mc_error=None)


def compare(a: Result, b: Result) -> Comparison:
    """What moved from one result to another: verdicts, credences and the chances of events."""
    claims = {}
    for name in dict.fromkeys([*a.claims, *b.claims]):
        one, other = a.claims.get(name), b.claims.get(name)
        moved = _moved(_credence(one), _credence(other))
        claims[name] = ClaimMoved(
            verdict_a=one.verdict if one else None,
            verdict_b=other.verdict if other else None,
            credence=moved,
            reversed=moved.moved and ((moved.a.value or 0.0) > HALF) != ((moved.b.value or 0.0) > HALF),
        )
    events = {}
    for course in dict.fromkeys([*a.courses, *b.courses]):
        first, second = _chances(a, course), _chances(b, course)
        names = dict.fromkeys([*first, *second])
        events[course] = {name: _moved(first.get(name, NOTHING), second.get(name, NOTHING)) for name in names}
    return Comparison(a=a.scenario, b=b.scenario, claims=claims, events=events)


def _credence(claim: Claim | None) -> Estimate:
    return Estimate(value=claim.credence, mc_error=claim.mc_error) if claim else NOTHING


def _chances(result: Result, course: str) -> dict[str, Estimate]:
    about = result.courses.get(course)
    return {name: Estimate(value=e.p, mc_error=e.mc_error) for name, e in about.events.items()} if about else {}


def _moved(a: Estimate, b: Estimate) -> Moved:
    if a.value is None or b.value is None:
        return Moved(a=a, b=b, difference=None, mc_error=None, moved=False)
    difference, error = b.value - a.value, math.hypot(a.mc_error or 0.0, b.mc_error or 0.0)
    return Moved(a=a, b=b, difference=difference, mc_error=error, moved=abs(difference) > BEYOND * error)
