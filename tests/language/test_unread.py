"""What a folder holds and nothing reads is told, with what may be meant."""

from __future__ import annotations

import os

import pytest

from detente.language.load import load


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x", "utf-8")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["claim/for.yaml", "claim/against.yaml"], ["`claim/` is read by nothing: did you mean 'claims/'?"]),
        (["Claims/for.yaml"], ["`Claims/` is read by nothing: did you mean 'claims/'?"]),
        (["History.CSV"], ["`History.CSV` is read by nothing: did you mean 'history.csv'?"]),
        (["history.csv.txt"], ["`history.csv.txt` is read by nothing: did you mean 'history.csv'?"]),
        (["forecast.yaml"], ["`forecast.yaml` is read by nothing: did you mean 'forecasts.yaml'?"]),
        (["evidence.yml"], ["`evidence.yml` is read by nothing: did you mean 'evidence.yaml'?"]),
        (["claims/more.txt"], ["`claims/more.txt` is read by nothing: an argument's file ends in .yaml"]),
        (["claims/old/a.yaml"], ["`claims/old/a.yaml` is read by nothing: arguments stand in `claims/` itself"]),
        (["history-sources.csv"], []),
        (
            ["history", "history.json"],
            [f"`{name}` is read by nothing: did you mean 'history.csv'?" for name in ("history", "history.json")],
        ),
        (["a/b/c/history.csv"], ["`a/` is read by nothing"]),
        (["_claims/for.yaml"], ["`_claims/` is read by nothing: did you mean 'claims/'?"]),
        (["observed/a.csv"], ["`observed/` is read by nothing: name its files under `observed:` of a stock"]),
        (["data/raw.xlsx", "b.tsv"], ["`b.tsv` is read by nothing", "`data/` is read by nothing"]),
        (["coding.yaml", "README.txt", "figure.png", ".git/a.yaml", "out/results.json", "notes/a.md"], []),
        (
            [f"t{i:02}.csv" for i in range(12)],
            [f"`t{i:02}.csv` is read by nothing" for i in range(10)] + ["2 more files and folders are read by nothing"],
        ),
    ],
)
def test_files_that_nothing_reads(names, told, folder):
    put(folder, *names)
    assert list(load(folder).unread) == told


def test_measurements_beside_those_that_are_read(edit, folder):
    edit("scenario.yaml", "range: [0, 100]", "range: [0, 100]\n    observed: {file: observed/a.csv, model: normal(1)}")
    put(folder, "observed/A2.csv")
    (folder / "observed/a.csv").write_text("date,value\n1975-12-01,3\n", "utf-8")
    assert load(folder).unread == ("`observed/A2.csv` is read by nothing: did you mean 'observed/a.csv'?",)


def test_other_scenarios_in_the_folder_are_not_meant(folder):
    text = (folder / "scenario.yaml").read_text("utf-8")
    put(folder, "older/scenario.yaml", "older/history.csv")
    (folder / "variant.yaml").write_text(text, "utf-8")
    assert load(folder).unread == load(folder / "variant.yaml").unread == ()
    (folder / "scenario.yaml").rename(folder / "scenario.yml")
    assert load(folder / "scenario.yml").unread == (
        "`scenario.yml` is read alone, without claims and history.csv: a folder's record and claims need a "
        "scenario.yaml",
    )


@pytest.mark.parametrize("text", [f"# {'a long remark ' * 200}\ndetente: 1\n", '{"detente": 1}', "\ufeffdetente: 1"])
def test_a_scenario_of_its_own_is_known_by_its_key(text, folder):
    (folder / "b.yaml").write_text(text, "utf-8")
    assert load(folder).unread == ()


def test_a_file_that_only_mentions_the_language_is_no_scenario(folder):
    (folder / "b.yaml").write_text("# detente: 1\nx: 1\n", "utf-8")
    assert load(folder).unread == ("`b.yaml` is read by nothing",)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have names on POSIX systems")
def test_what_is_no_file_is_not_opened(folder):
    os.mkfifo(folder / "pipe.csv")
    os.mkfifo(folder / "claims" / "pipe.txt")
    (folder / "gone.yaml").symlink_to(folder / "nowhere")
    assert load(folder).unread == ()
