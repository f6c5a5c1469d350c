"""Importance weights whose largest are smoothed by a Pareto tail (PSIS), and the tail's shape k.

Above a k of 0.7 the draws do not reach far enough for the weights to be trusted.

Sources: Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto smoothed importance sampling", JMLR 25(72); the tail's
fit: Zhang & Stephens (2009), "A new and efficient estimation method for the generalized Pareto distribution",
Technometrics 51(3), with the prior on k of the former's appendix.
"""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

ALIKE = 1.0  # nats: ratios within so much of each other have no tail that could mislead (our choice)
FEWEST = 25  # draws below which no tail can be fitted: five in the tail
CELLS = 2_000_000  # numbers in memory at once


def smoothed(log_ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The log ratios with their upper tail smoothed, on the same scale, and k, row by row.

    Args:
        log_ratios: finite, shape (row, draw).

    Returns:
        Shapes (row, draw) and (row,). k is -inf where there is nothing to smooth, inf where the tail cannot be judged.
    """
    out, draws = np.array(log_ratios, float), log_ratios.shape[1]
    k = np.full(len(out), -np.inf)
    spread = np.flatnonzero(np.ptp(out, axis=1) >= ALIKE) if out.size else np.zeros(0, int)
    if draws < FEWEST:
        k[spread] = np.inf
        return out, k
    tail = int(3 * np.sqrt(draws)) if draws > 225 else draws // 5
    size = max(1, CELLS // (tail * (30 + int(np.sqrt(tail)))))
    for first in range(0, len(spread), size):
        part = spread[first : first + size]
        out[part], k[part] = _with_tails(out[part], tail)
    return out, k


def _with_tails(logs: np.ndarray, tail: int) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(len(logs))[:, None]
    order = np.argsort(logs, axis=1, kind="stable")
    highest = order[:, -tail:]
    top = logs[rows, order[:, -1:]]
    largest, cut = logs[rows, highest] - top, logs[rows, order[:, -tail - 1, None]] - top
    alike = largest[:, -1] - largest[:, 0] < np.finfo(float).tiny  # nothing to smooth
    with np.errstate(all="ignore"):
        k, scale = _pareto(np.exp(largest) - np.exp(cut))
        p = np.arange(0.5, tail) / tail
        shape = k[:, None]
        beyond = np.where(shape == 0, -np.log1p(-p), np.expm1(-shape * np.log1p(-p)) / shape)
        drawn = np.minimum(np.log(np.exp(cut) + scale[:, None] * beyond), largest[:, -1:])
    judged = np.isfinite(k) & (scale > 0) & np.isfinite(drawn).all(1)
    usable = judged & ~alike
    out = logs.copy()
    out[rows, highest] = np.where(usable[:, None], drawn + top, logs[rows, highest])
    # few distinct values, ties at the cut of the tail: none of them below sqrt(draws) times the mean of all may mislead
    # (Ionides 2008, "Truncated importance sampling", JCGS 17(2))
    bounded = -np.log(np.mean(np.exp(logs - top), axis=1)) <= 0.5 * np.log(logs.shape[1])
    return out, np.where(alike, -np.inf, np.where(judged, k, np.where(bounded, -np.inf, np.inf)))


def _pareto(excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shape k and scale of generalised Pareto tails, from ordered excesses (row, draw)."""
    count = excess.shape[1]
    grid = 30 + int(np.sqrt(count))
    b = (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * excess[:, int(count / 4 + 0.5) - 1, None])
    b += 1 / excess[:, -1:]
    k = np.log1p(-b[:, :, None] * excess[:, None]).mean(2)
    weight = np.asarray(softmax(count * (np.log(-b / k) - k - 1), axis=1))
    b = (b * weight).sum(1)
    k = np.log1p(-b[:, None] * excess).mean(1)
    return (count * k + 10 * 0.5) / (count + 10), -k / b
