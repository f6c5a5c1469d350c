"""Which rows of the record moved each claim: every row is left out in turn, by importance re-weighting of the draws.

Without row i the posterior is proportional to p(draw | record) / p(row i | draw), so the draws at hand stand for it
when each counts for 1 / p(row i | draw). The largest ratios are smoothed by a Pareto tail (PSIS); its shape k says
whether the draws reach far enough. Above `limit(draws)` they do not: the change is marked unreliable, and only a fit
without the row can tell (`refits`).

Rows are the moves that count, events that happened and measurements. Leaving one out removes its term from the
likelihood and nothing else: what the row did to the stocks stays. The record then does not say that the model
chose it. Steps without a row (silence) are not left out.

Sources: Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto smoothed importance sampling", JMLR 25(72), with its
limit on k; Vehtari, Gelman & Gabry (2017), Statistics and Computing 27(5), for leaving one out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec import structs

from detente.analysis.claims.credence import Credence
from detente.inference.draws import Draws
from detente.inference.posterior_replay import Cell, PosteriorReplay, terms_of
from detente.inference.psis import smoothed
from detente.result import claims as judged

TOP = 5  # rows listed for each claim, and overall
WEIGHTY = 0.01  # weight below which the k of a hypothesis does not count


@dataclass(frozen=True, eq=False)
class Influence:
    """What leaving each cell out does. Arrays run over cells, and over claims where there are two axes."""

    cells: tuple[Cell, ...]
    claims: tuple[str, ...]
    divergence: np.ndarray  # (cell,) Kullback-Leibler divergence from the posterior without the cell, nats
    divergence_error: np.ndarray
    log_p: np.ndarray  # (cell,) log probability of the cell given the rest of the record
    k: np.ndarray  # (cell,) worst tail shape; -inf when the weights do not vary
    reliable: np.ndarray  # (cell,) bool
    change: np.ndarray  # (cell, claim) credence with the row less credence without it
    error: np.ndarray  # (cell, claim) Monte-Carlo standard error of `change`
    refitted: np.ndarray  # (cell,) bool

    def top(self, claim: str) -> list[int]:
        """The cells that moved a claim most, most first."""
        return np.argsort(-np.abs(self.change[:, self.claims.index(claim)]), kind="stable")[:TOP].tolist()

    def teachers(self) -> list[int]:
        """The cells that taught most, over all parameters and hypotheses."""
        return np.argsort(-self.divergence, kind="stable")[:TOP].tolist()


def limit(draws: int) -> float:
    """The largest k at which so many draws give a trustworthy average (Vehtari et al. 2024, section 3.2.4)."""
    return min(1 - 1 / np.log10(draws), 0.7) if draws > 10 else 0.0


def leave_out(cells: Sequence[Cell], replayed: PosteriorReplay, credences: Mapping[str, Credence]) -> Influence:
    """Re-weight the posterior draws without each cell.

    Args:
        credences: after the evidence, by claim, on the same draws as the replay.
    """
    draws = replayed.draws
    log_p = terms_of(cells, replayed)
    log_ratio, k = ratios(log_p, draws, replayed.possible)
    truth = np.stack([c.corrected for c in credences.values()], 1) if credences else np.zeros((len(draws), 0))
    full = _shares(draws.weights, replayed.possible)
    change, log_mean, weights = _changes(full, log_ratio, truth)
    divergence = _divergence(full, log_p, log_ratio)
    error = _independent(full, weights, truth)
    divergence_error = np.zeros(len(cells))
    if draws.islands > 1:
        without = [_shares(draws.weights_without(i), replayed.possible) for i in range(draws.islands)]
        error = np.maximum(error, _jackknife([_changes(w, log_ratio, truth)[0] for w in without]))
        divergence_error = _jackknife([_divergence(w, log_p, log_ratio) for w in without])
    worst, reliable = _verdict(k, draws, full, weights)
    return Influence(
        tuple(cells),
        tuple(credences),
        np.maximum(0.0, divergence),
        divergence_error,
        -log_mean,
        worst,
        reliable,
        change,
        error,
        np.zeros(len(cells), bool),
    )


def _shares(weights: np.ndarray, possible: np.ndarray) -> np.ndarray:
    kept = np.where(possible, weights, 0.0)
    return kept / kept.sum()


def ratios(log_p: np.ndarray, draws: Draws, possible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of the smoothed importance ratios 1 / p, and the tail shape k of each hypothesis.

    Args:
        log_p: log probability of each cell, shape (cell, draw).
        possible: draws that can explain the record, shape (draw,); the others get a ratio of 0.

    Returns:
        Shapes (cell, draw) and (cell, hypothesis). k is -inf where the ratios do not vary, nan where there is no draw.
    """
    log_ratio = np.where(possible, -log_p, -np.inf)
    k = np.full((len(log_p), len(draws.hypotheses)), np.nan)
    for h in range(len(draws.hypotheses)):
        mine = np.flatnonzero((draws.hypothesis == h) & possible)
        if len(mine):
            log_ratio[:, mine], k[:, h] = smoothed(-log_p[:, mine])
    return log_ratio, k


def _changes(weights: np.ndarray, log_ratio: np.ndarray, truth: np.ndarray):
    """(change in credence, log of the mean ratio, new weights): shapes (cell, claim), (cell,), (cell, draw)."""
    top = log_ratio.max(1, keepdims=True, initial=-np.inf)
    scaled = weights * np.exp(log_ratio - top)
    total = scaled.sum(1, keepdims=True)
    after = scaled / total
    change = np.clip(weights @ truth, 0, 1) - np.clip(after @ truth, 0, 1)
    change = np.where(np.abs(change) < 1e-12, 0.0, change)  # rounding
    return change, (np.log(total) + top)[:, 0], after


def _divergence(weights: np.ndarray, log_p: np.ndarray, log_ratio: np.ndarray) -> np.ndarray:
    """KL(posterior || posterior without the cell) = E log p + log E[1 / p], over draws of all hypotheses."""
    used = weights > 0
    return log_p[:, used] @ weights[used] + _changes(weights, log_ratio, np.zeros((len(weights), 0)))[1]


def _jackknife(estimates: Sequence[np.ndarray]) -> np.ndarray:
    n, stacked = len(estimates), np.stack(estimates)
    return np.sqrt((n - 1) / n * ((stacked - stacked.mean(0)) ** 2).sum(0))


def _independent(weights: np.ndarray, after: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Error of the change if draws were independent; a Jeffreys floor keeps it from being 0 when all agree."""
    mean, new = weights @ truth, after @ truth

    def product(a: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:  # sum of a (truth - x)(truth - y)
        return a @ truth**2 - (x + y) * (a @ truth) + x * y * a.sum(-1, keepdims=True)

    spread = product(after**2, new, new) - 2 * product(after * weights, new, mean + 0 * new)
    spread = spread + product(weights**2, mean, mean)
    count = 1 / (weights**2).sum()
    p = (np.clip(mean, 0, 1) * count + 0.5) / (count + 1)
    floor = ((after - weights) ** 2).sum(1)[:, None] * p * (1 - p)
    return np.sqrt(np.maximum(np.maximum(spread, floor), 0.0))


def _verdict(k: np.ndarray, draws: Draws, full: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Worst k over the hypotheses that carry weight with or without the cell, and whether all lie below their limit."""
    worst, reliable = np.full(len(k), -np.inf), np.ones(len(k), bool)
    for h in range(len(draws.hypotheses)):
        mine = draws.hypothesis == h
        counts = np.maximum(full[mine].sum(), weights[:, mine].sum(1)) >= WEIGHTY
        mine_k = np.where(counts & ~np.isnan(k[:, h]), k[:, h], -np.inf)
        worst = np.maximum(worst, mine_k)
        reliable &= mine_k <= limit(int((mine & (full > 0)).sum()))
    return worst, reliable


def with_refits(influence: Influence, full: Mapping[str, Credence], again: Mapping[Cell, Mapping[str, Credence]]):
    """The same with the changes of some cells taken from fits without them."""
    change, error = influence.change.copy(), influence.error.copy()
    refitted = influence.refitted.copy()
    for cell, found in again.items():
        i = influence.cells.index(cell)
        refitted[i] = True
        for j, claim in enumerate(influence.claims):
            change[i, j] = full[claim].value - found[claim].value
            error[i, j] = np.hypot(full[claim].error, found[claim].error)
    return replace(influence, change=change, error=error, refitted=refitted)


def influence_results(influence: Influence) -> judged.Influence:
    """The rows that moved the posterior most, for the result."""
    rows = [
        judged.PosteriorInfluence(
            **structs.asdict(_row(influence, i)),
            divergence=influence.divergence[i],
            divergence_mc_error=influence.divergence_error[i],
        )
        for i in influence.teachers()
    ]
    return judged.Influence(
        rows=rows,
        left_out=len(influence.cells),
        unreliable=int((~influence.reliable & ~influence.refitted).sum()),
        refitted=int(influence.refitted.sum()),
    )


def claim_influence(influence: Influence, claim: str) -> list[judged.ClaimInfluence]:
    """The rows that moved one claim most, for the result."""
    j = influence.claims.index(claim)
    return [
        judged.ClaimInfluence(
            **structs.asdict(_row(influence, i)), change=influence.change[i, j], mc_error=influence.error[i, j]
        )
        for i in influence.top(claim)
    ]


def _row(influence: Influence, i: int) -> judged.RowInfluence:
    cell = influence.cells[i]
    return judged.RowInfluence(
        date=cell.date,
        kind=cell.kind,
        name=cell.name,
        what=cell.what,
        source=cell.source,
        log_p=float(influence.log_p[i]),
        k_hat=float(influence.k[i]),
        reliable=bool(influence.reliable[i] or influence.refitted[i]),
        method="refit" if influence.refitted[i] else "re-weighted",
    )


def unreliable(influence: Influence, most: int) -> list[Cell]:
    """The cells worth a refit: among those listed for a claim or overall, whose draws do not reach; largest first."""
    listed = {i for claim in influence.claims for i in influence.top(claim)} | set(influence.teachers())
    poor = [i for i in listed if not influence.reliable[i] and not influence.refitted[i]]
    size = np.abs(influence.change).max(1, initial=0.0)
    return [influence.cells[i] for i in sorted(poor, key=lambda i: (-size[i], i))[:most]]
