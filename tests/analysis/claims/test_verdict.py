"""Who judges, by what, and when a verdict may change with another seed."""

import pytest

from detente.analysis.claims.verdict import by_average, judge_of, near_by_average, near_by_draws
from detente.inference.draws import Estimate
from detente.language.argument import Claim
from tests.analysis.made import test_of


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("lean > 0", "draws"),
        ("P(raid | go) > P(raid | stay)", "draws"),
        ("P(raid | go) - P(raid | stay) > 0.05", "draws"),
        ("P(raid | go) < 0.01", "average"),
        ("0.2 > 1 - P(raid by 2024-01-06 | go)", "average"),
        ("P(raid | go) < lean", "draws"),
        ("E(held at 2024-01-06 | go) > 500", "draws"),
        ("E(risk.direct at 2024-01-06 | go) > E(risk.direct at 2024-01-06 | stay)", "average"),
        ("E(risks at 2024-01-06 | go) > 1", "draws"),
        ("E(N.utility at 2024-01-06 | go) > E(N.utility at 2024-01-06 | stay)", "average"),
        ("S(N.settled at 2024-01-06 | go) > 0", "average"),
        ("S(zone at 2024-01-06 | go) > 0.5", "draws"),
        ("P(raid | go) < 0.01 and lean > 0", "draws"),
        ("P(raid | go) == 0.01", "draws"),
    ],
)
def test_the_usual_judge(test, expected):
    assert judge_of(Claim("essay/x", "", test_of(test))) == expected


def test_the_file_says_who_judges():
    assert judge_of(Claim("essay/x", "", test_of("P(raid | go) < 0.01"), judge="draws")) == "draws"
    assert judge_of(Claim("essay/x", "", test_of("lean > 0"), judge="average")) == "average"


@pytest.mark.parametrize(
    ("value", "margin", "expected", "near"),
    [
        (0.05, None, "holds", False),
        (-0.05, None, "fails", False),
        (0.025, None, "holds", True),
        (0.015, None, "open", True),
        (0.005, None, "open", False),
        (0.0, None, "open", False),
        (0.05, 0.1, "open", False),
        (0.09, 0.1, "open", True),
        (0.15, 0.1, "holds", False),
        (-0.11, 0.1, "fails", True),
        (0.015, 0.001, "open", True),
    ],
)
def test_by_the_average(value, margin, expected, near):
    """With an error of 0.01."""
    difference = Estimate(value, 0.01)
    assert (by_average(difference, margin), near_by_average(difference, margin)) == (expected, near)


@pytest.mark.parametrize(
    ("value", "near"),
    [(0.83, False), (0.815, True), (0.785, True), (0.5, False), (0.39, True), (0.2, True), (0, False)],
)
def test_near_a_threshold(value, near):
    assert near_by_draws(value, 0.01) is near
