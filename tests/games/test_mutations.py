"""Mistakes in Gambit's files: refused with a message, or read as a second reader reads them.

DETENTE_MUTATIONS sets how many there are of each; 2,000 take some minutes.
"""

from __future__ import annotations

import io
import os
import random
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from detente.errors import InputError
from detente.games.efg import exact, write_efg
from detente.games.extensive import ExtensiveGame
from detente.games.read_efg import read_efg
from detente.games.read_nfg import read_nfg
from tests.cli.conftest import call, ends_well
from tests.games import plain
from tests.games.test_read_nfg import OUTCOMES, PAYOFFS
from tests.mutations import mistaken

TIMES = int(os.environ.get("DETENTE_MUTATIONS", "60"))
SOLVED = 10  # of so many one is solved, through the command line

TREE = """EFG 2 R "an offer" { "A" "B" }
"with a toss"

c "start" 1 "toss" { "heads" 1/3 "tails" 2/3 } 0
p "" 1 1 "offer" { "high" "low" } 0
p "" 2 1 "answer" { "take" "leave" } 0
t "" 1 "deal" { 3, 1 }
t "" 2 "none" { 0 0 }
p "" 2 2 "poor answer" { "take" "leave" } 3 "late" { -0.5, -1e-1 }
t "" 4 "poor deal" { 5/2, 1/2 }
t "" 2
p "" 1 2 "walk" { "stay" "go" } 0
t "" 2
t "" 1 "deal" { 3, 1 }
"""


class Form(NamedTuple):
    """A form of file: its ending, a file, and the two that read it."""

    suffix: str
    text: str
    read: Callable[[str], ExtensiveGame]
    plainly: Callable[[str], plain.Game]


FORMS = (
    Form("efg", TREE, read_efg, plain.read_efg),
    Form("nfg", PAYOFFS, read_nfg, plain.read_nfg),
    Form("nfg", OUTCOMES, read_nfg, plain.read_nfg),
)


@pytest.mark.parametrize("form", FORMS, ids=["efg", "nfg", "nfg of outcomes"])
def test_nothing_is_read_that_a_second_reader_refuses_or_reads_otherwise(form, tmp_path):
    chance, read, path = random.Random(form.text), 0, tmp_path / f"game.{form.suffix}"
    for n in range(TIMES):
        text = mistaken(form.text, chance)
        if n % SOLVED == 0:
            path.write_text(text, encoding="utf-8")
            for options in (("levelk", "--level", "1"), ("qre", "--lambda", "1"), ("qre", "--lambda", "inf")):
                ends_well(call("solve", path, "--concept", *options, "--json", "--quiet"))
        try:
            game = form.read(text)
        except InputError as error:
            assert error.problems and str(error)
            continue
        read += 1
        try:
            expected = form.plainly(text)
        except plain.RefusedError as why:
            pytest.fail(f"read, though {why}: {text}")
        assert (game.title, list(game.players)) == (expected.title, expected.players), text
        assert game.end_payoffs[game.ends] == pytest.approx(np.array(expected.ends, float).reshape(len(game.ends), -1))
        assert len(game.parent) == expected.nodes, text
        assert read_efg(write_efg(game)) == exact(game)
    assert 0 < read < TIMES


@pytest.mark.parametrize("form", FORMS, ids=["efg", "nfg", "nfg of outcomes"])
def test_gambit_reads_what_is_written_of_them(form, gambit):
    """Where a mistake is let pass, Gambit lets what we then write pass too."""
    chance = random.Random(form.text)
    for _ in range(TIMES):
        try:
            game = form.read(mistaken(form.text, chance))
        except InputError:
            continue
        gambit.read_efg(io.BytesIO(write_efg(game).encode()))
