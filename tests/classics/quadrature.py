"""Integrals over what one parameter may be, against its prior, on the scale of the fit (z, standard normal).

Smooth integrands: the trapezium rule in z, whose error for such functions falls faster than any power of the spacing
(Trefethen & Weideman 2014, SIAM Review 56(3)). Integrands that jump, such as the likelihood of a red line: jumps are
found by bisection, and the pieces between them are integrated one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, roots_legendre

from detente.language.priors import Prior

_REACH = 8.0  # beyond lies a prior probability of 1e-15
_PER_UNIT = 16
_ROUNDS = 60  # of bisection: to the last bit
_GAUSS = 12  # nodes on each piece


def quantiles(prior: Prior, z: np.ndarray) -> np.ndarray:
    """The values of a parameter at standard normal quantiles."""
    if prior.family == "fixed":
        return np.full(np.shape(z), prior.arguments[0])
    frozen = prior.frozen()
    return np.where(z < 0, frozen.ppf(ndtr(z)), frozen.isf(ndtr(-z)))


def _density(z: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)


def smooth_nodes(prior: Prior) -> tuple[np.ndarray, np.ndarray]:
    """Values of a parameter and the weights that a smooth function of it is averaged with."""
    z = np.linspace(-_REACH, _REACH, int(2 * _REACH * _PER_UNIT) + 1)
    weight = _density(z)
    return quantiles(prior, z), weight / weight.sum()


@dataclass(frozen=True)
class Pieces:
    """Pieces of a prior on each of which some functions are constant.

    Attributes:
        edges: (piece + 1,) values of the parameter.
        mass: (piece,) prior probability.
        first: (piece,) integral of the parameter itself over the piece, against the prior.
        values: (piece, function).
    """

    prior: Prior
    z: np.ndarray
    edges: np.ndarray
    mass: np.ndarray
    first: np.ndarray
    values: np.ndarray

    def median(self, weight: np.ndarray) -> float:
        """The median of the parameter when each piece counts by mass times `weight`."""
        part = self.mass * weight
        share = np.cumsum(part) / part.sum()
        piece = int(np.searchsorted(share, 0.5))
        low, high = self.z[piece], self.z[piece + 1]
        before = share[piece - 1] if piece else 0.0
        wanted = (0.5 - before) * part.sum() / weight[piece]
        a, b = low, high
        for _ in range(_ROUNDS):
            middle = 0.5 * (a + b)
            a, b = (middle, b) if _mass(low, middle) < wanted else (a, middle)
        return float(quantiles(self.prior, np.array([b]))[0])


def _mass(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.where(low > 0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))


def pieces(prior: Prior, evaluate: Callable[[np.ndarray], np.ndarray]) -> Pieces:
    """Cut a prior where functions of the parameter jump.

    Args:
        evaluate: from values (n,) to (n, function), constant between jumps.
    """
    z = np.linspace(-_REACH, _REACH, int(2 * _REACH * 8) + 1)
    at = evaluate(quantiles(prior, z))
    jumps = [(z[i], z[i + 1], at[i], at[i + 1]) for i in np.flatnonzero(np.any(at[1:] != at[:-1], axis=1))]
    edges, levels = [z[0]], [at[0]]
    while jumps:  # each round finds the first jump of every gap
        low, high = (np.array([j[i] for j in jumps]) for i in (0, 1))
        left = np.array([j[2] for j in jumps])
        beyond = np.array([j[3] for j in jumps])
        for _ in range(_ROUNDS):
            middle = 0.5 * (low + high)
            found = evaluate(quantiles(prior, middle))
            same = np.all(found == left, axis=1)
            low, high = np.where(same, middle, low), np.where(same, high, middle)
            beyond = np.where(same[:, None], beyond, found)
        ends = [j[1] for j in jumps]
        last = [j[3] for j in jumps]
        edges += list(high)
        levels += list(beyond)
        jumps = [(h, e, b, v) for h, e, b, v in zip(high, ends, beyond, last, strict=True) if not np.array_equal(b, v)]
    order = np.argsort(edges)
    cut = np.append(np.array(edges)[order], z[-1])
    node, weight = roots_legendre(_GAUSS)
    cells = np.unique(np.concatenate([cut, np.linspace(-_REACH, _REACH, 65)]))
    half = 0.5 * np.diff(cells)
    inner = (cells[:-1] + half)[:, None] + half[:, None] * node
    part = (quantiles(prior, inner) * _density(inner)) @ weight * half
    owner = np.searchsorted(cut, cells[:-1] + half) - 1
    first = np.bincount(owner, part, len(cut) - 1)
    return Pieces(prior, cut, quantiles(prior, cut), _mass(cut[:-1], cut[1:]), first, np.array(levels)[order])
