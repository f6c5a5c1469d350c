"""Where a user keeps public data that Détente may not ship (ICB, war1800, strike counts)."""

from __future__ import annotations

import os
from pathlib import Path

from detente.errors import InputError, Problem

VARIABLE = "DETENTE_DATA"


def folders() -> list[Path]:
    """The folders that are searched, in order: the variable's, `data` here, the user's own."""
    from platformdirs import user_data_path

    named = [Path(os.environ[VARIABLE])] if os.environ.get(VARIABLE) else []
    return [*named, Path.cwd() / "data", user_data_path("detente")]


def find(relative: str, given: Path | None = None) -> Path:
    """The path of a data file.

    Args:
        relative: its path inside a data folder, such as "icb/icb2_v15.csv".
        given: the file, or a data folder that holds it, as the user named it; nothing else is searched then.

    Raises:
        InputError: It is in none of the places; the message lists them.
    """
    name = Path(relative).name
    tried = [given, given / relative, given / name] if given else [folder / relative for folder in folders()]
    for path in tried:
        if path.is_file():
            return path
    places = ", ".join(str(path) for path in tried)
    hint = "" if given else f"name the file, or set {VARIABLE} to the folder that holds {relative}"
    raise InputError(
        [Problem(field="data", expected=f"a file in one of: {places}", got="none of them", hint=hint)], what="the data"
    )
