"""Bayes factors of the pairs of hypotheses of a kept fit."""

from dataclasses import replace

import pytest

from detente.analysis.beside import beside_results
from tests.engine.games import scenario


def kept(**evidence):
    hypotheses = {
        name: {"log_evidence": value, "log_evidence_mc_error": None if value is None else 0.3}
        for name, value in evidence.items()
    }
    return replace(scenario(), beside={"other": {"title": "Other", "hypotheses": hypotheses}})


def test_each_pair_once_with_joint_errors():
    pairs = beside_results(kept(a=-10.0, b=-12.0, c=-9.0))["other"]["bayes_factors"]
    found = {(p["hypothesis"], p["against"]): (p["log"], p["mc_error"]) for p in pairs}
    joint = pytest.approx(0.3 * 2**0.5)
    assert found == {("b", "a"): (-2, joint), ("c", "a"): (1, joint), ("c", "b"): (3, joint)}


def test_a_hypothesis_without_evidence_has_no_factor():
    assert beside_results(kept(a=-10.0, b=None))["other"]["bayes_factors"] == []
