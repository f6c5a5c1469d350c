"""Fits kept on disk by the hash of what they depend on."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from detente.inference.smc import Particles
from detente.text.kept_files import cache_folder, discard, read_kept, write_kept

FORMAT = b"detente-fit-2\n"


def load(key: str) -> dict[str, Particles] | None:
    """The particles stored under a key, or None when absent or damaged (a damaged file is removed)."""
    path = _path(key)
    body = read_kept(path, FORMAT)
    if body is None:
        return None
    try:
        return _decode(body)
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile):
        discard(path)
        return None


def store(key: str, particles: dict[str, Particles]) -> None:
    """Store particles under a key. A cache that cannot be written is no error: the next run fits again."""
    write_kept(_path(key), FORMAT, _encode(particles))


def _path(key: str) -> Path:
    return cache_folder() / "fits" / f"{key}.fit"


def _encode(particles: dict[str, Particles]) -> bytes:
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {
        f"{h}/{field}": np.asarray(v) for h, p in particles.items() for field, v in p._asdict().items()
    }
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _decode(body: bytes) -> dict[str, Particles]:
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        fields: dict[str, dict[str, np.ndarray]] = {}
        for name in archive.files:
            hypothesis, field = name.rsplit("/", 1)
            fields.setdefault(hypothesis, {})[field] = archive[name]
    return {
        h: Particles(**{**f, "reached": bool(f["reached"]), "possible": int(f["possible"])}) for h, f in fields.items()
    }
