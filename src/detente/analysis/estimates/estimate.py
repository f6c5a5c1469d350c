"""`detente fit --ml`: the maximum-likelihood estimates of a scenario or a panel, as a result object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from detente.analysis.estimates.outcomes import outcomes
from detente.analysis.provenance import provenance
from detente.analysis.result import rounded
from detente.engine.likelihood import IMPOSSIBLE
from detente.errors import InputError, Problem
from detente.inference.density import Model, model_of
from detente.inference.maximum_likelihood import Estimates, maximise
from detente.language.records import Scenario
from detente.progress import Clockwork
from detente.settings import STARTS

DIGITS = 10  # of estimates: they are reproducible to about as many
Progress = Callable[[str, str, float], None]  # stage, detail, share done


def estimate(
    scenario: Scenario,
    *,
    seed: int,
    starts: int = STARTS,
    noise: str = "kalman",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Estimate the parameters of every hypothesis by maximum likelihood.

    Args:
        seed: of the starts.
        starts: points that the search begins from, per hypothesis.
        noise: how the likelihood treats noise, "kalman" or "replay".

    Returns:
        Provenance, `method`, and `hypotheses`: for each `coefficients` (estimate, se, z, note), `log_likelihood`,
        `aic`, `n`, `n_of`, `free`, `max_abs_gradient`, `converged`, `optima`, `starts`, `problems`; for a panel also
        `outcomes` (observed share and mean fitted probability of each).

    Raises:
        InputError: When no parameter value allows the record.
        ValueError: When the likelihood would only be estimated, by particles.
    """
    timer, order = Clockwork(), list(scenario.hypotheses)
    with timer.stage("compile_s"):
        model = model_of(scenario, noise=noise)
        if model.latent.mode == "particles":
            raise ValueError("maximum likelihood needs the likelihood itself; a particle filter only estimates it")
        log_likelihood = model.likelihood(precise=True)
    found: dict[str, Any] = {}
    with timer.stage("fit_s"):
        for number, (hypothesis, quantiles) in enumerate(model.quantiles.items()):

            def report(share: float, hypothesis: str = hypothesis, number: int = number) -> None:
                if progress:
                    progress("fit", hypothesis, (number + share) / len(order))

            best = maximise(log_likelihood, quantiles, seed=seed, starts=starts, progress=report)
            found[hypothesis] = _hypothesis(scenario, model, best, starts)
    if all(one["log_likelihood"] <= IMPOSSIBLE / 2 for one in found.values()):
        raise InputError([_impossible(scenario)], what="the record")
    body = provenance(scenario, seed, None) | {"method": "maximum likelihood", "hypotheses": found}
    body["noise"] = {"mode": model.latent.mode, "approximate": list(model.latent.approximate)}
    return rounded(body | {"timings": timer.timings()}, DIGITS)


def _impossible(scenario: Scenario) -> Problem:
    return Problem(
        "history.csv",
        "a record that at least one parameter value under one hypothesis allows",
        f"{len(scenario.ledger)} rows that none of the starts allows",
        "a move's `needs` fail, a hazard is 0 where its event happened, or it is 1 or more where it did not",
    )


def _hypothesis(scenario: Scenario, model: Model, best: Estimates, starts: int) -> dict[str, Any]:
    panel = scenario.cases
    coefficients = {}
    for i, name in enumerate(model.parameters):
        se = float(best.se[i])
        coefficients[name] = {
            "unit": scenario.parameters[name].unit,
            "estimate": float(best.estimate[i]),
            "se": se,
            "z": float(best.estimate[i]) / se if se > 0 else np.nan,
            "note": _note(best, i),
        }
    body = {
        "coefficients": coefficients,
        "log_likelihood": best.log_likelihood,
        "aic": best.aic,
        "free": int(best.free.sum()),
        "n": len(panel) if panel else scenario.clock.now_step,
        "n_of": "cases" if panel else "steps",
        "max_abs_gradient": float(np.abs(best.gradient[best.free & ~best.at_bound]).max(initial=0.0)),
        "promised_gain": best.promised,
        "converged": best.converged,
        "starts": starts,
        "optima": [{"log_likelihood": o.log_likelihood, "starts": o.starts} for o in best.optima],
        "problems": _problems(best),
    }
    told = outcomes(model, best.estimate) if panel else None
    if panel and told:
        shares = np.bincount(told.observed, minlength=len(told.labels)) / len(panel)
        body["outcomes"] = [
            {"outcome": label, "observed": float(share), "fitted": float(fitted)}
            for label, share, fitted in zip(told.labels, shares, told.fitted.mean(0), strict=True)
        ]
    return body


def _note(best: Estimates, i: int) -> str:
    if not best.free[i]:
        return "held fixed"
    if best.at_bound[i]:
        return "at the end of its support"
    return "" if best.identified[i] else "the record does not tell it"


def _problems(best: Estimates) -> list[str]:
    """What to know before believing the estimates."""
    told = []
    if not best.converged:
        reason = f"one more step promises {best.promised:.1e}" if best.curved else "the likelihood bends upwards there"
        told.append(f"no optimum was reached: {reason}")
    if len(best.optima) > 1:
        others = ", ".join(f"{o.log_likelihood:.2f}" for o in best.optima[1:4])
        best_starts = best.optima[0].starts
        told.append(f"{best_starts} of the starts found the best optimum; others ended at {others}")
    if best.impossible:
        told.append(f"{best.impossible} points drawn from the prior do not allow the record at all")
    return told
