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

from detente.errors import InputError, Problem
from detente.games.equations import Equations, regrets
from detente.games.extensive import ExtensiveGame

PRINCIPAL = "principal branch"
REGRET = 1e-6  # at the limit of a branch: what a player could still gain, as a share of the range of its payoffs
_EXACT = 1e-12  # residual of an equilibrium, in logarithms
_ROUNDING = 4e-16  # of logarithms as large as y, times a λ as large: what no correction can mend
_CORRECTIONS = 12
_ANGLE = 0.95  # least cosine between the tangents at both ends of a step: sharper turns are taken in smaller steps
_DISTANCE = 0.1  # the most that the first correction may move a point
_FIRST_STEP, _LEAST_STEP, _GROWTH = 0.05, 1e-9, 1.5
_MOST_STEPS = 5_000
_CROSSING = 1e-11  # where a bifurcation is located, in arc length
_REACH = 1.5  # a step that ends at a given λ ends a little beyond its plane
_ONCE = 1e-6  # crossings that are closer than this share of their λ are one
_SOLVED = 1e-10  # residual of an equilibrium at a bifurcation
_SHARPEST = 1e9  # λ times the range of payoffs: beyond, rounding would decide
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
        logs: x of each, the log probabilities of players' actions: some are too small for a probability.
        turns: where the branch turns back in λ (folds), to about three digits.
        crossings: bifurcations that it passed straight through.
        steps: how many steps it took.
        path: every point on the way.
    """

    name: str
    points: tuple[Point, ...]
    logs: tuple[np.ndarray, ...]
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
        InputError: If a λ is no such number, the game has imperfect recall, or the curve could not be followed.
    """
    equations = game if isinstance(game, Equations) else Equations(game)
    for lam in lams:
        if not 0 <= lam < np.inf:
            raise InputError([Problem("lambda", "a number, 0 or more", str(lam))], what="the options")
        if lam * equations.span > _SHARPEST:
            most = f"at most {_SHARPEST / equations.span:.3g} with payoffs as wide as {equations.span:.3g}"
            hint = "beyond, rounding would decide: take inf, for the limit"
            raise InputError([Problem("--lambda", most, f"{lam:g}", hint)], what="the options")
    tracer = _Tracer(equations)
    found = {0.0: equations.start()}
    for lam in sorted(set(map(float, lams)) - {0.0}):
        found[lam] = tracer.to(lam * tracer.scale)
    points = tuple(Point(float(lam), equations.behaviour(found[float(lam)])) for lam in lams)
    kept = tuple(tracer.point(y) for y in tracer.path) if path else ()
    logs = tuple(found[float(lam)] for lam in lams)
    return Branch(PRINCIPAL, points, logs, tuple(tracer.turns), tuple(tracer.crossings), tracer.steps, kept)


def limit(game: ExtensiveGame, regret: float = REGRET) -> Point:
    """Follow the principal branch until it is nearly a Nash equilibrium.

    Args:
        regret: the most that any player could gain by another plan, as a share of the range of its payoffs.

    Raises:
        InputError: If the curve could not be followed so far.
    """
    equations = Equations(game)
    tracer = _Tracer(equations)
    ranges = np.ptp(game.end_payoffs[game.ends], axis=0)
    sharpness = 1.0
    while sharpness <= _SHARPEST:
        behaviour = equations.behaviour(tracer.to(sharpness))
        if (regrets(game, behaviour) <= regret * ranges).all():
            return Point(sharpness / tracer.scale, behaviour)
        sharpness *= 2
    raise tracer.lost(f"a player can still gain more than {regret:g} of the range of its payoffs")


class _Step(NamedTuple):
    """A point found: its tangent, its side of a bifurcation, and whether it was easy to find."""

    y: np.ndarray
    tangent: np.ndarray
    side: float
    easy: bool


class _Tracer:
    """A point y = (x, λ times `scale`) on the curve, its tangent, and what was met so far.

    `scale` is the range of the payoffs, so that a game in other units is traced in the same steps.
    """

    def __init__(self, equations: Equations) -> None:
        self.equations = equations
        self.scale = equations.span
        self.y = np.r_[equations.start(), 0.0]
        ahead = np.zeros(len(self.y))
        ahead[-1] = 1.0
        self.tangent, self.side = self._tangent(self.y, ahead)
        self.length, self.steps = _FIRST_STEP, 0
        self.turns: list[Point] = []
        self.crossings: list[Point] = []
        self.path: list[np.ndarray] = [self.y]

    def point(self, y: np.ndarray) -> Point:
        return Point(float(y[-1] / self.scale), self.equations.behaviour(y[:-1]))

    def lost(self, why: str) -> InputError:
        """The error for a curve that leads no further."""
        hint = "take a smaller --lambda; or inf, for the limit; or another concept"
        got = f"followed up to lambda = {self.y[-1] / self.scale:.6g}, then: {why}"
        return InputError([Problem("the principal branch", "one that can be followed", got, hint)], what="the game")

    def to(self, end: float) -> np.ndarray:
        """Go on until λ times `scale` is `end`; returns x there."""
        if len(self.y) == 1:
            return self.y[:-1]
        while self.steps < _MOST_STEPS:
            self.steps += 1
            before, tangent, side = self.y, self.tangent, self.side
            ahead = (end - before[-1]) / tangent[-1] if tangent[-1] else np.inf
            there = 0 < ahead <= self.length  # the next step can end at λ itself
            length = ahead if there else self.length
            step = self._step(before + length * tangent, across=None if there else tangent)
            if step and not there and (step.y[-1] - end) * (before[-1] - end) <= 0:  # the curve bent across λ
                there, step = True, self._step(_between(before, step.y, end), across=None)
            if step is None and there and (x := self._at_bifurcation(end, 2 * length)) is not None:
                return x
            if step is None:
                self.length = length / 2
                if self.length < _LEAST_STEP:
                    raise self.lost("it bends too much")
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
        raise self.lost(f"{_MOST_STEPS:,} steps are over")

    def _at_bifurcation(self, end: float, length: float) -> np.ndarray | None:
        """x at `end` where another branch crosses, so that the plane of `end` does not tell the two apart: between
        here and a point beyond, moved only in directions that do. None where that is no solution."""
        beyond = self._step(self.y + length * self.tangent, across=self.tangent)
        if beyond is None or not self.y[-1] < end < beyond.y[-1]:
            return None
        y = self._least_squares(_between(self.y, beyond.y, end), np.eye(len(self.y))[-1])
        value, _ = self._linearised(y)
        if not np.abs(value).max() <= _SOLVED * max(1.0, float(np.abs(y).max())):
            return None
        if beyond.side != self.side:
            self._locate(self.y, self.tangent, _REACH * length)
        return y[:-1]

    def _linearised(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """F at y, and its Jacobian in y."""
        value, jacobian = self.equations.linearised(y[:-1], y[-1] / self.scale)
        jacobian[:, -1] /= self.scale
        return value, jacobian

    def _step(self, guess: np.ndarray, across: np.ndarray | None) -> _Step | None:
        """Correct a guess in the plane through it across a direction (None: at its λ), unless that is too far or the
        curve bends too much."""
        border = np.eye(len(guess))[-1] if across is None else across
        y, first, rounds = self._correct(guess, border)
        if y is None or first > _DISTANCE:
            return None
        try:
            tangent, side = self._tangent(y, self.tangent)
        except np.linalg.LinAlgError:  # just where another branch crosses
            return None
        if tangent @ self.tangent < _ANGLE:
            return None
        return _Step(y, tangent, side, first < _DISTANCE / 4 and rounds <= 4)

    def _correct(self, y: np.ndarray, border: np.ndarray) -> tuple[np.ndarray | None, float, int]:
        """Newton's method in the plane through `y` across `border`; and how far the first step went."""
        first = 0.0
        for number in range(1, _CORRECTIONS + 1):
            value, jacobian = self._linearised(y)
            try:
                move = np.linalg.solve(np.vstack([jacobian, border]), np.r_[-value, 0.0])
            except np.linalg.LinAlgError:
                return None, first, number
            y = y + move
            size = float(np.abs(move).max())
            first = first or size
            if size > 2 * max(first, _EXACT):
                return None, first, number
            far = float(np.abs(y).max())
            if size <= max(_EXACT * max(1.0, far), _ROUNDING * far**2):
                return y, first, number
        return None, first, _CORRECTIONS

    def _tangent(self, y: np.ndarray, along: np.ndarray) -> tuple[np.ndarray, float]:
        """The unit tangent that goes on in the direction `along`, and on which side of a bifurcation it is."""
        _, jacobian = self._linearised(y)
        whole = np.vstack([jacobian, along])
        tangent = np.linalg.solve(whole, np.r_[np.zeros(len(jacobian)), 1.0])
        tangent /= np.linalg.norm(tangent)
        return tangent, float(np.linalg.slogdet(np.vstack([jacobian, tangent])).sign)

    def _least_squares(self, y: np.ndarray, border: np.ndarray) -> np.ndarray:
        """Newton's method across `border` that does not move along a branch which crosses."""
        for _ in range(_CORRECTIONS):
            value, jacobian = self._linearised(y)
            y = y + np.linalg.lstsq(np.vstack([jacobian, border]), np.r_[-value, 0.0], rcond=_SINGULAR)[0]
        return y

    def _locate(self, before: np.ndarray, tangent: np.ndarray, length: float) -> None:
        """Note the bifurcation within a step, once: where no bordering makes the Jacobian regular."""

        def at(h: float) -> np.ndarray:
            return self._least_squares(before + h * tangent, tangent)

        def size(h: float) -> tuple[float, float]:
            _, jacobian = self._linearised(at(h))
            sign, log = np.linalg.slogdet(np.vstack([jacobian, tangent]))
            return float(sign), float(log)

        usual = max(0.0, size(0.0)[1], size(length)[1])

        def measure(h: float) -> float:
            sign, log = size(h)
            return sign * float(np.exp(log - usual))

        if measure(0.0) * measure(length) < 0:
            found = self.point(at(cast(float, brentq(measure, 0.0, length, xtol=_CROSSING, disp=False))))
            if not any(abs(found.lam - known.lam) <= _ONCE * found.lam for known in self.crossings[-1:]):
                self.crossings.append(found)


def _between(before: np.ndarray, after: np.ndarray, end: float) -> np.ndarray:
    """The point at `end`, the last coordinate, on the line through two."""
    return before + (end - before[-1]) / (after[-1] - before[-1]) * (after - before)
