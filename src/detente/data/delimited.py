"""Delimited text read in blocks of whole rows, so that a file of any size takes bounded memory.

Every row must have the right number of fields; an error names its line. Cells stay text: what they mean is said in
`cells`.
"""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from detente.data.extras import pl
from detente.errors import InputError, Place, Problem
from detente.scenario.reader import shorten

if TYPE_CHECKING:
    from polars import DataFrame

BLOCK = 64_000_000  # bytes read at a time: of GDELT some 140,000 rows, above which DuckDB writes past its log
MAX_ROW = 128_000_000  # bytes; a longer row is an unclosed quote
_NEWLINE = 10


@dataclass(frozen=True)
class Form:
    """How a provider writes its files. `widths`: the numbers of fields that a row may have."""

    separator: str = ","
    quote: str | None = '"'
    lossy: bool = False  # bytes that are not UTF-8 are replaced rather than refused


@dataclass(frozen=True)
class Block:
    """Rows of a file as text. `numbers[i]` is the line on which row i begins, counted from 1."""

    name: str
    index: int
    raw: bytes
    frame: DataFrame
    numbers: np.ndarray
    damaged: int = 0  # rows with bytes that are not UTF-8, each read as U+FFFD

    def place(self, row: int) -> Place:
        return Place(self.name, int(self.numbers[row]), 1)


@contextmanager
def opened(path: Path, member: str | None = None) -> Iterator[IO[bytes]]:
    """A data file's bytes: plain, .gz, or a member of a .zip (the only one when none is named).

    Raises:
        InputError: If it cannot be read, or is not what its name says.
    """
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(member or members(path)[0]) as file:
                yield file  # type: ignore[misc]
        elif path.suffix.lower() == ".gz":
            with gzip.open(path) as file:
                yield file  # type: ignore[misc]
        else:
            with path.open("rb") as file:
                yield file
    except (OSError, EOFError, zipfile.BadZipFile, zlib_error(), RuntimeError, NotImplementedError, KeyError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError([Problem(str(path), "a file that can be read", reason)], what="the data") from None


def zlib_error() -> type[Exception]:
    """What damaged compressed data raise."""
    import zlib

    return zlib.error


def members(path: Path) -> list[str]:
    """The data files in a .zip, sorted: those that end in .csv, .tsv or .txt.

    Raises:
        InputError: If there are none, or it is no .zip.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(name for name in archive.namelist() if name.lower().endswith((".csv", ".tsv", ".txt")))
    except (OSError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError([Problem(str(path), "a .zip that can be read", reason)], what="the data") from None
    if not names:
        raise InputError([Problem(str(path), "a .zip with a .csv, .tsv or .txt in it", "none")], what="the data")
    return names


def first_line(path: Path, member: str | None = None) -> str:
    """The first line that is not blank, without a byte-order mark; at most 100,000 characters."""
    with opened(path, member) as file:
        while line := file.readline(100_000):
            text = line.decode("utf-8-sig", "replace").rstrip("\r\n")
            if text.strip():
                return text
    return ""


def split(line: str, form: Form) -> list[str]:
    """The cells of one line."""
    import csv

    quoting = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
    try:
        return next(csv.reader([line], delimiter=form.separator, quotechar=form.quote or '"', quoting=quoting), [])
    except csv.Error:
        return []


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
        InputError: If a row has another number of fields, a quote is not closed, or the text is not UTF-8.
    """
    allowed = np.array(widths or [len(columns)])
    rest, line, index, first, done = b"", 1, 0, header, False
    while not done:
        chunk = file.read(size)
        done = not chunk
        data = (rest + chunk).replace(b"\r\n", b"\n")
        if line == 1 and not index and data.startswith(b"\xef\xbb\xbf"):
            data = data[3:]
        if done and data and not data.endswith(b"\n"):
            data += b"\n"
        data, rest, starts, ends, counts, numbers = _rows(data, form, line)
        if not len(ends):
            if len(rest) > MAX_ROW or (done and rest):
                _refuse_stray(rest, form, name, line)
                expected = f"rows of at most {MAX_ROW // 1_000_000} MB"
                raise _bad(name, line, "row", expected, "a quote that is never closed, or no line break")
            continue
        line = int(numbers[-1]) + data[starts[-1] : ends[-1] + 1].count(b"\n")
        skip = 1 if first else 0
        wrong = np.flatnonzero(~np.isin(counts[skip:], allowed)) + skip
        if len(wrong):
            _refuse_stray(data[: ends[wrong[0]]], form, name, int(numbers[0]))
            raise _width(name, allowed, wrong, counts, numbers, data, starts, ends)
        data = data[starts[skip] :] if skip < len(starts) else b""
        first = False
        if data:
            yield _parse(name, index, data, form, columns, numbers[skip:], keep)
            index += 1


def _rows(data: bytes, form: Form, line: int) -> tuple:
    """Cut text into whole rows, without the blank ones, and what is left over.

    Returns the rows' bytes, the rest, start and end of each row, its number of fields and its line.
    """
    array = np.frombuffer(data, np.uint8)
    breaks = array == _NEWLINE
    separators = array == ord(form.separator)
    if form.quote and b'"' in data:
        outside = np.bitwise_xor.accumulate((array == ord(form.quote)).view(np.uint8)) == 0
        separators &= outside
        ends = np.flatnonzero(breaks & outside)
        before = np.cumsum(breaks, dtype=np.int32)
        numbers = line + np.concatenate(([0], before[ends[:-1]])) if len(ends) else ends
    else:
        ends = np.flatnonzero(breaks)
        numbers = line + np.arange(len(ends))
    if not len(ends):
        return b"", data, ends, ends, ends, ends
    starts = np.concatenate(([0], ends[:-1] + 1))
    counts = np.diff(np.searchsorted(np.flatnonzero(separators), ends), prepend=0) + 1
    whole, rest = data[: ends[-1] + 1], data[ends[-1] + 1 :]
    blank = ends == starts
    if blank.any():
        kept = np.flatnonzero(~blank)
        if not len(kept):
            return b"", rest, kept, kept, kept, kept
        whole = b"".join(whole[starts[i] : ends[i] + 1] for i in kept)
        lengths = ends[kept] - starts[kept] + 1
        ends = np.cumsum(lengths) - 1
        starts, counts, numbers = ends - lengths + 1, counts[kept], numbers[kept]
    return whole, rest, starts, ends, counts, numbers


def _parse(
    name: str,
    index: int,
    data: bytes,
    form: Form,
    columns: Sequence[str],
    numbers: np.ndarray,
    keep: Sequence[str] | None,
) -> Block:
    raw, damaged = data, 0
    try:
        data.decode()
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start)
        if not form.lossy:
            got, hint = f"the byte 0x{data[error.start]:02x}", "save the file as UTF-8"
            raise _bad(name, int(numbers[min(at, len(numbers) - 1)]), "encoding", "text in UTF-8", got, hint) from None
        data = data.decode("utf-8", "replace").encode()
        damaged = sum(b"\xef\xbf\xbd" in text for text in data.split(b"\n"))
    wanted = [i for i, column in enumerate(columns) if keep is None or column in keep]
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
    except pl.exceptions.PolarsError as error:
        _refuse_stray(data, form, name, int(numbers[0]))
        raise _bad(name, int(numbers[0]), "table", "delimited text", str(error).split("\n")[0]) from None
    if frame.height != len(numbers):
        _refuse_stray(data, form, name, int(numbers[0]))
        got = f"{frame.height:,} rows where the line breaks make {len(numbers):,}"
        raise _bad(name, int(numbers[0]), "table", "quotes that open and close", got)
    return Block(name, index, raw, frame, numbers, damaged)


def _refuse_stray(data: bytes, form: Form, name: str, line: int) -> None:
    """Refuse the first quotation mark that opens or closes inside a cell. `line`: on which the data begin.

    Raises:
        InputError: If there is one.
    """
    if not form.quote:
        return
    array = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(array == ord(form.quote))
    edges = [ord(form.separator), _NEWLINE, ord(form.quote)]
    opens, closes = quotes[::2], quotes[1::2]
    outer = np.concatenate((opens - 1, np.minimum(closes + 1, len(array) - 1)))
    inside = (outer >= 0) & ~np.isin(array[outer], edges)
    if not inside.any():
        return
    at = int(np.concatenate((opens, closes))[inside].min())
    got = "a quotation mark inside an unquoted cell" if at in opens else "text after a closing quotation mark"
    start = data.rfind(b"\n", 0, at) + 1
    text = data[start : (data.find(b"\n", at) + 1 or len(data) + 1) - 1].decode("utf-8", "replace")
    column = len(data[start:at].decode("utf-8", "replace")) + 1
    shown = shorten(text[max(0, column - 41) :].replace("\t", " "), 80)
    place = Place(name, line + data.count(b"\n", 0, at), column)
    hint = 'put the cell in double quotes, and write each quotation mark in it as ""'
    raise InputError([Problem("row", "quotes around whole cells", f"{got}: {shown}", hint, place)], what="the data")


def _width(name, allowed, wrong, counts, numbers, data, starts, ends) -> InputError:
    expected = f"{' or '.join(map(str, allowed))} fields"
    problems = []
    for row in wrong[:3]:
        text = data[starts[row] : ends[row]].decode("utf-8", "replace")
        place = Place(name, int(numbers[row]), 1, shorten(text.split("\n")[0].replace("\t", " ")))
        problems.append(Problem("row", expected, f"{counts[row]} fields", "", place))
    if len(wrong) > 3:
        problems.append(Problem("rows", expected, f"{len(wrong) - 3:,} more rows with another number"))
    return InputError(problems, what="the data")


def _bad(name: str, line: int, field: str, expected: str, got: str, hint: str = "") -> InputError:
    return InputError([Problem(field, expected, shorten(got), hint, Place(name, line, 1))], what="the data")
