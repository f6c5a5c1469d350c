"""Maximum likelihood against closed forms: logit counts, a boundary, what the record does not tell, several optima.

Each with the slopes that the likelihood gives, and by its values alone.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from detente.inference.density import model_of
from detente.inference.maximum_likelihood import Estimates, _Surface, maximise
from detente.inference.quantiles import Quantiles
from detente.language.priors import Prior
from detente.language.records import Scenario
from tests.engine.games import event, move, scenario, track

STEPS, WENT = 40, 11


def fitted(one: Scenario, slopes: bool, starts: int = 3) -> Estimates:
    model = model_of(one)
    (quantiles,) = model.quantiles.values()
    likelihood = model.likelihood(precise=True)
    return maximise(likelihood if slopes else lambda v: (likelihood(v)[0], None), quantiles, seed=1, starts=starts)


@pytest.fixture(scope="module", params=[True, False], ids=["slopes", "values"])
def slopes(request) -> bool:
    return request.param


@pytest.fixture(scope="module")
def found(slopes: bool) -> Estimates:
    """A move with a logit to learn, an event with a chance to learn that never came, and things nobody can learn."""
    return fitted(
        scenario(
            record=STEPS,
            steps=STEPS + 1,
            parameters={
                "odds": Prior("normal", (3, 0.1)),
                "chance": Prior("uniform", (0, 1)),
                "silent": Prior("lognormal", (0, 1)),
                "known": Prior("fixed", (0.5,)),
            },
            tracks=[track("A.x", move("go", "odds + known"))],
            events=[event("never", "chance")],
            ledger=[(k, "A.x", "go") for k in range(WENT)],
        ),
        slopes,
    )


def test_the_estimate_is_the_closed_form_whatever_the_prior(found: Estimates, slopes: bool):
    """Logit of the share, less what is held fixed; standard error 1 / sqrt(n p (1 - p)); the prior is far off."""
    p = WENT / STEPS
    assert found.estimate[0] == pytest.approx(math.log(p / (1 - p)) - 0.5, abs=1e-9)
    assert found.se[0] == pytest.approx(1 / math.sqrt(STEPS * p * (1 - p)), rel=1e-9 if slopes else 1e-6)
    assert found.log_likelihood == pytest.approx(WENT * math.log(p) + (STEPS - WENT) * math.log(1 - p), abs=1e-6)
    assert found.aic == pytest.approx(2 * 3 - 2 * found.log_likelihood)
    assert found.converged


def test_a_parameter_at_the_end_of_its_support_has_no_standard_error(found: Estimates):
    assert found.at_bound.tolist() == [False, True, False, False]
    assert found.estimate[1] == pytest.approx(0, abs=1e-8)
    assert np.isnan(found.se[1])


def test_what_the_record_does_not_tell_is_said(found: Estimates):
    assert found.identified.tolist() == [True, True, False, True]
    assert np.isnan(found.se[2])
    assert found.free.tolist() == [True, True, True, False]
    assert found.estimate[3] == 0.5


def test_two_hills_are_two_optima(slopes: bool):
    """The logit is 3 where a parameter is 1 and 2 where it is -1; starts fall on either side of 0."""
    one = scenario(
        record=20,
        steps=21,
        parameters={"x": Prior("normal", (0, 1))},
        tracks=[track("A.x", move("go", "where(x > 0, 3 - (x - 1) ** 2, 2 - (x + 1) ** 2)"))],
        ledger=[(k, "A.x", "go") for k in range(20)],
    )
    found = fitted(one, slopes, starts=8)
    assert found.estimate[0] == pytest.approx(1, abs=1e-6)
    assert [round(value, 6) for value, _ in found.optima] == [
        pytest.approx(-20 * math.log1p(math.exp(-top)), abs=1e-5) for top in (3, 2)
    ]
    assert sum(count for _, count in found.optima) == 8


def normal_sample(slopes: bool):
    """The log likelihood of a normal sample's mean and sd, and the sample."""
    x = np.random.default_rng(1).normal(3, 0.02, 50)

    def log_likelihood(values: np.ndarray):
        mean, sd = values.T[:, :, None]
        off = (x - mean) / sd
        slope = np.stack([(off / sd).sum(1), ((off**2 - 1) / sd).sum(1)], 1)
        return (-0.5 * off**2 - np.log(sd) - 0.5 * math.log(2 * math.pi)).sum(1), slope if slopes else None

    return log_likelihood, x


def test_a_peak_far_narrower_than_the_prior(slopes: bool):
    """The prior's spreads are 500 and 50 times what is sought, and an sd ends at 0."""
    log_likelihood, x = normal_sample(slopes)
    priors = Quantiles([Prior("normal", (0, 10)), Prior("halfnormal", (1.0,))])
    found = maximise(log_likelihood, priors, seed=1)
    sd = x.std()
    assert found.estimate == pytest.approx([x.mean(), sd], rel=1e-7)
    assert found.se == pytest.approx([sd / math.sqrt(len(x)), sd / math.sqrt(2 * len(x))], rel=1e-3)
    assert found.converged and found.optima[0][1] == 8


def test_only_a_sum_is_known(slopes: bool):
    """Of two terms the record tells their sum: both are estimated, neither has a standard error."""

    def log_likelihood(values: np.ndarray):
        off = values.sum(1) - 1
        return -0.5 * off**2, np.stack([-off, -off], 1) if slopes else None

    found = maximise(log_likelihood, Quantiles([Prior("normal", (0, 1))] * 2), seed=1, starts=2)
    assert found.estimate.sum() == pytest.approx(1, abs=1e-8)
    assert not found.identified.any() and np.isnan(found.se).all() and found.converged


def test_nothing_is_free(slopes: bool):
    def log_likelihood(values: np.ndarray):
        return values[:, 0] * 2, np.full_like(values, 2) if slopes else None

    found = maximise(log_likelihood, Quantiles([Prior("fixed", (1.5,))]), seed=1, starts=2)
    assert (found.log_likelihood, found.aic, found.converged) == (3.0, -6.0, True)


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_slopes_at_the_end_of_a_support(end: float):
    """Rounding of a large log likelihood would drown differences over steps as small as the way to the end; and nothing
    beyond the end is asked."""
    asked = []

    def log_likelihood(values: np.ndarray):
        asked.append(values)
        return -1e4 - 3 * values[:, 0], None

    surface = _Surface(log_likelihood, Quantiles([Prior("uniform", (0.0, 1.0))]))
    _, slope, exact = surface.at(np.array([[surface.high[0] if end else surface.low[0]]]))
    assert not exact
    assert slope[0] / surface.scale == pytest.approx(-3, rel=0.02)
    assert 0 <= min(a.min() for a in asked[1:]) <= max(a.max() for a in asked[1:]) <= 1
