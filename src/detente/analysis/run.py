"""The path from a scenario to its result: load, compile, fit, play out, judge, assemble.

Each function is what one command calls; none prints or writes anything but the cache of fits.
"""

from __future__ import annotations

from msgspec import structs

from detente.analysis import result as results
from detente.analysis.bargaining import zones
from detente.analysis.claims.advocate import advocate
from detente.analysis.claims.answer import answer_results, compared
from detente.analysis.claims.argument import argument_results
from detente.analysis.claims.basis import Bases
from detente.analysis.claims.credence import Credence
from detente.analysis.claims.crux import cruxes
from detente.analysis.claims.debate import debates
from detente.analysis.claims.record import METHODS as RECORD_METHODS
from detente.analysis.claims.record import record_findings
from detente.analysis.claims.result import claim_results
from detente.analysis.claims.verdict import Judged, judge
from detente.analysis.companions import companion_results
from detente.analysis.derived import derived_results
from detente.analysis.provenance import asked_of, fit_facts, provenance
from detente.analysis.remarks import remarks
from detente.crises.acts import found_or_missing
from detente.crises.mirror import mirror_results
from detente.engine.backends import threads
from detente.evidence.quantities import quantity_results
from detente.futures import lookahead
from detente.language.argument import Claim
from detente.language.lint import lint, unmoved
from detente.language.records import Scenario
from detente.progress import Progress, within
from detente.report.words import words
from detente.result import Result, rounded
from detente.result.parts import timings_of
from detente.result.run import FitResult, SimulationResult
from detente.session import Session, session_of


@threads.one_blas_thread()
def learn(
    scenario: Scenario | Session,
    *,
    seed: int | None = None,
    draws: int | None = None,
    sampler: str | None = None,
    noise: str | None = None,
    progress: Progress | None = None,
) -> FitResult:
    """Fit, and return what the record says of hypotheses and parameters.

    Args:
        scenario: or a session of it; options that are not given are the session's, else as in `run`.
    """
    session = session_of(scenario, seed=seed, draws=draws, sampler=sampler, noise=noise, do_fit=True, progress=progress)
    made, before, after, scenario = session.fit, session.before, session.after, session.scenario
    assert made is not None
    return rounded(
        FitResult(
            **provenance(
                scenario,
                session.seed,
                None,
                len(after),
                hold=session.held,
                **asked_of(session, "draws", "sampler", "noise"),
            ),
            hypotheses=results.hypothesis_results(scenario, made, after),
            parameters=results.parameter_results(scenario, before, after),
            derived=derived_results(scenario, before, after),
            fit=fit_facts(scenario, made, session.model),
            timings=timings_of(session.watch.stages(), fit_cached=made.cached),
        )
    )


@threads.one_blas_thread()
def simulate(
    scenario: Scenario | Session,
    *,
    seed: int | None = None,
    draws: int | None = None,
    futures: int | None = None,
    do_fit: bool | None = None,
    device: str | None = None,
    progress: Progress | None = None,
) -> SimulationResult:
    """Play out every course.

    Args:
        scenario: or a session of it; options that are not given are the session's, else as in `run`.
    """
    session = session_of(
        scenario, seed=seed, draws=draws, futures=futures, do_fit=do_fit, device=device, progress=progress
    )
    courses = results.course_results(session.scenario, session.model, session.futures, session.prior_futures)
    return rounded(
        SimulationResult(
            **provenance(
                session.scenario,
                session.seed,
                session.futures,
                device=session.device,
                hold=session.held,
                **asked_of(session, "draws", "futures", "fit"),
            ),
            courses=courses,
            timings=timings_of(session.watch.stages()),
        )
    )


def _judged(session: Session) -> list[dict[str, Judged]]:
    """What is tested, after and before the evidence."""
    tested, sides = _tested(session.scenario), (session.futures, session.prior_futures)
    return session.answer("judged", lambda: [{c.id: judge(c, side) for c in tested} for side in sides])


def _tested(scenario: Scenario) -> list[Claim]:
    """All claims with a test, and those that stand for the outcomes of the question."""
    return [c for c in scenario.claims if c.test is not None] + compared(scenario)


def _credences(side: dict[str, Judged]) -> dict[str, Credence]:
    return {name: found.credence for name, found in side.items()}


@threads.one_blas_thread()
def run(
    scenario: Scenario | Session,
    *,
    seed: int | None = None,
    draws: int | None = None,
    futures: int | None = None,
    do_fit: bool | None = None,
    refit: bool = False,
    sampler: str | None = None,
    noise: str | None = None,
    device: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run the whole path: the result is what `results.json` holds.

    Args:
        scenario: or a session of it, whose options count where none are given here.
        seed: of everything random; 1 by default.
        draws: parameter draws after the evidence, shared evenly by the hypotheses; half as many before it. By default
            `settings.DRAWS`.
        futures: futures per parameter draw; even. By default `settings.FUTURES`.
        do_fit: without the fit, "after" equals "before" and the result says so; with it by default.
        refit: fit again without the rows of the record whose influence the draws at hand cannot tell; minutes.
        sampler: "smc" (by default) or "nuts".
        noise: how the likelihood treats noise between measurements, one of `engine.noise.latent.MODES`; "kalman" by
            default.
        device: "cpu" or "gpu" plays the futures of courses by JAX, there. By default machine code plays them, or NumPy.
        progress: called with (stage, detail, share done), by two threads.

    Raises:
        EngineError: A hazard left [0, 1] or a stock became not-a-number.
        InputError: There is no such device.
        ImportError: Without the `jax` extra, where a device or NUTS is asked for.
    """
    session = session_of(
        scenario,
        seed=seed,
        draws=draws,
        futures=futures,
        do_fit=do_fit,
        sampler=sampler,
        noise=noise,
        device=device,
        progress=progress,
    )
    scenario, model, timer = session.scenario, session.model, session.watch
    posterior, prior, fitted = session.futures, session.prior_futures, session.fit
    level_0 = session.level_0  # futures within futures are too dear to look for what flips a claim
    played = level_0.futures, level_0.prior_futures
    with timer.stage("analyse_s"):
        judged_after, judged_before = _judged(session)
        after = _credences(judged_after)
        plainly = [_credences(side) for side in _judged(level_0)]

        # what takes long and does not read what the others find
        turning, courses, bargaining, found = threads.together(
            lambda: cruxes(
                scenario,
                _tested(scenario),
                level_0.model,
                session.questions,
                *played,
                plainly[0],
                plainly[1],
                seed=session.seed,
                progress=within(session.progress, "crux"),
            ),
            lambda: results.course_results(scenario, model, posterior, prior),
            lambda: zones.bargaining_results(
                scenario,
                model,
                session.questions,
                posterior.draws,
                futures=session.futures_asked,
                seed=session.seed,
            ),
            lambda: record_findings(
                scenario,
                model,
                session.questions,
                posterior,
                after,
                seed=session.seed,
                fitted=fitted is not None,
                refit=refit,
                progress=within(session.progress, "refit"),
            ),
        )
        before_draws, after_draws = prior.draws, posterior.draws
        bases = Bases(
            judged_after,
            judged_before,
            (after_draws, before_draws),
            found.open_shares,
            fitted=fitted is not None,
            unmoved=unmoved(scenario),
        )
        claims = claim_results(scenario, judged_after, judged_before, posterior, turning, words, found, bases)
        analogies, missing = found_or_missing(scenario)
        about = provenance(
            scenario,
            session.seed,
            posterior,
            device=session.device,
            refit=refit,
            hold=session.held,
            **asked_of(session, "draws", "futures", "fit", "sampler", "noise"),
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
            "claims": claims,
            "arguments": argument_results(
                scenario.arguments,
                claims,
                lambda ids: advocate(scenario, ids, judged_after, posterior, fitted=fitted is not None),
            ),
            "debates": debates(scenario.arguments, claims),
            "answer": answer_results(scenario, judged_after, posterior, prior, turning.cruxes, bases.of),
            "ledger": results.ledger_results(scenario),
            "quantities": quantity_results(scenario),
            "fit": fit_facts(scenario, fitted, model),
            "foresight": lookahead.foresight_results(model, posterior),
            "checks": found.checks,
            "influence": found.influence,
            "bargaining": bargaining,
            "lead": results.lead(scenario),
            "lint": lint(scenario),
            "not_built": results.NOT_BUILT,
            "methods": results.METHODS
            + lookahead.methods(model)
            + (RECORD_METHODS if fitted else [])
            + (zones.METHODS if scenario.settlement else []),
        }
    timings = timings_of(timer.stages(), fit_cached=bool(fitted and fitted.cached))
    result = Result(**about, **parts, timings=timings)
    return rounded(structs.replace(result, lint=[*result.lint, *remarks(scenario, result)]))
