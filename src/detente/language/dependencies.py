"""What foresight has to look at: the part of a scenario that bears on the utilities, and what can be ruled out in it.

Symbolic, so that a scenario whose tree is too large is refused when it is read, and so that engine and checks agree.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import prod

from detente.language.records import Foresight, Move, Scenario
from detente.language.syntax import Binary, Call, Expression, Name, Node, Number, Unary, names

MAX_LEAVES = 20_000  # of a tree of exact foresight: every lane of a batch carries it
_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def foreseeing(scenario: Scenario) -> dict[str, Foresight]:
    """The tracks with foresight above level 0."""
    found = {t.id: t.foresight for t in scenario.tracks.values() if t.foresight is not None}
    return {track: about for track, about in found.items() if about.level != 0}


def bearing(scenario: Scenario, actors: Iterable[str]) -> Scenario:
    """The scenario with only those tracks, events, stocks and effects that the actors' utilities can depend on.

    What it leaves out changes no utility of theirs in any future, and is not read by what it keeps.
    """
    utilities = [scenario.actors[a].utility for a in actors]
    stocks = set().union(*(_read(scenario, e) for e in utilities))
    while True:
        grown = stocks.union(*(_read(scenario, e) for e in _causes(scenario, stocks)))
        if grown == stocks:
            break
        stocks = grown
    tracks = {}
    for track in scenario.tracks.values():
        moves = {m.id: replace(m, effects=_kept(m.effects, stocks)) for m in track.moves.values()}
        if any(m.effects for m in moves.values()):
            sized = {id: m if _sized(m) else replace(m, magnitude=None) for id, m in moves.items()}
            tracks[track.id] = replace(track, moves=sized)
    events = {
        e.id: replace(e, effects=_kept(e.effects, stocks))
        for e in scenario.events.values()
        if e.ends or _kept(e.effects, stocks)
    }
    kept = {id: stock for id, stock in scenario.stocks.items() if id in stocks}
    return replace(scenario, stocks=kept, tracks=tracks, events=events)


def _kept(effects, stocks: set[str]) -> dict[str, Expression]:
    return {stock: effect for stock, effect in effects.items() if stock in stocks}


def _sized(move: Move) -> bool:
    return any("magnitude" in names(effect.tree) for effect in move.effects.values())


def _read(scenario: Scenario, expression: Expression | None) -> set[str]:
    return {n for n in names(expression.tree) if n in scenario.stocks} if expression is not None else set()


def _causes(scenario: Scenario, stocks: set[str]) -> Iterator[Expression | None]:
    """Every expression that the next values of `stocks` depend on."""
    for stock in stocks:
        yield scenario.stocks[stock].flow
        yield scenario.stocks[stock].noise
    for track in scenario.tracks.values():
        if not any(_kept(m.effects, stocks) for m in track.moves.values()):
            continue
        for move in track.moves.values():  # the moves of a track compete
            effects = _kept(move.effects, stocks)
            yield move.appeal
            yield move.needs
            yield from effects.values()
            if _sized(replace(move, effects=effects)) and move.magnitude:
                yield from move.magnitude.arguments
    for event in scenario.events.values():
        effects = _kept(event.effects, stocks)
        if effects or event.ends:
            yield event.hazard
            yield from effects.values()


def possible_moves(scenario: Scenario, track: str, step: int) -> tuple[int, ...]:
    """Indices of the moves (0 = hold) that the clock alone does not rule out at a step."""
    moves = scenario.tracks[track].moves.values()
    return (0, *(i for i, m in enumerate(moves, 1) if m.needs is None or _known(m.needs.tree, step) is not False))


def possible_outcomes(scenario: Scenario, event: str, step: int) -> tuple[bool, ...]:
    """Whether an event may happen and may fail to at a step, as far as the clock alone tells."""
    hazard = _known(scenario.events[event].hazard.tree, step)
    return (hazard == 1,) if hazard in (0, 1) else (False, True)


def _known(node: Node, step: int) -> float | bool | None:
    """The value of an expression that the clock's step alone decides, else None."""
    match node:
        case Number(value):
            return value
        case Name("clock.step"):
            return step
        case Unary(op, operand):
            inner = _known(operand, step)
            return None if inner is None else not inner if op == "not" else -inner
        case Binary("and" | "or" as op, left, right):
            sides = [_known(left, step), _known(right, step)]
            decided = op == "or"
            if any(s is not None and bool(s) == decided for s in sides):
                return decided
            return None if None in sides else not decided
        case Binary("*", left, right) if 0 in (_known(left, step), _known(right, step)):
            return 0.0
        case Binary(op, left, right) if op in _COMPARE:
            a, b = _known(left, step), _known(right, step)
            return None if a is None or b is None else _COMPARE[op](a, b)
        case Call("where", (condition, yes, no)):
            holds = _known(condition, step)
            return None if holds is None else _known(yes if holds else no, step)
    return None


def leaves(scenario: Scenario, first: int, steps: int) -> int:
    """Number of futures of a scenario over some steps, as far as the clock alone tells them apart."""
    total = 1
    for k in range(first, min(first + steps, scenario.clock.steps)):
        total *= prod(len(possible_moves(scenario, t, k)) for t in scenario.tracks)
        total *= prod(len(possible_outcomes(scenario, e, k)) for e in scenario.events)
        if total > 10**12:
            break
    return total


def obstacles(scenario: Scenario, track: str) -> Iterator[tuple[str, str, str]]:
    """What keeps exact foresight of a track from being computed: (expected, found, hint)."""
    about = scenario.tracks[track].foresight
    assert about is not None
    actors = {scenario.tracks[t].actor for t, f in foreseeing(scenario).items() if f.exact} | {
        scenario.tracks[track].actor
    }
    part = bearing(scenario, sorted(actors))
    hint = "the utility depends on it; take samples instead of exact: true"
    noisy = [s.id for s in part.stocks.values() if s.noise is not None]
    if noisy:
        yield "no noise in what exact foresight looks at", f"noise of {', '.join(noisy)}", hint
    sized = [f"{t.id}:{m.id}" for t in part.tracks.values() for m in t.moves.values() if m.magnitude]
    if sized:
        yield "no random sizes in what exact foresight looks at", f"the magnitude of {', '.join(sized)}", hint
    stocks = part.stocks.values()
    unseen = [s.id for s in stocks if s.blur > 0 or (s.seen_by is not None and not actors <= {*s.seen_by})]
    if unseen:
        yield "exact foresight of what everybody sees", f"seen_by or blur of {', '.join(unseen)}", hint
    horizon = about.horizon or scenario.clock.steps
    most = max(leaves(part, k, horizon) for k in range(scenario.clock.steps))
    if most > MAX_LEAVES:
        found = f"{most:,}" if most <= 10**12 else "more than 10^12"
        hint = (
            "take a shorter horizon, or samples; moves that the clock rules out (needs: clock.step == 2) cost nothing"
        )
        yield f"at most {MAX_LEAVES:,} futures to count in an exact tree", found, hint
