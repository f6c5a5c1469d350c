"""What a scenario holds, as plain rows: `detente check` prints them, and nothing here knows how."""

from __future__ import annotations

from collections import Counter

from detente.language.argument import Claim
from detente.language.records import CONTEXT_TRACK, EVENT_TRACK, Course, Forecasts, Scenario, Settlement
from detente.result.parts import Json


def summary(scenario: Scenario) -> Json:
    """Return the contents of a scenario: strings and numbers under section names, and lists of rows (dicts).

    Sections: `id`, `title`, `question`, `sha256`, `clock`, `actors`, `parameters`, `stocks`, `ladder` (moves by
    rung, with how often the ledger has them), `events`, `hypotheses`, `courses`, `claims`, `ledger`, `quantities`,
    `forecasts`, `settlement`.
    """
    clock = scenario.clock
    times = Counter((row.track, row.move) for row in scenario.ledger)
    weight = sum(hypothesis.weight for hypothesis in scenario.hypotheses.values())
    return {
        "id": scenario.id,
        "title": scenario.title,
        "question": scenario.question,
        "sha256": scenario.sha256,
        "clock": {
            "start": str(clock.start),
            "branch": str(clock.branch),
            "now": str(clock.now),
            "end": str(clock.end),
            "step_days": clock.step_days,
            "steps": clock.steps,
            "recorded_steps": clock.now_step,
        },
        "actors": [
            {"id": actor.id, "name": actor.name, "utility": str(actor.utility or "")}
            for actor in scenario.actors.values()
        ],
        "parameters": [
            {"id": one.id, "prior": str(one.prior), "unit": one.unit, "why": one.why, "source": ", ".join(one.source)}
            for one in scenario.parameters.values()
        ],
        "stocks": [
            {
                "id": stock.id,
                "unit": stock.unit,
                "initial": str(stock.initial),
                "range": f"{stock.low:g} to {stock.high:g}",
                "observations": sum(len(series.rows) for series in stock.series),
                "files": ", ".join(series.file for series in stock.series),
            }
            for stock in scenario.stocks.values()
        ],
        "ladder": sorted(
            (
                {"rung": move.rung, "track": track.id, "move": move.id, "times": times[track.id, move.id]}
                for track in scenario.tracks.values()
                for move in track.moves.values()
            ),
            key=lambda row: row["rung"],
        ),
        "events": [
            {
                "id": event.id,
                "once": event.once,
                "ends": event.ends,
                "times": times[EVENT_TRACK, event.id],
                "says": event.says,
            }
            for event in scenario.events.values()
        ],
        "hypotheses": [
            {
                "id": one.id,
                "weight": round(one.weight / weight, 6),
                "set": ", ".join(f"{name} = {prior}" for name, prior in one.priors.items()),
                "says": one.says,
            }
            for one in scenario.hypotheses.values()
        ],
        "courses": [
            {
                "id": course.id,
                "name": course.name,
                "branch": str(course.branch or clock.branch),
                "own_branch": course.branch not in (None, clock.branch),
                "forced": _forced(course),
                "forbidden": _forbidden(course),
            }
            for course in scenario.courses.values()
        ],
        "claims": [
            {
                "id": claim.id,
                "says": claim.says,
                "test": str(claim.test or ""),
                "untestable": claim.untestable,
                "judged": _judged(claim),
            }
            for claim in scenario.claims
        ],
        "ledger": _ledger(scenario),
        "quantities": [
            {"id": one.id, "says": one.says, "unit": one.unit, "date": str(one.date), "reports": len(one.reports)}
            for one in scenario.quantities
        ],
        "forecasts": _forecasts(scenario.forecasts),
        "settlement": _settlement(scenario.settlement) if scenario.settlement else [],
    }


def _settlement(settlement: Settlement) -> list[Json]:
    rows = [
        {
            "id": one.id,
            "kind": "term",
            "says": f"one of {', '.join(f'{v:g}' for v in one.values)}"
            if one.values
            else f"{one.low:g} to {one.high:g}",
        }
        for one in settlement.terms.values()
    ]
    rows += [{"id": one.actor, "kind": "party", "says": str(one.utility)} for one in settlement.parties.values()]
    for one in settlement.announced.values():
        terms = ", ".join(f"{term} {value:g}" for term, value in one.terms.items())
        rows.append({"id": one.id, "kind": "offer", "says": f"{one.date}: {terms}"})
    rows += [{"id": stock, "kind": "chip", "says": f"{value:g}"} for stock, value in settlement.chip.items()]
    return rows


def _forecasts(forecasts: Forecasts) -> list[Json]:
    rows = [
        {
            "id": one.id,
            "asks": f"{' or '.join(one.happens)} happens" if one.happens else str(one.when),
            "steps": ", ".join(map(str, one.steps)),
        }
        for one in forecasts.events
    ]
    for one in forecasts.series:
        extent = ", change since the forecast" if one.since_start else ", per step" if one.per_step else ""
        rows.append({"id": one.id, "asks": f"{one.value} ({one.unit}{extent})", "steps": f"1 to {one.steps}"})
    return rows


def _forced(course: Course) -> str:
    moves = [(day, track, forced.move) for track, dates in course.force.items() for day, forced in dates.items()]
    return ", ".join(f"{track}:{move} on {day}" for day, track, move in sorted(moves))


def _forbidden(course: Course) -> str:
    return ", ".join(f"{track}:{move}" for track, moves in course.forbid.items() for move in moves)


def _ledger(scenario: Scenario) -> Json:
    rows = scenario.ledger
    context = sum(row.track == CONTEXT_TRACK for row in rows)
    events = sum(row.track == EVENT_TRACK for row in rows)
    return {
        "rows": len(rows),
        "moves": len(rows) - context - events,
        "events": events,
        "context": context,
        "first": str(rows[0].date) if rows else "",
        "last": str(rows[-1].date) if rows else "",
    }


def _judged(claim: Claim) -> str:
    """How a claim without a test is judged, in a few words; "" for one that has a test or is not testable."""
    if claim.kind == "conclusion":
        return "stands on its steps"
    if claim.check is not None:
        return "by its sources"
    return f"for the reader, who sets {claim.value}" if claim.value else ""
