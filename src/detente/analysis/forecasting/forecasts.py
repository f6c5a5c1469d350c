"""Forecasts at dates: cut the record, fit to it, play on from there, seal what it says; and score it by what came.

One compilation of the fit and one of the simulator serve every date: records are data, and so is the first step.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import structs

from detente.analysis.diagnosis import problems
from detente.analysis.forecasting import observed
from detente.analysis.forecasting.files import SCHEMA, seal
from detente.analysis.forecasting.forecast import Asked, answers, asked, left_out, play
from detente.analysis.forecasting.observed import MEASURED, RECORDED, REPLAYED, Replayed
from detente.analysis.forecasting.scorecard import scorecard
from detente.engine.game.record import Record, record_of, up_to
from detente.errors import InputError, Problem
from detente.inference.density import Model, model_of
from detente.inference.fit import Fit
from detente.inference.fit_or_keep import fit_or_keep
from detente.language.forecast_dates import step_at
from detente.language.records import CONTEXT_TRACK, EventQuestion, Scenario, SeriesQuestion
from detente.language.syntax import Node
from detente.progress import Progress, within
from detente.result import rounded
from detente.result.codec import plain
from detente.result.forecasts import ForecastRecord, Hindcast
from detente.settings import DRAWS, FORECAST_FUTURES, VERSION, SMCSettings

CAVEATS = (
    "the priors and the rules were written by people who knew the record; the forecasts saw no row after their date, "
    "but the authors may have",
    "an outcome marked 'replayed' is the mean of what the model makes of the whole record, not a measurement: it is "
    "smoother than what happened, so intervals may seem to cover too well",
)


@dataclass(frozen=True)
class Forecaster:
    """A scenario compiled once, for forecasts at any of its dates."""

    scenario: Scenario
    model: Model
    questions: Asked
    seed: int
    draws: int
    futures: int
    settings: SMCSettings

    def fit(self, cut: Scenario, record: Record, progress: Progress | None) -> Fit:
        """Fit to the record as it was heard, or take the fit from the cache."""
        return fit_or_keep(
            cut,
            self.model,
            seed=self.seed,
            settings=self.settings,
            record=record,
            progress=within(progress, "fit"),
        )

    def at(self, date: dt.date, progress: Progress | None = None) -> ForecastRecord:
        """The sealed forecast record of one date: it has seen nothing of a later day."""
        step, cut = step_at(self.scenario, date), up_to(self.scenario, date)
        record = record_of(cut, self.model.game, until=step)
        made = self.fit(cut, record, progress)
        if progress:
            progress("futures", str(date), 0.0)
        draws = made.posterior(self.draws)
        played = play(cut, self.model, draws, record, self.questions, step=step, futures=self.futures, seed=self.seed)
        record = ForecastRecord(
            scenario=self.scenario.id,
            at=date,
            issued=dt.date.today(),
            sha256="",
            detente=VERSION,
            schema=SCHEMA,
            seed=self.seed,
            inputs_sha256=_inputs(cut, step),
            draws=len(draws),
            futures=self.futures,
            particles=self.settings.islands * self.settings.particles,
            noise=self.model.latent.mode,
            warnings=problems(made) + left_out(played),
            **answers(played),
        )
        return rounded(structs.replace(record, sha256=seal(plain(record))))


def _inputs(cut: Scenario, step: int) -> str:
    """Hash of what a forecast is made from: the model, the questions, and the record before the date."""
    rows = [
        (r.date, r.track, r.move, r.magnitude)
        for r in cut.ledger
        if r.track != CONTEXT_TRACK and cut.clock.step_of(r.date) < step
    ]
    parts = (cut.clock, cut.parameters, cut.stocks, cut.tracks, cut.events, cut.hypotheses, cut.forecasts, rows)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def forecaster(
    scenario: Scenario,
    *,
    seed: int = 1,
    draws: int = DRAWS,
    futures: int = FORECAST_FUTURES,
    settings: SMCSettings | None = None,
    noise: str = "kalman",
) -> Forecaster:
    """Compile a scenario for forecasting.

    Args:
        seed: of the sampler and of the random numbers, the same at every date.
        draws: parameter draws.
        futures: futures per parameter draw; even.
        noise: how the likelihood treats noise, one of `engine.latent.MODES`.

    Raises:
        InputError: If it asks no questions, or is a panel.
    """
    if scenario.cases is not None:
        got = f"a panel of {len(scenario.cases)} cases"
        hint = "`detente fit` fits a panel, `detente run` plays its cases out"
        raise InputError([Problem(scenario.cases.file, "one record, with a future to forecast", got, hint)])
    if not (scenario.forecasts.events or scenario.forecasts.series):
        problem = Problem("forecasts.yaml", "at least one question in the scenario's folder", "none")
        raise InputError([problem])
    model = model_of(scenario, noise=noise)
    questions = asked(scenario.forecasts, model.game, futures)
    return Forecaster(scenario, model, questions, seed, draws, futures, settings or SMCSettings())


def hindcast(
    made: Forecaster, dates: Sequence[dt.date], progress: Progress | None = None
) -> tuple[Hindcast, list[ForecastRecord]]:
    """Forecast at each date with the record up to it, and score by what the record says next.

    Returns:
        The scorecard, and the sealed records.
    """
    records = []
    for date in dates:

        def report(stage: str, detail: str, share: float, date=date) -> None:
            if progress and stage == "fit":
                progress(f"forecast at {date}", detail, share)

        records.append(made.at(date, report))
    if progress:
        progress("score", "", 0.0)
    found = outcomes(made, dates)
    card = scorecard([_closed(record, found) for record in records], found)
    result = Hindcast(
        scenario=made.scenario.id,
        detente=VERSION,
        dates=list(dates),
        seed=made.seed,
        draws=made.draws,
        futures=made.futures,
        particles=made.settings.islands * made.settings.particles,
        noise=made.model.latent.mode,
        **structs.asdict(card),
        warnings={str(r.at): r.warnings for r in records if r.warnings},
        caveats=list(CAVEATS),
    )
    return rounded(result), records


def _closed(
    record: ForecastRecord, found: Mapping[tuple[str, dt.date, dt.date | None], tuple[float, str]]
) -> ForecastRecord:
    """A record with the questions alone whose windows the scenario's record closes."""
    return structs.replace(
        record,
        events=[row for row in record.events if (row.id, row.by, record.at) in found],
        series=[row for row in record.series if (row.id, row.week, record.at) in found],
    )


def outcomes(
    made: Forecaster, dates: Sequence[dt.date]
) -> dict[tuple[str, dt.date, dt.date | None], tuple[float, str]]:
    """What the scenario's own record says of every window that closes by now: (question, date, forecast date) ->
    (value, how it is known)."""
    teller = _Teller(made)
    found: dict[tuple[str, dt.date, dt.date | None], tuple[float, str]] = {}
    clock, asks = made.scenario.clock, made.scenario.forecasts
    for at in dates:
        step = step_at(made.scenario, at)
        for event in asks.events:
            for steps in event.steps:
                if step + steps <= clock.now_step:
                    found[event.id, clock.date_of(step + steps), at] = teller.event(event, step, steps)
        for series in asks.series:
            for ahead in range(1, series.steps + 1):
                if step + ahead + series.per_step <= clock.now_step:
                    found[series.id, clock.date_of(step + ahead), at] = teller.week(series, step, ahead)
    return found


class _Teller:
    """What the whole record says; the whole record is fitted only if some question needs the replay."""

    def __init__(self, made: Forecaster) -> None:
        self.made, self.whole = made, None

    @property
    def replay(self) -> Replayed:
        if self.whole is None:
            made, now = self.made, self.made.scenario.clock.now_step
            draws = made.fit(made.scenario, made.model.record, None).posterior(made.draws)
            self.whole = observed.replayed(made.model, draws, made.model.record, now)
        return self.whole

    def event(self, question: EventQuestion, step: int, steps: int) -> tuple[float, str]:
        if question.when is not None:
            (value,), how = self.values(question.when.tree, step + steps)
            return float(value), how
        past = observed.happened(question, self.made.model.record, self.made.model.game)
        return float(past[step : step + steps].any()), RECORDED

    def week(self, question: SeriesQuestion, step: int, ahead: int) -> tuple[float, str]:
        boundary = step + ahead + question.per_step
        if not question.since_start:
            (value,), how = self.values(question.value.tree, boundary)
            return float(value), how
        (value, first), how = self.values(question.value.tree, boundary, step)
        return float(value - first), how

    def values(self, tree: Node, *boundaries: int) -> tuple[np.ndarray, str]:
        """An expression at boundaries: as measured if it is at all of them, else from the replay at all of them."""
        made = self.made
        seen = [observed.measured(made.scenario, made.model.record, tree, b, self.replay.means) for b in boundaries]
        if all(value is not None for value in seen):
            return np.array(seen, float), MEASURED
        return self.replay.values(tree)[list(boundaries)].astype(float), REPLAYED
