"""Whether stated probabilities came true as often as they said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detente.inference.scores import jeffreys, poisson_binomial
from detente.result.verify import CameTrue, ReliabilityBin

BINS = 10


def came_true(
    names: Sequence[str], stated: np.ndarray, truth: np.ndarray, threshold: float, *, draws: int | None = None
) -> dict[str, CameTrue]:
    """Per statement: how often it was expected to be true, how often it was, and the exact two-sided p-value.

    Args:
        stated: probabilities, shape (replication, statement).
        truth: shape (replication, statement) bool.
        threshold: p-values below it are refused.
        draws: number of posterior draws that `stated` are shares of; none in so many does not mean never. Among the
            draws and the truth together, which a correct fit makes exchangeable, each is as likely to be the truth as
            any other: so, given how many of them all are true, the test is exact.
    """
    chance = stated if draws is None else (stated * draws + truth) / (draws + 1)
    out = {}
    for i, name in enumerate(names):
        mass, seen = poisson_binomial(np.clip(chance[:, i], 0, 1)), int(truth[:, i].sum())
        p = min(1.0, 2 * min(float(mass[: seen + 1].sum()), float(mass[seen:].sum())))
        expected, true = float(stated[:, i].mean()), float(truth[:, i].mean())
        out[name] = CameTrue(expected=expected, true=true, p=p, refused=p < threshold)
    return out


def reliability(stated: np.ndarray, truth: np.ndarray) -> list[ReliabilityBin]:
    """Stated probability against frequency, in bins of one tenth, with 90 % Jeffreys intervals.

    The statements of one replication hang together: an interval counts them as one.

    Args:
        stated: shape (replication, statement).
        truth: shape (replication, statement) bool.
    """
    cell = np.minimum((stated * BINS).astype(int), BINS - 1)
    rows = []
    for b in range(BINS):
        inside = cell == b
        n, replications = int(inside.sum()), int(inside.any(1).sum())
        if n:
            share = float(truth[inside].mean())
            low, high = jeffreys(share * replications, replications)
            rows.append(
                ReliabilityBin(
                    low=b / BINS,
                    high=(b + 1) / BINS,
                    n=n,
                    replications=replications,
                    stated=float(stated[inside].mean()),
                    true=share,
                    q05=low,
                    q95=high,
                )
            )
    return rows
