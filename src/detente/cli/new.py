"""`detente new`: a scenario folder to begin with, from a template or from a text."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from detente.cli.command import Answer, Job, command
from detente.cli.new_folder import check_free, make_folder
from detente.errors import InputError, Problem

TEMPLATE = Path(__file__).parent / "template"
TEXTS = (".txt", ".md", ".text")


@command()
def new(
    job: Job,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="NAME", show_default=False, help="The folder to make; of a text, by its name."),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TEMPLATE|TEXT",
            show_default=False,
            help="What to copy: a name from `detente list`; or a text (.txt, .md), whose sentences a form asks about. "
            "Default: a small scenario with comments.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Of a text: take every proposal, ask nothing.")] = False,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="YYYY-MM-DD", show_default=False, help="Of a text: the day it appeared."),
    ] = None,
) -> Answer:
    """Write a scenario folder to begin with.

    From a template it passes `detente check` and runs as it stands. From a text it holds an argument: each sentence
    as a claim with its kind and strength, to be put into your own words (nothing of the text is copied), and no
    mechanism yet. What was quit is taken up again by the same words.
    """
    text = Path(template) if template and (template.endswith(TEXTS) or Path(template).is_file()) else None
    if text is not None and text.suffix == ".argdown":
        hint = "`detente.language.argdown.claims_of` reads it"
        raise InputError([Problem("--from", "a text", "a map in Argdown", hint)], what="the options")
    if text is not None:
        from detente.cli.new_from_text import from_text

        return from_text(text, folder or Path(text.stem), yes=yes, date=date)
    given = [name for name, value in (("--yes", yes), ("--date", date)) if value]
    problems = [Problem(name, "--from TEXT beside it", "no text") for name in given]
    if folder is None:
        problems.append(Problem("NAME", "the folder to make", "nothing"))
    if problems or folder is None:
        raise InputError(problems, what="the options")
    source = TEMPLATE if template is None else _bundled(template)
    check_free(folder)
    make_folder(folder, lambda part: shutil.copytree(source, part))
    return Answer(None, lambda: print(f"wrote {folder}: next, `detente check {folder}` and `detente run {folder}`"))


def _bundled(name: str) -> Path:
    from detente.language.load import bundled, find
    from detente.text.nearest import did_you_mean

    names = bundled()
    if name not in names:
        expected = "a name from `detente list`"
        raise InputError([Problem("--from", expected, name, did_you_mean(name, names))], what="the options")
    return find(name)[0]
