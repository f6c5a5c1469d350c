"""Priors as maps from standard normals: parameter = quantile(Phi(z)), with their slopes, right in both tails.

In z every prior is N(0, I), whatever its family, so a sampler knows nothing of families. Every family is evaluated from
the tail of z that is nearer, in logarithms where a tail is thin, so that maps neither end nor lose digits as long as
the tail of a standard normal is a normal double (|z| <= 37). What remains is the spacing of the doubles themselves: a
uniform on (1, 2) has no values between 1 and 1 + 2e-16, and beyond z = -8 it stays at 1. `crowded` tells a fit that has
gone there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import special

from detente.inference.quantile_tables import (
    FARTHEST,
    LARGEST_EXPONENT,
    LOG_ROOT_2PI,
    cubic,
    interpolate,
    knots,
    table,
)
from detente.language.priors import Prior

EDGE = np.log(
    1e-3
)  # of the log distance to a bound, in units of the density's scale there, below which a series serves
FAR = 8.0  # sds of a prior; a standard normal lies beyond with probability 1e-15
SHARE = 0.01  # of the draws, from which on they crowd an edge (our choice)
KNOTS_PER_UNIT = 64  # of the tables for JAX

Both = tuple[np.ndarray, np.ndarray]  # values and slopes


class Quantiles:
    """The maps of several priors, evaluated together, family by family.

    Args:
        priors: one per parameter.
    """

    def __init__(self, priors: Sequence[Prior]) -> None:
        self.priors = tuple(priors)
        straight = {"normal": lambda m, s: (m, s), "lognormal": lambda m, s: (m, s), "fixed": lambda v: (v, 0.0)}
        pairs = [straight[p.family](*p.arguments) if p.family in straight else (0.0, 0.0) for p in self.priors]
        self._shift, self._scale = np.array(pairs, float).reshape(-1, 2).T.copy()
        self._groups = [self._group(family) for family in CURVED if family in {p.family for p in self.priors}]

    def __len__(self) -> int:
        return len(self.priors)

    def values(self, z: np.ndarray) -> np.ndarray:
        """Parameters at z, both of shape (..., parameter)."""
        return self.values_and_slopes(z)[0]

    def values_and_slopes(self, z: np.ndarray) -> Both:
        """Parameters and their slopes at z, each of shape (..., parameter)."""
        values = z * self._scale
        values += self._shift
        slopes = np.empty_like(values)
        slopes[...] = self._scale
        for columns, evaluate in self._groups:
            values[..., columns], slopes[..., columns] = evaluate(z[..., columns], values[..., columns])
        return values, slopes

    def coefficients(self) -> np.ndarray:
        """The same maps as piecewise cubics for `interpolate`, shape (parameter, interval, 4): data for JAX.

        Relative error of a lognormal with log_sd 1: 2e-10.
        """
        z = knots(KNOTS_PER_UNIT)
        values, slopes = self.values_and_slopes(np.repeat(z[:, None], len(self), axis=1))
        return np.swapaxes(cubic(values, slopes, KNOTS_PER_UNIT), 0, 1)

    def _group(self, family: str) -> tuple[np.ndarray, Callable[[np.ndarray, np.ndarray], Both]]:
        """The columns of a family and what evaluates them, from z and from shift + scale * z."""
        columns = np.flatnonzero([p.family == family for p in self.priors])
        arguments = np.array([self.priors[i].arguments for i in columns], float).T
        return columns, CURVED[family](*arguments)


def lognormal(_: np.ndarray, log_sd: np.ndarray) -> Callable[[np.ndarray, np.ndarray], Both]:
    """exp(log_mean + log_sd z)."""

    def evaluate(z: np.ndarray, straight: np.ndarray) -> Both:
        values = np.exp(np.clip(straight, -LARGEST_EXPONENT, LARGEST_EXPONENT))
        return values, np.where(np.abs(straight) < LARGEST_EXPONENT, values * log_sd, 0.0)

    return evaluate


def halfnormal(sd: np.ndarray) -> Callable[[np.ndarray, np.ndarray], Both]:
    """|q| sd with q normal: 2 Phi(-|q|) = Phi(-z), and where z is low erf(|q| / sqrt 2) = Phi(z)."""

    def evaluate(z: np.ndarray, _: np.ndarray) -> Both:
        low = np.sqrt(2) * special.erfinv(special.ndtr(np.minimum(z, 0)))
        high = -special.ndtri_exp(special.log_ndtr(-np.maximum(z, 0)) - np.log(2))
        q = np.where(z < 0, low, high)
        return sd * q, sd * 0.5 * np.exp(0.5 * (q - z) * (q + z))

    return evaluate


def uniform(low: np.ndarray, high: np.ndarray) -> Callable[[np.ndarray, np.ndarray], Both]:
    """Counted from the nearer end, so that a bound of 0 is approached to the last digit."""
    width = high - low

    def evaluate(z: np.ndarray, _: np.ndarray) -> Both:
        way = width * special.ndtr(-np.abs(z))
        return np.where(z < 0, low + way, high - way), width * _density(z)

    return evaluate


def loguniform(low: np.ndarray, high: np.ndarray) -> Callable[[np.ndarray, np.ndarray], Both]:
    """The exponential of a uniform, counted from the nearer end."""
    width = np.log(high) - np.log(low)

    def evaluate(z: np.ndarray, _: np.ndarray) -> Both:
        way = width * special.ndtr(-np.abs(z))
        values = np.where(z < 0, low * np.exp(way), high * np.exp(-way))
        return values, values * width * _density(z)

    return evaluate


def exponential(rate: np.ndarray) -> Callable[[np.ndarray, np.ndarray], Both]:
    """-log Phi(-z) / rate, whose slope is the normal's hazard over the rate."""

    def evaluate(z: np.ndarray, _: np.ndarray) -> Both:
        mills = np.sqrt(np.pi / 2) * special.erfcx(z / np.sqrt(2))
        return -special.log_ndtr(-z) / rate, 1 / (mills * rate)

    return evaluate


def truncnormal(
    mean: np.ndarray, sd: np.ndarray, low: np.ndarray, high: np.ndarray
) -> Callable[[np.ndarray, np.ndarray], Both]:
    """q with Phi(q) = Phi(a) Phi(-z) + Phi(b) Phi(z) for bounds a and b: both tails as sums of positive terms.

    Near a bound, where these sums round the distance to it away, the distance is a series in what is left of the
    probability. Relative precision falls with bounds many sds from the mean: 1e-8 at 10,000.
    """
    a, b = (low - mean) / sd, (high - mean) / sd
    log_mass = _log_difference(*np.where(a + b > 0, [-b, -a], [a, b]))
    ends = [(low, 1.0, a), (high, -1.0, -b)]

    def evaluate(z: np.ndarray, _: np.ndarray) -> Both:
        left, right = special.log_ndtr(-z), special.log_ndtr(z)
        below = np.logaddexp(special.log_ndtr(a) + left, special.log_ndtr(b) + right)
        above = np.logaddexp(special.log_ndtr(-a) + left, special.log_ndtr(-b) + right)
        q = np.where(below < above, 1.0, -1.0) * special.ndtri_exp(np.minimum(below, above))
        values = mean + sd * q
        for (bound, way, start), tail in zip(ends, (right, left), strict=True):
            finite = np.where(np.isfinite(start), start, 0.0)
            log_r = log_mass + 0.5 * start**2 + LOG_ROOT_2PI + tail
            near = log_r + np.log(np.maximum(1, np.abs(start))) < EDGE
            distance = _from_bound(np.exp(np.where(near, log_r, -np.inf)), finite)
            q = np.where(near, way * (finite + distance), q)
            values = np.where(near, bound + way * sd * distance, values)
        return np.clip(values, low, high), sd * np.exp(log_mass + 0.5 * (q - z) * (q + z))

    return evaluate


def _from_bound(r: np.ndarray, a: np.ndarray) -> np.ndarray:
    """d with Phi(a + d) - Phi(a) = r phi(a): Taylor's series of the normal's quantile, to the fifth power."""
    inner = (7 * a + 6 * a**3) / 24 + r * (7 + 46 * a**2 + 24 * a**4) / 120
    return r * (1 + r * (a / 2 + r * ((1 + 2 * a**2) / 6 + r * inner)))


def _log_difference(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """log(Phi(high) - Phi(low))."""
    top = special.log_ndtr(high)
    return top + np.log(-np.expm1(special.log_ndtr(low) - top))


def beta(a: np.ndarray, b: np.ndarray) -> Callable[[np.ndarray, np.ndarray], Both]:
    """From the table of its log odds."""
    read = _reader("beta", list(zip(a.tolist(), b.tolist(), strict=True)))

    def evaluate(z: np.ndarray, _: np.ndarray) -> Both:
        odds, slopes = read(z)
        values = special.expit(odds)
        return values, values * special.expit(-odds) * slopes

    return evaluate


def gamma(shape: np.ndarray, rate: np.ndarray) -> Callable[[np.ndarray, np.ndarray], Both]:
    """From the table of its logarithm."""
    read = _reader("gamma", [(k,) for k in shape.tolist()])

    def evaluate(z: np.ndarray, _: np.ndarray) -> Both:
        logs, slopes = read(z)
        values = np.exp(logs) / rate
        return values, values * slopes

    return evaluate


def _reader(family: str, arguments: list[tuple[float, ...]]) -> Callable[[np.ndarray], Both]:
    """What reads several tables at once: those with intervals of one width together."""
    tables = [table(family, a) for a in arguments]
    sizes = np.array([len(t) for t in tables])
    groups = [(c, np.stack([tables[i] for i in c])) for c in (np.flatnonzero(sizes == n) for n in np.unique(sizes))]

    def read(z: np.ndarray) -> Both:
        if len(groups) == 1:
            return interpolate(groups[0][1], z)
        values, slopes = np.empty_like(z), np.empty_like(z)
        for columns, coefficients in groups:
            values[..., columns], slopes[..., columns] = interpolate(coefficients, z[..., columns])
        return values, slopes

    return read


def _density(z: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * np.square(np.clip(z, -FARTHEST, FARTHEST)) - LOG_ROOT_2PI)


CURVED: dict[str, Callable[..., Callable[[np.ndarray, np.ndarray], Both]]] = {
    "lognormal": lognormal,
    "halfnormal": halfnormal,
    "truncnormal": truncnormal,
    "uniform": uniform,
    "loguniform": loguniform,
    "exponential": exponential,
    "beta": beta,
    "gamma": gamma,
}


def crowded(quantiles: Quantiles, z: np.ndarray, names: Sequence[str]) -> dict[str, str]:
    """Parameters whose draws crowd an edge of their prior, each with a sentence that says how.

    Args:
        z: draws, shape (..., parameter).
        names: of the parameters.
    """
    flat = z.reshape(int(np.prod(z.shape[:-1])), z.shape[-1])
    values, out = quantiles.values(flat), {}
    for i, (name, prior) in enumerate(zip(names, quantiles.priors, strict=True)):
        if prior.family == "fixed" or not len(flat):
            continue
        apart = np.unique(flat[:, i])
        lost = 1 - len(np.unique(values[:, i])) / len(apart)
        far = np.mean(np.abs(flat[:, i]) > FAR)
        if lost > SHARE:
            out[name] = (
                f"{lost:.0%} of its draws are numbers that another draw is too, because {prior} has no more of them "
                "that near to where the record wants it: its posterior is cut off there"
            )
        elif far > SHARE:
            out[name] = (
                f"{far:.0%} of its draws lie more than {FAR:g} standard deviations out in the prior {prior} "
                f"(on average {np.abs(flat[:, i]).mean():.1f}): the record contradicts it"
            )
    return out
