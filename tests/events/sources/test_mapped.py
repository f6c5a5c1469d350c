"""Files of one's own, by a mapping."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import InputError
from detente.events.cells import Cells, Report
from detente.events.coding import read_coding
from detente.events.delimited import Block
from detente.events.loading import LATER, TWICE, UNLIKE, load_all, providers
from detente.events.sources.mapped import read_mapping

MAPPING = """
provider: my-list
licence: own work
scheme: my-codes
date: "%d.%m.%Y"
separator: ";"
columns: {id: No., date: day, actor: who, code: kind, magnitude: dead, reports: papers}
constants: {unit: deaths, place_state: Ardonia}
"""
DAY = dt.date(2020, 1, 2)
ROWS = "No.;Day;Who;Kind;Dead;Papers\n1;02.01.2020;North;raid;3;2\n2;03.01.2020;South;shelling;;\n"
CODES = "scheme,code,action,rung,why\nmy-codes,raid,A raid,6,mine\nmy-codes,shelling,Shelling,7,mine\n"


@pytest.fixture
def mine(tmp_path):
    for name, text in {"map.yaml": MAPPING, "mine.csv": ROWS, "codes.csv": CODES}.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def read(folder, name="mine.csv", **options):
    provider, coding = read_mapping(folder / "map.yaml", providers()), read_coding([folder / "codes.csv"])
    return load_all([folder / name], provider=provider, coding=coding, **options)


def test_csv_and_parquet_give_the_same_events(mine):
    made, report = read(mine)
    assert report.rows == made.height == 2
    row = made.row(0, named=True)
    assert (row["date"], row["date_end"], row["precision"]) == (dt.date(2020, 1, 2), dt.date(2020, 1, 2), "day")
    assert (row["action"], row["rung"], row["magnitude"], row["reports"]) == ("A raid", 6, 3, 2)
    assert (row["unit"], row["place_state"], row["licence"]) == ("deaths", "Ardonia", "own work")
    frame = pl.read_csv(mine / "mine.csv", separator=";", try_parse_dates=False).rename({"No.": "no"})
    frame.write_parquet(mine / "mine.parquet")
    assert read(mine, "mine.parquet")[0].equals(made)


def test_a_mapping_names_the_encoding_of_its_file(mine):
    (mine / "mine.csv").write_bytes(ROWS.replace("North", "Nørth").encode("cp1252"))
    with pytest.raises(InputError, match=r"mine\.csv:2:15: encoding"):
        read(mine)
    (mine / "map.yaml").write_text(f"{MAPPING}encoding: cp1252\n", "utf-8")
    assert read(mine)[0]["actor"][0] == "Nørth"
    (mine / "map.yaml").write_text(f"{MAPPING}encoding: base64\n", "utf-8")
    with pytest.raises(InputError, match="the name of an encoding, such as cp1252\n  got      'base64'"):
        read(mine)


def test_constants_of_every_kind_are_in_every_row(mine):
    (mine / "map.yaml").write_text(MAPPING.replace("unit: deaths", "directed: false, low: 1.5, latitude: 50"), "utf-8")
    made, _ = read(mine)
    assert made.select("directed", "low", "latitude", "place_state").rows() == [(False, 1.5, 50.0, "Ardonia")] * 2


def test_flags_as_statistics_programs_write_them(mine):
    (mine / "map.yaml").write_text(MAPPING.replace("magnitude: dead", "directed: dead"), "utf-8")
    (mine / "mine.csv").write_text(ROWS.replace(";3;2", ";TRUE;2").replace("shelling;;", "shelling;False;"), "utf-8")
    assert read(mine)[0]["directed"].to_list() == [True, False]


def test_unknown_codes_are_refused_here_too(mine):
    (mine / "mine.csv").write_text(ROWS.replace("raid", "rade"), "utf-8")
    with pytest.raises(
        InputError, match="a code of my-codes in the coding table\n  got      'rade'\n  hint     did you mean"
    ):
        read(mine)


def test_a_file_without_the_columns_is_refused(mine):
    (mine / "mine.csv").write_text(ROWS.replace("Who", "Whom"), "utf-8")
    with pytest.raises(
        InputError, match=r"the column who of my-list too\n  got      '6 fields by semicolons: No\., Day, Whom"
    ):
        read(mine)
    pl.DataFrame({"no": [1]}).write_parquet(mine / "mine.parquet")
    with pytest.raises(InputError, match="the columns day, who, kind, dead, papers"):
        read(mine, "mine.parquet")
    (mine / "mine.parquet").write_bytes(b"PAR1 not")
    with pytest.raises(InputError, match="a Parquet file that can be read"):
        read(mine, "mine.parquet")
    row = {"No": ["1"], "day": ["02.01.2020"], "who": ["N"], "kind": [10], "dead": [3]}
    pl.DataFrame({**row, "no": ["2"]}).write_parquet(mine / "mine.parquet")
    with pytest.raises(InputError) as caught:
        read(mine, "mine.parquet")
    assert [str(problem) for problem in caught.value.problems] == [
        "mine.parquet\n  expected the column papers\n  got      'No, day, who, kind, dead, no'",
        "mine.parquet\n  expected each column once\n  got      'No and no, alike but for letters'",
        "mine.parquet\n  expected codes as text in the column kind\n  got      'numbers (Int64)'\n"
        "  hint     a number loses the zeros that it begins with",
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("licence: own work", "license: own work"), "did you mean 'licence'?"),
        (("actor: who", "actr: who"), "did you mean 'actor'?"),
        (("provider: my-list", "provider: ged"), "  expected a name of your own\n  got      'ged'"),
        (("id: No., ", ""), "the column for id"),
        (("unit: deaths", "actor: North"), "a column or a constant, not both"),
        (("unit: deaths", "date_end: 2020-01-01"), "  expected one of: precision"),
        (("unit: deaths", "low: many"), "  expected a number\n  got      'many'"),
        (("unit: deaths", "latitude: 91"), "  expected a number from -90 to 90\n  got      '91'"),
        (("reports: papers}\nconstants: {unit: deaths", "code: kind}\nconstants: {reports: -1"), "at least 0"),
        (("unit: deaths", "directed: maybe"), "  expected true or false\n  got      'maybe'"),
        (('";"', '";;"'), "one character"),
        (('";"', '" "'), "one character that stands in no number\n  got      ' '"),
        (('";"', ""), "one character that stands in no number"),
        (('"%d.%m.%Y"', '" "'), "date\n"),
        (
            ("licence: own work", "licence: x\nencoding: ' '"),
            "expected a value, or the key left out\n  got      'nothing'",
        ),
        (("unit: deaths", "precision: banana"), "one of: day, days, week, month, year, game-day\n  got      'banana'"),
        (
            ("unit: deaths", "low: 9, high: 1"),
            "low at most magnitude, and magnitude at most high\n  got      '9.0 > 1.0'",
        ),
        (('"%d.%m.%Y"', '"%Y-%m-%d %b"'), "hint     it says the month twice: %m and %b"),
        (('"%d.%m.%Y"', '"%Y-%m-%d %y"'), "hint     it says the year twice: %Y and %y"),
        (('"%d.%m.%Y"', '"%Y-%m-%d %-d"'), "hint     it says the day twice: %d and %-d"),
        (('"%d.%m.%Y"', '"%Y-%j %m"'), "hint     it says the month twice: %j and %m"),
        (('"%d.%m.%Y"', '"%F %H:%M:%S %M"'), "hint     it says a part twice"),
        (('"%d.%m.%Y"', '"%F %T.%f"'), "hint     write %.f for parts of a second"),
        (('"%d.%m.%Y"', "dmy"), "a form of strptime"),
        (("columns: {", "columns: [{"), "expected valid YAML"),
        (("who, code", "who, date: d, code"), "expected each key once\n  got      'date'"),
        (("unit: deaths", "low: 1,5"), "expected one of: precision"),
        (("unit: deaths", "low: '1,5'"), "got      '1,5'\n  hint     write 1.5"),
        (('"%d.%m.%Y"', '"%d.%m"'), "hint     it has no year: write %Y"),
        (('"%d.%m.%Y"', '"%Y"'), "hint     it has no day or no month: write %d and %m"),
        (('"%d.%m.%Y"', '"%d.%m.%Y %Q"'), "hint     %Q is not read"),
        (('";"', "'\\t'"), 'hint     write "\\t" for a tab'),
        (("columns: {id: No.", "columns: {id: null"), "columns.id\n"),
        (("licence: own work", "licence:"), "expected the terms of the data\n  got      'nothing'"),
    ],
)
def test_a_bad_mapping_says_what_is_wrong(change, expected, mine):
    (mine / "map.yaml").write_text(MAPPING.replace(*change), "utf-8")
    with pytest.raises(InputError) as caught:
        read_mapping(mine / "map.yaml", providers())
    assert expected in str(caught.value)


def test_text_stays_as_written(mine):
    constants = "place_state: NO, target: 010, target_state: 1:30, source: 2020-01-02, url: 0x1F, place: off"
    (mine / "map.yaml").write_text(MAPPING.replace("unit: deaths, place_state: Ardonia", constants), "utf-8")
    made, _ = read(mine)
    row = made.row(0, named=True)
    found = [row[name] for name in ("place_state", "target", "target_state", "source", "url", "place")]
    assert found == ["NO", "010", "1:30", "2020-01-02", "0x1F", "off"]


def test_a_code_and_a_column_stay_as_written(mine):
    text = MAPPING.replace("code: kind, ", "").replace("my-codes", "cameo").replace("id: No.", "id: no")
    (mine / "map.yaml").write_text(text.replace("unit: deaths", "code: 012"), "utf-8")
    (mine / "mine.csv").write_text(ROWS.replace("No.", "no"), "utf-8")
    assert read(mine)[0]["code"].to_list() == ["012", "012"]


def test_columns_of_any_alphabet(mine):
    (mine / "map.yaml").write_text(MAPPING.replace("date: day, actor: who", "date: день, actor: кто"), "utf-8")
    (mine / "mine.csv").write_text(ROWS.replace("Day;Who", "День;Кто"), "utf-8")
    assert read(mine)[0]["actor"].to_list() == ["North", "South"]


def test_absent_values_are_counted_and_can_be_named(mine):
    (mine / "mine.csv").write_text(ROWS.replace("North;raid;3;2", "NA;raid;-999.0;null"), "utf-8")
    made, report = read(mine)
    assert made.select("actor", "magnitude", "reports").row(0) == (None, None, None)
    assert report.remarks == {
        "cells of dead (my-list) that say -999.0, read as absent": 1,
        "cells of papers (my-list) that say null, read as absent": 1,
        "cells of who (my-list) that say NA, read as absent": 1,
    }
    (mine / "map.yaml").write_text(f"{MAPPING}missing: [null, '-8']\n", "utf-8")
    with pytest.raises(InputError, match="expected a value\n  got      'nothing'"):
        read(mine)
    (mine / "map.yaml").write_text(f"{MAPPING}missing: ['null', '-8']\n", "utf-8")
    made, report = read(mine)
    assert made.select("actor", "magnitude", "reports").row(0) == ("NA", -999, None)
    assert report.remarks == {
        "cells of papers (my-list) that say null, read as absent": 1,
        "sizes below 0, kept as written: do they stand for a missing value?": 1,
    }


@pytest.mark.parametrize(
    ("form", "day", "read_as"),
    [
        ("%d.%m.%Y", "02.01.2020", DAY),
        ("%d.%m.%Y", "2.1.2020", DAY),
        ("%d.%m.%Y", "02.01.20", None),
        ("%d.%m.%y", "02.01.20", DAY),
        ("%d.%m.%y", "02.01.2020", None),
        ("%Y-%m-%d", "2020-01-02", DAY),
        ("%Y-%m-%d", "2020-1-2", None),
        ("%Y-%-m-%-d", "2020-1-2", DAY),
        ("%Y-%m-%d", "20-01-02", None),
        ("%Y-%m-%d", "02020-01-02", None),
        ("%Y-%m-%d", "-2020-01-02", None),
        ("%Y-%m-%d", "2020-01-02 ", DAY),
        ("%Y%m%d", "20200102", DAY),
        ("%Y%m%d", "2020012", None),
        ("%Y%m%d", "202001020", None),
        ("%d%m%Y", "2012020", None),
        ("%Y%j", "2020002", DAY),
        ("%F", "2020-01-02", DAY),
        ("%d %b %Y", "2 Jan 2020", DAY),
        ("%F %% %%", "2020-01-02 % %", DAY),
        ("%F", "0024-01-02", None),
        ("%d/%m/%Y %H:%M", "2/1/2020 10:30", DAY),
        ("%d/%m/%Y %H:%M", "2/1/2020", None),
    ],
)
def test_dates_have_their_form_to_the_digit(form, day, read_as, mine):
    (mine / "map.yaml").write_text(MAPPING.replace("%d.%m.%Y", form), "utf-8")
    (mine / "mine.csv").write_text(
        ROWS.replace("02.01.2020", day).replace("2;03.01.2020;South;shelling;;\n", ""), "utf-8"
    )
    if read_as is None:
        with pytest.raises(InputError, match=r"expected a day(, as | of the years 1000 to 9999)"):
            read(mine)
    else:
        assert read(mine)[0]["date"].to_list() == [read_as]


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789-./ T:", max_size=20))
def test_nothing_but_days_of_four_digit_years_is_read(text):
    frame = pl.DataFrame({"day": [text]}, schema={"day": pl.String})
    cells = Cells(Block("a", 0, b"", frame, np.array([1])), Report())
    day = cells.date("day", "%Y-%m-%d", "%Y%m%d", words="a day")
    found = cells.frame.select(day).item()
    days = [text.strip()] if re.fullmatch("[0-9]{4}-?[0-9]{2}-?[0-9]{2}", text.strip()) else []
    days = [day for day in days if day.count("-") in (0, 2)]
    assert found is None or str(found) in days or str(found).replace("-", "") in days


def test_sizes_outside_their_bounds_are_counted(mine):
    (mine / "map.yaml").write_text(
        MAPPING.replace("reports: papers", "low: papers").replace("unit", "high: 1, unit"), "utf-8"
    )
    _, report = read(mine)
    assert report.remarks == {
        "low estimates above the high, kept as written": 1,
        "sizes outside their own low and high, kept as written": 1,
    }


def test_a_column_whose_name_has_no_letter(mine):
    (mine / "map.yaml").write_text(MAPPING.replace("id: No.", 'id: "#"'), "utf-8")
    (mine / "mine.csv").write_text(ROWS.replace("No.", "#"), "utf-8")
    assert read(mine)[0]["id"].to_list() == ["1", "2"]
    (mine / "mine.csv").write_text(ROWS, "utf-8")
    with pytest.raises(InputError, match="the column # of my-list too"):
        read(mine)


def test_tabs_between_cells(mine):
    (mine / "map.yaml").write_text(MAPPING.replace('";"', '"\\t"'), "utf-8")
    (mine / "mine.csv").write_text(ROWS.replace(";", "\t"), "utf-8")
    assert read(mine)[0].height == 2


@pytest.mark.parametrize("word", ["na", "n.a.", ".."])
def test_words_that_may_stand_for_no_number_are_told(word, mine):
    (mine / "mine.csv").write_text(ROWS.replace(";3;2", f";{word};2"), "utf-8")
    with pytest.raises(InputError) as caught:
        read(mine)
    assert str(caught.value.problems[0]) == (
        f"mine.csv:2:1: dead\n  expected a number\n  got      '{word}'\n"
        "  hint     leave the cell empty where the value is not known; in a mapping, `missing` lists such words"
    )


def test_a_mapping_reads_the_example_of_the_documentation(tmp_path):
    (tmp_path / "map.yaml").write_text(example(), "utf-8")
    (tmp_path / "a.csv").write_text("No;Day;Who;Whom;Kind;Dead\n1;02.01.2020;A;B;a1;3\n", "utf-8")
    (tmp_path / "codes.csv").write_text("scheme,code,action,rung\nmy-codes,a1,an attack,7\n", "utf-8")
    made, _ = load_all(
        [tmp_path / "a.csv"],
        provider=read_mapping(tmp_path / "map.yaml", providers()),
        coding=read_coding([tmp_path / "codes.csv"]),
    )
    assert made.select("id", "actor", "target", "magnitude", "unit").row(0) == ("1", "A", "B", 3, "deaths")


def example():
    """The mapping of docs/data.md."""
    page = (Path(__file__).parents[3] / "docs" / "data.md").read_text("utf-8")
    return page.split("## Your own files")[1].split("```yaml\n")[1].split("```")[0]


def test_a_constant_code_that_the_coding_table_lacks_is_named(mine):
    text = MAPPING.replace("code: kind, ", "").replace("constants: {", "constants: {code: rade, ")
    assert text.count("code: ") == 1
    (mine / "map.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read(mine)
    assert str(caught.value) == (
        "1 problem in the mapping\n\nconstants.code\n  expected a code of my-codes in the coding table\n"
        "  got      'rade'\n  hint     did you mean 'raid'?"
    )


def test_of_versions_of_an_event_the_one_revised_last_stands(mine):
    """Where a mapping says which column tells; without it the first."""
    rows = ROWS.replace("Papers", "Papers;Changed").replace(";3;2", ";3;2;7").replace("shelling;;", "shelling;;;1")
    (mine / "mine.csv").write_text(f"{rows}1;02.01.2020;North;raid;5;2;9\n", "utf-8")
    made, report = read(mine)
    assert made["magnitude"].to_list() == [3, None]
    assert report.remarks == {TWICE: 1, UNLIKE: 1} and report.events == 2
    (mine / "map.yaml").write_text(MAPPING.replace("reports: papers", "reports: papers, revised: changed"), "utf-8")
    made, report = read(mine)
    assert made.select("id", "magnitude", "revised").rows() == [("2", None, 1), ("1", 5, 9)]
    assert report.remarks[LATER] == 1 and report.events == 2
