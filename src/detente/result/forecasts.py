"""Forecast records and how they scored."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from msgspec import Struct

from detente.result.parts import Error, Number, doc


class Leaning(Struct, frozen=True, kw_only=True):
    """A parameter that a forecast leans on: its low and high thirds, and the probabilities there."""

    parameter: str
    low: float
    high: float
    p_low: float
    p_high: float


class EventForecast(Struct, frozen=True, kw_only=True):
    """The answer to a question with a yes or a no."""

    id: str
    by: Annotated[dt.date, doc("Last day of the window.")]
    p: float
    mc_error: Error = None
    baseline: Annotated[float, doc("Base rate in the record.")]
    last: Annotated[Number, doc("What was the case last.")] = None
    by_hypothesis: dict[str, float] = {}
    by_parameter: list[Leaning] = []


class SeriesForecast(Struct, frozen=True, kw_only=True):
    """Quantiles of a series at one step."""

    id: str
    unit: str = ""
    week: Annotated[dt.date, doc("First day of the step.")]
    q05: float
    q25: float
    q50: float
    q75: float
    q95: float
    last: Number = None

    def quantiles(self) -> tuple[float, ...]:
        """In rising order."""
        return self.q05, self.q25, self.q50, self.q75, self.q95


class ForecastRecord(Struct, frozen=True, kw_only=True):
    """A sealed forecast: what a fit to the record up to a date says of what comes."""

    scenario: str
    at: dt.date
    issued: dt.date
    sha256: Annotated[str, doc("The seal.")]
    detente: str = ""
    schema: int = 1
    seed: int | None = None
    inputs_sha256: Annotated[str, doc("Of the model, the questions, and the record before the date.")] = ""
    draws: int | None = None
    futures: int | None = None
    particles: int | None = None
    noise: str = ""
    warnings: list[str] = []
    hypotheses: dict[str, float] = {}
    events: list[EventForecast]
    series: list[SeriesForecast]


class Murphy(Struct, frozen=True):
    """Brier = reliability - resolution + uncertainty + within, exactly."""

    reliability: Annotated[float, doc("0 for the calibrated.")]
    resolution: Annotated[float, doc("How far the groups of forecasts differ in what happened; more is better.")]
    uncertainty: Annotated[float, doc("Of the outcomes themselves: the score of always forecasting their share.")]
    within: Annotated[float, doc("What differing forecasts inside one bin add.")]


class Bin(Struct, frozen=True):
    """One row of a reliability table."""

    low: float
    high: float
    n: int
    mean: Annotated[float, doc("Of the forecasts.")]
    happened: int
    share_low: Annotated[float, doc("Jeffreys interval of the share that happened.")]
    share_high: float
    expected_low: Annotated[int, doc("What a calibrated forecaster sees, cases being independent.")]
    expected_high: int
    consistent: Annotated[bool, doc("Whether what happened is within that.")]


class SkillInterval(Struct, frozen=True):
    """A number with its interval; `low` and `high` are null with too few blocks."""

    value: Annotated[Number, doc("Null where it is not defined.")]
    low: Number
    high: Number
    blocks: int


class Overconfidence(Struct, frozen=True):
    """Whether probabilities were further from one half than what happened supports."""

    excess: Annotated[float, doc("Mean Brier score above what the probabilities themselves imply.")]
    p_value: Annotated[Number, doc("Of a calibrated forecaster; null with too few blocks.")]
    flagged: bool
    unseen: Annotated[Number, doc("An excess that would be flagged four times in five.")] = None


class EventScores(Struct, frozen=True, kw_only=True):
    """Scores of a group of yes-or-no forecasts; of none, `n` alone."""

    n: int
    happened: int = 0
    mean_p: Number = None
    dates: int = 0
    overlap: bool = False
    brier: Number = None
    brier_baseline: Number = None
    skill_baseline: SkillInterval | None = None
    log: Annotated[Number, doc("Null when it is infinite.")] = None
    log_infinite: int = 0
    log_floored: Number = None
    log_floored_baseline: Number = None
    murphy: Murphy | None = None
    reliability: list[Bin] = []
    overconfidence: Annotated[Overconfidence | None, doc("Null where questions were chosen by what came.")] = None
    brier_last: Number = None
    skill_last: SkillInterval | None = None


class EventCard(Struct, frozen=True, kw_only=True):
    """Scores of all events, of those that came and failed to come, and by question."""

    overall: EventScores
    both_ways: EventScores
    questions: dict[str, EventScores]


class SeriesScores(Struct, frozen=True, kw_only=True):
    """Scores of a series."""

    n: int
    dates: int
    overlap: bool
    interval_score: float
    pinball: list[float]
    absolute_error: float
    coverage_50: SkillInterval
    coverage_90: SkillInterval
    error_last: Number = None
    skill_last: SkillInterval | None = None


class SeriesCard(SeriesScores, frozen=True, kw_only=True):
    """Scores of a series, and by how far ahead its weeks lie."""

    unit: str
    outcomes: Annotated[dict[str, int], doc("How many outcomes are known in which way.")]
    by_horizon: dict[str, SeriesScores]


class ScoredCase(Struct, frozen=True, kw_only=True):
    """A forecast of an event with what came of it."""

    id: str
    at: dt.date
    by: dt.date
    p: float
    baseline: float
    last: Number
    outcome: int
    how: Annotated[str, doc("How the outcome is known.")]
    brier: float
    log_floored: float


class Gain(Struct, frozen=True, kw_only=True):
    """What another probability would have saved."""

    p: float
    brier_gain: float
    log_gain: float


class HypothesisGain(Gain, frozen=True, kw_only=True):
    """The hypothesis that, taken as certain, would have said better."""

    hypothesis: str


class ParameterGain(Gain, frozen=True, kw_only=True):
    """The side of a parameter that would have said better."""

    parameter: str
    side: str
    bound: float


class Miss(ScoredCase, frozen=True, kw_only=True):
    """A forecast that was far off, and what would have said better; null where nothing would."""

    hypothesis: HypothesisGain | None
    parameter: ParameterGain | None


class ScoredRecord(Struct, frozen=True, kw_only=True):
    """A record that was scored."""

    scenario: str
    at: dt.date
    issued: dt.date
    sha256: str


class Unscored(Struct, frozen=True, kw_only=True):
    """A forecast without an outcome."""

    id: str
    at: dt.date
    date: dt.date


class Unasked(Struct, frozen=True, kw_only=True):
    """An outcome that no forecast asks for, and the nearest day on which a forecast of it ends."""

    id: str
    date: dt.date
    nearest: dt.date | None


class Scorecard(Struct, frozen=True, kw_only=True):
    """Forecast records scored by what came."""

    records: list[ScoredRecord]
    events: EventCard
    series: dict[str, SeriesCard]
    misses: list[Miss]
    cases: list[ScoredCase]
    unscored: list[Unscored]
    unasked: list[Unasked]
    methods: dict[str, str]


class Hindcast(Scorecard, frozen=True, kw_only=True):
    """What a scenario would have forecast in the past, scored."""

    scenario: str
    detente: str
    dates: list[dt.date]
    seed: int
    draws: int
    futures: int
    particles: int
    noise: str
    warnings: Annotated[dict[str, list[str]], doc("By date.")]
    caveats: list[str]
