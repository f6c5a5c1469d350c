"""Scenario -> `Game`: every expression becomes a function of an environment."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from detente.engine.foresight.plan import foresight_plan_of
from detente.engine.game.game import Function, Game, GameEvent, GameMagnitude, GameMove, GameStock, GameTrack
from detente.engine.graph import arrays
from detente.engine.graph.arrays import Values
from detente.language.records import Magnitude, Scenario
from detente.language.syntax import Binary, Call, Expression, Name, Node, Number, Unary

_OPERATORS: dict[str, Callable[[Values, Values], Values]] = {
    "/": operator.truediv,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "and": arrays.both,
    "or": arrays.either,
}
_SMALL_POWER = 4  # whole powers up to here are products: exact for negative bases, and cheaper
_FUNCTIONS: dict[str, Callable[..., Values]] = {
    "where": arrays.where,
    "min": arrays.minimum,
    "max": arrays.maximum,
    "exp": arrays.exp,
    "log": arrays.log,
    "sqrt": arrays.sqrt,
    "logistic": arrays.logistic,
    "abs": arrays.absolute,
    "sin": arrays.sin,
    "cos": arrays.cos,
}


def function_of(node: Node) -> Function:
    """An expression tree (without P, E and S) as a function of an environment of arrays, numbers or nodes."""
    match node:
        case Number(value):
            return lambda _: value  # a Python number keeps the batch's dtype
        case Name(id):
            return lambda env: env[id]
        case Unary("not", operand):
            inner = function_of(operand)
            return lambda env: arrays.negated(inner(env))
        case Binary("+" | "-", _, _) | Unary("-", _):
            terms, signs = zip(*_terms(node, 1), strict=True)
            parts = [function_of(t) for t in terms]
            return lambda env: arrays.total([p(env) for p in parts], signs)
        case Binary("*", _, _):
            parts = [function_of(f) for f in _factors(node)]
            return lambda env: arrays.product([p(env) for p in parts])
        case Binary("**", left, Number(value)) if value == int(value) and 0 < value <= _SMALL_POWER:
            inner, power = function_of(left), int(value)
            return lambda env: arrays.product([inner(env)] * power)
        case Binary(op, left, right):
            f, a, b = _safe(_OPERATORS[op]), function_of(left), function_of(right)
            return lambda env: f(a(env), b(env))
        case Call(name, arguments):
            g, parts = _FUNCTIONS[name], [function_of(a) for a in arguments]
            g = _safe(g) if len(parts) == 1 else g
            return lambda env: g(*(p(env) for p in parts))
    raise TypeError(f"not an expression of the engine: {node!r}")


def _safe(function: Callable[..., Values]) -> Callable[..., Values]:
    """Literals meet as NumPy numbers, silently: Python's raise or turn complex where arrays give inf or no number."""

    def applied(*values: Values) -> Values:
        if all(isinstance(v, int | float) for v in values):
            with np.errstate(all="ignore"):
                return float(function(*map(np.float64, values)))
        return function(*values)

    return applied


def _terms(node: Node, sign: int) -> list[tuple[Node, int]]:
    """The terms of a sum, with their signs, in the order of the text."""
    match node:
        case Binary("+", left, right):
            return _terms(left, sign) + _terms(right, sign)
        case Binary("-", left, right):
            return _terms(left, sign) + _terms(right, -sign)
        case Unary("-", operand):
            return _terms(operand, -sign)
    return [(node, sign)]


def _factors(node: Node) -> list[Node]:
    match node:
        case Binary("*", left, right):
            return _factors(left) + _factors(right)
    return [node]


def _optional(expression: Expression | None) -> Function | None:
    return None if expression is None else function_of(expression.tree)


def _magnitude(magnitude: Magnitude | None) -> GameMagnitude | None:
    if magnitude is None:
        return None
    return GameMagnitude(magnitude.family, tuple(function_of(a.tree) for a in magnitude.arguments))


def _effects(effects: Mapping[str, Expression]) -> dict[str, Function]:
    return {stock: function_of(expression.tree) for stock, expression in effects.items()}


def season_of(day: dt.date) -> float:
    """Fraction of the calendar year elapsed at the start of `day`, in [0, 1)."""
    first = dt.date(day.year, 1, 1)
    return (day - first).days / (dt.date(day.year + 1, 1, 1) - first).days


def compile_game(scenario: Scenario) -> Game:
    """Compile a checked scenario. One game serves every course, hypothesis and parameter value."""
    return replace(
        _plain_game(scenario), foresight_plan=foresight_plan_of(scenario, lambda e: function_of(e.tree), _plain_game)
    )


def _plain_game(scenario: Scenario) -> Game:
    """A game in which nobody looks ahead."""
    return Game(
        clock=scenario.clock,
        parameters=tuple(scenario.parameters),
        stocks=tuple(
            GameStock(s.id, function_of(s.initial.tree), s.low, s.high, _optional(s.flow), _optional(s.noise))
            for s in scenario.stocks.values()
        ),
        tracks=tuple(
            GameTrack(
                t.id,
                tuple(
                    GameMove(
                        m.id,
                        function_of(m.appeal.tree),
                        _optional(m.needs),
                        _magnitude(m.magnitude),
                        _effects(m.effects),
                    )
                    for m in t.moves.values()
                ),
            )
            for t in scenario.tracks.values()
        ),
        events=tuple(
            GameEvent(e.id, function_of(e.hazard.tree), e.once, e.ends, _effects(e.effects))
            for e in scenario.events.values()
        ),
        season=np.array([season_of(scenario.clock.date_of(k)) for k in range(scenario.clock.steps + 1)]),
        case=None if scenario.cases is None else tuple(scenario.cases.columns),
        bound=_bound(scenario),
    )


def _bound(scenario: Scenario) -> frozenset[int]:
    named = {track for course in scenario.courses.values() for track in (*course.force, *course.forbid)}
    if scenario.settlement is not None:
        named |= {track for party in scenario.settlement.parties.values() for track in party.opens}
    return frozenset(i for i, track in enumerate(scenario.tracks) if track in named)
