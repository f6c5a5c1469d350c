"""A text to its sentences, and the days that it names. The text itself goes nowhere else."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detente.errors import InputError, Problem
from detente.text.files import Folder

MAX_BYTES = 1_000_000
MAX_SENTENCES = 500


@dataclass(frozen=True)
class Sentence:
    """One sentence of a text: its number, from 1, the number of its paragraph, and how it reads.

    `heading`: a paragraph of its own without a point at its end, which says nothing by itself.
    """

    number: int
    paragraph: int
    text: str
    heading: bool = False


@dataclass(frozen=True)
class DatedDay:
    """A day that a sentence names. `exact` is false where only a month or a year is said: then its first day."""

    day: dt.date
    sentence: int
    exact: bool


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        InputError: If it is not there, not text in UTF-8, or longer than an article is.
    """
    problems: list[Problem] = []
    kind = _kind_of_document(path)
    if kind:
        raise InputError([Problem(str(path), "a text file", kind, "save its text as .txt in UTF-8")], what="the text")
    source = Folder(path.parent, problems, f"{path.parent}/" if str(path.parent) != "." else "").read(
        path.name, MAX_BYTES
    )
    if source is None:
        raise InputError(problems, what="the text")
    return source.text


def _kind_of_document(path: Path) -> str:
    """What a file is that holds text, but not as text."""
    try:
        with path.open("rb") as file:
            first = file.read(8)
    except (OSError, ValueError):
        return ""  # `Folder` says why
    starts = {b"%PDF": "a PDF", b"PK\x03\x04": "a document of an office program, or a .zip", b"{\\rtf": "an RTF file"}
    return next((kind for start, kind in starts.items() if first.startswith(start)), "")


# A point after these never ends a sentence ...
_NEVER = frozenset(
    "mr mrs ms mx dr prof gen lt maj col capt cmdr adm sgt pvt brig sen rep gov pres amb hon rev fr st mt ft vs cf viz "
    "jan feb mar apr jun jul aug sep sept oct nov dec no nos p pp vol ch sec fig ca approx est e.g i.e".split()
)
# ... after these, and after an initial, only before a word that often begins one (as in Punkt: Kiss and Strunk 2006,
# Computational Linguistics 32(4): 485-525)
_SOMETIMES = frozenset("u.s u.n u.k e.u u.s.a u.s.s.r d.c a.m p.m etc inc ltd corp co jr sr bros al ph.d".split())
_STARTERS = frozenset(
    "the a an in on at by for from with as but and or yet so nor it its he she they we you his her their our my this "
    "that these those there here if when while where what who why how since after before although though because not "
    "no now then all some many most few both each every one another such even still once until unless despite".split()
)
_SPEAKING = frozenset("said says asked asks wrote told warned added declared insisted replied shouted cried".split())
_END = re.compile(r"([.!?…]+)([\"'”’»)\]]*)((?:\[[0-9]{1,3}\])*)\s+(?=[\"'“‘«(\[—–-]*[\s]*[A-Z0-9\u00c0-\u024f])")
_LAST_WORD = re.compile(r"[^\s\"'“”‘’«»()\[\]—–]+$")
_NEXT = re.compile(r"[\"'“‘«(\[—–\s-]*([\w’'-]+)(\.?)(?:\s+([\w’'-]+))?(?:\s+([\w’'-]+))?")


def split_sentences(text: str, name: str = "the text") -> tuple[Sentence, ...]:
    """The sentences of a text, numbered as they come; an empty line ends a paragraph.

    Raises:
        InputError: If there is none, or more than an article has.
    """
    out: list[Sentence] = []
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n"))]
    for number, paragraph in enumerate(filter(_has_letters, paragraphs), 1):
        parts = list(filter(_has_letters, _sentences(paragraph)))
        heading = len(parts) == 1 and not re.search(r"[.!?…:]\W*$", paragraph)
        out += [Sentence(len(out) + at, number, part, heading) for at, part in enumerate(parts, 1)]
    if not out:
        raise InputError([Problem(name, "a text of at least one sentence", "no words")], what="the text")
    if len(out) > MAX_SENTENCES:
        got, hint = f"{len(out)} sentences", "cut it into parts, one argument each"
        raise InputError([Problem(name, f"at most {MAX_SENTENCES} sentences", got, hint)], what="the text")
    return tuple(out)


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _sentences(paragraph: str) -> list[str]:
    out, start = [], 0
    for found in _END.finditer(paragraph):
        if _ends(paragraph[start : found.start()], found, paragraph[found.end() :]):
            out.append(paragraph[start : found.end()].strip())
            start = found.end()
    return [*out, paragraph[start:].strip()]


def _ends(before: str, found: re.Match[str], after: str) -> bool:
    """Whether a point, question or exclamation mark ends the sentence that runs up to it."""
    follows = _NEXT.match(after)
    if not follows:
        return True
    word, point, second, third = follows.groups()
    if found[2] and (second in _SPEAKING or third in _SPEAKING) and found[1] != ".":
        return False  # “Will it hold?” Khan asked.
    if found[1] != ".":
        return True
    last = _LAST_WORD.search(before)
    stem = last[0].lower().strip(".") if last else ""
    starts = word.lower() in _STARTERS and not point
    if stem in _NEVER:
        return False
    return starts if stem in _SOMETIMES or re.fullmatch(r"[a-z](\.[a-z])*", stem) else True


_MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|"
        "october oct|november nov|december dec".split("|"),
        1,
    )
    for name in names.split()
}
_MONTH = "(?P<month>" + "|".join(_MONTHS) + r")\.?"
_DATES = [
    re.compile(r"\b(?P<year>[12][0-9]{3})-(?P<number>[01][0-9])-(?P<day>[0-3][0-9])\b"),
    re.compile(
        rf"\b(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>[12][0-9]{{3}}))?\b", re.I
    ),
    re.compile(
        rf"\b{_MONTH}\s+(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?\b(?!,?\s*[0-9]{{1,2}}\b)(?:,?\s+(?P<year>[12][0-9]{{3}}))?",
        re.I,
    ),
    re.compile(rf"\b{_MONTH}(?:\s+of)?,?\s+(?P<year>[12][0-9]{{3}})\b", re.I),
    re.compile(r"(?<![\w.,$€£-])(?P<year>1[5-9][0-9]{2}|20[0-9]{2})(?![\w%-]|[.,][0-9])"),
]


def days_named(sentences: Sequence[Sentence]) -> tuple[DatedDay, ...]:
    """The days that a text names, in its order; a day without a year is in the year named last, or first if later."""
    found = [(sentence, match) for sentence in sentences for match in _dates_of(sentence.text)]
    years = [int(year) for _, match in found if (year := match.groupdict().get("year"))]
    year, out = years[0] if years else None, []
    for sentence, match in found:
        about = match.groupdict()
        year = int(about["year"]) if about.get("year") else year
        if year is None:
            continue
        name = about.get("month")
        month = _MONTHS[name.lower()] if name else int(about.get("number") or 1)
        try:
            day = dt.date(year, month, int(about.get("day") or 1))
        except ValueError:  # the 31st of June is a slip of the text, not of the analyst
            continue
        out.append(DatedDay(day, sentence.number, bool(about.get("day"))))
    return tuple(out)


def names_a_day(text: str) -> bool:
    """Whether a sentence names a day, a month or a year."""
    return bool(_dates_of(text))


def _dates_of(text: str) -> list[re.Match[str]]:
    taken: list[re.Match[str]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if all(match.end() <= other.start() or match.start() >= other.end() for other in taken):
                taken.append(match)
    return sorted(taken, key=lambda match: match.start())
