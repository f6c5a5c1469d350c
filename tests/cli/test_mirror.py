"""`detente run --only mirror` and `detente crises nearest`."""

from __future__ import annotations

import json
from typing import get_args

import jsonschema
import pytest

from detente.result import schema
from detente.result.claims import Verdict
from tests import real_data
from tests.cli.conftest import COD_WAR
from tests.crises.mirrored import folder_of
from tests.events.crises import many, text_of


@pytest.fixture(scope="module")
def raid(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("raid"))


@pytest.fixture(scope="module")
def crises(tmp_path_factory):
    path = tmp_path_factory.mktemp("icb") / "icb2.csv"
    path.write_text(text_of(many(60)), encoding="utf-8")
    return path


def test_the_mirror_as_json_and_as_tables(raid, detente):
    done = detente("run", "--only", "mirror", "--no-files", raid, "--no-fit", "--draws", "64", "--json", "--quiet")
    assert (done.code, done.err) == (0, "")
    mirror = json.loads(done.out)["mirror"]
    for seat in mirror["seats"].values():
        for state in seat["states"].values():
            assert sum(row["mean"] for row in state["rungs"].values()) == pytest.approx(1, abs=1e-4)
            assert {"violent", "war", "range"} <= set(state) and isinstance(state["range"]["off"], bool)
    assert {"q05", "q95"} <= set(mirror["residuals"]["B"]["violent"])
    shown = detente("run", "--only", "mirror", "--no-files", raid, "--no-fit", "--draws", "64", "--quiet").out
    assert shown.startswith("A raid across the border\n4 Feb 2020, as known on 17 Feb 2020: trigger direct violent act")
    assert "Symmetry residual, Beta less Alpha" in shown and "Out of peace (`calm`)" in shown
    early = json.loads(
        detente(
            "run", "--only", "mirror", "--no-files", raid, "--no-fit", "--draws", "64", "--at", "2020-02-05", "--json"
        ).out
    )
    assert early["mirror"]["act"]["gravity"] == "limited military damage"


def test_analogs_as_json_and_as_tables(raid, crises, detente):
    done = detente("crises", "nearest", raid, "--icb", crises, "-k", "5", "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    part = {"$defs": schema()["$defs"], "$ref": "#/$defs/Analogies"}
    jsonschema.Draft202012Validator(part).validate(found)
    assert len({one["crisis"] for one in found["nearest"]}) == 5
    assert (found["seat"], found["at"], found["scenario"]) == ("A", "2020-02-17", "raid")
    shown = detente("crises", "nearest", raid, "--icb", crises, "-k", "5", "--seat", "B", "--at", "2020-02-05").out
    assert "Of these 5: violent major response" in shown


def test_a_day_of_which_the_record_knows_nothing_is_refused(raid, crises, detente):
    done = detente("crises", "nearest", raid, "--at", "2020-02-18", "--icb", crises)
    assert done.code == 2 and "to 2020-02-17, when the record ends\n  got      '2020-02-18'" in done.err


def test_what_cannot_be_asked(raid, crises, detente):
    done = detente("crises", "nearest", raid, "--at", "2020-02-01", "--seat", "Q", "--icb", crises)
    assert (done.code, done.out) == (2, "")
    assert (
        done.err
        == """\
2 problems in the request

--at
  expected a day from 2020-02-04, when the act came, to 2020-02-17, when the record ends
  got      '2020-02-01'

--seat
  expected a seat: A, B
  got      'Q'
"""
    )
    done = detente("run", "--only", "mirror", "--no-files", COD_WAR, "--quiet")
    assert done.code == 2 and "expected a scenario that describes an act" in done.err
    assert detente("crises", "nearest", raid, "-k", "0").code == 2


def test_ten_crises_for_the_kursk_incursion(detente):
    real_data.path("icb/icb2_v15.csv")
    found = json.loads(detente("crises", "nearest", "kursk-2024", "--at", "2024-08-19", "--json").out)
    assert len(found["nearest"]) == 10
    for one in found["nearest"]:
        assert one["crisis"] > 0 and 0 <= one["distance"] <= 1 and one["response"] and one["violence"]
    assert found["outcomes"]["violent"]["n"] == 10 and 0 <= found["precedent"]["quantile"] <= 1


def test_a_run_shows_both(raid, crises, detente, tmp_path, monkeypatch):
    """In the results and on the page: verdicts on claims that name the mirror, and how to get the crises."""
    monkeypatch.setenv("DETENTE_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    done = detente("run", raid, "--no-fit", "--draws", "32", "--futures", "4", "--out", out, "--quiet")
    assert done.code == 0, done.err
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema()).validate(results)
    assert results["claims"]["c/harder"]["verdict"] in get_args(Verdict)[:5]
    assert 0 < results["claims"]["c/doctrine"]["credence"] < 1
    assert "set DETENTE_DATA" in results["analogies_missing"] and results["analogies"] is None
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'id="mirror"' in page and 'id="analogies"' not in page  # what was not found is left out


def test_without_a_fit_it_says_so(raid, sure, detente):
    """In the lines on top, as every command that leaves the record aside."""
    told = "Before the record: nothing was fitted."
    for command, folder in (("mirror", raid), ("courses", sure)):
        done = detente("run", folder, "--only", command, "--no-files", "--no-fit", "--draws", "64", "--quiet")
        assert done.code == 0, done.err
        head = done.out.split("\n\n")[0]
        assert told in " ".join(head.split()), head
