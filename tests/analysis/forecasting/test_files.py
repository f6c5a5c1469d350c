"""Sealed records: what the seal covers, and what is refused."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest

from detente.analysis.forecasting.files import file_name, read_records, seal
from detente.errors import InputError

RECORD = {
    "scenario": "cod-war",
    "at": "1976-03-01",
    "issued": "2026-01-01",
    "events": [{"id": "break", "by": "1976-03-29", "p": 0.25, "baseline": 0.5}],
    "series": [
        {"id": "strain", "unit": "°", "week": "1976-03-08", "q05": 1, "q25": 2, "q50": 3, "q75": 3, "q95": 5.5},
    ],
}


@pytest.fixture
def write(tmp_path):
    """Write a record, sealed unless told otherwise."""

    def write(record: dict, name: str = "r.json", sealed: bool = True):
        record = {"sha256": seal(record), **record} if sealed else record
        (tmp_path / name).write_text(json.dumps(record, indent=1), encoding="utf-8")
        return tmp_path / name

    return write


def message(*paths) -> str:
    with pytest.raises(InputError) as caught:
        read_records(paths)
    return str(caught.value)


def test_the_seal_is_the_hash_of_the_canonical_text():
    text = (
        '{"at":"1976-03-01","events":[{"baseline":0.5,"by":"1976-03-29","id":"break","p":0.25}],"scenario":"cod-war",'
        '"series":[{"id":"strain","q05":1,"q25":2,"q50":3,"q75":3,"q95":5.5,"unit":"°","week":"1976-03-08"}]}'
    )
    assert seal(RECORD) == hashlib.sha256(text.encode()).hexdigest()


def test_the_day_of_issue_and_the_order_of_keys_do_not_matter(write):
    other = dict(reversed({**RECORD, "issued": "2027-12-31"}.items()))
    assert seal(other) == seal(RECORD)
    assert read_records([write(other)])[0].issued == dt.date(2027, 12, 31)


def test_its_name(write):
    assert file_name(read_records([write(RECORD)])[0]) == "forecast-cod-war-1976-03-01.json"


@pytest.mark.parametrize("field", ["p", "baseline", "by", "id"])
def test_a_changed_record_is_refused(write, field):
    record = {"sha256": seal(RECORD), **json.loads(json.dumps(RECORD))}
    record["events"][0][field] = {"p": 0.26, "baseline": 0.49, "by": "1976-03-28", "id": "brake"}[field]
    assert message(write(record, sealed=False)) == (
        "1 problem in the forecast records\n\n"
        "r.json: sha256\n"
        f"  expected {seal(record)}, the hash of what it says\n"
        f"  got      '{seal(RECORD)}'\n"
        "  hint     the record was changed after it was issued: take the original"
    )


def test_every_problem_of_every_file_at_once(write, tmp_path):
    event = {"id": "break", "by": "soon", "p": 1.5, "baseline": True}
    week = {**RECORD["series"][0], "q25": 4}
    one = write({**RECORD, "at": 7, "events": [event], "series": [week]})
    (tmp_path / "broken.json").write_text('{"at": 1,\n "at" 2}')
    assert (
        message(one, tmp_path / "broken.json", tmp_path / "gone.json")
        == """\
7 problems in the forecast records

r.json: at
  expected a day of the calendar, as YYYY-MM-DD
  got      '7'

r.json: events[0].by
  expected a day of the calendar, as YYYY-MM-DD
  got      'soon'

r.json: events[0].p
  expected a probability, 0 to 1
  got      '1.5'

r.json: events[0].baseline
  expected a number
  got      'True'

r.json: series[0]
  expected q05 <= q25 <= q50 <= q75 <= q95
  got      '1, 4, 3, 3, 5.5'

broken.json:2:7: RECORD
  expected a forecast record, as `detente forecast issue` writes it
  got      'broken.json'
  hint     Expecting ':' delimiter

RECORD
  expected a forecast record, as `detente forecast issue` writes it
  got      'gone.json'
  hint     No such file or directory"""
    )


def test_a_part_of_another_kind_is_named(write):
    assert message(write(RECORD | {"warnings": [1]})) == (
        "1 problem in the forecast records\n\nr.json: warnings[0]\n  expected a text\n  got      '1'"
    )


@pytest.mark.parametrize("text", ["[]", "3", '{"events": 3, "scenario": null}', '{"p": NaN}', "\ud800", "[" * 100_000])
def test_what_is_no_record_is_refused(tmp_path, text):
    path = tmp_path / "r.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert "r.json" in message(path)


def test_a_record_twice_is_refused(write):
    assert (
        message(write(RECORD), write(RECORD, "again.json"))
        == """\
1 problem in the forecast records

RECORD
  expected each record once
  got      'cod-war at 1976-03-01'
  hint     it is given twice"""
    )
