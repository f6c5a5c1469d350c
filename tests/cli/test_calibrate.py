"""`detente verify calibration`: its files, its exit codes, its refusals."""

from __future__ import annotations

import json
import re

from detente.inference import sbc as ranks

SMALL = ("--sims", "20", "--particles", "16", "--quiet")


def test_files_tables_and_json_say_the_same(toll, tmp_path, detente):
    out = tmp_path / "pages"
    done = detente("verify", "calibration", toll, *SMALL, "--out", out, "--json")
    result = json.loads(done.out)
    assert done.code == 0 and result["passes"] and result["sims"] == 20
    assert json.loads((out / "toll.json").read_text(encoding="utf-8")) == result
    page = (out / "toll.html").read_text(encoding="utf-8")
    assert "Calibration passes" in page and "detente verify calibration toll --sims 20 --seed 1 --particles 16" in page
    assert not re.search(r"https?://", page) and "<script" not in page
    shown = detente("verify", "calibration", toll, *SMALL)
    assert shown.code == 0 and "toll: calibration passes. 20 records of known truth, 2 tests" in shown.out
    told = f"With 20 records a fault passes that moves fewer than {result['unseen']:.0%} of truths"
    assert told in shown.out.replace("\n", " ") and told in page and 0.2 < result["unseen"] < 0.6


def test_same_seed_same_result(toll, detente):
    first, again, other = (
        json.loads(detente("verify", "calibration", toll, *SMALL, "--seed", seed, "--json").out) for seed in (1, 1, 2)
    )
    for result in (first, again, other):
        result.pop("timings")
    assert first == again
    assert first["quantities"] != other["quantities"]


def test_a_refused_calibration_ends_with_exit_code_1(toll, detente, monkeypatch):
    monkeypatch.setattr("detente.analysis.verification.calibrate.p_value", lambda found: 0.0 * ranks.p_value(found))
    done = detente("verify", "calibration", toll, *SMALL)
    assert done.code == 1 and "calibration is REFUSED: greed, log likelihood" in done.out


def test_bad_options_are_named_at_once(toll, detente):
    done = detente("verify", "calibration", toll, "--sims", "3", "--particles", "2")
    assert (done.code, done.out) == (2, "")
    assert "--sims" in done.err and "at least 20" in done.err
    assert "--particles" in done.err and "from 16 to 65536" in done.err


def test_a_scenario_that_knows_everything(sure, detente):
    done = detente("verify", "calibration", sure)
    assert (done.code, done.out) == (2, "")
    assert "scenario.yaml: parameters\n  expected at least one parameter, to be fitted\n  got      'none'" in done.err


def test_an_unknown_treatment_of_noise(toll, detente):
    done = detente("verify", "calibration", toll, "--noise", "kalmann")
    assert done.code == 2 and "kalman or particles or replay" in done.err and "'kalman'" in done.err


def test_nuts_cannot_use_an_estimated_likelihood(toll, detente):
    done = detente("fit", toll, "--noise", "particles", "--method", "nuts")
    assert done.code == 2 and "an estimated likelihood has no gradient" in done.err
