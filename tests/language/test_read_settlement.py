"""The settlement section and S(...): what is read, and whole messages for what is wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.language.lint import lint
from detente.language.load import load
from detente.language.summary import summary

DUEL = Path(__file__).parent.parent / "scenarios" / "bargains" / "duel.yaml"


def message(tmp_path: Path, *changes: tuple[str, str]) -> str:
    text = DUEL.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "duel.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(tmp_path / "duel.yaml")
    return str(caught.value)


def test_reads_everything():
    scenario = load(DUEL)
    about = scenario.settlement
    assert about is not None and list(about.terms) == ["share", "back"] and about.horizon == 1
    assert about.parties["A"].opens == {"A.army": "strike"} and about.chip == {"held": 0}
    assert about.announced["all-to-brava"].terms == {"share": 0, "back": 1}
    assert scenario.courses["early"].branch == dt.date(2024, 1, 1) and scenario.branch_step("early") == 0
    assert [row["kind"] for row in summary(scenario)["settlement"]].count("term") == 2
    assert not [remark for remark in lint(scenario) if "read by nothing" in remark]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("share: {range: [0, 1], ", "share: {range: [1, 0], ", "expected low below high\n  got      '[1, 0]'"),
        ("share: {range: [0, 1], ", "share: {", "expected exactly one of range, values\n  got      'neither'"),
        (
            "share: {range: [0, 1], otherwise: 0.5,",
            "share: {range: [0, 1],",
            "expected what holds when nothing is agreed\n  got      'nothing'",
        ),
        ("{share: 0, back: 1}", "{share: 2, back: 1}", "expected a value in its range, 0 to 1\n  got      '2'"),
        ("{share: 0, back: 1}", "{share: 0}", "expected a value for every term\n  got      'none for back'"),
        (
            "opens: {A.army: strike}",
            "opens: {B.army: strike}",
            "expected a track of A: A.army, A.raiders\n  got      'B.army'",
        ),
        ("chip: {held: 0}", "chip: {hold: 0}", "expected a stock\n  got      'hold'\n  hint     did you mean 'held'?"),
        (
            "{utility: share +",
            "{utility: shore +",
            "expected a term, a stock, a parameter, the clock or a utility\n"
            "  got      'shore'\n  hint     did you mean 'share'?",
        ),
        ("horizon: 1 week", "horizon: 10 days", "expected a whole number of steps of 7 days\n  got      '10 days'"),
        (
            "early: {branch: 2024-01-01",
            "early: {branch: 2024-01-03",
            "expected a whole number of steps of 7 days after start\n  got      '2 days too many'",
        ),
        (
            "early: {branch: 2024-01-01",
            "early: {branch: 2024-01-22",
            "expected a date from 2024-01-01 (start) to 2024-01-15 (now)\n  got      '2024-01-22'",
        ),
    ],
)
def test_messages(tmp_path, old, new, expected):
    assert expected in message(tmp_path, (old, new))


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (
            "S(zones at 2024-01-15 | raid) > 0",
            "or zone, or ACTOR.value, .settled or .gain of a party\n  got      'zones'\n  "
            "hint     did you mean 'zone'?",
        ),
        (
            "S(A.gain of al-to-brava at 2024-01-15 | raid) > 0",
            "expected an announced offer: all-to-brava\n"
            "  got      'al-to-brava'\n  hint     did you mean 'all-to-brava'?",
        ),
        ("S(zone at 2025-01-15 | raid) > 0", "expected a date from 2024-01-01 (start) to 2024-02-05 (end)"),
        ("P(A.army:strike by 2023-12-31 | early) > 0", "expected a date from 2024-01-01 (branch) to 2024-02-05 (end)"),
    ],
)
def test_messages_of_tests(tmp_path, test, expected):
    folder = tmp_path / "duel"
    (folder / "claims").mkdir(parents=True)
    (folder / "scenario.yaml").write_text(DUEL.read_text(encoding="utf-8"), encoding="utf-8")
    claims = f"argument: {{title: t, by: b, date: 2024-01-01}}\nclaims:\n  one: {{says: s, test: '{test}'}}\n"
    (folder / "claims" / "a.yaml").write_text(claims, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(folder)
    assert expected in str(caught.value)
