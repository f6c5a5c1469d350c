"""All quantal response equilibria at one λ, as far as a search can find them.

Two choices of two actions each leave one unknown, which is scanned. Anything larger is searched by Newton's method
from many starts; what that finds is a list, not a proof that there is no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from detente.games.equations import Equations
from detente.games.extensive import ExtensiveGame
from detente.games.qre import PRINCIPAL, trace

_GRID = 1001
_SAME = 1e-6  # equilibria closer than this in log probability (relative beyond 1) are one
_SAME_CROSSING, _CROSSING = 1e-3, 1e-6  # the same where the Jacobian is so nearly singular, as at a bifurcation
_ROUNDS, _LONGEST = 80, 3.0  # of Newton's method: iterations, and the most one may move a log probability
_CORNERS = 64  # pure strategies that are tried as starts


@dataclass(frozen=True)
class Fixed:
    """One equilibrium at λ: its name and (action of the game,) probabilities, chance included."""

    name: str
    lam: float
    behaviour: np.ndarray


@dataclass(frozen=True)
class Found:
    """Every equilibrium found, the one on the principal branch first, and how they were looked for."""

    equilibria: tuple[Fixed, ...]
    method: str


def all_fixed_points(game: ExtensiveGame, lam: float, *, starts: int = 200, seed: int = 1) -> Found:
    """Agent quantal response equilibria at one λ.

    Args:
        lam: a finite number, 0 or more.
        starts: random starts of the search (larger games).
        seed: of the starts.
    """
    equations = Equations(game)
    principal = trace(equations, [lam]).logs[0]
    binary = len(equations.starts) == 2 and len(equations.actions) == 4
    if binary:
        candidates = _scan(equations, lam)
        method = f"a scan of the one unknown at {_GRID:,} points; a pair closer than that would be missed"
    else:
        candidates = _search(equations, lam, starts, seed)
        tried = len(candidates)
        method = f"Newton's method from {tried:,} starts; a list, not a proof that there is no other"
    points = [(principal, _apart(equations, principal, lam))]
    for candidate in candidates:
        x = _newton(equations, candidate, lam)
        if x is not None and all((np.abs(x - p) > close * (1 + np.abs(p))).any() for p, close in points):
            points.append((x, _apart(equations, x, lam)))
    points[1:] = sorted(points[1:], key=lambda point: tuple(-equations.behaviour(point[0])))
    names = [PRINCIPAL, *(f"other {i}" for i in range(1, len(points)))]
    return Found(
        tuple(Fixed(n, float(lam), equations.behaviour(x)) for n, (x, _) in zip(names, points, strict=True)), method
    )


def _apart(equations: Equations, x: np.ndarray, lam: float) -> float:
    """How far from an equilibrium another must be to be one of its own: where branches cross, Newton's method stops
    short."""
    _, jacobian = equations.linearised(x, lam)
    sizes = np.linalg.svd(jacobian[:, :-1], compute_uv=False)
    return _SAME_CROSSING if sizes[-1] <= _CROSSING * sizes[0] else _SAME


def _scan(equations: Equations, lam: float) -> list[np.ndarray]:
    """Roots of y = G(y), y the log odds of the first choice, G through the answer of the second."""
    span = np.ptp(equations.game.end_payoffs[equations.game.ends], axis=0).max(initial=0.0)
    reach = lam * float(span) + float(np.abs(equations.appeal).max()) * 2 + 1

    def point(y: float) -> np.ndarray:
        x = np.r_[-np.logaddexp(0, y), -np.logaddexp(0, -y), np.log([0.5, 0.5])]
        for choice in (slice(2, 4), slice(0, 2)):
            u, _ = equations.payoffs(x, jacobian=False)
            odds = np.diff((equations.appeal + lam * u)[choice])[0]
            answer = np.array([-np.logaddexp(0, odds), -np.logaddexp(0, -odds)])
            if choice.start:
                x = np.r_[x[:2], answer]
        return np.r_[answer, x[2:]]

    def gap(y: float) -> float:
        x = point(y)
        return y - float(x[1] - x[0])

    grid = np.linspace(-reach, reach, _GRID)
    gaps = np.array([gap(y) for y in grid])
    roots = [_root(gap, a, b) for a, b, f, g in zip(grid, grid[1:], gaps, gaps[1:], strict=False) if f * g < 0]
    roots += [float(y) for y, f in zip(grid, gaps, strict=True) if f == 0]
    for i in range(1, _GRID - 1):  # the curve may dip through zero and back between two points
        side = np.sign(gaps[i])
        if side and (side * gaps[i - 1] >= side * gaps[i] <= side * gaps[i + 1]) and (gaps[i - 1] * gaps[i + 1] > 0):
            low, high = grid[i - 1], grid[i + 1]
            found: Any = minimize_scalar(lambda y, s=side: s * gap(y), bounds=(low, high), method="bounded")
            dip = float(found.x)
            if side * gap(dip) < 0:
                roots += [_root(gap, low, dip), _root(gap, dip, high)]
    return [point(y) for y in roots]


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return cast(float, brentq(function, low, high, xtol=1e-14))


def _search(equations: Equations, lam: float, starts: int, seed: int) -> list[np.ndarray]:
    """Starts: near pure strategies, and at random."""
    rng = np.random.default_rng(seed)
    sizes = np.diff(np.r_[equations.starts, len(equations.actions)])
    chosen = []
    if np.prod(sizes.astype(float)) <= _CORNERS:
        for pure in product(*map(range, sizes)):
            x = np.full(len(equations.actions), np.log(1e-3))
            x[equations.starts + np.array(pure)] = np.log1p(-1e-3)
            chosen.append(x)
    for _ in range(starts):
        draws = [rng.dirichlet(np.full(size, 0.5)) for size in sizes]
        chosen.append(np.log(np.maximum(np.concatenate(draws), 1e-12)))
    return [_answered(equations, x, lam) for x in chosen]


def _answered(equations: Equations, x: np.ndarray, lam: float) -> np.ndarray:
    """The logit answer to a start: log probabilities of the right size for λ."""
    u, _ = equations.payoffs(x, jacobian=False)
    score = equations.appeal + lam * u
    top = np.maximum.reduceat(score, equations.starts)
    total = top + np.log(np.add.reduceat(np.exp(score - top[equations.set_of]), equations.starts))
    return score - total[equations.set_of]


def _newton(equations: Equations, x: np.ndarray, lam: float) -> np.ndarray | None:
    """Newton's method at a fixed λ, with steps of bounded length; None where it does not converge."""
    for _ in range(_ROUNDS):
        value, jacobian = equations.linearised(x, lam)
        try:
            move = np.linalg.solve(jacobian[:, :-1], -value)
        except np.linalg.LinAlgError:
            return None
        size = float(np.abs(move).max())
        if not np.isfinite(size):
            return None
        x = x + move * min(1.0, _LONGEST / max(size, 1e-300))
        if size <= 1e-12 * max(1.0, float(np.abs(x).max())):
            return x
    return None
