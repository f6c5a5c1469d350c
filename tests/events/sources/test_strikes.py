"""From the daily table to a ledger, and what is said of a bad one."""

import datetime as dt
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.events import where
from detente.events.sources import strikes

HEAD = ",".join(("date", *strikes.MISSILES)) + "\n"
ENDS = f"{strikes.FIRST},0,0,0,0\n{strikes.LAST},0,0,0,0\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(where.VARIABLE, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ukraine").mkdir()
    return tmp_path


def _write(folder: Path, text: str) -> Path:
    path = folder / strikes.FILE
    path.write_text(text)
    return path


def test_a_day_with_ten_missiles_is_a_salvo(folder: Path) -> None:
    path = _write(
        folder, HEAD + ENDS + "2023-01-01,9,0,0,0\n2023-01-02,4,3,2,1\n2022-09-27,50,0,0,0\n2024-08-19,50,0,0,0\n"
    )
    assert strikes.salvos(path) == [(dt.date(2023, 1, 2), 10)]


def test_the_ledger_holds_both_trains_in_order_of_days(folder: Path) -> None:
    _write(folder, HEAD + ENDS + "2023-05-02,20,0,0,0\n")
    lines = strikes.tables()["history.csv"].decode().splitlines()
    assert lines[0] == "date,track,move,magnitude,source,published,grade,url"
    assert '2023-05-02,RU.fires,salvo,20,"Ukrainian Air Force, daily reports",,B2,' in lines
    days = [line[:10] for line in lines[1:]]
    assert days == sorted(days)
    assert sum(",UA.fires,strike,," in line for line in lines) == len(strikes.strikes_on_russia()) > 50


def test_every_bad_row_is_named(folder: Path) -> None:
    path = _write(folder, HEAD + "2023-01-01,x,0,0,0\nyesterday,1,0,0,0\n2023-01-03,11,0,0,0\n")
    with pytest.raises(InputError) as error:
        strikes.salvos(path)
    assert str(error.value) == (
        "2 problems in the data\n\n"
        "attacks_daily.csv:2\n  expected a day as YYYY-MM-DD and whole counts\n  got      '2023-01-01, x, 0, 0, 0'\n\n"
        "attacks_daily.csv:3\n  expected a day as YYYY-MM-DD and whole counts\n  got      'yesterday, 1, 0, 0, 0'"
    )


def test_a_missing_column_is_named(folder: Path) -> None:
    path = _write(folder, "date,cruise_missile_launched\n2023-01-01,1\n")
    with pytest.raises(InputError) as error:
        strikes.salvos(path)
    (problem,) = error.value.problems
    assert problem.field == "attacks_daily.csv:1"
    assert problem.got == ("no ballistic_missile_launched, sam_as_surface_missile_launched, mixed_missile_launched")


def test_a_row_that_is_too_short_is_named(folder: Path) -> None:
    with pytest.raises(InputError, match=r"attacks_daily.csv:2\n  expected as many cells as the header has"):
        strikes.salvos(_write(folder, HEAD + "2023-01-01\n"))


@pytest.mark.parametrize("cell", ["", "-3", "1.5", "1_0"])
def test_a_count_is_a_whole_number(cell: str, folder: Path) -> None:
    path = _write(folder, HEAD + ENDS + f"2023-01-01,{cell},20,0,0\n")
    with pytest.raises(InputError, match=r"attacks_daily.csv:4\n  expected a day as YYYY-MM-DD and whole counts"):
        strikes.salvos(path)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (ENDS + f"{strikes.LAST},20,0,0,0\n", "attacks_daily.csv:4\n  expected each day once\n  got      '2024-08-18'"),
        (ENDS.splitlines()[0], "days from 2022-09-28 to 2024-08-18\n  got      '2022-09-28 to 2022-09-28'"),
        (ENDS.splitlines()[1], "days from 2022-09-28 to 2024-08-18\n  got      '2024-08-18 to 2024-08-18'"),
        ("", "got      'no day'"),
    ],
)
def test_days_that_lack_or_come_twice_are_said(rows: str, expected: str, folder: Path) -> None:
    with pytest.raises(InputError) as error:
        strikes.salvos(_write(folder, HEAD + rows))
    assert expected in str(error.value)


def test_what_is_no_text_is_refused(folder: Path) -> None:
    path = folder / strikes.FILE
    path.write_bytes(HEAD.encode() + b"\xff\xfe")
    with pytest.raises(InputError, match="a table that can be read"):
        strikes.salvos(path)
