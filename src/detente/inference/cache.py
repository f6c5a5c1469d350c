"""Fits kept on disk by the hash of what they depend on. Written atomically; a damaged entry is noticed and rebuilt."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from detente.inference.smc import Particles

FORMAT = b"detente-fit-2\n"


def cache_folder() -> Path:
    """The user's cache folder; DETENTE_CACHE overrides it."""
    override = os.environ.get("DETENTE_CACHE")
    return Path(override) if override else user_cache_path("detente")


def load(key: str) -> dict[str, Particles] | None:
    """The particles stored under a key, or None when absent or damaged (a damaged file is removed)."""
    path = cache_folder() / "fits" / f"{key}.fit"
    try:
        content = path.read_bytes()
    except OSError:
        return None
    try:
        return _decode(content)
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile):
        with contextlib.suppress(OSError):
            path.unlink()
        return None


def store(key: str, particles: dict[str, Particles]) -> None:
    """Store particles under a key. A cache that cannot be written is no error: the next run fits again."""
    folder = cache_folder() / "fits"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_encode(particles))
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, folder / f"{key}.fit")
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise


def _encode(particles: dict[str, Particles]) -> bytes:
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {
        f"{h}/{field}": np.asarray(v) for h, p in particles.items() for field, v in p._asdict().items()
    }
    np.savez(buffer, **arrays)
    body = buffer.getvalue()
    return FORMAT + hashlib.sha256(body).digest() + body


def _decode(content: bytes) -> dict[str, Particles]:
    head = len(FORMAT)
    digest, body = content[head : head + 32], content[head + 32 :]
    if content[:head] != FORMAT or hashlib.sha256(body).digest() != digest:
        raise ValueError("damaged cache entry")
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        fields: dict[str, dict[str, np.ndarray]] = {}
        for name in archive.files:
            hypothesis, field = name.rsplit("/", 1)
            fields.setdefault(hypothesis, {})[field] = archive[name]
    return {
        h: Particles(**{**f, "reached": bool(f["reached"]), "possible": int(f["possible"])}) for h, f in fields.items()
    }
