"""Mistakes in files that commands read: every one is refused with a message, or does no harm."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.games.efg import exact, write_efg
from detente.games.read_efg import read_efg
from tests.cli.conftest import COD_WAR, call
from tests.mutations import misshapen, mistaken

MANY = int(os.environ.get("DETENTE_MUTATIONS", "60"))  # games and records; 2,000 of each take some 10 minutes
FEW = int(os.environ.get("DETENTE_MUTATIONS", "10"))  # results and outcomes, which take longer

GAME = """EFG 2 R "an offer" { "A" "B" }
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


def ends_well(*arguments: object) -> None:
    """The command ends with 0 or with 2 and a message."""
    done = call(*arguments)
    assert done.code in (0, 2), done.err
    assert "Traceback" not in done.err
    assert bool(done.err) == (done.code == 2)


@pytest.fixture(scope="module")
def record(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("mistaken")
    call(
        "forecast",
        "issue",
        COD_WAR,
        "--at",
        "1976-03-01",
        "--out",
        folder,
        "--draws",
        "32",
        "--particles",
        "16",
        "--quiet",
    )
    return folder / "forecast-cod-war-1976-03-01.json"


def test_games(tmp_path):
    """What is read is written so that it is read again."""
    read = 0
    for seed in range(MANY):
        text = mistaken(GAME, seed)
        try:
            game = read_efg(text)
        except InputError:
            continue
        read += 1
        assert read_efg(write_efg(game)) == exact(game)
        if seed % 10 == 0:
            (tmp_path / "game.efg").write_text(text, encoding="utf-8")
            for options in (("levelk", "--level", "1"), ("qre", "--lambda", "1"), ("qre", "--lambda", "inf")):
                ends_well("solve", tmp_path / "game.efg", "--concept", *options, "--json", "--quiet")
    assert 0 < read < MANY


def test_gambit_reads_what_is_read(gambit_reads):
    """Where a mistake is let pass, Gambit lets what we then write pass too."""
    for seed in range(MANY):
        try:
            game = read_efg(mistaken(GAME, seed))
        except InputError:
            continue
        gambit_reads(write_efg(game))


@pytest.fixture
def gambit_reads():
    pygambit = pytest.importorskip("pygambit", reason="pygambit is not installed")
    import io

    return lambda text: pygambit.read_efg(io.BytesIO(text.encode()))


@pytest.mark.parametrize("change", [mistaken, misshapen])
def test_results(ran, tmp_path, change):
    text = (ran[1] / "results.json").read_text(encoding="utf-8")
    for seed in range(FEW):
        (tmp_path / "results.json").write_text(change(text, seed), encoding="utf-8")
        ends_well("render", tmp_path / "results.json", "--out", tmp_path)


def test_results_cut_at_the_end_of_a_line(tmp_path):
    (tmp_path / "results.json").write_text('{"detente": "0.1.0",\n', encoding="utf-8")
    done = call("render", tmp_path)
    assert (done.code, done.err.splitlines()[-2:]) == (
        2,
        ["  expected valid JSON", "  got      'Expecting property name enclosed in double quotes'"],
    )


def test_an_outcome_of_thousands_of_digits(record, tmp_path):
    huge = '[{"id": "strain", "date": "1976-03-08", "value": ' + "9" * 5000 + "}]"
    (tmp_path / "outcomes.json").write_text(huge, encoding="utf-8")
    done = call("forecast", "score", record, "--outcomes", tmp_path / "outcomes.json")
    assert (done.code, done.err) == (
        2,
        "1 problem in the outcomes\n\noutcomes.json\n  expected numbers of an ordinary size\n"
        "  got      'Exceeds the limit (4300 digits) for integer string conversion'\n",
    )


def test_outcomes(record, tmp_path):
    told = json.loads(record.read_text(encoding="utf-8"))
    rows = [f"{row['id']},{row['by']},{int(row['id'] == 'strained')}" for row in told["events"]]
    table = "\n".join(["id,date,value", *rows]) + "\n"
    named = [dict(zip(("id", "date", "value"), row.split(","), strict=True)) for row in rows]
    for seed in range(FEW):
        for name, text in (
            ("outcomes.csv", mistaken(table, seed)),
            ("outcomes.json", misshapen(json.dumps(named), seed)),
            ("mistaken.json", mistaken(json.dumps(named), seed)),
        ):
            (tmp_path / name).write_text(text, encoding="utf-8")
            ends_well("forecast", "score", record, "--outcomes", tmp_path / name)


@pytest.mark.parametrize("change", [mistaken, misshapen])
def test_records_of_forecasts(record, tmp_path, change):
    (tmp_path / "outcomes.csv").write_text("id,date,value\nstrain,1976-03-08,1\n", encoding="utf-8")
    for seed in range(MANY):
        path = tmp_path / "record.json"
        path.write_text(change(record.read_text(encoding="utf-8"), seed), encoding="utf-8")
        ends_well("forecast", "score", path, "--outcomes", tmp_path / "outcomes.csv")
