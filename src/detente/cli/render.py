"""`detente render`: a results file as a page, again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options
from detente.cli.command import Answer, Job, command
from detente.cli.run import REPORT, RESULTS
from detente.errors import InputError, Problem
from detente.result import Result, decode
from detente.result.codec import refusal

FIGURES = "figures"
MAP = "arguments.argdown"
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")  # of files: results may come from anybody
MAX_BYTES = 200_000_000


@command()
def render(
    job: Job,
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS", help=f"A {RESULTS}, or the folder that `detente run` wrote it to.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", show_default=False, help=f"Folder for {REPORT}. Default: beside {RESULTS}."
        ),
    ] = None,
    figures: Annotated[
        bool, typer.Option("--figures", help=f"Write each figure as a file of its own too: DIR/{FIGURES}/NAME.svg.")
    ] = False,
    argdown: Annotated[
        bool, typer.Option("--argdown", help=f"Write the map of the arguments as Argdown too: DIR/{MAP}.")
    ] = False,
    text: Annotated[
        Path | None,
        typer.Option(
            "--text",
            metavar="FILE",
            show_default=False,
            help="The text of the argument, to stand beside its claims. It stays yours: keep such a page.",
        ),
    ] = None,
) -> Answer:
    """Write the report again, from results that were kept."""
    file = results / RESULTS if results.is_dir() else results
    content = read_results(file)
    folder = out or file.parent
    from detente.language.argdown import maps_of
    from detente.language.drafting.sentences import read_text, split_sentences
    from detente.report.figures import figures as figures_of
    from detente.report.render import render as page_of

    sentences = [sentence.text for sentence in split_sentences(read_text(text), str(text))] if text else []
    named = max((n for claim in content.claims.values() for n in claim.sentences), default=0)
    if text and not 0 < named <= len(sentences):
        expected = f"the text of the claims, of {named} sentences or more" if named else "claims that name sentences"
        raise InputError([Problem("--text", expected, f"a text of {len(sentences)} sentences")], what="the options")
    options.check_folder(folder)
    try:
        files = {REPORT: page_of(content, sentences)}
        if figures:
            drawn = figures_of(content)
            files |= {f"{FIGURES}/{NOT_IN_NAMES.sub('-', name)}.svg": figure.file() for name, figure in drawn.items()}
        more = f" and {len(files) - 1} figures to {folder / FIGURES}" if figures else ""
        if argdown:
            files[MAP] = maps_of(content)
            more += f" and {folder / MAP}"
    except Exception as error:  # the file has the right parts, and something in them is not what a run writes
        got = f"{type(error).__name__}: {error}"
        raise refusal(str(file), got, "it was changed, or another version wrote it") from error
    return Answer(content, lambda: None, folder, files, f"wrote {folder / REPORT}{more}")


def read_results(file: Path) -> Result:
    """Return the results in a file.

    Raises:
        InputError: If it holds none.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise refusal(str(file), f"more than {MAX_BYTES // 1_000_000} MB")
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise refusal(str(file), "bytes that are not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise refusal(str(file), getattr(error, "strerror", None) or str(error)) from None
    return decode(text, str(file))
