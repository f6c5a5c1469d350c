"""The mirror and the analogies: an act before several seats, and among recorded crises."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from msgspec import Struct

from detente.result.parts import Error, Number, Probability, doc


class CurveSpread(Struct, frozen=True, kw_only=True):
    """Over what is not known of a curve or a parameter."""

    mean: float
    q05: float
    q50: float
    q95: float
    mc_error: Annotated[Error, doc("Of the mean.")]


class Difference(CurveSpread, frozen=True, kw_only=True):
    """How a chance differs between seats, or with a switch."""

    p_above: Annotated[Probability, doc("Chance that it is higher.")] = None
    p_below: Probability = None


class Range(Struct, frozen=True, kw_only=True):
    """Whether a case lies off what the response curves were fitted to."""

    off: bool
    seldom: Annotated[list[str], doc("Pairs of words that few fitted cases share.")]
    years_beyond: int
    share_of_fitted: Annotated[Probability, doc("Of the fitted cases that are off by the same rule.")]


class SeatAnswers(Struct, frozen=True, kw_only=True):
    """How a seat answers: the distribution over the rungs, and two chances."""

    rungs: dict[str, CurveSpread]
    violent: CurveSpread
    war: CurveSpread
    range: Range


class Doctrine(Struct, frozen=True, kw_only=True):
    """A seat's own doctrine by the scenario's parameters, before and after the record."""

    says: str
    value: Annotated[str, doc("The expression.")]
    fitted: bool
    prior: CurveSpread
    posterior: CurveSpread


class Seat(Struct, frozen=True, kw_only=True):
    """A seat before the act."""

    name: str
    country: Annotated[int, doc("Its number in the Correlates of War list.")]
    words: dict[str, str]
    gap: Annotated[Number, doc("Power gap to the adversary.")]
    why: str
    states: Annotated[dict[str, SeatAnswers], doc("The act as it was, and by switch.")]
    answer: Doctrine | None


class Logits(Struct, frozen=True, kw_only=True):
    """Differences in log odds."""

    actor: CurveSpread
    act: Annotated[CurveSpread, doc("Against the usual act.")]
    by: Annotated[dict[str, CurveSpread], doc("By covariate of the seat.")]


class Residual(Struct, frozen=True, kw_only=True):
    """A seat's answer less that of the seat that faced the act."""

    violent: Difference
    logits: Logits
    share_of_actor: CurveSpread
    carried_over: Annotated[
        CurveSpread | None, doc("The fitted doctrine of the seat that faced it, moved by the actor.")
    ]


class Switch(Struct, frozen=True, kw_only=True):
    """The act with something about it changed."""

    says: str
    set: dict[str, str]


class ReferenceCase(Struct, frozen=True, kw_only=True):
    """A dated case on the curve."""

    says: str
    date: dt.date
    actor: str
    act: dict[str, str]
    words: dict[str, str]
    response: str
    crisis: Annotated[int | None, doc("Its ICB number; null: the coding is the scenario's.")]
    source: list[str]
    rungs: dict[str, float]
    violent: CurveSpread
    at_least: Annotated[Probability, doc("Chance of this response or a harder one.")]
    at_most: Probability
    range: Range


class Score(Struct, frozen=True, kw_only=True):
    """A score with its 90 % interval."""

    value: Number
    low: Number
    high: Number


class CurveScores(Struct, frozen=True, kw_only=True):
    """How one way of foretelling did, ten years ahead of what it was fitted to."""

    brier: Score
    log: Score
    auc: Score


class RivalScores(CurveScores, frozen=True, kw_only=True):
    """Scores with the mean of what was forecast."""

    mean: Number


class ScoreDifference(Struct, frozen=True, kw_only=True):
    """The curve's score less that of a rival; below 0 the curve is better."""

    brier: Score
    log: Score


class ScoreTable(Struct, frozen=True, kw_only=True):
    """Rival forecasts of one outcome."""

    n: int
    crises: int
    happened: int
    share: Number
    scores: dict[str, RivalScores]
    against: dict[str, ScoreDifference]


class TargetScores(Struct, frozen=True, kw_only=True):
    """One curve's target, scored on cases."""

    says: str
    climatology: Number
    blend: Number
    parts: Annotated[dict[str, ScoreTable], doc("All cases, and by the years of their triggers.")]


class SummaryOrigin(Struct, frozen=True, kw_only=True):
    """The fitted summary that was scored."""

    data: CurveData
    versions: dict[str, str]


class ResponseScores(Struct, frozen=True, kw_only=True):
    """Response curves scored on a file of crises."""

    file: str
    sha256: str
    cases: int
    fitted: Annotated[bool, doc("Whether the curves were fitted to this file.")]
    summary: SummaryOrigin
    targets: dict[str, TargetScores]


class Validation(Struct, frozen=True, kw_only=True):
    """The response curve against simpler ways of foretelling."""

    n: int
    scores: dict[str, CurveScores]


class CurveData(Struct, frozen=True, kw_only=True):
    """What the response curves were fitted to."""

    citation: str
    sha256: str
    cases: int
    crises: int
    first_year: int
    last_year: int
    gap_sd: Annotated[Number, doc("Standard deviation of the power gap, transformed.")] = None


class CurveOrigin(CurveData, frozen=True, kw_only=True):
    """What the response curves were fitted to, and how well they foretell."""

    validation: Validation | None = None


class Mirror(Struct, frozen=True, kw_only=True):
    """One act before several seats."""

    says: str
    date: dt.date
    known_at: dt.date
    faced_by: str
    act: dict[str, str]
    why: str
    switches: dict[str, Switch]
    rungs: list[str]
    seats: dict[str, Seat]
    residuals: Annotated[dict[str, Residual], doc("By seat.")]
    switched: Annotated[dict[str, dict[str, Difference]], doc("What a switch does to a seat's violent answer.")]
    cases: dict[str, ReferenceCase]
    curve: CurveOrigin
    notes: list[str]


class CrisisShare(Struct, frozen=True, kw_only=True):
    """Of the nearest crises, with its 90 % interval."""

    n: int
    happened: int
    share: Probability
    low: Probability
    high: Probability


class NearCrisis(Struct, frozen=True, kw_only=True):
    """A recorded crisis near the act."""

    crisis: Annotated[int, doc("Its ICB number.")]
    case: int
    name: str
    actor: str
    year: int
    distance: Number
    trigger: str
    differs: list[str]
    response: str
    violence: str
    outcome: str | None
    recurrence: str | None
    days: int | None


class Lengths(Struct, frozen=True, kw_only=True):
    """Days from trigger to end."""

    n: int
    q25: Number
    q50: Number
    q75: Number


class CrisisOutcomes(Struct, frozen=True, kw_only=True):
    """What came of the nearest crises."""

    violent: CrisisShare
    war: CrisisShare
    outcome: dict[str, CrisisShare]
    recurred: CrisisShare
    days: Lengths


class UsualDistance(Struct, frozen=True, kw_only=True):
    """Distance of recorded cases to the nearest case of another crisis."""

    q50: Number
    q90: Number
    q95: Number


class Precedent(Struct, frozen=True, kw_only=True):
    """Whether any recorded crisis is near at all."""

    nearest_distance: Number
    usual: UsualDistance
    quantile: Probability
    close: bool
    says: str


class SituationWords(Struct, frozen=True, kw_only=True):
    """What is compared."""

    words: dict[str, str]
    gap: Number
    year: int
    country: int


class DataFile(Struct, frozen=True, kw_only=True):
    """A file of public data."""

    citation: str
    sha256: str


class Neighbours(Struct, frozen=True, kw_only=True):
    """The recorded crises nearest to a situation."""

    situation: SituationWords
    weights: dict[str, Number]
    nearest: list[NearCrisis]
    outcomes: CrisisOutcomes
    precedent: Precedent
    cases: Annotated[int, doc("How many recorded cases there are.")]


class Analogies(Neighbours, frozen=True, kw_only=True):
    """The recorded crises nearest to a scenario's act."""

    scenario: str
    scenario_sha256: str
    says: str
    at: dt.date
    seat: str
    data: DataFile
