"""What the words of a sentence suggest about its kind and its strength, read from `lexicon.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from detente.errors import InputError, Problem
from detente.language.argument import KINDS, STRENGTHS
from detente.language.drafting.sentences import Sentence, names_a_day
from detente.text.fields import Field
from detente.text.files import Source
from detente.text.yaml_nodes import parse_yaml

FILE = Path(__file__).with_name("lexicon.yaml")
USUAL_KIND, USUAL_STRENGTH = "judgement", "plain"  # of a sentence in which no word of the lexicon stands

_NUMBER = re.compile(
    r"(?<![\w.])[$€£]?[0-9][0-9,.]*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|"
    r"fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|half|third|quarter|twice|per cent|percent)\b",
    re.I,
)
_MAY = re.compile(r"\bMay (?=[0-9])|(?<=[\w’,] )May\b")  # the month


@dataclass(frozen=True)
class Group:
    """Words that suggest the same, for the same reason."""

    id: str
    gives: str
    why: str
    sources: tuple[str, ...]
    words: tuple[str, ...]

    def found_in(self, text: str) -> str:
        """What of a sentence belongs to the group, or ""."""
        for word in self.words:
            if word == "<date>":
                if names_a_day(text):
                    return "a date"
            elif word == "<question>":
                if text.rstrip("\"'”’»)").endswith("?"):
                    return "a question"
            elif found := _pattern(word).search(text):
                return found[0] if len(found[0]) < 30 else word
        return ""


@dataclass(frozen=True)
class Lexicon:
    """Groups by what they suggest, in the order in which they are asked, and where they come from."""

    strength: tuple[Group, ...]
    kind: tuple[Group, ...]
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Proposal:
    """What a sentence may be, and why; `says` is what it says in other words, where the proposer has any."""

    kind: str
    asserts: str
    kind_why: str = ""
    asserts_why: str = ""
    says: str = ""


class Proposer(Protocol):
    """Proposes a kind and a strength for a sentence, given those before it. `by_lexicon` is one."""

    def __call__(self, sentence: Sentence, before: Sequence[Sentence], /) -> Proposal: ...


def by_lexicon(sentence: Sentence, before: Sequence[Sentence] = ()) -> Proposal:
    """The proposal of the lexicon: the first group of each list that finds one of its words."""
    lexicon = read_lexicon()
    kind, kind_why = _first(lexicon.kind, sentence.text, USUAL_KIND)
    asserts, asserts_why = _first(lexicon.strength, _MAY.sub("…", sentence.text), USUAL_STRENGTH)
    return Proposal(kind, asserts, kind_why, asserts_why)


def _first(groups: Sequence[Group], text: str, usual: str) -> tuple[str, str]:
    for group in groups:
        if found := group.found_in(text):
            return group.gives, f"{found}: {group.why}"
    return usual, "no word of the lexicon"


@cache
def _pattern(word: str) -> re.Pattern[str]:
    """The pattern of an entry: `*` ends a word, ` … ` is up to eight words, `<number>` a number."""
    parts = {
        " … ": r"\W+(?:[\w’'-]+\W+){0,8}?",
        "*": r"[\w’'-]*",
        "<number>": f"(?:{_NUMBER.pattern})",
        "'": "['’]",
        " ": r"\s+",
    }
    pieces = re.split(f"({'|'.join(map(re.escape, parts))})", word)
    text = "".join(parts.get(piece, re.escape(piece)) for piece in pieces)
    return re.compile(rf"(?<![\w’'-])(?:{text})(?![\w])", re.I)


@cache
def read_lexicon(path: Path = FILE) -> Lexicon:
    """The lexicon of a file.

    Raises:
        InputError: If a group gives no kind or strength, has no reason, or names a source that is not listed.
    """
    problems: list[Problem] = []
    node = parse_yaml(Source(path.name, path.read_text(encoding="utf-8")), problems)
    if node is None:
        raise InputError(problems, what="the lexicon")
    keys = {"sources": "a map of sources", "strength": "a map of groups", "kind": "a map of groups"}
    found = Field("", node, problems).section(keys)
    sources = {id: value.text() for id, _, value in found["sources"].entries("sources")}
    lexicon = Lexicon(_groups(found["strength"], STRENGTHS, sources), _groups(found["kind"], KINDS, sources), sources)
    if problems:
        raise InputError(problems, what="the lexicon")
    return lexicon


def _groups(field: Field, gives: Sequence[str], sources: Mapping[str, str]) -> tuple[Group, ...]:
    required = {"gives": f"one of: {', '.join(gives)}", "why": "a reason", "source": "a list", "words": "a list"}
    out = []
    for id, _, value in field.entries("groups"):
        about = value.section(required)
        if about["gives"].present and about["gives"].text() not in gives:
            about["gives"].bad(required["gives"])
        for item in about["source"].items():
            if item.text() not in sources:
                item.bad("the id of a source of this file")
        words = tuple(item.text() for item in about["words"].items())
        named = tuple(item.text() for item in about["source"].items())
        out.append(Group(id, about["gives"].text(), about["why"].text(), named, words))
    return tuple(out)
