"""`detente new`: a folder that passes, runs, and never takes the place of another."""

from __future__ import annotations

import pytest

from detente.language.lint import lint
from detente.session import load
from tests.cli.conftest import TINY


def test_what_is_written_passes_and_runs(tmp_path, detente):
    folder = tmp_path / "strait"
    done = detente("new", folder)
    assert done == (0, f"wrote {folder}: next, `detente check {folder}` and `detente run {folder}`\n", "")
    assert lint(load(folder)) == []
    assert [path.name for path in tmp_path.iterdir()] == ["strait"]
    ran = detente("run", folder, "--no-files", "--quiet", *TINY)
    assert (ran.code, ran.err) == (0, "") and "memo/escorts-deter" in ran.out


def test_a_bundled_scenario_is_copied(tmp_path, detente):
    assert detente("new", tmp_path / "forts", "--from", "classics/forts").code == 0
    assert detente("check", tmp_path / "forts").code == 0


def test_nothing_is_overwritten(tmp_path, detente):
    (tmp_path / "here").mkdir()
    assert detente("new", tmp_path / "here") == (
        2,
        "",
        "1 problem in the options\n\nNAME\n  expected a folder that is not there yet\n"
        f"  got      '{tmp_path / 'here'}'\n  hint     nothing is overwritten\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["a", "--from", "kursk-2042"],
            "--from\n  expected a name from `detente list`\n  got      'kursk-2042'\n"
            "  hint     did you mean 'kursk-2024'?\n",
        ),
        (
            ["no/where/a"],
            "NAME\n  expected a folder that can be made\n  got      'no/where/a'\n"
            "  hint     the folder no/where is not there\n",
        ),
    ],
)
def test_what_cannot_be_made(arguments, message, tmp_path, monkeypatch, detente):
    monkeypatch.chdir(tmp_path)
    assert detente("new", *arguments) == (2, "", f"1 problem in the options\n\n{message}")
    assert list(tmp_path.iterdir()) == []
