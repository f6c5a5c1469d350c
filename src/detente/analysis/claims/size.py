"""Size of what a claim speaks of: both sides of its comparison, and their difference, averaged over all draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.analysis.claims.credence import values_by_name
from detente.futures.play import Futures
from detente.futures.questions import per_draw
from detente.inference.draws import Draws
from detente.language.expressions import is_comparison
from detente.language.syntax import Binary, Node
from detente.result import claims as judged


@dataclass(frozen=True)
class Sides:
    """Both sides of a comparison in every draw, shape (draw,) each."""

    op: str
    left: np.ndarray
    right: np.ndarray

    @property
    def difference(self) -> np.ndarray:
        """Left less right, (draw,)."""
        return self.left - self.right

    @property
    def direction(self) -> int:
        """1 where the test asks the left side to be larger, -1 where smaller, 0 where it asks neither."""
        return {">": 1, ">=": 1, "<": -1, "<=": -1}.get(self.op, 0)


def sides(test: Node, futures: Futures) -> Sides | None:
    """Both sides of a test that is one comparison, else None."""
    if not isinstance(test, Binary) or not is_comparison(test):
        return None
    known = values_by_name(futures, test)
    left, right = (
        np.broadcast_to(np.asarray(per_draw(side, lambda n: futures.answer(n), known), float), (len(futures.draws),))
        for side in (test.left, test.right)
    )
    return Sides(test.op, left, right)


def side(values: np.ndarray, draws: Draws) -> judged.Side:
    """Weighted mean of per-draw values with its Monte-Carlo error, and their range over draws."""
    mean = draws.mean(values)
    low, high = draws.quantiles(values, (0.05, 0.95))
    return judged.Side(mean=mean.value, mc_error=mean.error, q05=low, q95=high)


def size(found: Sides, draws: Draws) -> judged.Size:
    """The size of a comparison, for the result."""
    return judged.Size(
        left=side(found.left, draws), right=side(found.right, draws), difference=side(found.difference, draws)
    )
