"""The rules on a batch of rows, one step at a time and in double precision: what `tree` and `lattice` expand with.

Everything is decided by the caller (moves and events), so a step has no luck left in it; a scenario in which luck is
not a choice among finitely many things is refused, with the reason.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine import rules
from detente.engine.compile import Game, compile_game, function_of
from detente.engine.rules import State
from detente.errors import InputError, Problem
from detente.scenario.records import Scenario

_SMALLEST_BATCH, _GROWTH = 256, 8  # sizes that batches are padded to: few shapes, because each is compiled once
_MANY_STEPS = 48  # from here on compiling a step costs less than running its operations one by one
_MANTISSA = 2.0**40  # two values are one state when they agree to 40 bits: rounding errors are not differences


class Rows(NamedTuple):
    """States of a batch, as NumPy arrays."""

    stocks: np.ndarray  # (row, stock) float64
    alive: np.ndarray  # (row,) bool
    happened: np.ndarray  # (row, event) bool

    def take(self, index: np.ndarray) -> Rows:
        """The rows at some positions."""
        return Rows(*(a[index] for a in self))


class Stepper:
    """A scenario at one parameter value, ready to be stepped row by row.

    Attributes:
        players: ids of the actors that have a utility, in file order.
        owner: (track,) number of the player that moves a track, -1 where the actor has no utility (nature).
        discount: (player,) weight of the next step's change of utility.
    """

    def __init__(self, scenario: Scenario, theta: dict[str, float], *, steps: int, game: Game | None = None) -> None:
        """
        Args:
            theta: every parameter's value.
            steps: how many steps will be asked for: many are worth compiling.
            game: the scenario compiled, if it is at hand.

        Raises:
            InputError: If the scenario is no finite game at these values, with every reason.
        """
        self.scenario, self.game = scenario, game or compile_game(scenario)
        self.theta = {name: jnp.float64(theta[name]) for name in self.game.parameters}
        problems = list(_not_finite(scenario, self.game, theta))
        if problems:
            raise InputError(problems, what="the scenario, as a finite game")
        aims = [actor for actor in scenario.actors.values() if actor.utility is not None]
        self.players = tuple(actor.id for actor in aims)
        self.discount = np.array([actor.discount for actor in aims])
        number = {name: i for i, name in enumerate(self.players)}
        self.owner = tuple(number.get(track.actor, -1) for track in scenario.tracks.values())
        self._utilities = [function_of(actor.utility.tree) for actor in aims if actor.utility is not None]
        compiled = jax.jit if steps >= _MANY_STEPS else lambda f: f
        self._logits = compiled(functools.partial(_logits, self.game))
        self._step = compiled(functools.partial(_step, self.game))
        self._value = compiled(functools.partial(_value, self.game, self._utilities))

    def start(self) -> Rows:
        """The state at the start of the clock, one row."""
        return self.rows(rules.init(self.game, self.theta, jnp.zeros(1, jnp.float64)))

    def rows(self, state: State) -> Rows:
        """A state of the engine (of shape () or (row,)) as rows."""
        alive = np.atleast_1d(np.asarray(state.alive, bool))
        stocks = [np.atleast_1d(np.asarray(state.stocks[s.id], float)) for s in self.game.stocks]
        happened = [np.atleast_1d(np.asarray(state.happened[e.id], bool)) for e in self.game.events]
        return Rows(_columns(stocks, len(alive), float), alive, _columns(happened, len(alive), bool))

    def logits(self, rows: Rows, step: int) -> list[np.ndarray]:
        """Per track (row, option): the logit of hold and of each move, `-inf` where its needs fail."""
        count, padded = self._padded(rows)
        tables = self._logits(self.theta, padded, step)
        out = [np.stack([np.asarray(a)[:count] for a in table], 1) for table in tables]
        return [np.where(table > rules.UNAVAILABLE / 2, table, -np.inf) for table in out]

    def step(self, rows: Rows, step: int, choices: np.ndarray, events: np.ndarray) -> tuple[Rows, np.ndarray]:
        """One step with the moves (row, track) and the events (row, event) given.

        Returns:
            The rows after it, and (row, event) the hazards, which do not depend on `events`.

        Raises:
            InputError: If a hazard is no probability, or a stock no number.
        """
        count, padded = self._padded(rows)
        size = len(padded.alive)
        after, hazards = self._step(self.theta, padded, step, _pad(choices, size), _pad(events, size))
        found = np.stack([np.asarray(h)[:count] for h in hazards], 1) if hazards else np.zeros((count, 0))
        for event, column in zip(self.game.events, found.T, strict=True):
            if not ((column >= 0) & (column <= 1)).all():
                bad = column[~((column >= 0) & (column <= 1))][0]
                raise InputError([Problem(f"events.{event.id}.hazard", "a probability, 0 to 1", f"{bad:g}")])
        moved = self.rows(after).take(np.arange(count))
        for stock, column in zip(self.game.stocks, moved.stocks.T, strict=True):
            if np.isnan(column).any():
                raise InputError([Problem(f"stocks.{stock.id}", "a number after every step", "not a number")])
        return moved, found

    def utilities(self, rows: Rows, step: int) -> np.ndarray:
        """(row, player): the utility of each state at a boundary of the clock."""
        count, padded = self._padded(rows)
        values = self._value(self.theta, padded, min(step, self.game.clock.steps))
        table = _columns([np.asarray(v)[:count] for v in values], count, float)
        for player, column in zip(self.players, table.T, strict=True):
            if not np.isfinite(column).all():
                raise InputError([Problem(f"actors.{player}.utility", "a finite number in every state", "another")])
        return table

    def _padded(self, rows: Rows) -> tuple[int, State]:
        count = len(rows.alive)
        size = _SMALLEST_BATCH
        while size < count:
            size *= _GROWTH
        padded = Rows(*(_pad(a, size) for a in rows))
        stocks = {s.id: padded.stocks[:, i] for i, s in enumerate(self.game.stocks)}
        happened = {e.id: jnp.asarray(padded.happened[:, i]) for i, e in enumerate(self.game.events)}
        return count, State(jax.tree.map(jnp.asarray, stocks), jnp.asarray(padded.alive), happened)


def keys(values: np.ndarray) -> np.ndarray:
    """Numbers as integers that are equal where the numbers agree to 40 bits."""
    mantissa, exponent = np.frexp(np.asarray(values, float))
    rounded = np.ldexp(np.round(mantissa * _MANTISSA) / _MANTISSA, exponent) + 0.0  # + 0.0: one zero, not two
    return rounded.view(np.int64)


def groups(*columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of integers grouped by equality: the first row of each group, and each row's group, in order of
    appearance."""
    table = np.column_stack([np.asarray(c, np.int64) for c in columns])
    if not table.shape[1]:
        return np.zeros(min(1, len(table)), int), np.zeros(len(table), int)
    _, first, inverse = np.unique(table, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.argsort(order)
    return first[order], rank[inverse.reshape(-1)]


def _columns(columns: list[np.ndarray], rows: int, kind: type) -> np.ndarray:
    return np.stack([np.broadcast_to(c, rows) for c in columns], 1) if columns else np.zeros((rows, 0), kind)


def _pad(a: np.ndarray, size: int) -> np.ndarray:
    return a[np.minimum(np.arange(size), len(a) - 1)]


def _logits(game: Game, theta, state: State, step):
    return rules.logits(game, theta, state, jnp.asarray(step))


def _step(game: Game, theta, state: State, step, choices, events):
    step = jnp.asarray(step)
    env = rules.environment(game, theta, state.stocks, step)
    half = jnp.full(state.alive.shape, 0.5, jnp.float64)
    sizes = [
        rules.magnitude_quantile(track, choices[:, i], env, half) if track.has_magnitude else 0.0 * half
        for i, track in enumerate(game.tracks)
    ]

    def decide(hazards):
        return {e.id: jnp.asarray(events[:, i]) for i, e in enumerate(game.events)}

    moves = [jnp.asarray(choices[:, i]) for i in range(len(game.tracks))]
    after, seen = rules.step(game, theta, state, step, moves, sizes, decide, {})
    return after, [seen.hazards[e.id] + 0.0 * half for e in game.events]


def _value(game: Game, utilities, theta, state: State, step):
    env = rules.environment(game, theta, state.stocks, jnp.asarray(step))
    return [jnp.asarray(u(env), jnp.float64) + 0.0 * state.alive for u in utilities]


def _not_finite(scenario: Scenario, game: Game, theta: dict[str, float]) -> Iterator[Problem]:
    env = {name: np.float64(value) for name, value in theta.items()}
    for stock in scenario.stocks.values():
        if stock.noise is not None and not float(function_of(stock.noise.tree)(env)) == 0:
            hint = "noise takes infinitely many values: leave it out, or write chance as an event"
            yield Problem(f"stocks.{stock.id}.noise", "no noise", str(stock.noise), hint)
        if stock.blur:
            hint = "a blurred view takes infinitely many values: hide the stock with seen_by instead"
            yield Problem(f"stocks.{stock.id}.blur", "no blur", f"{stock.blur:g}", hint)
    for track in scenario.tracks.values():
        for move in track.moves.values():
            if move.magnitude is not None and move.magnitude.family != "fixed":
                text = f"{move.magnitude.family}({', '.join(map(str, move.magnitude.arguments))})"
                hint = "a random size takes infinitely many values: write sizes as moves of their own"
                yield Problem(f"tracks.{track.id}.{move.id}.magnitude", "none, or fixed(size)", text, hint)
