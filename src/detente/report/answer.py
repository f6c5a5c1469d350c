"""The answer on the first screen: a bottom line for each outcome of the question, and the crux of the quarrel."""

from __future__ import annotations

from detente.report import format as fmt
from detente.report.format import Section
from detente.report.words import words
from detente.result import Result
from detente.result.claims import Answer, Argument, Claim, Side, Steps

BASES = {
    "record": "The record bears this out",
    "assumption": "This rests on assumption: the record hardly bears on it",
    "construction": "This is so by construction of the model",
}
COMMON = 0.05  # chances below it are told as so many in a thousand


def answer(results: Result) -> list[Section]:
    """A row for each outcome of the question: the bottom line and the sizes behind it."""
    return [_outcome(results, row) for row in results.answer]


def _outcome(results: Result, row: Answer) -> Section:
    courses, sizes = list(results.courses), list(row.by_course.values())
    chance = _is_chance(row)
    told = odds(*(side.mean for side in sizes)) if chance else [fmt.number(side.mean) for side in sizes]
    return {
        "outcome": row.outcome,
        "heading": row.says or row.outcome,
        "line": _line(results, row, chance),
        "basis": BASES.get(row.basis or "", "") if fmt.fitted(results) or row.basis == "construction" else "",
        "basis_word": row.basis or "",
        "sizes": [
            {
                "index": courses.index(course) if course in courses else 0,
                "name": results.courses[course].name if course in results.courses else course,
                "value": value,
                "error": _error(side, chance),
                "range": _range(side, chance),
                "compared": course in row.compared,
            }
            for (course, side), value in zip(row.by_course.items(), told, strict=True)
        ],
        "changed_by": row.changed_by,
        "test": row.test,
    }


def summary(results: Result) -> str:
    """The whole answer in one sentence for each outcome."""
    told = []
    for row in results.answer:
        if len(row.compared) != 2 or row.difference is None or not fmt.known(row.difference.mean):
            continue
        left, right = (row.by_course[course].mean for course in row.compared)
        sizes = odds(left, right) if _is_chance(row) else [fmt.number(left), fmt.number(right)]
        change, error = row.difference.mean, row.difference.mc_error or 0.0
        way = "no different" if abs(change) <= 2 * error else "more likely" if change > 0 else "less likely"
        if not _is_chance(row):
            way = way.replace(" likely", "")
        small = fmt.known(row.same) and row.same > 0.5
        on = {"record": "on the record", "assumption": "by assumption"}.get(row.basis or "", "by construction")
        told.append(
            f"{row.says or row.outcome}: {way} ({sizes[0]}, not {sizes[1]}), {on}"
            f"{'; most versions of the model see no real difference' if small else ''}."
        )
    return " ".join(told)


def _is_chance(row: Answer) -> bool:
    """Whether an outcome is a probability: of something that happens, or that some terms suit everybody."""
    return row.test.lstrip().startswith(("P(", "S(zone "))


def _line(results: Result, row: Answer, chance: bool) -> str:
    """The bottom line: which way, by how much, how sure."""
    if len(row.compared) != 2 or row.difference is None or not fmt.known(row.difference.mean):
        return ""
    first, second = row.compared
    left, right = (row.by_course[course].mean for course in (first, second))
    change, error = row.difference.mean, row.difference.mc_error
    if fmt.known(error) and abs(change) <= 2 * error:
        way = "No difference that this run can tell"
    else:
        way = ("More likely" if change > 0 else "Less likely") if chance else ("More" if change > 0 else "Less")
    sizes = odds(left, right) if chance else [fmt.number(left), fmt.number(right)]
    names = f"{_short(results, first)} against {_short(results, second)}"
    return f"{way}: {sizes[0]} against {sizes[1]} ({names}). {_sure(results, row, chance)}".strip()


def _sure(results: Result, row: Answer, chance: bool) -> str:
    """How many versions of the model agree: in three numbers where a smallest difference is named."""
    versions = f"{results.draws:,} versions of the model, by their weight"
    if fmt.known(row.margin) and fmt.known(row.more) and fmt.known(row.same) and fmt.known(row.less):
        points = chance and row.margin >= 0.01
        least = f"{100 * row.margin:g} points" if points else odds(row.margin)[0] if chance else fmt.number(row.margin)
        ways = ("more likely", "less likely") if chance else ("more", "less")
        return (
            f"Across {versions}: {fmt.percent(row.more)} have it {ways[0]} by {least} or more, "
            f"{fmt.percent(row.less)} {ways[1]}, {fmt.percent(row.same)} about the same."
        )
    if fmt.known(row.credence):
        return f"{fmt.percent(row.credence)} of {versions}, agree ({words(row.credence)})."
    return ""


def _short(results: Result, course: str) -> str:
    """A course's name in the middle of a sentence."""
    name = results.courses[course].name if course in results.courses else course
    return name[:1].lower() + name[1:] if name[:2] != name[:2].upper() else name


def odds(*chances: float | None) -> list[str]:
    """Chances in one form that tells them apart: "36%", or "14 in 1,000" where all are small."""
    found = [p for p in chances if fmt.known(p)]
    if not found or max(found) >= COMMON:
        return [fmt.percent(p) for p in chances]
    base = 1_000
    while base < 1_000_000 and max(found) * base < 0.95:
        base *= 10
    return [f"{_count(p * base)} in {base:,}" if fmt.known(p) else fmt.MISSING for p in chances]


def _count(value: float) -> str:
    return f"{value:.0f}" if value >= 3 else f"{value:.2g}"


def _error(side: Side, chance: bool) -> str:
    if not fmt.known(side.mc_error):
        return ""
    return fmt.points(side.mc_error) if chance else fmt.plus_minus(side.mc_error)


def _range(side: Side, chance: bool) -> str:
    if not (fmt.known(side.q05) and fmt.known(side.q95)):
        return ""
    return fmt.chance_range(side.q05, side.q95) if chance else fmt.interval(side.q05, side.q95)


def quarrel(results: Result) -> str:
    """The crux of the quarrel: of the load-bearing steps in dispute the most open one, and what decides it."""
    disputes = []
    for argument in results.arguments.values():
        for id, node in argument.map.items():
            for target in node.attacks:
                claim, home = results.claims.get(target), _home(results, target)
                if claim is None or home is None or not fmt.known(claim.credence):
                    continue
                place = home.map.get(target)
                bearing = bool(place and place.load_bearing)
                flips = any(fmt.known(row.flips_at) for row in claim.crux) or bool(claim.flipped_by_hypothesis)
                disputes.append((not flips, not bearing, abs(claim.credence - 0.5), target, id))
    if not disputes:
        return ""
    *_, target, by = min(disputes)
    claim, other = results.claims[target], results.claims[by]
    return f"“{claim.says.rstrip('.')}” against “{other.says.rstrip('.')}”. {_decides(results, claim)}".strip()


def _home(results: Result, claim: str) -> Argument | None:
    return results.arguments.get(claim.partition("/")[0])


def _decides(results: Result, claim: Claim) -> str:
    """What would turn a claim's verdict."""
    rows = sorted((row for row in claim.crux if fmt.known(row.flips_at)), key=lambda row: not row.confirmed)
    if rows:
        row = rows[0]
        about = results.parameters.get(row.parameter)
        why = about.why.split(";")[0].rstrip(".") if about else ""
        named = f"{why} ({row.parameter})" if why else row.parameter
        at = f"{row.direction} {fmt.quantity(row.flips_at, about.unit if about else '')}".capitalize()
        return f"It turns on this: {named}. {at} the answer changes; the chance of that is {fmt.percent(row.p_beyond)}."
    if claim.flipped_by_hypothesis:
        name = claim.flipped_by_hypothesis[0]
        says = results.hypotheses[name].says if name in results.hypotheses else name
        return f"It turns on which account is true: if “{says.rstrip('.')}”, the answer changes."
    return ""


def steps(found: Steps | None) -> str:
    """How many load-bearing steps stand on what, in a sentence."""
    if found is None:
        return ""
    total = found.record + found.assumption + found.open + found.falls + found.unknown
    if not total:
        return ""
    kinds = (
        (found.record, "stands on the record", "stand on the record"),
        (found.assumption, "on assumption", "on assumption"),
        (found.open, "is open", "are open"),
        (found.falls, "falls", "fall"),
        (found.unknown, "cannot be tested here", "cannot be tested here"),
    )
    parts = [f"{n} {one if n == 1 else many}" for n, one, many in kinds if n]
    return f"Of {fmt.count(total, 'load-bearing step')} {fmt.listed(parts)}."
