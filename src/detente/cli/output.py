"""What leaves the process: files written whole or not at all, JSON, and tables on stdout."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from detente.errors import InputError, Problem
from detente.result import encode

if TYPE_CHECKING:
    from rich.console import RenderableType

PLAIN_WIDTH = 100  # of tables that do not go to a terminal, unless COLUMNS says otherwise


def width() -> int:
    """Columns to write in: as COLUMNS says, else of the terminal, or `PLAIN_WIDTH` where there is none."""
    given = os.environ.get("COLUMNS", "")
    if given.isdigit():
        return int(given)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PLAIN_WIDTH


def json_text(value: Any) -> str:
    """JSON text, one line per value, ending in a newline; not-a-number is a bug and raises, but in a typed result."""
    if isinstance(value, Struct):
        return encode(value)
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def scratch_name(path: Path) -> Path:
    """A hidden name beside `path` for what is not finished."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def write_files(folder: Path, texts: Mapping[str, str], option: str = "--out") -> None:
    """Write files by name: all are complete on disk before the first takes its name.

    Args:
        option: the option that named them, for messages.

    Raises:
        InputError: If the folder cannot be written to (full, read-only, gone), or a folder stands where a file should.
    """
    if taken := [folder / name for name in texts if not name or (folder / name).is_dir()]:
        raise InputError([Problem(option, "a file", str(path), "it is a folder") for path in taken], what="the options")
    made: list[Path] = []
    try:
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            made.append(scratch_name(folder / name))
            with made[-1].open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        for part, name in zip(made, texts, strict=True):
            os.replace(part, folder / name)
    except OSError as error:
        problem = Problem(option, "a folder that can be written to", str(folder), error.strerror or str(error))
        raise InputError([problem], what="the options") from None
    finally:
        for part in made:
            part.unlink(missing_ok=True)


def print_json(text: str) -> None:
    """Print JSON as UTF-8, whatever the terminal's encoding: the same bytes as in a file."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    buffer.write(text.encode())
    buffer.flush()


def show(*renderables: RenderableType, first: bool = True) -> None:
    """Print tables and text on stdout, a blank line between them (and before them, when they are not the first).

    In colour on a terminal, plain elsewhere.
    """
    from rich.console import Console

    # rendered first and printed as text, because Rich ends the process when a pipe breaks
    if sys.stdout.isatty():
        console = Console(highlight=False)
    else:
        console = Console(file=io.StringIO(), highlight=False, width=width())
    with console.capture() as capture:
        for number, item in enumerate(renderables):
            if number or not first:
                console.print()
            console.print(item)
    sys.stdout.write("\n".join(line.rstrip() for line in capture.get().split("\n")))
