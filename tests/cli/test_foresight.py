"""`detente verify foresight`: what it refuses before anything is fitted."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import call

COD_WAR = str(Path(__file__).parent.parent / "scenarios" / "cod-war")


def test_a_scenario_in_which_nobody_looks_ahead():
    told = call("verify", "foresight", COD_WAR, "--quiet")
    assert told.code == 2
    assert "expected a scenario with a track that declares foresight" in told.err


def test_options():
    told = call("verify", "foresight", COD_WAR, "--samples", "6")
    assert told.code == 2
    assert "--samples" in told.err and "a multiple of 4 from 4 to 4096" in told.err
    told = call("run", "kursk-2024", "--foresight", "2")
    assert told.code == 2
    assert "a level from 0 to 1" in told.err
