"""Export and import: the same store again, to the last bit, in both formats."""

from __future__ import annotations

import json
import math

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.errors import InputError
from detente.events import table as events
from detente.events.cells import Report
from detente.events.store.files import FORMATS, export, import_
from detente.events.store.store import TABLES, Store
from detente.language.load import load
from tests.cli.conftest import COD_WAR
from tests.events.made import EXAMPLES, write


def tables(store):
    return {name: store.connection.sql(f"SELECT * FROM {name} ORDER BY rowid").fetchall() for name in TABLES}


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "s.duckdb") as opened:
        opened.add([write(tmp_path, id) for id in EXAMPLES], Report())
        opened.keep_ledger(load(COD_WAR))
        opened.keep_run({"scenario": "x", "scenario_sha256": "y", "claims": {}, "text": 'a "quote",\nand é'})
        opened.keep_forecast({"scenario": "x", "at": "2020-01-01", "sha256": "z"})
        yield opened


@pytest.mark.parametrize("form", FORMATS)
def test_a_store_comes_back_whole(form, store, tmp_path):
    assert export(store, tmp_path / "out", form) == store.counts()
    with Store(tmp_path / "t.duckdb") as other:
        assert import_(other, tmp_path / "out") == store.counts()
        assert tables(other) == tables(store)
        export(other, tmp_path / "again", form)
    assert (tmp_path / "again/manifest.json").read_text() == (tmp_path / "out/manifest.json").read_text()


TEXT = st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
TEXT |= st.sampled_from(["", "NULL", '"', '""', "a,b", "a\nb", "a\r\nb", "\\N", " x ", "'"])


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(TEXT, st.none() | st.floats(allow_nan=False), TEXT), min_size=1, max_size=40),
    data=st.data(),
)
def test_any_text_and_any_number_survive(rows, data, tmp_path_factory):
    form = data.draw(st.sampled_from(FORMATS))
    folder = tmp_path_factory.mktemp("any")
    with Store(folder / "s.duckdb") as store, Store(folder / "t.duckdb") as other:
        blank = {c.name: {"text": "x", "date": "2020-01-01", "flag": True}.get(c.kind) for c in events.COLUMNS}
        made = [[*(blank | {"actor": a, "magnitude": m, "url": u}).values(), 1] for a, m, u in rows]
        store.connection.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(made[0]))})", made)
        export(store, folder / "out", form)
        import_(other, folder / "out")
        kept = other.connection.sql("SELECT actor, magnitude, url FROM events ORDER BY rowid").fetchall()
    assert kept == rows
    assert [math.copysign(1, m) for _, m, _ in kept if m is not None] == [
        math.copysign(1, m) for _, m, _ in rows if m is not None
    ]


def test_a_damaged_export_is_refused_and_nothing_is_imported(store, tmp_path):
    export(store, tmp_path / "out", "csv")
    path = tmp_path / "out/events.csv"
    path.write_text(path.read_text("utf-8") + "x\n", "utf-8")
    (tmp_path / "out/runs.csv").unlink()
    with Store(tmp_path / "t.duckdb") as other:
        with pytest.raises(InputError) as caught:
            import_(other, tmp_path / "out")
        assert [problem.got for problem in caught.value.problems] == ["another content", "no such file"]
        assert not any(other.counts().values())


def test_nothing_is_overwritten(store, tmp_path):
    export(store, tmp_path / "out")
    with pytest.raises(InputError, match="nothing is overwritten"):
        export(store, tmp_path / "out")
    with pytest.raises(InputError, match="an empty store to import into"):
        import_(store, tmp_path / "out")
    with pytest.raises(InputError, match="parquet or csv"):
        export(store, tmp_path / "new", "xml")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", json.dumps({"detente": "store", "schema": 9, "format": "csv", "tables": {}})]
)
def test_a_manifest_that_is_none(text, tmp_path):
    (tmp_path / "manifest.json").write_text(text, "utf-8")
    with Store(tmp_path / "t.duckdb") as other, pytest.raises(InputError, match=r"an exported store|the manifest"):
        import_(other, tmp_path)


def test_files_outside_the_folder_are_never_read(store, tmp_path):
    export(store, tmp_path / "out")
    (tmp_path / "events.parquet").write_bytes(b"another")
    manifest = json.loads((tmp_path / "out/manifest.json").read_text("utf-8"))
    manifest["tables"]["events"]["file"] = "../events.parquet"
    (tmp_path / "out/manifest.json").write_text(json.dumps(manifest), "utf-8")
    with Store(tmp_path / "t.duckdb") as other:
        assert import_(other, tmp_path / "out") == store.counts()


def test_parquet_is_read_by_others(store, tmp_path):
    export(store, tmp_path / "out")
    frame = pl.read_parquet(tmp_path / "out/events.parquet").drop("batch")
    assert dict(frame.schema) == events.schema()
