"""Admiralty grades as standard deviations: the letter of the source and the digit of the report, each by itself.

NATO's doctrine (AJP-2.1) has the two judged independently: A to E is how reliable a source has been, 1 to 5 how
credible one report is; F and 6 say that this cannot be judged. They mean *unknown*, not worst.

Doctrine gives words and no numbers, and the only published numbers that we found are those of the MISP taxonomies
(admiralty-scale, version 5): A to E and 1 to 5 are worth 100, 75, 50, 25 and 0, and F and 6 are worth 50, the mean of
the known grades. We take from there that the two scales are alike, that steps are regular, and that "cannot be judged"
is the mean; that a step doubles the error, and that A and 1 stand for 5 per cent, is our assumption.
"""

from __future__ import annotations

import math
from typing import NamedTuple

RELIABILITY_SD = {"A": 0.05, "B": 0.10, "C": 0.20, "D": 0.40, "E": 0.80}  # assumption, relative error of the source
CREDIBILITY_SD = {"1": 0.05, "2": 0.10, "3": 0.20, "4": 0.40, "5": 0.80}  # assumption, relative error of the report
# assumption: a source that cannot be judged is as likely to be of any known grade as of any other
UNKNOWN_WEIGHT = 1 / 5

UNKNOWN_SD = math.sqrt(UNKNOWN_WEIGHT * sum(sd**2 for sd in RELIABILITY_SD.values()))  # of F and of 6: 0.41


class GradeSD(NamedTuple):
    """Relative errors, as shares of the value (equally: of its logarithm)."""

    reliability: float  # shared by everything the source says of one quantity
    credibility: float  # of this report alone


def grade_sd(grade: str) -> GradeSD:
    """Return the standard deviations of a grade such as "B2".

    F and 6 have the standard deviation of the mixture of the known grades, each weighted by `UNKNOWN_WEIGHT`.

    Raises:
        KeyError: If it is not a letter from A to F and a digit from 1 to 6.
    """
    letter, digit = grade
    return GradeSD(
        UNKNOWN_SD if letter == "F" else RELIABILITY_SD[letter],
        UNKNOWN_SD if digit == "6" else CREDIBILITY_SD[digit],
    )
