"""Basis of a verdict: the record, an assumption, or the construction of the model (DESIGN section 4). Computed, never
declared."""

from __future__ import annotations

import math

from detente.analysis.claims.credence import BEYOND
from detente.analysis.claims.verdict import Judged, varies
from detente.inference.draws import Draws
from detente.result.claims import Basis, OpenShares

SURE = 0.98  # credence above which, or below one less it, no draw could have said otherwise
MOST = 0.5  # share of what is open


def basis(
    after: Judged,
    before: Judged,
    draws: tuple[Draws, Draws],
    open_shares: OpenShares | None,
    *,
    fitted: bool,
    tilted: bool,
) -> Basis:
    """What the verdict on a tested claim rests on.

    `record`: the record moved credence or size by more than two errors, and most of what is still open turns on
    parameters that it taught something about, or on the choice of hypothesis where it moved that.

    Args:
        draws: after and before the evidence.
        open_shares: None where nearly nothing is open.
        tilted: whether the record moved the weight of a hypothesis beyond its error.
    """
    now, then = after.credence, before.credence
    if min(now.value, then.value) > SURE or max(now.value, then.value) < 1 - SURE:
        return "construction"
    if not (varies(after) or varies(before)):
        return "construction"
    if not fitted or not moved(after, before, draws):
        return "assumption"
    if open_shares is None:
        return "record"
    taught = (open_shares.learned.share or 0.0) + (tilted * (open_shares.hypothesis.share or 0.0))
    return "record" if taught > MOST else "assumption"


def moved(after: Judged, before: Judged, draws: tuple[Draws, Draws]) -> bool:
    """Whether the record moved credence or size by more than two Monte-Carlo errors."""
    changes = [(after.credence.value - before.credence.value, math.hypot(after.credence.error, before.credence.error))]
    if after.sides and before.sides:
        now, then = draws[0].mean(after.sides.difference), draws[1].mean(before.sides.difference)
        changes.append((now.value - then.value, math.hypot(now.error, then.error)))
    return any(abs(change) > BEYOND * error for change, error in changes)


def tilted(after: Draws, before: Draws) -> bool:
    """Whether the record moved the weight of a hypothesis by more than two Monte-Carlo errors."""
    for h in range(len(after.hypotheses)):
        mean = after.mean((after.hypothesis == h).astype(float))
        if abs(mean.value - before.hypothesis_weights[h]) > BEYOND * mean.error:
            return True
    return False
