"""Whether an author claims as much as can be known: agreement of a claim's credence with the strength asserted.

A strength stands for a range of credence. That hedged, plain and certain assertions stand for such ranges follows the
literature on words of estimative probability (Kent 1964, "Words of Estimative Probability"; Wallsten et al. 1986,
Journal of Experimental Psychology: General 115(4)); the ends of the ranges are our assumption.
"""

from __future__ import annotations

from detente.analysis.claims.credence import BEYOND
from detente.result.claims import Fairness, Verdict

RANGES = {  # assumption
    "open": (0.20, 0.80),
    "hedged": (0.40, 0.95),
    "plain": (0.60, 1.0),
    "flat": (0.80, 1.0),
    "certain": (0.95, 1.0),
}
NOT_JUDGED = ("concession", "value", "norm", "conclusion")  # kinds
AVERAGES: dict[Verdict, float] = {"holds": 1.0, "open": 0.5, "fails": 0.0}  # what a verdict by the average counts


def fairness(kind: str, asserts: str, credence: float | None, error: float = 0.0) -> Fairness | None:
    """Whether a claim is asserted as its credence bears; None where that is no question.

    `over-claimed`: the credence lies below the range of the strength by more than two errors. `under-claimed`: above.
    """
    if credence is None or asserts not in RANGES or kind in NOT_JUDGED:
        return None
    low, high = RANGES[asserts]
    if credence < low - BEYOND * error:
        return "over-claimed"
    return "under-claimed" if credence > high + BEYOND * error else "fair"
