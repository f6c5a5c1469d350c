"""Results kept on disk by the hash of all that they depend on: the same question again is answered at once."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.storage import cache_folder, discard, read_kept, write_kept

if TYPE_CHECKING:
    from detente.scenario.records import Scenario

FORMAT = b"detente-results-1\n"
LIBRARIES = ("llvmlite", "numpy", "scipy", "arviz-stats")


def key(scenario: Scenario, asked: Mapping[str, Any]) -> str:
    """Hash of a scenario, of what is asked of it, of every file of this package, and of what it computes with."""
    from detente.engine import backend

    told = hashlib.sha256()
    package = Path(__file__).parent.parent
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            told.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    libraries = [(name, _version(name)) for name in LIBRARIES]
    about = (scenario, sorted(asked.items()), libraries, backend.described(asked.get("device")))
    told.update(repr(about).encode())
    return told.hexdigest()


def load(key: str) -> str | None:
    """The text of the results under a key, or None where there is none to be believed."""
    body = read_kept(_path(key), FORMAT)
    if body is None:
        return None
    try:
        return zlib.decompress(body).decode()
    except (zlib.error, UnicodeDecodeError):
        discard(_path(key))
        return None


def store(key: str, text: str) -> None:
    """Keep the text of results. A cache that cannot be written is no error: the same question is worked out again."""
    write_kept(_path(key), FORMAT, zlib.compress(text.encode()))


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None  # there is no LLVM for every machine


def _path(key: str) -> Path:
    return cache_folder() / "results" / f"{key}.json.z"
