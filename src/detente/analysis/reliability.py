"""Whether stated probabilities came true as often as they said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detente.analysis.scoring import poisson_binomial

BINS = 10
RESAMPLES = 1000


def came_true(
    names: Sequence[str], stated: np.ndarray, truth: np.ndarray, threshold: float, *, draws: int | None = None
) -> dict[str, dict]:
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
        out[name] = {"expected": float(stated[:, i].mean()), "true": float(truth[:, i].mean()), "p": p}
        out[name]["refused"] = p < threshold
    return out


def reliability(stated: np.ndarray, truth: np.ndarray, *, seed: int) -> list[dict]:
    """Stated probability against frequency, in bins of one tenth, with 90 % intervals.

    The statements of one replication hang together, so intervals come from resampling whole replications.

    Args:
        stated: shape (replication, statement).
        truth: shape (replication, statement) bool.
    """
    cell = np.minimum((stated * BINS).astype(int), BINS - 1)
    one_hot = cell[..., None] == np.arange(BINS)
    counts, hits = one_hot.sum(1), (one_hot & truth[..., None]).sum(1)  # (replication, bin)
    said = (one_hot * stated[..., None]).sum(1)
    chosen = np.random.default_rng([seed, 7]).integers(0, len(stated), (RESAMPLES, len(stated)))
    with np.errstate(invalid="ignore"):
        spread = hits[chosen].sum(1) / counts[chosen].sum(1)
    rows = []
    for b in range(BINS):
        n = int(counts[:, b].sum())
        if n:
            low, high = np.nanquantile(spread[:, b], [0.05, 0.95])
            rows.append({
                "from": b / BINS, "to": (b + 1) / BINS, "n": n, "replications": int((counts[:, b] > 0).sum()),
                "stated": float(said[:, b].sum() / n), "true": float(hits[:, b].sum() / n),
                "q05": float(low), "q95": float(high),
            })  # fmt: skip
    return rows
