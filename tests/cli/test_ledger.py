"""`detente ledger`: from a file of events to rows that can be pasted; never a change of the ledger."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from detente import load
from tests.cli.conftest import COD_WAR
from tests.events.made import write

RULES = """\
actors: {UK: [GBR], IS: [ISL]}
rules:
  - {actor: UK, target: IS, scheme: cameo, codes: ["193"], track: TRACK, move: MOVE, why: shots}
"""


@pytest.fixture
def war(tmp_path):
    """The cod war with rules for its first British track, and a file of three events."""
    folder = tmp_path / "cod-war"
    shutil.copytree(COD_WAR, folder)
    scenario = load(folder)
    track = next(track for track in scenario.tracks if track.startswith("UK."))
    move = next(iter(scenario.tracks[track].moves))
    (folder / "coding.yaml").write_text(RULES.replace("TRACK", track).replace("MOVE", move), "utf-8")
    free = {scenario.clock.step_of(row.date) for row in scenario.ledger if row.track == track}
    step = next(k for k in range(scenario.clock.now_step) if k not in free)
    day = scenario.clock.date_of(step)
    act = {"actor1countrycode": "GBR", "actor2countrycode": "ISL", "eventcode": "193", "day": f"{day:%Y%m%d}"}
    events = write(
        tmp_path, "gdelt2", act, {**act, "globaleventid": "2"}, {**act, "globaleventid": "3", "eventcode": "040"}
    )
    return folder, events, (str(day), track, move)


def test_build_shows_writes_and_changes_nothing(war, detente, tmp_path):
    folder, events, row = war
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    out = tmp_path / "new" / "rows.csv"
    done = detente("ledger", "build", folder, "--from", events, "--out", out)
    assert done.code == 0
    assert "Proposed rows (1)" in done.out and "no rule takes the act" in done.out
    assert (
        done.err == f"3 rows read, 3 events: gdelt2 (1 file)\n\nwrote {out} and {out.with_name('rows-sources.csv')}\n"
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    (made,) = csv.DictReader(out.read_text("utf-8").splitlines())
    assert (made["date"], made["track"], made["move"]) == row
    assert made["note"] == "Proposed by rule 1 from 2 events (gdelt2 2)"
    again = detente("ledger", "build", folder, "--from", events, "--out", out)
    assert (again.code, "nothing is overwritten" in again.err) == (2, True)


def test_build_says_what_the_files_cover(war, detente, tmp_path):
    folder, events, (day, *_) = war
    late = write(tmp_path, "ged", name="late.csv")
    done = detente("ledger", "build", folder, "--from", events, late)
    lines = done.out.split("What the files cover\n")[1].splitlines()
    assert [line.split()[:3] for line in lines[2:4]] == [["late.csv", *["2020-01-02"] * 2], ["gdelt2.csv", day, day]]
    assert "outside the record" in lines[2] and "outside" not in lines[3]
    done = detente("ledger", "build", folder, "--from", events, late, "--json")
    assert json.loads(done.out)["covers"][1] == {"file": "gdelt2.csv", "first": day, "last": day}
    store = tmp_path / "s.duckdb"
    detente("store", "add", events, late, "--store", store)
    done = detente("ledger", "build", folder, "--from", store, "--json")
    assert [(row["file"], row["first"]) for row in json.loads(done.out)["covers"]] == [
        ("s.duckdb, gdelt2", day),
        ("s.duckdb, ged", "2020-01-02"),
    ]


def test_build_as_json_from_a_store_and_from_several_files(war, detente, tmp_path):
    folder, events, row = war
    store = tmp_path / "s.duckdb"
    assert detente("store", "add", events, folder, "--store", store).code == 0
    by_store = json.loads(detente("ledger", "build", folder, "--from", store, "--json").out)
    other = write(tmp_path, "ged", name="ged.csv")
    by_files = json.loads(detente("ledger", "build", folder, "--from", events, other, "--json").out)
    assert by_store["rows"] == by_files["rows"]
    assert [(r["date"], r["track"], r["move"]) for r in by_files["rows"]] == [row]
    assert by_files["events"] == by_store["events"] + 1 == 4


def test_build_refuses_a_data_set_from_a_store_and_from_elsewhere(war, detente, tmp_path):
    folder, events, _ = war
    store, second = tmp_path / "s.duckdb", tmp_path / "t.duckdb"
    for path in (store, second):
        assert detente("store", "add", events, "--store", path).code == 0
    for other in (events, second):
        done = detente("ledger", "build", folder, "--from", store, other)
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines()[2:] == [
            "--from",
            "  expected each data set from one store, or from files",
            f"  got      'gdelt2 in {store} and in {other}'",
            "  hint     add all of it to one store, by `detente store add`, which counts each event once",
        ]
    assert detente("ledger", "build", folder, "--from", store, "--from", store).code == 0
    assert detente("ledger", "build", folder, "--from", store, write(tmp_path, "ged")).code == 0


def test_build_counts_a_file_under_two_names_once(war, detente, tmp_path):
    folder, events, _ = war
    copy = events.with_name("copy.csv")
    copy.write_bytes(events.read_bytes())
    found = json.loads(detente("ledger", "build", folder, "--from", copy, events, "--json").out)
    assert found == json.loads(detente("ledger", "build", folder, "--from", events, "--json").out)


def test_build_refuses_what_does_not_fit_or_counts_it(war, detente, tmp_path):
    folder, _, _ = war
    bad = write(tmp_path, "gdelt2", {"eventcode": "---"}, {}, name="bad.csv")
    done = detente("ledger", "build", folder, "--from", bad)
    assert (done.code, done.out) == (2, "")
    assert "bad.csv:1:1: eventcode\n  expected a code of cameo in the coding table\n  got      '---'" in done.err
    done = detente("ledger", "build", folder, "--from", bad, "--drop")
    assert done.code == 0
    assert "eventcode: 1 rows are not a code of cameo in the coding table: --- 1 times" in done.err


def test_build_keeps_a_table_of_what_it_leaves_out(war, detente, tmp_path):
    folder, _, _ = war
    rows = [{"globaleventid": str(n), "eventcode": code} for n, code in enumerate(("193", "--", "193", "x", "x"))]
    bad, out = write(tmp_path, "gdelt2", *rows, name="bad.csv"), tmp_path / "rows.csv"
    bad.write_text(bad.read_text("utf-8") + "7\t20200102\n", "utf-8")
    done = detente("ledger", "build", folder, "--from", bad, "--drop", "--out", out, "--json")
    expected = ["61 fields by tabs", "a code of cameo in the coding table"]
    assert (tmp_path / "rows-left-out.csv").read_text("utf-8").splitlines() == [
        "file,first_line,column,expected,value,rows",
        f"bad.csv,6,row,{expected[0]},2 fields,1",
        f"bad.csv,4,eventcode,{expected[1]},x,2",
        f"bad.csv,2,eventcode,{expected[1]},--,1",
    ]
    assert [row["rows"] for row in json.loads(done.out)["left_out"]] == [1, 2, 1]


def test_the_bundled_rules_of_kursk_fit_their_scenario(detente, tmp_path):
    act = {"actor1countrycode": "RUS", "actor2countrycode": "UKR", "eventcode": "195", "numarticles": "400"}
    events = write(tmp_path, "gdelt2", {**act, "day": "20221010"}, {**act, "day": "20220330", "globaleventid": "2"})
    found = json.loads(detente("ledger", "build", "kursk-2024", "--from", events, "--json").out)
    assert len(found["rows"]) + len(found["in_ledger"]) + len(found["against_ledger"]) == 2


def test_a_panel_has_no_ledger_to_build(detente):
    done = detente("ledger", "build", COD_WAR.parent / "rivals", "--from", "x.csv")
    assert (done.code, "got      'a panel'" in done.err) == (2, True)


def test_check_as_text_and_as_json(detente):
    done = detente("ledger", "check", "kursk-2024")
    assert done.code == 0 and done.out.splitlines()[-1].startswith(f"{len(load('kursk-2024').ledger)} rows, ")
    found = json.loads(detente("ledger", "check", "kursk-2024", "--json").out)
    assert found["false_alarms"] == 0.01 and {f["kind"] for f in found["findings"]} >= {"same step"}
