"""The prior families an analyst may write, and what their arguments mean.

`FAMILIES` is the one table: the language reads it for arity and checks, the inference for quantiles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any


@dataclass(frozen=True)
class Prior:
    """A family name and its arguments, e.g. `Prior("normal", (0.0, 1.0))`."""

    family: str
    arguments: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.family}({', '.join(f'{a:g}' for a in self.arguments)})"

    def frozen(self) -> Any:
        """The distribution as a frozen SciPy object (not for `fixed`, which has no density)."""
        return FAMILIES[self.family].build(*self.arguments)


@dataclass(frozen=True)
class Family:
    """Argument names, a validity rule in words and as a predicate, and the SciPy distribution."""

    arguments: tuple[str, ...]
    rule: str
    valid: Callable[[Sequence[float]], bool]
    build: Callable[..., Any]
    sizes: bool = True  # usable for the size of a move: the engine has its quantile in closed form


def _scipy(build: Callable[..., Any]) -> Callable[..., Any]:
    def lazy(*arguments: float) -> Any:
        import scipy.stats as st  # slow to import, and checks do not need it

        return build(st, *arguments)

    return lazy


def _positive(index: int) -> Callable[[Sequence[float]], bool]:
    return lambda a: a[index] > 0


def _fixed(*_: float) -> Any:
    raise TypeError("a fixed value has no distribution")


Bounds = tuple[float, float]
BOUNDED = ("truncnormal", "uniform", "loguniform")  # whose last two arguments are the ends of their range
_ANY, _ABOVE = (-inf, inf), (0.0, inf)


def support(family: str, arguments: Sequence[float | None]) -> Bounds:
    """The lowest and the highest value that a family can give; None: an argument that is not known."""
    if family in BOUNDED:
        low, high = arguments[-2:]
        least = 0.0 if family == "loguniform" else -inf
        return (least if low is None else low, inf if high is None else high)
    if family == "fixed":
        (value,) = arguments
        return _ANY if value is None else (value, value)
    return {"normal": _ANY, "beta": (0.0, 1.0)}.get(family, _ABOVE)


def outside(value: float, family: str, arguments: Sequence[float | None]) -> str:
    """Say which values a family can give, if this is none of them; "" when it is."""
    low, high = support(family, arguments)
    open_at_0 = low == 0 and family in ("lognormal", "loguniform")
    if low <= value <= high and not (open_at_0 and value == 0):
        return ""
    if low == high:
        return f"{low:g}"
    if high == inf:
        return f"a number above {low:g}" if open_at_0 else f"a number of at least {low:g}"
    if low == -inf:
        return f"a number of at most {high:g}"
    return f"a number above 0, at most {high:g}" if open_at_0 else f"a number from {low:g} to {high:g}"


FAMILIES: dict[str, Family] = {
    "normal": Family(("mean", "sd"), "sd > 0", _positive(1), _scipy(lambda st, m, s: st.norm(m, s))),
    "lognormal": Family(
        ("log_mean", "log_sd"),
        "log_sd > 0 and log_mean within ±300",  # exp(300) is near the largest double's square root
        lambda a: a[1] > 0 and abs(a[0]) <= 300,
        _scipy(lambda st, m, s: st.lognorm(s, scale=_exp(m))),
    ),
    "halfnormal": Family(("sd",), "sd > 0", _positive(0), _scipy(lambda st, s: st.halfnorm(scale=s))),
    "truncnormal": Family(
        ("mean", "sd", "low", "high"),
        "sd > 0 and low < high",
        lambda a: a[1] > 0 and a[2] < a[3],
        _scipy(lambda st, m, s, lo, hi: st.truncnorm((lo - m) / s, (hi - m) / s, m, s)),
    ),
    "uniform": Family(
        ("low", "high"), "low < high", lambda a: a[0] < a[1], _scipy(lambda st, lo, hi: st.uniform(lo, hi - lo))
    ),
    "loguniform": Family(
        ("low", "high"),
        "0 < low < high",
        lambda a: 0 < a[0] < a[1],
        _scipy(lambda st, lo, hi: st.loguniform(lo, hi)),
    ),
    "beta": Family(
        ("a", "b"),
        "a > 0 and b > 0",
        lambda a: a[0] > 0 and a[1] > 0,
        _scipy(lambda st, a, b: st.beta(a, b)),
        sizes=False,
    ),
    "gamma": Family(
        ("shape", "rate"),
        "shape > 0 and rate > 0",
        lambda a: a[0] > 0 and a[1] > 0,
        _scipy(lambda st, k, r: st.gamma(k, scale=1 / r)),
        sizes=False,
    ),
    "exponential": Family(("rate",), "rate > 0", _positive(0), _scipy(lambda st, r: st.expon(scale=1 / r))),
    "fixed": Family(("value",), "one number", lambda a: True, _fixed),
}


def _exp(x: float) -> float:
    import math

    return math.exp(x)
