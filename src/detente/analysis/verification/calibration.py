"""Calibrate: the path from a scenario to how far its fits can be believed."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from detente.analysis.verification.calibrate import calibration_result, draw_truths, replicate
from detente.engine.game.panel import same_days
from detente.errors import InputError, Problem
from detente.language.records import Scenario
from detente.result import rounded
from detente.result.parts import Timings, timings_of
from detente.result.verify import CalibrationResult
from detente.session import Session, session_of
from detente.settings import SMC, SMCSettings


def calibrate(
    scenario: Scenario | Session,
    *,
    sims: int,
    seed: int | None = None,
    settings: SMCSettings = SMC,
    noise: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> CalibrationResult:
    """Calibrate the fit of a scenario.

    Args:
        scenario: or a session of it; seed and noise are the session's where they are not given.
        sims: replications. With 1,000 an error of 20 % in a posterior's spread is seen nearly always, one of 10 %
            every other time.
        seed: of truths, records and fits.
        settings: of the sampler; those of a single fit by default.
        noise: how the likelihood treats noise, one of `engine.latent.MODES`.
        progress: called with the number of replications done.

    Raises:
        InputError: If the scenario has no parameters, so that there is nothing to be unsure of, or if the cases of a
            panel are measured on different days.
    """
    session = session_of(scenario, seed=seed, noise=noise)
    scenario, seed = session.scenario, session.seed
    if not scenario.parameters:
        raise InputError([Problem("scenario.yaml: parameters", "at least one parameter, to be fitted", "none")])
    model, timer = session.model, session.watch
    if model.panel and not same_days(model.record):
        expected = "the same days and errors of measurement in every case, for calibration"
        raise InputError([Problem("observed", expected, "days or errors that differ")])
    with timer.stage("simulate_s"):
        truths = draw_truths(scenario, model, sims, seed)
    with timer.stage("fit_s"):
        found = replicate(scenario, model, truths, seed=seed, settings=settings, progress=progress)
    with timer.stage("analyse_s"):
        result = calibration_result(scenario, model, found, seed=seed, settings=settings, timings=Timings())
    return rounded(structs.replace(result, timings=timings_of(timer.stages())))
