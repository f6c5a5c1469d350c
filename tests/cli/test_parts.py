"""`detente run --only PART`, `--no-files` and `--hold`: what is written where, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import COD_WAR, TINY

TITLE = "The Third Cod War"
SMALL = ("--no-fit", "--quiet", *TINY)


def test_a_part_is_written_as_json_prints_it(tmp_path, monkeypatch, detente):
    monkeypatch.chdir(tmp_path)
    done = detente("run", COD_WAR, "--only", "courses", *SMALL, "--json")
    assert (done.code, done.err) == (0, "")
    file = tmp_path / "detente-out" / "cod-war" / "cod-war-courses.json"
    assert file.read_text(encoding="utf-8") == done.out
    shown = detente("run", COD_WAR, "--only", "courses", *SMALL).out
    assert shown.endswith(f"wrote {Path('detente-out', 'cod-war', 'cod-war-courses.json')}\n")


def test_claims_write_the_files_of_a_run(tmp_path, detente):
    done = detente("run", COD_WAR, "--only", "claims", "--out", tmp_path / "out", *SMALL)
    assert done.out.startswith(f"{TITLE}\n") and "hypotheses:" not in done.out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.html", "results.json"]


@pytest.mark.parametrize("part", [(), ("--only", "claims"), ("--only", "courses"), ("--only", "evidence")])
def test_no_files_writes_none(part, tmp_path, monkeypatch, detente):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    few = ("--quiet",) if "evidence" in part else SMALL
    done = detente("run", COD_WAR, *part, "--no-files", *few)
    assert (done.code, done.err) == (0, "") and "wrote" not in done.out
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_held_is_named_first_and_has_its_own_folder(tmp_path, monkeypatch, detente):
    monkeypatch.chdir(tmp_path)
    plain = detente("run", COD_WAR, *SMALL, "--json")
    for option, told in (
        ("--hold", "Held by --hold, in the draws at hand: patience at 0.1."),
        ("--set", "Held by --set: patience at 0.1 (its prior: gamma(2, 40))."),
    ):
        done = detente("run", COD_WAR, option, "patience=0.1", *SMALL)
        assert done.out.splitlines()[:2] == [told, TITLE]
        folder = Path("detente-out", f"cod-war+{'hold-' * (option == '--hold')}patience=0.1")
        assert done.out.endswith(f"wrote {folder / 'report.html'} and {folder / 'results.json'}\n")
        found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        assert found["asked"][option[2:]] == {"patience": 0.1}
        assert found["courses"] != json.loads(plain.out)["courses"]
        assert told in " ".join((folder / "report.html").read_text(encoding="utf-8").split())
        refused = detente("run", COD_WAR, option, "patience=0.1", *SMALL, "--out", Path("detente-out", "cod-war"))
        results = Path("detente-out", "cod-war", "results.json")
        assert refused == (
            2,
            "",
            f"1 problem in the options\n\n--out\n  expected another folder\n  got      '{results}, of a run with "
            "nothing set or held'\n  hint     what is set or held goes into a folder of its own\n",
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--only", "claim"],
            "--only\n  expected claims or courses or bargain or mirror or evidence\n  got      'claim'\n"
            "  hint     did you mean 'claims'?\n",
        ),
        (
            ["--only", "courses", "--refit"],
            "--refit\n  expected nothing, with --only courses\n  got      'a value'\n",
        ),
        (["--rollouts", "2"], "--rollouts\n  expected nothing, with a run of all parts\n  got      'a value'\n"),
        (
            ["--out", "x", "--no-files"],
            "--out\n  expected a run that writes files\n  got      '--no-files'\n  hint     leave one of the two out\n",
        ),
        (
            ["--only", "mirror", "--at", "2024-01-01", "--at", "2024-01-02"],
            "--at\n  expected one day, with --only mirror\n  got      '2024-01-01, 2024-01-02'\n",
        ),
        (
            ["--only", "bargain", "--rollouts", "3"],
            "--rollouts\n  expected an even number from 2 to 65536\n  got      '3'\n  hint     take 4\n",
        ),
        (
            ["--hold", "patience=1", "--hold", "patience=2"],
            "--hold\n  expected each parameter once\n  got      'patience=2'\n"
            "  hint     'patience' is also held at 1\n",
        ),
    ],
)
def test_options_that_do_not_go_together(arguments, message, detente):
    assert detente("run", COD_WAR, *arguments) == (2, "", f"1 problem in the options\n\n{message}")


def test_a_held_parameter_that_is_not_there(detente):
    done = detente("run", COD_WAR, "--hold", "redlin=3", "--hold", "patience=often")
    assert (done.code, done.out) == (2, "")
    assert "hold redlin\n  expected the id of a parameter\n  got      'redlin'\n" in done.err
    assert "hold patience\n  expected a number\n  got      'often'\n" in done.err
