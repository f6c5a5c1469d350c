"""Old words of the command line run as the new ones, and say so on one line."""

from __future__ import annotations

import json

import pytest

from detente.cli.old_words import RENAMED, in_new_words
from tests.cli.conftest import COD_WAR, TINY, call


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "claims x --seed 2",
            "run --only claims --no-files x --seed 2",
            '"claims" is now "run --only claims --no-files"',
        ),
        ("bargain x", "run --only bargain --no-files x", '"bargain" is now "run --only bargain --no-files"'),
        ("bargain x --out d", "run --only bargain x --out d", '"bargain" is now "run --only bargain"'),
        ("bargain x --out=d", "run --only bargain x --out=d", '"bargain" is now "run --only bargain"'),
        ("fit x --check --seed 2", "verify samplers x --seed 2", '"fit --check" is now "verify samplers"'),
        ("fit --ml x", "fit --method ml x", '"fit --ml" is now "fit --method ml"'),
        ("fit x --sampler nuts", "fit x --method nuts", '"fit --sampler" is now "fit --method"'),
        ("run x --sampler=nuts", "run x --method=nuts", '"run --sampler" is now "run --method"'),
        ("forecast x --at d", "forecast issue x --at d", '"forecast" is now "forecast issue"'),
        ("responses fit --out f", "crises fit --out f", '"responses fit" is now "crises fit"'),
    ],
)
def test_old_words_become_new_ones(old, new, told, capsys):
    assert in_new_words(old.split()) == new.split()
    assert capsys.readouterr().err == f"detente: {told}\n"


@pytest.mark.parametrize(
    "words",
    ["", "--help", "run x --only claims", "forecast", "forecast -h", "forecast score r", "crises fit"],
)
def test_new_words_stay(words, capsys):
    assert in_new_words(words.split()) == words.split()
    assert capsys.readouterr().err == ""


def test_every_new_word_is_a_command():
    for new in RENAMED.values():
        words = [word for word in new[:2] if not word.startswith("--")]
        assert call(*words, "--help").code == 0


def test_an_old_word_ends_as_the_new_one_and_prints_the_same():
    old, new = (
        call(*words, COD_WAR, "--no-fit", "--json", "--quiet", *TINY)
        for words in (["simulate"], ["run", "--only", "courses", "--no-files"])
    )
    assert (old.code, new.code, new.err) == (0, 0, "")
    assert old.err == 'detente: "simulate" is now "run --only courses --no-files"\n'
    assert json.loads(old.out) | {"timings": 0} == json.loads(new.out) | {"timings": 0}
    told = 'detente: "score" is now "forecast score"\n'
    assert call("score").err.startswith(told) and call("score").code == 2
