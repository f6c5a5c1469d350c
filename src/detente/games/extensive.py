"""`ExtensiveGame`: a finite extensive-form game as plain arrays, in the order in which a reader would draw the tree.

Nodes stand in preorder, and information sets and outcomes in the order of their first node, so that equal games have
equal arrays. Numbers are floats, or `Fraction` in arrays of objects where a file gave them exactly.

Term: an *action* belongs to an information set, a *branch* is what it is called at one node (Osborne & Rubinstein 1994,
ch. 6 and 11). Chance has information sets too, of one node each or shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from detente.errors import InputError, Problem

CHANCE = -1  # the player of a chance node
NONE = -1  # no parent, no action, no information set, no outcome
_NAMED = 5  # information sets that a message names
_SUM = 1e-9  # how far probabilities given as floats may sum from 1


@dataclass(frozen=True, eq=False)
class ExtensiveGame:
    """A finite game. Build one with `assemble`, which puts the arrays in order and checks them.

    Payoffs collect along the path: an outcome may stand at any node, and a path's payoff is the sum of its outcomes.
    """

    players: tuple[str, ...]
    parent: np.ndarray  # (node,) int; NONE at the root, node 0
    action: np.ndarray  # (node,) int: the action that leads here; NONE at the root
    infoset: np.ndarray  # (node,) int; NONE at the ends
    outcome: np.ndarray  # (node,) int; NONE where nothing is paid
    owner: np.ndarray  # (infoset,) int: a player, or CHANCE
    first: np.ndarray  # (infoset + 1,) int: actions first[i] .. first[i + 1] belong to information set i
    probability: np.ndarray  # (action,) of chance; 0 for a player's
    payoffs: np.ndarray  # (outcome, player)
    appeal: np.ndarray  # (action,) log odds that a move has whatever its payoff; 0 in the usual theory
    infoset_labels: tuple[str, ...]
    action_labels: tuple[str, ...]
    outcome_labels: tuple[str, ...]
    node_labels: tuple[str, ...]
    title: str = ""
    comment: str = ""

    def __eq__(self, other: object) -> bool:
        """Whether every number and every name is the same."""
        if not isinstance(other, ExtensiveGame):
            return NotImplemented
        for name in self.__dataclass_fields__:
            mine, its = getattr(self, name), getattr(other, name)
            same = np.array_equal(mine, its) if isinstance(mine, np.ndarray) else mine == its
            if not same:
                return False
        return True

    __hash__ = object.__hash__

    @cached_property
    def levels(self) -> tuple[np.ndarray, ...]:
        """Nodes by depth, the root first."""
        depth = np.zeros(len(self.parent), int)
        for node, up in enumerate(self.parent[1:].tolist(), start=1):
            depth[node] = depth[up] + 1
        order = np.argsort(depth, kind="stable")
        return tuple(np.split(order, np.cumsum(np.bincount(depth))[:-1]))

    @cached_property
    def action_infoset(self) -> np.ndarray:
        """(action,): the information set an action belongs to."""
        return np.repeat(np.arange(len(self.owner)), np.diff(self.first))

    @cached_property
    def action_owner(self) -> np.ndarray:
        """(action,): whose action it is."""
        return self.owner[self.action_infoset]

    @cached_property
    def ends(self) -> np.ndarray:
        """The terminal nodes."""
        return np.flatnonzero(self.infoset == NONE)

    @cached_property
    def children(self) -> np.ndarray:
        """(node, most actions): the child by number of the action in its information set, NONE where there is none."""
        table = np.full((len(self.parent), int(np.diff(self.first).max(initial=1))), NONE)
        below = np.arange(1, len(self.parent))
        up = self.parent[1:]
        table[up, self.action[1:] - self.first[self.infoset[up]]] = below
        return table

    @cached_property
    def end_payoffs(self) -> np.ndarray:
        """(node, player) float: the sum of the outcomes on the path to a node."""
        paid = np.zeros((len(self.parent), len(self.players)))
        here = self.outcome != NONE
        paid[here] = self.payoffs[self.outcome[here]].astype(float)
        for level in self.levels[1:]:
            paid[level] += paid[self.parent[level]]
        return paid

    @cached_property
    def size(self) -> float:
        """The usual size of a payoff."""
        return usual(self.end_payoffs[self.ends])

    @cached_property
    def last_own_action(self) -> np.ndarray:
        """(node, player): the latest action of each player on the path to a node, NONE before the first."""
        last = np.full((len(self.parent), len(self.players)), NONE)
        for level in self.levels[1:]:
            up = self.parent[level]
            last[level] = last[up]
            owner = self.owner[self.infoset[up]]
            own = owner != CHANCE
            last[level[own], owner[own]] = self.action[level[own]]
        return last

    def actions_of(self, infoset: int) -> range:
        """The actions of an information set."""
        return range(int(self.first[infoset]), int(self.first[infoset + 1]))

    def chance(self) -> np.ndarray:
        """(action,) float: probabilities of chance, 0 for players' actions."""
        return self.probability.astype(float)

    def level_zero(self) -> np.ndarray:
        """(action,): everybody's plain softmax of the appeals (uniform where they are 0), and chance."""
        top = np.full(len(self.owner), -np.inf)
        np.maximum.at(top, self.action_infoset, self.appeal)
        weight = np.exp(self.appeal - top[self.action_infoset])
        total = np.bincount(self.action_infoset, weight, len(self.owner))
        return np.where(self.action_owner == CHANCE, self.chance(), weight / total[self.action_infoset])

    def reach(self, behaviour: np.ndarray) -> np.ndarray:
        """(node,): probability of coming to each node. `behaviour`: (action,) probabilities, chance included."""
        reach = np.ones(len(self.parent))
        for level in self.levels[1:]:
            reach[level] = reach[self.parent[level]] * behaviour[self.action[level]]
        return reach

    def values(self, behaviour: np.ndarray) -> np.ndarray:
        """(node, player): expected payoff of the whole path once a node is reached."""
        value = np.where((self.infoset == NONE)[:, None], self.end_payoffs, 0.0)
        for level in reversed(self.levels[1:]):
            np.add.at(value, self.parent[level], behaviour[self.action[level], None] * value[level])
        return value

    def recalls(self) -> list[int]:
        """Information sets whose player has forgotten an own move (or passes twice); empty with perfect recall."""
        forgotten = []
        for infoset, owner in enumerate(self.owner.tolist()):
            if owner != CHANCE:
                last = self.last_own_action[self.infoset == infoset, owner]
                if (last != last[0]).any():
                    forgotten.append(infoset)
        return forgotten

    def need_recall(self) -> None:
        """Refuse a game in which a player forgets.

        Raises:
            InputError: It names the information sets.
        """
        if forgotten := self.recalls():
            names = [self.name_of(infoset) for infoset in forgotten[:_NAMED]]
            names += [f"{len(forgotten) - _NAMED} more"] * (len(forgotten) > _NAMED)
            hint = "no concept of detente solve is defined where a player forgets an own move"
            got = f"forgotten moves at {', '.join(names)}"
            raise InputError([Problem("information sets", "perfect recall", got, hint)], what="the game")

    def name_of(self, infoset: int) -> str:
        """How messages call an information set."""
        owner, label = int(self.owner[infoset]), self.infoset_labels[infoset]
        whose = "chance" if owner == CHANCE else self.players[owner] or f"player {owner + 1}"
        return f"{label or f'information set {infoset + 1}'} ({whose})"

    def perfect_information(self) -> bool:
        """Whether every player's information set is one node."""
        sizes = np.bincount(self.infoset[self.infoset != NONE], minlength=len(self.owner))
        return bool((sizes[self.owner != CHANCE] == 1).all())


def assemble(
    *,
    players: Sequence[str],
    parent: np.ndarray,
    action: np.ndarray,
    infoset: np.ndarray,
    outcome: np.ndarray,
    owner: np.ndarray,
    sizes: np.ndarray,
    probability: np.ndarray,
    payoffs: np.ndarray,
    appeal: np.ndarray | None = None,
    infoset_labels: Sequence[str] | None = None,
    action_labels: Sequence[str] | None = None,
    outcome_labels: Sequence[str] | None = None,
    node_labels: Sequence[str] | None = None,
    title: str = "",
    comment: str = "",
) -> ExtensiveGame:
    """Put a game in canonical order and check it.

    Nodes may come in any order in which parents stand before their children; information sets and outcomes in any
    order, and those without a node are left out. `sizes`: (infoset,) number of actions. The other arguments are as in
    `ExtensiveGame`.

    Raises:
        InputError: If the arrays are no game, with every problem.
    """
    parent, action, infoset, outcome, owner, sizes = (
        np.asarray(a, int) for a in (parent, action, infoset, outcome, owner, sizes)
    )
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    node_order = _preorder(parent, action)
    place = np.argsort(node_order)
    kept, infoset_number = _by_appearance(infoset[node_order], len(owner))
    paid, outcome_number = _by_appearance(outcome[node_order], len(payoffs))
    spans = [np.arange(int(first[i]), int(first[i + 1])) for i in kept]
    actions = np.concatenate(spans or [np.zeros(0, int)])
    action_number = np.full(int(first[-1]) + 1, NONE)
    action_number[actions] = np.arange(len(actions))
    up = parent[node_order]
    through = action[node_order]

    def named(labels: Sequence[str] | None, order: np.ndarray) -> tuple[str, ...]:
        return tuple("" if labels is None else str(labels[i]) for i in order)

    game = ExtensiveGame(
        players=tuple(players),
        parent=np.where(up == NONE, NONE, place[up]),
        action=np.where(through == NONE, NONE, action_number[through]),
        infoset=infoset_number[infoset[node_order]],
        outcome=outcome_number[outcome[node_order]],
        owner=owner[kept],
        first=np.concatenate([[0], np.cumsum(sizes[kept])]),
        probability=np.asarray(probability)[actions],
        payoffs=np.asarray(payoffs)[paid].reshape(len(paid), len(players)),
        appeal=np.zeros(len(actions)) if appeal is None else np.asarray(appeal, float)[actions],
        infoset_labels=named(infoset_labels, kept),
        action_labels=named(action_labels, actions),
        outcome_labels=named(outcome_labels, paid),
        node_labels=named(node_labels, node_order),
        title=title,
        comment=comment,
    )
    problems = list(_problems(game))
    if problems:
        raise InputError(problems, what="the game")
    return game


def usual(payoffs: np.ndarray) -> float:
    """The usual size of payoffs: the median of those that are not nought, without their signs."""
    sizes = np.abs(payoffs[payoffs != 0])
    return float(np.median(sizes)) if sizes.size else 1.0


def _preorder(parent: np.ndarray, action: np.ndarray) -> np.ndarray:
    """Node numbers in preorder, children by action."""
    below: list[list[int]] = [[] for _ in parent]
    for node in np.argsort(action, kind="stable").tolist():
        if parent[node] != NONE:
            below[parent[node]].append(node)
    order, stack = [], [int(i) for i in np.flatnonzero(parent == NONE)]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(reversed(below[node]))
    return np.array(order)


def _by_appearance(numbers: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Old numbers in order of appearance, and a table from old to new ones whose last entry serves NONE."""
    used, at = np.unique(numbers[numbers != NONE], return_index=True)
    kept = used[np.argsort(at)]
    table = np.full(count + 1, NONE)
    table[kept] = np.arange(len(kept))
    return kept, table


def _problems(game: ExtensiveGame):
    roots = int((game.parent == NONE).sum())
    if roots != 1 or game.parent[0] != NONE:
        yield Problem("nodes", "one root", f"{roots} of them")
        return
    inner = np.flatnonzero(game.infoset != NONE)
    wanted = np.diff(game.first)[game.infoset[inner]]
    found = np.bincount(game.parent[1:], minlength=len(game.parent))[inner]
    distinct = len(np.unique(np.stack([game.parent, game.action]), axis=1).T) == len(game.parent)
    right = bool((game.action_infoset[game.action[1:]] == game.infoset[game.parent[1:]]).all())
    if (wanted != found).any() or not (distinct and right) or (np.diff(game.first) < 1).any():
        yield Problem("nodes", "one branch for every action of the node's information set", "another number")
    if not np.isfinite(game.payoffs.astype(float)).all():
        yield Problem("payoffs", "finite numbers", "something else")
    for infoset in np.flatnonzero(game.owner == CHANCE).tolist():
        chances = game.probability[list(game.actions_of(infoset))]
        total: Any = sum(chances)
        exact = all(isinstance(c, Fraction | int) for c in chances)
        if (chances.astype(float) < 0).any() or (total != 1 if exact else abs(total - 1) > _SUM):
            name = game.infoset_labels[infoset] or f"number {infoset + 1}"
            shown = ", ".join(str(c) for c in chances)
            yield Problem(f"chance {name}", "probabilities that sum to 1", shown)
