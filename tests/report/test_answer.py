"""The bottom line of each outcome, and the crux of the quarrel."""

from __future__ import annotations

import pytest

from detente.report.answer import answer, odds, quarrel, steps
from detente.result.claims import Steps
from tests.report.argued import argued
from tests.report.sample import read


@pytest.mark.parametrize(
    ("chances", "told"),
    [
        ((0.36, 0.40), ["36%", "40%"]),
        ((0.06, 0.01), ["6%", "1%"]),
        ((0.0143, 0.0071), ["14 in 1,000", "7 in 1,000"]),
        ((0.0105, 0.0023), ["10 in 1,000", "2.3 in 1,000"]),
        ((0.0004, 0.0001), ["4 in 10,000", "1 in 10,000"]),
        ((0.0143, 0.0), ["14 in 1,000", "0 in 1,000"]),
        ((0.0143, None), ["14 in 1,000", "–"]),
        ((None,), ["–"]),
    ],
)
def test_small_chances_are_told_apart(chances, told):
    assert odds(*chances) == told


def test_a_bottom_line_says_which_way_how_much_and_how_sure():
    (row,) = answer(read(argued()))
    assert row["line"] == (
        "More likely: 14 in 1,000 against 7 in 1,000 (incursion against no incursion). "
        "80% of 1,000 versions of the model, by their weight, agree (highly likely)."
    )
    assert row["basis"] == "This rests on assumption: the record hardly bears on it"
    assert [(size["name"], size["value"]) for size in row["sizes"]] == [
        ("Incursion", "14 in 1,000"),
        ("No incursion", "7 in 1,000"),
    ]
    assert row["changed_by"] == "It turns round if the line is empty."


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {"margin": 0.001, "more": 0.3, "same": 0.6, "less": 0.1},
            "30% have it more likely by 1 in 1,000 or more, 10% less likely, 60% about the same.",
        ),
        (
            {"margin": 0.03, "more": 0.3, "same": 0.6, "less": 0.1},
            "30% have it more likely by 3 points or more, 10% less likely, 60% about the same.",
        ),
        ({"credence": None}, "(incursion against no incursion)."),
    ],
)
def test_a_smallest_difference_gives_three_numbers(changed, line):
    content = argued()
    content["answer"][0] |= changed
    assert answer(read(content))[0]["line"].endswith(line)


def test_no_difference_beyond_two_errors_is_said_to_be_none():
    content = argued()
    content["answer"][0]["difference"] |= {"mean": 0.0019}
    assert answer(read(content))[0]["line"].startswith("No difference that this run can tell: 14 in 1,000")


def test_what_is_no_chance_is_a_number():
    content = argued()
    content["answer"][0] |= {"test": "E(front at 2025-08-18)", "credence": None}
    assert answer(read(content))[0]["line"] == "More: 0.014 against 0.007 (incursion against no incursion)."


def test_the_quarrel_turns_on_the_most_open_load_bearing_step():
    assert quarrel(read(argued())) == (
        "“It sets talks back” against “No talks were near”. It turns on this: how far it chills (chill). "
        "Below 0.4\u00a0logit the answer changes; the chance of that is 30%."
    )


def test_a_hypothesis_may_decide_the_quarrel():
    content = argued()
    content["claims"]["essay/talks"] |= {"crux": [], "flipped_by_hypothesis": ["model"]}
    content["hypotheses"]["model"]["says"] = "There is no line."
    assert quarrel(read(content)).endswith(
        "It turns on which account is true: if “There is no line”, the answer changes."
    )


def test_without_an_attack_there_is_no_quarrel():
    content = argued()
    content["arguments"]["reply"]["map"]["reply/talks"]["attacks"] = []
    assert quarrel(read(content)) == ""


def test_steps_are_counted_in_words():
    assert steps(Steps(record=1, assumption=5, open=1, falls=2, unknown=0)) == (
        "Of 9 load-bearing steps 1 stands on the record, 5 on assumption, 1 is open and 2 fall."
    )
    assert steps(Steps(record=0, assumption=0, open=0, falls=0, unknown=0)) == "" == steps(None)
