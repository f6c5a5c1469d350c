"""Results that are kept: the same bytes as those worked out, for the same question alone."""

from __future__ import annotations

import json
import os
import platform
import shutil
from pathlib import Path

import pytest

from detente.analysis import run as workflow
from detente.cli import kept
from detente.engine.backends import choice as backend
from detente.events.sources import icb
from detente.language.load import load
from detente.text import kept_files as storage
from tests.cli.conftest import COD_WAR, TINY

ASKED = ("run", "--quiet", "--json", *TINY)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a scenario, in an empty cache and a working directory of its own."""
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(COD_WAR, tmp_path / "cod-war")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scenarios that were worked out."""
    asked, right = [], workflow.run
    monkeypatch.setattr(
        workflow, "run", lambda asking, **more: asked.append(asking.scenario.id) or right(asking, **more)
    )
    return asked


def test_the_same_question_is_answered_at_once_and_alike(folder, answers, tmp_path, detente):
    first, again = (json.loads(detente(*ASKED, folder, "--out", tmp_path / out).out) for out in ("one", "two"))
    assert len(answers) == 1
    known = [name for name, value in again.pop("timings").items() if value]
    assert known == ["load_s", "report_s", "total_s", "answer_cached"]
    assert first.pop("timings")["fit_cached"] is False
    assert first == again
    pages = [(tmp_path / out / "report.html").read_text(encoding="utf-8").splitlines() for out in ("one", "two")]
    assert [line for line in pages[0] if "Time taken" not in line] == [x for x in pages[1] if "Time taken" not in x]
    shown = detente("run", "--quiet", *TINY, folder).out.replace("\n", " ")
    assert "(asked before: the answer is from the cache)" in shown


def test_another_question_is_worked_out(folder, answers, detente):
    text = (folder / "claims" / "argument.yaml").read_text(encoding="utf-8")
    for number, more in enumerate(
        [(), ("--seed", "2"), ("--no-fit",), ("--noise", "replay"), ("--set", "cooling=0.2"), ("--hold", "cooling=0.2")]
    ):
        assert detente(*ASKED, folder, *more).code == 0
        assert len(answers) == number + 1
    (folder / "claims" / "argument.yaml").write_text(text.replace("Frigates", "Ships"), encoding="utf-8")
    detente(*ASKED, folder)
    assert len(answers) == 7


def test_what_is_damaged_is_worked_out_again(folder, answers, tmp_path, detente):
    first = json.loads(detente(*ASKED, folder).out)
    (entry,) = (tmp_path / "cache" / "results").iterdir()
    body = bytearray(entry.read_bytes())
    body[-20] ^= 1
    entry.write_bytes(bytes(body))
    again = json.loads(detente(*ASKED, folder).out)
    assert len(answers) == 2
    assert first | {"timings": 0} == again | {"timings": 0}


def test_what_changed_under_way_is_not_kept(folder, answers, monkeypatch, detente):
    """Machine code that failed, or an edited package: the answer belongs to no question."""
    keys = iter(["before", "after", "again", "again"])
    monkeypatch.setattr(kept, "key", lambda scenario, asked: next(keys))
    for _ in range(2):
        assert detente(*ASKED, folder).code == 0
    assert [entry.name for entry in (folder.parent / "cache" / "results").iterdir()] == ["again.json.z"]


def test_the_oldest_go(folder, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 3)
    for number in range(5):
        kept.store(str(number), "{}")
        path = kept._path(str(number))
        os.utime(path, (number, number))
    kept.store("5", "{}")
    assert sorted(path.name[0] for path in kept._path("5").parent.iterdir()) == ["3", "4", "5"]


def test_the_key_knows_what_computes(monkeypatch: pytest.MonkeyPatch):
    scenario, keys = load(COD_WAR), set()
    for owner, name, value in (
        (platform, "python_version", "3.99"),
        (platform, "system", "Plan 9"),
        (kept, "_version", "0"),
        (backend, "described", "an abacus"),
        (backend, "rounding", "twice"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, lambda *_, value=value: value)
            keys.add(kept.key(scenario, {"seed": 1}))
    keys.add(kept.key(scenario, {"seed": 1}))
    assert len(keys) == 6


def test_the_key_knows_the_crises_that_analogies_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DETENTE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: tmp_path / "own")
    acts, plain = load("kursk-2024"), load(COD_WAR)
    keys, others = [], set()
    for text in (None, "a file", "another"):
        if text:
            path = tmp_path / "data" / icb.FILE
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        keys.append(kept.key(acts, {"seed": 1}))
        others.add(kept.key(plain, {"seed": 1}))
    assert len(set(keys)) == 3
    assert len(others) == 1, "a scenario that describes no act reads none"


def test_the_key_knows_the_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    scenario, package = load(COD_WAR), shutil.copytree(Path(storage.__file__).parent.parent, tmp_path / "detente")
    keys = {kept.key(scenario, {"seed": 1})}
    monkeypatch.setattr(storage, "__file__", str(package / "text" / "kept_files.py"))
    keys.add(kept.key(scenario, {"seed": 1}))
    assert len(keys) == 1, "the same files in another place"
    with (package / "report" / "template.html.j2").open("a", encoding="utf-8") as file:
        file.write("\n")
    keys.add(kept.key(scenario, {"seed": 1}))
    assert len(keys) == 2
