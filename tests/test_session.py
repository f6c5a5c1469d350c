"""Scenarios whose tables are made from data that the user holds."""

from pathlib import Path

import pytest

from detente import InputError, load
from detente.events import makers, where
from detente.events.sources import strikes
from detente.language.load import find

MODEL = """
detente: 1
title: Made
clock: {start: 2023-01-02, branch: 2023-01-09, now: 2023-01-16, end: 2023-01-23, step: 1 week}
actors: {A: One}
tracks: {A.act: {go: {rung: 1, appeal: "0"}}}
"""


def _folder(root: Path, recipe: str | None) -> Path:
    (root / "made").mkdir()
    (root / "made" / "scenario.yaml").write_text(MODEL)
    if recipe is not None:
        (root / "made" / "data.yaml").write_text(recipe)
    return root / "made"


def test_what_a_maker_makes_is_read_like_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = b"date,track,move\n2023-01-09,A.act,go\n"
    monkeypatch.setitem(makers.MAKERS, "test", lambda _: {"history.csv": ledger})  # type: ignore[arg-type]
    folder = _folder(tmp_path, "maker: test\n")
    found = load(folder)
    assert [(str(r.date), r.move) for r in found.ledger] == [("2023-01-09", "go")]
    (folder / "data.yaml").unlink()
    (folder / "history.csv").write_bytes(ledger)
    assert load(folder).ledger == found.ledger
    assert load(folder).sha256 == found.sha256  # the contents count, not where they lie


def test_an_unknown_maker_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load(_folder(tmp_path, "maker: strike\n"))
    (problem,) = error.value.problems
    assert str(problem.place and problem.place.file) == "made/data.yaml"
    assert problem.got == "strike"
    assert problem.hint == "did you mean 'strikes'?"


def test_a_recipe_without_a_maker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load(_folder(tmp_path, "made: strikes\n"))
    assert any("maker" in str(problem) for problem in error.value.problems)


def test_without_the_data_the_places_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(where.VARIABLE, str(tmp_path))
    with pytest.raises(InputError) as error:
        load("reprisals")
    assert strikes.FILE in str(error.value)
    assert find("reprisals")  # and it is bundled all the same
