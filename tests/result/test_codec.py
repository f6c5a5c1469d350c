import datetime as dt
import json
import math
from dataclasses import dataclass

import jsonschema
import msgspec
import numpy as np
import pytest

from detente.errors import InputError
from detente.result import decode, encode, rounded, schema
from detente.result.claims import Side, Size
from detente.result.codec import plain
from detente.result.parts import Estimate, Interval
from tests.report.sample import sample
from tests.result import pages
from tests.result.pages import SCHEMA_FILE, schema_text


@pytest.fixture(scope="module")
def text():
    return encode(decode(json.dumps(sample()), "sample.json"))


@pytest.fixture
def content(text):
    """The sample as plain JSON, to be damaged."""
    return json.loads(text)


def refused(content, file="results.json"):
    with pytest.raises(InputError) as error:
        decode(content if isinstance(content, str) else json.dumps(content), file)
    return f"{error.value}\n"


def ordered(value):
    """The same with choices in one order: versions of msgspec differ in where they put null."""
    if isinstance(value, list):
        return sorted((ordered(item) for item in value), key=repr)
    return {key: ordered(item) for key, item in value.items()} if isinstance(value, dict) else value


def test_the_shipped_schema_is_the_one_that_the_types_make():
    shipped = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert ordered(shipped) == ordered(json.loads(schema_text()))
    jsonschema.Draft202012Validator.check_schema(schema())


def test_what_is_written_follows_the_schema_and_reads_as_itself(text, content):
    jsonschema.Draft202012Validator(schema()).validate(content)
    assert encode(decode(text, "results.json")) == text


def test_courses_events_and_claims_are_reached_by_attribute(text):
    result = decode(text, "results.json")
    assert 0 < result.courses["incursion"].events["talks-open"].p < 1
    assert result.claims["essay/train"].size is None
    assert str(result.made.date) == "2024-09-02"


def test_numbers_are_written_with_six_digits_and_what_is_none_is_null():
    assert json.loads(encode(Estimate(value=1 / 3, mc_error=math.nan))) == {"value": 0.333333, "mc_error": None}
    assert rounded(Estimate(value=1e7 / 3, mc_error=math.inf)) == Estimate(value=3.33333e6, mc_error=None)


def test_numbers_and_arrays_of_numpy_are_written_as_plain_ones():
    spread = Interval(mean=np.float64(0.1), sd=np.float32(0.5), q05=np.array([1.0, math.nan]), q95=np.int64(2))
    assert json.loads(encode(spread)) == {"mean": 0.1, "sd": 0.5, "q05": [1, None], "q95": 2}


def test_a_claim_has_room_for_the_size_of_what_it_compares():
    side = Side(mean=0.2, mc_error=0.01, q05=0.1, q95=0.3)
    size = Size(left=side, right=side, difference=Side(mean=0.0))
    assert msgspec.to_builtins(size)["difference"] == {"mean": 0.0, "mc_error": None, "q05": None, "q95": None}


def test_unknown_keys_are_left_alone_and_missing_later_ones_take_their_defaults(content):
    content["indicators"] = []
    content["claims"]["essay/train"]["colour"] = "red"
    del content["foresight"], content["answer"], content["claims"]["essay/train"]["size"]
    assert decode(json.dumps(content), "results.json").answer == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1 / 3, 0.333333),
        (123456789.0, 123457000.0),
        (-1.23456789e-12, -1.23457e-12),
        (0.1 + 0.2, 0.3),
        (0.0, 0.0),
        (float("nan"), None),
        (float("inf"), None),
        (-np.inf, None),
        (np.float32(0.1), 0.1),
        (np.int64(7), 7),
        (np.uint32(7), 7),
        (10**12, 10**12),
        (True, True),
        (np.bool_(False), False),
        (None, None),
        ("text", "text"),
        (dt.date(2024, 8, 5), "2024-08-05"),
        (np.array([[1.0, np.nan], [2.0, 1 / 3]]), [[1.0, None], [2.0, 0.333333]]),
        ((1, 2.0), [1, 2.0]),
        ({dt.date(2024, 1, 1): {1: np.nan}}, {"2024-01-01": {"1": None}}),
    ],
)
def test_plain(value, expected):
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


@dataclass
class Damage:
    """A value put at a path, and what the message says of it."""

    path: tuple
    value: object
    where: str
    expected: str
    got: str


@pytest.mark.parametrize(
    "damage",
    [
        Damage(("claims", "essay/train", "credence"), 1.2, "claims.essay/train.credence", "a number <= 1.0", "1.2"),
        Damage(("claims", "essay/train", "mc_error"), -1, "claims.essay/train.mc_error", "a number >= 0.0", "-1"),
        Damage(
            ("claims", "essay/train", "verdict"),
            "plausible",
            "claims.essay/train.verdict",
            "a word that the schema allows",
            "plausible",
        ),
        Damage(("clock", "now"), "19 August", "clock.now", "a day such as 2024-08-19", "19 August"),
        Damage(("clock", "step_days"), 0, "clock.step_days", "a whole number >= 1", "0"),
        Damage(("ledger",), {}, "ledger", "a list", "{}"),
        Damage(("parameters",), None, "parameters", "keys with values", "null"),
        Damage(("fit", "problems"), ["a", 1], "fit.problems[1]", "a text", "1"),
        Damage(
            ("courses", "incursion", "stocks", "kursk.held", "q05"),
            [0.5, "half"],
            "courses.incursion.stocks.kursk.held.q05[1]",
            "a number or null",
            "half",
        ),
    ],
    ids=lambda damage: damage.where,
)
def test_a_wrong_value_is_refused_with_its_path(content, damage):
    target = content
    for key in damage.path[:-1]:
        target = target[key]
    target[damage.path[-1]] = damage.value
    assert refused(content) == (
        f"1 problem in the results\n\nresults.json: {damage.where}\n"
        f"  expected {damage.expected}\n  got      '{damage.got}'\n"
    )


def test_a_missing_key_is_refused_with_its_place(content):
    del content["courses"]["incursion"]["events"]
    assert refused(content) == (
        "1 problem in the results\n\nresults.json: courses.incursion\n  expected the key events\n  got      'nothing'\n"
    )


def test_a_file_that_lacks_a_part_says_so_of_the_whole(content):
    del content["clock"]
    assert refused(content) == (
        "1 problem in the results\n\nresults.json: the whole\n  expected the key clock\n  got      'nothing'\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{\n "schema": ?\n}',
            '1 problem in the results\n\nresults.json:2:12: json\n  2 |  "schema": ?\n    |            ^\n'
            "  expected valid JSON\n  got      'Expecting value'\n",
        ),
        (
            "[1]",
            "1 problem in the results\n\nresults.json\n  expected a results file that `detente run` wrote\n"
            "  got      'JSON that is a list'\n",
        ),
        (
            '{"schema": NaN}',
            "1 problem in the results\n\nresults.json\n  expected a results file that `detente run` wrote\n"
            "  got      'NaN, which JSON does not have'\n",
        ),
        (
            '{"schema": 3}',
            "1 problem in the results\n\nresults.json\n  expected a results file that `detente run` wrote\n"
            "  got      'results of schema 3'\n  hint     this version reads schema 1 and 2\n",
        ),
        (
            "{}",
            "1 problem in the results\n\nresults.json\n  expected a results file that `detente run` wrote\n"
            "  got      'JSON without the key `schema`'\n  hint     this version reads schema 1 and 2\n",
        ),
    ],
)
def test_what_is_no_result_is_refused(text, message):
    assert refused(text) == message


def test_the_page_of_the_docs_has_the_tables_that_the_types_make():
    assert pages.PAGE.read_text(encoding="utf-8") == pages.page()
