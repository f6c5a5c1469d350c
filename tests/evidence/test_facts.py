"""Pooled findings by hand: B2 errs in 0.1 * sqrt(2) of cases, a log likelihood ratio of 1.804."""

import math

import pytest

from detente.evidence.facts import pooled
from detente.language.argument import Finding

B2 = math.log((1 - 0.1 * math.sqrt(2)) / (0.1 * math.sqrt(2)))


def finding(finds="confirms", grade="B2", side=""):
    return Finding("S", "2020", grade, finds, side)


@pytest.mark.parametrize(
    ("findings", "log_odds"),
    [
        ([finding()], B2),
        ([finding("refutes")], -B2),
        ([finding("disputes")], -B2 / 2),
        ([finding(), finding()], B2),  # one source, at its best
        ([finding(side="N"), finding(side="N", grade="C3")], B2),  # one side, at its best
        ([finding(side="N"), finding(side="S")], 2 * B2),
        ([finding(side="N"), finding("refutes", side="N")], 0),  # a side that says both
        ([finding(side="N"), finding("disputes", side="S")], B2 / 2),
        ([finding(grade="E5")], 0),  # a coin
        ([finding(grade="F6")], 0),
    ],
)
def test_pooled(findings, log_odds):
    assert pooled(findings) == pytest.approx(1 / (1 + math.exp(-log_odds)))


def test_nobody_looked():
    assert pooled([]) is None


def test_many_findings_are_no_more_than_certain():
    many = [finding("refutes", side=str(number), grade="A1") for number in range(400)]
    assert pooled(many) == pytest.approx(0, abs=1e-12)
