"""The lint: what an honest scenario would also say. Warnings, never errors; `load` has refused what is wrong."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from detente.language.dependencies import bearing
from detente.language.names import CLOCK_NAMES
from detente.language.priors import BOUNDED, outside
from detente.language.records import CONTEXT_TRACK, Move, Scenario
from detente.language.syntax import Bargain, Expression, Name, Probability, names, walk

_COMMA = re.compile(r"(?<![\w.])([0-9]+),([0-9]+)(?![\w.])", re.ASCII)


def lint(scenario: Scenario) -> list[str]:
    """Return one sentence per weakness, in the order of the file."""
    parts = (_commas, _parameters, _hypotheses, _stocks, _moves, _foresight, _ledger, _claims)
    found = [sentence for part in parts for sentence in part(scenario)]
    return [*found, *scenario.unread]


def _commas(scenario: Scenario) -> Iterable[str]:
    """What may be a decimal comma: `max(0,5, x)` is the largest of three."""
    for _, expression in expressions(scenario):
        if (found := _COMMA.search(expression.text)) and ", " in expression.text:
            meant = f"{found[1]}.{found[2]}"
            yield f"`{expression}` reads {found[0]} as two numbers: write {meant}, or a space after the comma"


def _parameters(scenario: Scenario) -> Iterable[str]:
    read = {name for _, expression in expressions(scenario) for name in names(expression.tree)}
    for parameter in scenario.parameters.values():
        if not parameter.why:
            yield f"parameter `{parameter.id}` has no reason: add `why`"
        if not parameter.source:
            yield f"parameter `{parameter.id}` has no source: add `source`"
        if parameter.id not in read:
            yield f"parameter `{parameter.id}` is read by nothing"


def _hypotheses(scenario: Scenario) -> Iterable[str]:
    """Values at which a hypothesis holds a parameter, and that no prior of its family gives. Bounds that a prior was
    given are a belief, which a hypothesis may contradict."""
    for one in scenario.hypotheses.values():
        for name, prior in one.priors.items():
            about = scenario.parameters[name].prior
            if (
                prior.family == "fixed"
                and about.family not in ("fixed", *BOUNDED)
                and (expected := outside(prior.arguments[0], about.family, about.arguments))
            ):
                held = f"hypothesis `{one.id}` holds `{name}` at {prior.arguments[0]:g}"
                yield f"{held}: its prior {about} gives {expected}"


def _stocks(scenario: Scenario) -> Iterable[str]:
    read = {name for owner, expression in expressions(scenario) for name in names(expression.tree) if owner != name}
    for stock in scenario.stocks.values():
        if stock.id not in read and not stock.series:
            yield f"stock `{stock.id}` is read by nothing but its own flow"
        for series in stock.series:
            outside = sum(not stock.low <= row.value <= stock.high for row in series.rows)
            if outside:
                bounds = f"{stock.low:g} to {stock.high:g}"
                yield f"{series.file}: {_count(outside, 'value')} outside the range of `{stock.id}`, {bounds}"


def _moves(scenario: Scenario) -> Iterable[str]:
    used = {(row.track, row.move) for row in scenario.ledger}
    for course in scenario.courses.values():
        used |= {(track, forced.move) for track, dates in course.force.items() for forced in dates.values()}
    for track in scenario.tracks.values():
        for move in track.moves:
            if (track.id, move) not in used:
                yield f"move `{track.id}:{move}` is neither in the ledger nor forced by a course"


def _foresight(scenario: Scenario) -> Iterable[str]:
    for track in scenario.tracks.values():
        if track.foresight is not None and track.id not in bearing(scenario, [track.actor]).tracks:
            yield f"track `{track.id}` looks ahead, but no move of it bears on the utility of {track.actor}"


def _ledger(scenario: Scenario) -> Iterable[str]:
    rows = [row for row in scenario.ledger if row.track != CONTEXT_TRACK]
    for what in ("source", "grade"):
        lines = sorted(row.line for row in rows if not getattr(row, what))
        if lines:
            yield f"history.csv: {_count(len(lines), 'row')} without a {what} ({_lines(lines)})"
    for row, lines in sizes_of_nothing(scenario).items():
        yield f"history.csv: {row} has no magnitude, so what is said of its size is not used ({_lines(lines)})"


def sizes_of_nothing(scenario: Scenario) -> dict[str, list[int]]:
    """Moves, events and context that have no magnitude, though rows of the ledger give one: the lines of these rows."""
    found: dict[str, list[int]] = defaultdict(list)
    for row in scenario.ledger:
        track = scenario.tracks.get(row.track)
        sized = track is not None and track.moves[row.move].magnitude is not None
        if row.magnitude is not None and not sized:
            other = "context" if row.track == CONTEXT_TRACK else f"the event {row.move}"
            found[f"{row.track}:{row.move}" if track else other].append(row.line)
    return found


def _lines(lines: Iterable[int]) -> str:
    lines = sorted(lines)
    return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:8]))}{', …' if len(lines) > 8 else ''}"


def _claims(scenario: Scenario) -> Iterable[str]:
    for id in unmoved(scenario):
        yield f"claim `{id}` has a test that no parameter can change"


def unmoved(scenario: Scenario) -> list[str]:
    """Claims whose test no parameter can change, by whole id."""
    causes = _causes(scenario)
    unsure = {id for id in scenario.parameters if _unsure(scenario, id)}
    unsure |= set(scenario.mirror.names()) if scenario.mirror else set()  # the response curves are uncertain
    return [c.id for c in scenario.claims if c.test and not unsure & _reach(_direct(c.test), causes)]


def _unsure(scenario: Scenario, parameter: str) -> bool:
    """Whether a parameter can take more than one value, within or between hypotheses."""
    priors = {scenario.prior(parameter, hypothesis) for hypothesis in scenario.hypotheses}
    return len(priors) > 1 or any(prior.family != "fixed" for prior in priors)


def _causes(scenario: Scenario) -> dict[str, set[str]]:
    """What each quantity is computed from: stocks and utilities by id, tracks as `track:`, events as `event:`."""
    causes: dict[str, set[str]] = defaultdict(set)
    for stock in scenario.stocks.values():
        for expression in (stock.initial, stock.flow, stock.noise):
            causes[stock.id] |= _direct(expression)
        # an event that ends the war freezes every stock
        causes[stock.id] |= {f"event:{event.id}" for event in scenario.events.values() if event.ends}
    for actor in scenario.actors.values():
        causes[f"{actor.id}.utility"] |= _direct(actor.utility)
    for track in scenario.tracks.values():
        if track.foresight is not None and track.foresight.level != 0:
            aims = f"{track.actor}.utility"
            causes[f"track:{track.id}"] |= {aims} | _direct(track.foresight.weight) | _direct(track.foresight.tau)
        for move in track.moves.values():  # the moves of a track compete, so each depends on all
            causes[f"track:{track.id}"] |= _direct(move.appeal) | _direct(move.needs)
            for stock, effect in move.effects.items():
                causes[stock] |= _direct(effect) | _size(move) | {f"track:{track.id}"}
    if scenario.settlement:  # what playing on is worth may depend on everything that changes
        causes["settlement"] |= set(scenario.stocks) | {f"event:{event}" for event in scenario.events}
        for party in scenario.settlement.parties.values():
            causes["settlement"] |= _direct(party.utility) | {f"{party.actor}.utility"}
    for event in scenario.events.values():
        causes[f"event:{event.id}"] |= _direct(event.hazard)
        causes[f"event:{event.id}"] |= {f"event:{other.id}" for other in scenario.events.values() if other.ends}
        for stock, effect in event.effects.items():
            causes[stock] |= _direct(effect) | {f"event:{event.id}"}
    return causes


def _direct(expression: Expression | None) -> set[str]:
    found: set[str] = set()
    for node in walk(expression.tree) if expression else ():
        if isinstance(node, Name) and node.id not in CLOCK_NAMES:
            found.add(node.id)
        elif isinstance(node, Probability):
            track, colon, _ = node.event.partition(":")
            found.add(f"track:{track}" if colon else f"event:{node.event}")
        elif isinstance(node, Bargain):
            found.add("settlement")
    return found


def _size(move: Move) -> set[str]:
    return {name for argument in move.magnitude.arguments for name in names(argument.tree)} if move.magnitude else set()


def _reach(start: set[str], causes: dict[str, set[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for cause in causes.get(waiting.pop(), set()) - reached:
            reached.add(cause)
            waiting.append(cause)
    return reached


def expressions(scenario: Scenario, *, foresight: bool = True) -> Iterable[tuple[str, Expression]]:
    """Every expression of the scenario, with the id of the stock whose flow it is, or ""; those of foresight or not."""
    found: list[tuple[str, Expression | None]] = [("", actor.utility) for actor in scenario.actors.values()]
    for stock in scenario.stocks.values():
        found += [("", stock.initial), (stock.id, stock.flow), ("", stock.noise)]
        found += [("", series.scale) for series in stock.series]
    for track in scenario.tracks.values():
        if foresight and track.foresight is not None:
            found += [("", track.foresight.weight), ("", track.foresight.tau)]
        for move in track.moves.values():
            found += [("", move.appeal), ("", move.needs), *_effects(move.effects.items())]
            found += [("", argument) for argument in move.magnitude.arguments] if move.magnitude else []
    for event in scenario.events.values():
        found += [("", event.hazard), *_effects(event.effects.items())]
    found += [("", claim.test) for claim in scenario.claims]
    found += [("", seat.answer) for seat in scenario.mirror.seats.values()] if scenario.mirror else []
    if scenario.settlement:
        found += [("", party.utility) for party in scenario.settlement.parties.values()]
        found += [("", term.otherwise) for term in scenario.settlement.terms.values()]
    found += [("", one.when) for one in scenario.forecasts.events]
    found += [("", one.value) for one in scenario.forecasts.series]
    return [(owner, expression) for owner, expression in found if expression is not None]


def _effects(effects: Iterable[tuple[str, Expression]]) -> list[tuple[str, Expression | None]]:
    """An effect belongs to the stock it changes, as a flow does."""
    return list(effects)  # type: ignore[arg-type]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
