"""The files of a scenario that holds an argument and no mechanism yet: claims in our words, actors and a clock."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from detente.errors import InputError, Problem
from detente.language.drafting.sentences import DatedDay, Sentence
from detente.text.files import Source
from detente.text.yaml_nodes import Mapping as YamlMapping
from detente.text.yaml_nodes import parse_yaml

STUB = "(say it in your own words)"
THESIS = "thesis"  # the id of the claim that all others serve
_WHY_NOT = {
    "value": "a value: no parameter for the reader to set yet",
    "norm": "advice: it follows from what it rests on and from values",
}
_HEAD = re.compile(r"# Sentences 1 to (\d+) of (\d+) of (.+), SHA-256 ([0-9a-f]{16})")
_NAME = re.compile(r"(?<![.!?…\"'“‘(] )(?<!^)\b[A-Z][\w’-]+(?: [A-Z][\w’-]+)*")
_NOT_NAMES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december mr mrs ms dr gen president prime minister i western eastern northern "
    "southern".split()
)
HALF_A_YEAR = dt.timedelta(weeks=26)


@dataclass(frozen=True)
class DraftClaim:
    """A sentence as a claim. `says`: in the analyst's words, "" for a stub; `supports`: ids, with how."""

    id: str
    sentence: int
    kind: str
    asserts: str
    says: str = ""
    supports: Mapping[str, str] = field(default_factory=lambda: {THESIS: "convergent"})


@dataclass(frozen=True)
class DraftClock:
    """The days of a scenario, whole weeks apart."""

    start: dt.date
    branch: dt.date
    now: dt.date
    end: dt.date


@dataclass(frozen=True)
class Walked:
    """How far somebody has come in a text: up to which of its sentences, its name and the start of its hash."""

    upto: int
    of: int
    name: str
    sha256: str

    def __str__(self) -> str:
        return f"# Sentences 1 to {self.upto} of {self.of} of {self.name}, SHA-256 {self.sha256[:16]}"


@dataclass(frozen=True)
class About:
    """What is said of the whole: title, author, day, and its point."""

    title: str
    by: str
    date: dt.date
    thesis: str = ""


def propose_clock(days: Sequence[DatedDay], appeared: dt.date) -> DraftClock:
    """Weeks from the first day named in the three years before a text appeared, at least 26; then 26 weeks more."""
    exact = [one.day for one in days if one.exact and dt.timedelta(0) <= appeared - one.day <= 6 * HALF_A_YEAR]
    later = [one.day for one in days if one.exact and dt.timedelta(0) < one.day - appeared <= 6 * HALF_A_YEAR]
    start = _monday(min([*exact, appeared - HALF_A_YEAR]))
    now = _monday(appeared)
    return DraftClock(start, now, now, _monday(max([*later, now + HALF_A_YEAR])) + dt.timedelta(weeks=bool(later)))


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def propose_actors(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Names that stand in a text at least twice, once inside a sentence: at most four, by an id each."""
    inside = {found for one in sentences if not one.heading for found in _NAME.findall(one.text)}
    names = Counter({name: sum(one.text.count(name) for one in sentences) for name in sorted(inside)})
    out: dict[str, str] = {}
    for name, times in names.most_common():
        no_name = {word.lower() for word in name.split()} & _NOT_NAMES or re.search("(ian|ish|ese|ani)$", name)
        if times < 2 or len(out) == 4 or no_name or name.isupper():
            continue
        words = re.findall(r"[A-Za-z]+", name)
        id = "".join(word[0] for word in words) if len(words) > 1 else name[:2].upper()
        if re.fullmatch(r"[A-Z]{2,4}", id):
            out.setdefault(id, name)
    return out or {"A": "(who acts)"}


def settled(claims: Sequence[DraftClaim], known: Sequence[str] = ()) -> tuple[list[DraftClaim], list[str]]:
    """Claims whose links lead to claims and run one way, and the ids of those that now support the thesis instead."""
    ids, above, moved = {THESIS, *known, *(one.id for one in claims)}, dict[str, set[str]](), list[str]()
    out = []
    for claim in claims:
        links = {id: how for id, how in claim.supports.items() if id in ids and claim.id not in _over(id, above)}
        if len(links) < len(claim.supports):
            moved.append(claim.id)
        links = links or {THESIS: "convergent"}
        above[claim.id] = set(links)
        out.append(replace(claim, supports=links))
    return out, moved


def _over(id: str, above: Mapping[str, set[str]]) -> set[str]:
    """A claim and all that it supports, through others too."""
    reached, waiting = {id}, [id]
    while waiting:
        for higher in above.get(waiting.pop(), set()) - reached:
            reached.add(higher)
            waiting.append(higher)
    return reached


def claims_file(about: About, claims: Sequence[DraftClaim], walked: Walked) -> str:
    """The text of a claims file of version 2."""
    lines = [
        f"{walked}.",
        "# `sentence` holds numbers of sentences; what they say stands here in our own words, and nothing of the text.",
        f"argument: {{title: {_quoted(about.title)}, by: {_quoted(about.by)}, date: {about.date}, thesis: {THESIS}}}",
        "claims:",
        f"  {THESIS}:",
        "    kind: conclusion",
        "    asserts: plain",
        f"    says: {_quoted(about.thesis or f'The point of the whole: {STUB}')}",
    ]
    return "\n".join([*lines, *map(claim_text, claims)]) + "\n"


def claim_text(claim: DraftClaim) -> str:
    """One claim of a claims file."""
    links = ", ".join(f"{id}: {link}" for id, link in claim.supports.items())
    lines = [
        f"  {claim.id}:",
        f"    kind: {claim.kind}",
        f"    asserts: {claim.asserts}",
        f"    says: {_quoted(claim.says or f'Sentence {claim.sentence}: {STUB}')}",
        f"    sentence: [{claim.sentence}]",
        f"    supports: {{{links}}}",
    ]
    if claim.kind == "fact":
        lines.append("    check: []")
    elif claim.kind != "conclusion":
        lines.append(f"    untestable: {_quoted(_WHY_NOT.get(claim.kind, 'no mechanism yet'))}")
    return "\n".join(lines)


def more_claims(text: str, claims: Sequence[DraftClaim], walked: Walked) -> str:
    """A claims file with more claims at its end; nothing else of it changes but the line that says how far it goes.

    Raises:
        InputError: If `claims` is not the last key of the file, or it cannot be read.
    """
    end = text if text.endswith("\n") else f"{text}\n"
    head = _HEAD.search(end)
    assert head is not None
    return end[: head.start()] + str(walked) + end[head.end() :] + "".join(f"{claim_text(one)}\n" for one in claims)


def walked_in(text: str) -> Walked | None:
    """How far a claims file goes, by its first line; None where it does not say."""
    head = _HEAD.match(text)
    return Walked(int(head[1]), int(head[2]), head[3], head[4]) if head else None


def ids_in(name: str, text: str) -> tuple[str, ...]:
    """The ids of the claims of a file to which more can be added.

    Raises:
        InputError: If it cannot be read, or `claims` is not its last key.
    """
    problems: list[Problem] = []
    node = parse_yaml(Source(name, text), problems)
    if node is not None and (not isinstance(node, YamlMapping) or list(node.values)[-1:] != ["claims"]):
        hint = "more claims are added at the end"
        problems.append(Problem(name, "`claims` as the last key", "something after it", hint))
    if problems:
        raise InputError(problems, what="the claims")
    assert isinstance(node, YamlMapping)
    claims = node.values["claims"]
    return tuple(claims.keys) if isinstance(claims, YamlMapping) else ()


def scenario_file(about: About, clock: DraftClock, actors: Mapping[str, str], days: Sequence[DatedDay]) -> str:
    """The text of a scenario without a mechanism."""
    named = ", ".join(f"{one.day:{'%Y-%m-%d' if one.exact else '%Y'}} ({one.sentence})" for one in days) or "none"
    lines = [
        "# A scenario to fill in. What each key means: docs/language.md. After each change: `detente check` on it.",
        "detente: 1",
        f"title: {_quoted(about.title)}",
        'question: "(what should the model answer?)"',
        "# The record runs from `start` to `now`; courses part at `branch`; futures are played to `end`, step by step.",
        f"# Days that the text names, each with its sentence: {named}.",
        f"clock: {{start: {clock.start}, branch: {clock.branch}, now: {clock.now}, end: {clock.end}, step: 1 week}}",
        "# Who acts.",
        "actors:",
        *(f"  {id}: {{name: {_quoted(name)}}}" for id, name in actors.items()),
        "# Next, for one claim at a time: what nobody knows (`parameters`), what changes (`stocks`), what can be done",
        "# (`tracks`), what may happen (`events`), what could be done otherwise (`courses`), and the claim's `test`.",
    ]
    return "\n".join(lines) + "\n"


def readme(about: About, walked: Walked) -> str:
    """The text of a README that says what is still to be done."""
    return f"""# {" ".join(about.title.split())}

An argument ({" ".join(about.by.split())}, {about.date}) as claims, from {walked.name}; no mechanism yet.

- `claims/`: put each claim into your own words where it says "{STUB}".
- A fact: what sources find of it, under `check`.
- `scenario.yaml`: a mechanism for the claims that carry most, and a `test` in place of their `untestable`.
"""


def _quoted(text: str) -> str:
    """Text as a YAML string on one line."""
    plain = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return json.dumps(plain.encode("utf-8", "replace").decode(), ensure_ascii=False)
