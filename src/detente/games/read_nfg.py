"""Reading Gambit's .nfg files: games in which everybody chooses once, unseen, as payoffs or as a list of outcomes.

The formats: https://gambitproject.readthedocs.io/en/latest/formats.html. A game becomes a tree in which the players
choose one after the other, in the file's order, each in one information set.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from math import prod
from operator import mul
from pathlib import Path
from typing import TypeVar

import numpy as np

from detente.errors import InputError
from detente.games.extensive import NONE, ExtensiveGame, assemble
from detente.games.tokens import Tokens, text_of

MAX_NODES = 200_000  # of the tree
_SHOWN = 20  # wrong numbers of a table that a message names
Entry = TypeVar("Entry")


def load_nfg(path: str | Path) -> ExtensiveGame:
    """Read an .nfg file.

    Raises:
        InputError: If it cannot be read, or is no game; with file, line and column.
    """
    return read_nfg(text_of(Path(path)), Path(path).name)


def read_nfg(text: str, file: str = "the text") -> ExtensiveGame:
    """Read the text of an .nfg file; numbers are kept exactly.

    Raises:
        InputError: If it is no game, with file, line and column; of wrong numbers in the table all.
    """
    tokens = Tokens(text, file, "nfg")
    tokens.take("word", "NFG, the first word of the format", "NFG")
    tokens.take("word", "1, the version of the format", "1")
    if tokens.peek()[1] not in ("R", "D"):
        raise tokens.problem("R or D", tokens.peek()[1])
    tokens.take("word", "R or D")
    title = tokens.take("text", "a title in quotation marks")
    players = tokens.players()
    if not players:
        tokens.at -= 1
        raise tokens.problem("a player's name", "}")
    labels = _strategies(tokens, len(players))
    comment = tokens.take("text", "a comment") if tokens.peek()[0] == "text" else ""
    names, payoffs, cells = _outcomes(tokens, labels) if tokens.peek()[1] == "{" else _payoffs(tokens, labels)
    return _game(title, comment, players, labels, names, payoffs, cells)


def _strategies(tokens: Tokens, players: int) -> list[list[str]]:
    """The names of each player's strategies; their numbers where the file says only how many there are."""
    sizes, labels, at = [], {}, tokens.at
    for _ in tokens.within("the strategies"):
        here = tokens.at
        if tokens.peek() == ("brace", "{"):
            names = [tokens.take("text", "a strategy's name") for _ in tokens.within("the strategies")]
            labels[len(sizes)] = names
            sizes.append(len(names))
        else:
            sizes.append(tokens.integer("a number of strategies, or their names in braces"))
        if len(labels) not in (0, len(sizes)):
            tokens.at = here
            raise tokens.problem("names of every player's strategies, or numbers of all", tokens.peek()[1])
        if not sizes[-1]:
            tokens.at = here
            raise tokens.problem("at least one strategy", "none")
    if len(sizes) != players:
        tokens.at = at
        raise tokens.problem(f"strategies of {players} players", f"of {len(sizes)}")
    nodes = 1 + sum(itertools.accumulate(sizes, mul))
    if nodes > MAX_NODES:
        tokens.at = at
        raise tokens.problem(f"a game of at most {MAX_NODES:,} nodes as a tree", f"{nodes:,}")
    return [labels.get(i) or [str(number) for number in range(1, size + 1)] for i, size in enumerate(sizes)]


def _payoffs(tokens: Tokens, labels: list[list[str]]) -> tuple[list[str], list[list[Fraction]], list[int]]:
    """The outcomes of a table of payoffs: one for each cell."""
    players, count = len(labels), prod(map(len, labels))
    what = f"{count * players:,} payoffs, {players} for each of {count:,} combinations of strategies"
    numbers = _table(tokens, count * players, what, lambda: tokens.number("a payoff"))
    return [""] * count, [numbers[i : i + players] for i in range(0, len(numbers), players)], list(range(count))


def _outcomes(tokens: Tokens, labels: list[list[str]]) -> tuple[list[str], list[list[Fraction]], list[int]]:
    """The outcomes of a list of them, and that of each cell."""
    names, payoffs, count = [], [], prod(map(len, labels))
    for _ in tokens.within("the outcomes"):
        at = tokens.at
        tokens.take("brace", "{ before an outcome", "{")
        names.append(tokens.take("text", "the outcome's name"))
        payoffs.append([])
        while tokens.peek() != ("brace", "}"):
            payoffs[-1].append(tokens.number("a payoff", commas=True))
        tokens.take("brace", "}", "}")
        if len(payoffs[-1]) != len(labels):
            tokens.at = at
            raise tokens.problem(f"{len(labels)} payoffs, one for each player", f"{len(payoffs[-1])} of them")

    def one() -> int:
        number = tokens.integer(expected := f"an outcome, 1 to {len(names)}, or 0")
        if number > len(names):
            tokens.at -= 1
            raise tokens.problem(expected, tokens.peek()[1])
        return number - 1 if number else NONE

    return names, payoffs, _table(tokens, count, f"{count:,} outcomes, one for each combination of strategies", one)


def _table(tokens: Tokens, count: int, what: str, one: Callable[[], Entry]) -> list[Entry]:
    """The entries of the table with which a file ends."""
    found, problems, start = [], [], tokens.at
    while tokens.peek()[0] != "end":
        try:
            found.append(one())
        except InputError as error:
            problems += error.problems
            tokens.at += 1
        if len(problems) >= _SHOWN:
            break
    else:
        if tokens.at - start != count:
            problems += tokens.problem(what, f"{tokens.at - start:,}").problems
    if problems:
        raise InputError(problems, what=tokens.file)
    return found


def _game(
    title: str,
    comment: str,
    players: list[str],
    labels: list[list[str]],
    names: list[str],
    payoffs: list[list[Fraction]],
    cells: list[int],
) -> ExtensiveGame:
    """The tree; the cells come with the first player's strategy changing first."""
    sizes = [len(each) for each in labels]
    first = [0, *itertools.accumulate(sizes)]
    parent, action, infoset, outcome, above = [NONE], [NONE], [0], [NONE], [0]
    for number, size in enumerate(sizes):
        below = range(len(parent), len(parent) + len(above) * size)
        parent += np.repeat(above, size).tolist()
        action += list(range(first[number], first[number + 1])) * len(above)
        infoset += [number + 1 if number + 1 < len(sizes) else NONE] * len(below)
        above = list(below)
        outcome += [NONE] * len(below)
    outcome[above[0] :] = np.array(cells).reshape(sizes, order="F").ravel().tolist()
    actions = [label for each in labels for label in each]
    return assemble(
        players=players,
        parent=np.array(parent),
        action=np.array(action),
        infoset=np.array(infoset),
        outcome=np.array(outcome),
        owner=np.arange(len(players)),
        sizes=np.array(sizes),
        probability=np.array([Fraction(0)] * len(actions), object),
        payoffs=np.array(payoffs, object).reshape(len(payoffs), len(players)),
        action_labels=actions,
        outcome_labels=names,
        title=title,
        comment=comment,
    )
