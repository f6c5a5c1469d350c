"""`detente store`: add, look, export, import."""

from __future__ import annotations

import json

from detente.language.load import find
from tests.cli.conftest import COD_WAR
from tests.events.made import write


def test_a_store_from_files_to_files(detente, tmp_path):
    store, other = tmp_path / "s.duckdb", tmp_path / "t.duckdb"
    run = tmp_path / "results.json"
    run.write_text(json.dumps({"scenario": "x", "scenario_sha256": "y", "claims": {}, "seed": 3}), "utf-8")
    done = detente("store", "add", write(tmp_path, "ged"), COD_WAR, run, "--store", store)
    assert done.code == 0
    assert done.out.startswith("1 batches, 1 events, ") and done.out.endswith(" ledger rows, 1 runs, 0 forecasts\n")
    assert done.err.startswith("ledger of cod-war: ") and done.err.endswith("\n1 rows read, 1 events: ged (1 file)\n")
    info = detente("store", "info", "--store", store)
    assert info.out.splitlines()[1] == "ged: 1 events, 2020-01-02 to 2020-01-02; CC BY 4.0"
    assert detente("store", "export", tmp_path / "out", "--store", store, "--format", "csv").code == 0
    assert detente("store", "import", tmp_path / "out", "--store", other).code == 0
    assert (
        detente("store", "info", "--store", other, "--json").out
        == detente("store", "info", "--store", store, "--json").out
    )


def test_what_cannot_be_added_is_refused(detente, tmp_path):
    store = tmp_path / "s.duckdb"
    for name, content in {"a.json": "{}", "b.json": "{", "c.json": "[1]"}.items():
        (tmp_path / name).write_text(content, "utf-8")
        done = detente("store", "add", tmp_path / name, "--store", store)
        assert (done.code, "results.json, or a forecast record" in done.err) == (2, True)
    head = '{"scenario": "x", "scenario_sha256": "y", "claims": {}, '
    wrong = {
        head + '"v": NaN}': "NaN, which JSON does not have",
        head + '"v": "\\ud800"}': "U+D800, half a character",
        head + '"seed": "one"}': "scenario x, scenario_sha256 y, seed one",
        '{"scenario": null, "scenario_sha256": "y", "claims": {}}': "scenario None, scenario_sha256 y, seed None",
    }
    for content, got in wrong.items():
        (tmp_path / "run.json").write_text(content, "utf-8")
        done = detente("store", "add", tmp_path / "run.json", "--store", store)
        assert (done.code, got in done.err) == (2, True)
    done = detente("store", "add", write(tmp_path, "ged"), "--store", store, "--provider", "ged", "--mapping", "x.yaml")
    assert "--provider or --mapping, not both" in done.err
    done = detente("store", "info", "--store", tmp_path / "none.duckdb")
    assert (done.code, "`detente store add` makes one" in done.err) == (2, True)


def test_a_mapping_and_a_table_of_ones_own(detente, tmp_path):
    (tmp_path / "m.yaml").write_text(
        "{provider: mine, licence: own, scheme: mine, columns: {id: n, date: day, code: kind}}", "utf-8"
    )
    (tmp_path / "c.csv").write_text("scheme,code,action,rung,why\nmine,x,X,2,test\n", "utf-8")
    (tmp_path / "d.csv").write_text("n,day,kind\n1,2020-01-02,x\n", "utf-8")
    options = ("--mapping", tmp_path / "m.yaml", "--coding", tmp_path / "c.csv", "--store", tmp_path / "s.duckdb")
    done = detente("store", "add", tmp_path / "d.csv", *options, "--json")
    assert json.loads(done.out)["added"]["events"] == 1


def test_a_ledger_made_from_data_is_made(detente, tmp_path, monkeypatch):
    monkeypatch.setenv("DETENTE_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    done = detente("store", "add", find("reprisals")[0], "--store", tmp_path / "s.duckdb")
    assert done.code == 2 and "ukraine/attacks_daily.csv" in done.err  # never a ledger of no rows in its place
