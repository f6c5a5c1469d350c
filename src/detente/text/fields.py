"""A small decoder: nodes in, typed values out, every problem noted and none raised.

A reader method always returns a value of its type. When it could not, the value is a placeholder and a problem has
been noted, so the load fails at the end; reading on is how one load finds all the problems of a folder.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from detente.errors import Place, Problem
from detente.text import yaml_nodes as ya
from detente.text.nearest import did_you_mean

_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NO_DATE = dt.date.min  # stands for a date that could not be read; its problem has been noted


def shorten(text: str, width: int = 100) -> str:
    """Text fit for one line of a message."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def parse_number(text: str) -> float | None:
    """A finite decimal number, or None."""
    if len(text) < 400 and _NUMBER.fullmatch(text) and isfinite(number := float(text)):
        return number
    return None


ABSENT = (  # what files write for a value that is not known
    *("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "\\N", "-", "."),
    *("-999", "-9999", "-99999"),
)
NOT_KNOWN = {  # the same and more, in lower case: where no number stands, what may be meant
    *(word.lower() for word in ABSENT),
    *("n.a.", "n. a.", "n.a", "..", "...", "?", "--", "\u2013", "\u2014", "unknown", "-9", "-99"),
}
EMPTY = "leave the cell empty where the value is not known"
POINT = "decimals are written with a point"
_MINUS, _SPACES = "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "\u00a0\u2007\u2009\u200a\u202f\u3000"
QUOTES = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_PLAIN = str.maketrans({**dict.fromkeys(_MINUS, "-"), **dict.fromkeys(_SPACES, " "), **dict.fromkeys(QUOTES, None)})
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"


def numbers_of(words: Iterable[str]) -> list[float]:
    """Those of some words that are numbers."""
    return [number for word in words if (number := parse_number(word)) is not None]


def number_hint(text: str) -> str:
    """Say how to write a number that was written with commas, spaces, or the characters of a word processor."""
    meant = text[:100].translate(_PLAIN).strip()
    if re.fullmatch(r"[-+]?[0-9]{1,3}([,_ '][0-9]{3})+(\.[0-9]+)?", meant):
        meant = re.sub("[,_ ']", "", meant)
    elif re.fullmatch(r"[-+]?[0-9]{1,3}([. ][0-9]{3})+,[0-9]+", meant):
        meant = meant.replace(".", "").replace(" ", "").replace(",", ".")
    elif re.fullmatch(r"[-+]?[0-9]+,[0-9]+", meant):
        meant = meant.replace(",", ".")
    elif (percent := re.fullmatch(r"([-+]?[0-9.]+) ?%", meant)) and parse_number(percent[1]) is not None:
        meant = f"{float(percent[1]) / 100:.10g}"
    if meant != text and parse_number(meant) is not None:
        return f"write {meant}"
    return character_hint(text)


def character_hint(text: str) -> str:
    """Name a character that a word processor put in the place of a plain one, or ""."""
    for characters, called, plain in (
        (_SPACES, "a space of its own kind", "a plain space"),
        (_UNSEEN, "a space without width", "nothing there"),
        (_MINUS, "a typographic minus or dash", "a plain hyphen"),
        (QUOTES, "a curly quotation mark", "plain ones, or none"),
    ):
        if found := next((character for character in text if character in characters), ""):
            return f"U+{ord(found):04X} is {called}; type {plain}"
    return ""


def date_hint(text: str) -> str:
    """Say how to write a day that has its year first but another form."""
    found = re.fullmatch("([0-9]{4})[-/. ]?([0-9]{1,2})[-/. ]?([0-9]{1,2})", text[:20].translate(_PLAIN).strip())
    meant = f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found and len(found[0]) > 7 else ""
    return f"write {meant}" if meant != text and meant >= "1000" and parse_date(meant) else ""


def parse_date(text: str) -> dt.date | None:
    """A day written YYYY-MM-DD, or None."""
    try:
        return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Field:
    """A value in a YAML file, its path in the outline (`stocks.front.flow`), and where problems go.

    `node` is None when the key is absent; `home` is then the map that lacks it.
    """

    path: str
    node: ya.Node | None
    problems: list[Problem]
    home: ya.Node | None = None

    @property
    def present(self) -> bool:
        return self.node is not None

    def place(self, offset: int = 0) -> Place | None:
        if isinstance(self.node, ya.Scalar):
            return self.node.place(offset)
        node = self.node or self.home
        return node.place() if node is not None else None

    def bad(self, expected: str, got: str | None = None, hint: str = "", *, offset: int = 0) -> None:
        """Note a problem with this value, at the `offset`-th character of its text."""
        got = describe(self.node) if got is None else got
        hint = hint or character_hint(got)
        self.problems.append(
            Problem(self.path or "file", expected, shorten(got) or "nothing", hint, self.place(offset))
        )

    def text(self, default: str = "") -> str:
        """One piece of text; absent gives the default."""
        if self.node is None:
            return default
        if not isinstance(self.node, ya.Scalar):
            self.bad("text")
            return default
        return self.node.text.strip()

    def name(self, default: str = "") -> str:
        """Text that is compared with other text: curly quotation marks around it are no quotes."""
        text = self.text(default)
        if text and text[0] in QUOTES and text[-1] in QUOTES:
            self.bad("text in plain quotes, or without")
        return text

    def number(self, default: float = 0.0, *, positive: bool = False) -> float:
        if self.node is None:
            return default
        expected = "a number above 0" if positive else "a number"
        number = parse_number(self.node.text) if isinstance(self.node, ya.Scalar) else None
        if number is None or (positive and number <= 0):
            self.bad(expected, hint=number_hint(self.node.text) if isinstance(self.node, ya.Scalar) else "")
            return default
        return number

    def date(self) -> dt.date:
        if self.node is None:
            return NO_DATE
        day = parse_date(self.node.text) if isinstance(self.node, ya.Scalar) else None
        if day is None:
            self.bad("a day of the calendar, as YYYY-MM-DD", hint=date_hint(describe(self.node)))
        return day or NO_DATE

    def boolean(self, default: bool = False) -> bool:
        if self.node is None:
            return default
        word = self.node.text if isinstance(self.node, ya.Scalar) else ""
        if word not in ("true", "false"):
            meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(word.lower(), word.lower())
            self.bad("true or false", hint=f"write {meant}" if meant in ("true", "false") else "")
        return word == "true"

    def items(self) -> list[Field]:
        """The items of a list; one value alone counts as a list of one."""
        if self.node is None:
            return []
        if not isinstance(self.node, ya.Sequence):
            return [self]
        fields = [Field(f"{self.path}[{i}]", node, self.problems) for i, node in enumerate(self.node.items)]
        for field in fields:
            if isinstance(field.node, ya.Scalar) and field.node.is_null:
                field.bad("a value", "nothing")
        return [field for field in fields if not (isinstance(field.node, ya.Scalar) and field.node.is_null)]

    def texts(self) -> tuple[str, ...]:
        """Text, or a list of texts."""
        return tuple(item.text() for item in self.items())

    def entries(self, what: str) -> Iterator[tuple[str, Field, Field]]:
        """The pairs of a map with free keys: the key's text, the key, the value. `what` names it in problems."""
        if self.node is None:
            return
        if not isinstance(self.node, ya.Mapping):
            self.bad(f"a map of {what}")
            return
        for key, node in self.node.values.items():
            path = f"{self.path}.{key}" if self.path else key
            absent = isinstance(node, ya.Scalar) and (node.is_null or not node.text.strip())
            home = self.node.keys[key]
            yield (
                key,
                Field(path, home, self.problems),
                Field(path, None if absent else node, self.problems, home),
            )

    def section(
        self, required: Mapping[str, str], optional: Sequence[str] = (), refused: Mapping[str, str] | None = None
    ) -> dict[str, Field]:
        """The values of a map with known keys, each as a field (absent ones too).

        `required` says what each required key holds; `refused` why a known key cannot be used.
        """
        known = [*required, *optional]
        prefix = f"{self.path}." if self.path else ""
        found = {name: Field(prefix + name, None, self.problems, self.node or self.home) for name in known}
        if isinstance(self.node, ya.Mapping):
            for name, key, value in self.entries("keys"):
                if name in found:
                    found[name] = value
                elif refused and name in refused:
                    key.bad(f"one of: {', '.join(known)}", name, refused[name])
                else:
                    hint = POINT if name.isdigit() else did_you_mean(name, known)
                    key.bad(f"one of: {', '.join(known)}", name, hint)
        elif self.node is not None:
            self.bad(f"a map with the keys {', '.join(known)}")
            return found
        for name, what in required.items():
            if not found[name].present:
                found[name].bad(what, "nothing")
        return found


def describe(node: ya.Node | None) -> str:
    """A node in a few words, for `got`."""
    if isinstance(node, ya.Scalar):
        return "nothing" if node.is_null else node.text
    if isinstance(node, ya.Sequence):
        return f"a list of {len(node.items)}"
    if isinstance(node, ya.Mapping):
        keys = ", ".join(list(node.keys)[:4])
        return f"a map with the keys {keys}{', …' if len(node.keys) > 4 else ''}" if keys else "an empty map"
    return "nothing"
