"""The lint of what claims mean: what one asks twice, at once, of nobody, or with numbers that nothing varies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from detente.language.argument import Claim
from detente.language.drafting.skeleton import STUB
from detente.language.records import Scenario
from detente.language.syntax import (
    Bargain,
    Binary,
    Call,
    Expectation,
    Expression,
    Name,
    Node,
    Number,
    Probability,
    Unary,
    walk,
)

SHOWN = 8  # paths of numbers that one remark names
_TRIVIAL = (0.0, 1.0)
_FLIPPED = {"<": ">", "<=": ">="}


def lint_claims(scenario: Scenario) -> list[str]:
    """One sentence per weakness that needs no run."""
    parts = (_stubs, _unlinked, _margins, _conjunctions, _twice, _forbidden, _numbers)
    return [sentence for part in parts for sentence in part(scenario)]


def _stubs(scenario: Scenario) -> Iterable[str]:
    found = [claim.id for claim in scenario.claims if STUB in claim.says]
    if found:
        yield f"{len(found)} claim{'s' * (len(found) > 1)} to be said in your own words: {_some(found)}"


def _unlinked(scenario: Scenario) -> Iterable[str]:
    for argument in scenario.arguments:
        for claim in argument.claims:
            loose = (
                claim.id != argument.thesis and claim.kind != "concession" and not claim.supports and not claim.attacks
            )
            if argument.thesis and loose:
                yield f"claim `{claim.id}` supports nothing, attacks nothing, and is not the thesis"


def _margins(scenario: Scenario) -> Iterable[str]:
    for claim in scenario.claims:
        if claim.kind and claim.test and claim.margin is None and _compares_courses(claim.test.tree):
            yield f"claim `{claim.id}` compares two courses without a `margin`: what difference is worth talking about?"


def _compares_courses(tree: Node) -> bool:
    """Whether a test sets one course against another, with no number that says by how much."""
    if not isinstance(tree, Binary) or any(isinstance(node, Number) for node in (tree.left, tree.right)):
        return False
    sides = [_courses(side) for side in (tree.left, tree.right)]
    sums = any(isinstance(side, Binary) and isinstance(side.right, Number) for side in (tree.left, tree.right))
    return tree.op in ("<", "<=", ">", ">=") and all(sides) and sides[0] != sides[1] and not sums


def _courses(tree: Node) -> set[str]:
    return {node.course for node in walk(tree) if isinstance(node, Probability | Expectation | Bargain)}


def _conjunctions(scenario: Scenario) -> Iterable[str]:
    for claim in scenario.claims:
        parts = list(_joined(claim.test.tree)) if claim.test else []
        if len(parts) > 2:
            yield f"claim `{claim.id}` asks {len(parts)} things at once, and fails where any of them does: split it"


def _joined(tree: Node) -> Iterator[Node]:
    if isinstance(tree, Binary) and tree.op == "and":
        yield from _joined(tree.left)
        yield from _joined(tree.right)
    else:
        yield tree


def _twice(scenario: Scenario) -> Iterable[str]:
    """Claims of one argument that ask the same; claims that are each other's opposite and do not say so."""
    asked = [(claim, meaning(claim.test.tree)) for claim in scenario.claims if claim.test]
    for (one, first), (other, second) in combinations(asked, 2):
        together = _argument(one) == _argument(other)
        if first == second and together:
            yield f"claims `{one.id}` and `{other.id}` ask the same: where one holds, so does the other"
        elif first == opposite(second) and (together or ((one.kind or other.kind) and not _joint(one, other))):
            hint = "count one of them" if together else "say so with `attacks`"
            yield f"claims `{one.id}` and `{other.id}` are each other's opposite: {hint}"


def _argument(claim: Claim) -> str:
    return claim.id.partition("/")[0]


def _joint(one: Claim, other: Claim) -> bool:
    return other.id in one.attacks or one.id in other.attacks


Meaning = tuple[object, ...]


def meaning(tree: Node) -> Meaning:
    """What a test asks, however it is written: `a < b` and `b > a`, `a - b > 0` and `not a <= b` are the same."""
    match tree:
        case Unary("not", operand):
            return opposite(meaning(operand))
        case Binary("and" | "or" as op, left, right):
            parts: set[Meaning] = set()
            for side in (meaning(left), meaning(right)):
                parts |= set(side[1]) if side[0] == op and isinstance(side[1], frozenset) else {side}
            return (op, frozenset(parts))
        case Binary("==" | "!=" as op, left, right):
            return (op, frozenset((left, right)))
        case Binary("<" | "<=" | ">" | ">=" as op, left, right):
            return (">", *_sides(right, left)) if op in _FLIPPED else (">", *_sides(left, right))
    return (tree,)


def opposite(of: Meaning) -> Meaning:
    """What holds where a meaning does not; ties are nobody's."""
    match of:
        case (">", left, right):
            return (">", right, left)
        case ("and" | "or" as op, frozenset() as parts):
            return ("or" if op == "and" else "and", frozenset(opposite(part) for part in parts))
        case ("==" | "!=" as op, sides):
            return ("!=" if op == "==" else "==", sides)
    return ("not", *of)


def _sides(larger: Node, smaller: Node) -> tuple[Node, Node]:
    """The sides of a comparison, of which one may be a difference and the other zero."""
    if smaller == Number(0) and isinstance(larger, Binary) and larger.op == "-":
        return larger.left, larger.right
    if larger == Number(0) and isinstance(smaller, Binary) and smaller.op == "-":
        return smaller.right, smaller.left
    return larger, smaller


def _forbidden(scenario: Scenario) -> Iterable[str]:
    for claim in scenario.claims:
        courses = courses_of(claim)
        for track, move in moves_named(scenario, claim):
            if courses and all(move in scenario.courses[course].forbid.get(track, ()) for course in courses):
                which = f"its course{'s' * (len(courses) > 1)} {' and '.join(sorted(courses))}"
                yield f"claim `{claim.id}` speaks of `{track}:{move}`, which {which} forbid{'s' * (len(courses) < 2)}"


def courses_of(claim: Claim) -> set[str]:
    """The courses that the test of a claim asks about."""
    return _courses(claim.test.tree) if claim.test else set()


def moves_named(scenario: Scenario, claim: Claim) -> list[tuple[str, str]]:
    """Moves all of whose words, or their beginnings, stand in what a claim says."""
    said = re.findall(r"[a-z]+", claim.says.lower())
    return [
        (track.id, move)
        for track in scenario.tracks.values()
        for move in track.moves
        if all(any(_same_word(word, other) for other in said) for word in re.findall("[a-z]+", move.lower()))
    ]


def _same_word(one: str, other: str) -> bool:
    """Whether two words are the same but for an ending: strike and strikes, escort and escorted."""
    stem = one[:-1] if len(one) > 4 and one.endswith("e") else one
    return other == one or (len(stem) > 3 and other.startswith(stem) and len(other) - len(stem) < 4)


def _numbers(scenario: Scenario) -> Iterable[str]:
    found = fixed_numbers(scenario) if scenario.ledger else {}  # the numbers of a game without a record are its rules
    if found:
        what = "1 number" if len(found) == 1 else f"{len(found)} numbers"
        yield f"{what} in effects, hazards and flows that no parameter varies: {_some(list(found))}"


def fixed_numbers(scenario: Scenario) -> dict[str, float]:
    """Numbers of effects, hazards and flows, by path, that no parameter multiplies; the n-th number of
    `stocks/ID/flow` is `stocks/ID/flow#n`. 0, 1 and powers are left out."""
    parts: list[tuple[str, Expression | None]] = [
        (f"stocks/{one.id}/flow", one.flow) for one in scenario.stocks.values()
    ]
    for track in scenario.tracks.values():
        for move in track.moves.values():
            parts += _effects(f"tracks/{track.id}/{move.id}", move.effects)
    for event in scenario.events.values():
        parts += [(f"events/{event.id}/hazard", event.hazard), *_effects(f"events/{event.id}", event.effects)]
    found: dict[str, float] = {}
    for path, expression in parts:
        numbered = enumerate(_numbers_in(expression.tree, set(scenario.parameters)) if expression else (), 1)
        found |= {f"{path}#{n}": value for n, (value, varied) in numbered if not varied and value not in _TRIVIAL}
    return found


def _effects(path: str, effects: Mapping[str, Expression]) -> list[tuple[str, Expression | None]]:
    return [(f"{path}/effects/{stock}", effect) for stock, effect in effects.items()]


def _numbers_in(tree: Node, parameters: set[str], varied: bool = False) -> Iterator[tuple[float, bool]]:
    """The numbers of an expression from left to right, and whether a parameter multiplies each or it is a power."""
    match tree:
        case Number(value):
            yield value, varied
        case Unary(_, operand):
            yield from _numbers_in(operand, parameters, varied)
        case Binary("**", left, right):
            yield from _numbers_in(left, parameters, varied)
            yield from _numbers_in(right, parameters, True)
        case Binary("*" | "/", left, right):
            yield from _numbers_in(left, parameters, varied or _reads(right, parameters))
            yield from _numbers_in(right, parameters, varied or _reads(left, parameters))
        case Binary(_, left, right):
            yield from _numbers_in(left, parameters, varied)
            yield from _numbers_in(right, parameters, varied)
        case Call(_, arguments):
            for argument in arguments:
                yield from _numbers_in(argument, parameters, False)


def _reads(tree: Node, parameters: set[str]) -> bool:
    return any(isinstance(node, Name) and node.id in parameters for node in walk(tree))


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
