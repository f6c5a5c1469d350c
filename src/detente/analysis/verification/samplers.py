"""`detente verify samplers`: one density, two samplers, and what they say of each other."""

from __future__ import annotations

import time

from detente.analysis.diagnosis import problems
from detente.analysis.provenance import provenance
from detente.analysis.verification.agreement import THRESHOLDS, agreement_results
from detente.inference import cache
from detente.inference.density import Model
from detente.inference.fit import Fit, fit_key, fit_model, normalised_weights
from detente.language.records import Scenario
from detente.progress import Progress, Stopwatch
from detente.result import rounded
from detente.result.parts import Timings
from detente.result.verify import AgreementResult, AgreementSettings
from detente.session import Session, session_of
from detente.settings import CHECK_NUTS, CHECK_SMC, NUTSSettings, SMCSettings


def check(
    scenario: Scenario | Session,
    *,
    seed: int | None = None,
    smc: SMCSettings = CHECK_SMC,
    nuts: NUTSSettings = CHECK_NUTS,
    noise: str | None = None,
    progress: Progress | None = None,
) -> AgreementResult:
    """Fit a scenario by SMC (or take that fit from the cache) and by NUTS, and compare the two.

    Args:
        scenario: or a session of it; seed and noise are the session's where they are not given.
        smc, nuts: settings of the samplers.
        noise: how the likelihood treats noise, "kalman" or "replay".
    """
    from detente.inference.fit_chains import fit_chains  # needs the extra `jax`

    session = session_of(scenario, seed=seed, noise=noise, progress=progress)
    scenario, seed, model, timer = session.scenario, session.seed, session.model, session.watch
    order = list(model.quantiles)

    def told(stage: str):
        return lambda h, share: progress(stage, h, (order.index(h) + share) / len(order)) if progress else None

    made, seconds = _particles(scenario, model, seed, smc, timer, told("fit"))
    other = fit_chains(scenario, model, seed=seed, settings=nuts, progress=told("chains"))
    found = agreement_results(made, other, seconds, seed=seed)
    return rounded(
        AgreementResult(
            **provenance(scenario, seed, None, smc.islands * smc.particles, noise=session.noise),
            settings=AgreementSettings(
                smc={"islands": smc.islands, "particles": smc.particles, "final_moves": smc.final_moves},
                nuts={"chains": nuts.chains, "warmup": nuts.warmup + nuts.pilot + nuts.retune, "draws": nuts.draws},
            ),
            verdict=found.verdict,
            failures=found.failures,
            thresholds=THRESHOLDS,
            hypotheses=found.hypotheses,
            mixture=found.mixture,
            problems=problems(made),
            timings=Timings(compile_s=timer.compiling, smc_s=seconds, nuts_s=sum(other.seconds.values())),
        )
    )


def _particles(
    scenario: Scenario, model: Model, seed: int, settings: SMCSettings, timer: Stopwatch, progress
) -> tuple[Fit, float | None]:
    """The fit by SMC, and how long its sampling took without compilation (None from the cache)."""
    key = fit_key(scenario, model, seed, settings)
    found = cache.load(key)
    if found is not None and list(found) == list(model.quantiles):
        return Fit(model.parameters, model.quantiles, normalised_weights(scenario), found, settings, cached=True), None
    began, before = time.perf_counter(), timer.compiling
    made = fit_model(scenario, model, seed=seed, settings=settings, progress=progress)
    seconds = time.perf_counter() - began - (timer.compiling - before)
    cache.store(key, made.particles)
    return made, seconds
