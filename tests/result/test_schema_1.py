"""Files of schema 1 still make a page; `old.json` has no more than that schema demanded."""

import json
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.report import render
from detente.result import decode, encode
from tests.cli.conftest import call
from tests.report.pages import Page

OLD = Path(__file__).with_name("old.json")


@pytest.fixture
def old():
    return decode(OLD.read_text(encoding="utf-8"), "old.json")


def test_what_moved_stands_in_its_new_place(old):
    assert (old.schema, old.made.engine, old.made.versions["jax"]) == (2, "machine code", "0.10.2")
    assert (old.asked.seed, old.asked.set) == (1, {"will": 0.1})
    assert (old.lead.event, old.answer) == ("relief", [])
    assert old.fit.problems == ["model: few draws"]
    assert (old.analogies, old.analogies_missing) == (None, "put the file there")
    assert (old.parameters["will"].source, old.parameters["will"].hypotheses) == (["assumption"], ["model"])
    assert (str(old.courses["free"].branch), old.courses["free"].futures) == ("2020-01-13", 8)
    assert (old.checks, old.influence, old.claims["essay/ends"].size) == (None, None, None)


def test_it_is_a_result_of_schema_2_from_then_on(old):
    assert decode(encode(old), "again") == old


def test_the_page(old):
    page = Page(render(old))
    assert page.wrong == []
    for text in ("The siege will end.", "Model: few draws", "jax 0.10.2", "engine machine code"):
        assert text in page.text


def test_the_command(tmp_path):
    assert call("render", OLD, "--out", tmp_path) == (0, f"wrote {tmp_path / 'report.html'}\n", "")


def test_without_a_fit():
    content = json.loads(OLD.read_text(encoding="utf-8")) | {"fit": None}
    page = Page(render(decode(json.dumps(content), "old.json")))
    assert page.wrong == [] and "Before the record: nothing was fitted." in page.text


@pytest.mark.parametrize("key", ["clock", "claims", "courses", "parameters", "hypotheses", "ledger", "seed"])
def test_a_key_that_every_version_wrote_may_not_be_missing(key):
    content = json.loads(OLD.read_text(encoding="utf-8"))
    del content[key]
    with pytest.raises(InputError) as error:
        decode(json.dumps(content), "old.json")
    assert str(error.value).startswith("1 problem in the results\n\nold.json: ")


@pytest.mark.parametrize(
    "part", [{"clock": 1}, {"versions": 1}, {"courses": {"free": {"stocks": {"food": {"end": 2}}}}}]
)
def test_a_part_of_another_kind_is_refused(part):
    content = json.loads(OLD.read_text(encoding="utf-8")) | part
    with pytest.raises(InputError) as error:
        decode(json.dumps(content), "old.json")
    assert str(error.value) == (
        "1 problem in the results\n\nold.json\n  expected a results file that `detente run` wrote\n"
        "  got      'results of schema 1 in which a part is of another kind'"
    )
