"""The parts of a run that can be asked for alone: courses, bargaining, the mirror, disputed quantities."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from detente.cli.command import Answer, Job
from detente.cli.output import show
from detente.result.parts import timed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.language.records import Scenario


def courses(job: Job, scenario: Scenario, names: Sequence[str], hold: Mapping[str, float]) -> Answer:
    """Events, moves and stocks of some courses."""
    job.report("load")
    from detente.analysis import run as workflow
    from detente.cli import tables
    from detente.session import Session

    load_s = job.watch.lap()
    job.report("compile")
    session = Session(
        replace(scenario, courses={name: scenario.courses[name] for name in names}),
        job.seed,
        draws=job.draws,
        futures=job.futures,
        do_fit=not job.no_fit,
        device=job.device,
        progress=job.report,
    )
    results = workflow.simulate(session.hold(hold) if hold else session)
    results = timed(results, load_s=load_s, total_s=job.watch.total())
    heading = tables.heading(results, no_fit=job.no_fit)
    return Answer(results, lambda: show(heading, *(part for name in names for part in tables.course(results, name))))


def bargain(job: Job, scenario: Scenario, days: Sequence[dt.date], rollouts: int) -> Answer:
    """What the parties could agree on, by course and date; a page with the figure."""
    job.report("load")
    from detente.analysis.bargaining import bargain as bargaining
    from detente.cli import bargain_tables
    from detente.report.bargain_page import bargaining_page

    job.report("compile")
    result = bargaining.bargain(
        scenario,
        seed=job.seed,
        dates=days,
        draws=job.draws,
        rollouts=rollouts,
        do_fit=not job.no_fit,
        progress=job.report,
    )
    page = {f"{scenario.id}-bargain.html": bargaining_page(result)}
    return Answer(result, lambda: show(*bargain_tables.bargain(result)), files=page)


def mirror(job: Job, scenario: Scenario, day: dt.date | None) -> Answer:
    """How each seat would answer the act, by curves fitted to past crises and by the scenario's own doctrine."""
    job.report("load")
    from detente.analysis import mirror as mirroring
    from detente.cli import response_tables

    mirroring.check(scenario, day)
    job.report("compile")
    found = mirroring.mirror(
        scenario, day=day, seed=job.seed, draws=job.draws, do_fit=not job.no_fit, progress=job.report
    )
    return Answer(found, lambda: show(*response_tables.mirror(found.mirror, no_fit=job.no_fit)))


def evidence(job: Job, scenario: Scenario) -> Answer:
    """What sources say of disputed quantities, pooled."""
    from rich.text import Text

    from detente.cli.tables import quantity
    from detente.evidence.quantities import quantity_results
    from detente.result.evidence import EvidenceResult

    quantities = quantity_results(scenario)
    result = EvidenceResult(
        scenario=scenario.id,
        scenario_sha256=scenario.sha256,
        without=sorted(set(job.without or ())),
        quantities=quantities,
    )
    tables = [quantity(name, about) for name, about in quantities.items()]
    return Answer(
        result, lambda: show(*(tables or [Text("the scenario disputes no quantity: it has no evidence.yaml")]))
    )
