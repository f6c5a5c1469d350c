"""Can a sample be trusted, and do two samples of one posterior agree?

Source: energy distance and its permutation test: Székely & Rizzo (2013), Journal of Statistical Planning and Inference
143(8). r-hat and effective sizes: `chain_statistics`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from detente import streams
from detente.inference.chain_statistics import bulk_size, rank_rhat, tail_size
from detente.inference.draws import jackknife_error, weighted_quantiles

QUANTILES = (0.05, 0.5, 0.95)
TAIL = (0.05, 0.95)  # quantiles whose effective sample size is the tail's
PERMUTATIONS = 999
BLOCKS = 32  # draws per island in the energy distance: about as many as can be told apart


@dataclass(frozen=True)
class Convergence:
    """How well chains mixed: arrays of shape (parameter,)."""

    rhat: np.ndarray
    ess_bulk: np.ndarray
    ess_tail: np.ndarray


@dataclass(frozen=True)
class Sample:
    """Draws in islands of equal size, each with a weight: islands of SMC, or groups of chains."""

    values: np.ndarray  # (island, draw, parameter)
    weights: np.ndarray  # (island,), summing to 1
    independent: np.ndarray  # (parameter,) draws that are worth as much; the floor of the error

    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean of each parameter and its Monte-Carlo error, shape (parameter,).

        The error is the larger of the jackknife over islands and that of so many independent draws.
        """
        by_island = self.values.mean(1)
        value = self.weights @ by_island
        out = []
        for i in range(len(self.weights)):
            rest = np.delete(self.weights, i)
            out.append(rest @ np.delete(by_island, i, 0) / rest.sum())
        jackknife = np.array([jackknife_error(column) for column in np.array(out).T])
        return value, np.maximum(jackknife, self.sds() / np.sqrt(self.independent))

    def sds(self) -> np.ndarray:
        """Standard deviation of each parameter."""
        mean = self.weights @ self.values.mean(1)
        return np.sqrt(self.weights @ ((self.values - mean) ** 2).mean(1))

    def quantiles(self) -> np.ndarray:
        """Shape (parameter, quantile)."""
        draws = self.values.shape[1]
        each = np.repeat(self.weights / draws, draws)
        columns = self.values.reshape(-1, self.values.shape[-1]).T
        return np.array([weighted_quantiles(c, each, QUANTILES) for c in columns]).reshape(-1, len(QUANTILES))


@dataclass(frozen=True)
class Agreement:
    """Two samples of one posterior. Differences are in posterior standard deviations, shape (parameter, ...)."""

    mean: np.ndarray  # (parameter,)
    mean_error: np.ndarray  # (parameter,) Monte-Carlo error of both sides
    quantile: np.ndarray  # (parameter, quantile)
    energy: float  # energy distance, of standardised parameters
    energy_p: float  # how often islands dealt out at random are as far apart


def convergence(values: np.ndarray) -> Convergence:
    """Judge chains, shape (chain, draw, parameter). A parameter that never moves has r-hat 1 and as many as there are.

    Chains can agree with each other and all miss a mode: r-hat sees only what some chain saw.
    """
    chains, draws, parameters = values.shape
    rhat, bulk, tail = np.ones(parameters), np.full(parameters, float(chains * draws)), np.zeros(parameters)
    tail[:] = bulk
    moving = np.ptp(values, axis=(0, 1)) != 0  # true of what is no number, which is then told as such
    told = moving & ~np.isnan(values).any((0, 1)) & (draws >= 4) & (chains > 1)
    for found in (rhat, bulk, tail):
        found[moving] = np.nan
    if told.any():
        x = values[..., told]
        rhat[told], bulk[told], tail[told] = rank_rhat(x), bulk_size(x), tail_size(x, TAIL)
    return Convergence(rhat, bulk, tail)


def compare(one: Sample, other: Sample, *, seed: int) -> Agreement:
    """Compare two samples of the same parameters.

    Args:
        seed: of the draws and the permutations of the energy distance.
    """
    (mean_1, error_1), (mean_2, error_2) = one.means(), other.means()
    sd = np.sqrt((one.sds() ** 2 + other.sds() ** 2) / 2)
    scale = np.where(sd > 0, sd, 1.0)
    energy, p = energy_test(one.values / scale, other.values / scale, seed=seed)
    return Agreement(
        mean=(mean_1 - mean_2) / scale,
        mean_error=np.hypot(error_1, error_2) / scale,
        quantile=(one.quantiles() - other.quantiles()) / scale[:, None],
        energy=energy,
        energy_p=p,
    )


def energy_test(one: np.ndarray, other: np.ndarray, *, seed: int) -> tuple[float, float]:
    """Energy distance of two samples in islands, shape (island, draw, parameter), and its permutation p-value.

    Whole islands are dealt out anew, because draws of one island are related; so 8 islands against 8 allow p-values
    down to 1 in 1,000, and the test keeps its level only as far as islands are independent and equally spread.
    """
    rng = streams.rng("energy test", seed)
    sides = [s[:, rng.permutation(s.shape[1])[:BLOCKS]] for s in (one, other)]
    size = min(s.shape[1] for s in sides)
    islands = np.concatenate([s[:, :size] for s in sides])
    flat = islands.reshape(-1, islands.shape[-1])
    count = len(islands)
    between = cdist(flat, flat).reshape(count, size, count, size).mean((1, 3))  # mean distance of two islands
    within = np.diag(between) * size / (size - 1) if size > 1 else np.diag(between)
    np.fill_diagonal(between, within)
    label = np.repeat([1.0 / len(one), -1.0 / len(other)], [len(one), len(other)])
    deals = np.array([label, *(rng.permutation(label) for _ in range(PERMUTATIONS))])
    distance = -np.einsum("di,ij,dj->d", deals, between, deals)
    return float(distance[0]), float(np.mean(distance >= distance[0] - 1e-12))
