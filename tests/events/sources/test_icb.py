"""The reader of ICB2 files, and the traps of its codebook."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import InputError
from detente.events.sources import icb
from tests import real_data
from tests.events.crises import many, row, text_of


def read(tmp_path, text, name="icb2.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return icb.read_actors(path)


def test_a_row_is_a_case(tmp_path):
    (case,) = read(tmp_path, text_of([row()]))
    assert (case.case, case.crisis, case.name, case.country, case.actor, case.year) == (1, 1, "FIRST", 2, "USA", 1950)
    assert case.triggered == icb.Span(dt.date(1950, 6, 25), dt.date(1950, 6, 25))
    assert (
        case.code("majres") == 8 and icb.RESPONSES[8] == "violent military" and icb.TRIGGERS[9] == "direct violent act"
    )


def test_responses_are_offset_by_one_from_triggers():
    assert icb.TRIGGERS[7] == "non-violent military act" and icb.RESPONSES[6] == "non-violent military"
    assert icb.TRIGGERS[9] == "direct violent act" and icb.RESPONSES[8] == "violent military"


def test_byte_order_mark_other_orders_and_unknown_columns(tmp_path):
    columns = [*reversed(icb.COLUMNS), "added"]
    (case,) = read(tmp_path, text_of([row(added="whatever")], columns), encoding="utf-8-sig")
    assert case.code("triggr") == 9 and "added" not in case.codes


@pytest.mark.parametrize(
    ("day", "first", "last"), [(66, 1, 10), (77, 11, 20), (88, 21, 28), ("", 1, 28), (9, 9, 9), (31, 1, 28)]
)
def test_thirds_of_a_month(tmp_path, day, first, last):
    (case,) = read(tmp_path, text_of([row(yrtrig=1951, motrig=2, datrig=day)]))
    assert case.triggered == icb.Span(dt.date(1951, 2, first), dt.date(1951, 2, last))


def test_lengths_come_from_exact_dates_and_else_from_the_file(tmp_path):
    exact, third = read(tmp_path, text_of([row(trgterra=99), row(cracno=2, datrig=77, trgterra=99)]))
    assert (exact.days_to_end, third.days_to_end) == (10, 99)


def test_missing_cells_and_codes_that_the_codebook_lacks(tmp_path):
    (case,) = read(tmp_path, text_of([row(powdis="", outcom=9, sizedu=-99, southpow="")]))
    assert [case.codes[name] for name in ("powdis", "outcom", "sizedu", "southpow")] == [None] * 4


def test_power_gaps_are_signed(tmp_path):
    (case,) = read(tmp_path, text_of([row(powdis=-41)]))
    assert case.codes["powdis"] == -41


def test_one_state_twice_in_a_crisis_is_two_cases(tmp_path):
    assert len(read(tmp_path, text_of([row(), row(cracno=2)]))) == 2


def test_every_problem_is_told_at_once(tmp_path):
    rows = [
        row(),
        row(triggr=12),
        row(cracno=2, triggr=12),
        row(cracno=3, majres=""),
        row(cracno=4, gravty="x"),
        row(cracno=5, motrig=13),
    ]
    with pytest.raises(InputError) as caught:
        read(
            tmp_path,
            text_of(
                rows,
                [
                    "crisno",
                    "crisname",
                    "cracno",
                    "cracid",
                    "actor",
                    "yrtrig",
                    "motrig",
                    "triggr",
                    "majres",
                    "viol",
                    "gravty",
                    "nuclear",
                    "powsta",
                    "regime",
                    "trigent",
                    "iwc",
                    "pc",
                ],
            ),
        )
    assert (
        str(caught.value)
        == """\
5 problems in the crises

icb2.csv:3:9: cracno
  3 | 1,FIRST,1,2,USA,1950,6,12,8,4,3,4,4,1,365,1,1
    |         ^
  expected each actor case once
  got      '1'
  hint     it stands on line 2 too

icb2.csv:3:24: triggr
  3 | 1,FIRST,1,2,USA,1950,6,12,8,4,3,4,4,1,365,1,1
    |                        ^
  expected a code of the codebook, 1 to 9
  got      '12'
  hint     2 rows have it

icb2.csv:5:26: majres
  5 | 1,FIRST,3,2,USA,1950,6,9,,4,3,4,4,1,365,1,1
    |                          ^
  expected a code, for no case lacks it
  got      'nothing'

icb2.csv:6:30: gravty
  6 | 1,FIRST,4,2,USA,1950,6,9,8,4,x,4,4,1,365,1,1
    |                              ^
  expected a whole number
  got      'x'

icb2.csv:7:17: yrtrig
  7 | 1,FIRST,5,2,USA,1950,13,9,8,4,3,4,4,1,365,1,1
    |                 ^
  expected a date; days 66, 77 and 88 are thirds of a month
  got      '1950-13-?'"""
    )


def test_a_file_of_the_crisis_level_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, "icb1,crisno,crisname,break,gravcr,majres\n", "icb1.csv")
    assert (
        str(caught.value)
        == """\
1 problem in the crises

icb1.csv:1:1: header
  1 | icb1,crisno,crisname,break,gravcr,majres
    | ^
  expected the column triggr
  got      'the columns of ICB1'
  hint     this is ICB1, one row per crisis, whose codes differ; take ICB2, one row per state"""
    )


def test_a_column_that_lacks(tmp_path):
    with pytest.raises(InputError, match="the column crisname"):
        read(tmp_path, "crisno\n1\n")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_mutated_files_are_read_or_refused(tmp_path_factory, data):
    text = text_of(many(3))
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 20))
    put = data.draw(st.text(max_size=8))
    path = tmp_path_factory.mktemp("icb") / "icb2.csv"
    path.write_bytes((text[:at] + put + text[at + cut :]).encode("utf-8", "replace"))
    try:
        icb.read_actors(path)
    except InputError as error:
        assert error.problems


def test_the_public_file_reads_whole():
    cases = icb.read_actors(real_data.path(icb.FILE))
    assert len(cases) == 810 and len({case.case for case in cases}) == 810
    cuba = {c.actor: c for c in cases if c.crisis == 196}
    assert cuba["RUS"].triggered == icb.Span(dt.date(1962, 10, 22), dt.date(1962, 10, 22))
    assert sum(case.code("majres") >= 8 for case in cases) == 314


@pytest.mark.parametrize("column", [name for name in icb.REQUIRED if name not in ("actor", "crisname")])
def test_a_code_for_missing_is_refused_where_no_case_lacks_one(tmp_path, column):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text_of([row() | {column: -9}]))
    (problem,) = [p for p in caught.value.problems if p.field == column]
    assert (problem.expected, problem.got) == ("a code, for no case lacks it", "-9")
