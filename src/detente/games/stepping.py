"""The rules on a batch of rows, one step at a time and in double precision: what `tree` and `lattice` expand with.

Everything is decided by the caller (moves and events), so nothing in a step is random; a scenario in which chance is
not a choice among finitely many things is refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from detente.engine.game import rules
from detente.engine.game.compile import compile_game, function_of
from detente.engine.game.game import Game
from detente.engine.game.rules import Option, State
from detente.errors import InputError, Problem
from detente.language.records import Scenario

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

    def __init__(self, scenario: Scenario, theta: dict[str, float], *, game: Game | None = None) -> None:
        """
        Args:
            theta: every parameter's value.
            game: the scenario compiled, if it is at hand.

        Raises:
            InputError: If the scenario is no finite game at these values, with every reason.
        """
        self.scenario, self.game = scenario, game or compile_game(scenario)
        self.theta = {name: np.float64(theta[name]) for name in self.game.parameters}
        problems = list(_not_finite(scenario, self.game, theta))
        if problems:
            raise InputError(problems, what="the scenario, as a finite game")
        aims = [actor for actor in scenario.actors.values() if actor.utility is not None]
        self.players = tuple(actor.id for actor in aims)
        self.discount = np.array([actor.discount for actor in aims])
        number = {name: i for i, name in enumerate(self.players)}
        self.owner = tuple(number.get(track.actor, -1) for track in scenario.tracks.values())
        self._utilities = [function_of(actor.utility.tree) for actor in aims if actor.utility is not None]

    def start(self) -> Rows:
        """The state at the start of the clock, one row."""
        with np.errstate(all="ignore"):
            return self.rows(rules.start(self.game, self.theta, np.zeros(1)))

    def rows(self, state: State) -> Rows:
        """A state of the engine (of shape () or (row,)) as rows."""
        alive = np.atleast_1d(np.asarray(state.alive, bool))
        stocks = [np.asarray(state.stocks[s.id], float) for s in self.game.stocks]
        happened = [np.asarray(state.happened[e.id], bool) for e in self.game.events]
        return Rows(_columns(stocks, len(alive), float), alive, _columns(happened, len(alive), bool))

    def logits(self, rows: Rows, step: int) -> list[np.ndarray]:
        """Per track (row, option): the logit of hold and of each move, `-inf` where its needs fail."""
        clock = rules.clock_at(self.game, step)
        with np.errstate(all="ignore"):
            table = rules.options(self.game, self.theta, self._state(rows), clock)
        return [_columns([_open(option) for option in row], len(rows.alive), float) for row in table]

    def step(self, rows: Rows, step: int, choices: np.ndarray, events: np.ndarray) -> tuple[Rows, np.ndarray]:
        """One step with the moves (row, track) and the events (row, event) given.

        Returns:
            The rows after it, and (row, event) the hazards, which do not depend on `events`.

        Raises:
            InputError: If a hazard is no probability, or a stock no number.
        """
        game, state, clock = self.game, self._state(rows), rules.clock_at(self.game, step)
        made = [[choices[:, i] == m for m in range(1, len(track.moves) + 1)] for i, track in enumerate(game.tracks)]

        def decide(hazards: dict) -> dict:
            return {e.id: events[:, i] for i, e in enumerate(game.events)}

        with np.errstate(all="ignore"):
            env = rules.environment(self.theta, state.stocks, clock)
            # sizes are fixed: any quantile is the size
            sizes = [rules.magnitude_quantile(t, m, env, 0.5) for t, m in zip(game.tracks, made, strict=True)]
            after, seen = rules.step(game, self.theta, state, clock, made, sizes, decide, {})
        found = _columns([seen.hazards[e.id] for e in game.events], len(rows.alive), float)
        for event, column in zip(game.events, found.T, strict=True):
            if not ((column >= 0) & (column <= 1)).all():
                bad = column[~((column >= 0) & (column <= 1))][0]
                raise InputError([Problem(f"events.{event.id}.hazard", "a probability, 0 to 1", f"{bad:g}")])
        moved = self.rows(after)
        for stock, column in zip(game.stocks, moved.stocks.T, strict=True):
            if np.isnan(column).any():
                raise InputError([Problem(f"stocks.{stock.id}", "a number after every step", "not a number")])
        return moved, found

    def utilities(self, rows: Rows, step: int) -> np.ndarray:
        """(row, player): the utility of each state at a boundary of the clock."""
        clock = rules.clock_at(self.game, step)
        with np.errstate(all="ignore"):
            env = rules.environment(self.theta, self._state(rows).stocks, clock)
            table = _columns([u(env) for u in self._utilities], len(rows.alive), float)
        for player, column in zip(self.players, table.T, strict=True):
            if not np.isfinite(column).all():
                raise InputError([Problem(f"actors.{player}.utility", "a finite number in every state", "another")])
        return table

    def _state(self, rows: Rows) -> State:
        stocks = {s.id: rows.stocks[:, i] for i, s in enumerate(self.game.stocks)}
        return State(stocks, rows.alive, {e.id: rows.happened[:, i] for i, e in enumerate(self.game.events)})


def _open(option: Option) -> np.ndarray:
    return np.where(option.available, option.appeal, -np.inf)


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


def _columns(columns: list, rows: int, kind: type) -> np.ndarray:
    out = np.empty((rows, len(columns)), kind)
    for i, column in enumerate(columns):
        out[:, i] = column
    return out


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
