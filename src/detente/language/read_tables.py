"""history.csv, the ledger, and observed/*.csv, measurements of stocks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence, Set

from detente.errors import Problem
from detente.language.names import Names
from detente.language.priors import outside
from detente.language.read_claims import GRADE, grade_hint
from detente.language.read_values import literal
from detente.language.records import (
    CASE,
    CASES,
    CONTEXT_TRACK,
    EVENT_TRACK,
    HOLD,
    Event,
    Observation,
    Row,
    Stock,
    Track,
)
from detente.text.csv_lines import Line, read_lines
from detente.text.fields import ABSENT, EMPTY, NO_DATE, NOT_KNOWN, numbers_of
from detente.text.files import Source
from detente.text.nearest import did_you_mean

LEDGER = ("target", "magnitude", "source", "published", "grade", "url", "note")


def read_ledger(
    source: Source,
    names: Names,
    events: Mapping[str, Event],
    tracks: Mapping[str, Track],
    problems: list[Problem],
    cases: Set[str] | None = None,
) -> tuple[Row, ...]:
    """Return the rows of history.csv, sorted by date (rows of one day as written).

    `cases`: the ids of a panel's; each row then says whose it is.
    """
    rows = []
    lines: list[Line] = []
    required = ("date", "track", "move") if cases is None else (CASE, "date", "track", "move")
    for line in read_lines(source, required, LEDGER, problems):
        day = line.date("date")
        _case(line, cases)
        if (clock := names.clock) and day != NO_DATE and not clock.start <= day < clock.now:
            line.bad("date", f"a date from {clock.start} (start) to before {clock.now} (now)")
        _track_and_move(line, names)
        size = line.number("magnitude")
        _check_size(line, size, tracks)
        lines.append(line)
        rows.append(
            Row(
                day,
                line.get("track"),
                line.get("move"),
                line.get("target"),
                size,
                line.get("source"),
                line.get("published"),
                _grade(line),
                line.get("url"),
                line.get("note"),
                line.at,
                line.get(CASE),
            )
        )
    ordered = sorted(zip(rows, lines, strict=True), key=lambda pair: pair[0].date)
    _check_events(ordered, events)
    return tuple(row for row, _ in ordered)


def _check_events(rows: Sequence[tuple[Row, Line]], events: Mapping[str, Event]) -> None:
    """Note what cannot follow: an event that happens once, happening again; anything after the end."""
    seen: dict[tuple[str, str], dt.date] = {}  # by case and event
    ends: dict[str, Row] = {}  # by case
    for row, line in rows:
        if row.track == CONTEXT_TRACK or row.date == NO_DATE:
            continue
        over = ends.get(row.case)
        if over and row.date > over.date:
            line.bad("date", f"nothing after {over.move}, which ends the war on {over.date}", hint="or make it context")
        event = events.get(row.move) if row.track == EVENT_TRACK else None
        if event and event.once and (row.case, row.move) in seen:
            hint = "drop `once: true`, or the row"
            line.bad("move", f"{row.move} once: it happened on {seen[row.case, row.move]}", str(row.date), hint)
        if event:
            seen.setdefault((row.case, row.move), row.date)
            if event.ends:
                ends.setdefault(row.case, row)


def _grade(line: Line) -> str:
    text = line.get("grade")
    if text and not GRADE.fullmatch(text):
        line.bad("grade", "an Admiralty grade, A1 to F6", hint=grade_hint(text))
    return text


def _case(line: Line, cases: Set[str] | None) -> None:
    """Note a case that the panel does not have."""
    case = line.get(CASE)
    if cases and case not in cases:
        line.bad(CASE, f"a case of {CASES}", hint=did_you_mean(case, sorted(cases)) if case else "")


def _track_and_move(line: Line, names: Names) -> None:
    track, move = line.get("track"), line.get("move")
    if not track or not move:
        line.bad("move" if track else "track", "a move" if track else "a track, event or context", "nothing")
    elif track == CONTEXT_TRACK or names.open:
        return
    elif track == EVENT_TRACK:
        if move not in names.events:
            line.bad("move", "an event", hint=did_you_mean(move, names.events))
    elif track not in names.tracks:
        known = (*sorted(names.tracks), EVENT_TRACK, CONTEXT_TRACK)
        line.bad("track", f"one of: {', '.join(known)}", hint=did_you_mean(track, known))
    elif move == HOLD:
        line.bad("move", f"a move of {track}", hint="hold is what a missing row means; leave the row out")
    elif move not in names.tracks[track]:
        known = sorted(names.tracks[track])
        line.bad("move", f"a move of {track}: {', '.join(known)}", hint=did_you_mean(move, known))


def _check_size(line: Line, size: float | None, tracks: Mapping[str, Track]) -> None:
    """Note a size that the magnitude of its move cannot have."""
    track, name = line.get("track"), line.get("move")
    move = tracks[track].moves.get(name) if track in tracks else None
    if size is None or move is None or move.magnitude is None:
        return
    if expected := outside(size, move.magnitude.family, [literal(a) for a in move.magnitude.arguments]):
        hint = EMPTY if line.get("magnitude") in NOT_KNOWN else ""
        line.bad("magnitude", f"{expected}: the magnitude of {name} is {move.magnitude}", hint=hint)


def read_observed(
    source: Source, stock: Stock, model: str, names: Names, problems: list[Problem], cases: Set[str] | None = None
) -> tuple[Observation, ...]:
    """Return the measurements of a stock in one file, sorted by date.

    `model`: the error model, or "normal, with an sd on every row".
    """
    rows = []
    needs_sd = model.endswith("every row")
    required = ("date", "value") if cases is None else (CASE, "date", "value")
    for line in read_lines(source, required, ("sd", "source", "grade", "note"), problems):
        _case(line, cases)
        day, value, sd = line.date("date"), line.number("value", required=True), line.number("sd")
        if (clock := names.clock) and day != NO_DATE and not clock.start <= day <= clock.now:
            line.bad("date", f"a date from {clock.start} (start) to {clock.now} (now)")
        if sd is not None and sd <= 0:
            line.bad("sd", "a number above 0")
        if sd is None and needs_sd and not line.get("sd"):
            line.bad("sd", "an sd on every row", "nothing", f"or give {stock.id} the model normal(sd)")
        if value is not None and not stock.low <= value <= stock.high and value in numbers_of(ABSENT):
            line.bad("value", "a measurement", hint="leave the row out where the value is not known")
        elif value is not None:
            _fits(line, value, model)
        rows.append(
            Observation(day, value or 0.0, sd, line.get("source"), _grade(line), line.get("note"), line.get(CASE)),
        )
    return tuple(sorted(rows, key=lambda row: row.date))


def _fits(line: Line, value: float, model: str) -> None:
    if model == "lognormal" and value <= 0:
        line.bad("value", "a number above 0, for lognormal")
    if model in ("poisson", "negbinomial") and (value < 0 or value != int(value)):
        line.bad("value", f"a count, for {model}")
