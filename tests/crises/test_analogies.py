"""Analogies: a distance that is one, the nearest crises once each, and a false alarm rate of 5 %."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from detente.crises.analogies import (
    COVARIATES,
    FAR,
    PRIOR_CASES,
    analogs,
    distances,
    isolation,
    learned_weights,
    nearest,
    neighbourhood,
    share,
)
from detente.crises.response_curve import load_summary
from detente.crises.response_features import LEVELS, Situation, situation
from detente.events.sources import icb
from detente.result.crises import Lengths
from tests.events.crises import many, row, text_of

WEIGHTS = learned_weights(load_summary())
words = st.fixed_dictionaries({}, optional={g: st.sampled_from(w) for g, w in LEVELS.items()})
situations = st.builds(Situation, words, st.just(2), st.just(1950), st.none() | st.floats(-179, 179))


@settings(max_examples=100, deadline=None)
@given(a=situations, b=situations)
def test_a_distance_is_symmetric_bounded_and_zero_to_itself(a, b):
    for weights in (None, WEIGHTS):
        there, back = distances(a, [b], weights)[0], distances(b, [a], weights)[0]
        assert there == pytest.approx(back) and 0 <= there <= 1
        known = set(a.words) | ({"gap"} if a.gap is not None else set())
        assert distances(a, [a], weights)[0] == (0 if known else 1)


def test_kinds_count_whole_and_scales_by_steps():
    full = {g: w[0] for g, w in LEVELS.items()}
    start = Situation(full, 2, 1950, 0.0)
    one = len(COVARIATES)
    assert distances(start, [Situation(full | {"trigger": LEVELS["trigger"][5]}, 2, 1950, 0.0)]) == [1 / one]
    assert distances(start, [Situation(full | {"power": "super"}, 2, 1950, 0.0)]) == [1 / one]
    assert distances(start, [Situation(full | {"power": "middle"}, 2, 1950, 0.0)])[0] == pytest.approx(1 / 3 / one)
    assert distances(start, [Situation(full, 365, 2020, 0.0)]) == [0]  # neither the country nor the year counts


def test_what_one_side_lacks_is_left_out():
    full = {g: w[0] for g, w in LEVELS.items()}
    less = {g: w for g, w in full.items() if g != "adversary"}
    assert distances(Situation(less, 2, 1950), [Situation(full | {"trigger": "verbal act"}, 2, 1950, 3.0)]) == [0]
    assert distances(Situation({}, 2, 1950), [Situation(full, 2, 1950)]) == [1]


def test_weights_are_learned_and_sum_to_one():
    assert set(WEIGHTS) == set(COVARIATES) and sum(WEIGHTS.values()) == pytest.approx(1)
    assert max(WEIGHTS, key=WEIGHTS.__getitem__) in ("trigger", "war", "gravity")


def test_one_row_per_crisis_the_nearest_first():
    distance, crisis = np.array([0.3, 0.1, 0.2, 0.1, 0.4]), np.array([1, 1, 2, 3, 4])
    assert nearest(distance, crisis, 3).tolist() == [1, 3, 2]
    assert nearest(distance, crisis, 9).tolist() == [1, 3, 2, 0 + 4]


def test_a_share_has_a_jeffreys_interval():
    assert share(0, 10).low == 0 and share(10, 10).high == 1
    half = share(5, 10)
    assert (half.n, half.happened, half.share) == (10, 5, 0.5)
    assert stats.beta.cdf([half.low, half.high], 5.5, 5.5) == pytest.approx([0.05, 0.95])
    assert share(0, 0).share is None


def test_a_neighbourhood_leans_to_climatology():
    assert neighbourhood(np.ones(10), 0.4) == pytest.approx((10 + PRIOR_CASES * 0.4) / (10 + PRIOR_CASES))


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    path = tmp_path_factory.mktemp("icb") / "icb2.csv"
    path.write_text(text_of(many(200)), encoding="utf-8")
    return icb.read_actors(path)


def test_the_nearest_of_a_case_is_itself(cases):
    found = analogs(situation(cases[7]), cases, load_summary(), k=10)
    assert len({one.crisis for one in found.nearest}) == 10
    assert found.nearest[0].distance == 0 and found.precedent.close
    spread = [one.distance for one in found.nearest]
    assert spread == sorted(spread)
    assert found.outcomes.violent.n == 10


def test_recorded_cases_are_called_unprecedented_in_one_of_twenty(cases):
    """Each case against the others: by construction at most 5 % lie farther than 95 % do; a stranger does."""
    about, crisis = [situation(c) for c in cases], np.array([c.crisis for c in cases])
    usual = isolation(about, crisis, WEIGHTS)
    assert np.mean([(usual < d).mean() > FAR for d in usual]) <= 0.05
    stranger = Situation(
        {g: w[-1] for g, w in LEVELS.items()} | {"trigger": "verbal act", "source": "internal"}, 2, 2024
    )
    found = analogs(stranger, cases, load_summary(), k=3)
    assert not found.precedent.close and found.precedent.says.startswith("This has no close precedent")


def test_outcomes_are_counted_where_they_are_known(tmp_path):
    path = tmp_path / "icb2.csv"
    rows = [row(outcom=1, outesr=1), row(cracno=2, crisno=2, outcom=9, outesr=3), row(cracno=3, crisno=3, outcom=4)]
    path.write_text(text_of(rows), encoding="utf-8")
    cases = icb.read_actors(path)
    outcomes = analogs(situation(cases[0]), cases, load_summary(), k=5).outcomes
    assert (outcomes.outcome["victory"].happened, outcomes.outcome["victory"].n) == (1, 2)
    assert (outcomes.recurred.happened, outcomes.recurred.n) == (1, 2)
    assert outcomes.days == Lengths(n=3, q25=10, q50=10, q75=10)
