"""Credence: is the test of a claim true, draw by draw, and in what share of the draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.crises.mirror import mirror_values
from detente.futures.play import Futures
from detente.futures.questions import per_draw
from detente.inference.draws import Draws
from detente.language.syntax import Node, names

BEYOND = 2  # Monte-Carlo errors that tell a flip from chance: false alarm about 5 %


@dataclass(frozen=True)
class Credence:
    """Weighted share of draws in which a test is true."""

    value: float
    error: float  # Monte-Carlo standard error
    inner_bias: float  # what the correction for the finite number of futures added
    by_hypothesis: dict[str, float]
    by_hypothesis_error: dict[str, float]  # Monte-Carlo standard errors
    truth: np.ndarray  # (draw,) bool, from all futures
    corrected: (
        np.ndarray
    )  # (draw,) truth with the correction for the finite number of futures; its weighted mean is the credence


def values_by_name(futures: Futures, test: Node) -> dict[str, np.ndarray]:
    """What may stand bare in a test: parameters, and what it names of the mirror; each of shape (draw,)."""
    draws = futures.draws
    values = {name: draws.values[i] for i, name in enumerate(draws.parameters)}
    return values | mirror_values(futures.scenario, names(test), values, len(draws))


def credence(test: Node, futures: Futures) -> Credence:
    """Credence of a test.

    A probability estimated from finitely many futures is noisy, and a noisy comparison is true too often when it
    should be false, and the other way round. The bias is of order 1 / futures; estimating with all futures and with
    each half of them, and extrapolating, removes that order.

    Source: Gordy & Juneja (2010), "Nested simulation in portfolio risk measurement", Management Science 56(10), the
    jackknife estimator.
    """
    draws = futures.draws
    values = values_by_name(futures, test)
    whole = per_draw(test, lambda n: futures.answer(n), values).astype(bool)
    halves = [per_draw(test, lambda n, h=h: futures.answer(n, h), values).astype(float) for h in (0, 1)]
    corrected = 2.0 * whole - 0.5 * (halves[0] + halves[1])
    estimate = draws.mean(corrected, binary=True)
    raw = float(draws.weights @ whole)
    value = min(1.0, max(0.0, estimate.value))
    by_hypothesis, errors = {}, {}
    for h, name in enumerate(draws.hypotheses):
        if (mine := draws.hypothesis == h).any():
            alone = draws.weighed.alone[h]
            within = alone.mean(corrected[mine], binary=True)
            by_hypothesis[name] = min(1.0, max(0.0, within.value))
            errors[name] = float(np.hypot(within.error, by_hypothesis[name] - float(alone.weights @ whole[mine])))
    # the correction removes the bias of first order only: its size is kept as part of the error
    error = float(np.hypot(estimate.error, value - raw))
    return Credence(value, error, value - raw, by_hypothesis, errors, whole, corrected)


def flipped_by(credence_: Credence, draws: Draws) -> list[str]:
    """Hypotheses that, taken as certain, put the credence on the other side of one half, by more than `BEYOND` of the
    combined Monte-Carlo errors; not those ruled out."""
    above = credence_.value > 0.5
    weights = dict(zip(draws.hypotheses, draws.hypothesis_weights, strict=True))
    out = []
    for h, value in credence_.by_hypothesis.items():
        beyond = BEYOND * np.hypot(credence_.error, credence_.by_hypothesis_error[h])
        if (value > 0.5) != above and abs(value - credence_.value) > beyond and weights[h] > 0:
            out.append(h)
    return out
