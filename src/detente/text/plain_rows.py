"""Rows of a small table with a header, read without any optional package: what is damaged is refused."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from detente.errors import InputError, Problem


def read(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV file, plain or .gz, by the line on which they end; other columns than these are left out.

    Raises:
        InputError: The file cannot be read, a column is missing, or a row has more or fewer cells than the header.
    """
    try:
        with _open(path) as file:
            reader = csv.DictReader(file)
            if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
                raise _bad(f"{path.name}:1", f"the columns {', '.join(columns)}", f"no {', '.join(missing)}")
            for row in reader:
                if None in row or None in row.values():
                    got = "more" if None in row else "fewer"
                    raise _bad(f"{path.name}:{reader.line_num}", "as many cells as the header has", got)
                yield reader.line_num, {name: row[name] for name in columns}
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _bad(path.name, "a table that can be read", reason) from None


def _open(path: Path) -> io.TextIOBase:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8-sig", newline="")  # type: ignore[arg-type]
    return path.open(encoding="utf-8-sig", newline="")


def _bad(field: str, expected: str, got: str) -> InputError:
    return InputError([Problem(field, expected, got)], what="the data")
