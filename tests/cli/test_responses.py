"""`detente crises`: scores of any file of crises, and what ships."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import COMPILERS, modules_of
from tests.events.crises import many, text_of


@pytest.fixture
def crises(tmp_path):
    path = tmp_path / "made.csv"
    path.write_text(text_of(many(40)), encoding="utf-8")
    return path


def test_scores_as_json(crises, detente):
    done = detente("crises", "score", crises, "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert [about["says"] for about in found["targets"].values()] == [
        "violent major response (majres 8 or 9)",
        "full-scale war (viol 4)",
    ]
    scores = found["targets"]["violence"]["parts"]["all"]["scores"]
    assert all(
        set(row[kind]) == {"value", "low", "high"} for row in scores.values() for kind in ("brier", "log", "auc")
    )
    assert detente("crises", "score", crises, "--json").out == done.out


def test_scores_as_tables(crises, detente):
    done = detente("crises", "score", crises)
    assert done.out.startswith("made.csv: 40 cases\n\nviolent major response (majres 8 or 9), all: 20 crises\n")
    assert "climatology" in done.out and "trigger alone" in done.out and "The curve " in done.out
    assert "flatter" not in done.out


def test_no_compiler_is_needed_to_score(crises):
    assert not modules_of("crises", "score", crises, "--json") & COMPILERS


def test_a_file_that_is_none(tmp_path, detente):
    done = detente("crises", "score", tmp_path / "none.csv")
    assert (done.code, done.out) == (2, "")
    assert done.err == "1 problem in the crises\n\nnone.csv\n  expected a file\n  got      'no such file'\n"


def test_what_ships_is_shown(detente):
    done = detente("crises", "show")
    assert done.code == 0 and "violent major response (majres 8 or 9): largest r-hat" in done.out
    assert json.loads(detente("crises", "show", "--json").out)["data"]["cases"] == 810


def test_fitting_without_the_data_says_where_to_put_them(tmp_path, detente, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DETENTE_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    done = detente("crises", "fit", "--out", tmp_path / "summary.json", "--quiet")
    assert (done.code, done.out) == (2, "")
    assert "icb/icb2_v15.csv" in done.err and "set DETENTE_DATA" in done.err
