"""The mirror: seats exchanged, switches turned, and what claims may ask of it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from detente.crises.mirror import AS_IT_WAS, _even, mirror_results, mirror_values
from detente.crises.response_curve import RESPONSE, load_summary
from detente.crises.response_features import Situation, seated
from detente.language.crisis_terms import RUNGS
from tests.analysis.made import independent
from tests.crises.mirrored import MIRRORED, scenario

N = 64


def draws_of(values):
    return independent(("temper",), values)


@pytest.fixture(scope="module")
def raid(tmp_path_factory):
    return scenario(tmp_path_factory.mktemp("mirror"))


@pytest.fixture(scope="module")
def found(raid):
    prior, posterior = draws_of(np.linspace(-2, 2, N)), draws_of(np.linspace(0.5, 1.5, N))
    return mirror_results(raid, prior, posterior)


def test_the_act_is_what_was_known_on_the_day(raid):
    early = seated(raid.mirror, "A", dt.date(2020, 2, 5))
    assert early.words["gravity"] == "limited military damage"
    late = seated(raid.mirror, "B", dt.date(2020, 2, 17), "calm")
    assert (late.words["gravity"], late.words["war"], late.words["power"]) == ("territory", "peace", "super")
    assert (late.country, late.year, late.gap) == (2, 2020, 10)


def test_answers_are_those_of_the_curve(raid, found):
    curve = load_summary().curves[RESPONSE]
    p = curve.by_draw(seated(raid.mirror, "B", raid.clock.now), curve.draws()).mean(0)
    shown = found.seats["B"].states[AS_IT_WAS]
    assert [row.mean for row in shown.rungs.values()] == pytest.approx(p)
    assert list(shown.rungs) == list(RUNGS)
    assert shown.violent.mean == pytest.approx(p[-1])
    assert shown.violent.q05 < shown.violent.mean < shown.violent.q95
    assert 0 < shown.violent.mc_error < 0.01


def test_means_say_their_monte_carlo_error():
    """Against the spread of means over fresh draws: within a quarter, five of the errors that 200 repeats leave."""
    curve, about = load_summary().curves[RESPONSE], Situation({"trigger": "direct violent act"}, 2, 1990)
    means = [curve.by_draw(about, curve.draws(seed, 50))[:, -1].mean() for seed in range(200)]
    errors = [_even(curve.by_draw(about, curve.draws(seed, 50))[:, -1]).mc_error for seed in range(200)]
    assert np.std(means) == pytest.approx(np.mean(errors), rel=0.25)


def test_the_residual_is_the_difference_and_its_parts_add_up(found):
    residual = found.residuals["B"]
    a, b = (found.seats[s].states[AS_IT_WAS].violent.mean for s in "AB")
    assert residual.violent.mean == pytest.approx(b - a)
    parts = sum(row.mean for row in residual.logits.by.values())
    assert parts == pytest.approx(residual.logits.actor.mean)
    assert residual.logits.by["nuclear"].mean == 0  # both have a second strike
    assert 0 <= residual.share_of_actor.q05 <= residual.share_of_actor.q95 <= 1
    assert list(found.residuals) == ["B"]


def test_two_seats_alike_leave_no_residual(tmp_path):
    alike = "B: {country: 365, nuclear: second strike, power: great, regime: civil authoritarian}"
    start = MIRRORED.index("B: {country: 2,")
    model = MIRRORED[:start] + alike + MIRRORED[MIRRORED.index("\n", start) :]
    draws = draws_of(np.zeros(N))
    residual = mirror_results(scenario(tmp_path, model), draws, draws).residuals["B"]
    assert residual.violent.mean == residual.violent.q95 == 0
    assert residual.share_of_actor.mean == 0
    assert residual.carried_over.mean == pytest.approx(0.5)  # logistic(0), moved by nothing


def test_the_doctrine_before_and_after(found):
    answer = found.seats["A"].answer
    assert answer.prior.mean == pytest.approx(0.5, abs=0.01)
    assert answer.posterior.q50 == pytest.approx(1 / (1 + np.exp(-1.0)), abs=0.01)
    assert answer.fitted and found.seats["B"].answer is None


def test_a_switch_turns_one_thing(found):
    moved = found.switched["calm"]["A"]
    before, after = (found.seats["A"].states[s].violent.mean for s in (AS_IT_WAS, "calm"))
    assert moved.mean == pytest.approx(after - before)


def test_a_case_stands_on_the_curve(found):
    case = found.cases["older"]
    at = RUNGS.index("non-violent military")
    p = list(case.rungs.values())
    assert case.at_least == pytest.approx(sum(p[at:])) and case.at_most == pytest.approx(sum(p[: at + 1]))
    assert case.crisis == 196 and case.range.years_beyond == 0


def test_years_after_the_data_are_told(found):
    assert found.seats["A"].states[AS_IT_WAS].range.years_beyond == 2020 - found.curve.last_year
    assert "1999" in str(found.curve)


def test_tests_may_name_what_the_mirror_says(raid):
    temper = np.linspace(-1, 1, N)
    values = mirror_values(raid, ["temper", *raid.mirror.names()], {"temper": temper}, N)
    assert set(values) == {
        *(f"mirror.{s}.{w}.{q}".replace("..", ".") for s in "AB" for w in ("", "calm") for q in ("violent", "rung")),
        "mirror.A.answer",
    }
    assert all(v.shape == (N,) for v in values.values())
    assert values["mirror.A.answer"] == pytest.approx(1 / (1 + np.exp(-temper)))
    assert ((values["mirror.B.rung"] > 0) & (values["mirror.B.rung"] < 5)).all()


def test_no_mirror_no_values(tmp_path):
    plain = scenario(
        tmp_path,
        MIRRORED[: MIRRORED.index("    mirror:")],
        "argument: {title: T, by: U, date: 2020-02-20}\nclaims: {a: {says: x, untestable: y}}\n",
    )
    assert mirror_values(plain, ["mirror.A.rung"], {}, N) == {}
    assert mirror_results(plain, draws_of(np.zeros(N)), draws_of(np.zeros(N))) is None


def test_an_unseen_situation_is_off_the_range():
    assert load_summary().seldom(Situation({"source": "internal", "nuclear": "second strike"}, 2, 2024))
