"""Every provider's row as an event."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile

import polars as pl
import pytest

from detente.errors import InputError
from detente.events import table as events
from detente.events.loading import load_all, parts, provider_of
from tests.events.made import EXAMPLES, text, write

DAY = dt.date(2020, 1, 2)
FEBRUARY = (dt.date(1950, 2, 1), dt.date(1950, 2, 28))
EXPECTED = {  # what an invented row must become; the columns that matter
    "ged": {
        "code": "1",
        "rung": 7,
        "magnitude": 3,
        "low": 1,
        "high": 7,
        "date": DAY,
        "date_end": DAY,
        "directed": False,
    }
    | {"actor_state": "901", "source": "A paper;B agency", "reports": 2, "precision": "day"},
    "acled": {
        "code": "Explosions/Remote violence:Air/drone strike",
        "rung": 7,
        "magnitude": 4,
        "actor_state": "Ardonia",
    }
    | {"target_state": None, "directed": False, "date": DAY},
    "gdelt2": {"code": "0251", "rung": 0, "magnitude": -0.3, "reports": 10, "source": "paper.example", "date": DAY}
    | {"actor": "ARDMIL", "place_state": "AD", "place": 'A "town", Ardonia', "directed": True},
    "gdelt1": {"code": "0251", "actor_state": "ARD", "target": "BEL", "date": DAY},
    "polecat": {"code": "ASSAULT:aerial", "rung": 7, "magnitude": -9.5, "target": None, "target_state": "BEL"},
    "viina": {
        "code": "t_artillery_b",
        "rung": 7,
        "actor": "Russia",
        "target": "Ukraine",
        "directed": True,
        "reports": 3,
    },
    "viina-labels": {"code": "t_mil_b", "rung": 6, "actor": None, "id": "7"},
    "viina-info": {"code": "none", "rung": None, "id": "7", "url": "https://paper.example/x"},
    "icb2": {"scheme": "icb-trigger", "code": "7", "rung": 5, "actor": "a non-state actor", "actor_state": None}
    | {"date": dt.date(1950, 2, 11), "date_end": dt.date(1950, 2, 20), "precision": "days", "target_state": "901"},
    "icb1": {"code": "9", "date": dt.date(1950, 1, 1), "date_end": dt.date(1950, 12, 31), "precision": "year"},
    "icb-dyads": {"code": "pair", "rung": None, "directed": False, "date": dt.date(1950, 2, 28)},
    "gml": {"code": "12", "rung": 6, "magnitude": None, "date": FEBRUARY[0], "date_end": dt.date(1950, 12, 31)},
    "cow": {"code": "16", "rung": 7, "magnitude": 30, "date": dt.date(1950, 1, 1), "precision": "year"},
    "gml-disputes": {"code": "17", "date": FEBRUARY[0], "date_end": dt.date(1950, 3, 12), "target": "BEL;COR"},
    "cow-disputes": {"code": "0", "rung": 0, "date": dt.date(1950, 1, 1), "date_end": dt.date(1950, 12, 31)},
    "escalaition": {"code": "Execute targeted attack", "rung": 7, "magnitude": 28, "target": "Blue"}
    | {"date": dt.date(1, 1, 3), "precision": "game-day"},
    "air-raids": {"code": "alert", "rung": None, "magnitude": 30, "low": 0, "high": None, "date": dt.date(2022, 2, 25)}
    | {"date_end": dt.date(2022, 2, 26)},
}


@pytest.mark.parametrize("id", EXAMPLES)
def test_a_row_of_every_provider_is_told_and_read(id, tmp_path):
    made, report = load_all([write(tmp_path, id)])
    assert report.files == {f"{id}.csv": id}
    assert dict(made.schema) == events.schema()
    row = made.row(0, named=True)
    assert {name: row[name] for name in EXPECTED[id]} == EXPECTED[id]
    assert row["provider"] == id and row["licence"] == EXAMPLES[id][0].licence
    required = [column.name for column in events.COLUMNS if column.required]
    assert not any(made.select(pl.col(required).is_null().any()).row(0))


def test_the_response_of_icb_has_its_own_codes_and_date(tmp_path):
    """majres is shifted by one against triggr: 6 there is what 7 is here."""
    made, _ = load_all([write(tmp_path, "icb2")])
    response = made.row(1, named=True)
    assert (response["scheme"], response["code"], response["rung"]) == ("icb-response", "6", made["rung"][0])
    assert (response["date"], response["date_end"]) == (dt.date(1950, 3, 1), dt.date(1950, 3, 31))
    assert (response["actor"], response["target_state"], response["precision"]) == ("ARD", "902", "month")


def test_zip_gz_bom_and_line_ends_change_nothing(tmp_path):
    plain = write(tmp_path, "acled")
    expected, _ = load_all([plain])
    data = plain.read_bytes()
    (tmp_path / "bom.csv").write_bytes(b"\xef\xbb\xbf" + data)
    (tmp_path / "dos.csv").write_bytes(data.replace(b"\n", b"\r\n") + b"\r\n\r\n")
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(data))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("readme.md", "not data")
        archive.writestr("inside.csv", data)
    for name in ("bom.csv", "dos.csv", "packed.csv.gz", "all.zip"):
        assert load_all([tmp_path / name])[0].equals(expected), name


def test_ged_without_a_header(tmp_path):
    provider, row = EXAMPLES["ged"]
    path = tmp_path / "candidate.csv"
    path.write_text(text(provider, [row], header=False), encoding="utf-8")
    assert load_all([path])[0].equals(load_all([write(tmp_path, "ged")])[0])


def test_gdelt_refuses_a_wrong_number_of_fields(tmp_path):
    path = write(tmp_path, "gdelt2", {}, {}, name="x.export.CSV")
    path.write_text(path.read_text("utf-8").replace("\n", "\n", 1).rstrip("\n") + "\tmore\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load_all([path])
    message = str(caught.value).split("\n")
    assert message[:3] == ["1 problem in the data", "", "x.export.CSV:2:1: row"]
    assert message[-2:] == ["  expected 61 fields by tabs", "  got      '62 fields'"]


def test_gdelt_1_has_57_or_58_fields(tmp_path):
    provider, row = EXAMPLES["gdelt1"]
    old = text(provider, [{**row, "sourceurl": ""}]).replace("\t\n", "\n")
    path = tmp_path / "1982.csv"
    path.write_text(old + text(provider, [{**row, "globaleventid": "2"}]), "utf-8")
    assert old.count("\t") == 56
    assert load_all([path])[0]["url"].to_list() == [None, row["sourceurl"]]


def test_48_names_are_no_gdelt(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("\t".join(["1"] * 48) + "\n", "utf-8")
    with pytest.raises(InputError) as caught:
        parts([path])
    assert str(caught.value).split("\n")[2:] == [
        "x.csv",
        "  expected a header, or without one fields in the number of 49 by commas (ged), 57 or 58 by tabs (gdelt1), "
        "61 by tabs (gdelt2)",
        f"  got      '48 fields by tabs: {', '.join('1' * 27)[:79]}…'",
    ]


def test_unknown_codes_are_refused_with_their_counts(tmp_path):
    unknown = [{"eventcode": code, "globaleventid": str(n)} for n, code in enumerate(["---"] * 4 + ["0257"], 2)]
    path = write(tmp_path, "gdelt2", {}, *unknown, name="x.csv")
    with pytest.raises(InputError) as caught:
        load_all([path])
    assert str(caught.value).endswith("got      \"5 rows in all: '---' 4 times, '0257' 1 times\"")
    assert "x.csv:2:1: eventcode\n  expected a code of cameo in the coding table\n  got      '---'" in str(caught.value)
    made, report = load_all([path], drop=True)
    assert (made.height, report.dropped) == (1, 5)  # left out and counted, never a score of 0


@pytest.mark.parametrize(
    ("id", "cell", "value", "expected"),
    [
        ("acled", "event_date", "2023/01/31", "a day, as 2023-01-31 or 16 May 2025"),
        ("acled", "inter1", "Aliens", "one of 21 known values"),
        ("acled", "fatalities", "-1", "a whole number of at least 0"),
        ("ged", "best", "", "a number of at least 0"),
        ("ged", "latitude", "91", "a number from -90 to 90"),
        ("icb2", "triggr", "10", "a code of icb-trigger in the coding table"),
        ("icb2", "datrig", "99", "a day of that month, or 66, 77 or 88 for a third of it"),
        ("gml", "hiact1", "22", "a code of mid-action in the coding table"),
        ("polecat", "Event Type", "ASSAIL", "a code of plover in the coding table"),
        ("escalaition", "action", "Wave", "a code of escalaition in the coding table"),
        ("acled", "event_date", "20-01-02", "a day, as 2023-01-31 or 16 May 2025"),
        ("acled", "event_date", "2 January 20", "a day, as 2023-01-31 or 16 May 2025"),
        ("ged", "date_end", "20-01-05", "a day, as YYYY-MM-DD with or without a time"),
        ("gdelt1", "day", "2020012", "a day, as YYYYMMDD"),
        ("viina", "date", "2022224", "a day, as YYYYMMDD"),
        ("polecat", "Event Date", "20-1-2", "a day, as YYYY-MM-DD"),
        ("air-raids", "started_at", "22-02-25 16:36:22+00:00", "a time with its offset, as 2022-02-25 16:36:22+00:00"),
        ("icb2", "yrtrig", "50", "a year of four digits"),
        ("gml", "year", "50", "a year of four digits"),
        ("ged", "best", "-999", "a number of at least 0"),
        ("ged", "best", "NA", "a number of at least 0"),
        ("acled", "fatalities", "null", "a whole number of at least 0"),
        ("icb2", "triggr", "-9", "a code of icb-trigger in the coding table"),
    ],
)
def test_a_cell_that_does_not_fit_is_named(id, cell, value, expected, tmp_path):
    with pytest.raises(InputError) as caught:
        load_all([write(tmp_path, id, {cell: value})])
    (problem, *_) = caught.value.problems
    assert (problem.expected, problem.got) == (expected, value or "nothing")
    assert problem.place and problem.place.line == (1 if id == "gdelt1" else 2)


@pytest.mark.parametrize("words", [{"inter1": "State Forces", "interaction": "State Forces-Civilians"}, {}])
@pytest.mark.parametrize("date", ["2020-01-02", "02 January 2020", "2 January 2020"])
def test_acled_in_both_forms(words, date, tmp_path):
    made, _ = load_all([write(tmp_path, "acled", {**words, "event_date": date})])
    assert made.select("date", "actor_state").row(0) == (DAY, "Ardonia")


def test_a_date_known_to_the_month_covers_it(tmp_path):
    made, _ = load_all(
        [write(tmp_path, "acled", {"time_precision": "3"}, {"time_precision": "2", "event_id_cnty": "2"})]
    )
    spans = made.select("date", "date_end").rows()
    assert spans == [(dt.date(2020, 1, 1), dt.date(2020, 1, 31)), (dt.date(2019, 12, 30), dt.date(2020, 1, 5))]


def test_plover_accuse_is_a_hostile_act_whatever_the_sign_of_its_score(tmp_path):
    """PLOVER's own table prints +3 for ACCUSE; the rung is read from the code alone."""
    made, _ = load_all(
        [write(tmp_path, "polecat", {"Event Type": "ACCUSE", "Event Mode": "None", "Event Intensity": "3"})]
    )
    assert made.select("code", "rung").row(0) == ("ACCUSE", 1)


def test_an_unknown_mode_of_plover_is_coded_by_its_type_and_counted(tmp_path):
    made, report = load_all([write(tmp_path, "polecat", {"Event Mode": "telepathy"})])
    assert made.select("code", "rung").row(0) == ("ASSAULT", 6)
    assert report.remarks == {"modes that the coding table lacks, coded by their type": 1}


def test_a_border_violation_is_level_3_or_4_and_nothing_else(tmp_path):
    rows = [{"dispnum": level, "hostlev1": level} for level in ("3", "4", "5")]
    made, report = load_all([write(tmp_path, "gml", *rows)])
    assert made["rung"].to_list() == [6, 6, 6]
    assert report.remarks == {"actions whose hostility level is not that of the codebook": 1}


def test_codes_may_be_printed_as_decimal_numbers(tmp_path):
    """Tables of numbers with gaps come out of statistics programs as 12.0."""
    made, _ = load_all(
        [write(tmp_path, "gml", {"hiact1": "12.0", "hostlev1": "3.0", "stmon": "2.0", "dispnum": "7.0"})]
    )
    assert made.select("id", "code", "rung", "date").row(0) == ("7-901-902-1950", "12", 6, FEBRUARY[0])
    made, _ = load_all([write(tmp_path, "icb2", {"triggr": "7.0", "majres": "6.0", "yrtrig": "1950.0"})])
    assert made["code"].to_list() == ["7", "6"]
    made, _ = load_all([write(tmp_path, "ged", {"type_of_violence": "1.0", "date_prec": "1.0"})])
    assert made.select("code", "precision").row(0) == ("1", "day")


def test_negative_codes_of_icb_are_absent_and_counted(tmp_path):
    made, report = load_all([write(tmp_path, "icb2", {"datrig": "-9", "motrig": "-9.0", "trigent": "-9"})])
    row = made.row(0, named=True)
    assert (row["date"], row["date_end"], row["actor"]) == (dt.date(1950, 1, 1), dt.date(1950, 12, 31), None)
    assert report.remarks == {
        "cells of datrig (icb2) that say -9, read as absent": 1,
        "cells of motrig (icb2) that say -9.0, read as absent": 1,
        "cells of trigent (icb2) that say -9, read as absent": 1,
    }


@pytest.mark.parametrize("word", ["NA", "N/A", "NaN", "null", "NULL", "None", "\\N", "-", ".", "-999", "-9999"])
def test_words_for_a_missing_value_are_absent_and_counted(word, tmp_path):
    made, report = load_all([write(tmp_path, "ged", {"where_coordinates": word, "latitude": word, "gwnob": word})])
    assert made.select("place", "latitude", "target_state").row(0) == (None, None, None)
    told = ("gwnob", "latitude", "where_coordinates")
    assert report.remarks == {f"cells of {name} (ged) that say {word}, read as absent": 1 for name in told}


def test_bytes_of_another_encoding_in_gdelt_are_counted(tmp_path):
    path = write(tmp_path, "gdelt2", {"actiongeo_fullname": "Bogota"}, {"globaleventid": "2"})
    path.write_bytes(path.read_bytes().replace(b"Bogota", "Bogotá".encode("latin-1")))
    made, report = load_all([path])
    assert made["place"].to_list()[0] == "Bogot\ufffd"
    assert report.remarks == {"rows with bytes that are not UTF-8, each read as U+FFFD": 1}


def test_a_code_of_gdelt_without_its_leading_zero_is_refused(tmp_path):
    expected = "  expected a code that begins with the two digits of eventrootcode, zeros too\n"
    for code, root in {"10": "1", "0251": "03", "012": "12"}.items():
        with pytest.raises(InputError, match=f"eventcode\n{expected}  got      '{code}'"):
            load_all([write(tmp_path, "gdelt2", {"eventcode": code, "eventrootcode": root})])
    made, _ = load_all([write(tmp_path, "gdelt2", {"eventcode": "0251", "eventrootcode": "02"})])
    assert made["code"].to_list() == ["0251"]


def test_rows_of_gdelt_2_in_a_file_that_looks_like_1_are_told(tmp_path):
    _, report = load_all([write(tmp_path, "gdelt1", {"dateadded": "20200102030405"})])
    assert report.remarks == {"rows read as GDELT 1.0, though DATEADDED is as in 2.0: name the provider gdelt2": 1}


def test_a_cell_that_is_needed_and_says_that_it_is_not_known(tmp_path):
    with pytest.raises(
        InputError, match=r"best\n(.*\n)*  hint     NA is read as a value that is not known, and one is"
    ):
        load_all([write(tmp_path, "ged", {"best": "NA"})])


def test_an_unmapped_action_has_no_rung(tmp_path):
    made, report = load_all([write(tmp_path, "escalaition", {"action": "", "match": "unmapped"})])
    assert made.select("code", "rung").row(0) == ("unmapped", None)
    assert report.remarks == {"actions that the file marks as unmapped: no rung": 1}


def test_what_is_not_there_and_what_is_not_known(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "torn.csv.gz").write_bytes(gzip.compress(b"a,b\n" * 100)[:12])
    (tmp_path / "sheet.XLSX").write_bytes(b"PK\x03\x04")
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n", "utf-8")
    for name, words in {
        "none.csv": "no such file",
        "empty": "a folder with .csv",
        "torn.zip": "a .zip that can be read",
        "sheet.XLSX": "a spreadsheet'\n  hint     save the sheet as CSV in UTF-8",
        "torn.csv.gz": "a file that can be read",
        "odd.csv": "2 fields by commas: a, b",
    }.items():
        with pytest.raises(InputError, match=words):
            load_all([tmp_path / name])
    with pytest.raises(InputError, match=r"did you mean 'acled'\?"):
        provider_of("aclad")
