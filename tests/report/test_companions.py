"""Kept fits of other scenarios: which account is better, by how much, in whose words."""

import pytest

from detente.report.companions import companions
from tests.report.sample import minimal, read, sample


def factors(log: float) -> dict[str, str]:
    results = sample()
    pair = {"hypothesis": "reprisal", "against": "season", "log": log, "mc_error": 0.5}
    results["beside"]["other"]["bayes_factors"] = [pair | {"factor": 20.1, "low": 7.389, "high": 54.6}]
    (one,) = companions(read(results))
    return one["factors"][0]


def test_the_better_account_stands_first():
    found = factors(3.0)
    assert (found["better"], found["worse"], found["factor"]) == ("reprisal", "season", "20")
    assert found["range"] == "7.39 to 54.6"


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (0.9, "not worth more than a bare mention"),
        (2.9, "positive"),
        (4.9, "strong"),
        (5.1, "very strong"),
        (900.0, "very strong"),
    ],
)
def test_words_are_those_of_kass_and_raftery(log, words):
    assert factors(log)["words"] == words


def test_nothing_beside_nothing_shown():
    assert companions(read(minimal())) == []
