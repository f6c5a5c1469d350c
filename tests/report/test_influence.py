"""What the page says of rival hypotheses and of what the record taught."""

import copy

import pytest
from msgspec.structs import replace

from detente.report import influence, render
from detente.report.document import document
from detente.result.claims import OpenShares, Share
from tests.report.pages import Page
from tests.report.sample import read


@pytest.fixture
def doc(results):
    return document(read(results))


def test_stretches_in_words(results):
    groups = influence.windows(read(results))
    assert [g["id"] for g in groups] == list(results["hypotheses"])
    assert groups[0]["summary"] == "Not one of its 180 comparisons is more surprising than chance explains"
    assert groups[1]["summary"] == "1 of its 180 comparisons is more surprising than chance explains"
    row = groups[0]["rows"][0]
    assert (row["what"], row["surprise"], row["expected"], row["p"]) == ("moves of RU.fires", "12", "5.1", "0.01%")
    assert row["flagged"] and not groups[0]["rows"][1]["flagged"]
    assert groups[0]["rows"][1]["what"] == "the event talks-open"


def test_flips_name_their_claims(results, doc):
    claims = [row for group in doc["arguments"] for row in group["claims"]]
    for group in influence.flips(read(results), claims):
        expected = [c["says"] for c in results["claims"].values() if group["id"] in c["flipped_by_hypothesis"]]
        assert sorted(row["says"] for row in group["rows"]) == sorted(expected)


def test_one_hypothesis_flips_nothing(results, doc):
    (name, only), *_ = results["hypotheses"].items()
    assert influence.flips(read(results | {"hypotheses": {name: only}}), []) == []


@pytest.fixture
def claim(results):
    """A claim with rows that moved it."""
    return next(c for c in read(results).claims.values() if c.influence)


def test_the_open_part_in_one_sentence(claim):
    share = Share(share=0.25, mc_error=0.03)
    shares = OpenShares(learned=share, unlearned=share, hypothesis=share, unexplained=share)
    assert influence.claim(replace(claim, open_shares=shares))["open"] == (
        "Of what is still open, 25% ±3 pp turns on assumptions the record did not touch, 25% ±3 pp on parameters it "
        "taught something about, 25% ±3 pp on which hypothesis is true; 25% ±3 pp on no single parameter."
    )
    assert influence.claim(replace(claim, open_shares=None))["open"].startswith("Too few draws disagree")


def test_rows_say_what_can_be_trusted(claim):
    rows = influence.claim(claim)["rows"]
    assert [row["note"] for row in rows] == [
        "",
        "",
        "not reliable: the draws cannot tell",
        "fitted again without it",
        "",
    ]
    assert rows[4]["k"] == "–"
    quiet = [replace(row, change=0.001, mc_error=0.01) for row in claim.influence]
    assert influence.claim(replace(claim, influence=quiet))["rows_note"]


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [(0.123, 0.01, "+12 pp ±1 pp"), (-0.02, 0.004, "−2 pp ±0.4 pp"), (0.0, 0.02, "0 pp ±2 pp"), (None, None, "–")],
)
def test_moved(change, error, text):
    assert influence.moved(change, error) == text


def test_results_from_before_these_analyses_still_make_a_page(results):
    old = copy.deepcopy(results)
    del old["checks"], old["influence"]
    for row in old["hypotheses"].values():
        del row["worst_stretches"]
    for row in old["claims"].values():
        for key in ("moved", "moved_mc_error", "open_shares", "influence", "by_hypothesis_mc_error"):
            row.pop(key, None)
        row.pop("verdict_by_hypothesis", None)
    page = Page(render(read(old)))
    assert page.wrong == []
    assert "What is still open" not in page.text and "explains the record worst" not in page.text
