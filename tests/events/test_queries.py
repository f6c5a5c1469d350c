"""The same queries on DuckDB, SQLite and Polars give the same answers."""

from __future__ import annotations

import ibis
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detente.events.cells import Report
from detente.events.queries import QUERIES
from detente.events.store.store import Store
from tests.events.made import EXAMPLES, write

# Ibis 12 calls what DuckDB 2 and pandas 3 name old
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
]


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("queries")
    days = [
        {"date_start": f"2020-0{m}-0{d}", "date_end": "2020-09-01", "id": f"{m}{d}"} for m in (1, 2) for d in (1, 5)
    ]
    acts = [{"globaleventid": str(i), "actor1countrycode": who} for i, who in enumerate(("ARD", "ARD", "COR", ""))]
    paths = [write(folder, id) for id in EXAMPLES if id not in ("ged", "gdelt2", "escalaition")]
    with Store(folder / "s.duckdb") as store:
        store.add([*paths, write(folder, "ged", *days), write(folder, "gdelt2", *acts)], Report())
        events = store.events()
    duck = ibis.duckdb.connect(folder / "s.duckdb", read_only=True)
    lite = ibis.sqlite.connect(":memory:")
    lite.create_table("events", ibis.memtable(events))
    yield {"duckdb": duck, "sqlite": lite, "polars": ibis.polars.connect({"events": events})}
    duck.disconnect()
    lite.disconnect()


@pytest.mark.parametrize("name", QUERIES)
def test_every_engine_answers_alike(name, engines):
    answers = {engine: QUERIES[name](backend.table("events")).to_polars() for engine, backend in engines.items()}
    expected = answers["duckdb"]
    assert expected.height > 1
    for answer in answers.values():
        assert_frame_equal(answer.cast(expected.schema), expected)  # type: ignore[arg-type]


def test_what_the_pairs_say(engines):
    pairs = QUERIES["pairs"](engines["duckdb"].table("events")).to_polars()
    first = pairs.filter(pl.col("actor_state") == "ARD").row(0, named=True)
    assert first == {"actor_state": "ARD", "target_state": "BEL", "events": 4, "mean_rung": 1.75, "rung": 7.0}
