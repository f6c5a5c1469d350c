"""The shipped curves: arithmetic against independent code, what they say, and how well they were fitted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from detente.crises.response_curve import RARE, RESPONSE, SHIPPED, VIOLENCE, load_summary, range_of, rungs_of, symmetric
from detente.crises.response_features import GROUPS, Situation, era_of, gap_slope
from detente.errors import InputError
from detente.language.crisis_terms import RUNGS

PLAIN = {
    "trigger": "direct violent act",
    "gravity": "territory",
    "source": "a state",
    "adversary": "middle",
    "war": "peace",
    "conflict": "none",
    "nuclear": "none foreseeable",
    "power": "middle",
    "regime": "civil authoritarian",
}


def test_an_ordered_logit():
    p = rungs_of(np.array([[-1.0, 0.5]]), np.array([0.3]))
    below = 1 / (1 + np.exp(-(np.array([-1.0, 0.5]) - 0.3)))
    assert p[0] == pytest.approx([below[0], below[1] - below[0], 1 - below[1]])
    assert rungs_of(np.array([[-1.0, 0.5]]), np.array([9e9]))[0] == pytest.approx([0, 0, 1])


def test_a_triangle_is_a_symmetric_matrix():
    assert symmetric([1, 2, 3, 4, 5, 6], 3).tolist() == [[1, 2, 4], [2, 3, 5], [4, 5, 6]]


def test_draws_are_reproducible_and_average_to_the_summary():
    curve = load_summary().curves[RESPONSE]
    first, again, other = curve.draws(), curve.draws(), curve.draws(seed=2)
    assert (first.cuts == again.cuts).all() and (first.cuts != other.cuts).any()
    means = dict(zip(curve.about["names"], curve.about["mean"], strict=True))
    sd = first.effects["trigger"].std(0) / np.sqrt(len(first.slope))
    want = [means[f"trigger|{word}"] for word in ("verbal act", "political act")]
    assert (np.abs(first.effects["trigger"][:, :2].mean(0) - want) < 4.5 * sd[:2]).all()
    assert (np.diff(first.cuts, axis=1) > 0).all()


@pytest.mark.parametrize("name", [RESPONSE, VIOLENCE])
def test_rungs_sum_to_one_and_violence_begets_violence(name):
    curve = load_summary().curves[name]
    draws = curve.draws()
    p = curve.by_draw(Situation(PLAIN, 365, 1975), draws)
    assert p.sum(1) == pytest.approx(np.ones(len(p)))
    mild = curve.by_draw(Situation(PLAIN | {"trigger": "political act"}, 365, 1975), draws)
    assert p[:, curve.hit :].sum(1).mean() > mild[:, curve.hit :].sum(1).mean()


def test_an_unknown_country_and_missing_words_widen():
    curve = load_summary().curves[RESPONSE]
    draws = curve.draws()
    known, unknown = (curve.country(number, draws) for number in (2, 987))
    assert abs(unknown.mean()) < 4.5 * unknown.std() / np.sqrt(len(unknown))
    assert known.std() < unknown.std()
    without = {k: v for k, v in PLAIN.items() if k != "adversary"}
    assert curve.probabilities([Situation(without, 2, 1975)])[0] > 0


def test_the_blend_pulls_to_climatology():
    curve = load_summary().curves[RESPONSE]
    about = Situation(PLAIN, 365, 1975)
    raw = curve.by_draw(about, curve.draws())[:, curve.hit :].sum(1).mean()
    want = (1 - curve.blend) * raw + curve.blend * curve.climatology
    assert curve.probabilities([about])[0] == pytest.approx(want)


def test_what_few_cases_share_is_off_the_range():
    seen = [Situation(PLAIN, 2, 1975)] * 5
    found = range_of([*seen, Situation(PLAIN | {"war": "intra-war"}, 2, 1975)])
    assert found["pairs"]["trigger: direct violent act with war: peace"] == 5
    assert found["off_range_share"] == pytest.approx(1 / 6)
    summary = load_summary()
    assert summary.seldom(Situation({"trigger": "verbal act", "nuclear": "second strike"}, 2, 1975))
    assert not summary.seldom(Situation({"trigger": "direct violent act", "war": "peace"}, 2, 1975))
    assert RARE == 3


def test_eras_and_gaps():
    assert (era_of(1900), era_of(1918), era_of(1999), era_of(2024), era_of(2100)) == (0, 0, 16, 21, 21)
    assert gap_slope(None) == 0 and gap_slope(-10) == -gap_slope(10)


def test_the_fit_that_ships_converged_and_is_small():
    """Chains mixed, and the Gaussian stands within two points of the sampler's own draws."""
    about = load_summary().about
    assert SHIPPED.stat().st_size < 200_000
    for curve in about["curves"].values():
        checks = curve["diagnostics"]
        assert checks["r_hat_max"] < 1.02 and checks["ess_min"] > 300 and checks["divergences"] <= checks["draws"] / 500
        assert curve["approximation"]["largest"] < 0.02
    assert about["curves"][RESPONSE]["rungs"] == list(RUNGS)
    assert about["data"]["cases"] == 810 and len(about["data"]["sha256"]) == 64


@pytest.mark.parametrize("name", [RESPONSE, VIOLENCE])
def test_forward_in_time_the_curves_beat_climatology(name):
    """All decades ahead together, with the whole 90 % interval of the difference; what single decades say is told."""
    together = load_summary().about["curves"][name]["validation"]["all"]
    assert together["against"]["climatology"]["brier"]["high"] < 0
    assert together["against"]["climatology"]["log"]["high"] < 0


def test_what_is_no_summary_is_refused(tmp_path):
    for name, text in {"none.json": None, "text.json": "x", "old.json": json.dumps({"schema": 0})}.items():
        path = tmp_path / name
        if text is not None:
            path.write_text(text)
        with pytest.raises(InputError, match="a summary that `detente crises fit` wrote"):
            load_summary(path)


def test_every_group_has_words():
    assert all(PLAIN[group] for group in GROUPS)
