"""Bargain: the path from a scenario to what its parties could agree on, by course and date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from detente.analysis.bargaining.zones import METHODS, bargaining_results
from detente.analysis.provenance import fit_facts, provenance
from detente.errors import InputError, Problem
from detente.language.forecast_dates import boundary_at
from detente.language.records import Scenario
from detente.progress import Progress, within
from detente.result import rounded
from detente.result.parts import timings_of
from detente.result.run import BargainResult, CourseName
from detente.session import Session, session_of
from detente.settings import BARGAIN_DRAWS, FUTURES, ROLLOUTS


def bargain(
    scenario: Scenario | Session,
    *,
    seed: int | None = None,
    dates: Sequence[dt.date] = (),
    draws: int = BARGAIN_DRAWS,
    rollouts: int = ROLLOUTS,
    do_fit: bool | None = None,
    progress: Progress | None = None,
) -> BargainResult:
    """Fit a scenario and return what its parties could agree on.

    Args:
        scenario: or a session of it; options that are not given are the session's.
        seed: of everything random; 1 by default.
        dates: days on which a step begins, or the end of the clock; branch, now, end and some between when empty.
        draws: parameter draws, shared evenly by the hypotheses.
        rollouts: futures per state in which the game is played on; even.
        do_fit: without it, priors speak; with it by default.

    Raises:
        InputError: If the scenario has no settlement, or a date is no boundary of its clock.
        EngineError: If a party's utility is not a number somewhere.
    """
    session = session_of(scenario, seed=seed, do_fit=do_fit, progress=progress)
    scenario = session.scenario
    if scenario.settlement is None:
        problem = Problem("scenario.yaml: settlement", "terms and parties, to look for an agreement", "none")
        raise InputError([problem])
    steps = sorted({boundary_at(scenario, day) for day in dates}) or None
    made, timer = session.fit, session.watch
    chosen = session.posterior(draws) if made else session.prior(draws)
    with timer.stage("analyse_s"):
        found = bargaining_results(
            scenario,
            session.model,
            session.questions,
            chosen,
            futures=FUTURES,
            seed=session.seed,
            steps=steps,
            count=len(chosen),
            rollouts=rollouts,
            progress=within(session.progress, "bargain"),
        )
    assert found is not None
    about = provenance(
        scenario, session.seed, None, len(chosen), draws=draws, futures=FUTURES, fit=session.do_fit, hold=session.held
    )
    return rounded(
        BargainResult(
            **{**about, "futures": FUTURES},
            courses={name: CourseName(name=course.name) for name, course in scenario.courses.items()},
            bargaining=found,
            fit=fit_facts(scenario, made, session.model),
            methods=METHODS,
            timings=timings_of(timer.stages(), fit_cached=bool(made and made.cached)),
        )
    )
