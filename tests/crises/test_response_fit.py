"""From a file of crises to a summary that curves can be read from."""

from __future__ import annotations

import json

import numpy as np
import pytest

from detente.crises.response_curve import RESPONSE, VIOLENCE, load_summary
from detente.crises.response_features import COUNTRY, GROUPS, LEVELS
from detente.crises.response_fit import design_of, fit_responses
from detente.crises.response_scores import score_cases
from detente.events.sources import icb
from detente.result.codec import plain as rounded
from detente.settings import SMCSettings
from tests.events.crises import many, row, text_of


@pytest.fixture
def cases(tmp_path):
    path = tmp_path / "icb2.csv"
    path.write_text(text_of(many(120)), encoding="utf-8")
    return icb.read_actors(path)


def test_a_design_holds_every_case(cases):
    design, countries = design_of(cases, 0.5)
    assert countries == [2, 365, 666]
    assert list(design.levels) == [*GROUPS, COUNTRY] and design.levels["trigger"] == 9
    assert (design.groups[COUNTRY] == [countries.index(case.country) for case in cases]).all()
    words = [LEVELS["gravity"][level] for level in design.groups["gravity"]]
    assert words == [icb.GRAVITY[case.code("gravty")] for case in cases]
    assert design.weight == pytest.approx(np.full(120, 2**-0.5))  # two states in each crisis
    assert (design_of(cases, 0.0)[0].weight == 1).all()


def test_a_power_that_is_not_known_is_level_minus_one(tmp_path):
    path = tmp_path / "icb2.csv"
    path.write_text(text_of([row(southpow=""), row(cracno=2)]), encoding="utf-8")
    design, _ = design_of(icb.read_actors(path), 0.0)
    assert design.groups["adversary"].tolist() == [-1, 2]


def test_a_summary_can_be_read_and_scored(cases, tmp_path):
    """Few particles: only the form is looked at, and that violent triggers are answered by violence more often."""
    short = SMCSettings(islands=2, particles=64)
    made = fit_responses(cases, sha256="0" * 64, seed=1, settings=short, forward=short, cuts=(1980,), progress=str)
    path = tmp_path / "summary.json"
    path.write_text(json.dumps(rounded(made)), encoding="utf-8")
    summary = load_summary(path)
    scores = score_cases(cases, summary)[RESPONSE].parts["all"].scores
    assert scores["curve"].auc.value > 0.65
    for name in (RESPONSE, VIOLENCE):
        about = summary.curves[name].about
        assert about["approximation"]["mean"] < 0.02
        assert about["validation"]["splits"][0]["fitted"] == sum(case.year < 1980 for case in cases)
