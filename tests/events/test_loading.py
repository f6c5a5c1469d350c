"""Files in every form that they are met in: whose they are, what of them counts, and what is refused."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import zipfile

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import InputError
from detente.events.cells import Report
from detente.events.loading import SHARED, Seen, load, load_all, parts, provider_of
from detente.events.sources import ged
from tests.events.made import EXAMPLES, columns, text, write

DAY = dt.date(2020, 1, 2)

# --- forms of files ---------------------------------------------------------------------------------------------------


def table(rows, names, separator=",", end="\n"):
    """A file of some columns in some order."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerow(names)
    writer.writerows([[row.get(name, "") for name in names] for row in rows])
    return out.getvalue()


def read(folder, name, content, **options):
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return load_all([folder / name], **options)


def refused(folder, name, content, **options):
    with pytest.raises(InputError) as caught:
        read(folder, name, content, **options)
    return "\n".join(map(str, caught.value.problems)).split("\n")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("id", [id for id in EXAMPLES if not id.startswith("gdelt")])
def test_columns_in_any_order_and_by_any_separator_are_the_same_events(id, separator, end, tmp_path):
    expected, _ = load_all([write(tmp_path, id)])
    provider, row = EXAMPLES[id]
    names = columns(provider, row)[::-1]
    made, report = read(tmp_path, "x.csv", "\ufeff" + table([row], names, separator, end))
    assert made.equals(expected) and report.files == {"x.csv": id}
    upper = table([{name.upper(): cell for name, cell in row.items()}], [name.upper() for name in names], separator)
    assert read(tmp_path, "x.csv", upper)[0].equals(expected)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        *(("State forces", "Ardonia"), ("State Forces", "Ardonia"), ("1", "Ardonia"), ("1.0", "Ardonia")),
        *(("External/Other forces", "Ardonia"), ("External/Other Forces", "Ardonia"), ("", "Ardonia")),
        *(("Rebel group", None), ("rebel groups", None), ("Political militia", None), ("Identity Militias", None)),
        *(("Rioters", None), ("Protesters", None), ("civilians", None), ("7", None)),
    ],
)
def test_acled_says_in_words_or_numbers_who_acts(word, state, tmp_path):
    made, _ = load_all([write(tmp_path, "acled", {"inter1": word})])
    assert made["actor_state"].to_list() == [state]


def test_a_choice_of_acleds_columns_is_read_and_what_is_absent_is_told(tmp_path):
    _, row = EXAMPLES["acled"]
    less = ("admin3", "timestamp", "assoc_actor_1", "assoc_actor_2", "notes", "tags", "year", "disorder_type", "iso")
    kept = [name for name in columns(*EXAMPLES["acled"]) if name not in less]
    made, report = read(tmp_path, "x.csv", table([row], kept))
    assert made.equals(load_all([write(tmp_path, "acled")])[0]) and not report.remarks
    made, report = read(
        tmp_path, "x.csv", table([row], ["fatalities", "event_type", "event_id_cnty", "actor1", "event_date"])
    )
    assert made.select("code", "magnitude", "place", "date").row(0) == ("Explosions/Remote violence", 4, None, DAY)
    assert report.remarks == {
        "events whose day is taken as exact: the file has no time_precision": 1,
        "rows without the columns time_precision, sub_event_type, inter1, actor2, inter2, country, location, latitude, "
        "longitude, source": 1,
    }


def test_an_event_at_sea_has_no_state_of_its_place(tmp_path):
    made, report = load_all([write(tmp_path, "acled", {"country": "Red Sea"})])
    assert made.select("place", "place_state").row(0) == ("A town", None)
    assert report.remarks == {"events at sea, which ACLED filed under a state before: no state of the place": 1}


@pytest.mark.parametrize("time", ["", " 00:00:00.000", "T00:00:00", "T00:00:00.000Z", "T23:59", " 00:00:00+00:00"])
def test_a_day_of_ucdp_with_a_time_of_any_spelling(time, tmp_path):
    made, _ = load_all([write(tmp_path, "ged", {"date_start": f"2020-01-02{time}", "date_end": f"2020-01-02{time}"})])
    assert made.select("date", "date_end").row(0) == (DAY, DAY)


@pytest.mark.parametrize("time", ["T24:00:00", "T00:60:00", "T", "T00", " 0:00:00", "T00:00:00X", "Z"])
def test_a_time_that_is_none_is_refused(time, tmp_path):
    with pytest.raises(InputError, match="a day, as YYYY-MM-DD with or without a time"):
        load_all([write(tmp_path, "ged", {"date_start": f"2020-01-02{time}"})])


def test_a_point_that_stands_for_a_country_is_no_place(tmp_path):
    made, report = load_all([write(tmp_path, "ged", {"where_prec": "6", "code_status": "Check dyad"}, {"id": "2"})])
    assert made.select("place", "latitude", "place_state", "magnitude").row(0) == (None, None, "Ardonia", 3)
    assert made["latitude"][1] == 50.5
    assert report.remarks == {
        "events placed no closer than a country: no place": 1,
        "events whose code_status is not Clear": 1,
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_ucdp_without_a_header_and_by_any_separator(separator, tmp_path):
    provider, row = EXAMPLES["ged"]
    made, _ = read(tmp_path, "x.csv", table([row], columns(provider, row), separator).split("\n", 1)[1])
    assert made.equals(load_all([write(tmp_path, "ged")])[0])


@pytest.mark.parametrize("id", ["gdelt1", "gdelt2"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_gdelt_with_a_header_as_bigquery_exports_it(id, separator, tmp_path):
    provider, row = EXAMPLES[id]
    expected, _ = load_all([write(tmp_path, id)])
    names = ["SQLDATE" if name == "day" else name.upper() for name in provider.columns]
    upper = {**{name.upper(): cell for name, cell in row.items()}, "SQLDATE": row["day"]}
    for order in (names, names[::-1]):
        made, report = read(tmp_path, "x.csv", table([upper], order, separator))
        assert made.equals(expected) and report.files == {"x.csv": id}
    made, _ = read(tmp_path, "x.csv", "\t".join(names) + "\n" + text(provider, [row]))  # tabs: no quotes
    assert made.equals(expected)


def test_a_choice_of_gdelts_columns(tmp_path):
    row = {"GLOBALEVENTID": "7", "SQLDATE": "20200102", "EventCode": "193", "Actor1CountryCode": "ARD"}
    made, report = read(tmp_path, "x.csv", table([row], list(row)))
    assert made.select("id", "date", "code", "actor_state", "provider").row(0) == ("7", DAY, "193", "ARD", "gdelt2")
    assert next(iter(report.remarks)).startswith("rows without the columns actor1code, actor2code, ")


@pytest.mark.parametrize("at", [0, 2])
def test_rows_of_another_width_are_left_out_and_counted(at, tmp_path):
    provider, row = EXAMPLES["gdelt2"]
    lines = text(provider, [{**row, "globaleventid": str(n)} for n in range(4)]).splitlines()
    lines[at] += "\textra"
    made, report = read(tmp_path, "x.csv", "\n".join(lines), drop=True)
    assert made["id"].to_list() == [str(n) for n in range(4) if n != at]
    assert (report.rows, report.events, report.dropped) == (4, 3, 1)
    message = refused(tmp_path, "x.csv", "\n".join(lines))
    assert (message[0], message[-2:]) == (
        f"x.csv:{at + 1}:1: row",
        ["  expected 61 fields by tabs", "  got      '62 fields'"],
    )


def test_rows_that_repeat_another_count_once_in_blocks_of_any_size(tmp_path):
    rows = [{"id": id} for id in "123123411"]
    path = write(tmp_path, "ged", *rows)
    for size in (300, 700, 1_000_000):
        report = Report()
        made = pl.concat([batch.events for batch in load(parts([path]), report, size=size)])
        assert made["id"].to_list() == ["1", "2", "3", "4"]
        assert (report.rows, report.events) == (9, 4)
        assert report.remarks == {"rows that repeat another of their file, counted once": 5}


@given(st.lists(st.lists(st.integers(0, 12)), max_size=6))
def test_hashes_seen_before_are_known_in_any_order(blocks):
    seen, before = Seen(block=np.int64), {}
    for number, block in enumerate(blocks):
        expected = [mark in before or mark in block[:i] for i, mark in enumerate(block)]
        hashes = np.array(block, np.uint64)
        assert seen.again(hashes, block=np.full(len(block), number)).tolist() == expected
        before = {**dict.fromkeys(block, number), **before}
        assert seen.hashes.tolist() == sorted(before)
        assert seen.beside("block", hashes).tolist() == [before[mark] for mark in block]


@pytest.mark.parametrize(("id", "size"), [("gdelt2", "goldsteinscale"), ("polecat", "Event Intensity")])
def test_of_an_event_in_two_files_the_one_named_later_stands(id, size, tmp_path):
    """Where neither a name nor a row says which is the newer."""
    first = write(tmp_path, id, {size: "-5"}, {size: "-6"}, name="b.csv")
    later = write(tmp_path, id, {size: "-7"}, name="a.csv")
    made, report = load_all([first, later])
    assert made["magnitude"].to_list() == [-7] and report.events == 1
    told = "events that another file has otherwise than a.csv, which stands: no name tells, and it was named later"
    assert report.remarks == {SHARED: 2, told: 2}
    assert load_all([later, first])[0]["magnitude"].to_list() == [-5]


# --- what is refused in three lines -----------------------------------------------------------------------------------

ANOTHER = "  expected a data set that docs/data.md lists, or --mapping FILE, which says what the columns are"
SHORT = ["event_date", "event_type", "actor1", "fatalities"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a;b\n1;2\n", [ANOTHER, "  got      '2 fields by semicolons: a, b'"]),
        ("", ["  expected a table of a known data set", "  got      'an empty file'"]),
        (
            table([], SHORT, ";"),
            [
                "  expected the column event_id_cnty of acled too",
                f"  got      '4 fields by semicolons: {', '.join(SHORT)}'",
            ],
        ),
        (
            table([], [*SHORT, "event_id_cnty", "Fatalities "]),
            ["  expected each column once", "  got      'fatalities twice'"],
        ),
        (table([], [*SHORT, "event_id_cnty"]), ["  expected rows below the header", "  got      'none'"]),
        (
            table([], [*SHORT, "event_id_cnty"]).replace("actor1", '"actor1" '),
            [
                "  expected a header with quotation marks around whole cells or none",
                "  got      '5 fields by commas: event_date, event_type, actor1 , fatalities, event_id_cnty'",
            ],
        ),
        (
            table([], [*SHORT, "event_id_cnty", "é"]).encode("latin-1"),
            [
                "  expected a header in UTF-8",
                "  got      'bytes of another encoding: event_date,event_type,actor1,fatalities,event_id_cnty,\ufffd'",
            ],
        ),
        (
            "sep=;\nevent_date;event_type\n",
            ["  expected a header in the first line", "  got      'sep=;, a line for Excel alone: remove it'"],
        ),
        *(
            (begins, ["  expected delimited text in UTF-8, such as CSV", f"  got      '{what}'", *hint])
            for begins, what, *hint in (
                (b"PK\x03\x04", "an Excel workbook or another .zip", "  hint     save it as CSV in UTF-8"),
                ("a,b\n".encode("utf-16"), "text in UTF-16", "  hint     save it as CSV in UTF-8"),
                (gzip.compress(b"a"), "compressed data (.gz)"),
                (b"<html>", "HTML or XML"),
                (b'{"status": 401}', "JSON"),
            )
        ),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_few_lines(content, expected, tmp_path):
    assert refused(tmp_path, "x.csv", content) == ["x.csv", *expected]


def test_every_file_that_is_none_is_named_at_once(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("a;b\n1;2\n", "utf-8")
    write(tmp_path, "ged", name="c.csv")
    with pytest.raises(InputError) as caught:
        load_all(sorted(tmp_path.iterdir()))
    assert [problem.field for problem in caught.value.problems] == ["a.csv", "b.csv"]


def test_what_is_of_no_data_set_in_a_folder_or_an_archive_is_told_once(tmp_path):
    """Of a folder or .zip that holds a table of a known data set the rest is left out; by itself it is refused."""
    for name in ("readme.txt", "notes.md", ".DS_Store", "b.csv"):
        (tmp_path / name).write_text("What this is.\n", "utf-8")
    (tmp_path / "deeper").mkdir()
    write(tmp_path, "ged", name="c.csv")
    made, report = load_all([tmp_path])
    assert made.height == 1 and report.files == {"c.csv": "ged"}
    left = f"files of {tmp_path.name}, of no data set that is known, left out: b.csv, deeper, notes.md, readme.txt"
    assert report.remarks == {left: 4}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("c.csv", "readme.txt", "codebook.pdf"):
            archive.write(tmp_path / "c.csv" if name == "c.csv" else tmp_path / "readme.txt", name)
        archive.writestr("__MACOSX/._c.csv", "x")
    _, report = load_all([tmp_path / "a.zip"])
    assert report.files == {"a.zip/c.csv": "ged"}
    assert report.remarks == {"files of a.zip, of no data set that is known, left out: codebook.pdf, readme.txt": 2}
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.write(tmp_path / "readme.txt", "readme.txt")
    with pytest.raises(InputError) as caught:
        load_all([tmp_path / "none.zip", tmp_path / "c.csv"])
    assert [problem.field for problem in caught.value.problems] == ["none.zip/readme.txt"]


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path):
    for folder, day in (("x/one", "2020-01-02"), ("x/two", "2021-01-02"), ("y/two", "2022-01-02")):
        (tmp_path / folder).mkdir(parents=True)
        write(tmp_path / folder, "ged", {"id": day[3], "date_start": day, "date_end": day}, name="events.csv")
    _, report = load_all([tmp_path / "x" / "one", tmp_path / "x" / "two", tmp_path / "y" / "two"])
    assert report.files == dict.fromkeys(("one/events.csv", "x/two/events.csv", "y/two/events.csv"), "ged")
    assert {name: str(first) for name, (first, _) in report.days.items()} == {
        "one/events.csv": "2020-01-02",
        "x/two/events.csv": "2021-01-02",
        "y/two/events.csv": "2022-01-02",
    }


def gdelt_with(tmp_path, row, *without):
    """A file of GDELT with a header of which some columns lack."""
    whole = {**EXAMPLES["gdelt2"][1], "eventbasecode": "", "eventrootcode": "", "quadclass": "", **row}
    names = [name for name in whole if name not in without]
    cells = [[name.replace("day", "SQLDATE") if name == "day" else name for name in names], [whole[n] for n in names]]
    (tmp_path / "g.csv").write_text("".join("\t".join(line) + "\n" for line in cells), "utf-8")
    return load_all([tmp_path / "g.csv"])


@pytest.mark.parametrize(
    ("row", "without", "expected"),
    [
        ({"eventcode": "010", "quadclass": "1"}, ("eventrootcode", "eventbasecode"), None),
        ({"eventcode": "10", "quadclass": "3"}, ("eventrootcode", "eventbasecode"), None),
        ({"eventcode": "10", "quadclass": "1"}, ("eventrootcode",), "a code of its quadclass, zeros too"),
        ({"eventcode": "10", "eventbasecode": "010"}, ("eventrootcode",), "the two digits of eventbasecode, zeros too"),
        (
            {"eventcode": "10"},
            ("eventrootcode", "eventbasecode", "quadclass"),
            "codes with the zeros that they begin with: no code near begins with one",
        ),
        ({"eventcode": "190"}, ("eventrootcode", "eventbasecode", "quadclass", "dateadded"), None),
        ({"eventcode": "190", "eventrootcode": "19"}, ("dateadded", "quadclass"), None),
    ],
)
def test_codes_of_gdelt_without_eventrootcode(tmp_path, row, without, expected):
    if expected is None:
        assert gdelt_with(tmp_path, row, *without)[0]["code"].to_list() == [row["eventcode"]]
        return
    with pytest.raises(InputError) as caught:
        gdelt_with(tmp_path, row, *without)
    (problem,) = caught.value.problems
    assert expected in problem.expected and problem.got == "10"


def test_a_message_names_the_column_as_the_file_does(tmp_path):
    with pytest.raises(InputError) as caught:
        gdelt_with(tmp_path, {"day": "2020-13-01"})
    assert {problem.field for problem in caught.value.problems} == {"SQLDATE"}


def test_the_provider_that_is_named_says_what_it_lacks(tmp_path):
    content = table([], ["region", "naive", "started", "finished"], ";")
    assert refused(tmp_path, "x.csv", content, provider=provider_of("air-raids")) == [
        "x.csv",
        "  expected the columns started_at, finished_at of air-raids too",
        "  got      '4 fields by semicolons: region, naive, started, finished'",
    ]
    assert refused(tmp_path, "x.csv", "a\tb\n", provider=provider_of("ged"))[1].startswith(
        "  expected the columns id, type_of_violence, side_a, "
    )


# --- releases that overlap --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GEDEvent_v26_0_8.csv", (26, 9, 0)),
        ("GEDEvent_v26_0_12.csv", (26, 13, 0)),
        ("gedevent_v26.0.8.csv", (26, 9, 0)),
        ("GEDEvent_v26_0_8 (1).csv", (26, 9, 0)),
        ("GEDEvent_v26_01_26_06.csv", (26, 7, 1)),
        ("ged261-csv.zip/GEDEvent_v26_1.csv", (26, 6, 2)),
        ("ged251.csv", (25, 6, 2)),
        ("events.csv", ()),
    ],
)
def test_the_release_of_a_file_of_ucdp_is_read_off_its_name(name, expected):
    assert ged.release(name) == expected


def test_of_releases_that_overlap_the_newest_counts(tmp_path):
    write(tmp_path, "ged", {"id": "1"}, {"id": "2"}, {"id": "3", "best": "4"}, name="GEDEvent_v26_0_6.csv")
    write(tmp_path, "ged", {"id": "1"}, {"id": "2", "best": "5"}, name="GEDEvent_v26_01_26_06.csv")
    write(tmp_path, "ged", {"id": "2", "best": "6"}, name="GEDEvent_v26_0_1.csv")
    for paths in ([tmp_path], sorted(tmp_path.iterdir())[::-1]):
        made, report = load_all(paths)
        assert made.select("id", "magnitude").sort("id").rows() == [("1", 3), ("2", 5), ("3", 4)]
        assert report.remarks == {
            "events that more than one file has, counted once": 3,
            "events that another file revises: the newest release stands": 2,
        }
        assert report.events == made.height == 3


def test_a_later_download_of_acled_replaces_an_earlier_one_by_id(tmp_path):
    old = write(tmp_path, "acled", {}, {"event_id_cnty": "ARD2"}, name="b.csv")
    new = write(tmp_path, "acled", {"fatalities": "9"}, name="a.csv")
    made, report = load_all([old, new])
    assert made.select("id", "magnitude").rows() == [("ARD1", 9), ("ARD2", 4)]
    assert report.remarks == {
        "events that more than one file has, counted once": 1,
        "events that another file has otherwise than a.csv, which stands: no name tells, and it was named later": 1,
    }


def test_in_a_folder_the_numbers_in_names_are_numbers(tmp_path):
    for number in ("9", "10"):
        write(tmp_path, "acled", {"fatalities": number}, name=f"acled_{number}.csv")
    made, report = load_all([tmp_path])
    assert made["magnitude"].to_list() == [10]
    assert any("otherwise than acled_10.csv" in text for text in report.remarks)


def test_ids_that_stand_twice_in_one_file_have_their_own_words(tmp_path):
    path = write(tmp_path, "ged", {"id": "1"}, {"id": "2"}, {"id": "1", "best": "5"}, {"id": "2", "best": "5"})
    for size in (700, 1_000_000):
        report = Report()
        made = pl.concat([batch.events for batch in load(parts([path]), report, size=size)])
        assert made.select("id", "magnitude").rows() == [("1", 3), ("2", 3)]
        assert report.remarks == {
            "events whose id stands twice in their file, counted once": 2,
            "ids that stand twice in their file, of events that differ: the first stands": 2,
        }
        assert report.events == 2


def test_the_same_file_under_two_names_counts_once(tmp_path):
    for id in ("gdelt2", "polecat", "ged"):
        one, two = (write(tmp_path, id, name=f"{id} {n}.csv") for n in "ab")
        other = tmp_path / "elsewhere" / one.name
        other.parent.mkdir(exist_ok=True)
        other.write_bytes(one.read_bytes())
        made, report = load_all([one, two, other])
        assert made.height == report.events == 1
        (text,) = report.remarks
        assert text.startswith("blocks that stand in ")
        assert list(report.remarks.values()) == [2]


def test_ids_that_a_spreadsheet_rounded_are_refused(tmp_path):
    path = write(tmp_path, "ged", {"id": "5.3E+05"}, {"id": "5.3E+05", "best": "5"}, {"id": "12.0"})
    with pytest.raises(InputError) as caught:
        load_all([path])
    assert str(caught.value).splitlines()[2:5] == [
        "ged.csv:2:1: id",
        "  expected an id of digits",
        "  got      '5.3E+05'",
    ]
    assert load_all([path], drop=True)[0]["id"].to_list() == ["12"]


def test_a_file_is_told_by_the_days_of_its_events(tmp_path):
    path = write(tmp_path, "acled", {}, {"event_id_cnty": "2", "event_date": "2021-03-05", "time_precision": "3"})
    assert load_all([path])[1].days == {"acled.csv": (DAY, dt.date(2021, 3, 31))}


def test_days_outside_the_calendar_are_refused(tmp_path):
    for day, words in {"9999-12-31": "days of the years 1 to 9999", "0024-01-01": "a day of the years 1000 to"}.items():
        with pytest.raises(InputError, match=words):
            load_all([write(tmp_path, "acled", {"event_date": day, "time_precision": "2"})])
    with pytest.raises(InputError, match="days, at most 36,525"):
        load_all([write(tmp_path, "cow-disputes", {"maxdur": "99999999"})])
