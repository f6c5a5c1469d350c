"""Words of estimative probability: one yardstick, chosen here and nowhere else.

The PHIA Probability Yardstick (UK Professional Head of Intelligence Assessment, "Explaining
uncertainty in UK intelligence assessment", gov.uk, 24 March 2025) names seven bands and leaves
gaps between them on purpose, so that a judgement made by people lands clearly in one band. A
computed probability can fall into a gap; it then takes the words of the nearest band, and halfway
between two bands those of the one nearer to 50 %. The report prints this rule beside the bands.

Knows no other module: any layer may be handed these functions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Band:
    """One row of the yardstick. `published`, `low` and `high` as published; `upto` ends what we use it for."""

    words: str
    published: str
    low: float
    high: float
    upto: float  # halfway to the next band


BANDS: tuple[Band, ...] = (
    Band("remote chance", "0 to 5%", 0.00, 0.05, 0.075),
    Band("highly unlikely", "10 to 20%", 0.10, 0.20, 0.225),
    Band("unlikely", "25 to 35%", 0.25, 0.35, 0.375),
    Band("realistic possibility", "40 to <50%", 0.40, 0.50, 0.525),
    Band("likely", "55 to 75%", 0.55, 0.75, 0.775),
    Band("highly likely", "80 to 90%", 0.80, 0.90, 0.925),
    Band("almost certain", "95 to <100%", 0.95, 1.00, 1.0),
)


def band(p: float) -> Band:
    """Return the band whose words fit probability `p`.

    Raises:
        ValueError: If `p` is outside [0, 1] or NaN.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"a probability must lie in [0, 1]; got {p}.")
    for row in BANDS:
        # At the halfway point the band nearer to 50 % is the upper one below 50 %, the lower one above.
        if p < row.upto or (p == row.upto and p > 0.5):
            return row
    return BANDS[-1]


def words(p: float) -> str:
    """Return the yardstick's words for probability `p`, e.g. `words(0.6)` is "likely".

    Raises:
        ValueError: If `p` is outside [0, 1] or NaN.
    """
    return band(p).words
