"""The sampler against closed forms; then planted bugs, which the same checks must catch."""

import threading

import numpy as np
import pytest
from scipy.stats import norm

from detente.engine.noise.observe import IMPOSSIBLE
from detente.inference import moves, smc
from detente.inference.diagnostics import convergence
from detente.inference.draws import jackknife_error
from detente.inference.quantiles import Quantiles, crowded
from detente.language.priors import Prior
from detente.settings import SMCSettings
from tests.inference.targets import (
    Target,
    average,
    conjugate,
    evidence,
    excess,
    limit,
    red_line,
    ridge,
    two_modes,
    z_scores,
)

STANDARD_ERRORS = 4  # false alarm from 6e-5 (normal) to 5e-3 (t, 7 degrees: 8 islands); seeds are fixed on top
SIXTY = conjugate(np.linspace(-1, 2, 60), np.geomspace(0.1, 3, 60))
TARGETS = {
    "1": conjugate(3.0, 1.0, 0.0, 2.0),
    "5": conjugate(np.linspace(-1, 2, 5), np.geomspace(0.1, 3, 5)),
    "60": SIXTY,
    "ridge": ridge(20, np.geomspace(1e-2, 1, 6)),
    "sharp": conjugate([0.7, -1.0, 0.3], [1e-4, 1e-2, 1.0]),
    "nine sds out": conjugate(195.0, 2.0, 100.0, 10.0),
}


def fit(target: Target, seed=1, settings=None):
    return smc.run(target.log_likelihood, Quantiles(target.priors), seed, settings or SMCSettings())


@pytest.mark.parametrize("name", TARGETS)
def test_closed_forms(name):
    """Means, variances and evidence within their stated errors."""
    target = TARGETS[name]
    found = fit(target)
    assert excess(z_scores(found, target)) < 1
    assert evidence(found).error() < 0.6, "too few particles to tell anything"
    assert found.reached
    assert found.temperatures[-1] == 1
    assert (np.diff(found.temperatures) >= 0).all()
    assert found.acceptance[-1] > 0.5
    assert convergence(found.z).rhat.max() < 1.05


def test_the_wall_at_eight_sds_is_gone():
    """191.35 is exact; with the prior cut off at 8 sds it was 179.94 +- 0.009. And the fit says that it went there."""
    target = TARGETS["nine sds out"]
    found = fit(target)
    values = Quantiles(target.priors).values(found.z)
    for each, exact in ((values.mean(1), 191.3462), (values.std(1, ddof=1), 1.9612)):  # of every island
        assert abs(each.mean() - exact) < limit(2) * each.std(ddof=1) / np.sqrt(len(each))
    assert "the record contradicts it" in crowded(Quantiles(target.priors), found.z, ["a"])["a"]


def test_evidence_over_seeds():
    """Unbiased: the mean of evidence / exact evidence over 40 seeds is 1 within 4 of its own standard errors (false
    alarm 3e-4: t, 39 degrees); and the stated error is the scatter, within 4 / sqrt(2 x 39) of it."""
    target = conjugate(np.linspace(-1, 2, 5), np.geomspace(0.1, 3, 5))
    found = [evidence(fit(target, seed)) for seed in range(40)]
    ratio = np.exp([e.log() - target.log_evidence for e in found])
    assert abs(ratio.mean() - 1) < STANDARD_ERRORS * ratio.std(ddof=1) / np.sqrt(40)
    assert ratio.std(ddof=1) < 0.2, "too noisy to tell anything"
    scatter, stated = np.std(np.log(ratio), ddof=1), np.sqrt(np.mean([e.error() ** 2 for e in found]))
    assert abs(scatter / stated - 1) < 4 / np.sqrt(2 * 39)


def test_particles_carry_their_own_likelihood():
    target = TARGETS["5"]
    found = fit(target)
    exact = target.log_likelihood(Quantiles(target.priors).values(found.z).reshape(-1, 5))[0]
    np.testing.assert_allclose(found.log_likelihood.ravel(), exact, rtol=1e-12)


def test_same_seed_same_bits_another_seed_others():
    """Whatever other threads do, and whatever NumPy's global generator is."""
    target = TARGETS["60"]
    first = fit(target)
    np.random.seed(3)
    busy, stop = [], threading.Event()

    def spin():
        while not stop.is_set():
            busy.append(np.ones((200, 200)) @ np.ones((200, 200)))
            del busy[:]

    thread = threading.Thread(target=spin)
    thread.start()
    second = fit(target)
    stop.set()
    thread.join()
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first.z, fit(target, 2).z)
    assert len({island.tobytes() for island in first.z}) == SMCSettings().islands


def test_progress_ends_at_one():
    target, seen = TARGETS["1"], []
    smc.run(target.log_likelihood, Quantiles(target.priors), 1, SMCSettings(), seen.append)
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


def test_too_few_rounds_are_admitted():
    assert not fit(TARGETS["60"], settings=SMCSettings(max_rounds=2)).reached


@pytest.mark.parametrize(
    "priors", [(), (Prior("fixed", (0.3,)),), (Prior("fixed", (0.3,)), Prior("normal", (0.0, 1.0)))]
)
def test_nothing_to_learn(priors):
    """No parameters, all of them known, or one that the record leaves alone."""

    def log_likelihood(values):
        return np.full(len(values), -3.0), np.zeros_like(values)

    found = smc.run(log_likelihood, Quantiles(priors), 1, SMCSettings())
    assert found.z.shape == (8, 64, len(priors))
    assert evidence(found).log() == pytest.approx(-3)
    assert evidence(found).error() < 1e-12


def test_two_narrow_modes_with_right_shares():
    """Modes 130 of their sds apart: weights right, errors honest, and still moved at the end."""
    target, right = two_modes(2.0, 0.03, Prior("normal", (0.7, 1.5)))
    errors = []
    for seed in range(4):
        found = fit(target, seed)
        values = Quantiles(target.priors).values(found.z)
        share = [evidence(found).island_weights(i) @ (values[..., 0] > 0).mean(1) for i in range(8)]
        mine = average(found, values, lambda x: x[..., 0] > 0)
        errors.append((mine - right) / max(jackknife_error(share), np.sqrt(right * (1 - right) / values.size)))
        assert abs(evidence(found).log() - target.log_evidence) < STANDARD_ERRORS * evidence(found).error()
        assert found.acceptance[-1] > 0.5
        inside = np.abs(np.abs(values) - 2) / 0.03
        assert 0.7 < np.sqrt((inside**2).mean()) < 1.3, "each mode as wide as it is"
    assert np.abs(errors).max() < STANDARD_ERRORS


def test_a_red_line_that_few_prior_draws_allow():
    """1.5 % of the prior lies beyond."""
    target = red_line(45.0, Prior("lognormal", (2.5, 0.6)))
    found = fit(target)
    values = Quantiles(target.priors).values(found.z)
    assert values.min() > 45
    total = SMCSettings().prior_draws * 512
    assert abs(found.possible / total - np.exp(target.log_evidence)) < 4 * np.sqrt(0.015 / total)
    error = np.hypot(evidence(found).error(), np.sqrt(1 / found.possible))
    assert abs(evidence(found).log() - target.log_evidence) < STANDARD_ERRORS * error
    assert values.mean() == pytest.approx(target.mean[0], abs=4 * target.sd[0] / np.sqrt(found.possible))


def test_islands_without_a_survivor_are_mixed():
    """Four prior draws an island: most have none that allow the record, and the answer is not bent."""
    target = red_line(30.0, Prior("lognormal", (2.5, 0.6)))
    found = [fit(target, seed, SMCSettings(particles=4, prior_draws=1)) for seed in range(60)]
    assert any(f.mixed.any() for f in found)
    kept = np.exp([evidence(f).log() for f in found])
    exact = np.exp(target.log_evidence)
    assert abs(kept.mean() - exact) < STANDARD_ERRORS * kept.std() / np.sqrt(60)


def test_a_record_that_nothing_explains():
    def log_likelihood(values):
        return np.full(len(values), IMPOSSIBLE), np.zeros_like(values)

    found = smc.run(log_likelihood, Quantiles([Prior("normal", (0.0, 1.0))]), 1, SMCSettings())
    assert found.possible == 0
    assert evidence(found).log() == pytest.approx(IMPOSSIBLE)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_slopes_that_are_no_numbers_count_as_none(bad):
    """The answer stays exact."""
    target = TARGETS["5"]

    def broken(values):
        found, gradient = target.log_likelihood(values)
        return found, np.where((values > 0) & (np.arange(5) == 1), bad, gradient)

    found = smc.run(broken, Quantiles(target.priors), 1, SMCSettings())
    assert excess(z_scores(found, target)) < 1


def test_trajectories_that_leave_for_infinity_are_refused():
    """A gradient of 1e200 throws particles out; values stay in range and the answer exact."""
    target = TARGETS["1"]
    seen = []

    def steep(values):
        seen.append(np.abs(values).max())
        found, gradient = target.log_likelihood(values)
        return found, np.where(values > 2.9, 1e200, gradient)

    found = smc.run(steep, Quantiles(target.priors), 1, SMCSettings())
    assert np.isfinite(seen).all()
    assert excess(z_scores(found, target)) < 1


def test_without_a_gradient():
    """A random walk, with the tuning that `walking` names."""
    target = TARGETS["5"]
    found = smc.run(lambda v: (target.log_likelihood(v)[0], None), Quantiles(target.priors), 1, SMCSettings())
    assert excess(z_scores(found, target)) < 1
    assert 0.1 < found.acceptance[-1] < 0.6
    again = smc.run(
        lambda v: (target.log_likelihood(v)[0], None), Quantiles(target.priors), 1, smc.walking(SMCSettings())
    )
    np.testing.assert_array_equal(found.z, again.z)


LUCK_SD = 1.5  # of an estimate's logarithm


def estimate(values, rng):
    """An unbiased, lognormal estimate of the likelihood of one measurement: 1 with an error of 0.5."""
    luck = LUCK_SD * rng.standard_normal(len(values)) - LUCK_SD**2 / 2
    return norm.logpdf(1.0, values[:, 0], 0.5) + luck


def test_an_estimated_likelihood():
    """Posterior and evidence as if it were known: the estimate's noise averages out."""
    settings = SMCSettings(particles=256)
    found = smc.run_estimated(estimate, Quantiles([Prior("normal", (0.0, 1.0))]), 1, settings)
    assert evidence(found).error() < 0.15
    assert excess(z_scores(found, conjugate(1.0, 0.5))) < 1
    again = smc.run_estimated(estimate, Quantiles([Prior("normal", (0.0, 1.0))]), 1, settings)
    np.testing.assert_array_equal(found.z, again.z)


def test_lucky_estimates_are_caught():
    """Planted: of two estimates the better one is taken."""

    def lucky(values, rng):
        return np.maximum(estimate(values, rng), estimate(values, rng))

    settings = SMCSettings(particles=256)
    found = smc.run_estimated(lucky, Quantiles([Prior("normal", (0.0, 1.0))]), 1, settings)
    assert excess(z_scores(found, conjugate(1.0, 0.5))) > 1


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_wrong_temperature_is_caught(monkeypatch, share):
    """Planted: mutations aim at a flatter target than the weights do."""
    right = moves.hamiltonian

    def flat(*rest):
        move = right(*rest)
        return lambda place, shape, temperature, *more: move(place, shape, share * temperature, *more)

    monkeypatch.setattr(smc, "hamiltonian", flat)
    assert excess(z_scores(fit(TARGETS["5"]), TARGETS["5"])) > 1


def test_evidence_off_by_half_is_caught():
    """Planted: the evidence alone, half as much again."""
    found = fit(TARGETS["1"])
    wrong = found._replace(increments=found.increments + np.log(1.5) / len(found.increments))
    scores = z_scores(wrong, TARGETS["1"])
    assert excess(scores) > 1
    assert np.abs(scores[1:]).max() < limit(len(scores) - 1), "nothing but the evidence says so"


def test_missing_resampling_is_caught(monkeypatch):
    """Planted: particles are weighted for the evidence but never resampled, and hardly moved."""
    right = smc.resample

    def forgetful(logs, weight, count, rngs):
        first = np.arange(len(logs))[:, None] * logs.shape[1] + np.arange(count)
        return (first.ravel(), *right(logs, weight, count, rngs)[1:])

    monkeypatch.setattr(smc, "resample", forgetful)
    settings = SMCSettings(length=0.02, leapfrog=1)
    assert excess(z_scores(fit(TARGETS["5"], settings=settings), TARGETS["5"])) > 1


def test_a_slope_forgotten_is_no_error_but_a_bad_move():
    """Leapfrog is exact for any vector field; what the gradient is good for is acceptance."""
    target = TARGETS["60"]
    found = smc.run(
        lambda v: (target.log_likelihood(v)[0], np.zeros_like(v)), Quantiles(target.priors), 1, SMCSettings()
    )
    assert found.acceptance[-1] < fit(target).acceptance[-1]


def test_the_temperature_rises_until_half_is_left():
    rng = np.random.default_rng(1)
    logs = -20 * rng.standard_normal(512) ** 2
    rise = smc.next_rise(logs, 256, 1.0)
    weights = np.exp(rise * logs)
    assert weights.sum() ** 2 / (weights**2).sum() == pytest.approx(256, rel=1e-4)
    assert smc.next_rise(1e-4 * logs, 256, 0.7) == 0.7, "as far as it may"
    mostly = np.where(np.arange(512) < 20, 0.0, IMPOSSIBLE)
    weights = np.exp(smc.next_rise(mostly, 256, 1.0) * mostly)
    assert weights.sum() ** 2 / (weights**2).sum() == pytest.approx(256, rel=1e-4)


def test_resampling_keeps_the_weighted_mean():
    """Each index as often as its weight says, up to one; islands stay apart while their weights are level."""
    rngs = smc.generators(1, "smc", 1, 4)
    logs = np.log(np.array([[0.5, 0.25, 0.25, 1e-9], *[[0.4, 0.3, 0.2, 0.1]] * 3]))
    chosen, increment, mixed = smc.resample(logs, np.zeros(4), 400, rngs)
    assert np.abs(np.bincount(chosen, minlength=16) - 400 * np.exp(logs).ravel()).max() <= 1
    np.testing.assert_allclose(increment, np.log(np.exp(logs).mean(1)))
    assert not mixed
    chosen, _, mixed = smc.resample(logs, np.array([0.0, -9.0, -9.0, -9.0]), 400, rngs)
    assert mixed
    assert (chosen[400:] < 4).any(), "the heavy island fills the light ones"
