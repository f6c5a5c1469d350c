"""Two arguments held against each other: where they agree, where they truly disagree, where they talk past each other.

A test is cut at its `and`s into comparisons; each is larger or smaller with some quantities: an event or move under a
course, a stock at a date under a course, a parameter. The rules, for a claim of one argument and a claim of the other:

* shared premise: not joined by an attack, a comparison of each has the same quantities in the same directions; or both
  are facts that sources confirm and rest on one source.
* true disagreement: a comparison of each has the same quantities in opposite directions, or (where one attacks the
  other) both turn on one parameter from opposite sides, or both are facts of which sources do not confirm both. If the
  two credences add up to more than one, beyond two errors, both hold together in part of what one may believe: then
  it is none.
* talking past each other: one attacks the other without a true disagreement, so that both may be right.

Left out are attacks by or on conclusions, which the steps below them settle, and what an argument only asks (asserts
`open`) where nothing attacks it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

from detente.analysis.claims.credence import BEYOND
from detente.language.argument import Argument, Claim
from detente.language.syntax import Bargain, Binary, Call, Expectation, Name, Node, Number, Probability, Unary
from detente.result import claims as judged

RISING = {"min", "max", "exp", "log", "sqrt", "logistic"}  # functions that grow with what they are of


@dataclass(frozen=True)
class Quantity:
    """What a test asks about. `date` tells quantities apart for a stock; an event is the same whenever it happens."""

    name: str
    course: str = ""
    date: dt.date | None = None


@dataclass(frozen=True)
class Part:
    """One comparison of a test: 1 where it holds the sooner the larger a quantity is, -1 the smaller, 0 unclear."""

    ways: Mapping[Quantity, int]
    words: tuple[str, ...]  # the quantities as a reader names them

    def same(self, other: Part) -> bool:
        """Whether two comparisons speak of the same quantities in the same directions."""
        return 0 not in self.ways.values() and self.ways == other.ways

    def opposite(self, other: Part) -> bool:
        """Whether they speak of the same quantities in opposite directions."""
        return 0 not in self.ways.values() and self.ways == {q: -way for q, way in other.ways.items()}


def debates(arguments: tuple[Argument, ...], found: Mapping[str, judged.Claim]) -> list[judged.Debate]:
    """Every two arguments of a scenario, held against each other.

    Args:
        found: every claim as it was judged, by its whole id.
    """
    return [_debate(one, other, found) for one, other in combinations(arguments, 2)]


def _debate(one: Argument, other: Argument, found: Mapping[str, judged.Claim]) -> judged.Debate:
    pairs, attacks = [], 0
    for a, b in product(one.claims, other.claims):
        joined = b.id in a.attacks or a.id in b.attacks
        attacks += joined
        if "conclusion" in (a.kind, b.kind) or (not joined and "open" in (a.asserts, b.asserts)):
            continue
        found_pair = _pair(a, b, found, joined=joined)
        if found_pair is not None:
            pairs.append(found_pair)
    return judged.Debate(arguments=[one.id, other.id], attacks=attacks, pairs=pairs)


def _pair(a: Claim, b: Claim, found: Mapping[str, judged.Claim], *, joined: bool) -> judged.DebatePair | None:
    one, other = found[a.id], found[b.id]

    def pair(kind: judged.DebateKind, says: str, separates: str = "") -> judged.DebatePair:
        return judged.DebatePair(claims=[a.id, b.id], kind=kind, attacked=joined, says=says, separates=separates)

    parts = list(product(_parts(a), _parts(b)))
    together = _together(one, other)
    against = next((words for x, y in parts if x.opposite(y) for words in [_both(x, y)]), "")
    crux = _turns(one, other) if joined else ""
    if (against or crux) and not together:
        says = f"They say opposite things of {against}." if against else f"They turn on {crux} from opposite sides."
        return pair("true disagreement", says, _separates(a, b, found, against))
    if a.check and b.check and joined and not one.verdict == other.verdict == "confirmed":
        says = f"By the sources {_named(a)} is {one.verdict}, {_named(b)} {other.verdict}."
        separates = f"What sources find: {_named(a)} {_percent(one)}, {_named(b)} {_percent(other)}."
        return pair("true disagreement", says, separates)
    if joined:
        return pair("talking past each other", _past(a, b, one, other, parts, together))
    agreed = next((words for x, y in parts if x.same(y) for words in [_both(x, y)]), "")
    if agreed:
        return pair("shared premise", f"Both say the same of {agreed}.")
    sources = {(f.source, f.published) for f in a.check or ()} & {(f.source, f.published) for f in b.check or ()}
    if sources and one.verdict == other.verdict == "confirmed":
        named = " and ".join(f"{source} ({published})" for source, published in sorted(sources))
        return pair("shared premise", f"Both are confirmed, and both rest on {named}.")
    return None


def _together(one: judged.Claim, other: judged.Claim) -> float:
    """The least share of what one may believe in which both hold; 0 where that is within error of none."""
    if one.test is None or other.test is None or one.credence is None or other.credence is None:
        return 0.0
    least = one.credence + other.credence - 1
    return least if least > BEYOND * math.hypot(one.mc_error or 0.0, other.mc_error or 0.0) else 0.0


def _past(
    a: Claim, b: Claim, one: judged.Claim, other: judged.Claim, parts: list[tuple[Part, Part]], together: float
) -> str:
    """Why both may be right."""
    values = [c for c in (a, b) if c.value]
    if values:
        return f"Yours to weigh, not to be tested: {' and '.join(map(_named, values))}."
    bare = [c for c in (a, b) if c.test is None and not c.check]
    if bare:
        return f"Nothing here can tell of {' and '.join(map(_named, bare))}: no test and no source."
    if a.check and b.check:
        return "Sources confirm both."
    if (a.test is None) != (b.test is None):
        fact, tested = (a, b) if a.check else (b, a)
        return f"A fact for sources, {_named(fact)}, against a question to the model, {_named(tested)}."
    share = f" Both hold in {100 * together:.0f}% or more of what one may believe." if together else ""
    common = sorted({q.name for x, y in parts for q in x.ways if q in y.ways})
    if common:
        return f"Both ask about {' and '.join(common)}, but not so that one excludes the other.{share}"
    cruxes = sorted({c.parameter for c in one.crux} & {c.parameter for c in other.crux})
    if cruxes:
        return f"They ask about different things; both turn on {' and '.join(cruxes)}.{share}"
    return f"They ask about different things and turn on none in common.{share}"


def _turns(one: judged.Claim, other: judged.Claim) -> str:
    """The parameter on which both turn from opposite sides, or nothing."""
    wants = {c.parameter: _wanted(one, c) for c in one.crux if _wanted(one, c)}
    for crux in other.crux:
        wanted = _wanted(other, crux)
        if wanted and wants.get(crux.parameter) not in (None, wanted):
            return crux.parameter
    return ""


def _wanted(claim: judged.Claim, crux: judged.Crux) -> str:
    """The side of a crux on which the claim holds."""
    if not crux.confirmed or not crux.direction or claim.credence is None:
        return ""
    holds = claim.credence > 0.5
    return crux.direction if not holds else "below" if crux.direction == "above" else "above"


def _separates(a: Claim, b: Claim, found: Mapping[str, judged.Claim], asked: str) -> str:
    """What one would have to see to tell which is right: what is asked, the crux of either claim, and the row of the
    record that bears most on it."""
    one, other = found[a.id], found[b.id]
    what = asked or _turns(one, other)
    told = [f"It hangs on {what}: {_named(a)} has {_percent(one)}, {_named(b)} {_percent(other)}."]
    cruxes = [(c, claim) for claim, of in ((a, one), (b, other)) for c in of.crux if _wanted(of, c)]
    if cruxes:
        crux, claim = max(cruxes, key=lambda row: row[0].p_beyond or 0.0)
        there = "" if crux.credence_there is None else f", to {100 * crux.credence_there:.0f}%"
        told.append(f"With {crux.parameter} {crux.direction} {crux.flips_at:.3g} {_named(claim)} turns round{there}.")
    told.append(_bearing([*one.influence, *other.influence]))
    return " ".join(told)


def _bearing(rows: list[judged.ClaimInfluence]) -> str:
    """The row of the record that moved either claim most, beyond two errors."""
    moved = [r for r in rows if r.change is not None and r.reliable and abs(r.change) > BEYOND * (r.mc_error or 0.0)]
    if not moved:
        return "No row of the record moves either beyond error."
    row = max(moved, key=lambda r: abs(r.change or 0.0))
    seen = {
        "move": f"move {row.what} of {row.name}",
        "event": f"event {row.what}",
        "measurement": f"value of {row.name}",
    }
    size = 100 * abs(row.change or 0.0)
    return f"In the record the {seen[row.kind]} of {_day(row.date)} bears most on it, by {size:.0f} points."


def _named(claim: Claim) -> str:
    """A claim in a sentence: whose it is, and its mark."""
    argument, _, id = claim.id.partition("/")
    return f"{argument}'s {claim.label or id}"


def _percent(claim: judged.Claim) -> str:
    return "not known" if claim.credence is None else f"{100 * claim.credence:.0f}%"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


def _both(x: Part, y: Part) -> str:
    """The quantities of two comparisons in words, with both dates where they differ."""
    if x.words == y.words:
        return " and ".join(x.words)
    return f"{' and '.join(x.words)} (or {' and '.join(y.words)})"


def _parts(claim: Claim) -> list[Part]:
    """The comparisons of a claim's test."""
    return list(_cut(claim.test.tree, 1)) if claim.test is not None else []


def _cut(tree: Node, sign: int) -> Iterator[Part]:
    """The comparisons that must all hold (sign 1) for a test to hold; with -1, for it to fail."""
    match tree:
        case Unary("not", operand):
            yield from _cut(operand, -sign)
        case Binary("and", left, right) if sign > 0:
            yield from _cut(left, sign)
            yield from _cut(right, sign)
        case Binary("or", left, right) if sign < 0:
            yield from _cut(left, sign)
            yield from _cut(right, sign)
        case Binary("<" | "<=" | ">" | ">=" as op, left, right):
            way = sign if op in (">", ">=") else -sign
            ways: dict[Quantity, int] = {}
            words: dict[str, None] = {}
            for side, toward in ((left, way), (right, -way)):
                for quantity, name, moves in _read(side, toward):
                    ways[quantity] = moves if ways.get(quantity, moves) == moves else 0
                    words[name] = None
            if ways:
                yield Part(ways, tuple(words))


def _read(tree: Node, way: int, course: str = "", date: dt.date | None = None) -> Iterator[tuple[Quantity, str, int]]:
    """The quantities of an expression, how a reader names each, and which way it moves the expression."""
    match tree:
        case Probability(event, when, day, under):
            once = day if when == "on" else None  # in that step alone
            yield Quantity(event, under, once), f"{event} {when} {_day(day)}" if day else event, way
        case Expectation(value, day, under) | Bargain(value, day, under):
            chip = isinstance(tree, Bargain) and not (tree.chip and tree.offer is None)
            yield from _read(value, 0 if chip else way, under, day)
        case Name(id):
            yield Quantity(id, course, date), f"{id} on {_day(date)}" if date else id, way
        case Unary("-", operand):
            yield from _read(operand, -way, course, date)
        case Binary("+", left, right):
            yield from _read(left, way, course, date)
            yield from _read(right, way, course, date)
        case Binary("-", left, right):
            yield from _read(left, way, course, date)
            yield from _read(right, -way, course, date)
        case Binary("*", Number(value), scaled) | Binary("*" | "/", scaled, Number(value)):
            yield from _read(scaled, way if value > 0 else -way, course, date)
        case Binary("*", Unary("-", Number(value)), scaled) | Binary("*" | "/", scaled, Unary("-", Number(value))):
            yield from _read(scaled, -way if value > 0 else way, course, date)
        case Binary(_, left, right):
            yield from _read(left, 0, course, date)
            yield from _read(right, 0, course, date)
        case Unary(_, operand):
            yield from _read(operand, 0, course, date)
        case Call(function, inner):
            for argument in inner:
                yield from _read(argument, way if function in RISING else 0, course, date)
        case _:
            pass
