"""The path from a scenario to its result: load, compile, fit, play out, judge, assemble.

Each function is what one command calls; none prints or writes anything but the cache of fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from detente.analysis import result as results
from detente.analysis.bargaining import zones as bargain_result
from detente.analysis.claims.credence import Credence, credence
from detente.analysis.claims.crux import cruxes
from detente.analysis.claims.record import METHODS as RECORD_METHODS
from detente.analysis.claims.record import record_findings
from detente.analysis.companions import companion_results
from detente.analysis.derived import derived_results
from detente.analysis.provenance import fit_facts, provenance
from detente.crises.acts import found_or_missing
from detente.crises.mirror import mirror_results
from detente.engine.backends import choice as backend
from detente.engine.backends import threads
from detente.engine.likelihood import IMPOSSIBLE
from detente.errors import InputError, Problem
from detente.evidence.quantities import quantity_results
from detente.futures import lookahead as looking
from detente.futures.play import Futures, play_out
from detente.futures.questions import Questions, questions_of
from detente.inference import cache
from detente.inference.density import Model, model_of
from detente.inference.fit import Fit, fit_key, fit_model, normalised_weights, prior_draws, settings_used
from detente.language.lint import lint
from detente.language.records import CONTEXT_TRACK, Scenario
from detente.language.syntax import Node
from detente.progress import Progress, Stopwatch
from detente.report.words import words
from detente.result import Result, rounded
from detente.result.parts import timings_of
from detente.result.run import Argument, FitResult, SimulationResult
from detente.settings import DRAWS, FUTURES, PRIOR_SHARE, NUTSSettings, SMCSettings

SAMPLERS = {"smc": SMCSettings, "nuts": NUTSSettings}
ISLANDS = SMCSettings().islands


def fit(
    scenario: Scenario,
    *,
    seed: int,
    settings: SMCSettings | NUTSSettings | None = None,
    model: Model | None = None,
    use_cache: bool = True,
    progress: Progress | None = None,
) -> Fit:
    """Fit every hypothesis of a scenario to its record, or take the fit from the cache.

    Args:
        seed: of the sampler; the same scenario, seed and versions give the same fit on one machine.
        settings: numerical settings of the sampler; their type says which one.
        progress: called with ("fit", hypothesis, share done).
    """
    settings = settings or SMCSettings()
    model = model or model_of(scenario)
    key = fit_key(scenario, model, seed, settings)
    particles = cache.load(key) if use_cache else None
    if particles is not None and list(particles) == list(scenario.hypotheses):
        if isinstance(settings, NUTSSettings):
            from detente.inference.fit_chains import layout  # needs the extra `jax`

            shape, sampler = layout(settings), "nuts"
        else:
            shape, sampler = settings_used(model, settings), "smc"
        weights = normalised_weights(scenario)
        return Fit(model.parameters, model.quantiles, weights, particles, shape, cached=True, sampler=sampler)
    order = list(scenario.hypotheses)
    done = dict.fromkeys(order, 0.0)

    def report(hypothesis: str, temperature: float) -> None:
        done[hypothesis] = temperature
        if progress:
            progress("fit", hypothesis, sum(done.values()) / len(order))

    if isinstance(settings, NUTSSettings):
        from detente.inference.fit_chains import fit_chains

        made = fit_chains(scenario, model, seed=seed, settings=settings, progress=report).fit
    else:
        made = fit_model(scenario, model, seed=seed, settings=settings, progress=report)
    if len(made.impossible()) == len(order):
        raise InputError([_impossible_step(scenario, model, made)], what="the record")
    if use_cache:
        cache.store(key, made.particles)
    return made


def _impossible_step(scenario: Scenario, model: Model, made: Fit) -> Problem:
    """Which step of the record no draw can explain: the one that most draws fail at first."""
    by_step = model.replay(made.posterior(DRAWS).values).terms.by_step()
    first = np.argmax(~(by_step > IMPOSSIBLE / 2), axis=0)
    step = int(np.bincount(first).argmax())
    rows = [r for r in scenario.ledger if scenario.clock.step_of(r.date) == step and r.track != CONTEXT_TRACK]
    return Problem(
        field=f"history.csv: step {step}, from {scenario.clock.date_of(step)}",
        expected="a record that at least one parameter value under one hypothesis allows",
        got="; ".join(f"{r.date} {r.track} {r.move}" for r in rows) or "a step without rows",
        hint="a move's `needs` fail, a hazard is 0 where its event happened, or it is 1 or more where it did not",
    )


# matrices are small, the cores are at work already, and the bits of sums do not depend on how many there are
_one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")


@dataclass(frozen=True)
class _Sides:
    """Futures before and after the evidence, and the fit between them (None with no fit)."""

    model: Model
    questions: Questions
    fit: Fit | None
    prior: Futures
    posterior: Futures


def _play(
    scenario: Scenario,
    seed: int,
    draws: int,
    futures: int,
    do_fit: bool,
    timer: Stopwatch,
    progress: Progress | None,
    sampler: str = "smc",
    noise: str = "kalman",
    device: str | None = None,
) -> _Sides:
    settings = SAMPLERS[sampler]()
    backend.described(device)  # refuses a device that is not here, before anything is spent
    with timer.stage("compile_s"):
        model = model_of(scenario, noise=noise, device=device)
        model.script.ready()  # before two threads ask for it
        questions = questions_of(scenario, model.game)
    draws, futures = looking.affordable(model, (draws, futures), (DRAWS, FUTURES))

    def fitted() -> Fit:
        with timer.stage("fit_s"):
            return fit(scenario, seed=seed, settings=settings, model=model, progress=progress)

    return _both(scenario, model, questions, fitted if do_fit else None, seed, draws, futures, timer, progress)


def _both(
    scenario: Scenario,
    model: Model,
    questions: Questions,
    fitted: Callable[[], Fit] | None,
    seed: int,
    draws: int,
    futures: int,
    timer: Stopwatch,
    progress: Progress | None,
) -> _Sides:
    """Futures before the evidence, which do not wait for the fit, and after it; the same where there is no fit."""
    play = partial(play_out, scenario, model, questions, futures=futures, seed=seed)
    told = _stage(progress, "futures")

    def before() -> Futures:
        chosen = prior_draws(model, normalised_weights(scenario), draws // PRIOR_SHARE, seed, ISLANDS)
        with timer.stage("simulate_s"):
            return play(chosen, progress=told) if fitted is None else play(chosen).light()  # only chances are shown

    if fitted is None:
        prior = before()
        return _Sides(model, questions, None, prior, prior)
    made, prior = threads.together(fitted, before)
    with timer.stage("simulate_s"):
        posterior = play(made.posterior(draws), progress=told)
    return _Sides(model, questions, made, prior, posterior)


@_one_blas_thread
def learn(
    scenario: Scenario,
    *,
    seed: int,
    draws: int = DRAWS,
    sampler: str = "smc",
    noise: str = "kalman",
    progress: Progress | None = None,
) -> FitResult:
    """Fit, and return what the record says of hypotheses and parameters.

    Args:
        sampler: one of `SAMPLERS`.
        noise: how the likelihood treats noise between measurements, one of `engine.latent.MODES`.
    """
    timer, settings = Stopwatch(), SAMPLERS[sampler]()
    with timer.stage("compile_s"):
        model = model_of(scenario, noise=noise)
    with timer.stage("fit_s"):
        made = fit(scenario, seed=seed, settings=settings, model=model, progress=progress)
    before = prior_draws(model, normalised_weights(scenario), draws // PRIOR_SHARE, seed, ISLANDS)
    after = made.posterior(draws)
    return rounded(
        FitResult(
            **provenance(scenario, seed, None, len(after), draws=draws, sampler=sampler, noise=noise),
            hypotheses=results.hypothesis_results(scenario, made, after),
            parameters=results.parameter_results(scenario, before, after),
            derived=derived_results(scenario, before, after),
            fit=fit_facts(scenario, made, model),
            timings=timings_of(timer.stages(), fit_cached=made.cached),
        )
    )


@_one_blas_thread
def simulate(
    scenario: Scenario,
    *,
    seed: int,
    draws: int = DRAWS,
    futures: int = FUTURES,
    do_fit: bool = True,
    device: str | None = None,
    progress: Progress | None = None,
) -> SimulationResult:
    """Play out every course.

    Args:
        device: as of `run`.
    """
    timer = Stopwatch()
    sides = _play(scenario, seed, draws, futures, do_fit, timer, progress, device=device)
    courses = results.course_results(scenario, sides.model, sides.posterior, sides.prior)
    about = provenance(scenario, seed, sides.posterior, device=device, draws=draws, futures=futures, fit=do_fit)
    return rounded(SimulationResult(**about, courses=courses, timings=timings_of(timer.stages())))


def _credences(tests: dict[str, Node], sides: _Sides) -> list[dict[str, Credence]]:
    """Of every claim, after and before the evidence."""
    return [{name: credence(tree, side) for name, tree in tests.items()} for side in (sides.posterior, sides.prior)]


def _stage(progress: Progress | None, stage: str) -> Callable[[str, float], None]:
    """What a stage calls with (detail, share done)."""
    return lambda detail, share: progress(stage, detail, share) if progress else None


@_one_blas_thread
def run(
    scenario: Scenario,
    *,
    seed: int,
    draws: int = DRAWS,
    futures: int = FUTURES,
    do_fit: bool = True,
    refit: bool = False,
    sampler: str = "smc",
    noise: str = "kalman",
    device: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run the whole path: the result is what `results.json` holds.

    Args:
        seed: of everything random.
        draws: parameter draws after the evidence, shared evenly by the hypotheses; half as many before it.
        futures: futures per parameter draw; even.
        do_fit: without the fit, "after" equals "before" and the result says so.
        refit: fit again without the rows of the record whose influence the draws at hand cannot tell; minutes.
        sampler: one of `SAMPLERS`.
        noise: how the likelihood treats noise between measurements, one of `engine.latent.MODES`.
        device: "cpu" or "gpu" plays the futures of courses by JAX, there; None: machine code, or NumPy.
        progress: called with (stage, detail, share done), by two threads.

    Raises:
        EngineError: A hazard left [0, 1] or a stock became not-a-number.
        InputError: There is no such device.
        ImportError: Without the `jax` extra, where a device or NUTS is asked for.
    """
    timer = Stopwatch()
    sides = _play(scenario, seed, draws, futures, do_fit, timer, progress, sampler, noise, device)
    level_0 = sides
    if looking.samples_futures(sides.model):  # futures within futures are too dear to look for what flips a claim
        plain, made = looking.without_samples(sides.model), sides.fit
        fitted = None if made is None else lambda: made
        level_0 = _both(scenario, plain, sides.questions, fitted, seed, draws, futures, timer, progress)
    with timer.stage("analyse_s"):
        tests = {c.id: c.test.tree for c in scenario.claims if c.test is not None}
        after, before = _credences(tests, sides)
        plainly = (after, before) if level_0 is sides else _credences(tests, level_0)

        # what takes long and does not read what the others find
        turning, courses, bargaining, found = threads.together(
            lambda: cruxes(
                scenario,
                level_0.model,
                sides.questions,
                level_0.posterior,
                level_0.prior,
                *plainly,
                seed=seed,
                progress=_stage(progress, "crux"),
            ),
            lambda: results.course_results(scenario, sides.model, sides.posterior, sides.prior),
            lambda: bargain_result.bargaining_results(
                scenario, sides.model, sides.questions, sides.posterior.draws, futures=futures, seed=seed
            ),
            lambda: record_findings(
                scenario,
                sides.model,
                sides.questions,
                sides.posterior,
                after,
                seed=seed,
                fitted=sides.fit is not None,
                refit=refit,
                progress=_stage(progress, "refit"),
            ),
        )
        fitted, before_draws, after_draws = sides.fit, sides.prior.draws, sides.posterior.draws
        analogies, missing = found_or_missing(scenario)
        about = provenance(
            scenario,
            seed,
            sides.posterior,
            device=device,
            draws=draws,
            futures=futures,
            fit=do_fit,
            refit=refit,
            sampler=sampler,
            noise=noise,
        )
        parts = {
            "hypotheses": results.hypothesis_results(scenario, fitted, after_draws, found.worst),
            "parameters": results.parameter_results(scenario, before_draws, after_draws),
            "derived": derived_results(scenario, before_draws, after_draws),
            "companion_fits": companion_results(scenario),
            "mirror": mirror_results(scenario, before_draws, after_draws, fitted=fitted is not None),
            "analogies": analogies,
            "analogies_missing": missing,
            "courses": courses,
            "claims": {
                c.id: results.claim_result(
                    c,
                    after.get(c.id),
                    before.get(c.id),
                    sides.posterior,
                    turning.get(c.id, []),
                    words,
                    found.open_shares.get(c.id),
                    found.rows.get(c.id, []),
                )
                for c in scenario.claims
            },
            "arguments": {a.id: Argument(title=a.title, by=a.by, date=a.date) for a in scenario.arguments},
            "ledger": results.ledger_results(scenario),
            "quantities": quantity_results(scenario),
            "fit": fit_facts(scenario, fitted, sides.model),
            "foresight": looking.foresight_results(sides.model, sides.posterior),
            "checks": found.checks,
            "influence": found.influence,
            "bargaining": bargaining,
            "lead": results.lead(scenario),
            "lint": lint(scenario),
            "not_built": results.NOT_BUILT,
            "methods": results.METHODS
            + looking.methods(sides.model)
            + (RECORD_METHODS if fitted else [])
            + (bargain_result.METHODS if scenario.settlement else []),
        }
    timings = timings_of(timer.stages(), fit_cached=bool(fitted and fitted.cached))
    return rounded(Result(**about, **parts, timings=timings))
