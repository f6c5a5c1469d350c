"""`detente foresight`: whether the record calls for actors who look ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options
from detente.cli.output import json_text, print_json, show
from detente.cli.progress import progress
from detente.cli.scenario import open_scenario
from detente.errors import InputError, Problem
from detente.progress import Stopwatch
from detente.result.parts import timed
from detente.result.verify import ForesightEvidence, TrackForesight
from detente.settings import SAMPLES

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_SAMPLES = 4096

Samples = Annotated[
    int,
    typer.Option(
        "--samples",
        metavar="N",
        show_default=False,
        help=f"Futures per move, draw and step of the record, a multiple of 4. Default {SAMPLES}.",
    ),
]


def foresight(
    scenario: options.ScenarioName,
    seed: options.Seed = 1,
    draws: options.Draws = options.DRAWS,
    samples: Samples = SAMPLES,
    settings: options.Settings = None,
    without: options.Without = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Ask whether the record calls for actors who look ahead.

    For every track that declares foresight, and for all together: the evidence for level 1 against level 0, by
    re-weighting the fit at level 0, and what the weight of foresight would be. Changes nothing.
    """
    options.check_numbers(seed=seed, draws=draws)
    if not 4 <= samples <= MOST_SAMPLES or samples % 4:
        problem = Problem("--samples", f"a multiple of 4 from 4 to {MOST_SAMPLES}", str(samples))
        raise InputError([problem], what="the options")
    watch = Stopwatch()
    loaded = open_scenario(scenario, settings, without, quiet=quiet)
    with progress(quiet) as report:
        report("load")
        from detente.analysis.foresight import foresee as foreseeing

        load_s = watch.lap()
        report("compile")
        results = foreseeing.foresight(loaded, seed=seed, draws=draws, samples=samples, progress=report)
    results = timed(results, load_s=load_s, total_s=watch.total())
    if as_json:
        print_json(json_text(results))
        return
    from detente.cli import tables

    show(tables.heading(results), table(results.foresight), tables.timings(results.timings))


def table(found: ForesightEvidence) -> RenderableType:
    """Evidence per track and together."""
    from rich.text import Text

    from detente.cli.tables import grid
    from detente.report import format as fmt

    out = grid("level 1 against 0", "log Bayes factor", "k", "weight (90%)", "verdict")
    for name, about in (*found.tracks.items(), ("together", found.together)):
        factor = f"{fmt.number(about.log_bayes_factor)} ± {fmt.number(about.mc_error)}"
        after = about.weight.posterior if isinstance(about, TrackForesight) else None
        weight = f"{fmt.number(after.q50)} ({fmt.interval(after.q05, after.q95)})" if after else ""
        out.add_row(*map(Text, (name, factor, fmt.number(about.k_hat), weight, about.verdict)))
    return out
