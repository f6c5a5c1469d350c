"""`detente run --only evidence`, and `--without` wherever it is taken."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.cli.conftest import COD_WAR, COMPILERS, TINY, modules_of

EVIDENCE = """\
quantities:
  catch:
    says: British catch in Icelandic waters
    unit: tonnes a year
    date: 1975-12-31
    sources:
      - {source: Marine institute, published: 1976-01-01, side: IS, grade: B2, value: 100000}
      - {source: public chronologies, published: 1976-01-02, side: neutral, grade: C3, low: 1.1e5, high: 1.3e5}
  cut-warps:
    says: Trawls cut
    unit: trawls
    date: 1976-05-31
    sources:
      - {source: public chronologies, published: 1976-06-01, side: UK, grade: F6, value: 40}
"""
LEFT_OUT = (
    "without public chronologies: 2 reports, {rows} ledger rows left out; the record now says that nothing was done "
    "there; nobody else speaks of cut-warps\n"
)


@pytest.fixture
def disputed(tmp_path):
    """The cod war with two disputed quantities."""
    folder = tmp_path / "cod-war"
    shutil.copytree(COD_WAR, folder)
    (folder / "evidence.yaml").write_text(EVIDENCE, encoding="utf-8")
    return folder


def flat(text):
    return " ".join(text.split())


def rows_of(folder):
    return (folder / "history.csv").read_text(encoding="utf-8").count("public chronologies")


def test_the_table_shows_the_pooled_number_and_every_source(disputed, detente):
    done = detente("run", "--only", "evidence", "--no-files", disputed)
    assert (done.code, done.err) == (0, "")
    first, second = done.out.split("\n\n")
    assert first.startswith("catch: British catch in Icelandic waters (31 Dec 1975)\nPooled: 10")
    assert "tonnes a year (78,500 to 159,000), 90% interval, log scale; the sides lean: IS ×0.9" in flat(first)
    assert "side      grade   says                 weight   without it" in first
    assert "Marine" in first and "110,000 to 130,000" in first
    assert "One source only: nothing checks it" in flat(second)


def test_json_holds_what_the_result_holds(disputed, detente):
    found = json.loads(detente("run", "--only", "evidence", "--no-files", disputed, "--json").out)
    assert list(found) == ["scenario", "scenario_sha256", "without", "quantities"]
    assert (found["scenario"], found["without"]) == ("cod-war", [])
    about = found["quantities"]["catch"]
    assert [report["source"] for report in about["reports"]] == ["Marine institute", "public chronologies"]
    assert about["pooled"]["sources"]["public chronologies"]["weight"] > 0.5


def test_dropping_a_source_gives_what_was_foretold(disputed, detente):
    before = json.loads(detente("run", "--only", "evidence", "--no-files", disputed, "--json").out)
    done = detente("run", "--only", "evidence", "--no-files", disputed, "--without", "public chronologies", "--json")
    assert done.err == LEFT_OUT.format(rows=rows_of(disputed))
    after = json.loads(done.out)
    assert after["without"] == ["public chronologies"]
    assert after["scenario_sha256"] != before["scenario_sha256"]
    assert list(after["quantities"]) == ["catch"]
    foretold = before["quantities"]["catch"]["pooled"]["sources"]["public chronologies"]["without"]
    assert foretold.items() <= after["quantities"]["catch"]["pooled"].items()
    assert (
        detente("run", "--only", "evidence", "--no-files", disputed, "--without", "public chronologies", "--quiet").err
        == ""
    )


def test_nothing_disputed(detente):
    assert (
        detente("run", "--only", "evidence", "--no-files", COD_WAR).out
        == "the scenario disputes no quantity: it has no evidence.yaml\n"
    )


def test_no_compiler_is_needed():
    loaded = modules_of("run", "--only", "evidence", "--no-files", "kursk-2024")
    assert "scipy" in loaded, "what is loaded is seen"
    assert not loaded & COMPILERS


@pytest.mark.parametrize("command", ["run --only evidence", "run", "run --only claims", "fit", "run --only courses"])
def test_an_unknown_source_is_refused(command, disputed, detente):
    done = detente(*command.split(), disputed, "--without", "public chronology", "--without", "Marine institut")
    assert (done.code, done.out) == (2, "")
    assert (
        done.err
        == """\
2 problems in the options

--without
  expected a source that the scenario names
  got      'public chronology'
  hint     did you mean 'public chronologies'?

--without
  expected a source that the scenario names
  got      'Marine institut'
  hint     did you mean 'Marine institute'?
"""
    )


def test_a_quantity_without_sources_is_refused(disputed, detente):
    (disputed / "evidence.yaml").write_text(EVIDENCE.split("      - {source: Marine")[0] + "      []\n", "utf-8")
    done = detente("run", "--only", "evidence", "--no-files", disputed)
    assert (done.code, done.out) == (2, "")
    assert (
        done.err
        == """\
1 problem in the scenario

cod-war/evidence.yaml:7:7: quantities.catch.sources
  7 |       []
    |       ^
  expected at least one source
  got      'none'
"""
    )


def test_run_leaves_the_source_out_and_pools(disputed, detente, tmp_path):
    out = tmp_path / "out"
    done = detente("run", disputed, "--no-fit", "--without", "Marine institute", "--out", out, *TINY)
    assert done.code == 0
    assert "without Marine institute: 1 report left out\n" in done.err
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    about = results["quantities"]["catch"]
    assert [report["source"] for report in about["reports"]] == ["public chronologies"]
    assert (
        about["pooled"]
        == json.loads(
            detente(
                "run",
                "--only",
                "evidence",
                "--no-files",
                disputed,
                "--without",
                "Marine institute",
                "--json",
                "--quiet",
            ).out
        )["quantities"]["catch"]["pooled"]
    )
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "One source only: nothing checks it" in page
