"""Level-k and Poisson cognitive hierarchy on extensive games.

Stahl & Wilson (1994), Nagel (1995); Camerer, Ho & Chong (2004); on trees Ho & Su (2013), Lin & Palfrey (2022). Level 0
follows the plain softmax of its appeals (uniform where they are 0). Level k answers level k-1 (`levelk`), or a
Poisson mixture of levels 0 .. k-1 (`ch`), by best reply or logit.

A player's own later moves are its own level's (`later="own"`), or those of the level below (`later="below"`, as in
`foresight`). Believing in a mixture, a player who sees an earlier move of the other may ignore what it says of the
other's level (`belief="static"`), or learn from it (`belief="bayes"`).

Where a choice is believed never to be reached, moves of probability 0 are taken for equally small slips: the nodes with
fewest slips on the way are believed, in proportion to the rest of their probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, lgamma, log

import numpy as np

from detente.errors import InputError, Problem
from detente.games.backward import action_payoffs
from detente.games.extensive import CHANCE, ExtensiveGame
from detente.games.reply import check_tie, respond

HIGHEST = 100  # beyond, nothing changes that anybody could tell
HIERARCHIES, LATER, BELIEFS = ("levelk", "ch"), ("own", "below"), ("static", "bayes")


@dataclass(frozen=True)
class Levels:
    """What each level does: per level (action,) probabilities, chance included; everybody is of that level."""

    game: ExtensiveGame
    by_level: tuple[np.ndarray, ...]

    def population(self, weights: Sequence[float] | np.ndarray) -> np.ndarray:
        """(action,): what somebody does whose level is drawn anew for each player and game, given that it gets there.

        `reach` and `values` of this behaviour are those of the population (Kuhn's theorem: recall is perfect).

        Args:
            weights: of levels 0, 1, ..; on any scale.
        """
        return mixture(self.game, self.by_level[: len(weights)], weights, "bayes")


def poisson(tau: float, levels: int) -> np.ndarray:
    """Poisson weights of levels 0 .. levels - 1, summing to 1."""
    logs = np.array([k * log(tau) - lgamma(k + 1) for k in range(levels)])
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def level_k(
    game: ExtensiveGame,
    level: int,
    *,
    lam: float = np.inf,
    hierarchy: str = "levelk",
    tau: float | None = None,
    later: str = "own",
    belief: str = "static",
    tie: str = "split",
) -> Levels:
    """Levels 0 to `level`.

    Args:
        lam: λ of the response; inf is best reply.
        hierarchy: `levelk` or `ch`; the latter needs `tau`, the mean level.
        later: whose a player's own later moves are: `own` or `below`.
        belief: with `ch`, whether what the other did is taken to say something of its level.
        tie: of best replies: `split`, `first` or `last`.

    Raises:
        InputError: If an option is none of those, or a player forgets its own moves.
    """
    check_tie(tie)
    for name, value, known in (
        ("hierarchy", hierarchy, HIERARCHIES),
        ("later", later, LATER),
        ("belief", belief, BELIEFS),
    ):
        if value not in known:
            raise InputError([Problem(name, " or ".join(known), value)], what="the options")
    if hierarchy == "ch" and not (tau is not None and 0 < tau < inf):
        raise InputError([Problem("tau", "the mean level, above 0 and finite", str(tau))], what="the options")
    order = _own_order(game)
    found = [game.level_zero()]
    for k in range(1, level + 1):
        others = found[-1]
        if hierarchy == "ch" and tau is not None:
            others = mixture(game, found, poisson(tau, k), belief)
        answer = others.copy()
        for player in range(len(game.players)):
            plan = answer_to(game, others, player, order, lam=lam, tie=tie, later=later)
            own = game.action_owner == player
            answer[own] = plan[own]
        found.append(answer)
    return Levels(game, tuple(found))


def answer_to(game, others, player, order, *, lam, tie, later) -> np.ndarray:
    """One player's answer to what everybody does (its own entries in `others` count where `later` is below)."""
    plan = others.copy()
    belief = _beliefs(game, others, player)
    fixed = game.values(others)
    for ready in order:
        mine = [i for i in ready if game.owner[i] == player]
        if mine:
            payoff = action_payoffs(game, belief, game.values(plan) if later == "own" else fixed)
            for infoset in mine:
                actions = list(game.actions_of(infoset))
                plan[actions] = respond(game.appeal[actions], payoff[actions], lam, tie, game.size)
    return plan


def best_plan(game: ExtensiveGame, behaviour: np.ndarray, player: int) -> np.ndarray:
    """(action,): `behaviour` with one player's exact best reply to it."""
    return answer_to(game, behaviour, player, _own_order(game), lam=np.inf, tie="split", later="own")


def mixture(
    game: ExtensiveGame, behaviours: Sequence[np.ndarray], weights: Sequence[float] | np.ndarray, belief: str
) -> np.ndarray:
    """(action,): the mean of some behaviours, each player's drawn by `weights`.

    `bayes`: given that the player got there, so that the mixture is exact; `static`: the plain mean everywhere.
    """
    weight = np.asarray(weights, float) / np.sum(weights)
    plain = np.tensordot(weight, np.stack(behaviours), 1)
    if belief == "static":
        return plain
    own = np.stack([_own_reach(game, b) for b in behaviours])  # (behaviour, infoset): by the owner's own moves
    got = weight[:, None] * own
    total = got.sum(0)
    share = np.where(total > 0, got / np.where(total > 0, total, 1.0), weight[:, None])
    return np.einsum("ba,ba->a", share[:, game.action_infoset], np.stack(behaviours))


def _own_reach(game: ExtensiveGame, behaviour: np.ndarray) -> np.ndarray:
    """(infoset,): probability that its owner's own earlier moves lead there; 1 for chance."""
    reach = np.ones(len(game.owner))
    for infoset, last in earlier(game):
        if last >= 0:
            reach[infoset] = reach[game.action_infoset[last]] * behaviour[last]
    return reach


def _beliefs(game: ExtensiveGame, others: np.ndarray, player: int) -> np.ndarray:
    """(node,): weights of nodes by the others' and chance's moves, with fewest slips, each information set on
    its own."""
    p = np.where(game.action_owner == player, 1.0, others)
    slip = p <= 0
    with np.errstate(divide="ignore"):
        step = np.where(slip, 0.0, np.log(p))
    slips, log = np.zeros(len(game.parent), int), np.zeros(len(game.parent))
    for level in game.levels[1:]:
        up, action = game.parent[level], game.action[level]
        slips[level] = slips[up] + slip[action]
        log[level] = log[up] + step[action]
    where = np.where(game.infoset >= 0, game.infoset, len(game.owner))  # ends in a place of their own
    fewest = np.full(len(game.owner) + 1, np.iinfo(int).max)
    np.minimum.at(fewest, where, slips)
    log = np.where(slips == fewest[where], log, -np.inf)
    top = np.full(len(game.owner) + 1, -np.inf)
    np.maximum.at(top, where, log)
    return np.exp(log - top[where])


def _own_order(game: ExtensiveGame) -> list[list[int]]:
    """Players' information sets, those with most own moves before them first: a player's later choices come first."""
    game.need_recall()
    before = _own_moves(game)
    order = [np.flatnonzero((before == n) & (game.owner != CHANCE)).tolist() for n in range(before.max(initial=-1) + 1)]
    return list(reversed(order))


def _own_moves(game: ExtensiveGame) -> np.ndarray:
    """(infoset,): how many own moves its owner has made before."""
    count = np.zeros(len(game.owner), int)
    for infoset, last in earlier(game):
        count[infoset] = 0 if last < 0 else count[game.action_infoset[last]] + 1
    return count


def earlier(game: ExtensiveGame) -> list[tuple[int, int]]:
    """Players' information sets, each with its owner's last own action; an own earlier set stands before."""
    sets, nodes = np.unique(game.infoset, return_index=True)  # the first node of each, in preorder
    return [
        (infoset, int(game.last_own_action[node, game.owner[infoset]]))
        for infoset, node in zip(sets.tolist(), nodes.tolist(), strict=True)
        if infoset >= 0 and game.owner[infoset] != CHANCE
    ]
