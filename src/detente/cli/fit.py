"""`detente fit`: what the record taught, by tempering, by NUTS, or by maximum likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options
from detente.cli.command import Answer, Job, command
from detente.cli.output import show
from detente.errors import InputError, Problem
from detente.result.parts import timed
from detente.settings import STARTS

if TYPE_CHECKING:
    from detente.language.records import Scenario

MAX_STARTS = 1_000
METHODS = (*options.METHODS, "ml")
Method = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="NAME",
        show_default=False,
        help="smc (tempering, the default), nuts (many chains, evidence by bridge sampling), or ml (maximum "
        "likelihood: coefficients and standard errors; priors give the support and the starts of the search, and "
        "count for nothing else).",
    ),
]
Starts = Annotated[
    int,
    typer.Option(
        "--starts", metavar="N", show_default=False, help=f"Starts of the search, with --method ml. Default {STARTS}."
    ),
]


@command("scenario", "seed", "draws", "settings", "without", "noise", "foresight", "as_json", "quiet")
def fit(job: Job, method: Method = "smc", starts: Starts = STARTS) -> Answer:
    """Fit a scenario to its record.

    Shows every parameter and hypothesis before and after the evidence. Or gives maximum-likelihood estimates.
    """
    options.check_method(method, METHODS)
    options.check_noise(job.noise, method)
    _check_options(job.given, method, starts)
    scenario = job.open()
    job.report("load")
    if method == "ml":
        return _estimate(job, scenario, starts)
    from detente.analysis import run as workflow
    from detente.cli import tables

    load_s = job.watch.lap()
    job.report("compile")
    results = workflow.learn(
        scenario, seed=job.seed, draws=job.draws, sampler=method, noise=job.noise, progress=job.report
    )
    results = timed(results, load_s=load_s, total_s=job.watch.total())
    return Answer(
        results,
        lambda: show(
            tables.heading(results),
            tables.parameters(results),
            *tables.derived(results),
            tables.hypotheses(results),
        ),
    )


def _check_options(given: frozenset[str], method: str, starts: int) -> None:
    """Refuse options that do not go with a method.

    Raises:
        InputError: With every problem.
    """
    problems = []
    if method == "ml" and "--draws" in given:
        problems.append(Problem("--draws", "nothing, with --method ml", "a value"))
    if method != "ml" and "--starts" in given:
        problems.append(Problem("--starts", "nothing, without --method ml", "a value"))
    if not 1 <= starts <= MAX_STARTS:
        problems.append(Problem("--starts", f"a whole number from 1 to {MAX_STARTS}", str(starts)))
    if problems:
        raise InputError(problems, what="the options")


def _estimate(job: Job, scenario: Scenario, starts: int) -> Answer:
    from detente.analysis.estimates.estimate import estimate
    from detente.cli.estimate_tables import estimates

    job.report("compile")
    results = estimate(scenario, seed=job.seed, starts=starts, noise=job.noise, progress=job.report)
    results = timed(results, total_s=job.watch.total())
    return Answer(results, lambda: show(*estimates(results)))
