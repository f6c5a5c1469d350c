"""A result as a document: what the first screen and the claim tables say, in reading order.

Plain dicts and lists for the template. Choosing, ordering and wording happen here and in `sections`;
numbers are only formatted, never combined into new ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from detente.report import bargaining, graphics, sections, sources, taught, worth
from detente.report import format as fmt
from detente.report.beside import beside
from detente.report.mirror import analogies, mirror
from detente.report.words import words

VERDICTS = ("holds", "contested", "fails", "not testable yet")
TALLY = {"holds": ("holds", "hold"), "fails": ("fails", "fail")}
LEADING = 2  # rows of the first screen kept for claims on the lead event
FIRST_SCREEN = 6
ALERTS = 3  # failed checks of the fit that are told in full on the first screen

Results = Mapping[str, Any]
Section = dict[str, Any]


def document(results: Results) -> Section:
    """Everything the template shows, section by section."""
    claims = [_claim(results, name, claim) for name, claim in results["claims"].items()]
    return {
        "head": _head(results),
        "lead": _lead(results),
        "tally": tally(claims),
        "decisive": decisive(claims, first=(results.get("answer") or {}).get("claims") or ()),
        "arguments": _arguments(results, claims),
        "courses": sections.courses(results),
        "events": sections.events(results),
        "stocks": sections.stocks(results),
        "moves": sections.moves(results),
        "utilities": worth.utilities(results),
        "bargaining": bargaining.bargaining(results),
        "hypotheses": sections.hypotheses(results),
        "stretches": taught.stretches(results),
        "flips": taught.flips(results, claims),
        "open_claims": taught.open_claims(results, claims),
        "teachers": taught.teachers(results),
        "parameters": sections.parameters(results),
        "derived": sections.derived(results),
        "beside": beside(results),
        "mirror": mirror(results.get("mirror")),
        "analogies": analogies(results.get("analogies")),
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
    for argument in dict.fromkeys(row["argument"] for row in ranked):
        chosen += [row for row in ranked if row["argument"] == argument][:2]
    chosen = chosen[:limit]
    chosen += [row for row in ranked if row not in chosen][: limit - len(chosen)]
    return leading + sorted(chosen, key=lambda row: -row["decisiveness"])


def tally(claims: Sequence[Section]) -> list[Section]:
    """How many claims have each verdict: [{"verdict", "count", "text": "12 hold"}]."""
    rows = []
    for verdict in VERDICTS:
        n = sum(row["verdict"] == verdict for row in claims)
        if n:
            one, many = TALLY.get(verdict, (verdict, verdict))
            rows.append({"verdict": verdict, "count": n, "text": one if n == 1 else many})
    return rows


def _head(results: Results) -> Section:
    clock = results["clock"]
    alerts = []
    if results["status"] != "ok":
        alerts.append(f"This run did not end well (status: {results['status']}). Do not rely on its numbers.")
    if not fmt.fitted(results):
        alerts.append("The record was not fitted: after equals before, and only the assumptions speak.")
    if told := fmt.held(results):
        alerts.append(told)
    fit = results.get("fit") or {}
    failed = list(fit.get("problems") or [])
    alerts += [f"The fit failed a check of its own. {text[:1].upper()}{text[1:]}." for text in failed[:ALERTS]]
    if len(failed) > ALERTS:
        alerts.append(f"The fit failed {fmt.count(len(failed) - ALERTS, 'more check')}: see Methods and limits.")
    others = [text for text in fit.get("warnings") or [] if text not in failed]
    if others:
        alerts.append(f"The fit raised {fmt.count(len(others), 'warning')}: see Methods and limits.")
    return {
        "title": results["title"],
        "question": results.get("question") or results["title"],
        "summary": (results.get("summary") or "").strip(),
        "scenario": results["scenario"],
        "now": fmt.day(clock["now"]),
        "start": fmt.day(clock["start"]),
        "branch": fmt.day(clock["branch"]),
        "end": fmt.day(clock["end"]),
        "alerts": alerts,
        "draws": f"{results['draws']:,}",
        "futures": f"{results['futures']:,}",
    }


def lead_courses(results: Results, event: str) -> list[str]:
    """The two courses the lead figure compares: those `answer.courses` names, else the first two with the event."""
    having = [name for name, course in results["courses"].items() if event in course["events"]]
    named = [name for name in (results.get("answer") or {}).get("courses") or [] if name in having]
    return (named or having)[:2]


def _lead(results: Results) -> Section | None:
    """The figure that carries the answer: the named event, else the first event any course has."""
    answer = results.get("answer") or {}
    named = [answer.get("event"), *(event for course in results["courses"].values() for event in course["events"])]
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
        "text": answer.get("text") or "",
        "key": key,
    }


def _arguments(results: Results, claims: Sequence[Section]) -> list[Section]:
    """Each argument with its claims, ordered by part number, then as written."""
    groups = []
    for name in dict.fromkeys([*results["arguments"], *(row["argument"] for row in claims)]):
        rows = sorted((row for row in claims if row["argument"] == name), key=lambda row: _part_order(row["part"]))
        if rows:
            about = results["arguments"].get(name) or {}
            byline = ", ".join(filter(None, [about.get("by"), fmt.day(about["date"]) if about.get("date") else ""]))
            groups.append(
                {"id": name, "title": about.get("title") or name, "by": byline, "claims": rows, "tally": tally(rows)}
            )
    return groups


def _claim(results: Results, name: str, claim: Mapping[str, Any]) -> Section:
    after, before = claim.get("credence"), claim.get("credence_prior")
    testable = claim.get("test") is not None and fmt.known(after)
    return {
        "id": name,
        "anchor": "claim-" + re.sub(r"[^A-Za-z0-9_-]+", "-", name),
        "argument": claim.get("argument") or name.split("/")[0],
        "part": claim.get("part") or "",
        "says": claim["says"],
        "test": claim.get("test"),
        "untestable": claim.get("untestable") or "",
        "verdict": claim["verdict"],
        "testable": testable,
        "before": fmt.percent(before) if fmt.fitted(results) else "",
        "after": fmt.percent(after),
        "error": fmt.points(claim.get("mc_error")),
        "words": (claim.get("words") or words(after)) if testable and after is not None else "",
        "bar": graphics.credence(before, after, claim.get("mc_error")) if testable else "",
        "credence_text": _credence(results, claim),
        "bias": fmt.signed_points(claim.get("inner_bias")),
        "margin": _margin(claim.get("margin")),
        "hypotheses": _by_hypothesis(results, claim) if testable else [],
        "crux_phrase": _crux_phrase(results, claim) if testable else "",
        "crux": [_crux(results, row) for row in claim.get("crux") or []],
        "taught": taught.claim(claim) if testable else None,
        "decisiveness": _decisiveness(claim) if testable else None,
    }


def _credence(results: Results, claim: Mapping[str, Any]) -> str:
    """Credence before and after the record, and which way it went; alone where nothing was fitted."""
    before, after = claim.get("credence_prior"), fmt.percent(claim.get("credence"))
    error = fmt.points(claim.get("mc_error"))
    if not fmt.fitted(results):
        return f"Credence on the assumptions alone {after} {error}"
    full = fmt.chance(before, claim.get("credence_prior_mc_error"))
    shift = _shift(before, claim.get("credence"))
    now = fmt.day(results["clock"]["now"])
    return f"Credence before the record {full}, after it (to {now}) {after} {error}{f': {shift}' if shift else ''}"


def _shift(before: float | None, after: float | None) -> str:
    if not (fmt.known(before) and fmt.known(after)):
        return ""
    assert before is not None and after is not None
    if abs(after - before) < 0.005:
        return "the record left it where it was"
    return f"the record {'raised' if after > before else 'lowered'} it"


def _margin(margin: Mapping[str, Any] | None) -> Section | None:
    if not margin or not (fmt.known(margin.get("left")) and fmt.known(margin.get("right"))):
        return None
    return {"left": fmt.number(margin["left"]), "right": fmt.number(margin["right"])}


def _by_hypothesis(results: Results, claim: Mapping[str, Any]) -> list[Section]:
    flips = set(claim.get("flipped_by_hypothesis") or [])
    return [
        {
            "id": name,
            "says": (results["hypotheses"].get(name) or {}).get("says") or "",
            "credence": fmt.chance(p, (claim.get("by_hypothesis_mc_error") or {}).get(name)),
            "bar": graphics.share(p),
            "flips": name in flips,
        }
        for name, p in (claim.get("by_hypothesis") or {}).items()
    ]


def _crux_phrase(results: Results, claim: Mapping[str, Any]) -> str:
    """The crux in one short phrase: "flips if chill < 0.1". A confirmed flip goes before an unconfirmed one."""
    rows = [row for row in claim.get("crux") or [] if fmt.known(row.get("flips_at"))]
    rows.sort(key=lambda row: not row.get("confirmed"))
    if rows:
        return f"flips if {_beyond(results, rows[0])}" + ("" if rows[0].get("confirmed") else " (not confirmed)")
    if claim.get("flipped_by_hypothesis"):
        return f"flips if “{claim['flipped_by_hypothesis'][0]}” is true"
    tried = [row["parameter"] for row in claim.get("crux") or []]
    return f"no flip found (tried {', '.join(tried)})" if tried else "no parameter bears on it"


def _beyond(results: Results, row: Mapping[str, Any]) -> str:
    sign = "<" if row.get("direction") == "below" else ">"
    return f"{row['parameter']} {sign} {fmt.number(row['flips_at'], 2)}"


def _crux(results: Results, row: Mapping[str, Any]) -> Section:
    unit = (results["parameters"].get(row["parameter"]) or {}).get("unit")
    flips = fmt.known(row.get("flips_at"))
    sign = {"below": "below", "above": "above"}.get(row.get("direction") or "", "at")
    return {
        "parameter": row["parameter"],
        "separation": fmt.number(row.get("separation"), 2),
        "flips_at": f"{sign} {fmt.quantity(row['flips_at'], unit)}" if flips else "no flip",
        "p_beyond": fmt.percent(row.get("p_beyond")) if flips else fmt.MISSING,
        "held_at": fmt.quantity(row.get("held_at"), unit),
        "there": fmt.chance(row.get("credence_there"), row.get("credence_there_mc_error")),
        "confirmed": _confirmed(row.get("confirmed")) if flips else fmt.MISSING,
        "curve": graphics.curve(row.get("curve") or []),
        "why": row.get("why") or "",
    }


def _confirmed(value: bool | None) -> str:
    if value is None:
        return fmt.MISSING
    return "confirmed" if value else "not confirmed"


def _decisiveness(claim: Mapping[str, Any]) -> float:
    """For ordering only, never shown: distance from 50 % plus what the record moved."""
    return abs(claim["credence"] - 0.5) + (claim.get("evidence_share") or 0.0)


def _part_order(part: str) -> tuple[int, str]:
    digits = re.search(r"\d+", part)
    return (int(digits.group()) if digits else 10_000, part)
