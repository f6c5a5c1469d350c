"""The store: whole batches, the same content whatever happened on the way, and nothing twice."""

from __future__ import annotations

import itertools
import random
import signal
import subprocess
import sys
import time
import zipfile

import duckdb
import polars as pl
import pytest

from detente.errors import InputError
from detente.events.cells import Report
from detente.events.coding import read_coding
from detente.events.loading import LATER, OTHERWISE, REVISED, SHARED, TWICE, UNLIKE, load_all
from detente.events.store.store import Store
from detente.language.load import load
from tests.cli.conftest import COD_WAR
from tests.events.made import EXAMPLES, text, write

SMALL = 20_000  # bytes of a block here: several blocks from small files


def gdelt(path, rows, first=0):
    """A GDELT file of many rows, each another."""
    provider, row = EXAMPLES["gdelt2"]
    days = (f"2020{month:02d}{day:02d}" for month in range(1, 13) for day in range(1, 29))
    dates = list(days)
    made = [{**row, "globaleventid": str(first + i), "day": dates[i % len(dates)]} for i in range(rows)]
    path.write_text(text(provider, made), "utf-8")
    return path


def content(store):
    """Everything about events, in order, without what only says when it was written."""
    events = store.events()
    batches = store.connection.sql("SELECT file, block, key, events FROM batches ORDER BY file, block").fetchall()
    return events, batches


def whole(store):
    """Whether every batch holds the events that it says, and no event is without one."""
    counted = "SELECT batch, count(*) FROM events GROUP BY batch ORDER BY batch"
    said = "SELECT id, events FROM batches WHERE events > 0 ORDER BY id"
    return store.connection.sql(counted).fetchall() == store.connection.sql(said).fetchall()


def test_what_goes_in_comes_out(tmp_path):
    paths = [write(tmp_path, id, name=f"{id}.csv") for id in EXAMPLES]
    report = Report()
    with Store(tmp_path / "s.duckdb") as store:
        store.add(paths, report)
        assert whole(store)
        kept = store.events()
    expected = load_all(paths)[0].sort("date", "provider", "id")
    assert kept.equals(expected)
    assert report.events == kept.height == len(EXAMPLES) + 1
    with Store(tmp_path / "s.duckdb", read_only=True) as store:
        pieces = list(store.stream("scheme <> ?", ["icb-response"], rows=4))
        assert len(pieces) > 1 and pl.concat(pieces).height == len(EXAMPLES)
        assert store.events("provider = ?", ["ged"]).equals(expected.filter(provider="ged"))
        assert [row["provider"] for row in store.providers()] == sorted(EXAMPLES)


def test_adding_again_changes_nothing_and_a_changed_file_is_replaced(tmp_path):
    path = gdelt(tmp_path / "a.csv", 300)
    with Store(tmp_path / "s.duckdb") as store:
        store.add([path], Report(), size=SMALL)
        before, again = content(store), Report()
        store.add([path], again, size=SMALL)
        assert content(store)[0].equals(before[0]) and content(store)[1] == before[1]
        assert again.remarks["blocks held already"] == len(before[1]) > 2
        gdelt(path, 450)  # it grew
        store.add([path], Report(), size=SMALL)
        assert whole(store) and store.counts()["events"] == 450
        gdelt(path, 100)  # it shrank
        store.add([path], Report(), size=SMALL)
        assert whole(store) and store.events()["id"].n_unique() == store.counts()["events"] == 100


def test_the_same_file_under_another_name_is_not_counted_twice(tmp_path):
    report = Report()
    with Store(tmp_path / "s.duckdb") as store:
        store.add([gdelt(tmp_path / "a.csv", 10), gdelt(tmp_path / "b.csv", 10)], report)
        assert store.counts()["events"] == 10
    assert report.remarks == {"blocks held already, from a.csv": 1}


def releases(folder):
    """Three releases of UCDP that overlap; of event 2 the consolidated one has the newest version."""
    write(folder, "ged", {"id": "1"}, {"id": "2"}, {"id": "3", "best": "4"}, name="GEDEvent_v26_0_6.csv")
    write(folder, "ged", {"id": "1"}, {"id": "2", "best": "5"}, name="GEDEvent_v26_01_26_06.csv")
    write(folder, "ged", {"id": "2", "best": "6"}, {"id": "4"}, name="GEDEvent_v26_0_1.csv")
    return sorted(folder.glob("GED*.csv"))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_of_releases_that_overlap_the_newest_is_kept_in_whatever_order(order, tmp_path):
    files, report = releases(tmp_path), Report()
    with Store(tmp_path / "s.duckdb") as store:
        store.add([files[n] for n in order], report)
        assert whole(store)
        kept = store.events()
        assert kept.select("id", "magnitude").rows() == [("1", 3), ("2", 5), ("3", 4), ("4", 3)]
        assert report.remarks[SHARED] == 3 and report.remarks[REVISED] >= 2
        store.add([tmp_path], Report())
        assert whole(store) and store.events().equals(kept)
        files[0].write_text(files[0].read_text("utf-8").replace("5,7,1", "2,7,1"), "utf-8")  # the newest is mended
        store.add(files, Report())
        assert store.events().filter(id="2")["magnitude"].to_list() == [2]
        assert kept.height == store.counts()["events"] == 4


def test_events_that_a_newer_file_loses_come_back_from_an_older_one(tmp_path):
    files = releases(tmp_path)
    with Store(tmp_path / "s.duckdb") as store:
        store.add(files, Report())
        write(tmp_path, "ged", {"id": "1"}, name="GEDEvent_v26_01_26_06.csv")
        store.add(files, Report())
        assert whole(store) and store.events().filter(id="2")["magnitude"].to_list() == [3]


def test_a_later_download_of_acled_replaces_events_by_id(tmp_path):
    old = write(tmp_path, "acled", {}, {"event_id_cnty": "ARD2"}, name="b.csv")
    new = write(tmp_path, "acled", {"fatalities": "9"}, name="a.csv")
    with Store(tmp_path / "s.duckdb") as store:
        store.add([old], Report())
        store.add([new], report := Report())
        assert whole(store) and store.events().select("id", "magnitude").rows() == [("ARD1", 9), ("ARD2", 4)]
        assert report.remarks == {SHARED: 1, OTHERWISE.format("a.csv"): 1}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("size", [600, 1_000_000])
def test_of_acled_the_version_with_the_latest_timestamp_is_kept_in_whatever_order(order, size, tmp_path):
    """In three files, and twice in one of them; all of it in any order, again, and in blocks of one row."""
    changes = (("5", "20"), ("1", "10")), (("9", "30"), ("7", "25")), (("2", "15"),)
    files = [
        write(
            tmp_path,
            "acled",
            *({"fatalities": n, "timestamp": t} for n, t in rows),
            {"event_id_cnty": f"B{i}"},
            name=f"{i}.csv",
        )
        for i, rows in enumerate(changes)
    ]
    expected = [("ARD1", 9), ("B0", 4), ("B1", 4), ("B2", 4)]
    made, report = load_all([files[n] for n in order])
    assert made.select("id", "magnitude").sort("id").rows() == expected
    assert (report.remarks[LATER], report.remarks[TWICE], report.remarks[SHARED]) == (4, 1, 3)
    with Store(tmp_path / "s.duckdb") as store:
        for n in (*order, *order):
            store.add([files[n]], report := Report(), size=size)
            assert whole(store)
        assert store.events().select("id", "magnitude").sort("id").rows() == expected
        assert store.events().filter(id="ARD1")["revised"].to_list() == [30]


def test_adding_downloads_of_acled_again_changes_nothing(tmp_path):
    old = write(tmp_path, "acled", {}, {"event_id_cnty": "ARD2"}, name="january.csv")
    new = write(tmp_path, "acled", {"fatalities": "9"}, {"event_id_cnty": "ARD3"}, name="february.csv")
    copy = tmp_path / "copy of january.csv"
    copy.write_bytes(old.read_bytes())
    expected = [("ARD1", 9), ("ARD2", 4), ("ARD3", 4)]
    with Store(tmp_path / "s.duckdb") as store:
        for files in ([old, new], [old, new], [new, old], [old], [copy], [old, new, copy]):
            store.add(files, Report())
            assert whole(store) and store.events().select("id", "magnitude").sort("id").rows() == expected
        write(tmp_path, "acled", {"fatalities": "5"}, {"event_id_cnty": "ARD2"}, name="january.csv")  # a new download
        store.add([old], Report())
        assert whole(store) and store.events().filter(id="ARD1")["magnitude"].to_list() == [5]


def test_releases_that_no_name_tells_are_held_as_they_were(tmp_path):
    files = [
        write(tmp_path, "ged", {"id": "1", "best": best}, {"id": own}, name=f"{own}.csv")
        for best, own in (("2", "7"), ("5", "8"))
    ]
    with Store(tmp_path / "s.duckdb") as store:
        for _ in range(3):
            store.add(files, Report())
            assert store.events().select("id", "magnitude").sort("id").rows() == [("1", 5), ("7", 3), ("8", 3)]


def test_events_that_a_changed_file_lost_are_told_with_the_files_that_may_have_them(tmp_path):
    old = write(tmp_path, "ged", {"id": "1"}, {"id": "2"}, name="GEDEvent_v26_0_3.csv")
    new = write(tmp_path, "ged", {"id": "2"}, {"id": "3"}, name="GEDEvent_v26_0_4.csv")
    with Store(tmp_path / "s.duckdb") as store:
        store.add([old, new], Report())
        write(tmp_path, "ged", {"id": "3"}, name=new.name)
        store.add([new], report := Report())
        text = "events that GEDEvent_v26_0_4.csv no longer has: if GEDEvent_v26_0_3.csv has them, add it again"
        assert report.remarks == {text: 1} and set(store.events()["id"]) == {"1", "3"}
        store.add([old], report := Report())
        assert not report.remarks and set(store.events()["id"]) == {"1", "2", "3"} and whole(store)
        write(tmp_path, "ged", {"id": "2"}, {"id": "3"}, name=new.name)
        store.add([old, new], Report())
        write(tmp_path, "ged", {"id": "3"}, name=new.name)
        store.add([old, new], report := Report())  # at once: the older is read after the newer
        assert set(store.events()["id"]) == {"1", "2", "3"} and not any("add it" in text for text in report.remarks)


def test_the_report_counts_the_events_that_a_store_keeps(tmp_path):
    files = releases(tmp_path)
    for order in (files, files[::-1]):
        with Store(tmp_path / f"{order[0].stem}.duckdb") as store:
            store.add(order, report := Report())
            assert report.events == store.counts()["events"] == 4
    acled = [
        write(tmp_path, "acled", {"fatalities": deaths}, {"event_id_cnty": own}, name=f"{own}.csv")
        for deaths, own in (("1", "ARD2"), ("2", "ARD3"))
    ]
    with Store(tmp_path / "acled.duckdb") as store:
        store.add(acled, report := Report())
        assert report.events == store.counts()["events"] == 3


def test_ids_that_stand_twice_in_a_file_are_told_apart_from_those_of_other_files(tmp_path):
    path = write(tmp_path, "ged", {"id": "1"}, {"id": "2"}, {"id": "1", "best": "5"})
    for size in (700, 1_000_000):  # in two blocks, and in one
        with Store(tmp_path / f"{size}.duckdb") as store:
            store.add([path], report := Report(), size=size)
            assert store.events().select("id", "magnitude").rows() == [("1", 3), ("2", 3)]
            assert report.remarks == {TWICE: 1, UNLIKE: 1} and report.events == 2


def test_the_release_of_a_member_of_a_zip_is_the_same_before_and_in_the_store(tmp_path):
    row = EXAMPLES["ged"]
    for name, best in (("ged241-csv.zip", "2"), ("ged251-csv.zip", "5")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("data/events.csv", text(row[0], [{**row[1], "best": best}]))
    with Store(tmp_path / "s.duckdb") as store:
        for name in ("ged251-csv.zip", "ged241-csv.zip"):
            store.add([tmp_path / name], report := Report())
        assert store.events()["magnitude"].to_list() == [5]
        assert report.remarks == {SHARED: 1, REVISED: 1}


def test_what_repeats_in_another_block_stays_right_when_that_block_changes(tmp_path):
    path = gdelt(tmp_path / "a.csv", 60)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    size = len("".join(lines[:30])) + 5
    path.write_text("".join([*lines, lines[3]]), "utf-8")
    with Store(tmp_path / "s.duckdb") as store:
        store.add([path], report := Report(), size=size)
        assert whole(store) and store.counts()["events"] == 60
        assert report.remarks == {"rows that repeat another of their file, counted once": 1}
        other = f"X{lines[3][1:]}"  # another event, as long: the later blocks have the same bytes
        path.write_text("".join([*lines[:3], other, *lines[4:], lines[3]]), "utf-8")
        store.add([path], Report(), size=size)
        assert whole(store) and store.counts()["events"] == 61


def test_a_block_that_moved_within_its_file_is_read_again(tmp_path):
    path = tmp_path / "a.csv"
    one, two, three = (gdelt(path, 50, first).read_text("utf-8") for first in (1_000, 2_000, 3_000))
    path.write_text(one + two, "utf-8")
    with Store(tmp_path / "s.duckdb") as store:
        store.add([path], Report(), size=len(one))
        path.write_text(two + three, "utf-8")
        store.add([path], Report(), size=len(one))
        assert whole(store) and store.events().equals(load_all([path])[0].sort("date", "provider", "id"))


def test_a_version_that_moves_to_an_earlier_block_is_not_lost(tmp_path):
    """Nor one that stands twice: of it the version that was changed last is kept."""
    provider, row = EXAMPLES["acled"]

    def acled(*rows):
        made = [{**row, "event_id_cnty": f"ARD{id}", "timestamp": str(at)} for id, at in rows]
        path.write_text(text(provider, made), "utf-8")

    path = tmp_path / "a.csv"
    acled((10, 1), (11, 1), (12, 5), (13, 1))
    size = path.stat().st_size // 3
    with Store(tmp_path / "s.duckdb") as store:
        for rows in (((12, 1), (13, 1), (14, 1), (12, 5)), ((12, 1), (13, 1)), ((13, 2), (15, 1), (12, 2), (13, 1))):
            acled(*rows)
            store.add([path], report := Report(), size=size)
            assert whole(store)
            assert store.events().sort("id").equals(load_all([path])[0].sort("id")), report


def test_another_coding_table_replaces_the_events(tmp_path):
    path, own = write(tmp_path, "ged"), tmp_path / "own.csv"
    own.write_text("scheme,code,action,rung,why\nucdp-violence,1,War,9,mine\n", "utf-8")
    with Store(tmp_path / "s.duckdb") as store:
        store.add([path], Report())
        store.add([path], Report(), coding=read_coding([own]))
        assert store.events()["rung"].to_list() == [9]


def test_a_misfit_stops_the_writing_and_is_counted_to_the_end(tmp_path):
    path = gdelt(tmp_path / "a.csv", 300)
    lines = path.read_text("utf-8").split("\n")
    for at in (150, 299):
        lines[at] = lines[at].replace("\t0251\t", "\tX\t")
    path.write_text("\n".join(lines), "utf-8")
    with Store(tmp_path / "s.duckdb") as store:
        with pytest.raises(InputError, match="a code of cameo"):
            store.add([path], report := Report(), size=SMALL)
        assert sum(m.count for m in report.misfits.values()) == 2
        assert whole(store) and 0 < store.counts()["events"] < 151
        store.add([path], Report(), drop=True, size=SMALL)
        assert whole(store) and store.counts()["events"] == 298


def test_ledgers_runs_and_forecasts_are_kept_once(tmp_path):
    scenario = load(COD_WAR)
    run = {"scenario": "cod-war", "scenario_sha256": "x", "seed": 1, "claims": {}}
    record = {"scenario": "cod-war", "at": "1975-12-01", "sha256": "y", "issued": "1975-12-02"}
    with Store(tmp_path / "s.duckdb") as store:
        for _ in range(2):
            assert store.keep_ledger(scenario) == len(scenario.ledger)
            store.keep_run(run)
            store.keep_forecast(record)
        counts = store.counts()
        assert (counts["ledgers"], counts["runs"], counts["forecasts"]) == (len(scenario.ledger), 1, 1)
        assert store.ledgers()[0]["scenario"] == "cod-war"


def test_what_is_no_store_is_refused(tmp_path):
    (tmp_path / "text.duckdb").write_text("not a database at all\n" * 500, "utf-8")
    with pytest.raises(InputError, match="a DuckDB file that can be opened"):
        Store(tmp_path / "text.duckdb")
    with duckdb.connect(str(tmp_path / "other.duckdb")) as other:
        other.execute("CREATE TABLE mine (x INT)")
    with pytest.raises(InputError, match="a store made by Détente\n  got      'tables mine'"):
        Store(tmp_path / "other.duckdb")
    with pytest.raises(InputError, match="no such file"):
        Store(tmp_path / "none.duckdb", read_only=True)
    assert not (tmp_path / "none.duckdb").exists()


@pytest.mark.parametrize("made", ["CREATE TABLE detente AS SELECT 1 AS schema", "CREATE TABLE detente (x INT)"])
def test_a_file_without_the_tables_of_a_store_is_refused(made, tmp_path):
    with duckdb.connect(str(tmp_path / "half.duckdb")) as other:
        other.execute(made)
    with pytest.raises(InputError, match="a store of schema 2 with batches, events, ledgers, runs, forecasts"):
        Store(tmp_path / "half.duckdb", read_only=True)


FULL = """
import resource, signal, sys
from pathlib import Path
from detente.events.cells import Report
from detente.events.store.store import Store
with Store(Path(sys.argv[1])) as store:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    store.add([Path(sys.argv[2])], Report())
"""


def test_a_full_disk_is_said_so_and_keeps_what_was_there(tmp_path):
    small, large = gdelt(tmp_path / "a.csv", 10), gdelt(tmp_path / "b.csv", 10_000, first=10)
    with Store(tmp_path / "s.duckdb") as store:
        store.add([small], Report())
    arguments = [sys.executable, "-c", FULL, str(tmp_path / "s.duckdb"), str(large)]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert "detente.errors.InputError: 1 problem in the store" in done.stderr
    assert "expected room to read and write" in done.stderr
    with Store(tmp_path / "s.duckdb") as store:
        assert whole(store) and store.counts()["events"] == 10


CHILD = """
import sys
from pathlib import Path
from detente.events.cells import Report
from detente.events.store.store import Store
with Store(Path(sys.argv[1])) as store:
    print("ready", flush=True)
    store.add([Path(sys.argv[2])], Report(), size=int(sys.argv[3]))
print("done", flush=True)
"""


def killed_writes(tmp_path, times, seed=1):
    """Kill writers at random moments, check the store after each; the last run ends by itself."""
    path, store_path, chance = gdelt(tmp_path / "a.csv", 4_000), tmp_path / "s.duckdb", random.Random(seed)
    arguments = [sys.executable, "-c", CHILD, str(store_path), str(path), str(SMALL)]
    with Store(tmp_path / "whole.duckdb") as store:
        began = time.monotonic()
        store.add([path], Report(), size=SMALL)
        took, expected = time.monotonic() - began, content(store)
    caught = 0
    for _ in range(times):
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout and child.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0, took / 3))
            child.send_signal(signal.SIGKILL)
            caught += "done" not in child.stdout.read()
        with Store(store_path) as store:
            assert whole(store)
            if caught and caught % 5 == 0:  # else all is written before the last kill, and nothing left to interrupt
                store.connection.execute("DELETE FROM events WHERE batch > 3")
                store.connection.execute("DELETE FROM batches WHERE id > 3")
    assert caught > times / 2
    subprocess.run(arguments, check=True, capture_output=True)
    with Store(store_path) as store:
        events, batches = content(store)
    assert events.equals(expected[0]) and batches == expected[1]


def test_a_killed_writer_leaves_whole_batches(tmp_path):
    killed_writes(tmp_path, 3)


@pytest.mark.slow
def test_fifty_killed_writers_leave_whole_batches(tmp_path):
    killed_writes(tmp_path, 50)


def test_a_store_open_elsewhere_is_said_so(tmp_path):
    path = gdelt(tmp_path / "a.csv", 10)
    with Store(tmp_path / "s.duckdb"):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(tmp_path / "s.duckdb"), str(path), "1000"], capture_output=True, text=True
        )
    assert "another process has it open: wait for it to end" in done.stderr


def test_events_of_no_rows_are_a_table(tmp_path):
    with Store(tmp_path / "s.duckdb") as store:
        assert store.events().height == 0 and isinstance(store.events(), pl.DataFrame)
