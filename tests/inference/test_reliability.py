"""Whether stated probabilities came true: the test keeps its level where shares are 0 or 1, and can fail."""

import numpy as np
import pytest
from scipy.stats import binom

from detente.inference.reliability import came_true, reliability
from detente.result.verify import CameTrue

DRAWS, SIMS, THRESHOLD = 63, 1000, 0.01


def stated(chance, seed, said=None):
    """One claim whose chance differs by replication: shares of draws that say so, and the truth."""
    rng = np.random.default_rng(seed)
    shares = rng.binomial(DRAWS, chance if said is None else said)[:, None] / DRAWS
    return shares, (rng.random(SIMS) < chance)[:, None]


def test_what_is_never_true_and_never_said_to_be_is_not_refused():
    found = came_true(["c"], np.zeros((SIMS, 1)), np.zeros((SIMS, 1), bool), THRESHOLD, draws=DRAWS)
    assert found == {"c": CameTrue(expected=0.0, true=0.0, p=1.0, refused=False)}


@pytest.mark.parametrize("chance", [np.full(SIMS, 0.001), np.full(SIMS, 0.999), np.linspace(0, 1, SIMS) ** 4])
def test_level(chance):
    """At most 1 % of correct fits are refused; 200 trials with 8 refusals or more happen once in 1,000."""
    refused = [came_true(["c"], *stated(chance, n), THRESHOLD, draws=DRAWS)["c"].refused for n in range(200)]
    assert sum(refused) < 8


def test_probabilities_that_are_too_low_are_refused():
    chance = np.full(SIMS, 0.02)
    assert came_true(["c"], *stated(chance, 1, said=np.zeros(SIMS)), THRESHOLD, draws=DRAWS)["c"].refused
    chance = np.full(SIMS, 0.5)
    assert came_true(["c"], *stated(chance, 1, said=0.9 * chance), THRESHOLD, draws=DRAWS)["c"].refused


def test_a_few_statements_have_wide_intervals():
    """Of 0 in 4 and 2 in 2, resampling would say 0 to 0 and 1 to 1."""
    said = np.array([[0.05]] * 4 + [[0.75]] * 2)
    low, high = reliability(said, said > 0.5)
    assert (low.n, low.true, low.q05) == (4, 0, 0) and low.q95 == pytest.approx(0.3625, abs=1e-3)
    assert (high.n, high.true, high.q95) == (2, 1, 1) and high.q05 == pytest.approx(0.44, abs=0.01)


def test_statements_of_one_replication_count_as_one():
    said = np.full((3, 50), 0.55)
    (row,) = reliability(said, np.repeat([[True], [True], [False]], 50, 1))
    assert (row.n, row.replications) == (150, 3)
    assert row.q05 < 0.3 and row.q95 > 0.9


def coverage(interval, chance):
    """How often intervals of a share in 12 hold its chance: every count by its binomial weight."""
    ends = {count: interval(count) for count in range(13)}
    return sum(binom.pmf(count, 12, chance) for count, (low, high) in ends.items() if low <= chance <= high)


def test_intervals_cover():
    """90 % intervals of shares in 12 hold the truth in 85 to 99 of 100 trials; nothing is drawn: no false alarms."""

    def ours(count):
        (row,) = reliability(np.full((12, 1), 0.5), np.arange(12)[:, None] < count)
        return row.q05, row.q95

    def resampled(count):
        return binom.ppf((0.05, 0.95), 12, count / 12) / 12

    for chance in (0.05, 0.3, 0.5, 0.8):
        assert 0.85 < coverage(ours, chance) < 0.99
    assert coverage(resampled, 0.05) < 0.5  # so the test can fail
