"""`detente fit --method ml`: the maximum-likelihood estimates of a scenario or a panel, as a result object."""

from __future__ import annotations

import numpy as np

from detente.analysis.estimates.outcomes import outcomes
from detente.analysis.provenance import provenance
from detente.engine.likelihood import IMPOSSIBLE
from detente.errors import InputError, Problem
from detente.inference.density import Model
from detente.inference.maximum_likelihood import Estimates, maximise
from detente.language.records import Scenario
from detente.progress import Progress
from detente.result import rounded
from detente.result import verify as results
from detente.result.parts import timings_of
from detente.result.verify import EstimateResult
from detente.session import Session, session_of
from detente.settings import STARTS


def estimate(
    scenario: Scenario | Session,
    *,
    seed: int | None = None,
    starts: int = STARTS,
    noise: str | None = None,
    progress: Progress | None = None,
) -> EstimateResult:
    """Estimate the parameters of every hypothesis by maximum likelihood.

    Args:
        scenario: or a session of it; options that are not given are the session's.
        seed: of the starts; 1 by default.
        starts: points that the search begins from, per hypothesis.
        noise: how the likelihood treats noise, "kalman" (by default) or "replay".

    Raises:
        InputError: When no parameter value allows the record.
        ValueError: When the likelihood would only be estimated, by particles.
    """
    session = session_of(scenario, seed=seed, noise=noise, progress=progress)
    scenario, model, timer = session.scenario, session.model, session.watch
    order = list(scenario.hypotheses)
    with timer.stage("compile_s"):
        if model.latent.mode == "particles":
            raise ValueError("maximum likelihood needs the likelihood itself; a particle filter only estimates it")
        log_likelihood = model.likelihood(precise=True)
    found: dict[str, results.Estimates] = {}
    with timer.stage("fit_s"):
        for number, (hypothesis, quantiles) in enumerate(model.quantiles.items()):

            def report(share: float, hypothesis: str = hypothesis, number: int = number) -> None:
                if progress:
                    progress("fit", hypothesis, (number + share) / len(order))

            best = maximise(log_likelihood, quantiles, seed=session.seed, starts=starts, progress=report)
            found[hypothesis] = _hypothesis(scenario, model, best, starts)
    if all(one.log_likelihood <= IMPOSSIBLE / 2 for one in found.values()):
        expected = "a record that at least one parameter value under one hypothesis allows"
        got = f"{len(scenario.ledger)} rows that none of the starts allows"
        hint = "a move's `needs` fail, a hazard is 0 where its event happened, or it is 1 or more where it did not"
        raise InputError([Problem("history.csv", expected, got, hint)], what="the record")
    result = EstimateResult(
        **provenance(scenario, session.seed, None, noise=session.noise),
        method="maximum likelihood",
        hypotheses=found,
        noise=results.Noise(mode=model.latent.mode, approximate=list(model.latent.approximate)),
        timings=timings_of(timer.stages()),
    )
    return rounded(result)


def _hypothesis(scenario: Scenario, model: Model, best: Estimates, starts: int) -> results.Estimates:
    panel = scenario.cases
    notes = np.select(
        [~best.free, best.at_bound, ~best.identified],
        ["held fixed", "at the end of its support", "the record does not tell it"],
        "",
    )
    coefficients = {
        name: results.Coefficient(
            unit=scenario.parameters[name].unit,
            estimate=float(best.estimate[i]),
            se=float(best.se[i]),
            z=float(best.estimate[i] / best.se[i]),
            note=str(notes[i]),
        )
        for i, name in enumerate(model.parameters)
    }
    told, came = outcomes(model, best.estimate) if panel else None, []
    if panel and told:
        shares = np.bincount(told.observed, minlength=len(told.labels)) / len(panel)
        came = [
            results.OutcomeShare(outcome=label, observed=float(share), fitted=float(fitted))
            for label, share, fitted in zip(told.labels, shares, told.fitted.mean(0), strict=True)
        ]
    return results.Estimates(
        coefficients=coefficients,
        log_likelihood=best.log_likelihood,
        aic=best.aic,
        free=int(best.free.sum()),
        n=len(panel) if panel else scenario.clock.now_step,
        n_of="cases" if panel else "steps",
        max_abs_gradient=float(np.abs(best.gradient[best.free & ~best.at_bound]).max(initial=0.0)),
        promised_gain=best.promised,
        converged=bool(best.converged),
        starts=starts,
        optima=[results.Optimum(log_likelihood=value, starts=count) for value, count in best.optima],
        problems=_problems(best),
        outcomes=came,
    )


def _problems(best: Estimates) -> list[str]:
    """What to know before believing the estimates."""
    told = []
    if not best.converged:
        reason = f"one more step promises {best.promised:.1e}" if best.curved else "the likelihood bends upwards there"
        told.append(f"no optimum was reached: {reason}")
    if len(best.optima) > 1:
        others = ", ".join(f"{value:.2f}" for value, _ in best.optima[1:4])
        told.append(f"{best.optima[0][1]} of the starts found the best optimum; others ended at {others}")
    if best.impossible:
        told.append(f"{best.impossible} points drawn from the prior do not allow the record at all")
    return told
