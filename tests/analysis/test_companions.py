"""Bayes factors of the pairs of hypotheses of a kept fit."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec import convert

from detente.analysis.companions import companion_results
from detente.result.run import KeptFit
from tests.engine.games import scenario
from tests.report.sample import sample


def kept(**evidence):
    about = sample()["beside"]["other"]
    one = about["hypotheses"]["season"]
    hypotheses = {
        name: one | {"log_evidence": value, "log_evidence_mc_error": None if value is None else 0.3}
        for name, value in evidence.items()
    }
    return replace(scenario(), beside={"other": convert(about | {"hypotheses": hypotheses}, KeptFit)})


def test_each_pair_once_with_joint_errors():
    pairs = companion_results(kept(a=-10.0, b=-12.0, c=-9.0))["other"].bayes_factors
    found = {(p.hypothesis, p.against): (p.log, p.mc_error) for p in pairs}  # the better one first
    joint = pytest.approx(0.3 * 2**0.5)
    assert found == {("a", "b"): (2, joint), ("c", "a"): (1, joint), ("c", "b"): (3, joint)}
    assert pairs[0].factor == pytest.approx(np.exp(2))
    assert (pairs[0].low, pairs[0].high) == pytest.approx(np.exp([2 - 0.6 * 2**0.5, 2 + 0.6 * 2**0.5]))


def test_a_factor_beyond_all_numbers_stays_one():
    (pair,) = companion_results(kept(a=-10.0, b=-5000.0))["other"].bayes_factors
    assert pair.log == 4990 and np.isfinite([pair.factor, pair.high]).all()


def test_a_hypothesis_without_evidence_has_no_factor():
    assert companion_results(kept(a=-10.0, b=None))["other"].bayes_factors == []
