"""Logit quantal response equilibrium: the branch that starts at λ = 0, traced.

The principal branch is the curve of equilibria through the one equilibrium at λ = 0 (the plain softmax of the
appeals). It is followed by predictor and corrector along its arc (Allgower & Georg 1990; Turocy 2005, 2010), so that
it may turn back in λ. Where another branch crosses (a pitchfork, in symmetric games) it goes straight on, and says
where that was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
from scipy.optimize import brentq

from detente.engine.extensive import ExtensiveGame
from detente.errors import EngineError, InputError, Problem
from detente.strategy.equations import Equations, regrets

PRINCIPAL = "principal branch"
REGRET = 1e-6  # at the limit of a branch: what a player could still gain, as a share of the range of its payoffs
_EXACT = 1e-12  # residual of an equilibrium, in logarithms
_CORRECTIONS = 12
_ANGLE = 0.95  # least cosine between the tangents at both ends of a step: sharper turns are taken in smaller steps
_DISTANCE = 0.1  # the most that the first correction may move a point
_FIRST_STEP, _LEAST_STEP, _GROWTH = 0.05, 1e-9, 1.5
_MOST_STEPS = 20_000
_CROSSING = 1e-11  # where a bifurcation is located, in arc length
_REACH = 1.5  # a step that ends at a given λ ends a little beyond its plane
_SINGULAR = 1e-4  # singular values below this share of the largest are those of the bifurcation


@dataclass(frozen=True)
class Point:
    """One equilibrium: λ and (action of the game,) probabilities, chance included."""

    lam: float
    behaviour: np.ndarray


@dataclass(frozen=True)
class Branch:
    """A traced curve of equilibria.

    Attributes:
        name: which branch it is.
        points: the equilibria at the λ asked for, in that order.
        turns: where the branch turns back in λ (folds), to about three digits.
        crossings: bifurcations that it passed straight through.
        steps: how many steps it took.
        path: every point on the way.
    """

    name: str
    points: tuple[Point, ...]
    turns: tuple[Point, ...]
    crossings: tuple[Point, ...]
    steps: int
    path: tuple[Point, ...]


def trace(game: ExtensiveGame | Equations, lams: Sequence[float], *, path: bool = False) -> Branch:
    """Follow the principal branch from λ = 0 through every λ of `lams`.

    Where the branch turns back, a λ may be met more than once: the first time counts.

    Args:
        lams: finite numbers, 0 or more.
        path: whether to keep every point on the way.

    Raises:
        InputError: If a λ is no such number, or the game has imperfect recall.
        EngineError: If the curve could not be followed.
    """
    equations = game if isinstance(game, Equations) else Equations(game)
    for lam in lams:
        if not 0 <= lam < np.inf:
            raise InputError([Problem("lambda", "a number, 0 or more", str(lam))], what="the options")
    tracer = _Tracer(equations)
    found = {0.0: equations.start()}
    for lam in sorted(set(map(float, lams)) - {0.0}):
        found[lam] = tracer.to(lam)
    points = tuple(Point(float(lam), equations.behaviour(found[float(lam)])) for lam in lams)
    kept = tuple(tracer.point(y) for y in tracer.path) if path else ()
    return Branch(PRINCIPAL, points, tuple(tracer.turns), tuple(tracer.crossings), tracer.steps, kept)


def limit(game: ExtensiveGame, regret: float = REGRET, most: float = 1e9) -> Point:
    """Follow the principal branch until it is nearly a Nash equilibrium.

    Args:
        regret: the most that any player could gain by another plan, as a share of the range of its payoffs.
        most: λ at which to give up.

    Raises:
        EngineError: If `most` was reached first.
    """
    equations = Equations(game)
    tracer = _Tracer(equations)
    paid = game.end_payoffs[game.ends]
    scale = np.maximum(paid.max(0) - paid.min(0), 1e-300)
    lam = 1.0 / float(scale.max())
    while lam <= most:
        behaviour = equations.behaviour(tracer.to(lam))
        if (regrets(game, behaviour) <= regret * scale).all():
            return Point(lam, behaviour)
        lam *= 2
    raise EngineError(f"the principal branch has regret above {regret:g} up to lambda = {most:g}")


class _Step(NamedTuple):
    """A point found: its tangent, its side of a bifurcation, and whether it was easy to find."""

    y: np.ndarray
    tangent: np.ndarray
    side: float
    easy: bool


class _Tracer:
    """A point y = (x, λ) on the curve, its tangent, and what was met so far."""

    def __init__(self, equations: Equations) -> None:
        self.equations = equations
        self.y = np.r_[equations.start(), 0.0]
        ahead = np.zeros(len(self.y))
        ahead[-1] = 1.0
        self.tangent, self.side = self._tangent(self.y, ahead)
        self.length, self.steps = _FIRST_STEP, 0
        self.turns: list[Point] = []
        self.crossings: list[Point] = []
        self.path: list[np.ndarray] = [self.y]

    def point(self, y: np.ndarray) -> Point:
        return Point(float(y[-1]), self.equations.behaviour(y[:-1]))

    def to(self, lam: float) -> np.ndarray:
        """Go on until λ = `lam` is met; returns x there."""
        if len(self.y) == 1:
            return self.y[:-1]
        while self.steps < _MOST_STEPS:
            self.steps += 1
            before, tangent, side = self.y, self.tangent, self.side
            ahead = (lam - before[-1]) / tangent[-1] if tangent[-1] else np.inf
            there = 0 < ahead <= self.length  # the next step can end at λ itself
            length = ahead if there else self.length
            step = self._step(before + length * tangent, across=None if there else tangent)
            if step and not there and (step.y[-1] - lam) * (before[-1] - lam) <= 0:  # the curve bent across λ
                share = (lam - before[-1]) / (step.y[-1] - before[-1])
                there, step = True, self._step(before + share * (step.y - before), across=None)
            if step is None:
                self.length = length / 2
                if self.length < _LEAST_STEP:
                    raise EngineError(f"the branch could not be followed beyond lambda = {before[-1]:g}")
                continue
            if step.easy and not there:
                self.length *= _GROWTH
            self.y, self.tangent, self.side = step.y, step.tangent, step.side
            if self.side != side:
                self._locate(before, tangent, _REACH * float(np.linalg.norm(self.y - before)))
            if self.tangent[-1] * tangent[-1] < 0:
                share = tangent[-1] / (tangent[-1] - self.tangent[-1])  # where λ stands still, to first order
                y, _, _ = self._correct(before + share * (self.y - before), self.tangent)
                self.turns.append(self.point(self.y if y is None else y))
            self.path.append(self.y)
            if there:
                return self.y[:-1].copy()
        raise EngineError(f"the branch did not meet lambda = {lam:g} in {_MOST_STEPS} steps")

    def _step(self, guess: np.ndarray, across: np.ndarray | None) -> _Step | None:
        """Correct a guess in the plane through it across a direction (None: at its λ), unless that is too far or the
        curve bends too much."""
        border = np.eye(len(guess))[-1] if across is None else across
        y, first, rounds = self._correct(guess, border)
        if y is None or first > _DISTANCE:
            return None
        tangent, side = self._tangent(y, self.tangent)
        if tangent @ self.tangent < _ANGLE:
            return None
        return _Step(y, tangent, side, first < _DISTANCE / 4 and rounds <= 4)

    def _correct(self, y: np.ndarray, border: np.ndarray) -> tuple[np.ndarray | None, float, int]:
        """Newton's method in the plane through `y` across `border`; and how far the first step went."""
        first = 0.0
        for number in range(1, _CORRECTIONS + 1):
            value, jacobian = self.equations.linearised(y[:-1], y[-1])
            try:
                move = np.linalg.solve(np.vstack([jacobian, border]), np.r_[-value, 0.0])
            except np.linalg.LinAlgError:
                return None, first, number
            y = y + move
            size = float(np.abs(move).max())
            first = first or size
            if size > 2 * max(first, _EXACT):
                return None, first, number
            if size <= _EXACT * max(1.0, float(np.abs(y).max())):
                return y, first, number
        return None, first, _CORRECTIONS

    def _tangent(self, y: np.ndarray, along: np.ndarray) -> tuple[np.ndarray, float]:
        """The unit tangent that goes on in the direction `along`, and on which side of a bifurcation it is."""
        _, jacobian = self.equations.linearised(y[:-1], y[-1])
        whole = np.vstack([jacobian, along])
        tangent = np.linalg.solve(whole, np.r_[np.zeros(len(jacobian)), 1.0])
        tangent /= np.linalg.norm(tangent)
        return tangent, float(np.linalg.slogdet(np.vstack([jacobian, tangent])).sign)

    def _locate(self, before: np.ndarray, tangent: np.ndarray, length: float) -> None:
        """Note the bifurcation within the last step: where no bordering makes the Jacobian regular."""

        def at(h: float) -> np.ndarray:
            y = before + h * tangent
            for _ in range(_CORRECTIONS):  # least squares: no move along the branch that crosses
                value, jacobian = self.equations.linearised(y[:-1], y[-1])
                whole = np.vstack([jacobian, tangent])
                y = y + np.linalg.lstsq(whole, np.r_[-value, 0.0], rcond=_SINGULAR)[0]
            return y

        def measure(h: float) -> float:
            y = at(h)
            _, jacobian = self.equations.linearised(y[:-1], y[-1])
            sign, log = np.linalg.slogdet(np.vstack([jacobian, tangent]))
            return float(sign * np.exp(log))

        here, there = measure(0.0), measure(length)
        if here * there < 0:
            self.crossings.append(self.point(at(cast(float, brentq(measure, 0.0, length, xtol=_CROSSING)))))
