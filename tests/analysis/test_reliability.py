"""Whether stated probabilities came true: the test keeps its level where shares are 0 or 1, and can fail."""

import numpy as np
import pytest

from detente.analysis.reliability import came_true

DRAWS, SIMS, THRESHOLD = 63, 1000, 0.01


def stated(chance, seed, said=None):
    """One claim whose chance differs by replication: shares of draws that say so, and the truth."""
    rng = np.random.default_rng(seed)
    shares = rng.binomial(DRAWS, chance if said is None else said)[:, None] / DRAWS
    return shares, (rng.random(SIMS) < chance)[:, None]


def test_what_is_never_true_and_never_said_to_be_is_not_refused():
    found = came_true(["c"], np.zeros((SIMS, 1)), np.zeros((SIMS, 1), bool), THRESHOLD, draws=DRAWS)
    assert found == {"c": {"expected": 0.0, "true": 0.0, "p": 1.0, "refused": False}}


@pytest.mark.parametrize("chance", [np.full(SIMS, 0.001), np.full(SIMS, 0.999), np.linspace(0, 1, SIMS) ** 4])
def test_level(chance):
    """At most 1 % of correct fits are refused; 200 trials with 8 refusals or more happen once in 1,000."""
    refused = [came_true(["c"], *stated(chance, n), THRESHOLD, draws=DRAWS)["c"]["refused"] for n in range(200)]
    assert sum(refused) < 8


def test_probabilities_that_are_too_low_are_refused():
    chance = np.full(SIMS, 0.02)
    assert came_true(["c"], *stated(chance, 1, said=np.zeros(SIMS)), THRESHOLD, draws=DRAWS)["c"]["refused"]
    chance = np.full(SIMS, 0.5)
    assert came_true(["c"], *stated(chance, 1, said=0.9 * chance), THRESHOLD, draws=DRAWS)["c"]["refused"]
