"""cases.csv: what expressions may read, and every way a table of cases can be wrong, said whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import InputError, Problem
from detente.language.cases import columns_of
from detente.language.load import load
from detente.text.csv_lines import read_lines
from detente.text.files import Source

RIVALS = Path(__file__).parent.parent / "scenarios" / "rivals"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RIVALS, tmp_path / "rivals"))


def message(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(folder)
    return str(caught.value)


def test_a_panel_is_read_whole():
    found = load(RIVALS)
    assert found.cases is not None
    assert len(found.cases) == 60
    assert list(found.cases.columns) == ["case.power", *(f"case.regime.{word}" for word in ("autoc", "dem", "mixed"))]
    assert found.cases.columns["case.power"][0] == 0.625
    assert {row.case for row in found.ledger} <= set(found.cases.ids)
    clock = found.clock
    assert (clock.branch, clock.now) == (clock.start, clock.end)
    dummies = [found.cases.columns[f"case.regime.{word}"] for word in ("autoc", "dem", "mixed")]
    assert [sum(cells) for cells in zip(*dummies, strict=True)] == [1] * 60


def test_every_wrong_cell_is_told_at_once(folder: Path):
    lines = (folder / "cases.csv").read_text().splitlines()
    lines[2:6] = ["c00,NA,dem", "c02,high,7", "c03,0.5,dem", "c04,0.5,new world"]
    (folder / "cases.csv").write_text("\n".join(lines) + "\n")
    assert (
        message(folder)
        == """5 problems in the scenario

rivals/cases.csv:3:1: case
  3 | c00,NA,dem
    | ^
  expected each case once
  got      'c00'
  hint     line 2 has it too

rivals/cases.csv:3:5: power
  3 | c00,NA,dem
    |     ^
  expected a number
  got      'NA'
  hint     leave the case out, or write what stands for the missing value

rivals/cases.csv:4:5: power
  4 | c02,high,7
    |     ^
  expected a number, as in the first case
  got      'high'

rivals/cases.csv:4:10: regime
  4 | c02,high,7
    |          ^
  expected a word, as in the first case
  got      '7'

rivals/cases.csv:6:9: regime
  6 | c04,0.5,new world
    |         ^
  expected a number, or a word of letters, digits and _
  got      'new world'"""
    )


def test_a_case_nobody_knows_and_a_name_nobody_knows(folder: Path):
    text = (folder / "history.csv").read_text()
    (folder / "history.csv").write_text(text + "c99,2000-01-03,A.demand,press\n")
    text = (folder / "scenario.yaml").read_text()
    (folder / "scenario.yaml").write_text(text.replace("case.power", "case.powr"))
    found = message(folder)
    assert "history.csv:40:1: case" in found
    assert "expected a case of cases.csv\n  got      'c99'" in found
    assert "got      'case.powr'\n  hint     did you mean 'case.power'?" in found


def test_a_panel_has_no_settlement(folder: Path):
    text = (folder / "scenario.yaml").read_text()
    for one, name in (("A", "The challenger"), ("B", "The target")):
        text = text.replace(f"{one}: {name}", f"{one}: {{name: {name}, utility: A.pressed}}")
    parties = "{A: {utility: share}, B: {utility: -share}}"
    text += f"settlement: {{terms: {{share: {{range: [0, 1], otherwise: 0}}}}, parties: {parties}}}\n"
    (folder / "scenario.yaml").write_text(text)
    found = message(folder)
    assert found.startswith("1 problem in the scenario")
    assert "expected a scenario of one record, without cases.csv\n  got      'a settlement in a panel'" in found


def test_tables_that_hold_nothing(folder: Path):
    (folder / "cases.csv").write_text("case,po-wer\nc00,1\n")
    assert "cases.csv:1:6: header\n  1 | case,po-wer\n    |      ^\n  expected a name of letters" in message(folder)
    (folder / "cases.csv").write_text("case,power,regime\n")
    assert message(folder) == (
        "1 problem in the scenario\n\nrivals/cases.csv:1:1: cases.csv\n  1 | case,power,regime\n    | ^\n"
        "  expected at least one case\n  got      'none'"
    )


def test_a_panel_has_no_branch_and_a_claim_no_case(folder: Path):
    text = (folder / "scenario.yaml").read_text()
    (folder / "scenario.yaml").write_text(text.replace("end: 2000-01-17", "branch: 2000-01-10, end: 2000-01-17"))
    text = (folder / "claims" / "memo.yaml").read_text()
    (folder / "claims" / "memo.yaml").write_text(text.replace("power > 0", "case.power > 0"))
    found = message(folder)
    assert "with cases.csv, every case is known to its end, and courses part at its start" in found
    assert "got      'case.power'\n  hint     a claim is about all cases" in found


def test_once_means_once_in_a_case(folder: Path):
    """Two cases may each have the event; one case may not have it twice."""
    text = (folder / "scenario.yaml").read_text()
    (folder / "scenario.yaml").write_text(f"{text}events:\n  war: {{hazard: 0.1, once: true}}\n")
    text = (folder / "history.csv").read_text()
    (folder / "history.csv").write_text(f"{text}c00,2000-01-03,event,war\nc01,2000-01-10,event,war\n")
    assert sum(row.move == "war" for row in load(folder).ledger) == 2
    (folder / "history.csv").write_text(f"{text}c00,2000-01-03,event,war\nc00,2000-01-10,event,war\n")
    assert "expected war once: it happened on 2000-01-03" in message(folder)


WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True).filter(lambda w: w not in ("NA", "NaN", "nan"))
NUMBERS = st.floats(-1e6, 1e6).map(lambda x: f"{x:.6g}")


def lines_of(cells: list[str], problems: list[Problem]):
    text = "\n".join(["case,x", *(f"c{n},{cell}" for n, cell in enumerate(cells))])
    return list(read_lines(Source("cases.csv", text), ("case",), None, problems))


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_columns_of_numbers_are_read_as_written(cells: list[str]):
    problems: list[Problem] = []
    assert columns_of(lines_of(cells, problems), ["x"]) == {"case.x": tuple(map(float, cells))}
    assert problems == []


@given(st.lists(WORDS, min_size=1, max_size=20))
def test_columns_of_words_become_one_dummy_each(cells: list[str]):
    problems: list[Problem] = []
    found = columns_of(lines_of(cells, problems), ["x"])
    assert found == {f"case.x.{word}": tuple(float(cell == word) for cell in cells) for word in set(cells)}
    assert problems == []


@given(st.lists(NUMBERS, min_size=1, max_size=9), WORDS, st.integers(1, 9))
def test_one_word_among_numbers_is_one_problem(cells: list[str], word: str, at: int):
    problems: list[Problem] = []
    columns_of(lines_of([*cells[:at], word, *cells[at:]], problems), ["x"])
    assert [(p.field, p.got) for p in problems] == [("x", word)]
