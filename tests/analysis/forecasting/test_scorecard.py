"""Scorecards worked out by hand."""

from __future__ import annotations

import datetime as dt
from math import log

import numpy as np
import pytest
from msgspec import convert

from detente.analysis.forecasting.scorecard import Case, blocks_of, post_mortem, scorecard, worst
from detente.result.forecasts import (
    EventForecast,
    EventScores,
    ForecastRecord,
    SeriesForecast,
    Unasked,
    Unscored,
)

START = dt.date(2024, 1, 1)


def day(weeks: int) -> str:
    return (START + dt.timedelta(weeks=weeks)).isoformat()


def event(id: str, by: int, p: float, baseline: float = 0.5, **more):
    row = {"id": id, "by": day(by), "p": p, "baseline": baseline, "last": 0.25, **more}
    return convert(row, EventForecast)


def week(id: str, at: int, *quantiles: float, last: float = 10.0):
    names = ("q05", "q25", "q50", "q75", "q95")
    values = dict(zip(names, quantiles, strict=True))
    return SeriesForecast(id=id, unit="km2", week=on(at), last=last, **values)


def record(at: int, events=(), series=()):
    head = {"scenario": "x", "at": on(at), "issued": on(99), "sha256": str(at)}
    return ForecastRecord(**head, events=list(events), series=list(series))


def on(weeks: int) -> dt.date:
    return START + dt.timedelta(weeks=weeks)


def test_by_hand():
    records = [
        record(0, [event("a", 1, 0.9), event("b", 2, 0.2)], [week("s", 1, 5, 8, 10, 12, 20)]),
        record(1, [event("a", 2, 0.6), event("b", 3, 0.2)], [week("s", 2, 5, 8, 10, 12, 20)]),
    ]
    found = {
        ("a", on(1), None): (1.0, ""),
        ("a", on(2), None): (0.0, ""),
        ("b", on(2), None): (0.0, ""),
        ("s", on(1), None): (21.0, ""),
        ("s", on(2), None): (12.0, ""),
    }
    card = scorecard(records, found)
    assert card.unscored == [Unscored(id="b", at=on(1), date=on(3))]
    overall = card.events.overall
    assert (overall.n, overall.happened, overall.dates) == (3, 1, 2)
    assert overall.brier == pytest.approx((0.01 + 0.04 + 0.36) / 3)
    assert overall.brier_baseline == pytest.approx(0.25)
    assert overall.brier_last == pytest.approx((0.5625 + 0.0625 + 0.0625) / 3)
    assert overall.skill_baseline.value == pytest.approx(1 - 0.41 / 0.75)
    assert overall.skill_baseline.low is None
    assert overall.log == pytest.approx(-(log(0.9) + log(0.8) + log(0.4)) / 3)
    assert card.events.questions["b"].brier == pytest.approx(0.04)
    assert card.events.both_ways.n == 2  # `b` never came
    series = card.series["s"]
    inside = (0.5 * 2 + 0.25 * 4 + 0.05 * 15) / 2.5
    outside = (0.5 * 11 + 0.25 * (4 + 4 * 9) + 0.05 * (15 + 20 * 1)) / 2.5
    assert series.interval_score == pytest.approx((inside + outside) / 2)
    assert series.error_last == pytest.approx((11 + 2) / 2)
    assert (series.coverage_50.value, series.coverage_90.value) == (0.5, 0.5)
    assert [(miss.id, miss.p) for miss in card.misses] == [("a", 0.6)]


def test_a_zero_that_happened_is_reported_as_infinite():
    card = scorecard([record(0, [event("a", 1, 0.0)])], {("a", on(1), None): (1.0, "")})
    overall = card.events.overall
    assert (overall.log, overall.log_infinite) == (None, 1)
    assert overall.log_floored == pytest.approx(-log(0.001))


def test_an_outcome_of_one_forecast_comes_first():
    """The same last day closes windows of different length, and what happened in between counts for one alone."""
    records = [record(0, [event("a", 2, 0.5)]), record(1, [event("a", 2, 0.5)])]
    card = scorecard(records, {("a", on(2), None): (0.0, ""), ("a", on(2), on(0)): (1.0, "")})
    assert [(case.at, case.outcome) for case in card.cases] == [(on(0), 1), (on(1), 0)]


def test_outcomes_that_no_forecast_asks_for():
    records = [record(0, [event("a", 1, 0.5)]), record(2, [event("a", 3, 0.5)])]
    found = {("a", on(1), None): (1.0, ""), ("a", on(4), None): (1.0, ""), ("a", on(3), on(1)): (1.0, "")}
    assert scorecard(records, found).unasked == [
        Unasked(id="a", date=on(4), nearest=on(3)),
        Unasked(id="a", date=on(3), nearest=on(3)),
    ]


def test_nothing_to_score():
    card = scorecard([record(0, [event("a", 1, 0.5)])], {})
    assert card.events.overall == EventScores(n=0)
    assert (card.series, card.misses, len(card.unscored)) == ({}, [], 1)


def cases(window: int, dates: int, spacing: int = 1):
    return [Case(on(k * spacing), on(k * spacing + window), event("a", 1, 0.5), 0.0) for k in range(dates)]


def test_dates_whose_windows_overlap_form_one_block():
    assert blocks_of(cases(1, 8))[0].tolist() == [*range(8)]
    block, overlap = blocks_of(cases(2, 8))
    assert (block.tolist(), overlap) == ([0, 0, 1, 1, 2, 2, 3, 3], False)
    block, overlap = blocks_of(cases(8, 11, spacing=8))
    assert (block.tolist(), overlap) == ([*range(11)], False)
    block, overlap = blocks_of(cases(26, 11, spacing=8))  # four dates wanted; at least four blocks are kept
    assert (block.tolist(), overlap) == ([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5], True)
    assert blocks_of(cases(5, 1))[1] is False


def test_blocks_go_by_date_not_by_order():
    one, two = cases(1, 2)
    assert blocks_of([two, one, two])[0].tolist() == [1, 0, 1]


def test_the_worst_are_the_misses_or_five():
    def made(p: float, outcome: int):
        return Case(on(0), on(1), event("a", 1, p), float(outcome))

    many = [made(0.1 * k, 0) for k in range(5)] + [made(0.9, 1)]
    assert [case.row.p for case in worst(many)] == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.9])
    assert [case.row.p for case in worst([*many, made(0.6, 0), made(0.3, 1)])] == [0.3, 0.6]


def test_post_mortem_by_hand():
    row = event(
        "a",
        1,
        0.2,
        by_hypothesis={"bluff": 0.1, "line": 0.6},
        by_parameter=[
            {"parameter": "x", "low": 1.0, "high": 2.0, "p_low": 0.1, "p_high": 0.3},
            {"parameter": "y", "low": 3.0, "high": 4.0, "p_low": 0.25, "p_high": 0.15},
        ],
    )
    found = post_mortem(Case(on(0), on(1), row, 1.0))
    assert (found.hypothesis.hypothesis, found.hypothesis.p) == ("line", 0.6)
    gains = found.hypothesis.brier_gain, found.hypothesis.log_gain
    assert gains == pytest.approx((0.64 - 0.16, log(0.6 / 0.2)))
    assert found.parameter.parameter == "x"
    assert (found.parameter.side, found.parameter.bound) == ("high", 2.0)
    assert found.parameter.brier_gain == pytest.approx(0.64 - 0.49)


def test_post_mortem_names_nobody_who_was_worse():
    found = post_mortem(Case(on(0), on(1), event("a", 1, 0.2, by_hypothesis={"bluff": 0.1, "line": 0.2}), 1.0))
    assert (found.hypothesis, found.parameter) == (None, None)


def test_series_by_horizon():
    made = [
        record(0, series=[week("s", w, 8, 9, 10, 11, 12) for w in (1, 4, 5, 13, 14, 26, 27, 52)]),
    ]
    found = {("s", on(w), None): (10.0, "measured" if w < 14 else "replayed") for w in range(60)}
    series = scorecard(made, found).series["s"]
    assert {name: row.n for name, row in series.by_horizon.items()} == {
        "to 4 weeks": 2,
        "5 to 13 weeks": 2,
        "14 to 26 weeks": 2,
        "27 weeks on": 2,
    }
    assert series.outcomes == {"measured": 4, "replayed": 4}
    assert series.skill_last.value is None  # the last value was right every time: nothing to improve on
    assert np.isfinite(series.interval_score)
