"""Basis of a verdict: the record, an assumption, or the construction of the model (DESIGN section 4). Computed, never
declared."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from detente.analysis.claims.credence import BEYOND, MOST
from detente.analysis.claims.verdict import Judged, varies
from detente.inference.draws import Draws
from detente.result.claims import Basis, OpenShares

SURE = 0.98  # credence above which, or below one less it, no draw could have said otherwise


class Bases:
    """What the verdict on each tested claim rests on.

    `record`: the record moved credence or size by more than two errors, and most of what is still open turns on
    parameters that it taught something about, or on the choice of hypothesis where it moved that.
    """

    def __init__(
        self,
        after: Mapping[str, Judged],
        before: Mapping[str, Judged],
        draws: tuple[Draws, Draws],
        open_shares: Mapping[str, OpenShares | None],
        *,
        fitted: bool,
        unmoved: Collection[str] = (),
    ) -> None:
        """
        Args:
            draws: after and before the evidence.
            open_shares: by claim; None where too few draws disagree.
            unmoved: claims whose tests no parameter can change.
        """
        self._after, self._before, self._draws, self._shares = after, before, draws, open_shares
        self._unmoved = frozenset(unmoved)
        self._fitted, self._tilted = fitted, fitted and tilted(*draws)

    def of(self, claim: str) -> Basis:
        """The basis of one claim, by its whole id."""
        after, before = self._after[claim], self._before[claim]
        now, then = after.credence.value, before.credence.value
        if min(now, then) > SURE or max(now, then) < 1 - SURE or claim in self._unmoved:
            return "construction"
        if not (varies(after) or varies(before)):
            return "construction"
        if not self._fitted or not moved(after, before, self._draws):
            return "assumption"
        shares = self._shares.get(claim)
        if not 1 - SURE < now < SURE:  # nearly nothing is open
            return "record"
        if shares is None:  # too few draws to tell what the open part turns on
            return "assumption"
        taught = (shares.learned.share or 0.0) + self._tilted * (shares.hypothesis.share or 0.0)
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
