"""What a measurement says of a stock: log densities, and the stock afterwards (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.scipy.special import gammaln
from jax.scipy.stats import norm

from detente.engine.kalman import Covariance, pair
from detente.engine.record import Measurements
from detente.engine.rules import Parameters

IMPOSSIBLE = -1e10  # log probability of what cannot happen, finite so that gradients stay numbers


class SeriesModel(NamedTuple):
    """The error model of one measured series."""

    stock: str
    model: str
    scale: Callable[[Parameters], Array] | None


class Measured(NamedTuple):
    """What one boundary's measurements did."""

    terms: list[Array]  # log density per series, 0 where nothing was measured
    variances: list[Array]  # of each measurement as foretold, on the scale of its error model
    stocks: dict[str, Array]
    covariance: Covariance  # of the carriers


def log_of(x: Array) -> Array:
    """log x, and `IMPOSSIBLE` where x is not positive."""
    return jnp.where(x > 0, jnp.log(jnp.where(x > 0, x, 1.0)), IMPOSSIBLE)


def scale_of(item: SeriesModel, data: Measurements, parameters: Parameters, x: Array) -> Array:
    """The sd of one measurement: the row's own where it has one, else the model's."""
    scale = jnp.asarray(data.sd, x.dtype)
    if item.scale is not None:
        scale = jnp.where(jnp.isnan(scale), item.scale(parameters), scale)
    return jnp.where(data.present, scale, 1.0)


def count_term(item: SeriesModel, value: Array, x: Array, parameters: Parameters) -> Array:
    """Log probability of a count with mean x; a negative mean explains no count."""
    if item.model == "poisson":
        term = value * log_of(x) - x - gammaln(value + 1)
    else:  # negative binomial with mean x and size k: variance x + x^2 / k
        size = item.scale(parameters)  # type: ignore[misc]
        term = (
            gammaln(value + size)
            - gammaln(size)
            - gammaln(value + 1)
            + size * jnp.log(size / (size + x))
            + value * (log_of(x) - jnp.log(size + x))
        )
    return jnp.where(x >= 0, term, IMPOSSIBLE)


def count_variance(item: SeriesModel, x: Array, parameters: Parameters) -> Array:
    """Variance of a count with mean x."""
    return x if item.model == "poisson" else x + x**2 / item.scale(parameters)  # type: ignore[misc]


def term_of(item: SeriesModel, data: Measurements, parameters: Parameters, x: Array, variance: Array | float = 0.0):
    """Log density of one measurement of a stock that is `x` with some variance.

    Returns:
        The term, and for Gaussian models the innovation, its variance and the slope of what is measured in x (on the
        logarithmic scale 1/x), else None. Absent measurements give a term of 0.
    """
    value = jnp.asarray(data.value, x.dtype)
    if item.model not in ("normal", "lognormal"):
        return _heard(data, count_term(item, value, x, parameters)), None
    scale = scale_of(item, data, parameters, x)
    if item.model == "normal":
        slope, innovation, jacobian = jnp.ones_like(x), value - x, 0.0
    else:
        safe, level = jnp.where(value > 0, value, 1.0), jnp.where(x > 0, x, 1.0)
        slope, innovation, jacobian = jnp.where(x > 0, 1 / level, 0.0), jnp.log(safe) - log_of(x), jnp.log(safe)
    total = scale**2 + slope**2 * variance
    term = norm.logpdf(innovation, 0.0, jnp.sqrt(total)) - jacobian
    return _heard(data, term), (innovation, total, slope)


def _heard(data: Measurements, term: Array) -> Array:
    return jnp.where(data.present, jnp.maximum(term, IMPOSSIBLE), 0.0)


def filtered(bounds, series: Sequence[SeriesModel], measured, carriers, parameters, stocks, covariance) -> Measured:
    """Kalman's update, one series after the other. A stock that carries no noise is what the model says it is: its
    measurements teach the parameters and do not move it (ADR 0008).

    Source: Kalman (1960), Journal of Basic Engineering 82(1); measurements one at a time: Durbin & Koopman (2012),
    section 6.4.
    """
    stocks, covariance, terms, variances = dict(stocks), dict(covariance), [], []
    for item, data in zip(series, measured, strict=True):
        name = item.stock
        term, gaussian = term_of(item, data, parameters, stocks[name], covariance.get(pair(name, name), 0.0))
        terms.append(term)
        variances.append(count_variance(item, stocks[name], parameters) if gaussian is None else gaussian[1])
        if pair(name, name) not in covariance or gaussian is None:
            continue
        innovation, total, slope = gaussian
        near = [c for c in carriers if pair(name, c) in covariance]
        gain = {c: jnp.where(data.present, slope * covariance[pair(name, c)] / total, 0.0) for c in near}
        for c in near:
            stocks[c] = jnp.clip(stocks[c] + gain[c] * innovation, *bounds[c])
        for a, b in covariance:
            if a in gain and b in gain:
                covariance[a, b] = covariance[a, b] - gain[a] * gain[b] * total
    return Measured(terms, variances, stocks, covariance)


def assigned(bounds, series: Sequence[SeriesModel], measured, parameters, stocks, covariance) -> Measured:
    """The fast mode: terms as if there were no noise, then measured stocks are set to what was measured, several
    series of one stock weighted by their precision."""
    precision: dict[str, Array] = {}
    weighted: dict[str, Array] = {}
    terms, variances = [], []
    for item, data in zip(series, measured, strict=True):
        x = stocks[item.stock]
        term, gaussian = term_of(item, data, parameters, x)
        terms.append(term)
        variances.append(count_variance(item, x, parameters) if gaussian is None else gaussian[1])
        if gaussian is not None:
            value = jnp.asarray(data.value, x.dtype)
            scale = scale_of(item, data, parameters, x)
            if item.model == "lognormal":
                scale = scale * jnp.where(value > 0, value, 1.0)
            weight = jnp.where(data.present, 1 / scale**2, 0.0)
            precision[item.stock] = precision.get(item.stock, 0.0) + weight
            weighted[item.stock] = weighted.get(item.stock, 0.0) + weight * value
    stocks = dict(stocks)
    for stock, weight in precision.items():
        known = weight > 0
        believed = jnp.clip(weighted[stock] / jnp.where(known, weight, 1.0), *bounds[stock])
        stocks[stock] = jnp.where(known, believed, stocks[stock])
    return Measured(terms, variances, stocks, covariance)
