"""Kept files: whole or not at all, and nobody's but the user's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from detente.text import kept_files as storage
from detente.text.kept_files import cache_folder, discard, hash_of_code, read_kept, refusal, write_kept

TAG = b"a-test-1\n"
BODY = bytes(range(256)) * 8
POSIX = pytest.mark.skipif(os.name != "posix", reason="files have owners and modes on POSIX systems")


@pytest.fixture
def path(tmp_path):
    """Where an entry will be kept, two folders deep."""
    return tmp_path / "cache" / "things" / "entry"


def test_where_it_lives(monkeypatch):
    monkeypatch.delenv("DETENTE_CACHE")
    assert cache_folder().name == "detente"
    monkeypatch.setenv("DETENTE_CACHE", "elsewhere")
    assert cache_folder() == Path("elsewhere")


def test_round_trip(path):
    assert read_kept(path, TAG) is None
    for body in (BODY, b"", BODY * 2):
        write_kept(path, TAG, body)
        assert read_kept(path, TAG) == body
    assert os.listdir(path.parent) == [path.name]


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path, monkeypatch):
    refusal()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path / "file"))
    for _ in range(2):
        write_kept(cache_folder() / "things" / "entry", TAG, BODY)
    assert refusal() == (
        f"the cache folder {tmp_path / 'file'} cannot be written (File exists): machine code, fits and answers are "
        "made again each time; DETENTE_CACHE names another folder"
    )
    assert refusal() == ""


def test_every_flipped_bit_is_noticed(path):
    write_kept(path, TAG, BODY[:64])
    content = path.read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            damaged = bytearray(content)
            damaged[place] ^= 1 << bit
            path.write_bytes(damaged)
            assert read_kept(path, TAG) is None, f"bit {bit} of byte {place}"
            assert not path.exists(), "what is damaged is removed"
    path.write_bytes(content)
    assert read_kept(path, TAG) == BODY[:64]


@pytest.mark.parametrize("left", [0, 1, len(TAG), len(TAG) + 31, len(TAG) + 32, -1])
def test_truncated(path, left):
    write_kept(path, TAG, BODY)
    path.write_bytes(path.read_bytes()[:left])
    assert read_kept(path, TAG) is None
    assert not path.exists()


def test_another_format_is_not_read(path):
    write_kept(path, b"a-test-0\n", BODY)
    assert read_kept(path, TAG) is None


@POSIX
def test_readable_by_the_owner_alone(path):
    write_kept(path, TAG, BODY)
    assert path.stat().st_mode & 0o777 == 0o600
    for folder in (path.parent, path.parent.parent):
        assert folder.stat().st_mode & 0o777 == 0o700


@POSIX
@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_what_others_may_write_is_not_believed(path, mode):
    write_kept(path, TAG, BODY)
    path.chmod(mode)
    assert read_kept(path, TAG) is None
    assert not path.exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_what_another_user_wrote_is_not_believed(path):
    write_kept(path, TAG, BODY)
    os.chown(path, 4242, -1)
    assert read_kept(path, TAG) is None


def test_a_folder_that_cannot_be_made(tmp_path):
    """The cache's place is taken by a file (permissions would not stop root)."""
    (tmp_path / "cache").write_text("not a folder")
    path = tmp_path / "cache" / "entry"
    write_kept(path, TAG, BODY)
    assert read_kept(path, TAG) is None
    discard(path)


@POSIX
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(path):
    write_kept(path, TAG, BODY)
    path.parent.chmod(0o500)
    try:
        write_kept(path, TAG, b"other")
        assert read_kept(path, TAG) == BODY
    finally:
        path.parent.chmod(0o700)


@pytest.mark.parametrize("failing", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_entry(path, monkeypatch, failing, error):
    write_kept(path, TAG, BODY)

    def fail(*_):
        raise error

    monkeypatch.setattr(os, failing, fail)
    try:
        write_kept(path, TAG, b"other")
    except KeyboardInterrupt:
        assert isinstance(error, KeyboardInterrupt)
    assert os.listdir(path.parent) == [path.name]
    assert read_kept(path, TAG) == BODY


def test_parts_of_killed_runs_are_removed_in_the_end(path):
    write_kept(path, TAG, BODY)
    old, new = path.with_name("old.part"), path.with_name("new.part")
    for part in (old, new):
        part.write_bytes(b"half of somethi")
    os.utime(old, (time.time() - 7200,) * 2)
    write_kept(path, TAG, BODY)
    assert sorted(os.listdir(path.parent)) == ["entry", "new.part"]


WRITER = """
import sys
from pathlib import Path
from detente.text.kept_files import write_kept
number = 0
while True:
    number += 1
    write_kept(Path(sys.argv[1]), b"a-test-1\\n", bytes([number % 251]) * 300_000)
"""


@POSIX
def test_killed_at_any_moment(path):
    """Two processes write one entry over and over until they are killed: what is read is always whole."""
    seen = set()
    for trial in range(6):
        writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path)]) for _ in range(2)]
        deadline = time.monotonic() + 60
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.013 * trial)
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        body = read_kept(path, TAG)
        assert body is not None and len(body) == 300_000 and len(set(body)) == 1
        seen.add(body[0])
        path.unlink()
    assert seen


def test_the_hash_of_a_room_knows_its_files_alone(tmp_path, monkeypatch):
    for name in ("engine/rules.py", "engine/deep/luck.py", "report/page.html", "engine/rules.pyc"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    monkeypatch.setattr(storage, "__file__", str(tmp_path / "text" / "kept_files.py"))
    before = [hash_of_code("engine"), hash_of_code("report"), hash_of_code("engine", "report"), hash_of_code()]
    assert len(set(before[:3])) == 3
    (tmp_path / "engine/rules.pyc").write_text("compiled again", encoding="utf-8")
    assert hash_of_code("engine") == before[0]
    (tmp_path / "engine/deep/luck.py").rename(tmp_path / "engine/deep/chance.py")
    after = [hash_of_code("engine"), hash_of_code("report"), hash_of_code("engine", "report"), hash_of_code()]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, False, False]
