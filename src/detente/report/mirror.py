"""The mirror and the analogies in words, for the report and the terminal. Formatting only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from detente.report import format as fmt
from detente.report import graphics
from detente.report.format import Section
from detente.result.crises import (
    Analogies,
    CrisisShare,
    CurveOrigin,
    CurveSpread,
    Difference,
    Doctrine,
    Mirror,
    NearCrisis,
    Range,
    ReferenceCase,
    Residual,
    Score,
    ScoreTable,
    Seat,
)

AS_IT_WAS = "as it was"
SELDOM_SHOWN = 3


def interval(row: Score) -> str:
    """A score, which is never below 0, with its interval: 0.23 (0.21 to 0.25), with a dash."""
    if not fmt.known(row.low):
        return fmt.number(row.value)
    return f"{fmt.number(row.value)} ({fmt.number(row.low)}\N{EN DASH}{fmt.number(row.high)})"


def verdict_of_scores(table: ScoreTable) -> str:
    """Whether the curve beats its rivals, by the interval of the difference of Brier scores."""
    parts = []
    for rival, gap in table.against.items():
        value, low, high = gap.brier.value, gap.brier.low, gap.brier.high
        if not (fmt.known(value) and fmt.known(low) and fmt.known(high)):
            return f"{fmt.count(table.crises, 'crisis is', 'crises are')} too few to say which is better."
        size = f"{fmt.signed(value, 2)} ({fmt.interval(low, high)})"
        if high < 0:
            parts.append(f"beats {rival}, Brier {size}")
        elif low > 0:
            parts.append(f"LOSES to {rival}, Brier {size}")
        else:
            parts.append(f"{'better' if value < 0 else 'worse'} than {rival} within the error, Brier {size}")
    return f"The curve {fmt.listed(parts)}."


def mirror(found: Mirror | None) -> Section | None:
    """The mirror of a scenario as rows; None without one."""
    if not found:
        return None
    act = [f"{name} {word}" for name, word in found.act.items()]
    return {
        "says": found.says.rstrip(" ."),
        "act": f"{fmt.day(found.date)}, as known on {fmt.day(found.known_at)}: {', '.join(act)}",
        "why": found.why,
        "rungs": found.rungs,
        "seats": [_seat(id, seat, found) for id, seat in found.seats.items()],
        "residuals": [_residual(id, row, found) for id, row in found.residuals.items()]
        + [_switch(name, rows, found) for name, rows in found.switched.items()],
        "cases": [_case(id, row) for id, row in found.cases.items()],
        "notes": [*found.notes, _curve(found.curve)],
    }


def _seat(id: str, seat: Seat, found: Mirror) -> Section:
    states = []
    for name, state in seat.states.items():
        says = found.switches[name].says if name in found.switches else ""
        states.append(
            {
                "name": name,
                "says": says,
                "rungs": [fmt.percent(row.mean) for row in state.rungs.values()],
                "bar": _bar([row.mean for row in state.rungs.values()]),
                "violent": _chance(state.violent),
                "war": _chance(state.war),
                "off": state.range.off,
            }
        )
    faced = id == found.faced_by
    label = f"{seat.name}{', which faced it' if faced else ', in the same place'}"
    about = [f"{name} {word}" for name, word in seat.words.items()]
    notes = [_range(seat.states[AS_IT_WAS].range)]
    if seat.answer:
        notes.append(_answer(seat.answer))
    if seat.why:
        notes.append(seat.why.strip())
    return {"id": id, "name": label, "about": ", ".join(about), "states": states, "notes": notes}


def _bar(rungs: Sequence[float]) -> Markup:
    """Violent, non-violent military, and all milder answers, side by side."""
    *milder, military, violent = rungs
    return graphics.parts([violent, military, sum(milder)])


def _chance(row: CurveSpread) -> str:
    return f"{fmt.percent(row.mean)} ({fmt.chance_range(row.q05, row.q95)})"


def _range(row: Range) -> str:
    beyond = f"{row.years_beyond} years after the last fitted crisis" if row.years_beyond else ""
    share = fmt.percent(row.share_of_fitted)
    if not row.off:
        return f"Within the range of the curve{'; ' + beyond if beyond else ''}."
    more = len(row.seldom) - SELDOM_SHOWN
    shown = "; ".join(row.seldom[:SELDOM_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    tail = f", {beyond}" if beyond else ""
    return (
        f"OFF THE RANGE of the curve{tail}: few recorded cases join {shown}. "
        f"{share} of recorded cases are off by this rule."
    )


def _answer(row: Doctrine) -> str:
    after = f"{_chance(row.posterior)} after the record" if row.fitted else "not fitted"
    return f"Its own fitted doctrine. {row.says.rstrip('.')}: {_chance(row.prior)} before, {after}."


def _residual(id: str, row: Residual, found: Mirror) -> str:
    name, home = found.seats[id].name, found.seats[found.faced_by].name
    gap, logits = row.violent, row.logits
    parts = [
        f"Symmetry residual, {name} less {home}: {fmt.signed(100 * gap.mean, 2)} points of P(violent), "
        f"{fmt.interval(100 * gap.q05, 100 * gap.q95)} (90%).",
        f"In log odds the seat makes {_signed(logits.actor)} and the act, against the usual one, "
        f"{_signed(logits.act)}; the seat's share of the two is {_chance(row.share_of_actor)}.",
    ]
    if row.carried_over:
        carried = _chance(row.carried_over)
        parts.append(f"{home}'s fitted doctrine, carried over to {name} by that difference: {carried}.")
    return " ".join(parts)


def _signed(row: CurveSpread) -> str:
    return f"{fmt.signed(row.mean, 2)} ({fmt.interval(row.q05, row.q95)})"


def _switch(name: str, rows: Mapping[str, Difference], found: Mirror) -> str:
    says = found.switches[name].says.rstrip(".") or name
    each = [
        f"{found.seats[id].name} {fmt.signed(100 * row.mean, 2)} points ({fmt.interval(100 * row.q05, 100 * row.q95)})"
        for id, row in rows.items()
    ]
    return f"{says} (`{name}`): P(violent) moves by {fmt.listed(each)}."


def _case(id: str, row: ReferenceCase) -> Section:
    return {
        "id": id,
        "says": row.says,
        "date": fmt.day(row.date),
        "actor": row.actor,
        "violent": _chance(row.violent),
        "bar": _bar(list(row.rungs.values())),
        "response": row.response,
        "at_least": fmt.percent(row.at_least),
        "at_most": fmt.percent(row.at_most),
        "coding": f"ICB {row.crisis}, coding ours" if row.crisis else "ours (assumption)",
        "range": _range(row.range),
        "off": row.range.off,
        "source": "; ".join(row.source),
    }


def _curve(about: CurveOrigin) -> str:
    text = (
        f"Curves: hierarchical ordered logits fitted to {about.cases} cases of {about.crises} crises, "
        f"{about.first_year} to {about.last_year} ({about.citation}). The data are not part of the package."
    )
    checked = about.validation
    if not checked:
        return text
    ours, theirs = (checked.scores[name].brier.value for name in ("curve", "climatology"))
    return (
        f"{text} Ten years ahead of what it was fitted to, {checked.n} cases: Brier {fmt.number(ours)}, "
        f"climatology {fmt.number(theirs)}."
    )


def analogies(found: Analogies | None, missing: str = "") -> Section | None:
    """The nearest crises as rows; where the data were not found, only how to get them; None without an act."""
    if missing:
        return {"missing": missing, "nearest": [], "outcomes": [], "precedent": ""}
    if not found:
        return None
    outcomes, precedent = found.outcomes, found.precedent
    n = outcomes.violent.n
    ends = [f"{word} {_share(row)}" for word, row in outcomes.outcome.items() if row.happened]
    lines = [
        f"Of these {n}: violent major response {_share(outcomes.violent)}; full-scale war "
        f"{_share(outcomes.war)}; tension came back within five years {_share(outcomes.recurred)}.",
        f"How it ended for the state in question: {'; '.join(ends) or 'not known'}.",
    ]
    days = outcomes.days
    if days.n:
        middle = fmt.interval(days.q25, days.q75)
        lines.append(f"Length, trigger to end: median {fmt.number(days.q50)} days, half of them {middle}.")
    usual = precedent.usual
    return {
        "missing": "",
        "seat": found.seat,
        "at": fmt.day(found.at),
        "precedent": precedent.says,
        "close": precedent.close,
        "distance": f"Nearest at {fmt.number(precedent.nearest_distance, 2)}; of recorded cases, to another crisis: "
        f"median {fmt.number(usual.q50, 2)}, 95% within {fmt.number(usual.q95, 2)} (0 same, 1 different in all).",
        "nearest": [_near(row) for row in found.nearest],
        "outcomes": lines,
        "source": found.data.citation,
    }


def _share(row: CrisisShare) -> str:
    if not row.n:
        return fmt.MISSING
    return f"{fmt.percent(row.share)} ({fmt.chance_range(row.low, row.high)})"


def _near(row: NearCrisis) -> Section:
    return {
        "crisis": str(row.crisis),
        "name": f"{row.name}, {row.year}",
        "actor": row.actor,
        "distance": fmt.number(row.distance, 2),
        "differs": ", ".join(row.differs) or "nothing coded",
        "response": row.response,
        "violence": row.violence,
        "outcome": row.outcome or fmt.MISSING,
        "days": fmt.MISSING if row.days is None else f"{row.days:,}",
    }
