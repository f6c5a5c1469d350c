"""Zones of agreement, many at once: which terms every party prefers to playing on, and the Nash point among them.

A *case* is one state of the world with each party's value of playing on. Where two parties' utilities are affine in the
terms, emptiness and Nash point are exact: their best bargains form a concave chain of segments, got by handing over the
terms in the order of what a unit of one's loss is worth to the other (a fractional knapsack), and on each segment the
product of gains is a parabola. Otherwise they are searched for on grids that close in (`search`).

Source: Nash (1950), "The bargaining problem", Econometrica 18(2); Raiffa (1982), The Art and Science of Negotiation,
for the chain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.stats import qmc

PROBES = 512  # terms tried for the share of all terms that lies in the zone: quasi-random, error about 1 / PROBES
HALVINGS = 20  # of a term's range, to find where the zone ends: to a millionth of the range


class Zone(NamedTuple):
    """What a search for agreement found. Arrays run over cases first."""

    exists: np.ndarray  # (case,) bool: some terms give no party less than playing on
    terms: np.ndarray  # (case, term): the Nash point; where there is no zone, what holds otherwise
    gain: np.ndarray  # (case, party) at those terms, over playing on; 0 where there is no zone


@dataclass(frozen=True)
class Space:
    """The terms: bounds of each, and the values of those that cannot be divided (None for the others)."""

    low: np.ndarray  # (term,)
    high: np.ndarray
    values: tuple[tuple[float, ...] | None, ...]

    @property
    def divisible(self) -> list[int]:
        """Indices of the terms that can be divided."""
        return [k for k, v in enumerate(self.values) if v is None]

    def combinations(self) -> list[dict[int, float]]:
        """Every choice of values for the terms that cannot."""
        fixed = [(k, v) for k, v in enumerate(self.values) if v is not None]
        return [dict(zip((k for k, _ in fixed), chosen, strict=True)) for chosen in product(*(v for _, v in fixed))]


class Affine(NamedTuple):
    """Gains of two parties, base + slope . terms."""

    base: np.ndarray  # (case, party)
    slope: np.ndarray  # (case, party, term)


def nash_affine(space: Space, gains: Affine, otherwise: np.ndarray) -> Zone:
    """The exact zone of two parties whose gains are affine in the terms.

    Args:
        otherwise: what holds when nothing is agreed, (case, term).
    """
    cases = len(gains.base)
    best = np.full(cases, -1.0)
    terms, gain = otherwise.copy(), np.zeros((cases, 2))
    for fixed in space.combinations():
        found, at = _chain(space, _given(gains, fixed))
        better = found > best
        best = np.where(better, found, best)
        chosen = np.zeros((cases, len(space.low)))
        chosen[:, space.divisible] = at
        chosen[:, list(fixed)] = list(fixed.values())
        terms = np.where(better[:, None], chosen, terms)
    exists = best >= 0
    gain = np.where(exists[:, None], _at(gains, terms), 0.0)
    return Zone(exists, terms, np.maximum(gain, 0.0))


def _at(gains: Affine, terms: np.ndarray) -> np.ndarray:
    return gains.base + np.einsum("cpk,ck->cp", gains.slope, terms)


def _given(gains: Affine, fixed: dict[int, float]) -> Affine:
    """The gains with some terms held, over the others."""
    rest = [k for k in range(gains.slope.shape[2]) if k not in fixed]
    base = gains.base + sum((gains.slope[:, :, k] * v for k, v in fixed.items()), np.zeros_like(gains.base))
    return Affine(base, gains.slope[:, :, rest])


def _chain(space: Space, gains: Affine) -> tuple[np.ndarray, np.ndarray]:
    """Largest product of gains over the divisible terms, -1 where none suits both; and the terms, (case, divisible).

    `gains` over the divisible terms alone.
    """
    low, span = space.low[space.divisible], (space.high - space.low)[space.divisible]
    first, second = gains.slope[:, 0] * span, gains.slope[:, 1] * span  # over the whole range of each term
    up = np.where(first != 0, first > 0, second > 0)  # the first party's best, the second's where it does not care
    share = up.astype(float)
    start = (
        gains.base
        + np.einsum("cpk,k->cp", gains.slope, low)
        + np.stack([(first * share).sum(1), (second * share).sum(1)], 1)
    )
    contested = first * second < 0
    loss, win = np.where(contested, np.abs(first), 0.0), np.where(contested, np.abs(second), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        order = np.argsort(-np.where(contested, win / loss, -1.0), axis=1, kind="stable")
    loss, win = np.take_along_axis(loss, order, 1), np.take_along_axis(win, order, 1)
    zero = np.zeros((len(start), 1))
    mine = start[:, :1] - np.concatenate([zero, np.cumsum(loss, 1)], 1)  # at the corners of the chain
    yours = start[:, 1:] + np.concatenate([zero, np.cumsum(win, 1)], 1)
    loss, win = np.concatenate([loss, zero], 1), np.concatenate([win, zero], 1)  # the last corner is a segment too
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.where(loss > 0, np.minimum(1.0, mine / loss), np.where(mine >= 0, 1.0, -1.0))
        least = np.where(win > 0, np.maximum(0.0, -yours / win), np.where(yours >= 0, 0.0, 2.0))
        middle = np.where((loss > 0) & (win > 0), 0.5 * (mine / loss - yours / win), 0.0)
    along = np.clip(middle, least, np.maximum(least, most))
    value = np.where(least <= most, np.maximum(mine - along * loss, 0) * np.maximum(yours + along * win, 0), -1.0)
    where = value.argmax(1)[:, None]
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(order.shape[1]), order.shape), 1)
    moved = np.where(rank < where, 1.0, np.where(rank == where, np.take_along_axis(along, where, 1), 0.0))
    moved = np.where(contested, moved, 0.0)
    at = low + span * np.where(up, 1 - moved, moved)
    return np.take_along_axis(value, where, 1)[:, 0], at


def extent_affine(space: Space, gains: Affine, zone: Zone) -> tuple[np.ndarray, np.ndarray]:
    """Least and most of each term inside the zone, (case, term) each; not-a-number where there is none.

    Choice by choice of values for what cannot be divided: within one the zone is convex, over all it may have gaps.
    """
    least, most = np.full(zone.terms.shape, np.inf), np.full(zone.terms.shape, -np.inf)
    for fixed in space.combinations():
        given = _given(gains, fixed)
        found, at = _chain(space, given)
        inside = zone.exists & (found >= 0)
        given, at = Affine(given.base[inside], given.slope[inside]), at[inside]
        for k, value in fixed.items():
            least[inside, k], most[inside, k] = np.minimum(least[inside, k], value), np.maximum(most[inside, k], value)
        for place, k in enumerate(space.divisible):
            low, high = (_reach(space, given, place, at[:, place], end[k]) for end in (space.low, space.high))
            least[inside, k], most[inside, k] = np.minimum(least[inside, k], low), np.maximum(most[inside, k], high)
    return np.where(np.isfinite(least), least, np.nan), np.where(np.isfinite(most), most, np.nan)


def _reach(space: Space, gains: Affine, place: int, near: np.ndarray, end: float) -> np.ndarray:
    """How far the zone goes from a point of it towards one end of a divisible term, (case,).

    `gains` over the divisible terms alone, of which `place` numbers the one.
    """
    rest = [k for n, k in enumerate(space.divisible) if n != place]
    left = Space(space.low[rest], space.high[rest], (None,) * len(rest))
    slope = np.delete(gains.slope, place, axis=2)

    def fits(value: np.ndarray) -> np.ndarray:
        return _chain(left, Affine(gains.base + gains.slope[:, :, place] * value[:, None], slope))[0] >= 0

    far = np.full(len(near), end)
    whole = fits(far)
    for _ in range(HALVINGS):
        middle = 0.5 * (near + far)
        inside = fits(middle)
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
    return np.where(whole, end, near)


def probes(space: Space) -> np.ndarray:
    """Terms spread evenly over all there are, (PROBES, term)."""
    unit = qmc.Halton(len(space.low), scramble=False).random(PROBES + 1)[1:]
    columns = []
    for k, values in enumerate(space.values):
        if values is None:
            columns.append(space.low[k] + unit[:, k] * (space.high[k] - space.low[k]))
        else:
            columns.append(np.asarray(values)[(unit[:, k] * len(values)).astype(int)])
    return np.stack(columns, 1)


def volume(gain: Callable[[np.ndarray], np.ndarray], space: Space) -> np.ndarray:
    """Share of all terms that lies in the zone, (case,). `gain`: (1, probe, term) -> (case, probe, party)."""
    return (gain(probes(space)[None]) >= 0).all(-1).mean(-1)
