"""The equations of agent quantal response equilibrium, with their Jacobian, in logarithms of probabilities.

McKelvey & Palfrey (1998): in every information set log p_a - log p_b = (appeal_a - appeal_b) + λ (U_a - U_b), where
U_a is what the player expects there from action a, given what everybody (itself later included) does. With perfect
recall U_a is the mean payoff over the ends of the game that a leads to, weighted by the probability of reaching them;
written so, it and its derivatives are sums over ends, and weights relative to the largest keep their digits far off
the path of play.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy import sparse

from detente.errors import InputError, Problem
from detente.games.extensive import CHANCE, NONE, ExtensiveGame
from detente.games.levelk import best_plan

_DENSE = 2_000_000  # entries up to which a dense (end, action) matrix is quicker than a sparse one


class Equations:
    """F(x, λ) = 0 for x = log probabilities of the players' actions, in the order of `actions`.

    Attributes:
        actions: the players' actions, as numbers in the game.
        appeal: (action,) of those.
        span: the widest range of a player's payoffs; 1 where nobody has anything to gain.
    """

    def __init__(self, game: ExtensiveGame) -> None:
        """
        Raises:
            InputError: If a player forgets an own move: then there is no such equilibrium in behaviour.
        """
        game.need_recall()
        self.game = game
        self.actions = np.flatnonzero(game.action_owner != CHANCE)
        self.appeal = game.appeal[self.actions]
        sets = game.action_infoset[self.actions]
        self.starts = np.flatnonzero(np.r_[True, sets[1:] != sets[:-1]]) if len(sets) else np.zeros(0, int)
        self.set_of = np.cumsum(np.isin(np.arange(len(sets)), self.starts)) - 1
        self.base = self.starts[self.set_of]  # the first action of each one's information set
        self.is_base = self.base == np.arange(len(sets))
        self._paths()

    def _paths(self) -> None:
        """Which actions lead to which ends, sorted by action."""
        game, column = self.game, np.full(len(self.game.appeal), NONE)
        column[self.actions] = np.arange(len(self.actions))
        with np.errstate(divide="ignore"):
            log_chance = np.where(game.action_owner == CHANCE, np.log(game.chance()), 0.0)
        rows, columns, logs = [], [], np.zeros(len(game.ends))
        at = game.ends.copy()
        while (going := at > 0).any():
            action = game.action[at[going]]
            logs[going] += log_chance[action]
            own = column[action] != NONE
            rows.append(np.flatnonzero(going)[own])
            columns.append(column[action[own]])
            at[going] = game.parent[at[going]]
        row = np.concatenate(rows or [np.zeros(0, int)])
        col = np.concatenate(columns or [np.zeros(0, int)])
        possible = np.isfinite(logs)[row]
        order = np.lexsort((row[possible], col[possible]))
        self.end, self.col = row[possible][order], col[possible][order]
        self.log_chance = np.where(np.isfinite(logs), logs, 0.0)
        self.pointer = np.searchsorted(self.col, np.arange(len(self.actions) + 1))
        if (np.diff(self.pointer) == 0).any():
            bad = self.actions[np.flatnonzero(np.diff(self.pointer) == 0)[0]]
            name = game.name_of(int(game.action_infoset[bad]))
            raise InputError([Problem("chance", "no probability 0 on the way to a choice", name)], what="the game")
        paid = game.end_payoffs[game.ends]
        self.span = float(np.ptp(paid, axis=0).max(initial=0.0)) or 1.0
        paid = paid - paid.min(0)  # only differences count, and what all have in common would cost digits
        self.payoff = paid[self.end, game.action_owner[self.actions[self.col]]]

    @cached_property
    def _incidence(self):
        shape = (len(self.game.ends), len(self.actions))
        ones = sparse.csc_matrix((np.ones(len(self.end)), self.end, self.pointer), shape=shape)
        return ones.toarray() if shape[0] * shape[1] <= _DENSE else ones.tocsr()

    def payoffs(self, x: np.ndarray, jacobian: bool = True) -> tuple[np.ndarray, np.ndarray | None]:
        """U (action,), and dU_a/dx_b (action, action)."""
        if not len(x):
            return np.zeros(0), np.zeros((0, 0))
        log_reach = self.log_chance + np.bincount(self.end, x[self.col], len(self.log_chance))
        entry = log_reach[self.end]
        weight = np.exp(entry - np.maximum.reduceat(entry, self.pointer[:-1])[self.col])
        total = np.add.reduceat(weight, self.pointer[:-1])
        u = np.add.reduceat(weight * self.payoff, self.pointer[:-1]) / total
        if not jacobian:
            return u, None
        data = weight * (self.payoff - u[self.col]) / total[self.col]
        shape = (len(x), len(self.log_chance))
        slope = sparse.csr_matrix((data, self.end, self.pointer), shape=shape) @ self._incidence
        return u, slope if isinstance(slope, np.ndarray) else slope.toarray()

    def residual(self, x: np.ndarray, lam: float) -> np.ndarray:
        """F (action,): of each information set the sum of probabilities, then the odds of each action to the first."""
        u, _ = self.payoffs(x, jacobian=False)
        return self._value(x, lam, u)

    def _value(self, x: np.ndarray, lam: float, u: np.ndarray) -> np.ndarray:
        score = x - self.appeal - lam * u
        odds = score - score[self.base]
        return np.where(self.is_base, self._log_sums(x)[self.set_of], odds)

    def _log_sums(self, x: np.ndarray) -> np.ndarray:
        top = np.maximum.reduceat(x, self.starts)
        return top + np.log(np.add.reduceat(np.exp(x - top[self.set_of]), self.starts))

    def linearised(self, x: np.ndarray, lam: float) -> tuple[np.ndarray, np.ndarray]:
        """F, and its Jacobian (action, action + 1): the last column is dF/dλ."""
        u, slope = self.payoffs(x)
        value = self._value(x, lam, u)
        count = len(x)
        whole = np.empty((count, count + 1))
        score = np.eye(count) - lam * np.asarray(slope)
        whole[:, :count] = score - score[self.base]
        whole[:, count] = -(u - u[self.base])
        share = np.exp(x - self._log_sums(x)[self.set_of])
        base = np.flatnonzero(self.is_base)
        whole[base] = 0.0
        whole[base[self.set_of], np.arange(count)] = share
        return value, whole

    def start(self) -> np.ndarray:
        """x at λ = 0: the plain softmax of the appeals."""
        return self.appeal - self._log_sums(self.appeal)[self.set_of] if len(self.appeal) else self.appeal

    def behaviour(self, x: np.ndarray) -> np.ndarray:
        """(action of the game,) probabilities, chance included; each information set sums to 1."""
        full = self.game.chance().copy()
        if len(x):
            full[self.actions] = np.exp(x - self._log_sums(x)[self.set_of])
        return full

    def logs(self, behaviour: np.ndarray) -> np.ndarray:
        """x of a behaviour whose probabilities are all above 0."""
        return np.log(behaviour[self.actions])


def regrets(game: ExtensiveGame, behaviour: np.ndarray) -> np.ndarray:
    """(player,): the most that a player could gain, from the start, by another plan; exact, by recursion over its own
    information sets."""
    now = game.values(behaviour)[0]
    best = [game.values(best_plan(game, behaviour, player))[0, player] for player in range(len(game.players))]
    return np.maximum(0.0, np.array(best) - now)
