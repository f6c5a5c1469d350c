"""The evidence for foresight against a Bayes factor by quadrature, where looking ahead is worth one unit a move."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import halfnorm

from detente.analysis.foresight.evidence import evidence_for_foresight
from detente.inference.density import model_of
from detente.inference.fit import normalised_weights, prior_draws
from detente.inference.posterior_replay import replay_posterior
from detente.language.priors import Prior
from tests.engine import games as g

STEPS = 40


def taking(times: int):
    """A record in which the move that brings one unit of utility was made so many times of 40."""
    way = g.looks(1, "w", horizon=2, samples=4)
    return g.scenario(
        record=STEPS,
        steps=STEPS + 2,
        parameters={"w": Prior("halfnormal", (2.0,))},
        actors=[g.actor("A", "x")],
        stocks=[g.stock("x")],
        tracks=[g.track("A.act", g.move("take", 0, effects=g.effects(x="1")), foresight=way)],
        ledger=[(k, "A.act", "take") for k in range(times)],
    )


def by_quadrature(times: int) -> float:
    def ratio(w):
        return expit(w) ** times * expit(-w) ** (STEPS - times) * 2.0**STEPS * halfnorm(scale=2).pdf(w)

    return float(np.log(quad(ratio, 0, 20)[0]))


@pytest.fixture(scope="module")
def found():
    out = {}
    for times in (20, 32):
        scenario = taking(times)
        model = model_of(scenario)
        draws = prior_draws(model, normalised_weights(scenario), 256, 1, 8)  # the record at level 0 says nothing of w
        out[times] = evidence_for_foresight(scenario, model, replay_posterior(model, draws), samples=4, seed=1)
    return out


@pytest.mark.parametrize(("times", "verdict"), [(32, "warranted"), (20, "not warranted")])
def test_bayes_factor_and_verdict(found, times, verdict):
    """Within 4 of its errors: wrong once in 15,000. A record without foresight does not pass for one with it."""
    together = found[times].together
    assert abs(together.log_bayes_factor - by_quadrature(times)) < 4 * together.mc_error + 0.01
    assert found[times].tracks["A.act"].log_bayes_factor == pytest.approx(together.log_bayes_factor)
    assert together.verdict == verdict


def test_posterior_of_the_weight(found):
    """Against quadrature: the record of 32 in 40 calls for a weight near its log odds, log 4."""

    def density(w):
        return expit(w) ** 32 * expit(-w) ** 8 * halfnorm(scale=2).pdf(w)

    total = quad(density, 0, 20)[0]
    mean = quad(lambda w: w * density(w), 0, 20)[0] / total
    assert found[32].tracks["A.act"].weight.posterior.mean == pytest.approx(mean, abs=0.05)
    assert found[32].tracks["A.act"].spread_error == pytest.approx(
        0, abs=1e-6
    )  # Common random numbers: nothing else moves
