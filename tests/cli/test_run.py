"""`detente run` and its kin on the cod war, with few draws."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from pathlib import Path

import jsonschema
import pytest

from detente.cli.run import _named
from detente.language.argdown import claims_of
from detente.result import schema
from detente.text.files import Source
from tests.cli.conftest import COD_WAR, TINY


def without_timings(text: str) -> str:
    """The results without what depends on the machine's speed; all else byte for byte."""
    content = json.loads(text)
    del content["timings"]
    return json.dumps(content, indent=1, ensure_ascii=False)


def test_run_prints_verdicts_and_writes_both_files(ran):
    done, folder = ran
    assert done.code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "results.json"]
    assert (folder / "report.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    for claim, about in results["claims"].items():
        line = next(row for row in done.out.splitlines() if row.startswith(claim))
        assert about["verdict"] in line
    assert "hypotheses: red-line 50% → " in done.out
    assert "time: load " in done.out and ", total " in done.out
    assert done.out.endswith(f"wrote {folder}/report.html and {folder}/results.json\n".replace("/", os.sep))


def test_results_follow_the_schema(ran):
    results = json.loads((ran[1] / "results.json").read_text(encoding="utf-8"))
    errors = jsonschema.Draft202012Validator(schema()).iter_errors(results)
    assert [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in errors] == []


def test_progress_is_one_line_per_stage_when_stderr_is_no_terminal(ran):
    stages = [line.split(" s  ", 1)[1] for line in ran[0].err.splitlines()]
    assert stages == [
        "start the engine",
        "compile the model",
        "fit to the record",
        "play out futures",
        "look for cruxes",
        "write the report",
    ]


def test_timings_add_up(ran):
    timings = json.loads((ran[1] / "results.json").read_text(encoding="utf-8"))["timings"]
    stages = sum(value for name, value in timings.items() if name.endswith("_s") and name != "total_s" and value)
    assert timings["fit_cached"] is False
    assert 0 < stages <= timings["total_s"] * 1.05


def test_json_is_the_file_and_a_second_run_differs_in_its_timings_only(ran, tmp_path, detente):
    """The second run fits anew: only compiled programs may come from the cache."""
    for kept in ("fits", "results"):
        shutil.rmtree(Path(os.environ["DETENTE_CACHE"]) / kept)
    done = detente("run", COD_WAR, "--out", tmp_path, "--json", "--quiet", *TINY)
    assert (done.code, done.err) == (0, "")
    assert done.out == (tmp_path / "results.json").read_text(encoding="utf-8")
    assert without_timings(done.out) == without_timings((ran[1] / "results.json").read_text(encoding="utf-8"))


def test_claims_agree_with_run_and_write_nothing(ran, tmp_path, monkeypatch, detente):
    monkeypatch.chdir(tmp_path)
    done = detente("run", "--only", "claims", "--no-files", COD_WAR, "--json", "--quiet", *TINY)
    assert (done.code, done.err, list(tmp_path.iterdir())) == (0, "", [])
    found, kept = json.loads(done.out), json.loads((ran[1] / "results.json").read_text(encoding="utf-8"))
    assert found["timings"]["answer_cached"] is True
    assert found | {"timings": 0} == kept | {"timings": 0}


def test_report_again_from_kept_results(ran, tmp_path, detente):
    page = tmp_path / "again"
    assert detente("render", ran[1], "--out", page) == (0, f"wrote {page / 'report.html'}\n", "")
    kept = json.loads((ran[1] / "results.json").read_text(encoding="utf-8"))
    (tmp_path / "results.json").write_text(json.dumps(kept), encoding="utf-8")
    assert detente("render", tmp_path / "results.json").code == 0
    assert (tmp_path / "report.html").read_bytes() == (page / "report.html").read_bytes()


def test_the_map_of_the_arguments_goes_out_as_argdown(ran, tmp_path, detente):
    done = detente("render", ran[1], "--argdown", "--out", tmp_path)
    file = tmp_path / "arguments.argdown"
    assert done == (0, f"wrote {tmp_path / 'report.html'} and {file}\n", "")
    kept = json.loads((ran[1] / "results.json").read_text(encoding="utf-8"))
    read = claims_of(Source(file.name, file.read_text(encoding="utf-8")), by="", date=dt.date(2024, 1, 1))
    assert {claim.id: claim.says for argument in read for claim in argument.claims} == {
        id: claim["says"] for id, claim in kept["claims"].items()
    }


def test_figures_as_files_have_names_without_folders(ran, tmp_path, detente):
    kept = json.loads((ran[1] / "results.json").read_text(encoding="utf-8"))
    for course in kept["courses"].values():
        course["events"] = {"../../../up": next(iter(course["events"].values()))}
    (tmp_path / "results.json").write_text(json.dumps(kept), encoding="utf-8")
    done = detente("render", tmp_path / "results.json", "--figures")
    names = {file.name for file in (tmp_path / "figures").iterdir()}
    told = f"wrote {tmp_path / 'report.html'} and {len(names)} figures to {tmp_path / 'figures'}\n"
    assert done == (0, told, "")
    assert {"ledger.svg", "event-..-..-..-up.svg"} <= names
    assert {file.name for file in tmp_path.iterdir()} == {"results.json", "report.html", "figures"}


@pytest.mark.parametrize(
    ("change", "got"),
    [
        (lambda r: [r], "JSON that is a list"),
        (lambda r: r | {"schema": 3}, "results of schema 3"),
        (lambda r: r | {"title": float("nan")}, "NaN, which JSON does not have"),
    ],
)
def test_report_refuses_what_run_did_not_write(change, got, ran, tmp_path, detente):
    kept = json.loads((ran[1] / "results.json").read_text(encoding="utf-8"))
    file = tmp_path / "results.json"
    file.write_text(json.dumps(change(kept)), encoding="utf-8")
    done = detente("render", file)
    assert (done.code, done.out) == (2, "")
    head = f"1 problem in the results\n\n{file}\n  expected a results file that `detente run` wrote\n  got      "
    assert done.err.startswith(head) and done.err[len(head) + 1 :].startswith(got)
    assert not (tmp_path / "report.html").exists()


def test_report_names_what_is_wrong_in_a_file(ran, tmp_path, detente):
    kept = json.loads((ran[1] / "results.json").read_text(encoding="utf-8"))
    file = tmp_path / "results.json"
    file.write_text(json.dumps(kept | {"claims": {"a/b": {}}}), encoding="utf-8")
    assert detente("render", file) == (
        2,
        "",
        f"1 problem in the results\n\n{file}: claims.a/b\n  expected the key argument\n  got      'nothing'\n",
    )
    assert not (tmp_path / "report.html").exists()


def test_a_device_gives_the_same_courses(detente):
    """By JAX on the CPU: futures that differ by rounding, so that few of a hundred end otherwise."""
    pytest.importorskip("jax", reason="the extra `jax` is not installed")
    plain, device = (
        json.loads(detente("run", "--only", "courses", "--no-files", COD_WAR, "--json", "--quiet", *TINY, *more).out)
        for more in ([], ["--device", "cpu"])
    )
    assert [one["made"]["engine"].startswith("JAX ") for one in (device, plain)] == [True, False]
    for name, course in plain["courses"].items():
        for event, about in course["events"].items():
            assert device["courses"][name]["events"][event]["p"] == pytest.approx(about["p"], abs=0.02)


@pytest.mark.parametrize(("options", "told"), [((), True), (("--quiet",), False)])
def test_a_cache_that_cannot_be_written_is_told_once(options, told, detente, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path / "file"))
    done = detente("fit", COD_WAR, "--draws", "32", *options)
    assert done.code == 0
    assert done.err.count(f"the cache folder {tmp_path / 'file'} cannot be written") == told


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        ([], "cod-war"),
        (["--set", "retaliation=0.5", "--without", "Ann (2), a b"], "cod-war+retaliation=0.5+without-Ann-2-a-b"),
    ],
)
def test_what_was_changed_is_not_written_over_the_baseline(arguments, folder):
    assert _named("cod-war", arguments[1:2], arguments[3:4], None) == folder


def test_a_long_name_of_a_folder_ends_in_a_hash():
    long = [_named("cod-war", [f"{'x' * 200}={value}"], None, 1) for value in (1, 2)]
    assert long[0] != long[1] and all(len(name) == 129 for name in long)
