"""Functions of numbers, whatever holds them: NumPy arrays are computed at once, nodes of a graph written down.

The rules of the engine are written with these names and with ordinary arithmetic, and so are written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from detente.engine.graph.graph import OPERATIONS, Node

Values = Any  # a NumPy array, a number, or a node


def _apply(op: str, *values: Values) -> Values:
    for value in values:
        if isinstance(value, Node):
            return value.graph.make(op, *values)
    return OPERATIONS[op](*values)


def where(condition: Values, yes: Values, no: Values) -> Values:
    """`yes` where the condition holds, else `no`."""
    return _apply("select", condition, yes, no)


def minimum(*values: Values) -> Values:
    """The least, value by value; not a number where one of them is none."""
    return reduce(lambda a, b: _apply("min", a, b), values)


def maximum(*values: Values) -> Values:
    """The greatest, value by value; not a number where one of them is none."""
    return reduce(lambda a, b: _apply("max", a, b), values)


def peak(*values: Values) -> Values:
    """As `maximum`, where all are numbers; anything where one of them is none."""
    return reduce(lambda a, b: _apply("peak", a, b), values)


def clip(x: Values, low: float, high: float) -> Values:
    """The nearest value within a range; bounds may be infinite."""
    if low > -np.inf:
        x = _apply("max", x, low)
    return _apply("min", x, high) if high < np.inf else x


def exp(x: Values) -> Values:
    """e to the x."""
    return _apply("exp", x)


def near_exp(x: Values) -> Values:
    """e to the x, for x between -86 and 88 alone."""
    return _apply("near_exp", x)


def log(x: Values) -> Values:
    """The natural logarithm."""
    return _apply("log", x)


def log1p(x: Values) -> Values:
    """log(1 + x), exact for small x."""
    return _apply("log1p", x)


def sqrt(x: Values) -> Values:
    """The square root."""
    return _apply("sqrt", x)


def absolute(x: Values) -> Values:
    """The size of x without its sign."""
    return _apply("abs", x)


def sin(x: Values) -> Values:
    """Sine of an angle in radians."""
    return _apply("sin", x)


def cos(x: Values) -> Values:
    """Cosine of an angle in radians."""
    return _apply("cos", x)


def logistic(x: Values) -> Values:
    """1 / (1 + exp(-x))."""
    return _apply("logistic", x)


def normal_quantile(p: Values) -> Values:
    """The inverse of the standard normal distribution function."""
    return _apply("ndtri", p)


def normal_cdf(x: Values) -> Values:
    """The standard normal distribution function."""
    return _apply("ndtr", x)


def log_normal_cdf(x: Values) -> Values:
    """Its logarithm, exact in the lower tail."""
    return _apply("log_ndtr", x)


def log_rise(size: Values, count: Values) -> Values:
    """log gamma(size + count) - log gamma(size)."""
    return _apply("lrise", size, count)


def is_nan(x: Values) -> Values:
    """Whether x is not a number."""
    return _apply("isnan", x)


def both(a: Values, b: Values) -> Values:
    """Whether both hold; a number counts as true unless it is 0."""
    return _apply("and", a, b)


def either(a: Values, b: Values) -> Values:
    """Whether one of them holds."""
    return _apply("or", a, b)


def negated(a: Values) -> Values:
    """Whether a does not hold."""
    return _apply("not", a)


def held(x: Values) -> Values:
    """x, not moved by what the filter differentiates by (`derivatives.tangents`)."""
    return x.graph.make("hold", x) if isinstance(x, Node) else x


def detached(x: Values) -> Values:
    """x, not moved by any derivative."""
    return x.graph.make("detach", x) if isinstance(x, Node) else x


def total(terms: Sequence[Values], signs: Sequence[int] | None = None) -> Values:
    """A sum, each term counted with its sign (1 or -1; all 1 when None). Of nodes, those first that differ by less:
    what is known once per draw or step is then added up once, and not for every future."""
    if not terms:
        return 0.0
    pairs = list(zip(terms, signs or [1] * len(terms), strict=True))
    if any(isinstance(t, Node) for t in terms):
        pairs.sort(key=lambda pair: _varies(pair[0]))
    first, sign = pairs[0]
    out = first if sign > 0 else -first
    for term, sign in pairs[1:]:
        out = out + term if sign > 0 else out - term
    return out


def product(factors: Sequence[Values]) -> Values:
    """A product, in the order of `total`."""
    if any(isinstance(f, Node) for f in factors):
        factors = sorted(factors, key=_varies)
    return reduce(lambda a, b: a * b, factors)


def _varies(value: Values) -> int:
    return value.rate if isinstance(value, Node) else 0
