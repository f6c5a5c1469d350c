"""Results kept on disk by the hash of all that they depend on: the same question again is answered at once."""

from __future__ import annotations

import contextlib
import hashlib
import platform
import zlib
from collections.abc import Mapping
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.errors import InputError
from detente.text.kept_files import cache_folder, discard, hash_of_code, read_kept, write_kept

if TYPE_CHECKING:
    from detente.language.records import Scenario

FORMAT = b"detente-results-2\n"
LIBRARIES = ("llvmlite", "numpy", "scipy", "jax", "jaxlib", "numpyro")
MOST = 200  # kept at once, of some 300 kilobytes each


def key(scenario: Scenario, asked: Mapping[str, Any]) -> str:
    """Hash of a scenario, of what is asked of it, of every file of this package, and of what it computes with."""
    from detente.engine.backends import choice as backend

    libraries = [(name, _version(name)) for name in LIBRARIES]
    ran = (platform.python_version(), platform.system(), backend.described(asked.get("device")), backend.rounding())
    whole = [(part.name, getattr(scenario, part.name)) for part in fields(scenario)]  # its repr is short
    about = (whole, _crises(scenario), sorted(asked.items()), hash_of_code(), libraries, ran)
    return hashlib.sha256(repr(about).encode()).hexdigest()


def load(key: str) -> str | None:
    """The text of the results under a key, or None where there is none to be believed."""
    body = read_kept(_path(key), FORMAT)
    return None if body is None else zlib.decompress(body).decode()


def store(key: str, text: str) -> None:
    """Keep the text of results; the oldest of too many go. A cache that cannot be written is no error."""
    write_kept(_path(key), FORMAT, zlib.compress(text.encode()))
    with contextlib.suppress(OSError):  # another run may be doing the same
        entries = sorted(_path(key).parent.glob("*.json.z"), key=lambda path: path.stat().st_mtime)
        for path in entries[:-MOST]:
            discard(path)


def _crises(scenario: Scenario) -> str | None:
    """Hash of the one file that a run reads besides the scenario: recorded crises, a user's own copy, for analogies."""
    from detente.events import where
    from detente.events.sources import icb

    if scenario.mirror is None:
        return None
    try:
        return icb.sha256(where.find(icb.FILE))
    except (InputError, OSError):
        return "none that can be read"


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None  # of an extra, or LLVM on a machine for which there is none


def _path(key: str) -> Path:
    return cache_folder() / "results" / f"{key}.json.z"
