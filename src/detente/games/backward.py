"""Backward recursion: exact best reply, and agent quantal response where what is believed does not depend on play.

It needs less than perfect information. An information set is solved by recursion when the odds of its nodes come from
chance alone, i.e. when the same players' actions lead to each of them (a private type drawn by nature, seen by one
side); and when what follows is solved first. Then recursion gives *the* agent quantal response equilibrium, without a
fixed point (McKelvey & Palfrey 1998), and with λ = inf the subgame-perfect one, up to ties.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from detente.errors import InputError, Problem
from detente.games import lattice as lattices
from detente.games.extensive import CHANCE, NONE, ExtensiveGame, usual
from detente.games.lattice import Backward, Lattice
from detente.games.reply import check_tie, per_player, respond


def solve_lattice(lattice: Lattice, lam: float | Mapping[str, float] = np.inf, *, tie: str = "split") -> Backward:
    """Backward recursion on a lattice.

    Args:
        lam: λ of everybody, or by player; inf is the exact best reply.
        tie: what a best reply does between equally good options: `split`, `first` or `last`.
    """
    check_tie(tie)
    lams = per_player(lattice.players, lam)
    size = usual(np.concatenate(lattice.utility))
    return lattices.backward(lattice, lambda player, appeal, payoff: respond(appeal, payoff, lams[player], tie, size))


def solve(game: ExtensiveGame, lam: float | Mapping[str, float] = np.inf, *, tie: str = "split") -> np.ndarray:
    """Backward recursion on a tree.

    Args:
        lam: λ of everybody, or by player; inf is the exact best reply.
        tie: as in `solve_lattice`.

    Returns:
        (action,) probabilities, those of chance included.

    Raises:
        InputError: If beliefs depend on play, so that there is no recursion.
    """
    check_tie(tie)
    lams = per_player(game.players, lam)
    order = recursion_order(game)
    if order is None:
        hint = "solve it with the concept qre or nash"
        expected = "choices of which the beliefs come from chance alone"
        problem = Problem("backward recursion", expected, "simultaneous or hidden moves", hint)
        raise InputError([problem], what="the game")
    behaviour = game.level_zero()
    belief = game.reach(np.where(game.action_owner == CHANCE, behaviour, 1.0))
    for ready in order:
        payoff = action_payoffs(game, belief, game.values(behaviour))
        for infoset in ready:
            actions = list(game.actions_of(infoset))
            lam_here = lams[game.owner[infoset]]
            behaviour[actions] = respond(game.appeal[actions], payoff[actions], lam_here, tie, game.size)
    return behaviour


def action_payoffs(game: ExtensiveGame, weight: np.ndarray, value: np.ndarray) -> np.ndarray:
    """(action,): what its player expects of it, given weights of the nodes of its information set.

    Args:
        weight: (node,) on any scale, its own in each information set.
        value: (node, player) expected payoffs.

    Returns:
        0 for chance, and where all weights are 0.
    """
    action, up = game.action[1:], game.parent[1:]
    owner = game.action_owner[action]
    worth = np.where(owner == CHANCE, 0.0, value[np.arange(1, len(value)), owner])
    count = len(game.appeal)
    total = np.bincount(action, weight[up], count)
    with np.errstate(invalid="ignore"):
        return np.where(total > 0, np.bincount(action, weight[up] * worth, count) / total, 0.0)


def recursion_order(game: ExtensiveGame) -> list[list[int]] | None:
    """Players' information sets in the order in which recursion solves them; None where it cannot."""
    rank = ranks(game)
    if rank is None or not _chance_beliefs(game):
        return None
    return [np.flatnonzero(rank == r).tolist() for r in range(1, int(rank.max(initial=0)) + 1)]


def ranks(game: ExtensiveGame) -> np.ndarray | None:
    """(infoset,): 1 where no player decides below, else 1 above the highest rank below; 0 for chance.

    None where two information sets stand above each other.
    """
    players = game.owner != CHANCE
    rank = players.astype(int)
    for _ in range(len(rank) + 1):
        found, below = rank.copy(), np.zeros(len(game.parent), int)
        for level in reversed(game.levels):
            own = level[(game.infoset[level] != NONE)]
            own = own[players[game.infoset[own]]]
            np.maximum.at(found, game.infoset[own], below[own] + 1)
            below[own] = found[game.infoset[own]]
            up = game.parent[level]
            np.maximum.at(below, up[up != NONE], below[level[up != NONE]])
        if (found == rank).all():
            return rank
        rank = found
    return None


def _chance_beliefs(game: ExtensiveGame) -> bool:
    """Whether the same actions of players lead to every node of an information set."""
    mark = np.random.default_rng(1).integers(1, 2**62, len(game.appeal))  # a path's sum tells its actions apart
    mark = np.where(game.action_owner == CHANCE, 0, mark)
    path = np.zeros(len(game.parent), np.int64)
    for level in game.levels[1:]:
        path[level] = path[game.parent[level]] + mark[game.action[level]]
    inner = np.flatnonzero(game.infoset != NONE)
    inner = inner[game.owner[game.infoset[inner]] != CHANCE]
    first = np.zeros(len(game.owner), np.int64)
    first[game.infoset[inner]] = path[inner]
    return bool((path[inner] == first[game.infoset[inner]]).all())
