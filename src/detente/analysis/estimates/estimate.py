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
        expected = "a record that at least one parameter value under one hypothesis allows"
        got = f"{len(scenario.ledger)} rows that none of the starts allows"
        hint = "a move's `needs` fail, a hazard is 0 where its event happened, or it is 1 or more where it did not"
        raise InputError([Problem("history.csv", expected, got, hint)], what="the record")
    body = provenance(scenario, seed, None) | {"method": "maximum likelihood", "hypotheses": found}
    body["noise"] = {"mode": model.latent.mode, "approximate": list(model.latent.approximate)}
    return rounded(body | {"timings": timer.timings()}, DIGITS)


def _hypothesis(scenario: Scenario, model: Model, best: Estimates, starts: int) -> dict[str, Any]:
    panel, z = scenario.cases, best.estimate / best.se
    notes = np.select(
        [~best.free, best.at_bound, ~best.identified],
        ["held fixed", "at the end of its support", "the record does not tell it"],
        "",
    )
    body = {
        "coefficients": {
            name: {
                "unit": scenario.parameters[name].unit,
                "estimate": float(best.estimate[i]),
                "se": float(best.se[i]),
                "z": float(z[i]),
                "note": str(notes[i]),
            }
            for i, name in enumerate(model.parameters)
        },
        "log_likelihood": best.log_likelihood,
        "aic": best.aic,
        "free": int(best.free.sum()),
        "n": len(panel) if panel else scenario.clock.now_step,
        "n_of": "cases" if panel else "steps",
        "max_abs_gradient": float(np.abs(best.gradient[best.free & ~best.at_bound]).max(initial=0.0)),
        "promised_gain": best.promised,
        "converged": best.converged,
        "starts": starts,
        "optima": [{"log_likelihood": value, "starts": count} for value, count in best.optima],
        "problems": _problems(best),
    }
    if panel and (told := outcomes(model, best.estimate)):
        shares = np.bincount(told.observed, minlength=len(told.labels)) / len(panel)
        rows = zip(told.labels, shares.tolist(), told.fitted.mean(0).tolist(), strict=True)
        body["outcomes"] = [{"outcome": label, "observed": share, "fitted": fitted} for label, share, fitted in rows]
    return body


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
