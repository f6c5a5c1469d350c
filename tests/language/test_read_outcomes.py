"""Tables of outcomes: what they read to, and whole messages."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from detente.errors import InputError
from detente.language.read_outcomes import Outcome, read_outcomes

KINDS = {"break": "events", "strain": "series"}
DAY = dt.date(1976, 3, 29)


@pytest.fixture
def read(tmp_path):
    def read(text: str, name: str = "o.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return read_outcomes(tmp_path / name, KINDS)

    return read


def test_csv_and_json_read_alike(read):
    table = read("id,date,value,at\nbreak,1976-03-29,1,\nbreak,1976-03-29,0,1976-03-01\nstrain,1976-03-29,2.5,\n")
    assert table == [
        Outcome("break", DAY, 1.0),
        Outcome("break", DAY, 0.0, dt.date(1976, 3, 1)),
        Outcome("strain", DAY, 2.5),
    ]
    rows = [
        {"id": "break", "date": "1976-03-29", "value": True},
        {"id": "break", "date": "1976-03-29", "value": 0, "at": "1976-03-01"},
        {"id": "strain", "date": "1976-03-29", "value": 2.5},
    ]
    assert read(json.dumps(rows), "o.json") == table


def test_every_problem_at_once(read):
    with pytest.raises(InputError) as caught:
        read(
            "id,date,value\nbrake,1976-03-29,1\nbreak,1976-03-29,0.4\nbreak,29 March,1\nstrain,1976-03-29,\n"
            "strain,1976-03-29,3\n"
        )
    assert (
        str(caught.value)
        == """\
5 problems in the outcomes

o.csv:2:1: id
  2 | brake,1976-03-29,1
    | ^
  expected the id of a question that was forecast
  got      'brake'
  hint     did you mean 'break'?

o.csv:3:18: value
  3 | break,1976-03-29,0.4
    |                  ^
  expected 1 if it happened, 0 if it did not
  got      '0.4'

o.csv:4:7: date
  4 | break,29 March,1
    |       ^
  expected a day of the calendar, as YYYY-MM-DD
  got      '29 March'

o.csv:5:19: value
  5 | strain,1976-03-29,
    |                   ^
  expected a number
  got      'nothing'

o.csv:6:1: id
  6 | strain,1976-03-29,3
    | ^
  expected each question and date once
  got      'strain 1976-03-29'"""
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [("o.csv", "id;date;value\n"), ("o.json", "{}"), ("o.json", "[1,"), ("o.json", "[" * 100_000), ("o.csv", "")],
)
def test_what_is_no_table_is_refused(read, name, text):
    with pytest.raises(InputError, match="1 problem in the outcomes"):
        read(text, name)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError) as caught:
        read_outcomes(tmp_path / "gone.csv", KINDS)
    assert str(caught.value) == "1 problem in the outcomes\n\ngone.csv\n  expected a file\n  got      'no such file'"


def test_a_row_with_semicolons_says_what_parts_cells(read):
    with pytest.raises(InputError) as caught:
        read("id,date,value\nbreak,1976-03-29;1,1\n")
    assert caught.value.problems[0].hint == "separate the cells with commas"
