"""Scores against values worked out by hand, their laws, and the tests that must be able to fail."""

from __future__ import annotations

import itertools
from math import inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detente.inference import scores as scoring

P = np.array([0.9, 0.9, 0.2, 0.2, 0.2, 0.5])
Y = np.array([1, 0, 0, 0, 1, 1])


def test_brier_by_hand():
    assert scoring.brier(P, Y) == pytest.approx([0.01, 0.81, 0.04, 0.04, 0.64, 0.25])


def test_log_score_by_hand():
    assert scoring.log_score(P, Y) == pytest.approx([-log(0.9), -log(0.1), -log(0.8), -log(0.8), -log(0.2), log(2)])


def test_a_zero_that_happened_scores_infinitely_and_the_floor_is_explicit():
    p, y = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1, 0, 0, 1])
    assert scoring.log_score(p, y).tolist() == [inf, inf, 0.0, 0.0]
    floored = scoring.log_score(p, y, scoring.FLOOR)
    assert floored == pytest.approx([-log(0.001), -log(0.001), -log(0.999), -log(0.999)])


def test_murphy_by_hand():
    """Groups (0.9: 1 of 2), (0.2: 1 of 3), (0.5: 1 of 1); overall share 1/2."""
    found = scoring.murphy(P, Y)
    assert found.reliability == pytest.approx((2 * 0.4**2 + 3 * (1 / 3 - 0.2) ** 2 + 1 * 0.5**2) / 6)
    assert found.resolution == pytest.approx((2 * 0 + 3 * (1 / 3 - 1 / 2) ** 2 + 1 * 0.5**2) / 6)
    assert found.uncertainty == pytest.approx(0.25)
    assert found.within == pytest.approx(0, abs=1e-15)
    assert found.reliability - found.resolution + found.uncertainty == pytest.approx(scoring.brier(P, Y).mean())


cases = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=40)


@given(cases)
def test_murphy_adds_up_whatever_the_forecasts(pairs):
    p, y = map(np.array, zip(*pairs, strict=True))
    found = scoring.murphy(p, y)
    total = found.reliability - found.resolution + found.uncertainty + found.within
    assert total == pytest.approx(scoring.brier(p, y).mean(), abs=1e-12)


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_honesty_pays(truth, said):
    """Propriety: nobody scores better in expectation than with the true probability."""
    for score in (scoring.brier, scoring.log_score):
        yes, no = (score(np.array([truth, said]), np.array([y, y])) for y in (1, 0))
        honest, other = truth * yes + (1 - truth) * no
        assert honest <= other + 1e-12


def test_the_true_quantiles_minimise_the_interval_score():
    outcomes = np.random.default_rng(1).gamma(2, 3, 40_000)
    truth = stats.gamma.ppf(scoring.LEVELS, 2, scale=3)

    def score(quantiles):
        return scoring.interval_score(np.tile(quantiles, (len(outcomes), 1)), outcomes).mean()

    best = score(truth)
    assert all(best < score(q) for q in (truth + 1, truth - 1, truth * 0.7, truth * 1.3, np.full(5, truth[2])))


def test_interval_score_by_hand():
    """Median 10, half of it in 8..12, nine tenths in 5..20; what happened is 21 (Bracher et al. 2021, equation 1)."""
    q = np.array([[5.0, 8, 10, 12, 20]])
    parts = [
        0.5 * abs(21 - 10),
        0.25 * ((12 - 8) + 2 / 0.5 * (21 - 12)),
        0.05 * ((20 - 5) + 2 / 0.1 * (21 - 20)),
    ]
    assert scoring.interval_score(q, np.array([21.0])) == pytest.approx(sum(parts) / 2.5)
    assert scoring.pinball(q, np.array([21.0]))[0] == pytest.approx([0.8, 3.25, 5.5, 6.75, 0.95])


def test_a_single_number_scores_its_absolute_error():
    assert scoring.interval_score(np.full((2, 5), 3.0), np.array([1.0, 7.0])) == pytest.approx([2.0, 4.0])


def test_poisson_binomial_by_enumeration():
    p = np.array([0.1, 0.5, 0.8])
    expected = np.zeros(4)
    for outcome in itertools.product((0, 1), repeat=3):
        expected[sum(outcome)] += np.prod([q if o else 1 - q for q, o in zip(p, outcome, strict=True)])
    assert scoring.poisson_binomial(p) == pytest.approx(expected)


def test_reliability_table():
    first, second, third = scoring.reliability(np.array([0.0, 0.5, 0.5, 0.5, 0.5, 1.0]), np.array([0, 1, 1, 1, 1, 1]))
    assert (first.low, first.high, first.n, first.happened, first.expected_high) == (0.0, 0.05, 1, 0, 0)
    assert (second.n, second.mean, second.happened) == (4, 0.5, 4)
    # 0 or 4 of 4 at one half: 1/16 each, more than the 1/20 left out on either side
    assert (second.expected_low, second.expected_high, second.consistent) == (0, 4, True)
    assert second.share_low == pytest.approx(stats.beta.ppf(0.05, 4.5, 0.5)) and second.share_high == 1.0
    assert (third.low, third.high, third.happened) == (0.95, 1.0, 1)
    surprised = scoring.reliability(np.full(10, 0.5), np.ones(10))[0]
    assert (surprised.expected_low, surprised.expected_high, surprised.consistent) == (2, 8, False)


def test_consistency_bars_hold_as_often_as_they_say():
    rng = np.random.default_rng(2)
    p = rng.beta(1, 3, 30)
    rows = [row for _ in range(400) for row in scoring.reliability(p, rng.random(30) < p)]
    share = np.mean([row.consistent for row in rows])
    assert 0.88 <= share <= 1  # discreteness only adds to it


def test_skill_by_hand():
    """Blocks' sums (1, 2), (2, 2), (3, 8): skill 1 - 6/12; without each block 1 - 5/10, 1 - 4/10, 1 - 3/4."""
    score, reference = np.array([0.5, 0.5, 2, 3]), np.array([1.0, 1, 2, 8])
    found = scoring.ratio_skill(score, reference, np.array([0, 0, 1, 2]))
    left = np.array([0.5, 0.6, 0.25])
    reach = stats.t.ppf(0.95, 2) * np.sqrt(2 / 3 * ((left - left.mean()) ** 2).sum())
    assert (found.value, found.low, found.high, found.blocks) == pytest.approx((0.5, 0.5 - reach, 0.5 + reach, 3))


def test_skill_over_a_perfect_reference_is_undefined():
    assert scoring.ratio_skill(np.ones(4), np.zeros(4), np.arange(4)).value is None


def test_one_block_that_holds_the_whole_reference_gives_no_interval():
    found = scoring.ratio_skill(np.array([1.0, 0, 0, 0]), np.array([2.0, 0.01, 0.01, 0.01]), np.arange(4))
    assert (found.value, found.low) == (pytest.approx(1 - 1 / 2.03), None)


def test_two_blocks_give_no_interval():
    found = scoring.ratio_skill(np.array([1.0, 1]), np.array([2.0, 4]), np.array([0, 1]))
    assert (found.value, found.low) == (pytest.approx(2 / 3), None)


def _drawn(rng, blocks: int, cases: int, correlation: float):
    """True probabilities and outcomes; those of one block share a cause."""
    q = rng.beta(0.5, 3, (blocks, cases))
    shared, own = rng.standard_normal((blocks, 1)), rng.standard_normal((blocks, cases))
    y = stats.norm.cdf(np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own) < q
    return q.ravel(), y.astype(float).ravel(), np.repeat(np.arange(blocks), cases)


@pytest.mark.parametrize("blocks", [4, 11])
def test_the_interval_of_the_skill_covers(blocks):
    """Nominal 90 %. At 300 repetitions the count has a standard error of 1.7 points; 85 is 3 below 90."""
    rng = np.random.default_rng(blocks)

    def scores(count: int):
        q, y, block = _drawn(rng, count, 8, 0.3)
        said = np.clip(q + 0.08 * rng.standard_normal(len(q)), 0, 1)
        return scoring.brier(said, y), scoring.brier(np.full(len(q), 1 / 7), y), block

    score, reference, _ = scores(40_000)
    truth = 1 - score.sum() / reference.sum()
    found = [scoring.ratio_skill(*scores(blocks)) for _ in range(300)]
    covered = np.mean([f.low <= truth <= f.high for f in found if f.low is not None and f.high is not None])
    assert 0.85 <= covered <= 0.96


def _flags(rng, window: float, blocks: int, correlation: float, times: int = 400) -> float:
    """Share of forecasters flagged whose log odds are the true ones times `window`."""
    flags = []
    for _ in range(times):
        q, y, block = _drawn(rng, blocks, 8, correlation)
        odds = window * np.log(np.clip(q, 1e-9, 1) / (1 - q))
        flags.append(scoring.overconfidence(1 / (1 + np.exp(-odds)), y, block).flagged)
    return float(np.mean(flags))


@pytest.mark.parametrize(("blocks", "correlation"), [(8, 0.0), (11, 0.0), (11, 0.5), (40, 0.0)])
def test_a_calibrated_forecaster_is_rarely_flagged(blocks, correlation):
    """Stated rate 5 %; 400 repetitions have a standard error of 1.1 points, so 8.3 % is 3 above."""
    assert _flags(np.random.default_rng(blocks), 1.0, blocks, correlation) <= 0.083


def test_an_over_confident_forecaster_is_flagged():
    rng = np.random.default_rng(5)
    assert _flags(rng, 3.0, 11, 0.0) > 0.7
    assert _flags(rng, 3.0, 40, 0.3) > 0.95


def test_an_under_confident_forecaster_is_not_flagged():
    assert _flags(np.random.default_rng(6), 0.4, 20, 0.0, 100) <= 0.02


def test_overconfidence_by_hand():
    found = scoring.overconfidence(np.array([0.1, 0.1]), np.array([0, 1]), np.array([0, 1]))
    assert found.excess == pytest.approx((-0.1 * 0.8 + 0.9 * 0.8) / 2)
    assert (found.p_value, found.flagged) == (None, False)


def test_the_excess_that_four_in_five_tests_would_flag():
    """Of 300 tests 196 to 284 flag it: with a power of 0.72 to 0.88 that fails five times in 1,000 at most, by the
    binomial distribution, and at 0.8 once in 10^9; half the excess, flagged less often, fails."""
    rng = np.random.default_rng(7)
    block = np.repeat(np.arange(20), 5)

    def draw(shift):
        p = np.full(100, 0.2)
        return scoring.overconfidence(p, rng.random(100) < p + shift, block)

    unseen = np.mean([draw(0).unseen for _ in range(50)])
    shift = unseen / (1 - 2 * 0.2)  # the excess is (y - p)(1 - 2p)
    assert 196 <= sum(draw(shift).flagged for _ in range(300)) <= 284
    assert sum(draw(shift / 2).flagged for _ in range(300)) < 196


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(0, 4, 0, 0.362), (4, 4, 0.638, 1), (0, 0, 0, 1), (1, 2, 0.1, 0.9)]
)
def test_intervals_of_small_counts(hits, n, low, high):
    assert scoring.jeffreys(hits, n) == pytest.approx((low, high), abs=0.01)


def test_a_share_counts_a_block_once():
    found = scoring.block_share(np.ones(40, bool), np.repeat([1, 2], 20))
    assert (found.value, found.high, found.blocks) == (1, 1, 2) and found.low == pytest.approx(0.44, abs=0.01)
