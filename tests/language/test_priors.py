"""The families of priors: which values they give, in words."""

from __future__ import annotations

import pytest

from detente.language.priors import outside


@pytest.mark.parametrize(
    ("value", "family", "arguments", "words"),
    [
        (0, "loguniform", (None, 3), "a number above 0, at most 3"),
        (4, "loguniform", (1, 3), "a number from 1 to 3"),
        (0, "loguniform", (None, None), "a number above 0"),
        (-1, "gamma", (1, 1), "a number of at least 0"),
        (2, "beta", (1, 1), "a number from 0 to 1"),
        (5, "truncnormal", (0, 1, None, 3), "a number of at most 3"),
        (2, "fixed", (1,), "1"),
        (3, "loguniform", (None, 3), ""),
    ],
)
def test_what_a_family_can_give(value, family, arguments, words):
    assert outside(value, family, arguments) == words
