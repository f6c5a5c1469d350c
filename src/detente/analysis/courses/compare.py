"""Courses side by side: event probabilities by date, fans of stocks, moves, and what kind of uncertainty each holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.engine.game.game import Game
from detente.engine.simulate import Outcome, move_index
from detente.futures.chances import by_step
from detente.futures.play import Futures
from detente.inference.draws import Draws, Estimate, column_quantiles

BAND = (0.05, 0.95)
FAN = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class EventSummary:
    """An event under a course. The band is the spread between parameter draws: epistemic."""

    p: Estimate
    band: tuple[float, float]
    epistemic_sd: float
    aleatory_sd: float
    by_step: np.ndarray  # (step,) cumulative probability
    by_step_band: np.ndarray  # (2, step)


@dataclass(frozen=True)
class StockSummary:
    """A stock under a course: its path by quantiles, and its end value."""

    end: Estimate
    end_sd: float
    epistemic_share: float  # of the end value's variance
    mean: np.ndarray  # (boundary,) from the branch
    fan: np.ndarray  # (quantile, boundary), quantiles FAN
    history: np.ndarray  # (boundary,) mean over draws, up to the branch


@dataclass(frozen=True)
class MoveSummary:
    """A move under a course."""

    per_step: float  # share of steps in which it is chosen
    ever: float  # probability of at least once


def split_variance(halves: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Epistemic and aleatory sd of an event, and the variance that finitely many futures leave in its probabilities.

    The variance between draws contains that of finite futures, which is taken off (law of total variance); how large it
    is, the two halves of every draw's futures tell.

    Args:
        halves: probability of the event per draw from either half of its futures, (draw, half, ...); each result has
            the shape that follows.
    """
    p = halves.mean(1)
    noise = np.tensordot(weights, (0.5 * (halves[:, 0] - halves[:, 1])) ** 2, 1)
    within = np.maximum(0.0, np.tensordot(weights, p * (1 - p), 1) + noise)
    between = np.maximum(0.0, np.tensordot(weights, (p - np.tensordot(weights, p, 1)) ** 2, 1) - noise)
    return np.sqrt(between), np.sqrt(within), noise


def _epistemic_bands(halves: np.ndarray, draws: Draws) -> np.ndarray:
    """Quantiles of per-draw probabilities (draw, half, step), drawn in towards their mean by as much as finitely many
    futures spread them; (quantile, step)."""
    epistemic, _, noise = split_variance(halves, draws.weights)
    total, p = epistemic**2 + noise, halves.mean(1)
    mean = draws.weights @ p
    shrunk = mean + (p - mean) * np.where(total > 0, epistemic / np.sqrt(np.where(total > 0, total, 1.0)), 0.0)
    return column_quantiles(shrunk, draws.weights, BAND)


def event_summary(futures: Futures, course: str, index: int) -> EventSummary:
    """Summarise a watched event (index into `Outcome.first`)."""
    draws, count = futures.draws, futures.futures_per_draw(course)
    cumulated = by_step(futures.courses[course], index, count)
    epistemic, aleatory, _ = split_variance(cumulated[:, :, -1], draws.weights)
    # the noise of few futures may take a chance beyond its ends
    bands = np.clip(_epistemic_bands(cumulated, draws), 0.0, 1.0)
    by_date = np.clip(draws.weights @ cumulated.mean(1), 0.0, 1.0)
    low, high = bands[:, -1].tolist()
    p = Estimate(float(by_date[-1]), draws.mean(cumulated[:, :, -1].mean(1)).error)
    return EventSummary(p, (low, high), float(epistemic), float(aleatory), by_date, bands)


def event_chance(futures: Futures, course: str, index: int) -> float:
    """Chance of a watched event over all draws, by the end of the clock."""
    by_end = by_step(futures.courses[course], index, futures.futures_per_draw(course))[:, :, -1]
    return float(futures.draws.weights @ by_end.mean(1))


def stock_summary(futures: Futures, course: str, index: int, stock: str) -> StockSummary:
    """Summarise a stock (index into `Outcome.end`)."""
    draws, outcome, n = futures.draws, futures.courses[course], futures.futures_per_draw(course)
    weights = draws.weights
    mean = outcome.end[..., index].sum(1, dtype=float) / n
    square = outcome.end_squared[..., index].sum(1, dtype=float) / n
    change = mean - outcome.paths[:, 0, 0, index]  # squares are of the change since the start
    within = float(weights @ np.maximum(0.0, square - change**2)) * n / (n - 1)
    overall = weights @ mean
    between = max(0.0, float(weights @ (mean - overall) ** 2) - within / n)
    total = within + between
    paths = outcome.paths[..., index]  # (draw, fan lane, boundary)
    lanes = np.repeat(weights, paths.shape[1])
    flat = paths.reshape(-1, paths.shape[2])
    fan = column_quantiles(flat, lanes, FAN)
    return StockSummary(
        draws.mean(mean),
        float(np.sqrt(total)),
        between / total if total > 0 else 0.0,
        lanes @ flat / lanes.sum(),
        fan,
        futures.path[stock] @ weights,
    )


def move_summaries(game: Game, outcome: Outcome, draws: Draws, futures: int) -> dict[tuple[str, str], MoveSummary]:
    """Every move by (track, move)."""
    live = np.maximum(outcome.live[..., 0].sum(1, dtype=float), 1.0)
    out = {}
    for i, key in enumerate(move_index(game)):
        per_step = outcome.chosen[..., i].sum(1, dtype=float) / live
        ever = outcome.ever[..., i].sum(1, dtype=float) / futures
        out[key] = MoveSummary(float(draws.weights @ per_step), float(draws.weights @ ever))
    return out
