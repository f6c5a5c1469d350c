"""The maker of panels: from a file of the user's own to the tables, by a recipe; and what is wrong with a recipe."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.events import where
from detente.session import load, made_files

RECIPE = """\
    maker: cases
    data: games/toy.csv
    id: [dyad, year]
    covariates: [power]
    history:
      - {when: esc, date: 2000-01-03, track: A.demand, move: press}
      - {when: end == war, date: 2000-01-10, track: B.answer, move: resist}
    incomplete: leave out
    source: a toy
    grade: F6
    """
TOY = "dyad,year,power,esc,end\n1,1900,0.5,1,war\n1,1901,0.25,0,peace\n2,1900,,1,war\n2,1901,0.75,1.0,peace\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(where.VARIABLE, str(tmp_path / "data"))
    (tmp_path / "data" / "games").mkdir(parents=True)
    (tmp_path / "data" / "games" / "toy.csv").write_text(TOY)
    found = tmp_path / "toy"
    found.mkdir()
    (found / "data.yaml").write_text(textwrap.dedent(RECIPE))
    rivals = Path(__file__).parents[2] / "scenarios" / "rivals" / "scenario.yaml"
    (found / "scenario.yaml").write_text(rivals.read_text().replace("free * case.regime.dem", "free"))
    return found


def broken(folder: Path, old: str, new: str) -> str:
    text = (folder / "data.yaml").read_text()
    assert old in text
    (folder / "data.yaml").write_text(text.replace(old, new))
    with pytest.raises(InputError) as caught:
        made_files(folder)
    return str(caught.value)


def test_the_tables_are_made(folder: Path):
    made = made_files(folder)
    assert made["cases.csv"].decode() == "case,power\n1-1900,0.5\n1-1901,0.25\n2-1901,0.75\n"
    assert made["history.csv"].decode() == (
        "case,date,track,move,source,grade\n1-1900,2000-01-03,A.demand,press,a toy,F6\n"
        "1-1900,2000-01-10,B.answer,resist,a toy,F6\n2-1901,2000-01-03,A.demand,press,a toy,F6\n"
    )
    found = load(folder)
    assert found.cases is not None and found.cases.ids == ("1-1900", "1-1901", "2-1901")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[power]", "[powr]", "data.covariates"),
        ("leave out", "refuse", "3 columns"),
        ("when: esc,", "when: year,", "1 or 0 in the column year"),
        ("games/toy.csv", "../toy.csv", "a path inside a data folder"),
        ("incomplete: leave out\n", "", "what to do with rows without a value: leave out or refuse"),
        ("games/toy.csv", "games/joy.csv", "a file in one of:"),
    ],
)
def test_a_wrong_recipe_is_told(folder: Path, old: str, new: str, said: str):
    expected = {"data.covariates": "did you mean 'power'?", "3 columns": "1 rows without one, the first in line 4"}
    assert expected.get(said, said) in broken(folder, old, new)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0,peace\n2,1900", "0,peace,1\n2,1900", "5 cells in every row of games/toy.csv\n  got      '6 in line 3'"),
        ("1.0,peace\n", "1.0\n", "5 cells in every row of games/toy.csv\n  got      '4 in line 5'"),
        ("power,esc", "esc,esc", "each column of games/toy.csv once\n  got      'esc'"),
    ],
)
def test_a_file_whose_rows_are_torn_is_refused(folder: Path, old: str, new: str, said: str):
    path = folder.parent / "data" / "games" / "toy.csv"
    assert old in TOY
    path.write_text(TOY.replace(old, new))
    with pytest.raises(InputError) as caught:
        made_files(folder)
    assert said in str(caught.value)
