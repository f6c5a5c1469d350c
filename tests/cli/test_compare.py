"""`detente compare`: what moved between two runs."""

from __future__ import annotations

import json

from tests.cli.conftest import COD_WAR, TINY


def test_a_run_against_itself_has_not_moved(ran, detente):
    done = detente("compare", ran[1], ran[1] / "results.json", "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["a"], found["b"]) == ("cod-war", "cod-war")
    numbers = [one["credence"] for one in found["claims"].values()]
    numbers += [one for course in found["events"].values() for one in course.values()]
    assert numbers and not any(one["moved"] or one["difference"] for one in numbers)


def test_a_scenario_is_run_and_what_moved_is_marked(ran, tmp_path, detente):
    """The credence of a claim put from above a half to 0 with an error of 0.01: a reversal."""
    kept = json.loads((ran[1] / "results.json").read_text(encoding="utf-8"))
    name = next(name for name, one in kept["claims"].items() if (one["credence"] or 0) > 0.6)
    kept["claims"][name] |= {"credence": 0.0, "mc_error": 0.01, "verdict": "fails"}
    (tmp_path / "results.json").write_text(json.dumps(kept), encoding="utf-8")
    done = detente("compare", COD_WAR, tmp_path, "--quiet", *TINY)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"A: {COD_WAR}\nB: {tmp_path}\n\nclaim ")
    (row,) = (line for line in done.out.splitlines() if line.startswith(name))
    assert " pp *" in row and row.endswith("fails (reversed)")
    assert done.out.count(" pp *") == 1


def test_what_is_no_result(tmp_path, detente):
    done = detente("compare", tmp_path / "a.json", tmp_path)
    assert (done.code, done.out) == (2, "")
    expected = "expected a results file that `detente run` wrote\n  got      'No such file or directory'\n"
    assert done.err == f"1 problem in the results\n\n{tmp_path / 'a.json'}\n  {expected}"
