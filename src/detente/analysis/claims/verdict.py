"""The verdict on a tested claim: by the share of draws in which it is true, or by the average over all of them.

A risk *is* its average over what one does not know, and so is an expected utility; the sign of an effect, or of a
parameter, is true in some draws and false in others (DESIGN section 4).
"""

from __future__ import annotations

from dataclasses import dataclass

from detente.analysis.claims.credence import BEYOND, Credence, credence
from detente.analysis.claims.size import Sides, sides
from detente.futures.play import Futures
from detente.inference.draws import Draws, Estimate
from detente.language.argument import Claim
from detente.language.syntax import Bargain, Binary, Call, Expectation, Node, Number, Probability, Unary, names, walk
from detente.result.claims import THRESHOLDS, Judge, Verdict, verdict_of

RISK = "risk"  # a stock of this name, or whose name begins with it and a dot, adds up a probability
UTILITIES = (".utility", ".value", ".gain", ".settled")  # of an actor; the last three at the table
REVERSED = {">": "<", ">=": "<", "<": ">", "<=": ">"}


@dataclass(frozen=True)
class Judged:
    """One tested claim, before or after the evidence."""

    credence: Credence
    sides: Sides | None
    less: float | None  # share of draws in which the opposite of the test holds, beyond the margin; of < and > alone


def judge_of(claim: Claim) -> Judge:
    """How a claim is judged: as its file says, else as is usual for its test.

    By the average where one comparison reads a risk (a stock called `risk` or `risk.SOMETHING`) or a utility, or sets
    probabilities of one course against a plain number; draw by draw in all other cases.
    """
    tree = claim.test.tree if claim.test else None
    if not isinstance(tree, Binary) or tree.op not in REVERSED:
        return "draws"
    if claim.judge:
        return "average" if claim.judge == "average" else "draws"
    if any(name == RISK or name.startswith(f"{RISK}.") or name.endswith(UTILITIES) for name in names(tree)):
        return "average"
    for one, other in ((tree.left, tree.right), (tree.right, tree.left)):
        asked = [n for n in walk(one) if isinstance(n, Probability | Expectation | Bargain)]
        plain = all(isinstance(n, Number | Unary | Binary | Call) for n in walk(other))
        if plain and any(isinstance(n, Probability) for n in asked) and len({n.course for n in asked}) == 1:
            return "average"
    return "draws"


def judged_tree(claim: Claim) -> Node:
    """The test that is asked of every draw: the claim's own, with the smallest difference worth talking about in it."""
    assert claim.test is not None
    tree = claim.test.tree
    if claim.margin is None or not isinstance(tree, Binary):
        return tree
    return _beyond(tree, tree.op, claim.margin)


def _beyond(tree: Binary, op: str, margin: float) -> Node:
    """Whether the left side is beyond the right one by more than a margin, in the direction of a comparison."""
    if op in ("==", "!="):
        gap = Call("abs", (Binary("-", tree.left, tree.right),))
        return Binary("<=" if op == "==" else ">", gap, Number(margin))
    if op in (">", ">="):
        return Binary(">", Binary("-", tree.left, tree.right), Number(margin))
    return Binary("<", Binary("-", tree.left, tree.right), Number(-margin))


def judge(claim: Claim, futures: Futures) -> Judged:
    """A claim's credence, and both sides of its comparison."""
    assert claim.test is not None
    tree = claim.test.tree
    found = credence(judged_tree(claim), futures)
    less = None
    if isinstance(tree, Binary) and tree.op in REVERSED:
        less = min(1 - found.value, credence(_beyond(tree, REVERSED[tree.op], claim.margin or 0.0), futures).value)
    return Judged(found, sides(tree, futures), less)


def by_average(difference: Estimate, margin: float | None) -> Verdict:
    """The verdict of an averaged difference, in the direction of the test: it holds, or fails, where the difference is
    beyond two Monte-Carlo errors and beyond the margin, on one side."""
    beyond = max(BEYOND * difference.error, margin or 0.0)
    if abs(difference.value) <= beyond:
        return "open"
    return "holds" if difference.value > 0 else "fails"


def averaged(found: Sides, draws: Draws) -> Estimate:
    """The mean difference, positive in the direction of the test."""
    return draws.mean(found.direction * found.difference)


def near_by_draws(value: float, error: float) -> bool:
    """Whether a credence lies within two errors of a threshold."""
    return any(abs(value - threshold) <= BEYOND * error for threshold in THRESHOLDS)


def near_by_average(difference: Estimate, margin: float | None) -> bool:
    """Whether another seed may well change the verdict: within two errors of the margin, or, where no margin decides,
    between one and three errors from no difference."""
    size, error = abs(difference.value), difference.error
    if margin and margin > BEYOND * error:
        return abs(size - margin) <= BEYOND * error
    return 0 < error <= size <= (BEYOND + 1) * error


@dataclass(frozen=True)
class Ruling:
    """The verdict on a claim, and how it was come to."""

    judge: Judge
    verdict: Verdict
    near: bool
    differs: bool  # the other way of judging puts it on another side
    by_hypothesis: dict[str, Verdict]


def ruling(claim: Claim, found: Judged, draws: Draws) -> Ruling:
    """The verdict on a tested claim."""
    way, c = judge_of(claim), found.credence
    verdict, near = verdict_of(c.value), near_by_draws(c.value, c.error)
    each: dict[str, Verdict] = {h: verdict_of(value) for h, value in c.by_hypothesis.items()}
    both = found.sides
    if both is None or not both.direction:
        return Ruling("draws", verdict, near, False, each)
    average = averaged(both, draws)
    other = by_average(average, claim.margin)
    differs = _apart(verdict, other)
    if way == "draws":
        return Ruling(way, verdict, near, differs, each)
    signed = both.direction * both.difference
    for h, name in enumerate(draws.hypotheses):
        if (mine := draws.hypothesis == h).any():
            each[name] = by_average(draws.weighed.alone[h].mean(signed[mine]), claim.margin)
    return Ruling(way, other, near_by_average(average, claim.margin), differs, each)


_SIDES: dict[Verdict, float] = {"holds": 1, "leans towards": 0.5, "open": 0, "leans against": -0.5, "fails": -1}


def _apart(one: Verdict, other: Verdict) -> bool:
    """Whether one of two verdicts is definite and the other not on its side."""
    a, b = _SIDES[one], _SIDES[other]
    return max(abs(a), abs(b)) == 1 and not a * b > 0


def varies(found: Judged) -> bool:
    """Whether anything that is not known bears on the claim: its truth, or its size, differs between draws."""
    seen = [found.credence.truth.astype(float), *([found.sides.difference] if found.sides else [])]
    return any(values.min() < values.max() for values in seen)
