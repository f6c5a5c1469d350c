"""`detente simulate`: events, moves and stocks by course."""

from __future__ import annotations

from dataclasses import replace

from detente.cli import options
from detente.cli.output import json_text, print_json, show
from detente.cli.progress import progress
from detente.cli.scenario import open_scenario
from detente.progress import Stopwatch
from detente.result.parts import timed


def simulate(
    scenario: options.ScenarioName,
    seed: options.Seed = 1,
    draws: options.Draws = options.DRAWS,
    futures: options.FutureCount = options.FUTURES,
    settings: options.Settings = None,
    without: options.Without = None,
    course: options.CourseNames = None,
    device: options.Device = None,
    no_fit: options.NoFit = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Play out a scenario's courses.

    Shows for each course how likely the events are, what is done and where the stocks end.
    """
    options.check_numbers(seed=seed, draws=draws, futures=futures)
    options.check_device(device)
    watch = Stopwatch()
    loaded = open_scenario(scenario, settings, without, quiet=quiet)
    courses = options.choose_courses(course, loaded.courses)
    with progress(quiet) as report:
        report("load")
        from detente.analysis import run as workflow

        load_s = watch.lap()
        report("compile")
        results = workflow.simulate(
            replace(loaded, courses={name: loaded.courses[name] for name in courses}),
            seed=seed,
            draws=draws,
            futures=futures,
            do_fit=not no_fit,
            device=device,
            progress=report,
        )
    results = timed(results, load_s=load_s, total_s=watch.total())
    if as_json:
        print_json(json_text(results))
        return
    from detente.cli import tables

    show(tables.heading(results, no_fit=no_fit), *(part for name in courses for part in tables.course(results, name)))
