"""Importance weights whose largest are smoothed by a Pareto tail (PSIS), and the tail's shape k.

Above a k of 0.7 the draws do not reach far enough for the weights to be trusted.

Source: Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto smoothed importance sampling", JMLR 25(72); by ArviZ.
"""

from __future__ import annotations

import numpy as np

ALIKE = 1.0  # nats: ratios within so much of each other have no tail that could mislead (our choice)
FEWEST = 25  # draws below which no tail can be fitted (the library wants five in the tail)


def smoothed(log_ratios: np.ndarray) -> tuple[np.ndarray, float]:
    """The log ratios with their upper tail smoothed, on the same scale, and k.

    Args:
        log_ratios: finite, shape (draw,).

    Returns:
        k is -inf where there is nothing to smooth, inf where the tail cannot be judged.
    """
    from arviz_stats.base.array import array_stats  # a second to import

    if np.ptp(log_ratios) < ALIKE:
        return log_ratios, -np.inf
    if len(log_ratios) < FEWEST:
        return log_ratios, np.inf
    try:
        with np.errstate(all="ignore"):
            logs, k = array_stats.psislw(-log_ratios)
    except ValueError:  # all values of the tail are the same: nothing to smooth
        return log_ratios, -np.inf
    if not (np.isfinite(k) and np.isfinite(logs).all()):  # few distinct values, ties at the cut of the tail
        top = log_ratios.max()
        bounded = -np.log(np.mean(np.exp(log_ratios - top))) <= 0.5 * np.log(len(log_ratios))
        return log_ratios, -np.inf if bounded else np.inf  # below sqrt(S) times their mean: Ionides (2008), JCGS 17(2)
    lowest = int(np.argmin(log_ratios))  # never in the tail, so it shows what the library's weights were divided by
    return logs + (log_ratios[lowest] - logs[lowest]), float(k)
