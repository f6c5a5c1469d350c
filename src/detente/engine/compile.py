"""Scenario -> `Game`: every expression becomes a function of an environment of arrays; nothing is evaluated twice.

An environment maps a name to an array of the batch's shape (or a scalar). Batch shape is free: `()` for one
parameter vector under `vmap`, `(lane,)` for a batch of futures.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import expit

from detente.engine.outlook import Outlook, outlook_of
from detente.scenario.records import Clock, Expression, Magnitude, Scenario
from detente.scenario.syntax import Binary, Call, Name, Node, Number, Unary

Values = Any  # a NumPy or a JAX array (or a number that broadcasts): the same code reads both
Environment = Mapping[str, Values]
Function = Callable[[Environment], Values]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: _plain(operator.truediv, a, b),
    "**": lambda a, b: _plain(operator.pow, a, b),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def _plain(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Two literals meet as Python numbers, which raise or turn complex where arrays give inf or not-a-number."""
    if isinstance(a, int | float) and isinstance(b, int | float):
        with np.errstate(all="ignore"):
            return float(function(np.float64(a), np.float64(b)))
    return function(a, b)


_SMALL_POWER = 4  # whole powers up to here are products: exact for negative bases, and cheaper


def _functions(xp: ModuleType, sigmoid: Callable[[Any], Any]) -> dict[str, Callable[..., Any]]:
    """The language's functions over one array library."""
    return {
        "where": xp.where,
        "min": lambda *a: reduce(xp.minimum, a),
        "max": lambda *a: reduce(xp.maximum, a),
        "exp": xp.exp,
        "log": xp.log,
        "sqrt": xp.sqrt,
        "logistic": sigmoid,  # the library's own: its gradient stays a number far out
        "abs": xp.abs,
        "sin": xp.sin,
        "cos": xp.cos,
        "and": xp.logical_and,
        "or": xp.logical_or,
        "not": xp.logical_not,
    }


_JAX = _functions(jnp, jax.nn.sigmoid)
_NUMPY = _functions(np, expit)


def function_of(tree: Node, *, numpy: bool = False) -> Function:
    """Compile an expression tree (without P and E) to a function of an environment.

    Args:
        numpy: compute with NumPy, for single evaluations outside compiled code.
    """
    functions = _NUMPY if numpy else _JAX

    def build(node: Node) -> Function:
        match node:
            case Number(value):
                return lambda _: value  # a Python number keeps the batch's dtype
            case Name(id):
                return lambda env: env[id]
            case Unary(op, operand):
                inner = build(operand)
                negate = functions["not"] if op == "not" else lambda x: -x
                return lambda env: negate(inner(env))
            case Binary("**", left, Number(value)) if value == int(value) and 0 <= value <= _SMALL_POWER:
                inner, power = build(left), int(value)
                return lambda env: _plain(operator.pow, inner(env), power)
            case Binary(op, left, right):
                f, a, b = _OPERATORS.get(op) or functions[op], build(left), build(right)
                return lambda env: f(a(env), b(env))
            case Call(name, arguments):
                g, inner_functions = functions[name], [build(a) for a in arguments]
                return lambda env: g(*(h(env) for h in inner_functions))
        raise TypeError(f"not an expression of the engine: {node!r}")

    return build(tree)


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
    case: tuple[str, ...] | None = None  # names of what differs between the cases of a panel; None: it is no panel
    outlook: Outlook | None = None  # who looks ahead, and at what; None: nobody does

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
    return replace(_plain_game(scenario), outlook=outlook_of(scenario, lambda e: function_of(e.tree), _plain_game))


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
        case=None if scenario.cases is None else tuple(scenario.cases.columns),
    )
