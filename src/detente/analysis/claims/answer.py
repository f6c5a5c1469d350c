"""The answer to a scenario's question: for each outcome it turns on, its size under each course and what that rests on.

An outcome whose courses are compared is judged as a claim is that the first course makes it larger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from detente.analysis.claims.credence import credence, decided_by, flipped_by, values_by_name
from detente.analysis.claims.size import side
from detente.analysis.claims.verdict import Judged
from detente.futures.play import Futures
from detente.futures.questions import courses_asked, per_draw
from detente.language.argument import Claim
from detente.language.records import QuestionOutcome, Scenario
from detente.language.syntax import Binary, Call, Expression, Node, Number, under
from detente.result import claims as judged

MARK = "outcome:"  # begins the id of the claim that stands for an outcome; no claim of a file has one like it


def compared(scenario: Scenario) -> list[Claim]:
    """A claim for every outcome of two courses or more: that it is larger under the first than under the second."""
    return [
        Claim(
            MARK + outcome.id,
            outcome.says,
            Expression(outcome.of.text, Binary(">", *(under(outcome.of.tree, course) for course in courses[:2]))),
            judge="draws",
            margin=outcome.margin,
        )
        for outcome in scenario.outcomes
        if len(courses := courses_asked(scenario, outcome)) > 1
    ]


def answer_results(
    scenario: Scenario,
    after: Mapping[str, Judged],
    played: Futures,
    prior: Futures,
    cruxes: Mapping[str, Sequence[judged.Crux]],
    basis: Callable[[str], judged.Basis],
) -> list[judged.Answer]:
    """The bottom line for every outcome."""
    return [_answer(scenario, o, after, played, prior, cruxes, basis) for o in scenario.outcomes]


def _answer(
    scenario: Scenario,
    outcome: QuestionOutcome,
    after: Mapping[str, Judged],
    played: Futures,
    prior: Futures,
    cruxes: Mapping[str, Sequence[judged.Crux]],
    basis: Callable[[str], judged.Basis],
) -> judged.Answer:
    courses, draws = courses_asked(scenario, outcome), played.draws
    by_course = {}
    for course in courses:
        tree = under(outcome.of.tree, course)
        values = per_draw(tree, lambda n: played.answer(n), values_by_name(played, tree))
        by_course[course] = side(values, draws)
    says, test = outcome.says, outcome.of.text
    if MARK + outcome.id not in after:
        return judged.Answer(outcome=outcome.id, says=says, test=test, by_course=by_course)
    id = MARK + outcome.id
    now, crux = after[id], list(cruxes.get(id, []))
    assert now.sides is not None
    difference = side(now.sides.difference, draws)
    first, second = (under(outcome.of.tree, course) for course in courses[:2])
    way = larger(first, second) if (difference.mean or 0.0) > 0 else larger(second, first)
    direction, earlier = credence(way, played), credence(way, prior)
    more, less = now.credence.value, now.less or 0.0
    # a crux is of "the first is larger beyond the margin", which need not be the direction of the average
    up = (difference.mean or 0.0) > 0
    if not up or (outcome.margin is None and more > 0.5):
        leads = "It turns round"
    else:
        leads = f"It is {'less than' if more > 0.5 else 'at least'} {outcome.margin or 0:g} more"
    return judged.Answer(
        outcome=outcome.id,
        says=says,
        test=test,
        by_course=by_course,
        compared=list(courses[:2]),
        difference=difference,
        margin=outcome.margin,
        more=more,
        same=max(0.0, 1 - more - less),
        less=less,
        credence=direction.value,
        mc_error=direction.error,
        credence_prior=earlier.value,
        basis=basis(id),
        crux=crux,
        changed_by=changed_by(scenario, leads, crux, decided_by(direction, draws), flipped_by(direction, draws)),
    )


def larger(one: Node, other: Node) -> Node:
    """1 in a draw in which one quantity is larger than the other, 0 where it is smaller, one half where they tie, which
    is no evidence."""
    below = Call("where", (Binary("<", one, other), Number(0.0), Number(0.5)))
    return Call("where", (Binary(">", one, other), Number(1.0), below))


def changed_by(
    scenario: Scenario, leads: str, crux: Sequence[judged.Crux], deciding: Sequence[str], reversing: Sequence[str]
) -> str:
    """What would turn a comparison round, in a sentence: the hypotheses that decide it, else the likeliest of the
    parameters that a run with the parameter held there confirmed, else a hypothesis that reverses it.

    Args:
        leads: what is so beyond the value at which a crux flips.
    """

    def named(parameter: str) -> str:
        about = scenario.parameters[parameter].why.split(";")[0].split(". ")[0].rstrip(".")
        return f"{parameter} ({about})" if about else parameter

    def accounts(names: Sequence[str]) -> str:
        says = [scenario.hypotheses[name].says.rstrip(".") or name for name in names]
        return f"It turns round if this is so: {' or '.join(says)}."

    if deciding:
        return accounts(deciding)
    confirmed = [c for c in crux if c.confirmed and c.flips_at is not None]
    if confirmed:
        best = max(confirmed, key=lambda c: c.p_beyond or 0.0)
        chance = "" if best.p_beyond is None else f" (probability {best.p_beyond:.2g})"
        return f"{leads} where {named(best.parameter)} lies {best.direction} {best.flips_at:.3g}{chance}."
    if reversing:
        return accounts(reversing)
    tried = " or ".join(c.parameter for c in crux)
    return f"No value of {tried} that was tried turns it round." if tried and leads == "It turns round" else ""
