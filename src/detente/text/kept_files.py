"""Files kept in the user's cache folder: whole or not at all, and readable by their owner alone.

An entry is a tag that names its format, the SHA-256 of the body, and the body. It is written beside its place, forced
to the disk and moved there in one step, so a run that is killed at any moment, or two runs at once, leave the old entry
or the new one. What is read is believed only when the hash is right and, where files have owners, when nobody but this
user (or root) could have written it: an entry may be machine code.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
import time
from pathlib import Path

from platformdirs import user_cache_path

_refusals: list[str] = []  # why entries could not be written, since they were last asked for
_ABANDONED = 3600.0  # seconds after which a part file belongs to a run that was killed


def hash_of_code(*rooms: str) -> str:
    """The hash of every file of this package, or of some of its folders: what one code has kept is never taken for what
    another would make."""
    package, digest = Path(__file__).parent.parent, hashlib.sha256()
    for path in sorted(path for room in rooms or (".",) for path in (package / room).rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def cache_folder() -> Path:
    """The user's cache folder; DETENTE_CACHE overrides it."""
    override = os.environ.get("DETENTE_CACHE")
    return Path(override) if override else user_cache_path("detente")


def read_kept(path: Path, tag: bytes) -> bytes | None:
    """The body of an entry, or None when it is absent or not to be believed; a damaged one is removed."""
    try:
        with open(path, "rb") as file:
            ours = _written_by_us(os.fstat(file.fileno()))
            content = file.read()
    except OSError:
        return None
    digest, body = content[len(tag) : len(tag) + 32], content[len(tag) + 32 :]
    if ours and content.startswith(tag) and hashlib.sha256(body).digest() == digest:
        return body
    discard(path)
    return None


def write_kept(path: Path, tag: bytes, body: bytes) -> None:
    """Keep an entry. A cache that cannot be written is no error, but `refusal` tells of it."""
    try:
        _make_private(path.parent)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(tag + hashlib.sha256(body).digest() + body)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            discard(Path(part))
            raise
        _remove_abandoned(path.parent)
    except OSError as error:
        _refusals.append(error.strerror or str(error))


def refusal() -> str:
    """That the cache could not be written since this was last asked, and why; "" when it could."""
    if not _refusals:
        return ""
    reason = _refusals[0]
    _refusals.clear()
    return (
        f"the cache folder {cache_folder()} cannot be written ({reason}): machine code, fits and answers are made "
        "again each time; DETENTE_CACHE names another folder"
    )


def discard(path: Path) -> None:
    """Remove an entry, if it is there and can be removed."""
    with contextlib.suppress(OSError):
        path.unlink()


def _written_by_us(status: os.stat_result) -> bool:
    if not hasattr(os, "geteuid"):  # Windows: the folder's own access list keeps others out
        return True
    return status.st_uid in (os.geteuid(), 0) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, open to their owner alone."""
    for each in [*reversed(folder.parents), folder]:
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)


def _remove_abandoned(folder: Path) -> None:
    for part in folder.glob("*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _ABANDONED:
                part.unlink()
