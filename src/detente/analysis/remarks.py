"""What an honest reader of a result would also say of it: remarks that need a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from detente.language.lint_claims import courses_of, lint_claims, moves_named
from detente.language.records import EVENT_TRACK, Scenario
from detente.language.syntax import Binary, Expectation, Name, Node, Number, Probability
from detente.result.claims import Claim
from detente.result.run import Course, Result

SURE = 0.05  # of a prior credence: outside this and its complement the scenario had decided before the record spoke
SATURATED = 0.95
YEAR = 365.25


def remarks(scenario: Scenario, result: Result) -> list[str]:
    """One sentence per weakness of the claims: those that need no run, then those that do."""
    found = lint_claims(scenario)
    for id, claim in result.claims.items():
        found += [f"claim `{id}` {sentence}" for sentence in (*_verdict(claim), *_saturated(scenario, id, claim))]
    return [*found, *_off_range(scenario), *_unlikely_moves(scenario, result), *_never_seen(scenario, result)]


def _verdict(claim: Claim) -> Iterable[str]:
    prior = claim.credence_prior
    if prior is not None and not SURE <= prior <= 1 - SURE:
        yield f"was decided before the record: its credence was {prior:.0%} by the priors alone"
    if claim.near:
        yield f"has a verdict within two errors of a threshold: {claim.verdict}"
    if claim.judge_differs:
        other = "draw by draw" if claim.judge == "average" else "by the average"
        yield f"would be judged otherwise {other}: say `judge`, and why"


def _saturated(scenario: Scenario, id: str, claim: Claim) -> Iterable[str]:
    """A comparison of two chances that are both next to certain: its date comes too late to tell them apart."""
    tree = _trees(scenario).get(id)
    if isinstance(tree, Binary) and claim.size and claim.size.left.mean and claim.size.right.mean:
        sides = tree.left, tree.right
        both = min(claim.size.left.mean, claim.size.right.mean)
        if all(isinstance(side, Probability) for side in sides) and both > SATURATED:
            yield f"compares chances that are both above {SATURATED:.0%}: ask for an earlier day, or for when"


def _trees(scenario: Scenario) -> dict[str, Node]:
    return {claim.id: claim.test.tree for claim in scenario.claims if claim.test}


def _off_range(scenario: Scenario) -> Iterator[str]:
    """Comparisons of a quantity with a number that it cannot reach."""
    for id, tree in _trees(scenario).items():
        if not isinstance(tree, Binary):
            continue
        for side, other in ((tree.left, tree.right), (tree.right, tree.left)):
            if isinstance(other, Number) and (bounds := _range(scenario, side)):
                what, low, high = bounds
                if not low <= other.value <= high:
                    yield f"claim `{id}` compares {what} with {other.value:g}, off its range, {low:g} to {high:g}"


def _range(scenario: Scenario, side: Node) -> tuple[str, float, float] | None:
    if isinstance(side, Probability):
        return "a chance", 0, 1
    if isinstance(side, Expectation) and isinstance(side.value, Name) and side.value.id in scenario.stocks:
        stock = scenario.stocks[side.value.id]
        return f"`{stock.id}`", stock.low, stock.high
    return None


def _unlikely_moves(scenario: Scenario, result: Result) -> Iterator[str]:
    """Moves that a claim speaks of, and that hardly come in any of its courses."""
    for claim in scenario.claims:
        courses = [result.courses[id] for id in sorted(courses_of(claim)) if id in result.courses]
        for track, move in moves_named(scenario, claim) if courses else ():
            forced = any((one.track, one.move) == (track, move) for course in courses for one in course.forced)
            chance = max((_chance(course, track, move) for course in courses), default=0)
            if not forced and chance < 0.5:
                what = f"speaks of `{track}:{move}`, which none of its courses forces"
                yield f"claim `{claim.id}` {what} and which comes with a chance of {chance:.0%} at most"


def _chance(course: Course, track: str, move: str) -> float:
    use = course.moves.get(track, {}).get(move)
    return (use.p or 0) if use else 0


def _never_seen(scenario: Scenario, result: Result) -> Iterator[str]:
    """Events and moves likelier than not within a year under every course, though the record has seen one at most."""
    seen = Counter((row.track, row.move) for row in scenario.ledger)
    if not scenario.ledger or not result.courses:
        return
    for what, by_course in _all_chances(result).items():
        track, move = what
        forced = any((one.track, one.move) == what for course in result.courses.values() for one in course.forced)
        least = min(by_course, default=0)
        if len(by_course) == len(result.courses) and least > 0.5 and seen[what] < 2 and not forced:
            name = move if track == EVENT_TRACK else f"{track}:{move}"
            rows = "no row" if not seen[what] else "one row"
            yield f"`{name}` comes within a year with a chance of at least {least:.0%}, and the record has {rows} of it"


def _all_chances(result: Result) -> Mapping[tuple[str, str], list[float]]:
    """Chances within a year from the branch, or as much of it as is played, of every event and move, by course."""
    found: dict[tuple[str, str], list[float]] = {}
    for course in result.courses.values():
        for event, chance in course.events.items():
            within = [
                p
                for day, p in zip(chance.by_date.dates, chance.by_date.p, strict=True)
                if p is not None and (day - course.branch).days <= YEAR
            ]
            found.setdefault((EVENT_TRACK, event), []).append(max(within, default=0))
        days = (result.clock.end - course.branch).days
        for track, moves in course.moves.items():
            for move, use in moves.items():
                never = max(0.0, 1 - (use.p or 0))  # as if its chance were the same in every step
                found.setdefault((track, move), []).append(1 - never ** min(1, YEAR / days))
    return found
