"""A second reader of Gambit's files, plain and slow: whether a careful person would take one, and what it pays.

It is written after https://gambitproject.readthedocs.io/en/latest/formats.html and shares no code with the product.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod

Payoffs = list[Fraction]


class RefusedError(Exception):
    """A careful reader would not take this file; why."""


@dataclass
class Game:
    """What a file says: the title, the players, and what each end pays, in the order of the file."""

    title: str
    players: list[str]
    ends: list[Payoffs] = field(default_factory=list)
    nodes: int = 0


class Words:
    """The words of a file, one after the other; a text stands in a tuple."""

    def __init__(self, file: str) -> None:
        self.words, at = [], 0
        while at < len(file):
            if file[at] == '"':
                text, at = "", at + 1
                while file[at : at + 1] != '"':
                    refuse(at >= len(file), "a text is not closed")
                    at += file[at] == "\\" and file[at + 1 : at + 2] in ("\\", '"')
                    text, at = text + file[at], at + 1
                self.words.append((text,))
                at += 1
            elif file[at] in "{},":
                self.words.append(file[at])
                at += 1
            elif file[at].isspace():
                at += 1
            else:
                word = re.match(r'[^\s"{},]+', file[at:])
                assert word
                self.words.append(word[0])
                at += len(word[0])
        self.words.append("")

    @property
    def next(self) -> str | tuple[str]:
        return self.words[0]

    def take(self, *allowed: str) -> str:
        word = self.words.pop(0)
        refuse(not isinstance(word, str) or (allowed and word not in allowed) or not word, f"{word!r}, not {allowed}")
        return str(word)

    def text(self) -> str:
        word = self.words.pop(0)
        refuse(isinstance(word, str), f"{word!r}, no text")
        return word[0]

    def whole(self) -> int:
        word = self.take()
        refuse(not re.fullmatch("[0-9]+", word), f"{word!r}, no whole number")
        return int(word)

    def number(self) -> Fraction:
        word = self.take()
        found = re.fullmatch(r"[+-]?([0-9]+/[0-9]+|([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?)", word)
        refuse(not found or re.search("/0+$", word) or len(word) > 1000, f"{word!r}, no number")
        return Fraction(word)

    def numbers(self, count: int) -> Payoffs:
        """Payoffs in braces, with or without commas after them."""
        found = []
        while self.next != "}":
            found.append(self.number())
            if self.next == ",":
                self.take()
        self.take()
        refuse(len(found) != count, f"{len(found)} payoffs")
        return found


def refuse(wrong: object, why: str) -> None:
    if wrong:
        raise RefusedError(why)


def opening(words: Words, form: str, version: str) -> Game:
    words.take(form)
    words.take(version)
    words.take("R", "D")
    title, players = words.text(), []
    words.take("{")
    while words.next != "}":
        players.append(words.text())
    words.take()
    return Game(title, players)


def read_efg(file: str) -> Game:
    """Raises:
    RefusedError: If it is no game.
    """
    words = Words(file)
    game = opening(words, "EFG", "2")
    if isinstance(words.next, tuple):
        words.text()
    sets: dict[tuple[int, int], tuple[str, list]] = {}
    outcomes: dict[int, tuple[str, Payoffs]] = {}
    nothing = [Fraction(0)] * len(game.players)
    waiting = [nothing]  # what was paid on the way to the nodes that are to come
    while waiting:
        paid, kind = waiting.pop(), words.take("c", "p", "t")
        words.text()
        game.nodes += 1
        branches = 0
        if kind != "t":
            player = words.whole() if kind == "p" else 0
            refuse(not (kind == "c" or 1 <= player <= len(game.players)), f"player {player}")
            key = player, words.whole()
            name = words.text() if isinstance(words.next, tuple) else None
            actions = []
            if words.next == "{":
                words.take()
                while words.next != "}":
                    actions.append((words.text(), words.number() if kind == "c" else None))
                words.take()
            known = sets.setdefault(key, (name or "", actions))
            refuse(not known[1], "a set without actions")
            refuse(name not in (None, known[0]) or actions not in ([], known[1]), "another set under its number")
            chances = [chance for _, chance in known[1]]
            refuse(kind == "c" and (min(chances) < 0 or sum(chances) != 1), f"chances {chances}")
            branches = len(known[1])
        number = words.whole()
        if number:
            name = words.text() if isinstance(words.next, tuple) else None
            payoffs = None
            if words.next == "{":
                words.take()
                payoffs = words.numbers(len(game.players))
            refuse(number not in outcomes and payoffs is None, "an outcome without payoffs")
            known = outcomes.setdefault(number, (name or "", payoffs or []))
            refuse(name not in (None, known[0]) or payoffs not in (None, known[1]), "another outcome under its number")
            paid = [a + b for a, b in zip(paid, known[1], strict=True)]
        if branches:
            waiting += [paid] * branches
        else:
            game.ends.append(paid)
    refuse(words.next, "more than a tree")
    return game


def read_nfg(file: str) -> Game:
    """Raises:
    RefusedError: If it is no game.
    """
    words = Words(file)
    game = opening(words, "NFG", "1")
    refuse(not game.players, "nobody plays")
    words.take("{")
    sizes: list[int] = []
    named = words.next == "{"
    while words.next != "}":
        if named:
            words.take("{")
            sizes.append(0)
            while words.next != "}":
                words.text()
                sizes[-1] += 1
            words.take()
        else:
            sizes.append(words.whole())
    words.take()
    refuse(len(sizes) != len(game.players) or not all(sizes), f"strategies {sizes}")
    if isinstance(words.next, tuple):
        words.text()
    listed = None
    if words.next == "{":
        words.take()
        listed = [[Fraction(0)] * len(sizes)]
        while words.next != "}":
            words.take("{")
            words.text()
            listed.append(words.numbers(len(sizes)))
        words.take()
    cells = []
    while words.next:
        if listed is None:
            cells.append([words.number() for _ in sizes])
        else:
            number = words.whole()
            refuse(number >= len(listed), f"outcome {number}")
            cells.append(listed[number])
    refuse(len(cells) != prod(sizes), f"{len(cells)} cells")
    for plan in itertools.product(*map(range, sizes)):  # the file lets the first player's strategy change first
        at = sum(choice * prod(sizes[:i]) for i, choice in enumerate(plan))
        game.ends.append(cells[at])
    game.nodes = 1 + sum(itertools.accumulate(sizes, lambda a, b: a * b))
    return game
