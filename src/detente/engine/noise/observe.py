"""What a measurement says of a stock: log densities, and the stock afterwards (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from detente.engine.game.magnitudes import HALF_LOG_2PI
from detente.engine.game.rules import Parameters
from detente.engine.graph import arrays
from detente.engine.graph.arrays import Values
from detente.engine.likelihood import IMPOSSIBLE, log_of
from detente.engine.noise.kalman import Covariance, pair

Bounds = Mapping[str, tuple[float, float]]


class SeriesModel(NamedTuple):
    """The error model of one measured series."""

    stock: str
    model: str
    scale: Callable[[Parameters], Values] | None


class Reading(NamedTuple):
    """One measurement of a series at a boundary; values may be nodes."""

    value: Values  # 1 where there is none
    log_value: Values  # its logarithm, 0 where it has none
    log_factorial: Values  # of a count
    present: Values
    sd: Values  # the row's own error, 1 where it has none
    own: Values  # whether it has one


def readings(value: np.ndarray, present: np.ndarray, sd: np.ndarray) -> Reading:
    """All readings of a series, from its `record.Measurements`: arrays of one shape."""
    present = np.asarray(present, bool)
    value = np.where(present, value, 1.0)
    own = ~np.isnan(sd) & present
    return Reading(
        value=value,
        log_value=np.log(np.where(value > 0, value, 1.0)),
        log_factorial=gammaln(np.maximum(value, 0.0) + 1),
        present=present,
        sd=np.where(own, sd, 1.0),
        own=own,
    )


class Measured(NamedTuple):
    """What one boundary's measurements did."""

    terms: list[Values]  # log density per series, 0 where nothing was measured
    variances: list[Values]  # of each measurement as predicted, on the scale of its error model
    stocks: dict[str, Values]
    covariance: Covariance  # of the latent stocks


def _scale(item: SeriesModel, reading: Reading, parameters: Parameters) -> Values:
    """The sd of one measurement: the row's own where it has one, else the model's."""
    if item.scale is None:
        return reading.sd
    scale = arrays.where(reading.own, reading.sd, item.scale(parameters))
    return arrays.where(reading.present, scale, 1.0)


def _count_term(item: SeriesModel, reading: Reading, x: Values, parameters: Parameters) -> Values:
    """Log probability of a count with mean x; a negative mean explains no count."""
    value = reading.value
    if item.model == "poisson":
        term = value * log_of(x) - x - reading.log_factorial
    else:  # negative binomial with mean x and size k: variance x + x^2 / k
        size = item.scale(parameters)  # type: ignore[misc]
        below = arrays.log(size + x)
        term = arrays.log_rise(size, value) - reading.log_factorial - size * arrays.log1p(x / size)
        term = term + value * (log_of(x) - below)
    return arrays.where(x >= 0, term, IMPOSSIBLE)


def _count_variance(item: SeriesModel, x: Values, parameters: Parameters) -> Values:
    """Variance of a count with mean x."""
    return x if item.model == "poisson" else x + x * x / item.scale(parameters)  # type: ignore[misc]


class _Innovation(NamedTuple):
    """A Gaussian measurement against what is expected of it, on the scale of its error model."""

    difference: Values
    variance: Values
    slope: Values  # of what is measured in the stock


def term_of(
    item: SeriesModel, reading: Reading, parameters: Parameters, x: Values, variance: Values = 0.0
) -> tuple[Values, _Innovation | None]:
    """Log density of one measurement of a stock that is `x` with some variance, 0 where there is none.

    Returns:
        The term, and for Gaussian models the innovation, else None.
    """
    if item.model not in ("normal", "lognormal"):
        term, found = _count_term(item, reading, x, parameters), None
    else:
        scale = _scale(item, reading, parameters)
        if item.model == "normal":
            slope, difference, jacobian = 1.0, reading.value - x, 0.0
        else:
            level = arrays.where(x > 0, x, 1.0)
            slope, jacobian = arrays.where(x > 0, 1.0 / level, 0.0), reading.log_value
            difference = reading.log_value - log_of(x)
        total = scale * scale + slope * slope * variance
        found = _Innovation(difference, total, slope)
        # from the variance itself: a root and its square would cost digits
        term = -0.5 * (difference * difference / total + arrays.log(total)) - HALF_LOG_2PI - jacobian
    return arrays.where(reading.present, arrays.maximum(term, IMPOSSIBLE), 0.0), found


def filtered(
    bounds: Bounds,
    series: Sequence[SeriesModel],
    readings: Sequence[Reading],
    latent: Sequence[str],
    parameters: Parameters,
    stocks: Mapping[str, Values],
    covariance: Covariance,
) -> Measured:
    """Kalman's update, one series after the other. A stock that carries no noise is what the model says it is: its
    measurements inform the parameters and do not move it (ADR 0008).

    Source: Kalman (1960), Journal of Basic Engineering 82(1); measurements one at a time: Durbin & Koopman (2012),
    section 6.4.
    """
    stocks, covariance, terms, variances = dict(stocks), dict(covariance), [], []
    for item, reading in zip(series, readings, strict=True):
        name = item.stock
        own = covariance.get(pair(name, name))
        term, found = term_of(item, reading, parameters, stocks[name], 0.0 if own is None else own)
        terms.append(term)
        variances.append(_count_variance(item, stocks[name], parameters) if found is None else found.variance)
        if own is None or found is None:
            continue
        near = [c for c in latent if pair(name, c) in covariance]
        gain = {
            c: arrays.where(reading.present, found.slope * covariance[pair(name, c)] / found.variance, 0.0)
            for c in near
        }
        for c in near:
            stocks[c] = arrays.clip(stocks[c] + gain[c] * found.difference, *bounds[c])
        for a, b in covariance:
            if a in gain and b in gain:
                covariance[a, b] = covariance[a, b] - gain[a] * gain[b] * found.variance
    return Measured(terms, variances, stocks, covariance)


def assigned(
    bounds: Bounds,
    series: Sequence[SeriesModel],
    readings: Sequence[Reading],
    parameters: Parameters,
    stocks: Mapping[str, Values],
    covariance: Covariance,
) -> Measured:
    """The fast mode: terms as if there were no noise, then measured stocks are set to what was measured, several
    series of one stock weighted by their precision."""
    precision: dict[str, Values] = {}
    weighted: dict[str, Values] = {}
    terms, variances = [], []
    for item, reading in zip(series, readings, strict=True):
        x = stocks[item.stock]
        term, found = term_of(item, reading, parameters, x)
        terms.append(term)
        variances.append(_count_variance(item, x, parameters) if found is None else found.variance)
        if found is not None:
            scale = _scale(item, reading, parameters)
            if item.model == "lognormal":
                scale = scale * arrays.where(reading.value > 0, reading.value, 1.0)
            weight = arrays.where(reading.present, 1.0 / (scale * scale), 0.0)
            precision[item.stock] = precision.get(item.stock, 0.0) + weight
            weighted[item.stock] = weighted.get(item.stock, 0.0) + weight * reading.value
    stocks = dict(stocks)
    for stock, weight in precision.items():
        known = weight > 0
        believed = arrays.clip(weighted[stock] / arrays.where(known, weight, 1.0), *bounds[stock])
        stocks[stock] = arrays.where(known, believed, stocks[stock])
    return Measured(terms, variances, stocks, covariance)
