"""The smaller commands: fit, simulate, check, list; and what they keep on disk."""

from __future__ import annotations

import json

import pytest

from detente.cli import output
from detente.cli.listing import title_of
from detente.errors import InputError
from detente.language.load import bundled

FEW = ("--quiet", "--draws", "32")


def test_fit_keeps_fits_where_it_is_told_and_rebuilds_a_damaged_one(toll, tmp_path, monkeypatch, detente):
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path / "cache"))
    first = json.loads(detente("fit", toll, "--json", *FEW).out)
    (kept,) = (tmp_path / "cache" / "fits").glob("*.fit")
    again = json.loads(detente("fit", toll, "--json", *FEW).out)
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-100] + bytes(100))
    rebuilt = json.loads(detente("fit", toll, "--json", *FEW).out)
    cached = [one.pop("timings")["fit_cached"] for one in (first, again, rebuilt)]
    assert cached == [False, True, False]
    assert first == again == rebuilt
    assert kept.read_bytes()[-100:] == whole[-100:]
    done = detente("fit", toll, *FEW)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("A toll\n\nparameter")
    assert "greed       logit" in done.out and "hypothesis: model" in done.out


def test_simulate_shows_the_courses_asked_for(toll, detente):
    with (toll / "scenario.yaml").open("a") as file:
        file.write("courses:\n  free: {}\n  no-toll: {name: Nothing to pay, forbid: {A.bridge: raise-toll}}\n")
    done = detente(
        "run",
        "--only",
        "courses",
        "--no-files",
        toll,
        "--no-fit",
        "--course",
        "no-toll",
        "--set",
        "greed=0",
        "--futures",
        "64",
        *FEW,
    )
    assert (done.code, done.err) == (0, "")
    assert "no-toll: Nothing to pay" in done.out and "free" not in done.out
    assert "A.bridge:raise-toll   1      <1%" in done.out
    both = json.loads(
        detente(
            "run",
            "--only",
            "courses",
            "--no-files",
            toll,
            "--no-fit",
            "--set",
            "greed=0",
            "--json",
            "--futures",
            "64",
            *FEW,
        ).out
    )
    assert list(both["courses"]) == ["free", "no-toll"]
    assert both["courses"]["no-toll"]["events"]["riot"]["p"] == pytest.approx(1 - 0.9**9, abs=0.05)


def test_check_shows_what_there_is_and_remarks_are_no_error(toll, detente):
    done = detente("check", toll)
    assert (done.code, done.err) == (0, "")
    assert "toll: A toll" in done.out and "Parameters (1)" in done.out
    assert "- move `A.bridge:raise-toll` is neither in the ledger nor forced by a course" in done.out
    assert json.loads(detente("check", toll, "--json").out)["lint"][0] in done.out
    assert "nothing to remark" in detente("check", "classics/red-line").out


def test_list_names_what_is_bundled(detente):
    done = detente("list")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines()] == bundled()
    assert list(json.loads(detente("list", "--json").out)) == bundled()


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("detente: 1\ntitle: A toll\n", "A toll"),
        ('title: "A: toll"\n', "A: toll"),
        ("title: A long\n  title\nclock:", "A long title"),
        ("clock: {}\n", ""),
    ],
)
def test_a_title_is_read_from_the_head(head, title):
    assert title_of(head) == title


def test_files_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    output.write_files(tmp_path, {"a": "old", "b": "old"})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        output.write_files(tmp_path, {"a": "new", "b": "new"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old", "b": "old"}
