"""`detente classic`: the list, a model, its scenario, and what it says of bad parameters."""

import json

import detente
from detente.classics import models


def test_the_list(detente):
    done = detente("classic")
    assert done.code == 0
    assert all(name in done.out for name in models())
    told = json.loads(detente("classic", "--json").out)
    assert list(told) == models()
    assert told["powell_commitment"]["scenario"] == "classics/powell-2006"


def test_a_model(detente, tmp_path):
    params = '{"p0": 0.4, "p1": 0.1, "c": 0.05, "delta": 0.6}'
    done = detente("classic", "powell_commitment", "--params", params, "--json")
    told = json.loads(done.out)
    assert (done.code, told["model"], told["params"]) == (0, "powell_commitment", json.loads(params))
    assert abs(told["result"]["offer_today"] - 0.8075) < 1e-9
    (tmp_path / "p.json").write_text(params, encoding="utf-8")
    again = detente("classic", "powell_commitment", "--params", f"@{tmp_path / 'p.json'}")
    assert again.code == 0
    assert "offer_today" in again.out


def test_its_scenario(detente, tmp_path):
    done = detente("classic", "lanchester_linear_stochastic", "--out", str(tmp_path / "made"))
    assert done.code == 0
    assert detente("check", str(tmp_path / "made")).code == 0


def test_messages(detente):
    done = detente("classic", "powell_commitmnt")
    assert (done.code, done.err) == (
        2,
        "1 problem in the options\n\nMODEL\n  expected a model that `detente classic` lists\n"
        "  got      'powell_commitmnt'\n  hint     did you mean 'powell_commitment'?\n",
    )
    done = detente("classic", "powell_commitment", "--params", "{x")
    assert done.code == 2
    assert "expected a JSON map, such as" in done.err
    done = detente("classic", "powell_commitment", "--params", '{"p0": 2}')
    assert done.code == 2
    assert "4 problems in the parameters of powell_commitment" in done.err
    done = detente("classic", "--params", "{}")
    assert (done.code, "a model, with --params or --out" in done.err) == (2, True)
    assert detente("classic", "powell_commitment", "--params", "@/nowhere/at/all").code == 2


def test_sub_folders_are_bundled():
    assert "classics/fearon-1995" in detente.bundled()
    assert detente.load("classics/fearon-1995").title
