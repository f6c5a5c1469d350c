"""The mirror of a scenario from its file to its result: fit, then put the act before each seat."""

from __future__ import annotations

import datetime as dt

from detente.analysis.provenance import provenance
from detente.analysis.run import ISLANDS, fit
from detente.crises.acts import check_act as check
from detente.crises.mirror import mirror_results
from detente.inference.density import model_of
from detente.inference.fit import normalised_weights, prior_draws
from detente.language.records import Scenario
from detente.progress import Progress
from detente.result import rounded
from detente.result.parts import Timings
from detente.result.run import MirrorResult
from detente.settings import DRAWS, PRIOR_SHARE

__all__ = ["check", "mirror"]


def mirror(
    scenario: Scenario,
    *,
    seed: int,
    day: dt.date | None = None,
    draws: int = DRAWS,
    do_fit: bool = True,
    progress: Progress | None = None,
) -> MirrorResult:
    """The scenario's mirror, with provenance.

    Args:
        day: what was known on it; the clock's `now` when None.
        do_fit: without the fit a seat's own doctrine is as the priors have it.

    Raises:
        InputError: The scenario describes no act, or `day` lies before it.
    """
    check(scenario, day)
    model = model_of(scenario)
    before = prior_draws(model, normalised_weights(scenario), draws // PRIOR_SHARE, seed, ISLANDS)
    after = fit(scenario, seed=seed, model=model, progress=progress).posterior(draws) if do_fit else before
    found = mirror_results(scenario, before, after, day=day, fitted=do_fit)
    assert found is not None
    about = provenance(scenario, seed, None, len(after), draws=draws, fit=do_fit)
    return rounded(MirrorResult(**about, mirror=found, timings=Timings()))
