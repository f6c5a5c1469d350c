"""Where data files are looked for, and what is said when they are nowhere."""

from pathlib import Path

import pytest

from detente.errors import InputError
from detente.events import where


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv(where.VARIABLE, raising=False)


def _put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    return path


def test_the_variable_goes_before_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    near = _put(tmp_path / "here" / "data" / "icb" / "a.csv")
    assert where.find("icb/a.csv") == near
    named = _put(tmp_path / "mine" / "icb" / "a.csv")
    monkeypatch.setenv(where.VARIABLE, str(tmp_path / "mine"))
    assert where.find("icb/a.csv") == named


def test_a_given_file_or_folder_is_the_only_place(tmp_path: Path) -> None:
    file = _put(tmp_path / "mine" / "icb" / "a.csv")
    assert where.find("icb/a.csv", file) == where.find("icb/a.csv", tmp_path / "mine") == file
    _put(tmp_path / "data" / "icb" / "b.csv")
    with pytest.raises(InputError):
        where.find("icb/b.csv", tmp_path / "mine")


def test_folders_are_the_variables_the_working_directorys_and_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: own / name)
    monkeypatch.setenv(where.VARIABLE, str(tmp_path / "mine"))
    assert where.folders() == [tmp_path / "mine", tmp_path / "here" / "data", own / "detente"]


def test_a_missing_file_is_said_with_the_places(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        where.find("icb/no.csv")
    (problem,) = error.value.problems
    assert str(tmp_path / "here" / "data" / "icb" / "no.csv") in problem.expected
    assert problem.got == "none of them"
    assert problem.hint == "name the file, or set DETENTE_DATA to the folder that holds icb/no.csv"
