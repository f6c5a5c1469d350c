"""r-hat and effective sizes against ArviZ, on chains that mix, that stick and that disagree."""

import numpy as np
import pytest
from arviz_stats.base.array import array_stats
from scipy.stats import rankdata

from detente.inference import chain_statistics as found


def chains(seed: int, draws: int) -> np.ndarray:
    """Columns: independent, slow, alternating, far apart, of few values, a tail, and one that never moves."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((8, draws, 7))
    for t in range(1, draws):
        x[:, t, 1] += 0.9 * x[:, t - 1, 1]
        x[:, t, 2] -= 0.7 * x[:, t - 1, 2]
    x[..., 3] += np.arange(8)[:, None]
    x[..., 4] = x[..., 4].round()
    x[..., 5] = np.exp(2 * x[..., 5])
    x[..., 6] = 1.0
    return x


@pytest.mark.parametrize("draws", [4, 5, 7, 64, 241])
def test_chain_statistics_are_those_of_arviz(draws):
    x = chains(draws, draws)
    axes = {"chain_axis": 0, "draw_axis": 1}
    for ours, method in (
        (found.bulk_size(x), {"method": "bulk"}),
        (found.tail_size(x, (0.05, 0.95)), {"method": "tail", "prob": (0.05, 0.95)}),
        (found.mean_size(x), {"method": "mean"}),
    ):
        np.testing.assert_allclose(ours, array_stats.ess(x, **axes, **method), rtol=1e-9)
    moving = x[..., :6]
    np.testing.assert_allclose(found.rank_rhat(moving), array_stats.rhat(moving, **axes, method="rank"), rtol=1e-12)
    assert found.rank_rhat(moving)[3] > 1.5


def test_ranks_share_their_mean_where_values_are_equal():
    values = np.random.default_rng(1).integers(0, 9, (50, 3)).astype(float)
    np.testing.assert_array_equal(found.ranks(values), rankdata(values, axis=0))
    np.testing.assert_array_equal(found.ranks(values[:, 0]), rankdata(values[:, 0]))
