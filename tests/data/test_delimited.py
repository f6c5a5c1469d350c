"""Rows of text by blocks: the same rows whatever the block, and an error on the right line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.data.delimited import Form, blocks
from detente.errors import InputError

CELL = st.text(st.sampled_from('ab,"\n é'), max_size=6)


def read(data: bytes, width: int = 2, size: int = 1_000, **options):
    names = [f"c{i}" for i in range(width)]
    return list(blocks(io.BytesIO(data), "f.csv", Form(**options), names, header=False, size=size))


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(st.tuples(CELL.filter(bool), CELL), min_size=1, max_size=12), size=st.integers(1, 40))
def test_blocks_of_any_size_give_the_rows_of_the_csv_module(rows, size):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    found = read(out.getvalue().encode(), size=size)
    assert [(a, b or "") for block in found for a, b in block.frame.rows()] == rows
    starts = [1]
    for a, b in rows:
        starts.append(starts[-1] + 1 + a.count("\n") + b.count("\n"))
    assert [line for block in found for line in block.numbers.tolist()] == starts[:-1]


def message(data: bytes, **options) -> str:
    with pytest.raises(InputError) as caught:
        read(data, **options)
    return str(caught.value)


def test_a_row_of_another_width_is_named_by_its_line():
    text = message(b'a,"b\nb"\n\nc\nd,e,f\n')
    assert text.startswith("2 problems in the data\n\nf.csv:4:1: row\n  4 | c\n")
    assert "f.csv:5:1: row" in text and text.endswith("expected 2 fields\n  got      '3 fields'")


def test_a_quote_that_never_closes_is_refused():
    assert "a quote that is never closed, or no line break" in message(b'a,b\n"a,b\nc,d\n')


def test_bytes_that_are_not_utf8_are_refused_or_replaced():
    assert "f.csv:2:1: encoding\n  expected text in UTF-8\n  got      'the byte 0xff'" in message(b"a,b\nc,\xff\n")
    (block,) = read(b"a,b\nc,\xff\n", lossy=True)
    assert block.frame["c1"].to_list() == ["b", "\ufffd"]


def test_nothing_is_no_rows():
    assert read(b"") == read(b"\n\n") == []


@pytest.mark.parametrize(
    ("data", "place", "got"),
    [
        (b'a,b\nc,5" gun\n', "f.csv:2:4", 'a quotation mark inside an unquoted cell: c,5" gun'),
        (b'a,b\nc,5" gun\n"d",e\nf,g\n', "f.csv:2:4", 'a quotation mark inside an unquoted cell: c,5" gun'),
        (b'a,b\nc,5" gun\nd,6" gun\n', "f.csv:2:4", 'a quotation mark inside an unquoted cell: c,5" gun'),
        (b'a,b\n"c"d,e\n', "f.csv:2:3", 'text after a closing quotation mark: "c"d,e'),
        ('é,"b\nc"\n"ü" d,e\n'.encode(), "f.csv:3:3", 'text after a closing quotation mark: "ü" d,e'),
    ],
)
def test_a_stray_quotation_mark_is_named_by_its_line(data, place, got):
    assert message(data) == (
        f"1 problem in the data\n\n{place}: row\n  expected quotes around whole cells\n  got      {got!r}\n"
        '  hint     put the cell in double quotes, and write each quotation mark in it as ""'
    )


def test_quotation_marks_that_close_in_their_cell_are_text():
    (block,) = read(b'a "b" c,d\n')
    assert block.frame.rows() == [('a "b" c', "d")]
