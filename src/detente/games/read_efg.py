"""Reading Gambit's .efg files: the other half of `efg`."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from detente.games.extensive import CHANCE, NONE, ExtensiveGame, assemble
from detente.games.tokens import Tokens, text_of


def load_efg(path: str | Path) -> ExtensiveGame:
    """Read an .efg file.

    Raises:
        InputError: If it cannot be read, or is no game; with file, line and column.
    """
    return read_efg(text_of(Path(path)), Path(path).name)


def read_efg(text: str, file: str = "the text") -> ExtensiveGame:
    """Read the text of an .efg file; numbers are kept exactly.

    Raises:
        InputError: If it is no game, with file, line and column.
    """
    tokens = Tokens(text, file, "efg")
    tokens.take("word", "EFG, the first word of the format", "EFG")
    tokens.take("word", "2, the version of the format", "2")
    if tokens.peek()[1] not in ("R", "D"):
        raise tokens.problem("R or D", tokens.peek()[1])
    tokens.take("word", "R or D")
    title = tokens.take("text", "a title in quotation marks")
    players = tokens.players()
    comment = tokens.take("text", "a comment") if tokens.peek()[0] == "text" else ""
    reading = _Reading(tokens, players)
    reading.nodes()
    return reading.game(title, comment)


@dataclass
class _Set:
    number: int
    labels: list[str]
    chances: list[Fraction]
    name: str


@dataclass
class _Reading:
    """The nodes read so far."""

    tokens: Tokens
    players: list[str]
    sets: dict[tuple[int, int], _Set] = field(default_factory=dict)
    outcomes: dict[int, tuple[int, str, list[Fraction]]] = field(default_factory=dict)
    parent: list[int] = field(default_factory=list)
    branch: list[int] = field(default_factory=list)
    infoset: list[int] = field(default_factory=list)
    outcome: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def nodes(self) -> None:
        """Read nodes in preorder until the tree is complete."""
        waiting: list[list[int]] = []  # (node, actions left, actions) of those whose branches are still to come
        while True:
            parent, branch = (waiting[-1][0], waiting[-1][2] - waiting[-1][1]) if waiting else (NONE, NONE)
            if waiting:
                waiting[-1][1] -= 1
            self.parent.append(parent)
            self.branch.append(branch)
            size = self.node()
            if size:
                waiting.append([len(self.parent) - 1, size, size])
            while waiting and not waiting[-1][1]:
                waiting.pop()
            if not waiting:
                break
        if self.tokens.peek()[0] != "end":
            raise self.tokens.problem("the end of the file: the tree is complete", self.tokens.peek()[1])

    def node(self) -> int:
        """Read one node; returns how many branches it has."""
        tokens = self.tokens
        kind = tokens.peek()[1]
        if tokens.peek()[0] != "word" or kind not in ("c", "p", "t"):
            raise tokens.problem("a node: c, p or t", kind or "the end of the file")
        tokens.take("word", "a node")
        self.labels.append(tokens.take("text", "the node's name"))
        found = None
        if kind != "t":
            owner = CHANCE
            if kind == "p":
                owner = tokens.integer("a player's number") - 1
                if not 0 <= owner < len(self.players):
                    tokens.at -= 1
                    raise tokens.problem(f"a player, 1 to {len(self.players)}", tokens.peek()[1])
            found = self.set(owner, tokens.integer("the number of an information set"))
        self.infoset.append(NONE if found is None else found.number)
        self.pay(tokens.integer("the number of an outcome, or 0"))
        return 0 if found is None else len(found.labels)

    def set(self, owner: int, number: int) -> _Set:
        """The information set of a node, described here or before."""
        tokens = self.tokens
        known = self.sets.get((owner, number))
        described = tokens.peek()[0] == "text" or tokens.peek() == ("brace", "{")
        if not described:
            if known is None:
                raise tokens.problem("the name and actions of a new information set", tokens.peek()[1])
            return known
        at = tokens.at
        name = tokens.take("text", "a name") if tokens.peek()[0] == "text" else None
        if known is not None and name not in (None, known.name):
            tokens.at = at
            raise tokens.problem(f"the name that the information set had before, {known.name!r}", str(name))
        if tokens.peek() != ("brace", "{") and known is not None:
            return known
        labels, chances = [], []
        for _ in tokens.within("the actions"):
            labels.append(tokens.take("text", "an action's name"))
            if owner == CHANCE:
                chances.append(tokens.number("a probability"))
                if chances[-1] < 0:
                    tokens.at -= 1
                    raise tokens.problem("a probability, 0 or more", tokens.peek()[1])
        if known is None:
            if not labels:
                raise tokens.problem("at least one action", "}")
            if owner == CHANCE and sum(chances) != 1:
                tokens.at = at
                raise tokens.problem("probabilities that sum to 1", ", ".join(map(str, chances)))
            known = self.sets[owner, number] = _Set(len(self.sets), labels, chances, name or "")
        elif (labels, chances) != (known.labels, known.chances):
            tokens.at = at
            raise tokens.problem("the actions that the information set had before", tokens.peek()[1])
        return known

    def pay(self, number: int) -> None:
        """The outcome of a node, described here or before."""
        tokens = self.tokens
        if number == 0:
            self.outcome.append(NONE)
            return
        at, known = tokens.at, self.outcomes.get(number)
        name = tokens.take("text", "the outcome's name") if tokens.peek()[0] == "text" else None
        if known is not None and name not in (None, known[1]):
            tokens.at = at
            raise tokens.problem(f"the name that the outcome had before, {known[1]!r}", str(name))
        if tokens.peek() == ("brace", "{"):
            at = tokens.at
            payoffs = [tokens.number("a payoff", commas=True) for _ in tokens.within("the payoffs", commas=True)]
            if len(payoffs) != len(self.players):
                tokens.at = at
                raise tokens.problem(f"{len(self.players)} payoffs, one for each player", f"{len(payoffs)} of them")
            known = self.outcomes.setdefault(number, (len(self.outcomes), name or "", payoffs))
            if known[2] != payoffs:
                tokens.at = at
                raise tokens.problem("the payoffs that the outcome had before", "others")
        elif number not in self.outcomes:
            raise tokens.problem("the payoffs of a new outcome", tokens.peek()[1] or "the end of the file")
        self.outcome.append(self.outcomes[number][0])

    def game(self, title: str, comment: str) -> ExtensiveGame:
        """The game that was read."""
        sets, outcomes = list(self.sets.items()), list(self.outcomes.values())
        sizes = np.array([len(s.labels) for _, s in sets], int)
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
        action = [
            NONE if p == NONE else first[self.infoset[p]] + b for p, b in zip(self.parent, self.branch, strict=True)
        ]
        chances = [c for _, s in sets for c in (s.chances or [Fraction(0)] * len(s.labels))]
        return assemble(
            players=self.players,
            parent=np.array(self.parent),
            action=np.array(action),
            infoset=np.array(self.infoset),
            outcome=np.array(self.outcome),
            owner=np.array([owner for (owner, _), _ in sets], int),
            sizes=sizes,
            probability=np.array([*chances, None], object)[:-1],
            payoffs=np.array([p for _, _, p in outcomes], object).reshape(len(outcomes), len(self.players)),
            infoset_labels=[s.name for _, s in sets],
            action_labels=[label for _, s in sets for label in s.labels],
            outcome_labels=[name for _, name, _ in outcomes],
            node_labels=self.labels,
            title=title,
            comment=comment,
        )
