"""The mirror of a scenario from its file to its result: fit, then put the act before each seat."""

from __future__ import annotations

import datetime as dt

from detente.analysis.provenance import asked_of, provenance
from detente.crises.acts import check_act as check
from detente.crises.mirror import mirror_results
from detente.language.records import Scenario
from detente.progress import Progress
from detente.result import rounded
from detente.result.parts import Timings
from detente.result.run import MirrorResult
from detente.session import Session, as_date, session_of

__all__ = ["check", "mirror"]


def mirror(
    scenario: Scenario | Session,
    *,
    seed: int | None = None,
    day: dt.date | str | None = None,
    draws: int | None = None,
    do_fit: bool | None = None,
    progress: Progress | None = None,
) -> MirrorResult:
    """The scenario's mirror, with provenance.

    Args:
        scenario: or a session of it; options that are not given are the session's.
        day: what was known on it; the clock's `now` when None.
        do_fit: without the fit a seat's own doctrine is as the priors have it.

    Raises:
        InputError: The scenario describes no act, or `day` lies before it.
    """
    session = session_of(scenario, seed=seed, draws=draws, do_fit=do_fit, progress=progress)
    scenario, day = session.scenario, None if day is None else as_date(day)
    check(scenario, day)
    found = mirror_results(scenario, session.before, session.after, day=day, fitted=session.do_fit)
    assert found is not None
    about = provenance(
        scenario, session.seed, None, len(session.after), hold=session.held, **asked_of(session, "draws", "fit")
    )
    return rounded(MirrorResult(**about, mirror=found, timings=Timings()))
