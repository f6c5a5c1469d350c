"""`fit --method nuts` and `detente verify samplers`: what they show, and how they end."""

from __future__ import annotations

import json

import pytest

QUIET = ("--quiet",)


def test_an_unknown_sampler(toll, detente):
    done = detente("fit", toll, "--method", "nutz")
    assert (done.code, done.out) == (2, "")
    assert "--method" in done.err and "smc or nuts" in done.err and "nutz" in done.err


def test_fit_by_nuts_is_cached_beside_the_other(toll, tmp_path, monkeypatch, detente):
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path / "cache"))
    smc = json.loads(detente("fit", toll, "--json", *QUIET).out)
    first, again = (json.loads(detente("fit", toll, "--method", "nuts", "--json", *QUIET).out) for _ in range(2))
    assert [r.pop("timings")["fit_cached"] for r in (smc, first, again)] == [False, False, True]
    assert first == again
    assert first["fit"]["algorithm"].startswith("NUTS (NumPyro)")
    assert first["fit"]["problems"] == smc["fit"]["problems"] == []
    one, other = (r["parameters"]["greed"]["posterior"] for r in (smc, first))
    assert one["mean"] == pytest.approx(other["mean"], abs=0.15 * one["sd"])
    evidence = [r["hypotheses"]["model"] for r in (smc, first)]
    error = sum(e["log_evidence_mc_error"] for e in evidence)
    assert abs(evidence[0]["log_evidence"] - evidence[1]["log_evidence"]) < 4 * error
    assert len(list((tmp_path / "cache" / "fits").glob("*.fit"))) == 2


def test_check_passes_and_refuses(toll, detente, monkeypatch):
    """The toll passes; with a limit that nothing can meet it is refused, with the reason and another exit code."""
    done = detente("verify", "samplers", toll, "--json", *QUIET)
    result = json.loads(done.out)
    assert (done.code, result["verdict"], result["failures"]) == (0, "PASS", [])
    about = result["hypotheses"]["model"]
    assert about["mean"]["parameter"] == "greed"
    assert abs(about["evidence"]["difference"]) < 0.3

    from detente.analysis.verification import agreement

    monkeypatch.setattr(agreement, "EVIDENCE", 0.0)
    done = detente("verify", "samplers", toll, *QUIET)
    assert (done.code, done.err) == (1, "")
    assert "REFUSED\n- model: log evidence differs by " in done.out
    for title in ("Agreement (differences", "Evidence, log", "Samplers"):
        assert title in done.out
