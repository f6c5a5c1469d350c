"""`detente run` and `detente claims`: the whole path, with and without files."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import structs

from detente.cli import kept, options
from detente.cli.output import json_text, print_json, show, write_files
from detente.cli.progress import Report, progress
from detente.cli.scenario import open_scenario
from detente.errors import InputError, Problem
from detente.progress import Stopwatch
from detente.result import Result, decode
from detente.result.parts import Timings, timed

if TYPE_CHECKING:
    from detente.language.records import Scenario

REPORT, RESULTS = "report.html", "results.json"
DEFAULT_FOLDER = "detente-out"
LONGEST = 120  # characters of a folder's name; longer ones end in a hash

Folder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        show_default=False,
        help=f"Folder for {REPORT} and {RESULTS}. Default {DEFAULT_FOLDER}/, the scenario's id and what was changed.",
    ),
]


def run(
    scenario: options.ScenarioName,
    out: Folder = None,
    seed: options.Seed = 1,
    draws: options.Draws = options.DRAWS,
    futures: options.FutureCount = options.FUTURES,
    settings: options.Settings = None,
    without: options.Without = None,
    course: options.CourseNames = None,
    no_fit: options.NoFit = False,
    refit: options.Refit = False,
    sampler: options.Sampler = "smc",
    noise: options.Noise = "kalman",
    device: options.Device = None,
    foresight: options.Foresight = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Judge a scenario's claims and write the report.

    Fits the scenario to its record, plays out its courses, judges its claims and looks for what would flip
    them. Prints the verdicts and writes report.html and results.json.
    """
    options.check_numbers(seed=seed, draws=draws, futures=futures)
    options.check_sampler(sampler)
    options.check_noise(noise, sampler)
    options.check_device(device)
    if refit and no_fit:
        problem = Problem("--refit", "a run with a fit", "--no-fit", "leave one of the two out")
        raise InputError([problem], what="the options")
    watch = Stopwatch()
    loaded = open_scenario(scenario, settings, without, foresight=foresight, quiet=quiet)
    courses = options.choose_courses(course, loaded.courses)
    folder = out or Path(DEFAULT_FOLDER, _named(loaded.id, settings, without, foresight))
    options.check_folder(folder)
    with progress(quiet) as report:
        results = _results(
            loaded,
            watch,
            report,
            seed=seed,
            draws=draws,
            futures=futures,
            do_fit=not no_fit,
            refit=refit,
            sampler=sampler,
            noise=noise,
            device=device,
        )
        report("report")
        results = _write(results, folder, watch)
    if as_json:
        print_json(json_text(results))
        return
    from detente.cli import tables

    show(tables.heading(results), tables.verdicts(results), tables.hypotheses(results))
    show(tables.chances(results, courses), *tables.notes(results), tables.timings(results.timings), first=False)
    print(f"wrote {folder / REPORT} and {folder / RESULTS}")


def _named(scenario: str, settings: list[str] | None, without: list[str] | None, foresight: int | None) -> str:
    """A folder's name that tells what was changed, so that nothing is written over the scenario's own."""
    changed = [*(settings or ()), *(f"without {name}" for name in without or ())]
    changed += [] if foresight is None else [f"foresight {foresight}"]
    name = re.sub(r"[^\w.=+-]+", "-", "+".join((scenario, *changed)))
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def claims(
    scenario: options.ScenarioName,
    seed: options.Seed = 1,
    draws: options.Draws = options.DRAWS,
    futures: options.FutureCount = options.FUTURES,
    settings: options.Settings = None,
    without: options.Without = None,
    no_fit: options.NoFit = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Judge a scenario's claims and write no files.

    Does what `run` does, short of the report.
    """
    options.check_numbers(seed=seed, draws=draws, futures=futures)
    watch = Stopwatch()
    loaded = open_scenario(scenario, settings, without, quiet=quiet)
    with progress(quiet) as report:
        results = _results(loaded, watch, report, seed=seed, draws=draws, futures=futures, do_fit=not no_fit)
    results = timed(results, total_s=watch.total())
    if as_json:
        print_json(json_text(results))
        return
    from detente.cli import tables

    show(tables.heading(results), tables.verdicts(results))


def _results(
    scenario: Scenario,
    watch: Stopwatch,
    report: Report,
    *,
    seed: int,
    draws: int,
    futures: int,
    do_fit: bool,
    refit: bool = False,
    sampler: str = "smc",
    noise: str = "kalman",
    device: str | None = None,
) -> Result:
    """The result, with the time that loading scenario and engine took."""
    report("load")
    asked = {"seed": seed, "draws": draws, "futures": futures, "do_fit": do_fit, "refit": refit}
    asked |= {"sampler": sampler, "noise": noise, "device": device}
    key = kept.key(scenario, asked)
    text = kept.load(key)
    if text is not None:
        found = structs.replace(decode(text, "a kept answer"), timings=Timings(answer_cached=True))
        return timed(found, load_s=watch.lap())
    from detente.analysis import run as workflow

    load_s = watch.lap()
    report("compile")
    results = workflow.run(scenario, progress=report, **asked)
    if kept.key(scenario, asked) == key:  # what computes is what was there at the beginning
        kept.store(key, json_text(results))
    return timed(results, load_s=load_s)


def _write(results: Result, folder: Path, watch: Stopwatch) -> Result:
    """Write the two files, and return what results.json holds. The page is rendered before its own time is known."""
    from detente.report.render import render

    watch.lap()
    page = render(results)
    results = timed(results, report_s=watch.lap(), total_s=watch.total())
    write_files(folder, {REPORT: page, RESULTS: json_text(results)})
    return results
