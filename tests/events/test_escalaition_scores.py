"""EscalAItion: scores from names and points, and what is said of malformed files. All rows are made up here."""

import gzip
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.events import escalaition_scores as source

POINTS = """action,category_score,points_published,points_nominal
Wait,Status quo,0,0
Form an alliance,Posturing,4,4
Occupy border city,Violent Escalation,0,28
Visit,De-escalation,-2,-2
"""
ACTIONS = """run_id,model,scenario,day,nation,target,action_raw,action
M|S|1,M,S,1,Red,Blue,,Form an alliance
M|S|1,M,S,1,Red,Blue,Form alliance with Blue,Form an alliance
M|S|1,M,S,1,Blue,Red,,Occupy border city
M|S|1,M,S,2,Blue,Red,TODO,
M|S|1,M,S,2,Red,Blue,,Visit
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / source.POINTS).write_text(POINTS)
    write(tmp_path, ACTIONS)
    return tmp_path


def write(folder: Path, actions: str) -> None:
    (folder / source.ACTIONS).write_bytes(gzip.compress(actions.encode()))


def read(folder: Path):
    points = source.read_points(folder / source.POINTS)
    return source.read_actions(folder / source.ACTIONS, points), points


def test_a_reworded_action_counts_only_when_corrected(folder: Path) -> None:
    found = source.daily(*read(folder))
    assert found == {("M|S|1", 1): source.Score(4, 36), ("M|S|1", 2): source.Score(-2, -2)}


def test_every_bad_row_is_named(folder: Path) -> None:
    write(folder, ACTIONS + "M|S|1,M,S,x,Red,Blue,,Visit\nM|S|1,M,S,3,Red,Blue,Occupy,Occupied\n")
    with pytest.raises(InputError) as error:
        read(folder)
    assert str(error.value) == (
        "2 problems in the data\n\n"
        "actions_v3.csv.gz:7\n  expected a day, as a whole number\n  got      'x'\n\n"
        "actions_v3.csv.gz:8\n  expected an action of the configuration, or nothing\n  got      'Occupied'"
    )


def test_a_missing_column_is_named(folder: Path) -> None:
    (folder / source.POINTS).write_text("action,category_score,points_published\nWait,Status quo,0\n")
    with pytest.raises(InputError) as error:
        read(folder)
    assert "action_severity.csv:1" in str(error.value)
    assert "no points_nominal" in str(error.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"no archive", "actions_v3.csv.gz\n  expected a table that can be read\n"),
        (gzip.compress(ACTIONS.encode())[:-20], "a table that can be read"),
        (gzip.compress(b"\xff" + ACTIONS.encode()), "a table that can be read"),
        (gzip.compress(ACTIONS.splitlines()[0].encode()), "actions_v3.csv.gz:1\n  expected at least one row"),
        (gzip.compress(ACTIONS.encode() + b"M|S|1,M,S,nan,Red,Blue,,Visit\n"), "a day, as a whole number"),
        (gzip.compress(ACTIONS.encode() + b"M|S|1,M,S,1.5,Red,Blue,,Visit\n"), "a day, as a whole number"),
        (gzip.compress(ACTIONS.encode() + b"M|S|1,M\n"), "as many cells as the header has\n  got      'fewer'"),
        (gzip.compress(ACTIONS.encode() + b"M|S|1,M,S,1,Red,Blue,,Visit,9\n"), "got      'more'"),
    ],
)
def test_damaged_tables_are_refused(content: bytes, expected: str, folder: Path) -> None:
    (folder / source.ACTIONS).write_bytes(content)
    with pytest.raises(InputError) as error:
        read(folder)
    assert expected in str(error.value)


def test_points_that_are_no_number_or_absent_are_refused(folder: Path) -> None:
    (folder / source.POINTS).write_text(POINTS.replace("4,4", "nan,4"))
    with pytest.raises(InputError, match=r"severity\.csv:3\n  expected a number\n  got      'nan'"):
        read(folder)
    (folder / source.POINTS).unlink()
    with pytest.raises(InputError, match=r"severity\.csv\n  expected a table that can be read\n  got      'No such"):
        read(folder)
