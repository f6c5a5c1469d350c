"""An argument as it was made: its map, and its claims in the order of the source with a mark and a margin note each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detente.report import answer
from detente.report import format as fmt
from detente.report.format import Section
from detente.result import Result
from detente.result.claims import Argument, Claim, Node

MARKS = {  # standing: the sign that stands for it beside the colour, and in words
    "record": ("●", "stands on the record"),
    "assumption": ("◐", "stands on assumption"),
    "open": ("○", "open"),
    "falls": ("✕", "falls"),
    "unknown": ("?", "cannot be tested here"),
    "construction": ("=", "true or false by construction; counted nowhere"),
}
SURE = {
    "open": "asked",
    "hedged": "said with a hedge",
    "plain": "said plainly",
    "flat": "said flatly",
    "certain": "said to be certain",
}


def arguments(results: Result, anchors: Mapping[str, str], text: Sequence[str] = ()) -> list[Section]:
    """Every argument that has a map: the map, the weakest step, and the claims in reading order.

    Args:
        anchors: where the details of each claim stand on the page, by id.
        text: sentences of the source of the first argument whose claims name theirs.
    """
    attacked: dict[str, list[str]] = {}
    for argument in results.arguments.values():
        for id, node in argument.map.items():
            for target in node.attacks:
                attacked.setdefault(target, []).append(id)
    joined = {id for ids in attacked.values() for id in ids}
    out, source = [], list(text)
    for name, argument in results.arguments.items():
        if not argument.map:
            continue
        own = [id for id in argument.map if id in results.claims]
        rows = sorted(own, key=lambda id: (min(results.claims[id].sentences, default=10**6),))
        sentences = source if any(results.claims[id].sentences for id in own) else []
        source = [] if sentences else source
        out.append(
            {
                "id": name,
                "title": argument.title,
                "by": ", ".join(filter(None, [argument.by, fmt.day(argument.date)])),
                "steps": answer.steps(argument.steps),
                "advocate": _advocate(argument),
                "weakest": _weakest(results, argument, anchors),
                "minor": fmt.listed(
                    [results.claims[id].label for id in rows if _minor(argument, results.claims[id], id)]
                ),
                "tree": _tree(results, argument, argument.thesis, anchors, {argument.thesis}),
                "loose": _loose(results, argument, anchors),
                "rows": [
                    _row(results, argument, id, anchors, attacked)
                    | {
                        "source": " ".join(
                            sentences[n - 1] for n in results.claims[id].sentences if 0 < n <= len(sentences)
                        )
                    }
                    for id in rows
                ],
                "attached": bool(own)
                and all(id in joined for id in own if argument.map[id].attacks)
                and any(argument.map[id].attacks for id in own),
            }
        )
    return out


def debates(results: Result, anchors: Mapping[str, str]) -> list[Section]:
    """Every two arguments that have something to do with each other: what they share, dispute and talk past."""
    out = []
    for debate in results.debates:
        rows = [
            {
                "kind": pair.kind,
                "claims": [_side(results, id, anchors) for id in pair.claims],
                "attacked": pair.attacked,
                "says": pair.says,
                "separates": pair.separates,
            }
            for pair in debate.pairs
            if all(id in results.claims for id in pair.claims)
        ]
        if rows:
            out.append(
                {
                    "titles": [results.arguments[id].title for id in debate.arguments if id in results.arguments],
                    "attacks": debate.attacks,
                    "shared": [row for row in rows if row["kind"] == "shared premise"],
                    "disputed": [row for row in rows if row["kind"] == "true disagreement"],
                    "past": [row for row in rows if row["kind"] == "talking past each other"],
                }
            )
    return out


def _side(results: Result, id: str, anchors: Mapping[str, str]) -> Section:
    claim = results.claims[id]
    name, _, own = id.partition("/")
    return {
        "who": name,
        "label": claim.label or own,
        "says": claim.says,
        "verdict": claim.verdict,
        "anchor": anchors.get(id, ""),
    }


def legend() -> list[Section]:
    """The marks with their meaning."""
    return [{"standing": name, "mark": mark, "means": means} for name, (mark, means) in MARKS.items()]


def _advocate(argument: Argument) -> Section | None:
    """The strongest case that the record allows: what it makes true, its price, and what one would have to believe."""
    found = argument.advocate
    if found is None or not found.of:
        return None
    price = ""
    if fmt.known(found.price):
        less = fmt.number(abs(found.price), 2)
        price = f" It explains the record {'worse' if found.price > 0 else 'better'} by {less} nats than the rest."
    return {
        "line": f"In {fmt.percent(found.share)} of what the record leaves open, at least {found.at_least} of "
        f"{fmt.count(found.of, 'load-bearing claim')} that the model can test are true together.{price}",
        "beliefs": found.sentences,
    }


def _weakest(results: Result, argument: Argument, anchors: Mapping[str, str]) -> Section | None:
    id = argument.weakest
    if not id or id not in results.claims:
        return None
    claim, node = results.claims[id], argument.map.get(id)
    return {
        "label": claim.label,
        "says": claim.says,
        "anchor": anchors.get(id, ""),
        "standing": node.standing if node else "unknown",
        "means": MARKS[node.standing][1] if node else "",
        "note": _note(results, claim),
    }


def _tree(results: Result, argument: Argument, id: str, anchors: Mapping[str, str], seen: set[str]) -> Section | None:
    """A claim with what carries it, each claim once: under the first claim that it supports."""
    if id not in results.claims:
        return None
    below = []
    for other, node in argument.map.items():
        if other not in seen and id in node.supports and next(iter(node.supports)) == id:
            seen.add(other)
            found = _tree(results, argument, other, anchors, seen)
            if found:
                below.append(found | {"link": node.supports[id]})
    below.sort(key=lambda item: (item["link"] != "linked", bool(item["below"])))
    return _chip(results, argument, id, anchors) | {"below": below, "link": ""}


def _loose(results: Result, argument: Argument, anchors: Mapping[str, str]) -> list[Section]:
    """Claims that support nothing, the thesis apart."""
    return [
        _chip(results, argument, id, anchors)
        for id, node in argument.map.items()
        if not node.supports and id != argument.thesis and id in results.claims
    ]


def _chip(results: Result, argument: Argument, id: str, anchors: Mapping[str, str]) -> Section:
    claim, node = results.claims[id], argument.map[id]
    mark, means = MARKS[node.standing]
    return {
        "id": id,
        "label": claim.label or id.partition("/")[2],
        "says": claim.says,
        "anchor": anchors.get(id, ""),
        "standing": node.standing,
        "mark": mark,
        "title": f"{claim.says} ({claim.verdict}; {means})",
        "bearing": node.load_bearing,
        "weakest": id == argument.weakest,
        "conclusion": claim.kind == "conclusion",
    }


def _row(
    results: Result, argument: Argument, id: str, anchors: Mapping[str, str], attacked: Mapping[str, list[str]]
) -> Section:
    claim, node = results.claims[id], argument.map[id]
    return _chip(results, argument, id, anchors) | {
        "sentences": fmt.listed([str(n) for n in claim.sentences]),
        "sentence_numbers": claim.sentences,
        "part": claim.part,
        "kind": claim.kind or "claim",
        "asserts": SURE.get(claim.asserts, ""),
        "verdict": claim.verdict,
        "near": claim.near,
        "fairness": "" if claim.fairness in (None, "fair") else claim.fairness,
        "note": _note(results, claim),
        "minor": _minor(argument, claim, id),
        "carries": _carries(results, node),
        "answers": [_answered(results, other, anchors) for other in attacked.get(id, []) if other in results.claims],
        "attacks": [results.claims[t].label or t for t in node.attacks if t in results.claims],
    }


def _minor(argument: Argument, claim: Claim, id: str) -> bool:
    """Whether a claim is a fact that sources confirm and nothing hangs on: paper only names it."""
    return claim.verdict == "confirmed" and not argument.map[id].load_bearing and bool(claim.label)


def _carries(results: Result, node: Node) -> str:
    names = [results.claims[t].label or t.partition("/")[2] for t in node.supports if t in results.claims]
    return fmt.listed(names)


def _answered(results: Result, id: str, anchors: Mapping[str, str]) -> Section:
    """A claim of another argument that disputes this one."""
    claim = results.claims[id]
    home = results.arguments[id.partition("/")[0]]
    node = home.map.get(id) or Node(standing="unknown")
    return {
        "says": claim.says,
        "verdict": claim.verdict,
        "standing": node.standing,
        "mark": MARKS[node.standing][0],
        "note": _note(results, claim),
        "anchor": anchors.get(id, ""),
        "near": claim.near,
        "argument": id.partition("/")[0],
    }


def _note(results: Result, claim: Claim) -> str:
    """What is in the margin: how large, how sure, on what; or why it has no test."""
    if claim.kind == "conclusion":
        return "No verdict of its own: it stands on what carries it."
    if claim.dial is not None:
        return _dial(results, claim)
    if claim.untestable:
        return f"No test: {claim.untestable.rstrip('.')}."
    if claim.test is None:
        return _checked(claim)
    told = []
    if claim.size is not None:
        told.append(_size(claim))
    if fmt.known(claim.credence):
        before = f", {fmt.percent(claim.credence_prior)} before the record" if fmt.fitted(results) else ""
        told.append(f"Credence {fmt.percent(claim.credence)}{before}.")
    if fmt.known(claim.same):
        told.append(f"About the same in {fmt.percent(claim.same)}.")
    if claim.basis and (fmt.fitted(results) or claim.basis == "construction"):
        told.append(f"{answer.BASES[claim.basis]}.")
    return " ".join(told)


def _size(claim: Claim) -> str:
    size = claim.size
    assert size is not None
    if claim.test and "P(" in claim.test and all(_is_chance(side.mean) for side in (size.left, size.right)):
        left, right = answer.odds(size.left.mean, size.right.mean)
    else:
        left, right = fmt.number(size.left.mean), fmt.number(size.right.mean)
    return f"{left} against {right}."


def _is_chance(value: float | None) -> bool:
    return fmt.known(value) and 0 <= value <= 1


def _dial(results: Result, claim: Claim) -> str:
    dial = claim.dial
    assert dial is not None
    moved = [
        f"{results.claims[row.claim].label or row.claim} {fmt.percent(row.at_low)} to {fmt.percent(row.at_high)}"
        for row in dial.moves
        if row.claim in results.claims
    ]
    reach = f"{dial.parameter} from {fmt.number(dial.low)} to {fmt.number(dial.high)}"
    return f"Yours to weigh: {reach}" + (f" moves {fmt.listed(moved)}." if moved else " moves no claim that is tested.")


def _checked(claim: Claim) -> str:
    if not claim.check:
        return "No source was looked up."
    counts = {word: sum(row.finds == word for row in claim.check) for word in ("confirms", "disputes", "refutes")}
    words = [f"{n} {word if n == 1 else word.removesuffix('s')}" for word, n in counts.items() if n]
    best = min(claim.check, key=lambda row: row.grade)
    return f"Of {fmt.count(len(claim.check), 'source')} {fmt.listed(words)}; best: {best.source} ({best.grade})."
