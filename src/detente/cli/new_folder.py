"""A folder that is made: there whole, or not at all, and never in the place of another."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from detente.cli.output import scratch_name
from detente.errors import InputError, Problem


def check_free(folder: Path) -> None:
    """Refuse a folder that is there already, or whose parent is not."""
    if folder.exists() or folder.is_symlink():
        problem = Problem("NAME", "a folder that is not there yet", str(folder), "nothing is overwritten")
        raise InputError([problem], what="the options")
    if not folder.parent.is_dir():
        raise _cannot_be_made(folder, f"the folder {folder.parent} is not there")


def make_folder(folder: Path, fill: Callable[[Path], object]) -> None:
    """Make a folder beside its place, and move it there when `fill` has put everything into it."""
    part = scratch_name(folder)
    try:
        fill(part)
        part.rename(folder)
    except (OSError, ValueError) as error:
        raise _cannot_be_made(folder, getattr(error, "strerror", None) or str(error)) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _cannot_be_made(folder: Path, reason: str) -> InputError:
    return InputError([Problem("NAME", "a folder that can be made", str(folder), reason)], what="the options")
