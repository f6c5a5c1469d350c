"""Forecasts at dates: nothing of a later day reaches them, one compilation serves all, the record is the judge."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from pathlib import Path

import pytest
from msgspec.structs import replace

from detente.analysis.forecasting.files import seal
from detente.analysis.forecasting.forecasts import Forecaster, forecaster, hindcast, outcomes
from detente.engine import simulate
from detente.engine.backends import machine
from detente.errors import InputError
from detente.language.load import load
from detente.result import encode
from detente.result.forecasts import ForecastRecord
from detente.settings import SMCSettings

SCENARIO = """
    detente: 1
    title: A tide
    clock: {start: 2020-01-06, branch: 2020-02-03, now: 2020-03-30, end: 2020-06-29, step: 1 week}
    actors: {A: {name: The keeper of the dyke}}
    parameters:
      rise: {prior: normal(1, 1), unit: m per week, source: guess}
      zeal: {prior: normal(0, 1), unit: logit, source: guess}
      weather: {prior: normal(-2, 1), unit: logit, source: guess}
    stocks:
      water: {initial: 1, unit: m, range: [-100, 100], flow: rise, noise: 0.5,
              observed: {file: observed/water.csv, model: normal(0.2)}}
      sand: {initial: 10, unit: bags, range: [0, 1000], flow: -0.1 * sand}
    tracks:
      A.dyke: {mend: {rung: 1, appeal: zeal, effects: {sand: +2}}}
    events:
      storm: {hazard: logistic(weather)}
    """
HISTORY = """
    date,track,move
    2020-01-08,A.dyke,mend
    2020-01-15,event,storm
    2020-01-22,A.dyke,mend
    2020-02-19,A.dyke,mend
    2020-03-04,event,storm
    2020-03-11,A.dyke,mend
    2020-03-25,event,storm
    """
WATER = """
    date,value
    2020-01-13,2.1
    2020-01-27,4.0
    2020-02-10,6.2
    2020-02-24,7.7
    2020-02-27,7.9
    2020-03-09,9.5
    2020-03-23,12.5
    """
QUESTIONS = """
    events:
      storm: {says: A storm., happens: storm, within: [2 weeks, 4 weeks]}
      flood: {says: Over the dyke., when: water > 8, after: 2 weeks}
      sandy: {says: Sand is left., when: sand > 9, after: 2 weeks}
    series:
      level: {value: water, unit: m, steps: 4}
      gain: {value: water, unit: m, since: start, steps: 4}
      bags: {value: sand, unit: bags, per: step, steps: 4}
    """
DATE = dt.date(2020, 2, 24)
LATER = ("2020-03", "2020-02-27")  # how later rows begin


def write(folder: Path, history: str = HISTORY, water: str = WATER) -> Path:
    (folder / "observed").mkdir(parents=True)
    files = {
        "scenario.yaml": SCENARIO,
        "history.csv": history,
        "observed/water.csv": water,
        "forecasts.yaml": QUESTIONS,
    }
    for name, text in files.items():
        (folder / name).write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
    return folder


def without(table: str, *starts: str) -> str:
    """A table without the rows whose day begins so."""
    return "\n".join(line for line in table.split("\n") if not line.strip().startswith(starts))


def made(folder: Path) -> Forecaster:
    return forecaster(load(folder), seed=3, draws=64, futures=8, settings=SMCSettings(particles=16))


def text(record: ForecastRecord) -> str:
    return encode(replace(record, issued=DATE))


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Forecaster:
    return made(write(tmp_path_factory.mktemp("whole") / "tide"))


@pytest.fixture(scope="module")
def record(whole) -> ForecastRecord:
    return whole.at(DATE)


def test_rows_after_the_date_cannot_change_a_forecast(record, tmp_path, monkeypatch):
    """The leak test: the same bytes from a folder that holds no later row, fitted anew."""
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path / "cache"))
    cut = made(write(tmp_path / "tide", without(HISTORY, *LATER), without(WATER, *LATER)))
    assert text(cut.at(DATE)) == text(record)


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [("history", "2020-02-19,A.dyke,mend\n", ""), ("water", "2020-02-24,7.7", "2020-02-24,7.6")],
)
def test_rows_before_the_date_do_change_it(record, tmp_path, table, old, new):
    """And the leak test can fail."""
    tables = {"history": HISTORY, "water": WATER}
    assert old in tables[table]
    changed = made(write(tmp_path / "tide", **{**tables, table: tables[table].replace(old, new)})).at(DATE)
    assert changed.inputs_sha256 != record.inputs_sha256
    assert changed.sha256 != record.sha256
    assert [row.p for row in changed.events] != [row.p for row in record.events]


def test_the_record_is_sealed_and_has_the_form_it_promises(record):
    content = json.loads(encode(record))
    assert list(content)[:4] == ["scenario", "at", "issued", "sha256"]
    assert record.sha256 == seal(content)
    assert (record.scenario, record.at, record.seed, record.schema) == ("tide", DATE, 3, 1)
    assert [(row.id, str(row.by)) for row in record.events] == [
        ("storm", "2020-03-09"),
        ("storm", "2020-03-23"),
        ("flood", "2020-03-09"),
        ("sandy", "2020-03-09"),
    ]
    assert [str(row.week) for row in record.series if row.id == "level"] == [
        "2020-03-02",
        "2020-03-09",
        "2020-03-16",
        "2020-03-23",
    ]
    for row in record.events:
        assert 0 <= row.p <= 1 and row.mc_error > 0 and set(row.by_hypothesis) == {"model"}
    for row in record.series:
        assert list(row.quantiles()) == sorted(row.quantiles())


def test_baselines_by_hand(record):
    """Seven weeks before 24 February, one with a storm, none in the last two or four."""
    storm = record.events[:2]
    assert [row.baseline for row in storm] == pytest.approx([1 - (1 - 1.5 / 8) ** n for n in (2, 4)], abs=1e-6)
    assert [row.last for row in storm] == [0.25, 0.25]


def test_again_is_the_same(whole, record):
    assert text(whole.at(DATE)) == text(record)


def test_one_compilation_serves_every_date(whole, record):
    written, compiled = simulate._program.cache_info().misses, machine.compilations()
    for days in (7, 14):
        whole.at(DATE + dt.timedelta(days=days))
    assert simulate._program.cache_info().misses == written
    assert machine.compilations() == compiled


def test_outcomes_are_what_the_record_says(whole):
    """Windows from 10 February; those that close after 30 March are not there."""
    at = dt.date(2020, 2, 10)
    found = outcomes(whole, [at, dt.date(2020, 3, 16)])
    day = dt.date.fromisoformat
    assert found["storm", day("2020-02-24"), at] == (0.0, "recorded")
    assert found["storm", day("2020-03-09"), at] == (1.0, "recorded")
    assert found["flood", day("2020-02-24"), at] == (0.0, "measured")
    # 7.9 of the 27th is compared with the nearest boundary, the 24th, where the later row counts
    assert found["level", day("2020-02-24"), at] == (7.9, "measured")
    assert found["gain", day("2020-02-24"), at] == (pytest.approx(7.9 - 6.2), "measured")
    assert found["level", day("2020-02-17"), at][1] == "replayed"
    assert found["gain", day("2020-02-17"), at][1] == "replayed"
    # sand: +2 in a mended week, then a tenth is lost; exact, for no parameter enters
    sand = 10.0
    for mended in (1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0):
        sand = (sand + 2 * mended) * 0.9
    last = found["bags", day("2020-03-23"), dt.date(2020, 3, 16)]
    assert last == (pytest.approx(sand, rel=1e-5), "replayed")
    assert ("storm", day("2020-04-13"), dt.date(2020, 3, 16)) not in found
    assert ("bags", day("2020-03-30"), dt.date(2020, 3, 16)) not in found
    assert ("level", day("2020-03-30"), dt.date(2020, 3, 16)) in found


def test_a_hindcast_scores_its_own_records(whole):
    dates = [dt.date(2020, 2, 10) + dt.timedelta(weeks=2 * k) for k in range(3)]
    result, records = hindcast(whole, dates)
    assert [r.at for r in records] == dates == result.dates
    assert all(r.sha256 == seal(json.loads(encode(r))) for r in records)
    assert result.unscored == []
    # storm: 2 + 2 + 2 windows of two weeks and 1 + 1 + 0 of four close; flood and sandy: three each
    assert {id: row.n for id, row in result.events.questions.items()} == {"storm": 5, "flood": 3, "sandy": 3}
    by_hand = [(case.p - case.outcome) ** 2 for case in result.cases if case.id == "storm"]
    assert result.events.questions["storm"].brier == pytest.approx(sum(by_hand) / 5, rel=1e-4)
    assert result.series["level"].outcomes == {"measured": 5, "replayed": 6}


def test_a_scenario_without_questions(tmp_path):
    folder = write(tmp_path / "tide")
    (folder / "forecasts.yaml").unlink()
    with pytest.raises(InputError) as caught:
        made(folder)
    assert str(caught.value) == (
        "1 problem in the scenario\n\nforecasts.yaml\n"
        "  expected at least one question in the scenario's folder\n  got      'none'"
    )


def test_a_record_that_nothing_explains(tmp_path):
    folder = write(tmp_path / "tide")
    scenario = (folder / "scenario.yaml").read_text().replace("logistic(weather)", "0 * weather")
    (folder / "scenario.yaml").write_text(scenario)
    with pytest.raises(InputError) as caught:
        made(folder).at(DATE)
    assert str(caught.value) == (
        "1 problem in the record\n\nhistory.csv: step 1, from 2020-01-13\n"
        "  expected a record that at least one parameter value under one hypothesis allows\n"
        "  got      '2020-01-15 event storm'\n"
        "  hint     a move's `needs` fail, a hazard is 0 where its event happened, or it is 1 or more where it did not"
    )
