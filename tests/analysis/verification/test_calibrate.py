"""Calibration passes for the fit as it is, and refuses it with each of four planted bugs."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from detente.analysis.verification import calibrate
from detente.inference.density import Likelihood, Model, model_of
from detente.inference.fit import fit_model
from detente.inference.quantiles import Quantiles
from detente.language.priors import Prior
from detente.result.parts import Timings
from detente.settings import SMCSettings
from tests.analysis.made import claiming
from tests.engine.games import effects, event, measured, move, scenario, stock, track

SIMS = 120
SETTINGS = SMCSettings(islands=4, particles=64, leapfrog=6)


@pytest.fixture(scope="module")
def small():
    """Two unknowns, noise, measurements, moves, a silent event, a claim."""
    days = [(4, 0.0), (8, 0.0), (12, 0.0)]
    built = scenario(
        record=12,
        steps=20,
        parameters={"pace": Prior("normal", (0.0, 1.0)), "risk": Prior("beta", (2.0, 6.0))},
        stocks=[stock("x", 0, flow="pace", noise="1.5", series=[measured("normal", "0.5", *days)])],
        tracks=[track("A.t", move("m", "pace - 0.5", effects=effects(x="0.5")))],
        events=[event("e", "risk")],
    )
    made = claiming(built, **{"more-often-than-not": "P(e | free) > 0.5", "creeps": "pace > 0"})
    model = model_of(made)
    return made, model, calibrate.draw_truths(made, model, SIMS, seed=1)


def result(small, fitter=fit_model):
    """The calibration of a fitter on the same truths."""
    made, model, truths = small
    found = calibrate.replicate(made, model, truths, seed=1, settings=SETTINGS, fitter=fitter)
    return calibrate.calibration_result(made, model, found, seed=1, settings=SETTINGS, timings=Timings())


def test_the_fit_as_it_is_passes(small):
    """A correct fit is refused once in 100 seeds; this seed is fixed."""
    found = result(small)
    assert found.passes, found.refused
    assert found.not_reached == 0
    assert set(found.quantities) == {"pace", "risk", "log likelihood"}  # one hypothesis: nothing to rank
    assert found.tests == 5
    assert (found.noise.mode, found.noise.approximate) == ("kalman", [])
    assert 0.3 < found.quantities["pace"].contraction < 1
    assert 0.8 < found.quantities["pace"].z_sd < 1.25


def test_stopping_half_way_to_the_posterior_is_refused(small, monkeypatch):
    whole = Likelihood.__call__

    def fitter(scenario, model, **options):
        with monkeypatch.context() as patched:
            patched.setattr(Likelihood, "__call__", lambda self, values: tuple(0.5 * x for x in whole(self, values)))
            return fit_model(scenario, model, **options)

    refused = result(small, fitter).refused
    assert "log likelihood" in refused or "pace" in refused


class Bent(Quantiles):
    """Priors of which the second is one sd too low."""

    def values_and_slopes(self, z):
        lower = np.array(z)
        lower[..., 1] -= 1
        return super().values_and_slopes(lower)


def test_a_wrong_jacobian_is_refused(small):
    """Forgetting the slope of theta = exp(z) tilts the density by exp(-z): in z, a prior one sd too low."""
    model = small[1]
    bent = dataclasses.replace(model, quantiles={"model": Bent(model.quantiles["model"].priors)})
    assert "risk" in result(small, lambda scenario, _, **options: fit_model(scenario, bent, **options)).refused


def test_forgetting_to_weigh_is_refused(small, monkeypatch):
    """Without reweighting and with idle moves the prior comes back: only the log likelihood's rank can see it."""

    def fitter(scenario, model, **options):
        blind = options["record"]._replace(
            observed_choice=np.zeros_like(options["record"].observed_choice),
            observed_event=np.zeros_like(options["record"].observed_event),
            measured=tuple(m._replace(present=np.zeros_like(m.present)) for m in options["record"].measured),
        )
        return fit_model(scenario, model, **(options | {"record": blind}))

    found = result(small, fitter)
    assert "log likelihood" in found.refused
    assert not found.quantities["pace"].refused


def test_deafness_to_silence_is_refused(small):
    """A likelihood that forgets the weeks in which nothing happened."""

    def fitter(scenario, model, **options):
        record = options["record"]
        deaf = record._replace(observed_event=record.observed_event & record.event)
        return fit_model(scenario, model, **(options | {"record": deaf}))

    assert "risk" in result(small, fitter).refused


def test_noise_left_out_is_refused(small):
    """The fast mode knows nothing of noise, and calibration says so."""
    made, _, truths = small
    fast: Model = model_of(made, noise="replay")
    found = calibrate.replicate(made, fast, truths, seed=1, settings=SETTINGS)
    got = calibrate.calibration_result(made, fast, found, seed=1, settings=SETTINGS, timings=Timings())
    assert not got.passes
    assert got.noise.approximate == ["the noise of x is left out", "x: set to what was measured"]


def test_truths_follow_the_prior_and_records_the_truths(small):
    """Exact where it can be: the first records' likelihoods are finite, and rates match the truths'."""
    made, model, truths = small
    happened = np.array([r.event[:, 0].mean() for r in truths.records])
    risk = truths.values[1]
    error = np.sqrt((risk * (1 - risk) / 12).mean() / SIMS)
    assert abs((happened - risk).mean()) < 5 * error  # fails for a correct build one time in two million
    for n in range(5):
        explained = float(model.likelihood(truths.records[n]).of(truths.values[:, [n]])[0])
        assert np.isfinite(explained) and explained > -1e6
    assert made.clock.now_step == len(truths.records[0].choice)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cod-war", "red-line", "front-line"])
def test_scenarios_of_the_suite_are_calibrated(name):
    from detente.analysis.verification.calibration import calibrate as whole
    from detente.language.load import load

    found = whole(load(Path(__file__).parents[2] / "scenarios" / name), sims=50, seed=3)
    assert found.passes, found.refused
