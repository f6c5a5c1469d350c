"""Derived quantities against what their parameters imply."""

from dataclasses import replace

import numpy as np
import pytest

from detente.analysis.derived import derived_results
from detente.language.priors import Prior
from detente.language.records import Derived
from tests.analysis.made import independent
from tests.engine.games import expression, scenario


def made(text: str):
    two = {"a": Prior("normal", (0.0, 1.0)), "b": Prior("normal", (0.0, 1.0))}
    derived = {"sum": Derived("sum", expression(text), "unit", "a sum")}
    return replace(scenario(parameters=two, hypotheses={"one": {}, "two": {}}), derived=derived)


def test_a_sum_has_the_mean_and_spread_of_its_draws():
    values = np.arange(32.0).reshape(2, 16)
    draws = independent(("a", "b"), values, np.repeat([0, 1], 8), ("one", "two"))
    out = derived_results(made("a + 2*b"), draws, draws)["sum"]
    exact = values[0] + 2 * values[1]
    assert out.posterior.mean == pytest.approx(exact.mean())
    assert out.posterior.sd == pytest.approx(exact.std())
    assert out.by_hypothesis["two"].mean == pytest.approx(exact[8:].mean())
    assert out.posterior_mc_error > 0
    assert out.value == "a + 2*b"


def test_a_constant_has_no_spread():
    draws = independent(("a", "b"), np.zeros((2, 16)), np.repeat([0, 1], 8), ("one", "two"))
    out = derived_results(made("3"), draws, draws)["sum"]
    assert (out.prior.mean, out.prior.sd, out.posterior.q95) == (3, 0, 3)
