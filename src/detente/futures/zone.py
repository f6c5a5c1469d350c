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
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

PROBES = 512  # terms tried for the share of all terms that lies in the zone: quasi-random, error about 1 / PROBES
HALVINGS = 12  # of a term's range, to find where the zone ends: to a four-thousandth of the range


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

    @cached_property
    def probes(self) -> np.ndarray:
        """Terms spread evenly over all there are, (PROBES, term)."""
        unit = halton(PROBES, len(self.low))
        columns = []
        for k, values in enumerate(self.values):
            if values is None:
                columns.append(self.low[k] + unit[:, k] * (self.high[k] - self.low[k]))
            else:
                columns.append(np.asarray(values)[(unit[:, k] * len(values)).astype(int)])
        return np.stack(columns, 1)


def halton(count: int, dimensions: int) -> np.ndarray:
    """Halton's points from number 1 on, in the unit cube, (point, dimension): each coordinate is the point's number
    with its digits mirrored at the comma, to a prime base of its own."""
    primes: list[int] = []
    candidate = 2
    while len(primes) < dimensions:
        if all(candidate % prime for prime in primes):
            primes.append(candidate)
        candidate += 1
    points = np.zeros((count, dimensions))
    for column, base in zip(points.T, primes, strict=True):
        left, place = np.arange(1, count + 1), 1.0
        while left.any():
            place /= base
            column += place * (left % base)
            left //= base
    return points


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
        found, at = _best(space, _given(gains, fixed))
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


class _Chain(NamedTuple):
    """The best bargains over some terms: terms are handed over one after the other, each a segment of the chain."""

    up: np.ndarray  # (case, term) bool: whether the chain begins at the term's upper end
    contested: np.ndarray  # (case, term) bool: what one gains by it the other loses
    order: np.ndarray  # (case, rank) the term that is handed over then
    mine: np.ndarray  # (case, corner) the first party's gain where a segment begins
    yours: np.ndarray  # (case, corner) the second's
    loss: np.ndarray  # (case, corner) of the first party along the segment
    win: np.ndarray  # (case, corner) of the second
    least: np.ndarray  # (case, corner) share of the segment from which on it suits the second
    most: np.ndarray  # (case, corner) share up to which it suits the first


def _chain(low: np.ndarray, span: np.ndarray, gains: Affine) -> _Chain:
    """The chain over all terms of `gains`, which can be divided; `low` and `span` of each term, (case or 1, term)."""
    first, second = gains.slope[:, 0] * span, gains.slope[:, 1] * span  # over the whole range of each term
    up = np.where(first != 0, first > 0, second > 0)  # the first party's best, the second's where it does not care
    begin = low + span * up
    start = gains.base + (gains.slope * begin[:, None]).sum(2)
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
    return _Chain(up, contested, order, mine, yours, loss, win, least, most)


def _best(space: Space, gains: Affine) -> tuple[np.ndarray, np.ndarray]:
    """Largest product of gains over the divisible terms, -1 where none suits both; and the terms, (case, divisible).

    `gains` over the divisible terms alone.
    """
    low, span = space.low[space.divisible], (space.high - space.low)[space.divisible]
    chain = _chain(low[None], span[None], gains)
    mine, yours, loss, win = chain.mine, chain.yours, chain.loss, chain.win
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.where((loss > 0) & (win > 0), 0.5 * (mine / loss - yours / win), 0.0)
    along = np.clip(middle, chain.least, np.maximum(chain.least, chain.most))
    product_ = np.maximum(mine - along * loss, 0) * np.maximum(yours + along * win, 0)
    value = np.where(chain.least <= chain.most, product_, -1.0)
    where = value.argmax(1)[:, None]
    rank = np.empty_like(chain.order)
    np.put_along_axis(rank, chain.order, np.broadcast_to(np.arange(chain.order.shape[1]), chain.order.shape), 1)
    moved = np.where(rank < where, 1.0, np.where(rank == where, np.take_along_axis(along, where, 1), 0.0))
    moved = np.where(chain.contested, moved, 0.0)
    at = low + span * np.where(chain.up, 1 - moved, moved)
    return np.take_along_axis(value, where, 1)[:, 0], at


def extent_affine(space: Space, gains: Affine, zone: Zone) -> tuple[np.ndarray, np.ndarray]:
    """Least and most of each term inside the zone, (case, term) each; not-a-number where there is none.

    Choice by choice of values for what cannot be divided: within one the zone is convex, over all it may have gaps.
    """
    least, most = np.full(zone.terms.shape, np.inf), np.full(zone.terms.shape, -np.inf)
    for fixed in space.combinations():
        given = _given(gains, fixed)
        found, at = _best(space, given)
        inside = zone.exists & (found >= 0)
        given, at = Affine(given.base[inside], given.slope[inside]), at[inside]
        for k, value in fixed.items():
            least[inside, k], most[inside, k] = np.minimum(least[inside, k], value), np.maximum(most[inside, k], value)
        if space.divisible and inside.any():
            for end, reached in zip((least, most), _reach(space, given, at), strict=True):
                columns = np.ix_(inside, np.array(space.divisible))
                end[columns] = (np.minimum if end is least else np.maximum)(end[columns], reached)
    return np.where(np.isfinite(least), least, np.nan), np.where(np.isfinite(most), most, np.nan)


def _reach(space: Space, gains: Affine, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the zone goes from a point of it towards both ends of every divisible term, (case, divisible) each.

    All terms and both ends are tried at once, as so many cases. `gains` over the divisible terms alone.
    """
    count, divisible = at.shape[1], space.divisible
    others = np.array([[n for n in range(count) if n != place] for place in range(count)], int).reshape(
        count, count - 1
    )
    low, span = space.low[divisible], (space.high - space.low)[divisible]
    ends = np.stack([low, low + span])  # (end, place)
    shape = (2, count, len(at))

    def spread(values: np.ndarray) -> np.ndarray:  # (place, case, ..) -> (end * place * case, ..)
        return np.broadcast_to(values, (2, *values.shape)).reshape(2 * count * len(at), *values.shape[2:])

    own = spread(np.moveaxis(gains.slope, 2, 0))  # slope of the term itself, (.., party)
    rest = spread(np.moveaxis(gains.slope[:, :, others], 2, 0))  # of the others, (.., party, term)
    base = spread(np.broadcast_to(gains.base, (count, *gains.base.shape)))
    lows, spans = (spread(np.broadcast_to(v[others][:, None], (count, len(at), count - 1))) for v in (low, span))

    def fits(value: np.ndarray, part: np.ndarray) -> np.ndarray:
        given = Affine(base[part] + own[part] * value[:, None], rest[part])
        chain = _chain(lows[part], spans[part], given)
        return np.any(chain.least <= chain.most, axis=1)

    reached = np.broadcast_to(ends[:, :, None], shape).ravel().copy()
    cut = np.flatnonzero(~fits(reached, np.arange(len(reached))))
    near, far = np.broadcast_to(at.T, shape).ravel()[cut], reached[cut]
    for _ in range(HALVINGS):
        middle = 0.5 * (near + far)
        inside = fits(middle, cut)
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
    reached[cut] = near
    reached = reached.reshape(shape)
    return reached[0].T, reached[1].T


def volume(gain: Callable[[np.ndarray], np.ndarray], space: Space) -> np.ndarray:
    """Share of all terms that lies in the zone, (case,). `gain`: (1, probe, term) -> (case, probe, party)."""
    return (gain(space.probes[None]) >= 0).all(-1).mean(-1)
