"""Weighted parameter draws under rival hypotheses, and honest Monte-Carlo errors of what is averaged over them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import softmax


@dataclass(frozen=True)
class Estimate:
    """A number and its Monte-Carlo standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class Draws:
    """Parameter draws, stratified by hypothesis and by island (an independent run of the sampler)."""

    parameters: tuple[str, ...]
    hypotheses: tuple[str, ...]
    values: np.ndarray  # (parameter, draw)
    hypothesis: np.ndarray  # (draw,) index
    island: np.ndarray  # (draw,) index
    log_prior_weight: np.ndarray  # (hypothesis,)
    log_evidence: np.ndarray  # (hypothesis, island); zeros before the evidence

    def __len__(self) -> int:
        return self.values.shape[1]

    def cell_weights(self, islands: np.ndarray | None = None) -> np.ndarray:
        """Weights of the cells (hypothesis, island), summing to 1; islands outside the mask get 0.

        Prior weight times the island's own evidence: each island estimates the unnormalised posterior without bias,
        so their sum does too, and an island that got stuck counts for little.
        """
        logs = self.log_prior_weight[:, None] + self.log_evidence
        if islands is not None:
            logs = np.where(islands, logs, -np.inf)
        return softmax(logs)

    @property
    def hypothesis_weights(self) -> np.ndarray:
        """Weights of the hypotheses, shape (hypothesis,), summing to 1."""
        return self.cell_weights().sum(1)

    @property
    def weights(self) -> np.ndarray:
        """Weight of each draw, shape (draw,), summing to 1."""
        counts = np.maximum(1, self._by_cell(np.ones(len(self)))[1])
        return (self.cell_weights() / counts)[self.hypothesis, self.island]

    def mean(self, values: np.ndarray, *, binary: bool = False) -> Estimate:
        """Weighted mean of per-draw `values`, shape (draw,), with its Monte-Carlo error.

        The error is the larger of two: the jackknife over islands, which sees everything the sampler does
        (including the error of the evidence), and the error that independent draws would have, which the jackknife
        of few islands can understate by chance. With `binary` a Jeffreys correction keeps it from being 0 when all
        draws agree.
        """
        values = np.asarray(values, float)
        value = float(self.weights @ values)
        return Estimate(value, max(self._jackknife(values), self._independent(values, binary)))

    def _by_cell(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shape = (len(self.hypotheses), self.log_evidence.shape[1])
        cell = self.hypothesis * shape[1] + self.island
        size = shape[0] * shape[1]
        count = np.bincount(cell, minlength=size).reshape(shape)
        return np.bincount(cell, values, minlength=size).reshape(shape), count

    def _jackknife(self, values: np.ndarray) -> float:
        sums, counts = self._by_cell(values)
        islands = counts.shape[1]
        if islands < 2:
            return 0.0
        estimates = []
        for left_out in range(islands):
            keep = np.arange(islands) != left_out
            estimates.append(float((self.cell_weights(keep) * sums / np.maximum(1, counts)).sum()))
        spread = np.asarray(estimates) - np.mean(estimates)
        return float(np.sqrt((islands - 1) / islands * np.sum(spread**2)))

    def _independent(self, values: np.ndarray, binary: bool) -> float:
        total, counts = 0.0, self._by_cell(values)[1]
        share = (self.cell_weights() ** 2 / np.maximum(1, counts)).sum(1)
        for h in range(len(self.hypotheses)):
            mine = values[self.hypothesis == h]
            if len(mine):
                p = (np.clip(mine, 0, 1).sum() + 0.5) / (len(mine) + 1)
                total += share[h] * max(float(mine.var()), p * (1 - p) if binary else 0.0)
        return float(np.sqrt(total))

    def quantiles(self, values: np.ndarray, at: tuple[float, ...]) -> list[float]:
        """Weighted quantiles of per-draw values, shape (draw,)."""
        return weighted_quantiles(values, self.weights, at)

    def where(self, mask: np.ndarray) -> Draws:
        """The draws of `mask`, shape (draw,); hypotheses keep their weights."""
        return replace(self, values=self.values[:, mask], hypothesis=self.hypothesis[mask], island=self.island[mask])

    def hold(self, parameter: str, value: float) -> Draws:
        """The same draws with one parameter held at a value."""
        values = self.values.copy()
        values[self.parameters.index(parameter)] = value
        return replace(self, values=values)


def weighted_quantiles(values: np.ndarray, weights: np.ndarray, at: tuple[float, ...]) -> list[float]:
    """Quantiles of a weighted sample: the inverse of its distribution function, interpolated at midpoints."""
    order = np.argsort(values, kind="stable")
    w = weights[order]
    middle = np.cumsum(w) - 0.5 * w
    return np.interp(np.asarray(at) * w.sum(), middle, values[order]).tolist()
