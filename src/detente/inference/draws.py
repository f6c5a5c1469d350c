"""Weighted parameter draws under rival hypotheses, and honest Monte-Carlo errors of what is averaged over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.special import softmax


@dataclass(frozen=True)
class Estimate:
    """A number and its Monte-Carlo standard error."""

    value: float
    error: float


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the islands of one fit say of the evidence, round by round. No rounds: before the evidence."""

    increments: np.ndarray  # (round, island) log mean weight
    mixed: np.ndarray  # (round,) whether the islands were made level after the round
    possible: int | None = None  # prior draws that allow the record, if few: no more than these are independent

    def log(self, without: int | None = None) -> float:
        """Log evidence from all islands, or from all but one."""
        return self._read[without][0]

    def island_weights(self, without: int | None = None) -> np.ndarray:
        """Weight of every island at the end, summing to 1; 0 for the one left out."""
        return self._read[without][1]

    def error(self) -> float:
        """Monte-Carlo standard error of the log evidence, by the jackknife over islands."""
        islands = self.increments.shape[1]
        return jackknife_error([self.log(i) for i in range(islands)]) if islands > 1 else 0.0

    @cached_property
    def _read(self) -> dict[int | None, tuple[float, np.ndarray]]:
        """(log evidence, island weights) by the island left out; every average asks for all of them."""
        number = np.arange(self.increments.shape[1])
        others = number.tolist() if len(number) > 1 else []
        return {i: self._run(number != i) for i in (None, *others)}

    def _run(self, islands: np.ndarray) -> tuple[float, np.ndarray]:
        carried = np.where(islands, 0.0, -np.inf)
        total = 0.0
        for increment, mixed in zip(self.increments, self.mixed, strict=True):
            after = carried + increment
            total += _log_sum(after) - _log_sum(carried)
            carried = np.where(islands, 0.0, -np.inf) if mixed else after
        weights = np.exp(carried - carried.max())
        return total, weights / weights.sum()


def _log_sum(logs: np.ndarray) -> float:
    """Log of the sum of exponentials; SciPy's general one takes most of a run's time at this size."""
    top = logs.max()
    return float(top + np.log(np.exp(logs - top).sum()))


def jackknife_error(estimates: Sequence[float] | np.ndarray) -> float:
    """Standard error from leave-one-out estimates."""
    n, spread = len(estimates), np.asarray(estimates) - np.mean(estimates)
    return float(np.sqrt((n - 1) / n * np.sum(spread**2)))


@dataclass(frozen=True)
class Draws:
    """Parameter draws, stratified by hypothesis and by island (an independent run of the sampler)."""

    parameters: tuple[str, ...]
    hypotheses: tuple[str, ...]
    values: np.ndarray  # (parameter, draw)
    hypothesis: np.ndarray  # (draw,) index
    island: np.ndarray  # (draw,) index
    log_prior_weight: np.ndarray  # (hypothesis,)
    evidence: tuple[Evidence, ...]  # per hypothesis
    islands: int
    weighed: Weighing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weighed", Weighing(self))

    def __len__(self) -> int:
        return self.values.shape[1]

    def cell_weights(self, without: int | None = None) -> np.ndarray:
        """Weights of the cells (hypothesis, island), summing to 1; 0 for an island left out."""
        return self.weighed.cells[-1 if without is None else without]

    @property
    def hypothesis_weights(self) -> np.ndarray:
        """Weights of the hypotheses, shape (hypothesis,), summing to 1."""
        return self.cell_weights().sum(1)

    @property
    def weights(self) -> np.ndarray:
        """Weight of each draw, shape (draw,), summing to 1."""
        return self.weighed.draws

    def within(self, hypothesis: int) -> np.ndarray:
        """Weights of the draws given one hypothesis, shape (draw,): 0 for those of others, summing to 1."""
        mine = self.evidence[hypothesis].island_weights()
        counts = np.bincount(self.island[self.hypothesis == hypothesis], minlength=self.islands)
        return np.where(self.hypothesis == hypothesis, (mine / np.maximum(1, counts))[self.island], 0.0)

    def given(self, hypothesis: int) -> Draws:
        """The draws of one hypothesis, as if it were certain."""
        mine = self.hypothesis == hypothesis
        return replace(
            self,
            hypotheses=self.hypotheses[hypothesis : hypothesis + 1],
            values=self.values[:, mine],
            hypothesis=np.zeros(mine.sum(), int),
            island=self.island[mine],
            log_prior_weight=np.zeros(1),
            evidence=self.evidence[hypothesis : hypothesis + 1],
        )

    def weights_without(self, island: int) -> np.ndarray:
        """Weight of each draw with one island left out, shape (draw,): what a jackknife repeats an estimate with."""
        return (self.cell_weights(island) / self.weighed.counts)[self.hypothesis, self.island]

    def by_cell(self, values: np.ndarray | None = None) -> np.ndarray:
        """Sums of per-draw values by (hypothesis, island); how many draws there are when None."""
        shape = (len(self.hypotheses), self.islands)
        cell = self.hypothesis * self.islands + self.island
        return np.bincount(cell, values, minlength=shape[0] * shape[1]).reshape(shape)

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

    def _jackknife(self, values: np.ndarray) -> float:
        """Standard error by leaving out one island at a time, from the means and from the evidence."""
        if self.islands < 2:
            return 0.0
        means = self.by_cell(values) / self.weighed.counts
        return jackknife_error((self.weighed.cells[:-1] * means).sum((1, 2)))

    def _independent(self, values: np.ndarray, binary: bool) -> float:
        total = 0.0
        share = (self.cell_weights() ** 2 / self.weighed.counts).sum(1)
        for h in range(len(self.hypotheses)):
            mine = values[self.hypothesis == h]
            if len(mine):
                p = (np.clip(mine, 0, 1).sum() + 0.5) / (len(mine) + 1)
                copies = max(1.0, len(mine) / max(1, self.evidence[h].possible or len(mine)))
                total += share[h] * copies * max(float(mine.var()), p * (1 - p) if binary else 0.0)
        return float(np.sqrt(total))

    def quantiles(self, values: np.ndarray, at: tuple[float, ...]) -> list[float]:
        """Weighted quantiles of per-draw values, shape (draw,)."""
        return weighted_quantiles(values, self.weights, at)

    def where(self, mask: np.ndarray) -> Draws:
        """The draws of `mask`, shape (draw,); hypotheses keep their weights."""
        return replace(self, values=self.values[:, mask], hypothesis=self.hypothesis[mask], island=self.island[mask])

    def repeated(self, count: int) -> Draws:
        """The same draws so many times, one after the other."""
        return replace(
            self,
            values=np.tile(self.values, count),
            hypothesis=np.tile(self.hypothesis, count),
            island=np.tile(self.island, count),
        )

    def hold(self, parameter: str, value: float | np.ndarray) -> Draws:
        """The same draws, with the same weights, with one parameter held at a value, or at one for each draw."""
        values = self.values.copy()
        values[self.parameters.index(parameter)] = value
        held = replace(self, values=values)
        object.__setattr__(held, "weighed", self.weighed)
        return held


class Weighing:
    """What follows from the weights of draws alone: worked out once, and shared by draws that differ in values only."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws

    @cached_property
    def cells(self) -> np.ndarray:
        """(island left out, hypothesis, island), and last with none left out; every average asks for all of them."""
        draws, out = self._draws, []
        for without in (*(range(draws.islands) if draws.islands > 1 else ()), None):
            logs = np.array([e.log(without) for e in draws.evidence])
            hypotheses = np.asarray(softmax(draws.log_prior_weight + logs))
            out.append(hypotheses[:, None] * np.stack([e.island_weights(without) for e in draws.evidence]))
        return np.stack(out)

    @cached_property
    def counts(self) -> np.ndarray:
        """Draws by (hypothesis, island), at least 1."""
        return np.maximum(1, self._draws.by_cell())

    @cached_property
    def draws(self) -> np.ndarray:
        """Weight of each draw, shape (draw,), summing to 1."""
        return (self.cells[-1] / self.counts)[self._draws.hypothesis, self._draws.island]

    @cached_property
    def alone(self) -> list[Draws]:
        """The draws of each hypothesis, as if it were certain; only their weights count."""
        return [self._draws.given(h) for h in range(len(self._draws.hypotheses))]


def weighted_quantiles(values: np.ndarray, weights: np.ndarray, at: tuple[float, ...]) -> list[float]:
    """Quantiles of a weighted sample: the inverse of its distribution function, interpolated at midpoints."""
    return column_quantiles(np.asarray(values)[:, None], weights, at)[:, 0].tolist()


def column_quantiles(values: np.ndarray, weights: np.ndarray, at: tuple[float, ...]) -> np.ndarray:
    """The same for every column of (draw, column), shape (quantile, column); of single precision in half the time."""
    rows, weights = values[weights > 0].T, weights[weights > 0]
    order = _order_of_single(rows) if rows.dtype == np.float32 else np.argsort(rows, axis=1, kind="stable")
    rows, w = np.take_along_axis(rows, order, 1), weights[order]
    middle = np.cumsum(w, 1) - 0.5 * w
    wanted = np.asarray(at)
    found = [np.interp(wanted * each.sum(), place, row) for each, place, row in zip(w, middle, rows, strict=True)]
    return np.array(found).reshape(-1, len(at)).T


def _order_of_single(rows: np.ndarray) -> np.ndarray:
    """Stable order of each row of float32, without NaN. What is sorted are whole numbers: their upper half orders as
    the value does, their lower half is its place."""
    bits = np.ascontiguousarray(rows + np.float32(0)).view(np.uint32)  # -0 becomes 0
    ordered = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31)).astype(np.uint64)
    keys = np.sort(ordered << np.uint64(32) | np.arange(rows.shape[1], dtype=np.uint64), axis=1)
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.intp)
