"""Chances of what is watched, per draw, from counts of futures and from the probabilities met on the way.

Both estimate the same chance without bias. Where something is rare, adding up its probability in every step until it
happens says far more than counting how often it did; where it is nearly certain the count says more. The two are mixed
in the share that makes the noise least, one share for all draws: what differs between the two halves of a draw's
futures is noise and nothing else.

Sources: conditioning, Glasserman (2004), Monte Carlo Methods in Financial Engineering, section 4.6; the best share is
that of a control variate, section 4.1. The difference of count and sum is a martingale (the Doob decomposition).
"""

from __future__ import annotations

import numpy as np

from detente.engine.program import HALVES
from detente.engine.simulate import Outcome

# happenings that speak for the probabilities before any is seen: of a few, no share can be told (our choice)
FROM_THE_START = 10.0


def mixed(counts: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Counts and sums of probabilities of the same thing, both (draw, half, ...), mixed; the share is one for all draws
    at each place that follows.

    What never happened in these futures would otherwise be counted, as 0, whatever its probability."""
    difference = counts - chances
    noise = counts[:, 0] - counts[:, 1]
    apart = difference[:, 0] - difference[:, 1]
    together, alone = (noise * apart).sum(0), (apart * apart).sum(0)
    share = np.clip((together + FROM_THE_START) / (alone + FROM_THE_START), 0.0, 1.0)
    return counts - share * difference


def by_step(outcome: Outcome, index: int, futures: int) -> np.ndarray:
    """Chance that something watched has happened by the end of each step, (draw, half, step).

    Args:
        futures: of each draw.
    """
    pair = (np.cumsum(a[..., index], axis=2, dtype=float) for a in (outcome.first, outcome.first_chance))
    return mixed(*pair) / (futures // HALVES)


def in_step(outcome: Outcome, index: int, step: int, futures: int) -> np.ndarray:
    """Chance that something watched happens in a step, (draw, half)."""
    pair = (np.asarray(a[:, :, step, index], float) for a in (outcome.occurred, outcome.occurred_chance))
    return mixed(*pair) / (futures // HALVES)
