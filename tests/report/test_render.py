"""The page as a reader gets it: complete, self-contained, and safe whatever the texts say."""

import base64
import hashlib
import itertools
import re

import pytest

from detente.report import render
from detente.report.document import decisive, document
from detente.report.figures.run import event
from tests.report.pages import Page
from tests.report.sample import read

MAX_BYTES = 600_000
NASTY = "<script>alert('x')</script> & \"quoted\" %{x} ` </style>"


@pytest.fixture
def page(results):
    return Page(render(read(results)))


def test_says_what_it_must(results, page):
    """Every claim, parameter, ledger row, quantity and limit is there, as text."""
    for name, claim in results["claims"].items():
        assert name in page.text
        assert claim["says"] in page.text
        assert claim["test"] is None or claim["test"] in page.text
    for row in results["ledger"]:
        assert row["note"] in page.text
    for name in [*results["parameters"], *results["hypotheses"], *results["courses"]]:
        assert name in page.text
    for course in results["courses"].values():
        assert all(name in page.text for name in [*course["events"], *course["stocks"]])
    for quantity in results["quantities"].values():
        assert quantity["says"] in page.text
    for text in [*results["lint"], *results["not_built"], *results["methods"], *results["fit"]["problems"]]:
        assert text in page.text
    assert "not a fact" in page.text
    assert results["scenario_sha256"] in page.text
    assert results["question"] in page.text


def test_first_screen_counts_every_claim(results, page):
    verdicts = [claim["verdict"] for claim in results["claims"].values()]
    assert f"{len(verdicts)} claims:" in page.text
    for verdict, word in [("holds", "hold"), ("open", "open"), ("fails", "fail")]:
        assert f"{verdicts.count(verdict)} {word}" in page.text


def test_is_well_formed_with_headings_and_captions(page):
    assert page.wrong == []
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(deeper - above <= 1 for above, deeper in itertools.pairwise(levels))
    assert len(page.all("table")) == len(page.all("caption"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {link["href"][1:] for link in page.all("a") if link.get("href", "").startswith("#")}
    assert targets <= set(ids)


def test_loads_nothing_from_anywhere(results, page):
    """No tag fetches; only ledger and quantity sources are linked; the policy forbids the rest."""
    for tag, attributes in page.tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert "src" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
    given = {row["url"] for row in results["ledger"]} | {"https://example.org/74"}
    links = {link["href"] for link in page.all("a") if "href" in link}
    assert {link for link in links if not link.startswith("#")} <= given
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy and "unsafe-eval" not in policy


def test_policy_allows_exactly_the_scripts_of_the_page(page):
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    assert {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in page.scripts} == allowed


def test_is_small_enough_and_the_same_each_time(results):
    html = render(read(results))
    assert len(html.encode()) < MAX_BYTES
    assert render(read(results)) == html


def test_texts_of_the_user_are_shown_and_never_run(results):
    """Hostile text in every free field appears as written and adds no tag and no script."""
    plain = Page(render(read(results)))
    results["title"] = results["question"] = results["summary"] = results["lead"]["text"] = NASTY
    results["lint"] = results["not_built"] = results["methods"] = [NASTY]
    results["fit"]["problems"] = [NASTY]
    for part in (results["claims"], results["hypotheses"], results["quantities"]):
        for row in part.values():
            row["says"] = NASTY
    for row in results["parameters"].values():
        row |= {"unit": NASTY, "why": NASTY, "source": [NASTY], "prior_text": NASTY}
    for row in results["ledger"]:
        row |= {"note": NASTY, "source": NASTY, "grade": NASTY, "target": NASTY, "url": "javascript:alert(1)"}
    for course in results["courses"].values():
        course["name"] = NASTY
        for row in [*course["events"].values(), *course["stocks"].values()]:
            row |= {"says": NASTY, "unit": NASTY, "why": NASTY}
    page = Page(render(read(results)))
    assert page.wrong == []
    assert len(page.all("script")) == len(plain.all("script"))
    assert len(page.all("style")) == 1
    assert "<script>alert('x')</script>" in page.text
    assert not [link for link in page.all("a") if "javascript" in link.get("href", "")]


def test_least_result_still_makes_a_page(minimal):
    page = Page(render(read(minimal)))
    assert page.wrong == []
    assert "No claims in this scenario" in page.text
    assert minimal["title"] in page.text  # stands in for the missing question
    assert "The record was not fitted" in page.text


@pytest.mark.parametrize("gone", ["claims", "ledger", "quantities", "parameters", "lint", "methods", "not_built"])
def test_any_part_may_be_empty(results, gone):
    results[gone] = type(results[gone])()
    assert Page(render(read(results))).wrong == []


def test_without_a_fit_no_claim_says_that_the_record_did_something(results):
    results["fit"] = {"algorithm": "none"}
    page = Page(render(read(results)))
    assert page.wrong == []
    assert "The record was not fitted" in page.text and "Credence on the assumptions alone" in page.text
    for words in ("the record left it", "the record raised it", "Credence before the record"):
        assert words not in page.text


def test_what_was_held_by_set_is_told(results):
    results["held"] = {"patience": {"value": 0.1, "prior": "gamma(2, 40)"}}
    assert "Held by --set: patience at 0.1 (its prior: gamma(2, 40))." in Page(render(read(results))).text


def test_untestable_claims_only(results):
    results["claims"] = {name: c for name, c in results["claims"].items() if c["test"] is None}
    page = Page(render(read(results)))
    assert f"{len(results['claims'])} claims: {len(results['claims'])} not testable yet" in page.text
    assert "None of the claims can be tested" in page.text


def test_unknown_numbers_are_dashes_not_errors(results):
    """A run may fail to give a number: null everywhere that the schema allows it."""

    def blank(value):
        if isinstance(value, dict):
            return {key: blank(item) for key, item in value.items()}
        if isinstance(value, list):
            return [blank(item) for item in value]
        return None if isinstance(value, float) else value

    for part in ("claims", "parameters", "hypotheses", "courses", "quantities", "timings"):
        results[part] = blank(results[part])
    page = Page(render(read(results)))
    assert page.wrong == []
    assert "None" not in page.text.replace("None of the claims", "") and "nan" not in page.text.split()


def test_decisive_claims_are_few_testable_and_from_both_arguments(results):
    chosen = decisive([row for group in document(read(results))["arguments"] for row in group["claims"]])
    assert len(chosen) == 6
    assert all(row["testable"] for row in chosen)
    assert {row["argument"] for row in chosen} == {"essay", "rebuttal"}


def test_a_course_has_one_colour_everywhere(results):
    doc = document(read(results))
    places = {row["name"]: row["index"] for row in doc["courses"]}
    assert all(row["index"] == places[row["name"]] for event in doc["events"] for row in event["key"])
    alone, both = (event(read(results), "talks-open", courses) for courses in (["no-incursion"], None))
    assert [line.course for line in alone.series] == [places["No incursion"]]
    assert [line.course for line in both.series] == [places[line.name] for line in both.series]


def test_disputed_ranges_and_values_keep_their_unit(page):
    assert "41 to 60 settlements" in page.text
    assert "1,000 km²" in page.text
