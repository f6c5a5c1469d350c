"""The lint of what claims mean: planted mistakes are found, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import detente.cli
from detente.language.expressions import parse
from detente.language.lint_claims import fixed_numbers, lint_claims, meaning, opposite
from detente.language.load import load

TEMPLATE = Path(detente.cli.__file__).parent / "template"
NUMBERS = (
    "4 numbers in effects, hazards and flows that no parameter varies: tracks/S.navy/escort/effects/anger#1, "
    "events/bang/hazard#1, events/strike/hazard#1, events/strike/hazard#2"
)
PLANTED = """
argument: {title: Keep the navy at home, by: a staff officer, date: 2024-05-02, thesis: t}
claims:
  t: {kind: conclusion, asserts: plain, says: "The point: (say it in your own words)"}
  bare: {kind: causal, asserts: plain, supports: [t], says: x, test: P(strike | escorts) > P(strike | restraint)}
  same: {kind: causal, asserts: plain, supports: [t], says: y, test: not P(strike | escorts) <= P(strike | restraint)}
  other:
    {kind: causal, asserts: plain, supports: [t], says: z, margin: 0.1,
      test: P(strike | restraint) > P(strike | escorts)}
  three: {kind: causal, asserts: plain, supports: [t], says: x, test: answer < 0 and greed > 0 and memory > 0.5}
  alone: {kind: causal, asserts: plain, says: x, test: answer < 0.5}
  ghost: {kind: causal, asserts: plain, supports: [t], says: Escorting angers them., test: P(strike | restraint) > 0.1}
"""


@pytest.fixture
def strait(tmp_path):
    folder = tmp_path / "strait"
    shutil.copytree(TEMPLATE, folder)
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    text = text.replace("\nevents:\n", "\nevents:\n  bang: {hazard: 0.01 + 0.5 * memory ** 2 * 0}\n")
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    return folder


def test_planted_mistakes(strait):
    (strait / "claims/memo.yaml").write_text(PLANTED, encoding="utf-8")
    assert lint_claims(load(strait)) == [
        "1 claim to be said in your own words: memo/t",
        "claim `memo/alone` supports nothing, attacks nothing, and is not the thesis",
        "claim `memo/bare` compares two courses without a `margin`: what difference is worth talking about?",
        "claim `memo/three` asks 3 things at once, and fails where any of them does: split it",
        "claims `memo/bare` and `memo/same` ask the same: where one holds, so does the other",
        "claims `memo/bare` and `memo/other` are each other's opposite: count one of them",
        "claims `memo/same` and `memo/other` are each other's opposite: count one of them",
        "claim `memo/ghost` speaks of `S.navy:escort`, which its course restraint forbids",
        NUMBERS,
    ]


def test_a_sound_argument_has_its_numbers_named(strait):
    assert lint_claims(load(strait)) == [NUMBERS]
    assert list(fixed_numbers(load(strait)).values()) == [4.0, 0.01, 0.3, 0.002]


def test_an_attack_may_say_the_opposite(strait):
    about = "argument: {title: No, by: me, date: 2024-05-03, thesis: t}\n"
    text = f"{about}claims:\n  t: {{kind: causal, asserts: plain, says: x,"
    (strait / "claims/reply.yaml").write_text(f"{text} test: answer > 0}}\n", encoding="utf-8")
    assert lint_claims(load(strait))[0] == (
        "claims `memo/escorts-deter` and `reply/t` are each other's opposite: say so with `attacks`"
    )
    (strait / "claims/reply.yaml").write_text(
        f"{text} test: answer > 0, attacks: [escorts-deter]}}\n", encoding="utf-8"
    )
    assert lint_claims(load(strait)) == [NUMBERS]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a < b", "b > a"),
        ("a - b > 0", "a > b"),
        ("0 > a - b", "b > a"),
        ("not a <= b", "a > b"),
        ("a > 1 and b > 2", "b > 2 and 1 < a"),
        ("not (a > 1 or b > 2)", "a < 1 and b < 2"),
        ("a == b", "b == a"),
    ],
)
def test_the_same_in_other_words(one, other):
    assert meaning(parse(one)) == meaning(parse(other))
    assert opposite(meaning(parse(one))) == meaning(parse(f"not ({other})"))
    assert meaning(parse(one)) != meaning(parse(f"not ({other})"))
