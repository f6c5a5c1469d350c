"""Random expressions, for tests of the graph: each is a function of values by name, whatever holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from detente.engine.graph import arrays

Function = Callable[[Mapping[str, Any]], Any]
NAMES = ("x", "y", "z")


@dataclass(frozen=True)
class Expression:
    """Something that can be computed, with words for it."""

    words: str
    function: Function

    def __call__(self, env: Mapping[str, Any]) -> Any:
        return self.function(env)

    def __repr__(self) -> str:
        return self.words


def _joined(word: str, operation: Callable[..., Any], *parts: Expression) -> Expression:
    words = f"{word}({', '.join(p.words for p in parts)})"
    return Expression(words, lambda env: operation(*(p(env) for p in parts)))


_ONE = {
    "neg": lambda a: -a,
    "abs": arrays.absolute,
    "sin": arrays.sin,
    "cos": arrays.cos,
    "logistic": arrays.logistic,
    "exp": lambda a: arrays.exp(arrays.minimum(a, 3.0)),
    "log": lambda a: arrays.log(1.5 + arrays.absolute(a)),
    "log1p": lambda a: arrays.log1p(arrays.absolute(a)),
    "sqrt": lambda a: arrays.sqrt(0.5 + a * a),
    "clip": lambda a: arrays.clip(a, -1.5, 2.5),
    "cdf": arrays.normal_cdf,
    "log cdf": lambda a: arrays.log_normal_cdf(arrays.maximum(a, -20.0)),
    "quantile": lambda a: arrays.normal_quantile(arrays.logistic(arrays.clip(a, -8.0, 8.0))),
    "rise": lambda a: arrays.log_rise(0.5 + arrays.absolute(a), 3.0),
    "power": lambda a: (0.5 + arrays.absolute(a)) ** 1.7,
    "held": arrays.held,
}
_TWO = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: arrays.clip(a, -9.0, 9.0) * arrays.clip(b, -9.0, 9.0),
    "div": lambda a, b: a / (1.0 + b * b),
    "min": arrays.minimum,
    "max": arrays.maximum,
    "power": lambda a, b: (0.5 + arrays.absolute(a)) ** arrays.clip(b, -2.0, 2.0),
}
_MASKS = {
    "lt": lambda a, b: a < b,
    "ge": lambda a, b: a >= b,
    "both": lambda a, b: arrays.both(a > 0, b > 0),
    "either": lambda a, b: arrays.either(a <= 0, arrays.negated(b == 0)),
}


def _where(word: str, a: Expression, b: Expression, yes: Expression, no: Expression) -> Expression:
    return _joined(f"where {word}", lambda a, b, yes, no: arrays.where(_MASKS[word](a, b), yes, no), a, b, yes, no)


_names = st.sampled_from(NAMES).map(lambda name: Expression(name, lambda env: env[name]))
_numbers = st.sampled_from([-2.0, -0.3, 0.0, 1.0, 3.0]).map(lambda value: Expression(f"{value}", lambda _: value))


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    one = st.builds(lambda word, a: _joined(word, _ONE[word], a), st.sampled_from(sorted(_ONE)), inner)
    two = st.builds(lambda word, a, b: _joined(word, _TWO[word], a, b), st.sampled_from(sorted(_TWO)), inner, inner)
    four = st.builds(_where, st.sampled_from(sorted(_MASKS)), inner, inner, inner, inner)
    return one | two | four


expressions = st.recursive(_names | _numbers, _grown, max_leaves=12)
points = st.fixed_dictionaries({name: st.floats(-3, 3).map(lambda v: round(v, 3)) for name in NAMES})
