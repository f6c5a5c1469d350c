"""Gambit's file format for extensive games (.efg, version 2), written and read without loss.

The format: https://gambitproject.readthedocs.io/en/latest/formats.html. Numbers are rational or decimal and are kept
exactly. Chance that the engine computed in floating point sums to 1 only up to rounding, which Gambit refuses:
`exact` gives the most likely branch what is missing, at most a few parts in 10^16.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from detente.errors import InputError, Problem
from detente.games.extensive import CHANCE, NONE, ExtensiveGame

_MAX_DECIMALS = 400  # of a number written as a decimal; beyond, as a fraction


def exact(game: ExtensiveGame) -> ExtensiveGame:
    """The game as the format can say it: every number a `Fraction` (floats at their shortest decimal, chance summing
    to 1 exactly), names in printable ASCII and none twice where Gambit wants to tell them apart.

    Raises:
        InputError: If actions have appeals of their own, which the format cannot say.
    """
    for infoset in range(len(game.owner)):
        actions = list(game.actions_of(infoset))
        if game.owner[infoset] != CHANCE and (game.appeal[actions] != game.appeal[actions[0]]).any():
            appeals = ", ".join(f"{game.action_labels[a]} {game.appeal[a]:g}" for a in actions)
            hint = "set the appeals of strategic moves to 0, or give their actor no utility: then they are chance"
            name = game.infoset_labels[infoset]
            expected = "appeals of 0 (Gambit knows payoffs only)"
            raise InputError([Problem(f"information set {name}", expected, appeals, hint)], what="the game")
    payoffs = np.array([[_fraction(x) for x in row] for row in game.payoffs], object).reshape(game.payoffs.shape)
    chances = np.array([Fraction(0)] * len(game.appeal), object)
    for infoset in np.flatnonzero(game.owner == CHANCE).tolist():
        actions = list(game.actions_of(infoset))
        given = [_fraction(game.probability[a]) for a in actions]
        given[given.index(max(given))] += 1 - sum(given)
        chances[actions] = given
    return dataclasses.replace(
        game,
        payoffs=payoffs,
        probability=chances,
        appeal=np.zeros(len(game.appeal)),
        title=_plain(game.title),
        comment="\n".join(map(_plain, game.comment.split("\n"))),
        players=distinct(["Chance", *map(_plain, game.players)])[1:],  # a name that Gambit keeps for itself
        infoset_labels=distinct(map(_plain, game.infoset_labels), game.owner),
        action_labels=distinct(map(_plain, game.action_labels), game.action_infoset),
        outcome_labels=distinct(map(_plain, game.outcome_labels)),
        node_labels=distinct(map(_plain, game.node_labels)),
    )


def distinct(labels: Iterable[str], within: Iterable[int] = itertools.repeat(0)) -> tuple[str, ...]:
    """Labels of which none stands twice in one group: the second `a` becomes `a (2)`. Empty ones stay."""
    placed = list(zip(within, labels, strict=False))
    given, used, count = set(placed), set[tuple[int, str]](), Counter[tuple[int, str]]()
    found = []
    for group, label in placed:
        name = label
        while name and ((group, name) in used or (name != label and (group, name) in given)):
            count[group, label] += 1
            name = f"{label} ({count[group, label] + 1})"
        used.add((group, name))
        found.append(name)
    return tuple(found)


def _plain(text: str) -> str:
    """A name as Gambit 16.7 demands it: printable ASCII, single spaces, none at the ends, no backslash at the end."""
    spelled = text.replace("→", "->").replace("–", "-").replace("’", "'")
    ascii_ = unicodedata.normalize("NFKD", spelled).encode("ascii", "replace").decode()
    bare = "".join(a for a, b in zip(ascii_, unicodedata.normalize("NFKD", spelled), strict=True) if not _mark(b))
    return " ".join("".join(c if c.isprintable() else " " for c in bare).split()).rstrip("\\ ")


def _mark(character: str) -> bool:
    return unicodedata.combining(character) > 0


def _fraction(value: Any) -> Fraction:
    return Fraction(value) if isinstance(value, Fraction | int) else Fraction(repr(float(value)))


def write_efg(game: ExtensiveGame) -> str:
    """The game as the text of an .efg file; `read_efg` of it is `exact(game)`.

    Raises:
        InputError: As `exact`.
    """
    game = exact(game)
    players = " ".join(map(_quoted, game.players))
    lines = [f"EFG 2 R {_quoted(game.title)} {{ {players} }}", _quoted(game.comment), ""]
    number = np.zeros(len(game.owner), int)  # of an information set among its player's
    for owner in range(CHANCE, len(game.players)):
        own = np.flatnonzero(game.owner == owner)
        number[own] = np.arange(1, len(own) + 1)
    for node in range(len(game.parent)):
        infoset, outcome = int(game.infoset[node]), int(game.outcome[node])
        parts = [_quoted(game.node_labels[node])]
        if infoset == NONE:
            parts.insert(0, "t")
        else:
            chance = game.owner[infoset] == CHANCE
            parts = ["c", *parts] if chance else ["p", *parts, str(game.owner[infoset] + 1)]
            parts += [str(number[infoset]), _quoted(game.infoset_labels[infoset]), "{"]
            for action in game.actions_of(infoset):
                parts.append(_quoted(game.action_labels[action]))
                if chance:
                    parts.append(_number(game.probability[action]))
            parts.append("}")
        if outcome == NONE:
            parts.append("0")
        else:
            paid = ", ".join(map(_number, game.payoffs[outcome]))
            parts += [str(outcome + 1), _quoted(game.outcome_labels[outcome]), f"{{ {paid} }}"]
        lines.append(" ".join(parts))
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # a backslash is doubled only where it must be: Gambit 16.7 reads a double one as three
    return '"' + re.sub(r'\\(?=[\\"]|$)', r"\\\\", text).replace('"', '\\"') + '"'


def _number(value: Fraction) -> str:
    """A decimal where it ends, else a fraction."""
    rest, digits = value.denominator, [0, 0]
    for i, prime in enumerate((2, 5)):
        while rest % prime == 0:
            rest, digits[i] = rest // prime, digits[i] + 1
    places = max(digits)
    if rest != 1 or places > _MAX_DECIMALS:
        return f"{value.numerator}/{value.denominator}"
    whole = abs(value.numerator) * 10**places // value.denominator
    text = str(whole).zfill(places + 1)
    text = f"{text[:-places]}.{text[-places:]}" if places else text
    return f"-{text}" if value < 0 else text
