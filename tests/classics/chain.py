"""A scenario whose rules do not change with time as a Markov chain, and what happens to it in the long run.

The lattice of the engine gives the transitions, one step from each state that can be reached; first-passage chances,
times and discounted values are linear equations in them (Kemeny & Snell 1960, Finite Markov Chains, chapter III). No
horizon cuts them off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from detente.engine.game.rules import State
from detente.games.lattice import lattice
from detente.games.stepping import Rows, groups, keys
from detente.language.records import Scenario
from tests.classics.scenarios import game_of

_STAYS = 1 - 1e-12  # a state that is left with less than the rest is an end


@dataclass(frozen=True)
class Chain:
    """States and the chances of going from one to another in a step."""

    scenario: Scenario
    rows: Rows
    matrix: sparse.csr_matrix  # (state, state)
    increase: dict[str, np.ndarray]  # counter -> (state,): how much a step adds to it, on average

    def stock(self, name: str) -> np.ndarray:
        """(state,): a stock's value."""
        return self.rows.stocks[:, list(self.scenario.stocks).index(name)]

    @property
    def ends(self) -> np.ndarray:
        """(state,) bool: states that are never left."""
        return self.matrix.diagonal() >= _STAYS

    def expected(self, payment: np.ndarray, discount: float = 1.0, *, last: np.ndarray | None = None) -> np.ndarray:
        """(state,): expected sum of discounted payments until an end, from each state.

        Args:
            payment: (state,) paid in each step spent in a state that is no end, at the start of the step.
            last: (state,) received on coming to an end.
        """
        ends = self.ends
        inner = np.flatnonzero(~ends)
        value = np.zeros(len(ends)) if last is None else np.where(ends, last, 0.0)
        if len(inner):
            here = discount * self.matrix[inner]
            right = payment[inner] + here @ value
            system = sparse.identity(len(inner), format="csc") - here[:, inner].tocsc()
            value[inner] = splu(system.tocsc()).solve(right)
        return value

    def reach(self, target: np.ndarray, discount: float = 1.0) -> np.ndarray:
        """(state,): expected discount to the power of the number of steps until an end, counted if it is in `target`.

        With a discount of 1, the chance that the end is one of `target`.
        """
        return self.expected(np.zeros(len(target)), discount, last=target.astype(float))

    def steps(self) -> tuple[np.ndarray, np.ndarray]:
        """(state,): mean and variance of the number of steps until an end."""
        one = np.ones(len(self.ends))
        mean = self.expected(one)
        second = self.expected(one + 2 * np.where(self.ends, 0.0, self.matrix @ mean))
        return mean, second - mean**2

    def distribution(self, steps: int) -> np.ndarray:
        """(steps + 1, state): where the chain is after each number of steps, from state 0."""
        now = np.zeros(len(self.ends))
        now[0] = 1.0
        told = [now]
        for _ in range(steps):
            now = now @ self.matrix
            told.append(now)
        return np.array(told)


def chain_of(
    scenario: Scenario,
    theta: Mapping[str, float],
    *,
    at: int = 1,
    first: Mapping[str, np.ndarray] | None = None,
    counters: Sequence[str] = (),
) -> Chain:
    """The chain that a scenario's rules make of its states, everybody choosing by the plain softmax of the appeals.

    Args:
        theta: the value of every parameter.
        at: the step whose rules count; they must be those of every later step.
        first: stocks of the states it begins in, shape (state,), where they are not the initial ones.
        counters: stocks that only add up and on which no rule depends: not part of the state, their increase is kept.
    """
    game = game_of(scenario)
    opening = lattice(scenario, theta, horizon=0, game=game).layers[0]
    count = max([1, *(len(v) for v in (first or {}).values())])
    stocks = np.repeat(opening.stocks, count, axis=0)
    for name, values in (first or {}).items():
        stocks[:, list(scenario.stocks).index(name)] = values
    rows = Rows(stocks, np.ones(count, bool), np.zeros((count, len(game.events)), bool))
    column = {name: list(scenario.stocks).index(name) for name in counters}
    known, sources, targets, weights = 0, [], [], []
    increases: dict[str, list[np.ndarray]] = {name: [] for name in counters}
    while known < len(rows.alive):
        fresh = rows.take(np.arange(known, len(rows.alive)))
        state = State(
            {s.id: fresh.stocks[:, i] for i, s in enumerate(game.stocks)},
            fresh.alive,
            {e.id: fresh.happened[:, i] for i, e in enumerate(game.events)},
        )
        one = lattice(scenario, theta, start=at, state=state, horizon=1, nature=True, game=game)
        stage, after = one.stages[0], one.layers[1]
        chosen = np.exp(stage.appeal - stage.appeal.max(1, keepdims=True))
        chosen /= chosen.sum(1, keepdims=True)
        weight = stage.probability * chosen[stage.source, stage.option]
        for name, i in column.items():
            change = after.stocks[stage.target, i] - fresh.stocks[stage.source, i]
            increases[name].append(np.bincount(stage.source, weight * change, len(fresh.alive)))
            after.stocks[:, i] = opening.stocks[0, i]
        everything = Rows(*(np.concatenate(pair) for pair in zip(rows, after, strict=True)))
        distinct, group = groups(*keys(everything.stocks).T, everything.alive)
        sources.append(known + stage.source)
        targets.append(group[len(rows.alive) + stage.target])
        weights.append(weight)
        known, rows = len(rows.alive), everything.take(distinct)
    size = len(rows.alive)
    where = (np.concatenate(sources), np.concatenate(targets))
    matrix = sparse.csr_matrix((np.concatenate(weights), where), shape=(size, size))
    return Chain(scenario, rows, matrix, {name: np.concatenate(parts) for name, parts in increases.items()})
