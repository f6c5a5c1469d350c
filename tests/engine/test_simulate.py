"""The compiler keeps barriers where it can, and what it is told does not change the futures."""

import numpy as np
import pytest

from detente.engine import simulate
from tests.engine.games import effects, event, move, scenario, stock, track
from tests.engine.test_rules import play

KEEPS = {"xla_disable_hlo_passes": "cse_barrier_expander"}


@pytest.mark.parametrize(
    ("platform", "version", "expected"),
    [
        ("cpu", (0, 9, 0), KEEPS),
        ("cpu", (0, 11, 2), KEEPS),
        ("cpu", (0, 12, 0), {}),
        ("gpu", (0, 10, 2), {}),
        ("tpu", (0, 10, 2), {}),
    ],
)
def test_barriers_are_kept_where_xla_compiles_them(platform, version, expected):
    assert simulate._compiler_options(platform, version) == expected


def test_the_futures_are_the_same_without_the_option(monkeypatch):
    """Counts to the last future; before jaxlib 0.12 on a CPU the two programs differ."""
    built = scenario(
        stocks=[stock("heat", 1, flow="0.1 - 0.2 * heat", noise="0.3")],
        tracks=[track("A.track", move("raid", "0.4 * heat - 0.2", effects=effects(heat="+1")))],
        events=[event("war", "0.1 * logistic(heat)", once=True)],
    )
    kept = play(built)
    monkeypatch.setattr(simulate, "_compiler_options", lambda *_: {})
    simulate._program.cache_clear()
    removed = play(built)
    for counts in ("first", "chosen", "live"):
        assert 0 < np.sum(getattr(kept, counts))
        np.testing.assert_array_equal(getattr(kept, counts), getattr(removed, counts))
    np.testing.assert_allclose(kept.end, removed.end, rtol=1e-5)
