"""Scores of model-played games: agreement, repeated runs, intervals over runs."""

import pytest

from detente.analysis import wargames
from detente.events.escalaition_scores import NATIONS, Action, Score


def act(run, day=1, action="Wait"):
    return Action(f"M|S|{run}", "M", "S", day, "Red", "Blue", action, action)


def test_agreement_counts_days_without_actions_as_zero():
    stored = {("a", 1): Score(4, 8), ("a", 2): Score(0, 0), ("b", 1): Score(1, 1)}
    found = wargames.agreement({("a", 1): Score(4, 9), ("b", 1): Score(1, 1), ("c", 1): Score(1, 1)}, stored)
    assert found == {"run_days": 3, "published_reproduced": 3, "corrected_reproduced": 2, "unstored": 1}


def test_a_run_that_repeats_another_is_found():
    actions = [act(1), act(1, 2), act(2), act(2, 3), act(3), act(3, 2)]
    assert wargames.distinct_runs(actions) == {"M|S|1": "M|S|1", "M|S|2": "M|S|2", "M|S|3": "M|S|1"}


def test_a_repeated_run_counts_once_and_the_mean_is_of_runs():
    actions = [act(1), act(2, 1, "Visit"), act(3)]
    scores = {
        ("M|S|1", 1): Score(8, 16),
        ("M|S|2", 1): Score(24, 24),
        ("M|S|2", 2): Score(0, 0),
        ("M|S|3", 1): Score(8, 16),
    }
    (row,) = wargames.table(actions, scores, seed=1)
    assert (row["runs"], row["distinct_runs"]) == (3, 2)
    assert row["published"]["mean"] == pytest.approx((8 + 12) / 2 / NATIONS)
    assert row["corrected"]["mean"] == pytest.approx((16 + 12) / 2 / NATIONS)
    assert row["published"]["low"] == pytest.approx(8 / NATIONS)
    assert row["published"]["high"] == pytest.approx(12 / NATIONS)
