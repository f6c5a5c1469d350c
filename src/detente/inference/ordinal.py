"""A hierarchical ordered logit: categories that answer to grouped effects, slopes and era.

    P(k <= j | row) = logistic(cut_j - eta),
    eta = sum of one partially pooled effect per grouping + slopes + era effect

Each grouping has effects normal(0, sd) with its own learned sd: where data are few or say little, its effects shrink to
0. The era effect is a stationary first-order autoregression over bins of years, so that beyond the data it returns to
the long-run mean at a learned pace. Rows may count for less than one case each, where several tell of one thing (a
composite likelihood: Varin, Reid & Firth 2011, Statistica Sinica 21).

All effects are sampled off centre (Papaspiliopoulos, Roberts & Sköld 2007, Statistical Science 22(1)), by tempered
sequential Monte Carlo (`smc`). Rows outside a mask count nothing in the likelihood and are predicted.

Sources: McCullagh (1980), "Regression models for ordinal data", JRSS B 42(2); Gelman & Hill (2007), Data Analysis Using
Regression and Multilevel/Hierarchical Models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy.special import expit

from detente.engine.likelihood import IMPOSSIBLE
from detente.inference import smc
from detente.inference.diagnostics import convergence
from detente.inference.draws import Evidence
from detente.inference.quantiles import Quantiles
from detente.language.priors import Prior
from detente.settings import ORDINAL_SMC, SMCSettings

CUT_SD = 2.0  # prior sd of the first cut, in logits (assumption: any share of the lowest category is well within it)
GAP_SD = 1.0  # prior sd of the logarithm of the gaps between cuts (assumption: gaps of a third to three logits)
HEAVY_ENOUGH = 0.1  # of an even share of the weight: islands with less say nothing of convergence (our choice)
BLOCK = 128  # parameter vectors at once, which fit into the processor's cache
SLOPE, ERA = "slope", "era"


@dataclass(frozen=True)
class Design:
    """Rows to explain. All arrays are of length n rows.

    `groups`: name -> level of the row, 0 <= level < `levels[name]`; -1 counts as effect 0. `slopes` has shape
    (n, slope). `era` is a bin, 0 <= bin < `eras`. `weight` is what a row counts in the likelihood.
    """

    groups: Mapping[str, np.ndarray]
    levels: Mapping[str, int]
    slopes: np.ndarray
    era: np.ndarray
    eras: int
    weight: np.ndarray


@dataclass(frozen=True)
class Spread:
    """Scales of the half-normal priors of the standard deviations, in logits (assumptions: 1 is a strong effect)."""

    group: float = 0.5
    groups: Mapping[str, float] = field(default_factory=dict)  # where it differs
    slope: float = 0.5
    era: float = 0.5  # 0: no era effect


@dataclass(frozen=True)
class OrdinalFit:
    """Posterior draws by parameter, shape (draw, ...), and whether they can be relied on."""

    draws: Mapping[str, np.ndarray]
    r_hat: float  # the largest over the sampler's islands, rank-normalised (Vehtari et al. 2021)
    ess: float  # the smallest, bulk or tail
    worst: str  # the parameter with that r-hat
    acceptance: float  # of the last moves

    def __len__(self) -> int:
        return len(self.draws["cuts"])


class Logit:
    """The priors of a design, and its log likelihood with its gradient. Parameters stand side by side:

    "cuts" (the first, then the gaps between them), "sd NAME" and "z NAME" of every grouping, of the slopes and of the
    eras, and "rho", the autocorrelation of the eras. An effect is its sd times z; of the eras, times an autoregression
    of z.
    """

    def __init__(self, design: Design, categories: int, spread: Spread) -> None:
        self.design, self.categories = design, categories
        scales = {name: spread.groups.get(name, spread.group) for name in design.levels}
        blocks = {name: design.groups[name][:, None] == np.arange(n) for name, n in design.levels.items()}
        if design.slopes.shape[1]:
            blocks[SLOPE], scales[SLOPE] = design.slopes, spread.slope
        if spread.era:
            blocks[ERA], scales[ERA] = design.era[:, None] == np.arange(design.eras), spread.era
        self.place: dict[str, slice] = {}  # of parameters, by name
        self.column: dict[str, slice] = {}  # of effects, by grouping
        self.priors: list[Prior] = []
        self._add("cuts", [Prior("normal", (0.0, CUT_SD)), *[Prior("lognormal", (0.0, GAP_SD))] * (categories - 2)])
        width = 0
        for name, block in blocks.items():
            self._add(f"sd {name}", [Prior("halfnormal", (scales[name],))])
            self._add(f"z {name}", [Prior("normal", (0.0, 1.0))] * block.shape[1])
            self.column[name] = slice(width, width := width + block.shape[1])
        if spread.era:
            self._add("rho", [Prior("beta", (2.0, 2.0))])
        empty = np.zeros((len(design.era), 0))
        self.matrix = np.concatenate([empty, *blocks.values()], axis=1)  # (row, effect): eta = effects @ matrix.T

    def _add(self, name: str, priors: list[Prior]) -> None:
        self.place[name] = slice(len(self.priors), len(self.priors) + len(priors))
        self.priors += priors

    def draws(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """What parameter values, shape (draw, parameter), say: cuts, sds, effects by grouping, and eta of every row."""
        effects, _ = self._effects(values)
        found = {"cuts": np.cumsum(values[:, self.place["cuts"]], axis=1)}
        for name, column in self.column.items():
            found |= {f"sd {name}": values[:, self.place[f"sd {name}"]][:, 0], name: effects[:, column]}
        if ERA in self.column:
            found["rho"] = values[:, self.place["rho"]][:, 0]
        else:
            found[ERA] = np.zeros((len(values), self.design.eras))
        return found | {"eta": effects @ self.matrix.T}

    def _effects(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Effects, shape (draw, effect), and the same in units of their sds."""
        unit = np.empty((len(values), self.matrix.shape[1]))
        effects = np.empty_like(unit)
        for name, column in self.column.items():
            z = values[:, self.place[f"z {name}"]]
            unit[:, column] = era_effects(z, values[:, self.place["rho"]][:, 0]) if name == ERA else z
            effects[:, column] = values[:, self.place[f"sd {name}"]] * unit[:, column]
        return effects, unit

    def likelihood(self, k: np.ndarray, mask: np.ndarray) -> smc.LogLikelihood:
        """The log likelihood of the categories of some rows, and its gradient: (n, parameter) -> (n,), (n, parameter).

        Args:
            k: category of each row, 0 <= k < `categories`; what masked rows hold counts nothing.
            mask: (row,) bool, true of the rows that count.
        """
        rows = [np.flatnonzero(mask & (k == category)) for category in range(self.categories)]
        matrix, weight = self.matrix[np.concatenate(rows)], self.design.weight[np.concatenate(rows)]
        ends = np.cumsum([0, *map(len, rows)])
        cells = [slice(a, b) for a, b in pairwise(ends)]

        def block(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            effects, unit = self._effects(values)
            cuts = np.cumsum(values[:, self.place["cuts"]], axis=1)
            total, by_eta, by_cut = _answers(effects @ matrix.T, cuts, cells, weight)
            return total, self._pulled(values, unit, by_eta @ matrix, by_cut)

        def log_likelihood(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            with np.errstate(all="ignore"):
                found = [block(values[i : i + BLOCK]) for i in range(0, len(values), BLOCK)]
            total = np.concatenate([one for one, _ in found])
            total = np.where(np.isnan(total), IMPOSSIBLE, np.maximum(total, IMPOSSIBLE))
            return total, np.concatenate([gradient for _, gradient in found])

        return log_likelihood

    def _pulled(self, values: np.ndarray, unit: np.ndarray, by_effect: np.ndarray, by_cut: np.ndarray) -> np.ndarray:
        """The gradient by the parameters from those by the effects (draw, effect) and by the cuts (draw, cut)."""
        out = np.empty_like(values)
        out[:, self.place["cuts"]] = np.cumsum(by_cut[:, ::-1], axis=1)[:, ::-1]
        for name, column in self.column.items():
            by_unit = values[:, self.place[f"sd {name}"]] * by_effect[:, column]
            if name == ERA:
                z, rho = values[:, self.place["z era"]], values[:, self.place["rho"]][:, 0]
                by_unit, out[:, self.place["rho"].start] = _era_slopes(by_unit, z, rho, unit[:, column])
            out[:, self.place[f"z {name}"]] = by_unit
            out[:, self.place[f"sd {name}"].start] = (by_effect[:, column] * unit[:, column]).sum(1)
        return out


def _answers(
    eta: np.ndarray, cuts: np.ndarray, cells: list[slice], weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The log likelihood (draw,), and its slopes in eta (draw, row) and in the cuts (draw, cut).

    With a the distance from eta up to the cut above a row's category and b that down from it to the cut below,
    P = logistic(a) + logistic(b) - 1 = logistic(a) logistic(b) (1 - exp(-a - b)), which loses no digits.

    Args:
        cells: the rows of each category.
        weight: (row,)
    """
    total, by_eta, by_cut = np.zeros(len(eta)), np.zeros_like(eta), np.zeros_like(cuts)
    for category, cell in enumerate(cells):
        above, below = category < cuts.shape[1], category > 0
        for cut, side in [(category, 1)] * above + [(category - 1, -1)] * below:
            within = expit(side * (cuts[:, cut, None] - eta[:, cell]))
            total += np.log(within) @ weight[cell]
            miss = side * (1 - within) * weight[cell]
            by_eta[:, cell] -= miss
            by_cut[:, cut] += miss.sum(1)
        if above and below:
            gap, count = cuts[:, category] - cuts[:, category - 1], weight[cell].sum()
            total += count * np.log(-np.expm1(-gap))
            by_cut[:, category] += count / np.expm1(gap)
            by_cut[:, category - 1] -= count / np.expm1(gap)
    return total, by_eta, by_cut


def era_effects(z: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """A stationary autoregression of unit variance from standard normals, shape (draw, era); rho (draw,)."""
    effects, rest = z.copy(), np.sqrt((1 - rho) * (1 + rho))
    for t in range(1, z.shape[1]):
        effects[:, t] = rho * effects[:, t - 1] + rest * z[:, t]
    return effects


def _era_slopes(by_effect: np.ndarray, z: np.ndarray, rho: np.ndarray, effects: np.ndarray) -> tuple:
    """Slopes in z (draw, era) and in rho (draw,) from those in the effects of `era_effects`."""
    by_z, by_rho, rest = by_effect.copy(), np.zeros_like(rho), np.sqrt((1 - rho) * (1 + rho))
    for t in range(z.shape[1] - 1, 0, -1):
        by_z[:, t - 1] += rho * by_z[:, t]
        by_rho += by_z[:, t] * (effects[:, t - 1] - rho / rest * z[:, t])
        by_z[:, t] *= rest
    return by_z, by_rho


def fit_ordinal(
    design: Design,
    k: np.ndarray,
    categories: int,
    mask: np.ndarray,
    *,
    seed: int,
    spread: Spread | None = None,
    settings: SMCSettings | None = None,
) -> OrdinalFit:
    """Draws given the rows of `mask`, shape (n,) bool; `eta` of all rows is their prediction.

    Args:
        k: category of each row, 0 <= k < `categories`; what masked rows hold counts nothing.
    """
    logit = Logit(design, categories, spread or Spread())
    quantiles = Quantiles(logit.priors)
    particles = smc.run(logit.likelihood(k, mask), quantiles, seed, settings or ORDINAL_SMC)
    shape = particles.z.shape[:2]
    draws = logit.draws(quantiles.values(particles.z.reshape(-1, len(quantiles))))
    weights = Evidence(particles.increments, particles.mixed).island_weights()
    about = {n: v.reshape(*shape, -1)[weights > HEAVY_ENOUGH / len(weights)] for n, v in draws.items() if n != "eta"}
    names = [f"{n}[{i}]" for n, v in about.items() for i in range(v.shape[2])]
    found = convergence(np.concatenate(list(about.values()), axis=2))
    worst = int(np.argmax(found.rhat))
    ess = float(min(found.ess_bulk.min(), found.ess_tail.min()))
    # every particle as often as its island weighs: whoever reads the draws then need not know of weights
    total = shape[0] * shape[1]
    chosen = np.searchsorted(np.cumsum(np.repeat(weights, shape[1])) / shape[1], (np.arange(total) + 0.5) / total)
    draws = {n: v[np.minimum(chosen, total - 1)] for n, v in draws.items()}
    return OrdinalFit(draws, float(found.rhat[worst]), ess, names[worst], float(particles.acceptance[-1]))
