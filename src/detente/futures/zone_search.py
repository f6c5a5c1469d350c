"""The zone of agreement by search, for any utilities and any number of parties: grids that close in on the best terms.

Two passes per case: the terms with the largest least gain (is there a zone?), then, from there, those with the largest
product of gains (the Nash point). Each starts from a grid over all terms and looks around the best one in steps that
shrink by `SHRINK` each round. A zone thinner than a step of the first grid, away from the best of it, can be missed.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from detente.futures.zone import Space, Zone

GRID = 1_500  # terms on the first grid, at most
NEAREST = 250  # terms tried around the best one, at most
ROUNDS = 22
SHRINK = 0.6  # 0.6 ** 22: to a hundred-thousandth of the first step
CELLS = 2_000_000  # numbers held at once

Gains = Callable[[np.ndarray, slice], np.ndarray]  # (case or 1, candidate, term), cases -> (case, candidate, party)


def nash_search(space: Space, gains: Gains, cases: int, otherwise: np.ndarray) -> Zone:
    """The zone of any number of parties with any utilities, approximately.

    Args:
        gains: over playing on, at candidate terms.
        otherwise: what holds when nothing is agreed, (case, term).
    """
    start = _grid(space, GRID)
    size = max(1, CELLS // len(start))
    parts = [
        _block(space, gains, start, slice(first, min(first + size, cases)), otherwise)
        for first in range(0, cases, size)
    ]
    return Zone(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _per_axis(count: int, axes: int, least: int) -> int:
    """Points per axis of a full grid with at most `count` points, odd and at least `least`."""
    k = int(count ** (1 / axes)) if axes else 1
    return max(least, k - (k + 1) % 2)


def _grid(space: Space, count: int) -> np.ndarray:
    combinations = max(1, len(space.combinations()))
    points = _per_axis(max(1, count // combinations), len(space.divisible), 3)
    axes = [
        np.linspace(low, high, points) if values is None else np.asarray(values)
        for low, high, values in zip(space.low, space.high, space.values, strict=True)
    ]
    return np.array(list(product(*axes)), float)


def _block(space: Space, gains: Gains, start: np.ndarray, part: slice, otherwise: np.ndarray) -> Zone:
    first = gains(start[None], part)
    scale = np.maximum(np.ptp(first, axis=1), 1e-12)  # (case, party): utilities have no common unit
    # each choice of values for what cannot be divided is followed by itself: the best grid point may mislead
    best = None
    for fixed in space.combinations():
        mine = np.all([start[:, k] == v for k, v in fixed.items()], axis=0) if fixed else np.ones(len(start), bool)
        found = _climb(space, gains, start[mine], first[:, mine], scale, part)
        best = (
            found
            if best is None
            else tuple(np.where(_wide(found[0] > best[0], a), a, b) for a, b in zip(found, best, strict=True))
        )
    assert best is not None
    score, terms, gain = best
    exists = score >= 0
    terms = np.where(exists[:, None], terms, otherwise[part])
    return Zone(exists, terms, np.where(exists[:, None], np.maximum(gain, 0.0), 0.0))


def _wide(mask: np.ndarray, like: np.ndarray) -> np.ndarray:
    return mask.reshape(mask.shape + (1,) * (like.ndim - 1))


def _least(gain: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return (gain / scale[:, None]).min(-1)


def _nash(gain: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The geometric mean of the gains inside the zone; below 0 outside, the more so the further out."""
    relative = gain / scale[:, None]
    inside = np.exp(np.log(np.maximum(relative, 1e-300)).mean(-1))
    return np.where((relative >= 0).all(-1), inside, relative.min(-1))


def _climb(space: Space, gains: Gains, start, first, scale, part: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(score of the Nash point, terms, gain) of each case from one grid; the score is below 0 without a zone."""
    axes = space.divisible
    points = _per_axis(NEAREST, len(axes), 3)
    offsets = np.zeros((points ** len(axes), len(space.low)))
    if axes:
        offsets[:, axes] = np.array(list(product(*[np.linspace(-1, 1, points)] * len(axes))))
    step = (space.high - space.low) / max(1, _per_axis(len(start), len(axes), 3) - 1)
    terms = start[_least(first, scale).argmax(1)]
    gain = np.take_along_axis(first, _least(first, scale).argmax(1)[:, None, None], 1)[:, 0]
    for objective in (_least, _nash):
        value = objective(gain[:, None], scale)[:, 0]
        if objective is _nash:  # the grid may hold a better start than the fairest terms
            tried = objective(first, scale)
            better = tried.max(1) > value
            terms = np.where(better[:, None], start[tried.argmax(1)], terms)
            gain = np.where(better[:, None], np.take_along_axis(first, tried.argmax(1)[:, None, None], 1)[:, 0], gain)
            value = np.maximum(value, tried.max(1))
        for n in range(ROUNDS if axes else 0):
            around = np.clip(terms[:, None] + offsets * step * SHRINK**n, space.low, space.high)
            found = gains(around, part)
            scores = objective(found, scale)
            top = scores.argmax(1)[:, None]
            better = np.take_along_axis(scores, top, 1)[:, 0] > value
            pick = top[..., None]
            terms = np.where(better[:, None], np.take_along_axis(around, pick, 1)[:, 0], terms)
            gain = np.where(better[:, None], np.take_along_axis(found, pick, 1)[:, 0], gain)
            value = np.maximum(value, np.take_along_axis(scores, top, 1)[:, 0])
    return objective(gain[:, None], scale)[:, 0], terms, gain


def extent_search(space: Space, gains: Gains, zone: Zone) -> tuple[np.ndarray, np.ndarray]:
    """Least and most of each term among grid points and Nash points inside the zone, (case, term) each.

    To within a step of the first grid; not-a-number where there is no zone.
    """
    start = _grid(space, GRID)
    least, most = np.full(zone.terms.shape, np.nan), np.full(zone.terms.shape, np.nan)
    size = max(1, CELLS // len(start))
    for first in range(0, len(zone.exists), size):
        part = slice(first, min(first + size, len(zone.exists)))
        inside = (gains(start[None], part) >= 0).all(-1)  # (case, candidate)
        at, there = zone.terms[part], zone.exists[part]
        for k in range(len(space.low)):
            low = np.where(inside, start[:, k], np.inf).min(1)
            high = np.where(inside, start[:, k], -np.inf).max(1)
            least[part, k] = np.where(there, np.minimum(low, at[:, k]), np.nan)
            most[part, k] = np.where(there, np.maximum(high, at[:, k]), np.nan)
    return least, most
