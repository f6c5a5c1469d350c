"""The form of `detente new --from TEXT`: walks the sentences of a text and asks what each of them claims."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from detente.language.argument import KINDS, STRENGTHS
from detente.language.drafting.lexicon import Proposal, Proposer
from detente.language.drafting.sentences import DatedDay, Sentence
from detente.language.drafting.skeleton import (
    STUB,
    THESIS,
    About,
    DraftClaim,
    DraftClock,
    propose_actors,
    propose_clock,
    settled,
)
from detente.text.fields import parse_date

LETTERS = dict(zip("fcxpajvnkt", KINDS, strict=True))  # x counterfactual, k concession, t conclusion (the total)
HELP = "\n".join(
    [
        "  Enter takes what is proposed.",
        "  A letter changes the kind:     " + ", ".join(f"{letter} {kind}" for letter, kind in LETTERS.items()),
        "  A digit changes the strength:  " + ", ".join(f"{n} {word}" for n, word in enumerate(STRENGTHS, 1)),
        "  Both at once: c2 is causal and hedged. + at the end: the sentence makes a second claim.",
        "  s  skip: it claims nothing    b  back to the sentence before    q  quit, and keep what is done    ?  this",
    ]
)


class Quit(Exception):  # noqa: N818  # it is no error
    """The person wants to stop here."""


@dataclass
class Form:
    """Questions to a person, one at a time. `ask` returns a line, and raises EOFError where there is none."""

    ask: Callable[[str], str]
    tell: Callable[[str], None]
    sentences: Sequence[Sentence]
    proposer: Proposer
    first: int = 1  # the sentence to begin with
    known: tuple[str, ...] = ()  # ids of claims that are there already
    claims: dict[int, list[DraftClaim]] = field(default_factory=dict)  # by sentence; an empty list: skipped

    def walk(self) -> None:
        """Ask about each sentence in turn, until the last or until the person quits."""
        self.tell(f"{len(self.sentences)} sentences, from {self.first} on. For each:\n{HELP}")
        at = self.first - 1
        try:
            while at < len(self.sentences):
                at = max(self.first - 1, at + self._sentence(self.sentences[at]))
        except (Quit, EOFError, KeyboardInterrupt):
            self.tell("")

    def made(self) -> list[DraftClaim]:
        """The claims in the order of the text; what supports a claim that is not made, or itself through others,
        supports the thesis."""
        claims, moved = settled([one for number in sorted(self.claims) for one in self.claims[number]], self.known)
        if moved:
            self.tell(f"these support the thesis, for what they named is no claim: {', '.join(moved)}")
        return claims

    @property
    def upto(self) -> int:
        """The last sentence that was answered."""
        return max(self.claims, default=self.first - 1)

    def _sentence(self, sentence: Sentence) -> int:
        """Ask about one sentence; return by how many to go on."""
        proposed = self.proposer(sentence, self.sentences[: sentence.number - 1])
        self.tell(f"\n[{sentence.number}/{len(self.sentences)}]  {sentence.text}")
        self.tell(_shown(proposed, sentence))
        made: list[DraftClaim] = []
        while True:
            answer = self.ask("> ").strip().lower()
            if answer == "?":
                self.tell(HELP)
            elif answer == "q":
                raise Quit
            elif answer == "b":
                return -1
            elif answer == "s" or (not answer and sentence.heading):
                self.claims[sentence.number] = made
                return 1
            elif (chosen := _chosen(answer, proposed)) is None:
                self.tell("  Enter, a letter, a digit, s, b or q; ? shows what they mean")
            else:
                made.append(self._claim(sentence, len(made), *chosen, proposed.says))
                if not answer.endswith("+"):
                    self.claims[sentence.number] = made
                    return 1
                self.tell("  the second claim: a letter and a digit, or Enter; s: there is none")

    def _claim(self, sentence: Sentence, before: int, kind: str, asserts: str, says: str) -> DraftClaim:
        id = f"s{sentence.number}" + ("bcdefghijklmnopqrstuvwxyz"[min(before, 26) - 1] if before else "")
        says = self.ask(f"  in your own words [{says or STUB}]: ").strip() or says
        return DraftClaim(id, sentence.number, kind, asserts, says, self._supports(id))

    def _supports(self, id: str) -> dict[str, str]:
        """Ask what a claim supports: ids, or numbers of sentences before or after it; `+`: together with others."""
        last = len(self.sentences)
        while True:
            answer = self.ask("  supports [the thesis; or numbers of sentences, 5+ where it needs others]: ")
            names = re.split(r"[,\s]+", answer.strip()) if answer.strip() else [THESIS]
            links = {_id_of(name.rstrip("+")): "linked" if name.endswith("+") else "convergent" for name in names}
            ours = {THESIS, *self.known, *(one.id for made in self.claims.values() for one in made)}
            ours |= {f"s{number}" for number in range(self.first, last + 1)}
            wrong = [name for name in links if name not in ours or name == id]
            if not wrong:
                return links
            self.tell(f"  nothing that it can support: {', '.join(wrong)}; say {THESIS}, or a number from 1 to {last}")

    def about(self, title: str, appeared: dt.date | None) -> About:
        """Ask what is said of the whole."""
        given = self.ask(f"Title, in your own words [{title}]: ").strip() or title
        by = self.ask("Author [unknown]: ").strip() or "unknown"
        day = self.day("When did it appear", appeared)
        return About(given, by, day, self.ask(f"Its point, in your own words [{STUB}]: ").strip())

    def day(self, asked: str, proposed: dt.date | None) -> dt.date:
        """Ask for a day."""
        while True:
            answer = self.ask(f"{asked}, as YYYY-MM-DD{f' [{proposed}]' if proposed else ''}: ").strip()
            day = parse_date(answer) if answer else proposed
            if day and 1000 <= day.year < 9990:
                return day
            self.tell("  a day is written YYYY-MM-DD")

    def actors(self) -> dict[str, str]:
        """Ask who acts."""
        proposed = propose_actors(self.sentences)
        shown = ", ".join(f"{id}={name}" for id, name in proposed.items())
        while True:
            answer = self.ask(f"Who acts, as ID=Name with commas [{shown}]: ").strip()
            pairs = [part.partition("=") for part in answer.split(",")] if answer else []
            actors = {id.strip(): name.strip() or id.strip() for id, _, name in pairs}
            if all(re.fullmatch("[A-Z][A-Z0-9_]{0,15}", id) for id in actors) and len(actors) == len(pairs):
                return actors or proposed
            self.tell("  an id is capital letters and digits, each once: IN=India, PK=Pakistan")

    def clock(self, days: Sequence[DatedDay], appeared: dt.date) -> DraftClock:
        """Ask when the record begins and ends, and how far futures go; all in whole weeks from the beginning."""
        proposed = propose_clock(days, appeared)
        while True:
            start = self.day("The record begins", proposed.start)
            now = self.day("The record ends", proposed.now)
            branch = self.day("Courses part", min(proposed.branch, now))
            end = self.day("Futures end", proposed.end)
            branch, now, end = (start + dt.timedelta(weeks=(day - start).days // 7) for day in (branch, now, end))
            if start < branch <= now < end:
                return DraftClock(start, branch, now, end)
            self.tell("  the record begins before courses part, which is not after its end; futures end later")


def accepted(sentences: Sequence[Sentence], proposer: Proposer, first: int = 1) -> list[DraftClaim]:
    """Every proposal as it stands; headings are skipped."""
    out = []
    for sentence in sentences[first - 1 :]:
        if not sentence.heading:
            found = proposer(sentence, sentences[: sentence.number - 1])
            out.append(DraftClaim(f"s{sentence.number}", sentence.number, found.kind, found.asserts, found.says))
    return out


def _shown(proposed: Proposal, sentence: Sentence) -> str:
    if sentence.heading:
        return "  a heading: Enter skips it"
    return f"  kind      {proposed.kind} ({proposed.kind_why})\n  strength  {proposed.asserts} ({proposed.asserts_why})"


def _chosen(answer: str, proposed: Proposal) -> tuple[str, str] | None:
    """Kind and strength of an answer such as `c2`; None where it is neither."""
    kind, asserts = proposed.kind, proposed.asserts
    for character in answer.removesuffix("+").replace(" ", ""):
        if character in LETTERS:
            kind = LETTERS[character]
        elif character in "12345":
            asserts = STRENGTHS[int(character) - 1]
        else:
            return None
    return kind, asserts


def _id_of(name: str) -> str:
    return f"s{name}" if name[:1].isdigit() else name
