"""Bargain: the path from a scenario to what its parties could agree on, by course and date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from detente.analysis import run as workflow
from detente.analysis.bargaining.zones import METHODS, bargaining_results
from detente.analysis.provenance import fit_facts, provenance
from detente.errors import InputError, Problem
from detente.futures.questions import questions_of
from detente.inference.density import model_of
from detente.inference.fit import normalised_weights, prior_draws
from detente.language.forecast_dates import boundary_at
from detente.language.records import Scenario
from detente.progress import Progress, Stopwatch
from detente.result import rounded
from detente.result.parts import timings_of
from detente.result.run import BargainResult, CourseName
from detente.settings import BARGAIN_DRAWS, FUTURES, ROLLOUTS


def bargain(
    scenario: Scenario,
    *,
    seed: int,
    dates: Sequence[dt.date] = (),
    draws: int = BARGAIN_DRAWS,
    rollouts: int = ROLLOUTS,
    do_fit: bool = True,
    progress: Progress | None = None,
) -> BargainResult:
    """Fit a scenario and return what its parties could agree on.

    Args:
        seed: of everything random.
        dates: days on which a step begins, or the end of the clock; branch, now, end and some between when empty.
        draws: parameter draws, shared evenly by the hypotheses.
        rollouts: futures per state in which the game is played on; even.
        do_fit: without it, priors speak.

    Raises:
        InputError: If the scenario has no settlement, or a date is no boundary of its clock.
        EngineError: If a party's utility is not a number somewhere.
    """
    if scenario.settlement is None:
        problem = Problem("scenario.yaml: settlement", "terms and parties, to look for an agreement", "none")
        raise InputError([problem])
    steps = sorted({boundary_at(scenario, day) for day in dates}) or None
    timer = Stopwatch()
    with timer.stage("compile_s"):
        model = model_of(scenario)
        questions = questions_of(scenario, model.game)
    made = None
    if do_fit:
        with timer.stage("fit_s"):
            made = workflow.fit(scenario, seed=seed, model=model, progress=progress)

    def report(course: str, share: float) -> None:
        if progress:
            progress("bargain", course, share)

    weights = normalised_weights(scenario)
    chosen = made.posterior(draws) if made else prior_draws(model, weights, draws, seed, workflow.ISLANDS)
    with timer.stage("analyse_s"):
        found = bargaining_results(
            scenario,
            model,
            questions,
            chosen,
            futures=FUTURES,
            seed=seed,
            steps=steps,
            count=len(chosen),
            rollouts=rollouts,
            progress=report,
        )
    assert found is not None
    about = provenance(scenario, seed, None, len(chosen), draws=draws, futures=FUTURES, fit=do_fit)
    return rounded(
        BargainResult(
            **{**about, "futures": FUTURES},
            courses={name: CourseName(name=course.name) for name, course in scenario.courses.items()},
            bargaining=found,
            fit=fit_facts(scenario, made, model),
            methods=METHODS,
            timings=timings_of(timer.stages(), fit_cached=bool(made and made.cached)),
        )
    )
