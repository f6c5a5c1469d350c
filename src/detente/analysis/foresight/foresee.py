"""Does the record call for foresight? The path of `detente foresight`: fit at level 0, look ahead, weigh."""

from __future__ import annotations

from detente.analysis.foresight.evidence import evidence_for_foresight
from detente.analysis.provenance import provenance
from detente.analysis.run import fit
from detente.errors import InputError, Problem
from detente.inference.density import model_of
from detente.inference.posterior_replay import replay_posterior
from detente.language.levels import at_level
from detente.language.records import Scenario
from detente.progress import Progress, Stopwatch
from detente.result import rounded
from detente.result.parts import timings_of
from detente.result.verify import ForesightResult
from detente.settings import DRAWS, SAMPLES, SMCSettings


def foresight(
    scenario: Scenario,
    *,
    seed: int,
    draws: int = DRAWS,
    samples: int = SAMPLES,
    settings: SMCSettings | None = None,
    progress: Progress | None = None,
) -> ForesightResult:
    """Weigh level 1 against level 0 for every track that declares sampled foresight, whatever its level stands at.

    Args:
        seed: of the fit and of the sampled futures.
        draws: of the posterior at level 0.
        samples: futures per move, a multiple of 4; half of them are also used alone.

    Raises:
        InputError: When no track declares foresight, or it is exact: that is fitted, and compared by two fits.
    """
    timer = Stopwatch()
    raised = at_level(scenario, 1)
    with timer.stage("compile_s"):
        model = model_of(raised)
    foresight_plan = model.game.foresight_plan
    if foresight_plan is None or foresight_plan.exact or not foresight_plan.acting:
        what = "foresight by samples, on a track whose moves bear on its actor's utility"
        hint = "exact foresight is part of the fit: compare the evidence of `detente fit` at --foresight 0 and 1"
        raise InputError([Problem("scenario", what, scenario.id, hint)], what="the scenario")
    with timer.stage("fit_s"):
        made = fit(raised, seed=seed, settings=settings, model=model, progress=progress)
    with timer.stage("simulate_s"):
        replayed = replay_posterior(model, made.posterior(draws))
        report = None if progress is None else lambda share: progress("foresight", "along the record", share)
        found = evidence_for_foresight(raised, model, replayed, samples=samples, seed=seed, progress=report)
    about = provenance(scenario, seed, None, len(replayed.draws), draws=draws)
    return rounded(
        ForesightResult(**about, foresight=found, timings=timings_of(timer.stages(), fit_cached=made.cached))
    )
