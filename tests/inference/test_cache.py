"""The cache of fits: what was stored comes back whole or not at all."""

import os

import numpy as np
import pytest

from detente.inference import cache
from detente.inference.smc import Particles

KEY = "0123abcd"


def particles(seed=0):
    """Made-up particles of two hypotheses."""
    rng = np.random.default_rng(seed)

    def one(parameters):
        return Particles(
            z=rng.normal(size=(2, 5, parameters)),
            log_likelihood=rng.normal(size=(2, 5)),
            increments=rng.normal(size=(3, 2)),
            mixed=np.array([True, False, False]),
            possible=9,
            temperatures=np.array([0.5, 1.0]),
            acceptance=np.array([0.9, 0.8]),
            reached=bool(parameters),
        )

    return {"red-line": one(3), "bluff": one(0)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "fits"


@pytest.fixture
def entry(folder):
    """The file of a stored fit."""
    cache.store(KEY, particles())
    return folder / f"{KEY}.fit"


def same(a, b):
    assert list(a) == list(b)
    for name in a:
        for left, right in zip(a[name], b[name], strict=True):
            np.testing.assert_array_equal(left, right)


def test_round_trip(entry):
    found = cache.load(KEY)
    same(found, particles())
    assert [type(p.reached) for p in found.values()] == [bool, bool]
    assert [p.reached for p in found.values()] == [True, False]


def test_absent(folder):
    assert cache.load(KEY) is None
    assert not folder.exists()


def test_stored_again(entry):
    cache.store(KEY, particles(1))
    same(cache.load(KEY), particles(1))


def test_no_part_file_is_left(entry):
    assert [p.name for p in entry.parent.iterdir()] == [entry.name]


def test_a_failed_write_leaves_the_old_entry(entry, monkeypatch):
    """Power fails between writing and renaming: the old entry stays, and no .part file."""

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        cache.store(KEY, particles(1))
    assert [p.name for p in entry.parent.iterdir()] == [entry.name]
    same(cache.load(KEY), particles())


def test_a_full_disk_is_no_error(entry, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    cache.store("other", particles(1))
    assert [p.name for p in entry.parent.iterdir()] == [entry.name]
    assert cache.load("other") is None


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.5, 0.99])
def test_truncated(entry, share):
    content = entry.read_bytes()
    entry.write_bytes(content[: int(share * len(content))])
    assert cache.load(KEY) is None
    assert not entry.exists(), "a damaged entry is removed, so that it is built again"


def test_every_flipped_byte(entry):
    """Header, digest and body: no single damaged byte goes unnoticed."""
    content = entry.read_bytes()
    places = [*range(60), *range(60, len(content), 97), len(content) - 1]
    for place in places:
        entry.write_bytes(content[:place] + bytes([content[place] ^ 0x40]) + content[place + 1 :])
        assert cache.load(KEY) is None, f"byte {place} of {len(content)}"
    entry.write_bytes(content)
    same(cache.load(KEY), particles())


@pytest.mark.parametrize("header", [b"detente-fit-0\n", b"detente-fit-99\n", b"", b"PK\x03\x04"])
def test_another_format(entry, header):
    entry.write_bytes(header + entry.read_bytes()[len(cache.FORMAT) :])
    assert cache.load(KEY) is None


def test_a_pickle_is_never_opened(entry):
    """A body with the right digest that holds objects is refused, not run."""
    import hashlib
    import io

    buffer = io.BytesIO()
    np.savez(buffer, **{"model/z": np.array([print], dtype=object)})
    body = buffer.getvalue()
    entry.write_bytes(cache.FORMAT + hashlib.sha256(body).digest() + body)
    assert cache.load(KEY) is None


def test_a_folder_that_cannot_be_made(tmp_path, monkeypatch):
    """The cache's place is taken by a file (permissions would not stop root)."""
    blocked = tmp_path / "blocked"
    blocked.write_text("not a folder")
    monkeypatch.setenv("DETENTE_CACHE", str(blocked))
    cache.store(KEY, particles())
    assert cache.load(KEY) is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(folder):
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    try:
        cache.store(KEY, particles())
        assert cache.load(KEY) is None
    finally:
        folder.chmod(0o700)


def test_an_entry_that_is_a_folder(folder):
    (folder / f"{KEY}.fit").mkdir(parents=True)
    assert cache.load(KEY) is None
    cache.store(KEY, particles())
    assert [p.name for p in folder.iterdir()] == [f"{KEY}.fit"]
