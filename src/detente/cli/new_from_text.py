"""`detente new --from TEXT`: an argument as claims, and a scenario without a mechanism."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import re
import sys
from pathlib import Path

from detente.cli.command import Answer
from detente.cli.guided_form import Form, accepted
from detente.cli.new_folder import check_free, make_folder
from detente.cli.output import write_files
from detente.errors import InputError, Problem
from detente.language.drafting import skeleton
from detente.language.drafting.lexicon import Proposer, by_lexicon
from detente.language.drafting.sentences import Sentence, days_named, read_text, split_sentences
from detente.text.fields import parse_date


def from_text(path: Path, folder: Path, *, yes: bool, date: str | None, proposer: Proposer = by_lexicon) -> Answer:
    """Ask about the sentences of a text, or take all proposals, and write a folder; or go on where one was quit.

    Args:
        proposer: what proposes a kind and a strength for each sentence.
    """
    text = read_text(path)
    sentences = split_sentences(text, str(path))
    day = parse_date(date) if date else None
    if date and (day is None or not 1000 <= day.year < 9990):
        raise InputError([Problem("--date", "a day as YYYY-MM-DD", date)], what="the options")
    hashed = hashlib.sha256(text.encode()).hexdigest()
    claims = folder / "claims" / f"{_stem(path)}.yaml"
    begun = _begun(claims, hashed, str(path))
    if begun is None:
        check_free(folder)
    if not yes and not sys.stdin.isatty():
        expected, hint = "a terminal, to ask about each sentence", "--yes takes every proposal and asks nothing"
        raise InputError([Problem("--from", expected, "none", hint)], what="the options")
    if yes and begun is None and day is None:
        exact = [one.day for one in days_named(sentences) if one.exact]
        if not exact:
            got, hint = "a text that names no day", "the clock is counted from it"
            raise InputError([Problem("--date", "the day it appeared", got, hint)], what="the options")
        day = max(exact)
    if begun is not None:
        return _go_on(claims, begun, sentences, path.name, hashed, yes=yes, proposer=proposer)
    return _begin(folder, path, sentences, hashed, day, yes=yes, proposer=proposer)


def _stem(path: Path) -> str:
    return re.sub("[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "text"


def _begun(claims: Path, hashed: str, name: str) -> str | None:
    """The claims file of the same text that was not walked to its end; None where there is none.

    Raises:
        InputError: If it was made from another text, or is complete.
    """
    try:
        text = claims.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    walked = skeleton.walked_in(text)
    if walked is None or walked.upto >= walked.of:
        return None  # a folder that is there already
    if walked.sha256 != hashed[:16]:
        hint = "numbers of sentences would not fit; name another folder"
        raise InputError([Problem("--from", f"the text that {claims} was made from", name, hint)], what="the options")
    return text


def _begin(
    folder: Path,
    path: Path,
    sentences: tuple[Sentence, ...],
    hashed: str,
    day: dt.date | None,
    *,
    yes: bool,
    proposer: Proposer,
) -> Answer:
    days, title = days_named(sentences), " ".join(re.split(r"[\W_]+", path.stem)).strip().capitalize() or "A text"
    if yes:
        assert day is not None
        about = skeleton.About(title, "unknown", day)
        claims, upto = accepted(sentences, proposer), len(sentences)
        actors, clock = skeleton.propose_actors(sentences), skeleton.propose_clock(days, day)
    else:
        form = _form(sentences, proposer)
        try:
            about = form.about(title, day or max((one.day for one in days if one.exact), default=None))
        except EOFError:
            return _nothing()
        form.walk()
        claims, upto = form.made(), form.upto
        if not claims:
            return _nothing()
        actors, clock = skeleton.propose_actors(sentences), skeleton.propose_clock(days, about.date)
        with contextlib.suppress(EOFError, KeyboardInterrupt):  # what was walked is kept all the same
            actors, clock = form.actors(), form.clock(days, about.date)
    walked = skeleton.Walked(upto, len(sentences), path.name, hashed)

    def fill(part: Path) -> None:
        scenario, readme = skeleton.scenario_file(about, clock, actors, days), skeleton.readme(about, walked)
        write_files(part, {"scenario.yaml": scenario, "README.md": readme}, "NAME")
        write_files(part / "claims", {f"{_stem(path)}.yaml": skeleton.claims_file(about, claims, walked)}, "NAME")

    make_folder(folder, fill)
    return _wrote(f"wrote {folder}", len(claims), walked, folder)


def _go_on(
    path: Path, text: str, sentences: tuple[Sentence, ...], name: str, hashed: str, *, yes: bool, proposer: Proposer
) -> Answer:
    """Add the claims of the sentences that are left to a claims file; nothing else in it changes."""
    begun = skeleton.walked_in(text)
    assert begun is not None
    known = skeleton.ids_in(str(path), text)
    first = begun.upto + 1
    one = accepted(sentences, proposer, first)[:1]
    skeleton.ids_in(
        str(path), skeleton.more_claims(text, one, begun)
    )  # refused before anybody is asked or it is written
    if yes:
        claims, upto = accepted(sentences, proposer, first), len(sentences)
    else:
        form = _form(sentences, proposer, first, known)
        form.walk()
        claims, upto = form.made(), form.upto
    if upto < first:
        return _nothing()
    walked = skeleton.Walked(upto, len(sentences), name, hashed)
    write_files(path.parent, {path.name: skeleton.more_claims(text, claims, walked)}, "NAME")
    return _wrote(f"added to {path}", len(claims), walked, path.parent.parent)


def _form(sentences: tuple[Sentence, ...], proposer: Proposer, first: int = 1, known: tuple[str, ...] = ()) -> Form:
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # arrow keys in answers, where the system has it
    return Form(input, print, sentences, proposer, first, known)


def _nothing() -> Answer:
    return Answer(None, lambda: print("nothing was written"))


def _wrote(what: str, claims: int, walked: skeleton.Walked, folder: Path) -> Answer:
    left = f"; the same words go on at sentence {walked.upto + 1} of {walked.of}" if walked.upto < walked.of else ""
    number = f"{claims} claim{'s' * (claims != 1)}"
    return Answer(None, lambda: print(f"{what}: {number}{left}. Next, `detente check {folder}`"))
