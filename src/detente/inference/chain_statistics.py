"""How well chains agree and how many independent draws they are worth: rank-normalised split r-hat, effective sizes.

Arrays are (chain, draw, column), and all columns are worked out at once. At least four draws a chain, two in each half.

Source: Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), "Rank-normalization, folding, and localization: an
improved r-hat for assessing convergence of MCMC", Bayesian Analysis 16(2); the sums of autocorrelations end as in Geyer
(1992), "Practical Markov chain Monte Carlo", Statistical Science 7(4).
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

BLOM = 3 / 8  # taken off a rank before it becomes a normal score (Blom 1958)


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks along the first axis from 1 on; equal values share the mean of theirs."""
    order = np.argsort(values, axis=0, kind="stable")
    placed = np.take_along_axis(values, order, 0)
    place = np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1))
    new = np.ones(values.shape, bool)
    new[1:] = placed[1:] != placed[:-1]
    last = np.ones(values.shape, bool)
    last[:-1] = new[1:]
    first_place = np.maximum.accumulate(np.where(new, place, 0), axis=0)
    last_place = np.minimum.accumulate(np.where(last, place, len(values))[::-1], axis=0)[::-1]
    out = np.empty(values.shape)
    np.put_along_axis(out, order, 0.5 * (first_place + last_place) + 1, 0)
    return out


def rank_rhat(x: np.ndarray) -> np.ndarray:
    """The larger r-hat of where chains lie and of how wide they are, (column,)."""
    halves = _split(x)
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    with np.errstate(invalid="ignore", divide="ignore"):  # of two values alone all lie as wide
        return np.fmax(_rhat(_scores(halves)), _rhat(_scores(folded)))


def bulk_size(x: np.ndarray) -> np.ndarray:
    """Independent draws that tell the middle as well, (column,)."""
    return _effective(_scores(_split(x)))


def tail_size(x: np.ndarray, probabilities: tuple[float, float]) -> np.ndarray:
    """Independent draws that tell the quantiles of both probabilities as well, (column,)."""
    below = (x <= np.quantile(x, p, axis=(0, 1)) for p in probabilities)
    return np.minimum(*(_effective(_split(each).astype(float)) for each in below))


def mean_size(x: np.ndarray) -> np.ndarray:
    """Independent draws that tell the mean as well, (column,)."""
    return _effective(_split(x))


def _split(x: np.ndarray) -> np.ndarray:
    """Both halves of every chain as chains of their own; of an odd number of draws without the middle one."""
    half = x.shape[1] // 2
    return np.concatenate([x[:, :half], x[:, -half:]])


def _scores(x: np.ndarray) -> np.ndarray:
    flat = x.reshape(-1, x.shape[2])
    return ndtri((ranks(flat) - BLOM) / (len(flat) - 2 * BLOM + 1)).reshape(x.shape)


def _rhat(x: np.ndarray) -> np.ndarray:
    draws = x.shape[1]
    between, within = draws * x.mean(1).var(0, ddof=1), x.var(1, ddof=1).mean(0)
    return np.sqrt((between / within + draws - 1) / draws)


def _effective(x: np.ndarray) -> np.ndarray:
    """Draws divided by the sum of autocorrelations; those of a column that never moves are all independent."""
    chains, draws, _ = x.shape
    covariance = _autocovariance(x).mean(0)  # (lag, column)
    within = covariance[0] * draws / (draws - 1)
    total = covariance[0] + (x.mean(1).var(0, ddof=1) if chains > 1 else 0.0)
    moving = np.ptp(x, axis=(0, 1)) > np.finfo(float).resolution
    correlation = 1 - (within - covariance) / np.where(moving, total, 1.0)
    correlation[0] = 1.0
    last = max(0, (draws - 3) // 2)
    even = correlation[: 2 * last + 1 : 2]
    pairs = even + correlation[1 : 2 * last + 2 : 2]
    # Geyer: pairs up to the first that is not positive, none larger than the one before
    spent = pairs <= 0
    spent[last] = True
    end = spent.argmax(0)
    counted = np.where(np.arange(last + 1)[:, None] < end, np.minimum.accumulate(pairs), 0.0).sum(0)
    at = end[None]
    tip, pair = np.take_along_axis(even, at, 0)[0], np.take_along_axis(pairs, at, 0)[0]
    size = chains * draws
    time = np.maximum(-1 + 2 * counted + np.where((tip > 0) | (pair >= 0), tip, 0.0), 1 / np.log10(size))
    return np.where(moving, size / time, float(size))


def _autocovariance(x: np.ndarray) -> np.ndarray:
    draws = x.shape[1]
    length = next_fast_len(2 * draws, real=True)
    spectrum = np.asarray(rfft(x - x.mean(1, keepdims=True), length, axis=1))
    return np.asarray(irfft(spectrum * spectrum.conj(), length, axis=1))[:, :draws] / draws
