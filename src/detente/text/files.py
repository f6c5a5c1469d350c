"""Files of a scenario folder, read once, with a limit on their size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from detente.errors import Place, Problem

MAX_YAML = 2_000_000  # bytes
MAX_CSV = 20_000_000

_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # the line breaks that YAML 1.1 readers count
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDEST = 200  # characters of a line worth printing


class Source:
    """A text file by its name in messages, and its lines."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    @cached_property
    def lines(self) -> list[str]:
        return (re.compile("\r\n|[\n\r]") if self.name.endswith(".csv") else _BREAKS).split(self.text)

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, line: int, column: int) -> Place:
        """A position with its line, without the line when that is too long to print."""
        text = self.line(line).replace("\t", " ")
        if len(text) > _WIDEST:
            text = text[:_WIDEST] + "…" if column <= _WIDEST else ""
        return Place(self.name, line, column, text)


class Folder:
    """The files of one scenario: reads each at most once and remembers its bytes for the hash."""

    def __init__(
        self, root: Path, problems: list[Problem], prefix: str, made: Mapping[str, bytes] | None = None
    ) -> None:
        self.root, self.problems, self.prefix = root, problems, prefix
        self.made = dict(made or {})  # files that are not on disk, by name
        self.contents: dict[str, bytes] = {}

    def has(self, name: str) -> bool:
        return name in self.made or (self.root / name).exists()

    def read(self, name: str, limit: int) -> Source | None:
        """Return a file's text; None, with a problem noted, when it cannot be read."""
        shown = f"{self.prefix}{name}"
        if name in self.made:
            self.contents[name] = self.made[name]
            return self._decode(shown, self.made[name])
        try:
            path = self.root / name
            if not path.is_file():
                return self._refuse(shown, "a file", "something else" if path.exists() else "no such file")
            size = path.stat().st_size
            if size > limit:
                return self._refuse(shown, f"at most {limit // 1_000_000} MB", f"{size / 1e6:.1f} MB")
            with path.open("rb") as file:
                content = file.read(size)  # and no more, should it be growing
        except (OSError, ValueError) as error:
            return self._refuse(shown, "a readable file", str(getattr(error, "strerror", None) or error))
        self.contents[name] = content
        return self._decode(shown, content)

    def _decode(self, shown: str, content: bytes) -> Source | None:
        if content.startswith(b"PK\x03\x04"):  # a zip, as those of spreadsheets are
            return self._refuse(shown, "a text file", "a spreadsheet or a .zip", "save the sheet as CSV in UTF-8")
        try:
            source = Source(shown, content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            column = error.start - content.rfind(b"\n", 0, error.start)
            got = f"the byte 0x{content[error.start]:02x}"
            hint = "save the file as UTF-8"
            self.problems.append(Problem("encoding", "text in UTF-8", got, hint, Place(shown, line, column)))
            return None
        if bad := _FORBIDDEN.search(source.text):
            before = _BREAKS.split(source.text[: bad.start()])
            place = Place(shown, len(before), len(before[-1]) + 1)
            self.problems.append(
                Problem("encoding", "text without control characters", f"U+{ord(bad[0]):04X}", "", place)
            )
            return None
        return source

    def _refuse(self, shown: str, expected: str, got: str, hint: str = "") -> None:
        self.problems.append(Problem(shown, expected, got, hint))
