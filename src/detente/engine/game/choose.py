"""One move by inverse distribution function: the same random number gives the same move wherever it is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from detente.engine.game.rules import UNAVAILABLE, Option
from detente.engine.graph import arrays
from detente.engine.graph.arrays import Values

SMALLEST_LOGIT = -80.0  # relative to the best; exp() of less is 0 in float32, and all weights may not be


def weights(row: Sequence[Option], allowed: Sequence[Values] | None) -> list[Values]:
    """The probability of each option, hold first, up to a factor.

    Args:
        allowed: per option whether a course leaves it open; all are open when None.
    """
    there = [o.available for o in row]
    if allowed is not None:
        there = [arrays.both(*pair) for pair in zip(there, allowed, strict=True)]
    top = arrays.peak(*(arrays.where(t, o.appeal, UNAVAILABLE) for t, o in zip(there, row, strict=True)))
    return [
        arrays.where(t, arrays.near_exp(arrays.maximum(o.appeal - top, SMALLEST_LOGIT)), 0.0)
        for t, o in zip(there, row, strict=True)
    ]


def choose(weight: Sequence[Values], u: Values) -> list[Values]:
    """Which move is drawn at `u`, uniform in (0, 1): a mask for each move, none of them for hold.

    Args:
        weight: of every option, hold first, from `weights`.
    """
    cumulated = [weight[0]]
    for w in weight[1:]:
        cumulated.append(cumulated[-1] + w)
    target = u * cumulated[-1]
    above = [c <= target for c in cumulated[:-1]]
    below = [arrays.negated(a) for a in above[1:]]
    return [arrays.both(a, b) for a, b in zip(above, below, strict=False)] + above[-1:]


def shares(weight: Sequence[Values]) -> list[Values]:
    """The probability of every move, without that of hold, from `weights`."""
    total = weight[0]
    for w in weight[1:]:
        total = total + w
    each = 1.0 / total
    return [w * each for w in weight[1:]]


def bound(drawn: Sequence[Values], free: Values, forced: Sequence[Values]) -> list[Values]:
    """The masks of a track that a course binds: a forced move wins over availability.

    Args:
        free: whether the course leaves the choice open in this step.
        forced: per move whether the course makes it.
    """
    return [arrays.either(arrays.both(d, free), f) for d, f in zip(drawn, forced, strict=True)]
