"""Nash equilibria by Gambit (pygambit), an optional extra: its licence is GPL, so nothing of Détente needs it.

What Gambit returns is checked with our own exact regret.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.engine.extensive import CHANCE, NONE, ExtensiveGame
from detente.errors import InputError, Problem
from detente.strategy.efg import write_efg
from detente.strategy.equations import regrets

_REGRET = 1e-6  # most that a player could gain, as a share of the range of its payoffs
_PLANS = 30  # most pure strategies of a player for which the mixed equilibria are enumerated
_PROFILES = 100_000  # most combinations of pure strategies among which the pure equilibria are looked for


@dataclass(frozen=True)
class Equilibrium:
    """A Nash equilibrium: its name, and (action of the game,) probabilities, chance included."""

    name: str
    behaviour: np.ndarray


@dataclass(frozen=True)
class Equilibria:
    """What was found, and by which of Gambit's methods."""

    equilibria: tuple[Equilibrium, ...]
    method: str


def gambit() -> Any:
    """The module pygambit.

    Raises:
        InputError: If it is not installed.
    """
    try:
        import pygambit
    except ImportError:
        hint = "pip install 'detente[gambit]' (GPL); logit QRE, level-k and backward recursion need no extra"
        raise InputError(
            [Problem("--concept nash", "pygambit", "it is not installed", hint)], what="the options"
        ) from None
    return pygambit


def nash(game: ExtensiveGame) -> Equilibria:
    """Nash equilibria of a small game.

    Two players: the pure ones and the extreme points of all mixed ones; or, where a player has more than 30 plans,
    those that Lemke's algorithm finds on the sequence form. Three or more: the pure ones. Equilibria that differ only
    where play never comes are listed once.

    Raises:
        InputError: If pygambit is not installed, or moves have appeals of their own.
    """
    pygambit = gambit()
    theirs = pygambit.read_efg(io.BytesIO(write_efg(game).encode()))
    plans = [len(player.strategies) for player in theirs.players]
    solve, two = pygambit.nash, len(plans) == 2
    if two and max(plans) > _PLANS:
        profiles = list(solve.lcp_solve(theirs, rational=False).equilibria)
        method = "Gambit's lcp_solve on the sequence form: some equilibria, not all"
    elif np.prod(np.array(plans, float)) > _PROFILES:
        got = f"{' x '.join(map(str, plans))} plans"
        expected = f"two players, or at most {_PROFILES:,} combinations of plans"
        raise InputError([Problem("the game", expected, got, "take --concept qre")], what="the game")
    else:
        profiles = [p.as_behavior() for p in solve.enumpure_solve(theirs).equilibria]
        method = "Gambit's enumpure_solve: every pure equilibrium; mixed ones are not looked for with three players"
        if two:
            profiles += [p.as_behavior() for p in solve.enummixed_solve(theirs, rational=False).equilibria]
            method = "Gambit's enumpure_solve and enummixed_solve: every extreme point of the set of equilibria"
    kept: list[np.ndarray] = []
    played: list[np.ndarray] = []
    scale = np.maximum(np.ptp(game.end_payoffs[game.ends], axis=0), 1e-300)
    for profile in profiles:
        behaviour = _behaviour(game, theirs, profile)
        right = (regrets(game, behaviour) <= _REGRET * scale).all()
        reached = game.reach(behaviour)[game.ends]
        if right and not any(np.allclose(reached, other, atol=1e-8) for other in played):
            kept.append(behaviour)
            played.append(reached)
    pure = [_pure(game, behaviour) for behaviour in kept]
    names, counts = [], {True: 0, False: 0}
    for is_pure in pure:
        counts[is_pure] += 1
        names.append(f"{'pure' if is_pure else 'mixed'} {counts[is_pure]}")
    return Equilibria(tuple(Equilibrium(n, b) for n, b in zip(names, kept, strict=True)), method)


def _pure(game: ExtensiveGame, behaviour: np.ndarray) -> bool:
    """Whether no player mixes where play comes."""
    seen = np.bincount(np.maximum(game.infoset, 0), game.reach(behaviour) * (game.infoset != NONE), len(game.owner)) > 0
    played = seen[game.action_infoset] & (game.action_owner != CHANCE)
    return bool(((behaviour[played] == 0) | (behaviour[played] == 1)).all())


def _behaviour(game: ExtensiveGame, theirs, profile) -> np.ndarray:
    """Their profile in our order; uniform in information sets that a plan leaves open."""
    behaviour = game.chance().copy()
    for number, player in enumerate(theirs.players):
        own = np.flatnonzero(game.owner == number).tolist()
        for infoset, its in zip(own, player.infosets, strict=True):
            actions = list(game.actions_of(infoset))
            values = np.array([float(profile[action]) for action in its.actions])
            total = values.sum()
            behaviour[actions] = values / total if total > 0 else 1 / len(actions)
    return behaviour
