"""Every part of the benchmarks in its short form, as the command line runs it. Nothing here asserts a time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.game.contestants import CONTESTANTS, OURS, PAIRS
from benchmarks.parts import MAIN, MORE
from tests.events.crises import many, text_of

ROOT = Path(__file__).resolve().parents[2]
PEERS = {"mesa", "openspiel", "ema", "numba", "c"}  # what a machine may lack


def disputes(rows: int) -> str:
    """Invented disputes with the columns of war1800.csv that the panel reads."""
    random = np.random.default_rng(1)
    regimes = ("autoc", "mixed", "dem")
    lines = ["ccode1,ccode2,year,balanc,s_wt_re1,revis1,war,esc,regime1,regime2"]
    for number in range(rows):
        escalates = random.random() < 0.6
        fights = int(escalates and random.random() < 0.5)
        numbers = f"{random.random():.3f},{random.uniform(-1, 1):.3f},{random.integers(2)},{fights},{float(escalates)}"
        lines.append(f"{number},2,1850,{numbers},{random.choice(regimes)},{random.choice(regimes)}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A data folder with invented crises and disputes."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "icb").mkdir()
    (folder / "icb/icb2_v15.csv").write_text(text_of(many(200)), encoding="utf-8")
    (folder / "games").mkdir()
    (folder / "games/war1800.csv").write_text(disputes(80), encoding="utf-8")
    return folder


def smoke(part: str, data: Path, tmp_path: Path) -> dict:
    """What the short form of a part writes."""
    file = tmp_path / "found.json"
    command = [sys.executable, "-m", "benchmarks", "--smoke", "--only", part, "--json", str(file)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "DETENTE_DATA": str(data)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["failed"] == {}
    assert found["cpu"] and found["instruction_set"] and found["threads"] == 2 and "numpy" in found["versions"]
    return found


def test_the_reference_game(data, tmp_path):
    found = smoke("game", data, tmp_path)
    assert found["disagrees"] == [] and len(found["rounds"]) == 2
    assert found["ratios"].keys() >= {"numpy", "numpy_tuned"}
    for who in CONTESTANTS:
        key = "c_limit" if who.name == "c" else who.name
        measured = who.name in (OURS, PAIRS) or key in found["ratios"]
        assert measured != (who.name in found["skipped"]), who.name
        assert measured or who.name in PEERS
        assert not measured or found["agreement"][who.name]["agrees"]
    for ratio in found["ratios"].values():
        assert ratio > 0
    for by in found["spread"].values():
        assert by["seconds"]["min"] <= by["seconds"]["median"] <= by["seconds"]["max"]


def test_futures_by_their_number(data, tmp_path):
    found = smoke("futures", data, tmp_path)["kursk"]["futures"]
    assert [took["futures"] for took in found.values()] == [40, 80]
    assert all(took["seconds"] > 0 for took in found.values())


def test_the_fit(data, tmp_path):
    found = smoke("fit", data, tmp_path)["kursk"]["fit"]
    assert found["seconds"] > 0 and "fit_s" in found["stages"]


def test_runs_of_the_command_line(data, tmp_path):
    found = smoke("runs", data, tmp_path)["kursk"]["runs"]["this"]
    assert list(found) == ["cold", "second", "set", "edited", "same_results"]
    assert found["same_results"]


@pytest.mark.parametrize("part", MORE)
def test_further_parts(part, data, tmp_path):
    found = smoke(part, data, tmp_path)
    assert found["skipped"] == {} and found[part]


def test_every_part_is_tested():
    assert list(MAIN) == ["game", "futures", "fit", "runs"]
