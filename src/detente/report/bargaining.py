"""The bargaining section of the report. Formatting only."""

from __future__ import annotations

from collections.abc import Mapping

from detente.report import format as fmt
from detente.report.figures.bargaining import empty_zone, term_in_zone
from detente.report.format import Section
from detente.result import Result
from detente.result.bargaining import Bargaining, DatedBargain, Offer, TermInZone
from detente.result.parts import Estimate
from detente.result.run import BargainResult


def bargaining(results: Result | BargainResult) -> Section | None:
    """What the section shows; None without a settlement."""
    found = results.bargaining
    if not found:
        return None
    order = {name: index for index, name in enumerate(results.courses)}
    courses = found.courses
    names = {name: results.courses[name].name or name for name in courses}
    chip = bool(found.chip)
    actors = results.actors
    parties = [{"id": party, "name": actors.get(party) or party} for party in found.parties]
    return {
        "parties": parties,
        "chip": [f"{stock} = {fmt.number(value)}" for stock, value in found.chip.items()],
        "horizon": found.horizon_steps,
        "step_days": results.clock.step_days,
        "draws": f"{found.draws:,}",
        "states": found.states,
        "rollouts": found.rollouts,
        "method": found.method,
        "why": found.why,
        "source": found.source,
        "courses": [{"id": name, "index": order[name], "name": names[name]} for name in courses],
        "empty": empty_zone(courses, order, names, chip=chip).svg() if courses else "",
        "terms": [
            {
                "id": term,
                "says": about.says,
                "unit": fmt.unit(about.unit),
                "choices": fmt.listed([fmt.number(v) for v in about.values], "or"),
                "range": fmt.interval(about.low, about.high),
                "panel": term_in_zone(courses, order, names, term, fmt.unit(about.unit)).svg() if courses else "",
            }
            for term, about in found.terms.items()
        ],
        "rows": [
            {
                "index": order[name],
                "name": results.courses[name].name or name,
                "points": [_point(found, point) for point in points],
            }
            for name, points in courses.items()
        ],
        "gives": _gives(found, results, order),
        "offers": [_offer(found, name, offer, results, order) for name, offer in found.announced.items()],
    }


def _point(found: Bargaining, point: DatedBargain) -> Section:
    aside = point.without_chip
    return {
        "date": fmt.day(point.date),
        "mark": point.mark,
        "empty": fmt.chance(point.p_empty.value, point.p_empty.mc_error),
        "aside": fmt.chance(aside.p_empty.value, aside.p_empty.mc_error) if aside else "",
        "over": fmt.percent(point.over.value),
        "terms": [
            {
                "nash": _number(point.terms[term].nash),
                "range": _range(point.terms[term]),
            }
            for term in found.terms
        ],
        "gains": [_number(point.parties[party].gain) for party in found.parties],
    }


def _range(entry: TermInZone) -> str:
    low, high = entry.low.value, entry.high.value
    return f"{fmt.number(low, 2)} to {fmt.number(high, 2)}" if fmt.known(low) else ""


def _number(entry: Estimate) -> str:
    error = entry.mc_error
    plus_minus = f"±{fmt.number(error, 1)}" if fmt.known(error) else ""
    return f"{fmt.number(entry.value, 2)} {plus_minus}".strip()


def _gives(found: Bargaining, results: Result | BargainResult, order: Mapping[str, int]) -> list[Section]:
    """Who gives what at the Nash point of the day `now`, else of the first day looked at."""
    rows = []
    for name, points in found.courses.items():
        point = next((p for p in points if p.mark == "now"), points[0])
        rows.append(
            {
                "index": order[name],
                "name": results.courses[name].name or name,
                "date": fmt.day(point.date),
                "terms": [
                    {
                        "id": term,
                        "otherwise": fmt.number(point.terms[term].otherwise.value),
                        "nash": _number(point.terms[term].nash),
                        "worth": [fmt.signed(point.terms[term].worth[party].value, 2) for party in found.parties],
                    }
                    for term in found.terms
                ],
            }
        )
    return rows


def _offer(
    found: Bargaining, name: str, offer: Offer, results: Result | BargainResult, order: Mapping[str, int]
) -> Section:
    rows = []
    for course, points in found.courses.items():
        for point in points[:1]:
            judged = point.announced[name]
            rows.append(
                {
                    "index": order[course],
                    "name": results.courses[course].name or course,
                    "date": fmt.day(point.date),
                    "parties": [
                        {
                            "better": fmt.chance(judged[p].p_better.value, judged[p].p_better.mc_error),
                            "gain": fmt.signed(judged[p].gain.value),
                        }
                        for p in found.parties
                    ],
                }
            )
    terms = ", ".join(f"{term} {fmt.number(value)}" for term, value in offer.terms.items())
    return {
        "id": name,
        "says": offer.says,
        "date": fmt.day(offer.date),
        "source": "; ".join(offer.source),
        "terms": terms,
        "rows": rows,
    }
