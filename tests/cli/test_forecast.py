"""forecast, score and hindcast as a user meets them: files, tables, JSON alone on stdout, messages."""

from __future__ import annotations

import json

import pytest

from detente.analysis.forecasting.files import seal
from tests.cli.conftest import COD_WAR, COMPILERS, call, modules_of

SMALL = ("--draws", "32", "--particles", "16", "--quiet")
DATE = "1976-03-01"


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    """A forecast of the cod war, written to a folder: how the command ended, and the file."""
    folder = tmp_path_factory.mktemp("issued")
    done = call("forecast", "issue", COD_WAR, "--at", DATE, "--out", folder, *SMALL)
    return done, folder / f"forecast-cod-war-{DATE}.json"


@pytest.fixture
def outcomes(issued, tmp_path):
    """Outcomes of every event, and of the first week of every series."""
    record = json.loads(issued[1].read_text(encoding="utf-8"))
    rows = [f"{row['id']},{row['by']},{int(row['id'] == 'strained')}" for row in record["events"]]
    rows += [f"{row['id']},{row['week']},{row['q50']}" for row in record["series"] if row["week"] == "1976-03-08"]
    path = tmp_path / "outcomes.csv"
    path.write_text("\n".join(["id,date,value", *rows]) + "\n", encoding="utf-8")
    return path


def test_forecast_writes_a_record_and_shows_it(issued):
    done, path = issued
    assert (done.code, done.err) == (0, "")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert done.out.startswith(f"cod-war as of {DATE}\nsha256 {record['sha256']}\n\nquestion    by           chance")
    assert "strain       1976-03-08" in done.out


def test_json_is_alone_on_stdout_and_the_same_as_the_file(issued):
    done = call("forecast", "issue", COD_WAR, "--at", DATE, "--json", *SMALL)
    assert (done.code, done.err) == (0, "")
    record = json.loads(done.out)
    again = json.loads(issued[1].read_text(encoding="utf-8"))
    record.pop("issued"), again.pop("issued")
    assert record == again


def test_score(issued, outcomes):
    done = call("forecast", "score", issued[1], "--outcomes", outcomes)
    assert (done.code, done.err) == (0, "")
    assert "Events: Brier scores" in done.out and "Reliability" in done.out
    assert "over-confidence: too few separate dates to test" in done.out
    assert "not scored, for want of an outcome: strain 1976-03-15 (at 1976-03-01)" in done.out
    card = json.loads(call("forecast", "score", issued[1], "--outcomes", outcomes, "--json").out)
    assert card["events"]["overall"]["n"] == 5
    assert {id: row["interval_score"] > 0 for id, row in card["series"].items()} == {
        "strain": True,
        "limit-gain": True,
        "heat": True,
    }
    assert len(card["unscored"]) == 21
    assert card["misses"]


def test_score_needs_no_compiler(issued, outcomes):
    assert not modules_of("forecast", "score", issued[1], "--outcomes", outcomes) & COMPILERS


def test_an_outcome_of_another_day_is_named(issued, outcomes):
    outcomes.write_text(outcomes.read_text("utf-8") + "strain,1977-01-01,3\n", "utf-8")
    done = call("forecast", "score", issued[1], "--outcomes", outcomes)
    assert done.code == 0
    assert "outcomes that no forecast asks for: strain 1977-01-01 (one ends on 1976-04-26)" in done.out


def test_a_changed_record_ends_with_2_and_its_hash(issued, outcomes, tmp_path):
    record = json.loads(issued[1].read_text(encoding="utf-8"))
    record["events"][0]["p"] = 0.123
    (tmp_path / "changed.json").write_text(json.dumps(record))
    done = call("forecast", "score", tmp_path / "changed.json", "--outcomes", outcomes)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("1 problem in the forecast records\n\nchanged.json: sha256\n  expected ")
    assert done.err.endswith("  hint     the record was changed after it was issued: take the original\n")


def test_records_of_two_scenarios_are_not_scored_together(issued, outcomes, tmp_path):
    record = json.loads(issued[1].read_text(encoding="utf-8")) | {"scenario": "another"}
    other = tmp_path / "other.json"
    other.write_text(json.dumps(record | {"sha256": seal(record)}), encoding="utf-8")
    done = call("forecast", "score", issued[1], other, "--outcomes", outcomes)
    assert done.code == 2 and "records of one scenario" in done.err and "another, cod-war" in done.err


def test_an_unknown_outcome_ends_with_2_and_the_nearest_name(issued, tmp_path):
    (tmp_path / "o.csv").write_text("id,date,value\nstraind,1976-03-29,1\n")
    done = call("forecast", "score", issued[1], "--outcomes", tmp_path / "o.csv")
    assert (done.code, done.out) == (2, "")
    assert (
        done.err
        == """\
1 problem in the outcomes

o.csv:2:1: id
  2 | straind,1976-03-29,1
    | ^
  expected the id of a question that was forecast
  got      'straind'
  hint     did you mean 'strained'?
"""
    )


def test_hindcast(tmp_path):
    span = ("--from", "1976-02-02", "--to", "1976-04-01", "--every", "4 weeks")
    done = call("forecast", "hindcast", COD_WAR, *span, "--out", tmp_path, "--json", *SMALL)
    assert (done.code, done.err) == (0, "")
    result = json.loads(done.out)
    days = ["1976-02-02", "1976-03-01", "1976-03-29"]
    assert result["dates"] == days
    assert {path.name for path in tmp_path.iterdir()} == {
        "hindcast-cod-war.json",
        *(f"forecast-cod-war-{day}.json" for day in days),
    }
    assert result["particles"] == 128
    assert result["events"]["overall"]["skill_baseline"]["value"] is not None
    table = call("forecast", "hindcast", COD_WAR, *span, *SMALL)
    assert table.out.startswith(
        "cod-war: 3 forecasts from 1976-02-02 to 1976-03-29, 128 particles per hypothesis, noise: kalman\n"
    )
    assert "the authors may have" in table.out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ("forecast", "issue", COD_WAR, "--at", "1976-03-02"),
            """--at
  expected a day on which a step begins, after 1975-11-10 (start) and no later than 1976-05-31 (now)
  got      '1976-03-02'
  hint     the nearest are 1976-03-01 and 1976-03-08
""",
        ),
        (
            ("forecast", "issue", COD_WAR, "--at", "yesterday"),
            "--at\n  expected a day of the calendar, as YYYY-MM-DD\n  got      'yesterday'\n",
        ),
        (
            ("forecast", "issue", COD_WAR, "--at", DATE, "--particles", "3"),
            "--particles\n  expected a whole number from 16 to 65536\n  got      '3'\n",
        ),
        (
            ("forecast", "hindcast", COD_WAR, "--from", DATE, "--to", DATE, "--every", "a month"),
            "--every\n  expected a number of days or weeks, such as 4w or 28d\n  got      'a month'\n",
        ),
        (
            ("forecast", "hindcast", COD_WAR, "--from", DATE, "--to", DATE, "--every", "10d"),
            "--every\n  expected a whole number of steps of 7 days\n  got      '10 days'\n",
        ),
    ],
)
def test_messages(arguments, problem):
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"1 problem in the options\n\n{problem}"


@pytest.mark.parametrize(("text", "days"), [("4w", 28), ("28d", 28), ("4 weeks", 28), ("1 day", 1), ("1week", 7)])
def test_durations(text, days):
    from detente.cli.dates import parse_days

    assert parse_days("--every", text) == days
