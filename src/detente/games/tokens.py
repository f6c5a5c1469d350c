"""Gambit's files as words with their places, and the opening of such a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from detente.errors import InputError, Place, Problem

MAX_BYTES = 50_000_000
MAX_PLAYERS = 100


def text_of(path: Path) -> str:
    """The text of a file of Gambit's.

    Raises:
        InputError: If it cannot be read.
    """
    kind = path.suffix.lower()
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem("the game", f"an {kind} file", str(path)[:200], reason)
        raise InputError([problem], what="the options") from None
    if len(data) > MAX_BYTES:
        raise InputError([Problem(str(path), f"at most {MAX_BYTES:,} bytes", f"{len(data):,}")], what="the game")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # older versions of Gambit


_LARGEST, _LONGEST = Fraction(10) ** 100, 1000  # of a number: beyond, floating point could not reckon with its powers
_NUMBER = re.compile(r"[+-]?(\d+/\d*[1-9]\d*|(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?)", re.ASCII)
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}])|([^\s"{},]+)|[\s,]+', re.DOTALL)


class Tokens:
    """The words of a file, with their places for messages."""

    def __init__(self, text: str, file: str, kind: str) -> None:
        self.text, self.file, self.kind = text, file, kind
        self.items = list(self._split())
        self.at = 0

    def _split(self) -> Iterator[tuple[str, str, int]]:
        """(kind, value, position): kind is `text`, `brace` or `word`."""
        position, word = 0, False  # word: whether the last thing was one
        while position < len(self.text):
            found = _TOKEN.match(self.text, position)
            if not found:
                raise self.problem("a closing quotation mark", "the end of the file", position)
            if found[1] is not None:
                yield "text", re.sub(r'\\([\\"])', r"\1", found[1]), position
            elif found[2] or found[3]:
                yield ("brace" if found[2] else "word"), found[2] or found[3], position
                if found[3] and self.text.startswith('"', found.end()):
                    raise self.problem(
                        "a space before the quotation mark (or one before it is not closed)",
                        found[3] + '"',
                        found.end(),
                    )
            elif found[0].count(",") > 1:
                raise self.problem("something between two commas", "nothing", position + found[0].rindex(","))
            elif "," in found[0] and (not word or self.text[found.end() : found.end() + 1] in ('"', "{", "")):
                raise self.problem("commas after payoffs alone", "a comma", position + found[0].index(","))
            word = bool(found[3]) or (word and not found[1] and not found[2])
            position = found.end()

    def problem(self, expected: str, got: str, position: int | None = None) -> InputError:
        """The error for what stands at a position (of the current word when None)."""
        if position is None:
            position = self.items[self.at][2] if self.at < len(self.items) else len(self.text)
        before = self.text[:position]
        start = before.rfind("\n") + 1
        line = self.text[start:].partition("\n")[0]
        place = Place(self.file, before.count("\n") + 1, position - start + 1, line[:200])
        return InputError([Problem(self.kind, expected, got[:80], place=place)], what=self.file)

    def peek(self) -> tuple[str, str]:
        """The kind and value of the next word; ("end", "") after the last."""
        return self.items[self.at][:2] if self.at < len(self.items) else ("end", "")

    def take(self, kind: str, what: str, value: str | None = None) -> str:
        """The next word, which must be of a kind."""
        found, text = self.peek()
        if found != kind or (value is not None and text != value):
            raise self.problem(what, text or "the end of the file")
        if kind == "word":
            self._refuse_comma()
        self.at += 1
        return text

    def _refuse_comma(self) -> None:
        if not self.at:
            return
        start, end = (self.items[at][2] for at in (self.at - 1, self.at))
        if self.items[self.at - 1][0] == "word" and "," in self.text[start:end]:
            raise self.problem("a blank before it, and commas among the payoffs of one outcome alone", "a comma")

    def integer(self, what: str) -> int:
        """A whole number, 0 or more."""
        _, text = self.peek()
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise self.problem(what, text or "the end of the file")
        return int(self.take("word", what))

    def number(self, what: str, *, commas: bool = False) -> Fraction:
        """A rational or a decimal; `commas`: one may stand before it."""
        _, text = self.peek()
        if not re.fullmatch(_NUMBER, text):
            raise self.problem(what, text or "the end of the file")
        number = Fraction(text) if len(text) <= _LONGEST else None
        if number is None or (number and not 1 / _LARGEST <= abs(number) <= _LARGEST):
            raise self.problem(f"{what}: 0, or of a size from 1e-100 to 1e100, in {_LONGEST} characters", text)
        if not commas:
            self._refuse_comma()
        self.at += 1
        return number

    def players(self) -> list[str]:
        """The list of the players' names."""
        at = self.at
        names = [self.take("text", "a player's name") for _ in self.within("the players")]
        if len(names) > MAX_PLAYERS:
            self.at = at
            raise self.problem(f"at most {MAX_PLAYERS} players", f"{len(names):,} of them")
        return names

    def within(self, what: str, *, commas: bool = False) -> Iterator[None]:
        """Once for every item of a list in braces; `commas`: one may stand after the last."""
        self.take("brace", f"{{ before {what}", "{")
        while self.peek() != ("brace", "}"):
            yield
        if not commas:
            self._refuse_comma()
        self.take("brace", "}", "}")
