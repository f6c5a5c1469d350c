"""Rows of text by blocks: the same rows whatever the block, and an error on the right line."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import InputError
from detente.events.cells import Cells, Report
from detente.events.delimited import Form, blocks, first_lines, is_encoding, members, opened

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


def kept(data: bytes, **options):
    """The rows that are whole, and the messages about the others."""
    report, rows = Report(), []
    for block in read(data, **options):
        Cells(block, report)
        rows += block.frame.rows()
    return rows, [str(problem) for problem in report.problems()]


def test_a_row_of_another_width_is_set_apart_with_its_line():
    rows, problems = kept(b'a,"b\nb"\n\nc\nd,e,f\ng,h\n')
    assert rows == [("a", "b\nb"), ("g", "h")]
    assert problems == [
        "f.csv:4:1: row\n  4 | c\n    | ^\n  expected 2 fields by commas\n  got      '1 fields'",
        "f.csv:5:1: row\n  5 | d,e,f\n    | ^\n  expected 2 fields by commas\n  got      '3 fields'",
    ]
    rows, (problem,) = kept(b'a;b\n"x\ny";z;"t"\n', separator=";")
    assert rows == [("a", "b")] and problem.endswith("got      '3 fields, over 2 lines'")


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ('a,b\nc,5" gun\nd,"e\nf"\n', [2]),
        ('a,5" gun\nb,c\nd,6" gun\ne,f\n', [1, 3]),
        ('a,b\n"a,b\nc,d\n', [2]),
        ('a,b\nc,"d\n', [2]),
        ('"a"b,c\nd,"e"\n', [1]),
        ('a,""b""\nd,"e"\n', [1]),
        ('a,b"c"d"\n"e","f"\n', [1]),
        ('a,5" b,6" c\n"e","f"\n', [1]),
        ('a,"b" \nd,"e""f"\n', [1]),
        ('a,"b\nc,"d\ne,"f,g"\n', [1, 2]),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_a_stray_quotation_mark_costs_its_own_line_only(data, lines, size):
    rows, problems = kept(data.encode(), size=size)
    assert [problem.split(":")[1] for problem in problems] == [str(line) for line in lines]
    assert all("  expected quotes around whole cells\n" in problem for problem in problems)
    whole = "".join(line for n, line in enumerate(data.splitlines(keepends=True), 1) if n not in lines)
    assert rows == [tuple(row) for row in csv.reader(io.StringIO(whole))]


def test_bytes_that_are_not_utf8_are_refused_by_their_place_or_replaced():
    with pytest.raises(InputError) as caught:
        read(b'a,"b\nb"\n\n\xc3\xa9c,"\n\xff"\n')
    assert str(caught.value) == (
        '1 problem in the data\n\nf.csv:5:1: encoding\n  5 | \ufffd"\n    | ^\n  expected text in UTF-8\n'
        "  got      'the byte 0xff'\n"
        "  hint     save the file as UTF-8; in a mapping, `encoding: cp1252` names another encoding"
    )
    with pytest.raises(InputError, match=r"f\.csv:2:4: encoding"):
        read(b"a,b\n\xc3\xa9c,\xff\n")
    (block,) = read(b"a,b\nc,\xff\n", lossy=True)
    assert block.damaged and block.frame["c1"].to_list() == ["b", "\ufffd"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "latin-1", "utf-8-sig"])
def test_another_encoding_is_read_where_it_is_named(encoding, tmp_path):
    path = tmp_path / "f.csv"
    path.write_bytes("é,ü\nb,ß\n".encode(encoding))
    with opened(path, encoding=encoding) as file:
        rows = [
            row for block in blocks(file, "f", Form(), ["x", "y"], header=False, size=3) for row in block.frame.rows()
        ]
    assert rows == [("é", "ü"), ("b", "ß")]


def test_a_byte_that_is_not_of_the_encoding_named_is_refused(tmp_path):
    path = tmp_path / "f.csv"
    path.write_bytes(b"a,b\nc,\x81\n")
    with pytest.raises(InputError) as caught, opened(path, encoding="cp1252") as file:
        list(blocks(file, "f", Form(), ["x", "y"], header=False, size=3))
    assert str(caught.value.problems[0]) == (
        "f.csv:2:3: encoding\n  expected text in cp1252\n  got      'the byte 0x81'"
    )
    path.write_bytes("a,b\nc,é\n".encode())
    with pytest.raises(InputError, match=r"f\.csv:2:3: encoding\n  expected text in ascii"):
        with opened(path, encoding="ascii") as file:
            file.read(100)
    assert not any(is_encoding(name) for name in ("punycode", "idna", "unicode_escape", "utf-7", "rot13", "", None, 7))


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_rows_without_a_filled_cell_are_counted_and_left_out(size):
    report, rows = Report(), []
    data = b'  \n,\nx,y\n,,,,\na,b\n"",""\n , \n"""",c\n'
    for block in blocks(io.BytesIO(data), "f.csv", Form(), ["x", "y"], header=True, size=size):
        Cells(block, report)
        rows += block.frame.rows()
    assert rows == [("a", "b"), ('"', "c")] and not report.problems()
    assert report.remarks == {"rows without a cell that is filled, left out": 3}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"a,b\rc,d\r", "lines that end in CR alone, as on old Macs"),
        ("a,b\nc,d\n".encode("utf-16-le"), "text in UTF-16, or no text"),
        (b'\xef\xbb\xbf\n{"a": 1}\n', "JSON"),
        (b"\n <html>\n", "HTML or XML"),
    ],
)
def test_what_is_no_table_is_named(data, what, tmp_path):
    (tmp_path / "f.csv").write_bytes(data)
    with pytest.raises(InputError) as caught:
        first_lines(tmp_path / "f.csv")
    assert str(caught.value.problems[0]).startswith(
        f"f.csv\n  expected delimited text in UTF-8, such as CSV\n  got      '{what}'"
    )


def test_the_notes_of_a_mac_in_a_zip_are_no_tables(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("a.csv", "__MACOSX/._a.csv", "deep/__MACOSX/b.csv", "deep/._b.csv", "deep/b.txt"):
            archive.writestr(name, "x")
    assert members(tmp_path / "a.zip") == ["a.csv", "deep/b.txt"]


def test_nothing_is_no_rows():
    assert read(b"") == read(b"\n\n") == []


@pytest.mark.parametrize(
    ("data", "place", "got"),
    [
        (b'a,b\nc,"gun\n', "f.csv:2:3", 'a quotation mark that is not closed: c,"gun'),
        (b'a,b\nc,5" gun\n', "f.csv:2:4", 'a quotation mark inside an unquoted cell: c,5" gun'),
        (b'a,b\nc,5" gun\n"d",e\nf,g\n', "f.csv:2:4", 'a quotation mark inside an unquoted cell: c,5" gun'),
        (b'a,b\n"c"d,e\n', "f.csv:2:3", 'text after a closing quotation mark: "c"d,e'),
        ('é,"b\nc"\n"ü" d,e\n'.encode(), "f.csv:3:3", 'text after a closing quotation mark: "ü" d,e'),
    ],
)
def test_a_stray_quotation_mark_is_named_by_its_line(data, place, got):
    _, (problem,) = kept(data)
    assert problem == (
        f"{place}: row\n  expected quotes around whole cells\n  got      {got!r}\n"
        '  hint     put the cell in double quotes, and write each quotation mark in it as ""'
    )


def test_quotation_marks_that_close_in_their_cell_are_text():
    (block,) = read(b'a "b" c,d\n')
    assert block.frame.rows() == [('a "b" c', "d")]
