"""Files of one's own, by a mapping."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from detente.data.coding import read_coding
from detente.data.loading import load_all
from detente.data.mapped import read_mapping
from detente.errors import InputError

MAPPING = """
provider: my-list
licence: own work
scheme: my-codes
date: "%d.%m.%Y"
separator: ";"
columns: {id: No., date: day, actor: who, code: kind, magnitude: dead, reports: papers}
constants: {unit: deaths, place_state: Ardonia}
"""
ROWS = "No.;Day;Who;Kind;Dead;Papers\n1;02.01.2020;North;raid;3;2\n2;03.01.2020;South;shelling;;\n"
CODES = "scheme,code,action,rung,why\nmy-codes,raid,A raid,6,mine\nmy-codes,shelling,Shelling,7,mine\n"


@pytest.fixture
def mine(tmp_path):
    for name, text in {"map.yaml": MAPPING, "mine.csv": ROWS, "codes.csv": CODES}.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def read(folder, name="mine.csv", **options):
    provider, coding = read_mapping(folder / "map.yaml"), read_coding([folder / "codes.csv"])
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


def test_constants_of_every_kind_are_in_every_row(mine):
    (mine / "map.yaml").write_text(MAPPING.replace("unit: deaths", "directed: false, low: 1.5, latitude: 50"), "utf-8")
    made, _ = read(mine)
    assert made.select("directed", "low", "latitude", "place_state").rows() == [(False, 1.5, 50.0, "Ardonia")] * 2


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


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("licence: own work", "license: own work"), "did you mean 'licence'?"),
        (("actor: who", "actr: who"), "did you mean 'actor'?"),
        (("provider: my-list", "provider: ged"), "provider\n  expected a name of your own\n  got      'ged'"),
        (("id: No., ", ""), "the column for id"),
        (("unit: deaths", "actor: North"), "a column or a constant, not both"),
        (("unit: deaths", "date_end: 2020-01-01"), "constants.date_end\n  expected one of: precision"),
        (("unit: deaths", "low: many"), "constants.low\n  expected a number\n  got      'many'"),
        (("unit: deaths", "latitude: 91"), "constants.latitude\n  expected a number from -90 to 90\n  got      '91'"),
        (("reports: papers}\nconstants: {unit: deaths", "code: kind}\nconstants: {reports: -1"), "at least 0"),
        (("unit: deaths", "directed: maybe"), "constants.directed\n  expected true or false\n  got      'maybe'"),
        (('";"', '";;"'), "one character"),
        (('"%d.%m.%Y"', "dmy"), "a form of strptime"),
        (("columns: {", "columns: [{"), "a mapping file that can be read"),
    ],
)
def test_a_bad_mapping_says_what_is_wrong(change, expected, mine):
    (mine / "map.yaml").write_text(MAPPING.replace(*change), "utf-8")
    with pytest.raises(InputError) as caught:
        read_mapping(mine / "map.yaml")
    assert expected in str(caught.value)
