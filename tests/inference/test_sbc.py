"""The rank test: its level is exact, against published values, against simulation, and it sees what it should."""

import numpy as np
import pytest

from detente.inference import sbc as ranks
from tests.reference import rows

# (replications, draws, critical value, exact size), Säilynoja et al.'s recursion at 30 digits
CRITICAL = [
    (100, 19, 0.00854836493274045, 0.0498851578400193),
    (250, 99, 0.003273203534378, 0.0496162083487901),
    (1000, 99, 3.67828860086416e-05, 0.000999848439726891),
]


@pytest.mark.parametrize(("replications", "draws", "gamma", "size"), CRITICAL)
def test_level_is_exact(replications, draws, gamma, size):
    """Outcomes come in mirrored pairs of equal tail; the published size counts one of the two."""
    below, above = (ranks.level(gamma * f, replications, draws) for f in (1 - 1e-9, 1 + 1e-9))
    assert below <= size * (1 + 1e-9) and size <= above * (1 + 1e-9)
    assert (below + above) / 2 == pytest.approx(size, rel=1e-4)


def test_every_reference_vector():
    for row in rows("sbc_rank_vectors"):
        p, e, found = row["params"], row["expected"], np.array(row["params"]["ranks"])
        assert ranks.statistic(found, p["L"]) == pytest.approx(e["gamma_obs"], rel=1e-9)
        assert ranks.p_value(found, p["L"]) == pytest.approx(e["ecdf_pvalue"], rel=1e-6, abs=1e-12)
        assert ranks.chi_squared(found, p["L"], p["bins"]) == pytest.approx(e["chi2_pvalue"], rel=1e-9)


def test_statistic_by_hand():
    assert ranks.statistic(np.array([0, 1]), draws=1) == 1.5  # one of two below one half: both tails are 3/4
    assert ranks.statistic(np.array([0, 0]), draws=1) == 0.5  # both: 2 * 1/4
    assert ranks.p_value(np.array([0, 0]), draws=1) == pytest.approx(0.5)
    assert ranks.p_value(np.array([0, 1]), draws=1) == pytest.approx(1.0)


def test_ties_are_broken_uniformly():
    rng = np.random.default_rng(0)
    found = [ranks.rank(np.array([0.0, 1, 1, 1, 2]), 1.0, rng) for _ in range(4000)]
    counts = np.bincount(found, minlength=6)
    assert counts[0] == counts[5] == 0
    assert abs(counts[1:5] - 1000).max() < 150  # 5.5 sd; a correct build fails one time in 10 million


def test_p_values_of_uniform_ranks_are_uniform_or_larger():
    rng = np.random.default_rng(1)
    found = [ranks.p_value(rng.integers(0, 20, 100), 19) for _ in range(400)]
    # 40 expected below 0.1; sd 6; false alarm 1e-5
    assert np.mean(np.array(found) <= 0.1) < 0.1 + 4.3 * 0.015


@pytest.mark.parametrize("shape", [(0.7, 0.7), (1.4, 1.4), (1.3, 1.0)])
def test_wrong_spread_and_bias_are_seen(shape):
    """Too narrow, too wide and biased posteriors give beta-shaped ranks; the test must refuse them."""
    found = np.floor(100 * np.random.default_rng(2).beta(*shape, 1000)).astype(int)
    assert ranks.p_value(found) < 1e-3


def test_band_holds_its_level():
    low, high = ranks.band(200, 0.05, 19)
    at = np.arange(1, 20)
    rng = np.random.default_rng(3)
    out = 0
    for _ in range(1000):
        ecdf = np.searchsorted(np.sort(rng.integers(0, 20, 200)), at) / 200
        out += bool(((ecdf < low[1:-1]) | (ecdf > high[1:-1])).any())
    assert out / 1000 < 0.05 + 4.5 * 0.007  # false alarm 4e-6


def test_chi_squared_by_hand():
    assert ranks.chi_squared(np.arange(100)) == pytest.approx(1.0)
    assert ranks.chi_squared(np.zeros(100, int)) < 1e-100
