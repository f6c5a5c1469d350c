"""Nash equilibria by Gambit (pygambit), an optional extra: its licence is GPL, so nothing of Détente needs it.

Gambit runs in a process of its own, which is stopped when it takes too long. What it returns is checked with our own
exact regret.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from math import floor, log10

import numpy as np

from detente.errors import InputError, Problem
from detente.games.efg import exact, write_efg
from detente.games.equations import regrets
from detente.games.extensive import CHANCE, NONE, ExtensiveGame
from detente.games.levelk import earlier

SECONDS = 30.0  # that Gambit may take for one method
WORKER = "detente.games.gambit_worker"
_REGRET = 1e-6  # most that a player could gain, as a share of the range of its payoffs
_PLANS = 30  # most pure strategies of a player for which the mixed equilibria are enumerated
_PROFILES = 100_000  # most combinations of pure strategies among which the pure equilibria are looked for
_CONSTANT = 1e-12  # how far the sum of payoffs may vary, as a share of their range

Plans = list[list[list[float]]]  # by player, information set and action


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


def nash(game: ExtensiveGame, seconds: float = SECONDS) -> Equilibria:
    """Nash equilibria of a small game.

    Two players: the pure ones and the extreme points of all mixed ones. Where a player has more than 30 plans, or that
    takes too long: those that Lemke's algorithm finds on the sequence form, or one by linear programming where payoffs
    have a constant sum. Three or more players: the pure ones. Equilibria that differ only where play never comes are
    listed once.

    Args:
        seconds: that each of Gambit's methods may take.

    Raises:
        InputError: If pygambit is not installed, a player forgets, moves have appeals of their own, or Gambit does not
            end in time.
    """
    if find_spec("pygambit") is None:
        hint = "pip install 'detente[gambit]' (GPL); logit QRE, level-k and backward recursion need no extra"
        problem = Problem("--concept nash", "pygambit", "it is not installed", hint)
        raise InputError([problem], what="the options")
    game.need_recall()
    text = write_efg(in_usual_units(game))
    plans = plan_counts(game)
    profiles, method = _profiles(game, text, plans, seconds)
    kept: list[np.ndarray] = []
    played: list[np.ndarray] = []
    scale = np.maximum(np.ptp(game.end_payoffs[game.ends], axis=0), 1e-300)
    for profile in profiles:
        behaviour = _behaviour(game, profile)
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


def _behaviour(game: ExtensiveGame, plans: Plans) -> np.ndarray:
    """Gambit's probabilities in our order; uniform in information sets that a plan leaves open."""
    behaviour = game.chance().copy()
    for number, plan in enumerate(plans):
        for infoset, given in zip(np.flatnonzero(game.owner == number).tolist(), plan, strict=True):
            values = np.maximum(0.0, given)  # linear programming leaves some at -1e-17
            total = values.sum()
            behaviour[list(game.actions_of(infoset))] = values / total if total > 0 else 1 / len(values)
    return behaviour


def in_usual_units(game: ExtensiveGame) -> ExtensiveGame:
    """The game with each player's payoffs times a power of ten, so that they differ by 1 to 10: Gambit's methods take
    what is smaller than some fixed numbers for nought."""
    given = exact(game)
    ranges = np.ptp(game.end_payoffs[game.ends], axis=0).tolist()
    units = [Fraction(10) ** -floor(log10(span)) if span > 0 else Fraction(1) for span in ranges]
    return dataclasses.replace(given, payoffs=given.payoffs * np.array(units, object))


def plan_counts(game: ExtensiveGame) -> list[float]:
    """How many plans each player has that differ in what may happen."""
    after = np.ones(len(game.appeal))  # plans for all that may follow an action
    first = np.ones(len(game.players))
    for infoset, last in reversed(earlier(game)):
        with np.errstate(over="ignore"):
            count = after[list(game.actions_of(infoset))].sum()
            if last == NONE:
                first[game.owner[infoset]] *= count
            else:
                after[last] *= count
    return first.tolist()


def _profiles(game: ExtensiveGame, text: str, plans: list[float], seconds: float) -> tuple[list[Plans], str]:
    """What Gambit finds, and how."""

    def found_by(method: str) -> Answer:
        return gambit(game, text, method, seconds)

    two = len(plans) == 2
    profiles: list[Plans] = []
    method = ""
    if two and max(plans) <= _PLANS:
        pure, mixed = found_by("enumpure_solve"), found_by("enummixed_solve")
        if pure.profiles is not None and mixed.profiles is not None:
            how = "Gambit's enumpure_solve and enummixed_solve: every extreme point of the set of equilibria"
            return pure.profiles + mixed.profiles, how
        profiles, method = pure.profiles or [], f"{mixed.why or pure.why}, so "
    if two:
        total = game.end_payoffs[game.ends].sum(1)
        constant = np.ptp(total) <= _CONSTANT * np.abs(game.end_payoffs).max()
        name = "lp_solve" if constant else "lcp_solve"
        found = found_by(name)
        if found.profiles is None and not profiles:
            raise _refused("an answer", found.why)
        how = f"{method}Gambit's {name} on the sequence form: some equilibria, not all"
        if found.profiles is None:
            how = f"{method}Gambit's enumpure_solve: every pure equilibrium; {found.why}"
        return profiles + (found.profiles or []), how
    if np.prod(plans) > _PROFILES:
        raise _refused(f"two players, or at most {_PROFILES:,} combinations of plans", _times(plans))
    found = found_by("enumpure_solve")
    if found.profiles is None:
        raise _refused("an answer", found.why)
    how = "Gambit's enumpure_solve: every pure equilibrium; mixed ones are not looked for with three players"
    return found.profiles, how


def _times(plans: list[float]) -> str:
    return f"{' x '.join(f'{count:.6g}' for count in plans)} plans"


def _refused(expected: str, got: str) -> InputError:
    return InputError([Problem("Gambit", expected, got, "take --concept qre --lambda inf")], what="the game")


@dataclass(frozen=True)
class Answer:
    """What one of Gambit's methods found; None, and why, where it gave no answer."""

    profiles: list[Plans] | None
    why: str = ""


def gambit(game: ExtensiveGame, text: str, method: str, seconds: float) -> Answer:
    """What one of Gambit's methods finds in a game, given as an .efg file's text too, within a time of its own."""
    command = [sys.executable, "-m", WORKER, method]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return Answer(None, f"{method} did not end in {seconds:g} s")
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        return Answer(None, f"{method} failed ({last[:300] or f'exit {done.returncode}'})")
    try:
        found = json.loads(done.stdout)
        sizes = [np.diff(game.first)[game.owner == player].tolist() for player in range(len(game.players))]
        whole = all([[len(given) for given in plan] for plan in plans] == sizes for plans in found)
        whole = whole and all(np.isfinite(given).all() for plans in found for plan in plans for given in plan)
    except (ValueError, TypeError):
        whole = False
    return Answer(found) if whole else Answer(None, f"{method} gave a damaged answer")
