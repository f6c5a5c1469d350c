"""Delimited text read in blocks of whole rows, so that a file of any size takes bounded memory.

A row that has another number of fields, or a quotation mark in the middle of a cell, is no row of the table: it is set
apart with its line. Cells stay text: what they mean is said in `cells`.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np

from detente.errors import InputError, Place, Problem
from detente.events.extras import pl
from detente.text.fields import shorten

if TYPE_CHECKING:
    from polars import DataFrame

BLOCK = 64_000_000  # bytes read at a time: of GDELT some 140,000 rows, above which DuckDB writes past its log
MAX_ROW = 128_000_000  # bytes; a longer row is an unclosed quote
SUFFIXES = (".csv", ".tsv", ".txt")
HEAD = 100_000  # bytes in which the first row must end
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_NOT_OF_FILES = ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf_7", "undefined", "mbcs", "oem")
_NEWLINE = 10
_BLANK = ' \t\r,;|"'  # a line of these alone is an empty row
_NO_TABLE = {  # how files begin that are no delimited text: what they are
    b"PK\x03\x04": "an Excel workbook or another .zip",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "compressed data (.gz)",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"{": "JSON",
    b"[": "JSON",
    b"<": "HTML or XML",
}


@dataclass(frozen=True)
class Form:
    """How a file of rows is written."""

    separator: str = ","
    quote: str | None = '"'
    encoding: str = "utf-8"
    lossy: bool = False  # bytes that are not text are replaced, and counted, rather than refused

    @property
    def words(self) -> str:
        """The separator, as messages call it."""
        return SEPARATORS.get(self.separator, repr(self.separator))


class NoRow(NamedTuple):
    """A piece of text that is no row of the table."""

    place: Place
    expected: str
    got: str
    shown: str = ""  # after `got`, where it is an example
    hint: str = ""


@dataclass(frozen=True)
class Block:
    """Rows of a file as text. `numbers[i]` is the line on which row i begins, counted from 1; `marks[i]` its hash."""

    name: str
    index: int
    raw: bytes
    frame: DataFrame
    numbers: np.ndarray
    marks: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    no_rows: Sequence[NoRow] = ()
    empty: int = 0  # rows without a cell that is filled, left out
    damaged: bool = False  # bytes that are not text were replaced

    def place(self, row: int) -> Place:
        return Place(self.name, int(self.numbers[row]), 1)


class _Recoded:
    """A file in another encoding, read as UTF-8."""

    def __init__(self, file: IO[bytes], encoding: str, name: str) -> None:
        self.file, self.encoding, self.name = file, encoding, name
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.line, self.column = 1, 1  # of the next character

    def read(self, size: int) -> bytes:
        while True:
            chunk = self.file.read(size)
            try:
                text = self.decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                data, at = getattr(error, "object", chunk), getattr(error, "start", 0)
                self._pass(data[:at].decode(self.encoding, "replace"))
                got = f"the byte 0x{data[at]:02x}" if at < len(data) and chunk else "a torn end"
                place = Place(self.name, self.line, self.column)
                problem = Problem("encoding", f"text in {self.encoding}", got, "", place)
                raise InputError([problem], what="the data") from None
            self._pass(text)
            if text or not chunk:
                return text.encode("utf-8", "replace")

    def _pass(self, text: str) -> None:
        self.line += text.count("\n")
        self.column = len(text) - text.rfind("\n") + (0 if "\n" in text else self.column - 1)


@contextmanager
def opened(path: Path, member: str | None = None, encoding: str = "utf-8") -> Iterator[IO[bytes]]:
    """A data file's bytes, in UTF-8: plain, .gz, or a member of a .zip (the only one when none is named).

    Raises:
        InputError: If it cannot be read, or is not what its name says.
    """
    try:
        if path.suffix.lower() == ".zip":
            member = member or members(path)[0]
            with zipfile.ZipFile(path) as archive, archive.open(member) as file:
                yield _in_utf8(file, encoding, called(path, member))
        elif path.suffix.lower() == ".gz":
            with gzip.open(path) as file:
                yield _in_utf8(file, encoding, called(path, member))
        else:
            with path.open("rb") as file:
                yield _in_utf8(file, encoding, called(path, member))
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, KeyError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError([Problem(str(path), "a file that can be read", reason)], what="the data") from None


def called(path: Path, member: str | None = None) -> str:
    """What messages call a file, or a member of a .zip."""
    return f"{path.name}/{member}" if member else path.name


def is_encoding(name: object) -> bool:
    """Whether something is the name of an encoding of text."""
    try:
        known = codecs.lookup(name).name.replace("-", "_") if isinstance(name, str) else ""
        return bool(known) and known not in _NOT_OF_FILES and isinstance("".encode(known), bytes)
    except (LookupError, ValueError):
        return False


def _in_utf8(file: Any, encoding: str, name: str) -> Any:
    plain = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    return file if plain else _Recoded(file, encoding, name)


def members(path: Path) -> list[str]:
    """The data files in a .zip, sorted: those that end in .csv, .tsv or .txt.

    Raises:
        InputError: If there are none, or it is no .zip.
    """
    return [name for name in listing(path) if is_table(name)]


def listing(path: Path) -> list[str]:
    """The files in a .zip, sorted, without the notes that a Mac adds to each under the same name.

    Raises:
        InputError: If there are no data files, or it is no .zip.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(name for name in archive.namelist() if not name.endswith("/"))
    except (OSError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError([Problem(str(path), "a .zip that can be read", reason)], what="the data") from None
    names = [name for name in names if "__MACOSX" not in name.split("/") and not name.split("/")[-1].startswith(".")]
    if not any(map(is_table, names)):
        raise InputError([Problem(str(path), "a .zip with a .csv, .tsv or .txt in it", "none")], what="the data")
    return names


def is_table(name: str) -> bool:
    """Whether a member of a .zip may be a table, by its name."""
    return name.lower().endswith(SUFFIXES)


def first_lines(path: Path, member: str | None = None, encoding: str = "utf-8") -> list[str]:
    """The lines that are not empty among the first HEAD bytes, without a byte-order mark; the last may be cut.

    Raises:
        InputError: If the file cannot be read, or is no delimited text.
    """
    with opened(path, member, encoding) as file:
        head = file.read(HEAD)
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    what = next((what for begins, what in _NO_TABLE.items() if head.startswith(begins) or text.startswith(begins)), "")
    if not what and head.count(0) > len(head) / 4:
        what = "text in UTF-16, or no text"
    elif not what and b"\r" in text.strip() and b"\n" not in text:
        what = "lines that end in CR alone, as on old Macs"
    if what:
        hint = "save it as CSV in UTF-8" if any(word in what for word in ("Excel", "UTF", "CR")) else ""
        problem = Problem(called(path, member), "delimited text in UTF-8, such as CSV", what, hint)
        raise InputError([problem], what="the data")
    lines = head.decode("utf-8-sig", "replace").split("\n")
    return [line.rstrip("\r") for line in lines if line.strip(_BLANK)]


def split(line: str, form: Form) -> list[str]:
    """The cells of one line."""
    quoting = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
    try:
        return next(csv.reader([line], delimiter=form.separator, quotechar=form.quote or '"', quoting=quoting), [])
    except csv.Error:
        return []


def is_row(line: str, form: Form) -> bool:
    """Whether one line is a row, with quotation marks, if any, around whole cells."""
    return not form.quote or _grammar(form.separator).row.fullmatch(f"{line}\n".encode()) is not None


def blocks(
    file: IO[bytes],
    name: str,
    form: Form,
    columns: Sequence[str],
    *,
    header: bool,
    widths: Sequence[int] | None = None,
    keep: Sequence[str] | None = None,
    size: int = BLOCK,
) -> Iterator[Block]:
    """Yield a file's rows, block by block; the same file gives the same blocks.

    Args:
        columns: names of the fields, in the file's order. header: whether the first row names them and is left out.
        widths: the numbers of fields that a row may have; as many as `columns` when left out. keep: the columns wanted.

    Raises:
        InputError: If a row is too long to be one, or the text is not UTF-8.
    """
    allowed = sorted(widths or [len(columns)])
    rest, line, index, first, done = b"", 1, 0, header, False
    while not done:
        chunk = file.read(size)
        done = not chunk
        data = (rest + chunk).replace(b"\r\n", b"\n")
        if line == 1 and not index and data.startswith(b"\xef\xbb\xbf"):
            data = data[3:]
        if done and data and not data.endswith(b"\n"):
            data += b"\n"
        rows, end = _rows(data, form, line, done)
        if not end and len(data) > MAX_ROW:
            expected = f"rows of at most {MAX_ROW // 1_000_000} MB"
            problem = Problem("row", expected, "no line break", "", Place(name, line, 1))
            raise InputError([problem], what="the data")
        line += data.count(b"\n", 0, end)
        rest = data[end:]
        if first and len(filled := np.flatnonzero(~_empty(data, rows, form))):
            first, rows = False, rows.where(np.arange(len(rows.starts)) > filled[0])
        elif first:
            rows = rows.where(np.zeros(len(rows.starts), bool))
        if len(rows.starts):
            yield _block(name, index, data, form, columns, allowed, rows, keep)
            index += 1


class _Rows(NamedTuple):
    """Where rows start and end in a text, their numbers of fields, their lines, and which have a stray quote."""

    starts: np.ndarray
    ends: np.ndarray
    counts: np.ndarray
    numbers: np.ndarray
    stray: np.ndarray

    def where(self, keep: np.ndarray) -> _Rows:
        return self if keep.all() else _Rows(*(column[keep] for column in self))


def _rows(data: bytes, form: Form, line: int, done: bool) -> tuple[_Rows, int]:
    """The whole rows of a text, without the blank ones, and where what is left over begins."""
    array = np.frombuffer(data, np.uint8)
    breaks = array == _NEWLINE
    separators = array == ord(form.separator)
    if form.quote and b'"' in data:
        inside = np.bitwise_xor.accumulate((array == ord(form.quote)).view(np.uint8)) == 1
        cut = bool(inside[-1]) and (done or len(data) > MAX_ROW)
        if cut or _misplaced(array, separators | breaks, form.quote):
            return _row_by_row(data, form, line, done or len(data) > MAX_ROW)
        separators &= ~inside
        ends = np.flatnonzero(breaks & ~inside)
        before = np.cumsum(breaks, dtype=np.int32)
        numbers = line + np.concatenate(([0], before[ends[:-1]])) if len(ends) else ends
    else:
        ends = np.flatnonzero(breaks)
        numbers = line + np.arange(len(ends))
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    counts = np.diff(np.searchsorted(np.flatnonzero(separators), ends), prepend=0) + 1
    rows = _Rows(starts, ends, counts, numbers, np.zeros(len(ends), bool))
    return rows.where(ends > starts), int(ends[-1]) + 1 if len(ends) else 0


def _misplaced(array: np.ndarray, edges: np.ndarray, quote: str) -> bool:
    """Whether a quotation mark opens within a cell, or closes before its end."""
    quotes = np.flatnonzero(array == ord(quote))
    opening, closing = quotes[0::2], quotes[1::2]
    edges = edges | (array == ord(quote))  # a doubled one
    return not (edges[opening[opening > 0] - 1].all() and edges[closing[closing < len(array) - 1] + 1].all())


class _Grammar(NamedTuple):
    """What a row is made of, as regular expressions; quotation marks that pair within an unquoted cell are text."""

    quoted: re.Pattern[bytes]
    cell: re.Pattern[bytes]  # with what ends it
    row: re.Pattern[bytes]
    empty: re.Pattern[bytes]  # a row with nothing in any cell
    torn: re.Pattern[bytes]  # the beginning of a row that may go on


@cache
def _grammar(separator: str) -> _Grammar:
    end = re.escape(separator.encode())
    text = rb'[^"\n' + end + rb"]*+"
    quoted = rb'"[^"]*+(?:""[^"]*+)*+'
    plain = rb'(?!")' + text + rb'(?:"' + text + rb'"' + text + rb")*+"
    cell = rb"(?:" + quoted + rb'"|' + plain + rb")"
    row = cell + rb"(?:" + end + cell + rb")*+\n"
    torn = rb"(?:" + cell + end + rb")*+(?:" + quoted + rb'"?+|' + plain + rb"|" + plain + rb'"' + text + rb")\Z"
    empty = rb'(?:[ \t\r]|""(?!")|' + end + rb")*+"
    parts = (quoted + rb'"', cell + rb"(?:" + end + rb"|\n)", row, empty, torn)
    return _Grammar(*(re.compile(part) for part in parts))


def _row_by_row(data: bytes, form: Form, line: int, done: bool) -> tuple[_Rows, int]:
    """As `_rows`, for a text with stray quotes: a line that begins no row is set apart, and what follows it is read."""
    grammar, found, at = _grammar(form.separator), [], 0
    while at < len(data):
        whole = grammar.row.match(data, at)
        line_end = data.find(b"\n", at) + 1
        if not whole and not done and (not line_end or grammar.torn.match(data, at)):
            break
        end = whole.end() if whole else line_end or len(data)
        if end - at > 1:
            count = len(grammar.cell.findall(data, at, end)) if whole else 0
            found.append((at, end - 1, count, line, not whole))
        line += data.count(b"\n", at, end)
        at = end
    starts, ends, counts, numbers, stray = np.array(found, np.int64).reshape(-1, 5).T
    return _Rows(starts, ends, counts, numbers, stray.astype(bool)), at


def _block(
    name: str,
    index: int,
    data: bytes,
    form: Form,
    columns: Sequence[str],
    allowed: Sequence[int],
    rows: _Rows,
    keep: Sequence[str] | None,
) -> Block:
    def text(of: _Rows) -> bytes:
        if (of.starts[1:] == of.ends[:-1] + 1).all():
            return data[of.starts[0] : of.ends[-1] + 1] if len(of.starts) else b""
        return b"".join(data[a : b + 1] for a, b in zip(of.starts.tolist(), of.ends.tolist(), strict=True))

    empty = _empty(data, rows, form)
    good = np.isin(rows.counts, allowed) & ~rows.stray & ~empty
    kept = rows.where(good)
    expected = f"{' or '.join(map(str, allowed))} fields by {form.words}"
    no_rows = (
        [_no_row(name, data, form, expected, *row) for row in zip(*rows.where(~good & ~empty), strict=True)]
        if not good.all()
        else []
    )
    marks = np.fromiter(
        (hash(data[a:b]) for a, b in zip(kept.starts.tolist(), kept.ends.tolist(), strict=True)), np.int64
    )
    raw, body = text(rows), text(kept)
    damaged = False
    try:
        body.decode()
    except UnicodeDecodeError as error:
        if not form.lossy:
            raise _undecoded(name, body, error, kept) from None
        body, damaged = body.decode("utf-8", "replace").encode(), True
    frame = _parse(name, body, form, columns, kept.numbers, keep)
    return Block(name, index, raw, frame, kept.numbers, marks, no_rows, int(empty.sum()), damaged)


def _empty(data: bytes, rows: _Rows, form: Form) -> np.ndarray:
    """Which rows have nothing in any cell."""
    match, spans = _grammar(form.separator).empty.fullmatch, zip(rows.starts.tolist(), rows.ends.tolist(), strict=True)
    return np.fromiter((match(data, a, b) is not None for a, b in spans), bool, len(rows.starts))


def _no_row(
    name: str, data: bytes, form: Form, expected: str, start: int, end: int, count: int, line: int, stray: bool
) -> NoRow:
    if stray:
        return _stray(name, data, form, start, end, line)
    lines = data[start:end].decode("utf-8", "replace").split("\n")
    over = f", over {len(lines):,} lines" if len(lines) > 1 else ""
    place = Place(name, int(line), 1, shorten(lines[0].replace("\t", " ")))
    return NoRow(place, expected, f"{count} fields{over}")


def _stray(name: str, data: bytes, form: Form, start: int, end: int, line: int) -> NoRow:
    """Names the quotation mark by which a line is no row."""
    grammar, at = _grammar(form.separator), start
    while cell := grammar.cell.match(data, at, end):
        at = cell.end()
    closed = grammar.quoted.match(data, at, end)
    got = "a quotation mark inside an unquoted cell"
    if closed:
        at, got = closed.end() - 1, "text after a closing quotation mark"
    elif data[at : at + 1] == b'"':
        got = "a quotation mark that is not closed"
    else:
        at = data.find(b'"', at, end)
    before, text = (data[start:stop].decode("utf-8", "replace").replace("\t", " ") for stop in (at, end))
    shown = shorten(text[max(0, len(before) - 40) :], 80)
    hint = 'put the cell in double quotes, and write each quotation mark in it as ""'
    return NoRow(Place(name, int(line), len(before) + 1), "quotes around whole cells", got, f": {shown}", hint)


def _undecoded(name: str, data: bytes, error: UnicodeDecodeError, rows: _Rows) -> InputError:
    """Names the first byte that is not UTF-8 by its line and column."""
    begins = data.rfind(b"\n", 0, error.start) + 1
    row = int(np.searchsorted(np.cumsum(rows.ends - rows.starts + 1), error.start, side="right"))
    before = int((rows.ends - rows.starts + 1)[:row].sum())
    line = int(rows.numbers[row]) + data.count(b"\n", before, error.start)
    column = len(data[begins : error.start].decode("utf-8", "replace")) + 1
    text = data[begins : data.find(b"\n", error.start)].decode("utf-8", "replace").replace("\t", " ")
    place = Place(name, line, column, text if len(text) <= 100 else "")
    hint = "save the file as UTF-8; in a mapping, `encoding: cp1252` names another encoding"
    got = f"the byte 0x{data[error.start]:02x}"
    return InputError([Problem("encoding", "text in UTF-8", got, hint, place)], what="the data")


def _parse(
    name: str, data: bytes, form: Form, columns: Sequence[str], numbers: np.ndarray, keep: Sequence[str] | None
) -> DataFrame:
    wanted = [i for i, column in enumerate(columns) if keep is None or column in keep]
    if not data:
        return pl.DataFrame(schema={columns[i]: pl.String for i in wanted})
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            schema={column: pl.String for column in columns},
            columns=wanted,
            separator=form.separator,
            quote_char=form.quote,
            missing_columns="insert",
        )
        got = f"{frame.height:,} rows where the line breaks make {len(numbers):,}"
    except pl.exceptions.PolarsError as error:
        frame, got = None, str(error).split("\n")[0]
    if frame is None or frame.height != len(numbers):
        problem = Problem("table", "delimited text", shorten(got), "", Place(name, int(numbers[0]), 1))
        raise InputError([problem], what="the data")
    return frame
