"""What several results are made of: numbers, their spread, and where a result comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct, structs

from detente.result.frames import with_frames

SCHEMA = 2  # within it keys are added, each with a default, and never renamed or given another meaning

Json = dict[str, Any]  # an object of JSON whose keys no type says
Number = float | None  # null where there is none
Probability = Annotated[float, Meta(ge=0, le=1)] | None
Error = Annotated[float, Meta(ge=0)] | None  # a Monte-Carlo standard error
Count = Annotated[int, Meta(ge=0)]


def doc(text: str) -> Meta:
    """What a key holds, for the schema and its page."""
    return Meta(description=text)


class Interval(Struct, frozen=True, kw_only=True):
    """Mean and 90 % range."""

    mean: Number
    sd: Number
    q05: Number
    q95: Number


class Spread(Interval, frozen=True, kw_only=True):
    """Mean, standard deviation and quantiles of something unknown."""

    q25: Number
    q50: Number
    q75: Number


class Estimate(Struct, frozen=True, kw_only=True):
    """A number and its Monte-Carlo error."""

    value: Number
    mc_error: Error


class Clock(Struct, frozen=True, kw_only=True):
    """The scenario's clock."""

    start: dt.date
    branch: Annotated[dt.date, doc("The day on which the courses part.")]
    now: Annotated[dt.date, doc("The end of the record.")]
    end: dt.date
    step_days: Annotated[int, Meta(ge=1)]


class Held(Struct, frozen=True, kw_only=True):
    """A parameter that `--set` holds."""

    value: float
    prior: Annotated[str, doc("The prior it had.")]


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked, every override and option. An option that the command does not have is null."""

    seed: int
    hold: Annotated[dict[str, float], doc("Parameters held in the draws at hand. None in this version.")] = {}
    set: Annotated[dict[str, float], doc("Parameters known for certain (`--set`).")] = {}
    without: Annotated[list[str], doc("Sources left out.")] = []
    draws: Annotated[int | None, doc("Parameter draws that were asked for.")] = None
    futures: Annotated[int | None, doc("Futures per draw that were asked for.")] = None
    fit: Annotated[bool | None, doc("Whether the record was to be fitted.")] = None
    refit: Annotated[bool | None, doc("Whether rows that the draws cannot tell were to be left out by refits.")] = None
    sampler: str | None = None
    noise: Annotated[str | None, doc("How noise between measurements was to be treated.")] = None
    device: Annotated[str | None, doc("Where JAX was to play the futures; null: machine code, or NumPy.")] = None
    foresight: Annotated[int | None, doc("Level at which every track was put; null: as the scenario says.")] = None


class Made(Struct, frozen=True, kw_only=True):
    """By what, and when."""

    date: Annotated[dt.date | None, doc("Day (UTC) on which the numbers were worked out.")]
    versions: Annotated[dict[str, str], doc("Of the program and of what it computes with.")]
    commit: Annotated[str | None, doc("Of the program's source, where the installation knows it.")] = None
    engine: Annotated[str, doc("What ran the rules: machine code with its LLVM and CPU, NumPy, or JAX.")] = ""
    fma: Annotated[bool | None, doc("Whether machine code multiplies and adds with one rounding.")] = None


class Timings(Struct, frozen=True, kw_only=True):
    """Seconds. Stages that run at once count each for itself; null: not run, or not known when this was written."""

    load_s: Annotated[Number, doc("Scenario and engine.")] = None
    compile_s: Annotated[Number, doc("All compilation, wherever it happened.")] = None
    fit_s: Number = None
    simulate_s: Number = None
    analyse_s: Number = None
    report_s: Number = None
    smc_s: Annotated[Number, doc("Sampling alone, where two samplers are compared; null for a kept fit.")] = None
    nuts_s: Number = None
    total_s: Number = None
    fit_cached: Annotated[bool | None, doc("Whether the fit was a kept one.")] = None
    answer_cached: Annotated[bool, doc("Whether the whole answer was: then nothing was worked out.")] = False


class Header(Struct, frozen=True, kw_only=True):
    """What a result is of, and where it comes from."""

    detente: Annotated[str, doc("Version of the program.")]
    schema: Annotated[int, doc("Version of this contract.")] = SCHEMA
    status: Annotated[str, doc('"ok", or what went wrong.')] = "ok"
    scenario: str
    scenario_sha256: Annotated[
        str,
        Meta(pattern="^[0-9a-f]{64}$"),
        doc("Of every file that was read, of every `--set` and of every `--without`."),
    ]
    seed: int
    title: str
    question: str
    summary: str
    clock: Clock
    draws: Annotated[int, doc("Parameter draws.")]
    futures: Annotated[int, doc("Futures per draw and course.")]
    actors: Annotated[dict[str, str], doc("Names, by id.")]
    held: Annotated[dict[str, Held], doc("Parameters that `--set` held, by id.")] = {}
    asked: Asked
    made: Made
    timings: Timings

    def __post_init__(self) -> None:
        with_frames(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.scenario}, seed {self.seed}, {self.draws} draws>"


T = TypeVar("T", bound=Struct)


def timings_of(stages: Mapping[str, float], fit_cached: bool | None = None) -> Timings:
    """Timings of a computation from its seconds by stage."""
    return structs.replace(Timings(fit_cached=fit_cached), **stages)


def timed(result: T, **seconds: float) -> T:
    """A result with timings that are known only when it is complete: of loading, of its page, of all."""
    rounded = {stage: round(value, 4) for stage, value in seconds.items()}
    timings: Timings = getattr(result, "timings")  # noqa: B009 - every result that takes time has them
    return structs.replace(result, timings=structs.replace(timings, **rounded))
