"""`detente run`: the whole path from a scenario to its report, or one part of it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import structs

from detente.cli import kept, options, parts
from detente.cli.command import Answer, Job, command
from detente.cli.dates import parse_day
from detente.cli.output import json_text, show
from detente.errors import InputError, Problem
from detente.result import Result, decode
from detente.result.parts import Timings, timed
from detente.settings import BARGAIN_DRAWS, ROLLOUTS

if TYPE_CHECKING:
    from detente.language.records import Scenario

REPORT, RESULTS = "report.html", "results.json"
DEFAULT_FOLDER = "detente-out"
LONGEST = 120  # characters of a folder's name; longer ones end in a hash
FIT = {"--seed", "--draws", "--set", "--without", "--no-fit"}
WHOLE = FIT | {"--futures", "--hold", "--refit", "--method", "--noise", "--device", "--foresight"}
EVERYWHERE = {"--only", "--out", "--no-files", "--json", "--quiet"}
PARTS: dict[str, set[str]] = {  # the options that bear on each part, besides those that always do
    "claims": WHOLE,
    "courses": FIT | {"--futures", "--hold", "--course", "--device"},
    "bargain": FIT | {"--at", "--rollouts"},
    "mirror": FIT | {"--at"},
    "evidence": {"--without"},
}

Only = Annotated[
    str | None,
    typer.Option(
        "--only",
        metavar="PART",
        show_default=False,
        help="claims (verdicts), courses (events, moves, stocks), bargain (what the parties could agree on), mirror "
        "(the act before other seats) or evidence (disputed quantities).",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        show_default=False,
        help=f"Folder for {REPORT} and {RESULTS}, or for SCENARIO-PART.json. Default {DEFAULT_FOLDER}/, the "
        "scenario's id and what was changed.",
    ),
]
NoFiles = Annotated[bool, typer.Option("--no-files", show_default=False, help="Write no files.")]
Draws = Annotated[
    int | None,
    typer.Option(
        "--draws",
        metavar="N",
        show_default=False,
        help=f"Parameter draws after the evidence; half as many before it. Default {options.DRAWS}, and "
        f"{BARGAIN_DRAWS} with --only bargain.",
    ),
]
Hold = Annotated[
    list[str] | None,
    typer.Option(
        "--hold",
        metavar="NAME=VALUE",
        show_default=False,
        help="Hold a parameter at a value in the draws at hand; the fit stays as it is. May be repeated.",
    ),
]
At = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        metavar="DATE",
        show_default=False,
        help="With --only bargain: a day to look at, on which a step begins; may be repeated; default: branch, now, "
        "end and three days between the last two. With --only mirror: what was known on this day; default: now.",
    ),
]
Rollouts = Annotated[
    int,
    typer.Option(
        "--rollouts",
        metavar="N",
        show_default=False,
        help=f"With --only bargain: futures in which the game is played on from each state, an even number. Default "
        f"{ROLLOUTS}.",
    ),
]


@command(
    "scenario",
    "seed",
    "futures",
    "settings",
    "without",
    "course",
    "no_fit",
    "refit",
    "method",
    "noise",
    "device",
    "foresight",
    "as_json",
    "quiet",
)
def run(
    job: Job,
    only: Only = None,
    out: Folder = None,
    no_files: NoFiles = False,
    draws: Draws = None,
    hold: Hold = None,
    at: At = None,
    rollouts: Rollouts = ROLLOUTS,
) -> Answer:
    """Judge a scenario's claims and write the report.

    Fits the scenario to its record, plays out its courses, judges its claims and looks for what would flip
    them. Prints the verdicts and writes report.html and results.json. With --only, one part of that.
    """
    _check_options(job.given, only)
    job.draws = draws if draws is not None else BARGAIN_DRAWS if only == "bargain" else options.DRAWS
    options.check_numbers(draws=job.draws)
    options.check_even("--rollouts", rollouts)
    days = [parse_day("--at", text) for text in at or ()]
    if only == "mirror" and len(days) > 1:
        problem = Problem("--at", "one day, with --only mirror", ", ".join(map(str, days)))
        raise InputError([problem], what="the options")
    held = options.parse_settings(hold, "--hold")
    scenario = job.open()
    held_at = options.held_values(scenario, held)
    courses = options.choose_courses(job.course, scenario.courses)
    folder = None if no_files else _folder(job, out, scenario, hold)
    if only == "courses":
        answer = parts.courses(job, scenario, courses, held_at)
    elif only == "bargain":
        answer = parts.bargain(job, scenario, days, rollouts)
    elif only == "mirror":
        answer = parts.mirror(job, scenario, days[0] if days else None)
    elif only == "evidence":
        answer = parts.evidence(job, scenario)
    else:
        return _whole(job, scenario, None if only else courses, held_at, folder)
    if folder is None:
        return replace(answer, files={})
    files = {**answer.files, f"{scenario.id}-{only}.json": json_text(answer.result)}
    return replace(answer, folder=folder, files=files, wrote=f"wrote {' and '.join(str(folder / f) for f in files)}")


def _check_options(given: frozenset[str], only: str | None) -> None:
    """Refuse options that do not go together.

    Raises:
        InputError: With every problem.
    """
    if only is not None:
        options.check_name("--only", only, list(PARTS))
    bear = EVERYWHERE | (PARTS[only] if only else WHOLE | {"--course"})
    part = f"--only {only}" if only else "a run of all parts"
    problems = [Problem(name, f"nothing, with {part}", "a value") for name in sorted(given - bear)]
    for one, other, expected in (
        ("--refit", "--no-fit", "a run with a fit"),
        ("--out", "--no-files", "a run that writes files"),
    ):
        if {one, other} <= given:
            problems.append(Problem(one, expected, other, "leave one of the two out"))
    if problems:
        raise InputError(problems, what="the options")


def _folder(job: Job, out: Path | None, scenario: Scenario, hold: list[str] | None) -> Path:
    """The folder for files, which can be written to; what is set or held never goes over results without it.

    Raises:
        InputError: If it cannot be written to, or holds such results.
    """
    folder = out or Path(DEFAULT_FOLDER, _named(scenario.id, job.settings, job.without, job.foresight, hold))
    if (job.settings or hold) and _is_baseline(folder / RESULTS):
        hint = "what is set or held goes into a folder of its own"
        got = f"{folder / RESULTS}, of a run with nothing set or held"
        raise InputError([Problem("--out", "another folder", got, hint)], what="the options")
    options.check_folder(folder)
    return folder


def _named(
    scenario: str,
    settings: list[str] | None,
    without: list[str] | None,
    foresight: int | None,
    hold: list[str] | None = None,
) -> str:
    """A folder's name that tells what was changed, so that nothing is written over the scenario's own."""
    changed = [
        *(settings or ()),
        *(f"hold {one}" for one in hold or ()),
        *(f"without {name}" for name in without or ()),
    ]
    changed += [] if foresight is None else [f"foresight {foresight}"]
    name = re.sub(r"[^\w.=+-]+", "-", "+".join((scenario, *changed)))
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _is_baseline(file: Path) -> bool:
    try:
        asked = json.loads(file.read_bytes())["asked"]
        return not asked.get("set") and not asked.get("hold")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):  # no results there
        return False


def _whole(
    job: Job, scenario: Scenario, courses: list[str] | None, hold: dict[str, float], folder: Path | None
) -> Answer:
    """Every part; shown of it: the claims alone where `courses` is None."""
    results = results_of(job, scenario, hold)
    files: dict[str, str] = {}
    if folder is None:
        results = timed(results, total_s=job.watch.total())
    else:
        job.report("report")
        from detente.report.render import render

        job.watch.lap()
        page = render(results)  # before its own time is known
        results = timed(results, report_s=job.watch.lap(), total_s=job.watch.total())
        files = {REPORT: page, RESULTS: json_text(results)}
    wrote = f"wrote {folder / REPORT} and {folder / RESULTS}" if folder else ""
    return Answer(results, lambda: _show(results, courses), folder, files, wrote)


def _show(results: Result, courses: list[str] | None) -> None:
    from detente.cli import tables

    show(tables.heading(results), *tables.answer(results), tables.verdicts(results))
    if courses is None:
        return
    more = (tables.chances(results, courses), *tables.notes(results), tables.timings(results.timings))
    show(tables.hypotheses(results), *more, first=False)


def results_of(job: Job, scenario: Scenario, hold: dict[str, float]) -> Result:
    """The result, with the time that loading scenario and engine took; a kept one where the same was asked before."""
    job.report("load")
    asked: dict[str, Any] = {"seed": job.seed, "draws": job.draws, "futures": job.futures, "do_fit": not job.no_fit}
    asked |= {"sampler": job.method, "noise": job.noise, "device": job.device}
    key_of = {**asked, "refit": job.refit, "hold": hold}
    key = kept.key(scenario, key_of)
    text = kept.load(key)
    if text is not None:
        found = structs.replace(decode(text, "a kept answer"), timings=Timings(answer_cached=True))
        return timed(found, load_s=job.watch.lap())
    from detente.analysis import run as workflow
    from detente.session import Session

    load_s = job.watch.lap()
    job.report("compile")
    session = Session(scenario, progress=job.report, **asked)
    results = workflow.run(session.hold(hold) if hold else session, refit=job.refit)
    if kept.key(scenario, key_of) == key:  # what computes is what was there at the beginning
        kept.store(key, json_text(results))
    return timed(results, load_s=load_s)
