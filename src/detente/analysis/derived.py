"""Derived quantities: what the parameters imply, before and after the evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from detente.analysis.result import spread
from detente.engine.game.compile import function_of
from detente.inference.draws import Draws
from detente.language.records import Scenario
from detente.result.run import Derived


def derived_results(scenario: Scenario, prior: Draws, posterior: Draws) -> dict[str, Derived]:
    """Prior against posterior of every derived quantity, over all hypotheses and under each.

    A hypothesis that leaves the quantity without spread shows a standard deviation of 0.
    """
    out = {}
    for name, about in scenario.derived.items():
        of = function_of(about.value.tree)
        before, after = (_values(of, draws) for draws in (prior, posterior))
        out[name] = Derived(
            says=about.says,
            unit=about.unit,
            value=about.value.text,
            prior=spread(before, prior.weights),
            posterior=spread(after, posterior.weights),
            posterior_mc_error=posterior.mean(after).error,
            by_hypothesis={
                h: spread(after[posterior.hypothesis == n], posterior.within(n)[posterior.hypothesis == n])
                for n, h in enumerate(posterior.hypotheses)
            },
        )
    return out


def _values(of: Callable[..., Any], draws: Draws) -> np.ndarray:
    env = dict(zip(draws.parameters, draws.values, strict=True))
    return np.broadcast_to(np.asarray(of(env), float), draws.weights.shape)
