"""`detente new`: a scenario folder to begin with."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from detente.cli.command import Answer, Job, command
from detente.cli.output import scratch_name
from detente.errors import InputError, Problem

TEMPLATE = Path(__file__).parent / "template"


@command()
def new(
    job: Job,
    folder: Annotated[Path, typer.Argument(metavar="NAME", help="The folder to make.")],
    template: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TEMPLATE",
            show_default=False,
            help="What to copy: a name from `detente list`. Default: a small scenario with comments.",
        ),
    ] = None,
) -> Answer:
    """Write a scenario folder to begin with.

    It passes `detente check` and runs as it stands.
    """
    source = TEMPLATE if template is None else _bundled(template)
    if folder.exists() or folder.is_symlink():
        problem = Problem("NAME", "a folder that is not there yet", str(folder), "nothing is overwritten")
        raise InputError([problem], what="the options")
    if not folder.parent.is_dir():
        reason = f"the folder {folder.parent} is not there"
        raise InputError([Problem("NAME", "a folder that can be made", str(folder), reason)], what="the options")
    part = scratch_name(folder)
    try:
        shutil.copytree(source, part)
        part.rename(folder)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem("NAME", "a folder that can be made", str(folder), reason)
        raise InputError([problem], what="the options") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Answer(None, lambda: print(f"wrote {folder}: next, `detente check {folder}` and `detente run {folder}`"))


def _bundled(name: str) -> Path:
    from detente.language.load import bundled, find
    from detente.text.nearest import did_you_mean

    names = bundled()
    if name not in names:
        expected = "a name from `detente list`"
        raise InputError([Problem("--from", expected, name, did_you_mean(name, names))], what="the options")
    return find(name)[0]
