"""Agreement of credence with strength."""

import pytest

from detente.analysis.claims.fairness import fairness


@pytest.mark.parametrize(
    ("asserts", "credence", "error", "expected"),
    [
        ("open", 0.5, 0.0, "fair"),
        ("open", 0.81, 0.0, "under-claimed"),
        ("open", 0.19, 0.0, "over-claimed"),
        ("hedged", 0.39, 0.0, "over-claimed"),
        ("hedged", 0.39, 0.01, "fair"),  # within two errors
        ("hedged", 0.96, 0.0, "under-claimed"),
        ("plain", 0.59, 0.0, "over-claimed"),
        ("plain", 1.0, 0.0, "fair"),
        ("flat", 0.79, 0.004, "over-claimed"),
        ("certain", 0.94, 0.0, "over-claimed"),
        ("", 0.1, 0.0, None),  # of a file of version 1
        ("flat", None, 0.0, None),
    ],
)
def test_marks(asserts, credence, error, expected):
    assert fairness("causal", asserts, credence, error) == expected


@pytest.mark.parametrize("kind", ["concession", "value", "norm", "conclusion"])
def test_kinds_that_are_not_judged(kind):
    assert fairness(kind, "certain", 0.1) is None
