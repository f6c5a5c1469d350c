"""Scenario -> `Game`: every expression becomes a function of an environment of arrays; nothing is evaluated twice.

An environment maps a name to an array of the batch's shape (or a scalar). Batch shape is free: `()` for one
parameter vector under `vmap`, `(lane,)` for a batch of futures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array

from detente.scenario.records import Clock, Expression, Magnitude, Scenario
from detente.scenario.syntax import Binary, Call, Name, Node, Number, Unary

Environment = Mapping[str, Array]
Function = Callable[[Environment], Array]

_BINARY: dict[str, Callable[[Array, Array], Array]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "and": jnp.logical_and,
    "or": jnp.logical_or,
}
_CALL: dict[str, Callable[..., Array]] = {
    "where": jnp.where,
    "min": lambda *a: _fold(jnp.minimum, a),
    "max": lambda *a: _fold(jnp.maximum, a),
    "exp": jnp.exp,
    "log": jnp.log,
    "sqrt": jnp.sqrt,
    "logistic": lambda a: 1 / (1 + jnp.exp(-a)),
    "abs": jnp.abs,
    "sin": jnp.sin,
    "cos": jnp.cos,
}


def _fold(function: Callable[[Array, Array], Array], values: tuple[Array, ...]) -> Array:
    result = values[0]
    for value in values[1:]:
        result = function(result, value)
    return result


def function_of(tree: Node) -> Function:
    """Compile an expression tree (without P and E) to a function of an environment."""
    match tree:
        case Number(value):
            return lambda _: value  # type: ignore[return-value]  # a Python number keeps the batch's dtype
        case Name(id):
            return lambda env: env[id]
        case Unary("-", operand):
            inner = function_of(operand)
            return lambda env: -inner(env)
        case Unary("not", operand):
            inner = function_of(operand)
            return lambda env: jnp.logical_not(inner(env))
        case Binary("**", left, Number(value)) if value == int(value) and 0 <= value <= 4:
            inner, power = function_of(left), int(value)  # exact for negative bases, and cheaper
            return lambda env: jnp.asarray(inner(env)) ** power
        case Binary(op, left, right):
            f, a, b = _BINARY[op], function_of(left), function_of(right)
            return lambda env: f(a(env), b(env))
        case Call(name, arguments):
            g, inner_functions = _CALL[name], [function_of(a) for a in arguments]
            return lambda env: g(*(h(env) for h in inner_functions))
    raise TypeError(f"not an expression of the engine: {tree!r}")


def _optional(expression: Expression | None) -> Function | None:
    return None if expression is None else function_of(expression.tree)


@dataclass(frozen=True)
class GameMagnitude:
    """Family name and argument functions of a random size."""

    family: str
    arguments: tuple[Function, ...]


@dataclass(frozen=True)
class GameMove:
    """A move in compiled form; `needs` None means always available."""

    id: str
    rung: float
    appeal: Function
    needs: Function | None
    magnitude: GameMagnitude | None
    effects: dict[str, Function]


@dataclass(frozen=True)
class GameTrack:
    """A track; `moves` excludes hold, which has index 0. Move i of `moves` has index i + 1."""

    id: str
    moves: tuple[GameMove, ...]

    @property
    def has_magnitude(self) -> bool:
        """Whether some move of this track has a random size."""
        return any(m.magnitude for m in self.moves)


@dataclass(frozen=True)
class GameEvent:
    """An event in compiled form."""

    id: str
    hazard: Function
    once: bool
    ends: bool
    effects: dict[str, Function]


@dataclass(frozen=True)
class GameStock:
    """A stock in compiled form; `low` and `high` bound it after every step."""

    id: str
    initial: Function
    low: float
    high: float
    flow: Function | None
    noise: Function | None


@dataclass(frozen=True)
class Game:
    """A scenario compiled to functions. Hashable by identity, so it can be a static argument of `jit`."""

    clock: Clock
    parameters: tuple[str, ...]
    stocks: tuple[GameStock, ...]
    tracks: tuple[GameTrack, ...]
    events: tuple[GameEvent, ...]
    season: np.ndarray  # (step,) fraction of the calendar year at each step's first day

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


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
                        m.rung,
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
    )
