"""One decorator for every command: common options, progress, tables or JSON, files, exit code."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import typer

from detente.cli import options
from detente.cli.guard import guarded
from detente.cli.output import json_text, print_json, write_files
from detente.cli.progress import Report, progress
from detente.cli.scenario import open_scenario
from detente.progress import Stopwatch

if TYPE_CHECKING:
    from detente.language.records import Scenario

P = ParamSpec("P")
REFUSED = 1  # exit code of a check that does not pass
COMMON = {  # name: the option, and what it is when left out
    "scenario": (options.ScenarioName, inspect.Parameter.empty),
    "seed": (options.Seed, 1),
    "draws": (options.Draws, options.DRAWS),
    "futures": (options.FutureCount, options.FUTURES),
    "settings": (options.Settings, None),
    "without": (options.Without, None),
    "course": (options.CourseNames, None),
    "no_fit": (options.NoFit, False),
    "refit": (options.Refit, False),
    "method": (options.Method, "smc"),
    "noise": (options.Noise, "kalman"),
    "particles": (options.Particles, options.PARTICLES),
    "device": (options.Device, None),
    "foresight": (options.Foresight, None),
    "as_json": (options.AsJson, False),
    "quiet": (options.Quiet, False),
}


@dataclass
class Job:
    """What the common options ask, and what a command works with; `given` holds the options on the command line."""

    given: frozenset[str]
    report: Report
    scenario: str = ""
    seed: int = 1
    draws: int = options.DRAWS
    futures: int = options.FUTURES
    settings: list[str] | None = None
    without: list[str] | None = None
    course: list[str] | None = None
    no_fit: bool = False
    refit: bool = False
    method: str = "smc"
    noise: str = "kalman"
    particles: int = options.PARTICLES
    device: str | None = None
    foresight: int | None = None
    as_json: bool = False
    quiet: bool = False
    watch: Stopwatch = field(default_factory=Stopwatch)

    def open(self) -> Scenario:
        """The scenario, with what was set, left out or put at a level of foresight."""
        return open_scenario(self.scenario, self.settings, self.without, foresight=self.foresight, quiet=self.quiet)


@dataclass(frozen=True)
class Answer:
    """What a command found: `--json` prints the result, else `show` is called; files are written before either."""

    result: Any
    show: Callable[[], None]
    folder: Path | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    wrote: str = ""
    refused: bool = False
    text: str = ""  # the JSON, where it is not written as elsewhere


def command(*common: str) -> Callable[[Callable[Concatenate[Job, P], Answer | None]], Callable[..., None]]:
    """Make a command of a function: its own options first, then the named ones of `COMMON`.

    A function that returns nothing has printed what there was to say.
    """

    def decorate(function: Callable[Concatenate[Job, P], Answer | None]) -> Callable[..., None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

        @functools.wraps(function)
        def run(ctx: typer.Context, **values: Any) -> None:
            asked = {name: values.pop(name) for name in common}
            options.check_common(asked)
            sources = {p.opts[0]: ctx.get_parameter_source(p.name or "") for p in ctx.command.params}
            told = {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}
            given = frozenset(name for name in told if name.startswith("-"))
            with progress(bool(asked.get("quiet", True))) as report:
                answer = function(Job(given, report, **asked), **values)  # type: ignore[call-arg]
                if answer and answer.folder is not None:
                    write_files(answer.folder, answer.files)
            if answer is None:
                return
            if asked.get("as_json"):
                print_json(answer.text or json_text(answer.result))
            else:
                answer.show()
                if answer.wrote:
                    print(answer.wrote)
            if answer.refused:
                raise typer.Exit(REFUSED)

        parameters = [inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)]
        shared = {name: COMMON[name] for name in common}
        first = [_parameter(name, *shared.pop(name)) for name in ("scenario",) if name in shared]
        parameters += [*first, *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own)]
        parameters += [_parameter(name, *about) for name, about in shared.items()]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        del run.__wrapped__  # type: ignore[attr-defined]  # Typer reads the options of what is wrapped
        return guarded(run)

    return decorate


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
