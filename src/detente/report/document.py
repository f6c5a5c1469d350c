"""A result as a document: what the first screen and the claim tables say, in reading order.

Plain dicts and lists for the template. Choosing, ordering and wording happen here and in `sections`;
numbers are only formatted, never combined into new ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import get_args

from detente.report import answer, argument, bargaining, graphics, influence, sections, sources, utilities
from detente.report import format as fmt
from detente.report.companions import companions
from detente.report.format import Section
from detente.report.mirror import analogies, mirror
from detente.report.words import words
from detente.result import Result
from detente.result.claims import Claim, Crux, Means, Verdict

TALLY = {
    "holds": ("holds", "hold"),
    "leans towards": ("leans towards", "lean towards"),
    "leans against": ("leans against", "lean against"),
    "fails": ("fails", "fail"),
    "stands on its steps": ("conclusion", "conclusions"),
}
LEADING = 2  # rows of the first screen kept for claims on the lead event
FIRST_SCREEN = 6
ALERTS = 3  # failed checks of the fit that are told in full on the first screen


def document(results: Result, text: Sequence[str] = ()) -> Section:
    """Everything the template shows, section by section.

    Args:
        text: sentences of an argument's source, to stand beside its claims.
    """
    claims = [_claim(results, name, claim) for name, claim in results.claims.items()]
    anchors = {row["id"]: row["anchor"] for row in claims}
    return {
        "answer": answer.answer(results),
        "in_short": answer.summary(results),
        "quarrel": answer.quarrel(results),
        "argued": argument.arguments(results, anchors, text),
        "debates": argument.debates(results, anchors),
        "legend": argument.legend(),
        "head": _head(results),
        "lead": _lead(results),
        "tally": tally(claims),
        "decisive": decisive(claims, first=results.lead.claims),
        "arguments": _arguments(results, claims),
        "courses": sections.courses(results),
        "events": sections.events(results),
        "stocks": sections.stocks(results),
        "moves": sections.moves(results),
        "utilities": utilities.utilities(results),
        "bargaining": bargaining.bargaining(results),
        "hypotheses": sections.hypotheses(results),
        "stretches": influence.windows(results),
        "flips": influence.flips(results, claims),
        "open_claims": influence.open_claims(results, claims),
        "teachers": influence.teachers(results),
        "parameters": sections.parameters(results),
        "derived": sections.derived(results),
        "beside": companions(results),
        "mirror": mirror(results.mirror),
        "analogies": analogies(results.analogies, results.analogies_missing),
        "assumptions": sections.assumptions(results),
        "ledger": sources.ledger(results),
        "quantities": sources.quantities(results),
        "yardstick": sections.yardstick(),
        "methods": sections.methods(results),
        "provenance": sections.provenance(results),
    }


def decisive(claims: Sequence[Section], limit: int = FIRST_SCREEN, first: Sequence[str] = ()) -> list[Section]:
    """The claims for the first screen: on the figure's question, then those on which the run says most.

    `first` names the claims that compare courses on the lead event; up to `LEADING` of them come first, in their
    order. The rest are far from 50 %, and moved far by the record; no argument is left out: while there is room, each
    gives its most decisive claims first, then the others follow by score.
    """
    ranked = sorted((row for row in claims if row["decisiveness"] is not None), key=lambda row: -row["decisiveness"])
    leading = [row for name in first for row in ranked if row["id"] == name][:LEADING]
    limit, ranked = limit - len(leading), [row for row in ranked if row not in leading]
    chosen: list[Section] = []
    for name in dict.fromkeys(row["argument"] for row in ranked):
        chosen += [row for row in ranked if row["argument"] == name][:2]
    chosen = chosen[:limit]
    chosen += [row for row in ranked if row not in chosen][: limit - len(chosen)]
    return leading + sorted(chosen, key=lambda row: -row["decisiveness"])


def tally(claims: Sequence[Section]) -> list[Section]:
    """How many claims have each verdict: [{"verdict", "count", "text": "12 hold"}]; apart, those by construction."""
    rows = []
    apart = [row for row in claims if row["basis"] == "construction"]
    claims = [row for row in claims if row["basis"] != "construction"]
    for verdict in get_args(Verdict):
        n = sum(row["verdict"] == verdict for row in claims)
        if n:
            one, many = TALLY.get(verdict, (verdict, verdict))
            rows.append({"verdict": verdict, "count": n, "text": one if n == 1 else many})
    if apart:
        rows.append({"verdict": "construction", "count": len(apart), "text": "by construction"})
    return rows


def _head(results: Result) -> Section:
    clock = results.clock
    alerts = []
    if results.status != "ok":
        alerts.append(f"This run did not end well (status: {results.status}). Do not rely on its numbers.")
    if not fmt.fitted(results):
        alerts.append(fmt.BEFORE)
    if told := fmt.held(results):
        alerts.append(told)
    failed = results.fit.problems
    alerts += [f"The fit failed a check of its own. {text[:1].upper()}{text[1:]}." for text in failed[:ALERTS]]
    if len(failed) > ALERTS:
        alerts.append(f"The fit failed {fmt.count(len(failed) - ALERTS, 'more check')}: see Methods and limits.")
    return {
        "title": results.title,
        "question": results.question or results.title,
        "summary": results.summary.strip(),
        "scenario": results.scenario,
        "now": fmt.day(clock.now),
        "start": fmt.day(clock.start),
        "branch": fmt.day(clock.branch),
        "end": fmt.day(clock.end),
        "alerts": alerts,
        "draws": f"{results.draws:,}",
        "futures": f"{results.futures:,}",
    }


def lead_courses(results: Result, event: str) -> list[str]:
    """The two courses the lead figure compares: those `lead.courses` names, else the first two with the event."""
    having = [name for name, course in results.courses.items() if event in course.events]
    named = [name for name in results.lead.courses if name in having]
    return (named or having)[:2]


def _lead(results: Result) -> Section | None:
    """The figure that carries the answer: the named event, else the first event any course has."""
    named = [results.lead.event, *(event for course in results.courses.values() for event in course.events)]
    event = next((name for name in named if name and sections.has_curve(results, name)), None)
    if event is None:
        return None
    shown = lead_courses(results, event)
    key = [row for row in sections.event_key(results, event) if row["id"] in shown]
    says = next((row["says"] for row in key if row["says"]), "")
    return {
        "event": event,
        "courses": shown,
        "says": says,
        "heading": says.rstrip(" ."),
        "text": results.lead.text,
        "key": key,
    }


def _arguments(results: Result, claims: Sequence[Section]) -> list[Section]:
    """Each argument with its claims, ordered by part number, then as written."""
    groups = []
    for name in dict.fromkeys([*results.arguments, *(row["argument"] for row in claims)]):
        rows = sorted((row for row in claims if row["argument"] == name), key=lambda row: _part_order(row["part"]))
        if rows:
            about = results.arguments.get(name)
            byline = ", ".join(filter(None, [about.by, fmt.day(about.date)])) if about else ""
            title = about.title if about else ""
            groups.append({"id": name, "title": title or name, "by": byline, "claims": rows, "tally": tally(rows)})
    return groups


def _claim(results: Result, name: str, claim: Claim) -> Section:
    after, before = claim.credence, claim.credence_prior
    testable = claim.test is not None and fmt.known(after)
    return {
        "id": name,
        "anchor": "claim-" + re.sub(r"[^A-Za-z0-9_-]+", "-", name),
        "argument": claim.argument or name.split("/")[0],
        "part": claim.part,
        "says": claim.says,
        "test": claim.test,
        "untestable": claim.untestable,
        "verdict": claim.verdict,
        "basis": claim.basis or "",
        "testable": testable,
        "before": fmt.percent(before) if fmt.fitted(results) else "",
        "after": fmt.percent(after),
        "error": fmt.points(claim.mc_error),
        "words": (claim.words or words(after)) if testable and fmt.known(after) else "",
        "bar": graphics.credence(before, after, claim.mc_error) if testable else "",
        "credence_text": _credence(results, claim),
        "bias": fmt.signed_points(claim.inner_bias),
        "margin": _margin(claim.margin),
        "hypotheses": _by_hypothesis(results, claim) if testable else [],
        "crux_phrase": _crux_phrase(results, claim) if testable else "",
        "crux": [_crux(results, row) for row in claim.crux],
        "taught": influence.claim(claim) if testable else None,
        "decisiveness": _decisiveness(claim) if testable and claim.basis != "construction" else None,
    }


def _credence(results: Result, claim: Claim) -> str:
    """Credence before and after the record, and which way it went; alone where nothing was fitted."""
    before, after = claim.credence_prior, fmt.percent(claim.credence)
    error = fmt.points(claim.mc_error)
    if not fmt.fitted(results):
        return f"Credence {after} {error}, before the record"
    full = fmt.chance(before, claim.credence_prior_mc_error)
    shift = _shift(before, claim.credence)
    now = fmt.day(results.clock.now)
    return f"Credence before the record {full}, after it (to {now}) {after} {error}{f': {shift}' if shift else ''}"


def _shift(before: float | None, after: float | None) -> str:
    if not (fmt.known(before) and fmt.known(after)):
        return ""
    if abs(after - before) < 0.005:
        return "the record left it where it was"
    return f"the record {'raised' if after > before else 'lowered'} it"


def _margin(margin: Means | None) -> Section | None:
    if not margin or not (fmt.known(margin.left) and fmt.known(margin.right)):
        return None
    return {"left": fmt.number(margin.left), "right": fmt.number(margin.right)}


def _by_hypothesis(results: Result, claim: Claim) -> list[Section]:
    flips = set(claim.flipped_by_hypothesis)
    return [
        {
            "id": name,
            "says": results.hypotheses[name].says if name in results.hypotheses else "",
            "credence": fmt.chance(p, claim.by_hypothesis_mc_error.get(name)),
            "bar": graphics.share(p),
            "flips": name in flips,
        }
        for name, p in claim.by_hypothesis.items()
    ]


def _crux_phrase(results: Result, claim: Claim) -> str:
    """The crux in one short phrase: "flips if chill < 0.1". A confirmed flip goes before an unconfirmed one."""
    if claim.decided_by:
        return f"flips if “{claim.decided_by[0]}” is true"
    rows = [row for row in claim.crux if fmt.known(row.flips_at)]
    rows.sort(key=lambda row: not row.confirmed)
    if rows:
        return f"flips if {_beyond(results, rows[0])}" + ("" if rows[0].confirmed else " (not confirmed)")
    if claim.flipped_by_hypothesis:
        return f"flips if “{claim.flipped_by_hypothesis[0]}” is true"
    tried = [row.parameter for row in claim.crux]
    return f"no flip found (tried {', '.join(tried)})" if tried else "no parameter bears on it"


def _beyond(results: Result, row: Crux) -> str:
    sign = "<" if row.direction == "below" else ">"
    return f"{row.parameter} {sign} {fmt.number(row.flips_at, 2)}"


def _crux(results: Result, row: Crux) -> Section:
    unit = results.parameters[row.parameter].unit if row.parameter in results.parameters else ""
    flips = fmt.known(row.flips_at)
    sign = {"below": "below", "above": "above"}.get(row.direction, "at")
    return {
        "parameter": row.parameter,
        "separation": fmt.number(row.separation, 2),
        "flips_at": f"{sign} {fmt.quantity(row.flips_at, unit)}" if flips else "no flip",
        "p_beyond": fmt.percent(row.p_beyond) if flips else fmt.MISSING,
        "held_at": fmt.quantity(row.held_at, unit),
        "there": fmt.chance(row.credence_there, row.credence_there_mc_error),
        "confirmed": ("confirmed" if row.confirmed else "not confirmed") if flips else fmt.MISSING,
        "curve": graphics.curve(row.curve),
        "why": row.why,
    }


def _decisiveness(claim: Claim) -> float:
    """For ordering only, never shown: distance from 50 % plus what the record moved."""
    return abs((claim.credence or 0.0) - 0.5) + (claim.evidence_share or 0.0)


def _part_order(part: str) -> tuple[int, str]:
    digits = re.search(r"\d+", part)
    return (int(digits.group()) if digits else 10_000, part)
