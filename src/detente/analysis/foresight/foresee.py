"""Does the record call for foresight? The path of `detente verify foresight`: fit at level 0, look ahead, weigh."""

from __future__ import annotations

from detente.analysis.foresight.evidence import evidence_for_foresight
from detente.analysis.provenance import provenance
from detente.errors import InputError, Problem
from detente.language.levels import at_level
from detente.language.records import Scenario
from detente.progress import Progress
from detente.result import rounded
from detente.result.parts import timings_of
from detente.result.verify import ForesightResult
from detente.session import Session, session_of
from detente.settings import SAMPLES, SMCSettings


def foresight(
    scenario: Scenario | Session,
    *,
    seed: int | None = None,
    draws: int | None = None,
    samples: int = SAMPLES,
    settings: SMCSettings | None = None,
    progress: Progress | None = None,
) -> ForesightResult:
    """Weigh level 1 against level 0 for every track that declares sampled foresight, whatever its level stands at.

    Args:
        scenario: or a session of it; options that are not given are the session's.
        seed: of the fit and of the sampled futures; 1 by default.
        draws: of the posterior at level 0.
        samples: futures per move, a multiple of 4; half of them are also used alone.

    Raises:
        InputError: When no track declares foresight, or it is exact: that is fitted, and compared by two fits.
    """
    session = session_of(scenario, seed=seed, draws=draws, settings=settings, do_fit=True, progress=progress)
    session = session.edit(at_level(session.scenario, 1))
    raised, model = session.scenario, session.model
    foresight_plan = model.game.foresight_plan
    if foresight_plan is None or foresight_plan.exact or not foresight_plan.acting:
        what = "foresight by samples, on a track whose moves bear on its actor's utility"
        hint = "exact foresight is part of the fit: compare the evidence of `detente fit` at --foresight 0 and 1"
        raise InputError([Problem("scenario", what, raised.id, hint)], what="the scenario")
    made, replayed = session.fit, session.replay
    assert made is not None
    with session.watch.stage("simulate_s"):
        report = None if progress is None else lambda share: progress("foresight", "along the record", share)
        found = evidence_for_foresight(raised, model, replayed, samples=samples, seed=session.seed, progress=report)
    about = provenance(
        (scenario if isinstance(scenario, Scenario) else scenario.scenario),
        session.seed,
        None,
        len(replayed.draws),
        hold=session.held,
        draws=session.draws,
    )
    timings = timings_of(session.watch.stages(), fit_cached=made.cached)
    return rounded(ForesightResult(**about, foresight=found, timings=timings))
