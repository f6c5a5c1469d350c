"""What no schema says of results: it is said by the path of the value that others contradict."""

from __future__ import annotations

import json

import pytest

from detente.errors import InputError
from detente.result import decode
from tests.report.sample import sample
from tests.result.test_codec import refused

TALKS = ("courses", "incursion", "events", "talks-open")
HELD = ("courses", "incursion", "stocks", "kursk.held")


def changed(path, change):
    content = json.loads(json.dumps(sample()))
    *above, last = path
    home = content
    for key in above:
        home = home[key]
    home[last] = change(home[last])
    return content


@pytest.mark.parametrize(
    ("path", "change", "where", "expected"),
    [
        ((*TALKS, "q95"), lambda q: -0.0 + 0, ".".join((*TALKS, "q95")), "at least "),
        ((*HELD, "mean"), lambda values: values[1:], ".".join((*HELD, "mean")), "values, one for each date"),
        ((*HELD, "dates", 1), lambda day: "1999-01-01", ".".join((*HELD, "dates")) + "[1]", "a day after "),
        ((*HELD, "q95", 0), lambda q: -1e9, ".".join((*HELD, "q95")) + "[0]", "at least "),
        ((*HELD, "end", "sd"), lambda sd: -1, ".".join((*HELD, "end", "sd")), "a number >= 0"),
        (("clock", "end"), lambda day: "1999-01-01", "clock.end", "at least "),
        (("draws",), lambda n: -1, "draws", "a number >= 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_contradicts_itself_is_refused_with_its_path(path, change, where, expected):
    lines = refused(changed(path, change)).splitlines()
    assert lines[0] == "1 problem in the results" and lines[2] == f"results.json: {where}"
    assert expected in lines[3]


@pytest.mark.parametrize(
    ("old", "new", "got"),
    [
        ('"seed": ', '"seed": 1, "seed": ', "the key seed twice"),
        ('"title": "', '"title": "\\ud800', "U+D800, half a character"),
        ('{"detente"', '{"\\udfff": 0, "detente"', "U+DFFF, half a character"),
        ('"title": ', '"x": 1e400, "title": ', "1e400, a number beyond 1.8e308"),
    ],
)
def test_json_is_read_strictly(old, new, got):
    text = json.dumps(sample())
    assert old in text
    assert refused(text.replace(old, new, 1)) == (
        "1 problem in the results\n\nresults.json\n  expected a results file that `detente run` wrote\n"
        f"  got      '{got}'\n"
    )


def test_two_halves_of_a_character_are_one():
    text = json.dumps(sample()).replace('"title": "', '"title": "\\ud83d\\ude00', 1)
    assert decode(text, "results.json").title.startswith("\U0001f600")


def test_twenty_contradictions_are_told():
    with pytest.raises(InputError) as caught:
        decode(json.dumps(changed((*HELD, "q95"), lambda values: [-1e9] * len(values))), "results.json")
    assert 1 < len(caught.value.problems) <= 20
