"""Maps of arguments, and their claims in the order of the source."""

from __future__ import annotations

from detente.report.argument import arguments
from detente.report.render import render
from tests.report.argued import argued
from tests.report.pages import Page
from tests.report.sample import read


def shown(content=None, text=()):
    results = read(content or argued())
    return arguments(results, {id: f"at-{id}" for id in results.claims}, text)


def test_a_map_holds_each_claim_once_under_what_it_carries():
    essay, reply = shown()
    tree = essay["tree"]
    assert (tree["label"], [item["label"] for item in tree["below"]]) == ("T", ["B"])
    (talks,) = tree["below"]
    assert (talks["link"], talks["bearing"], talks["weakest"]) == ("linked", True, True)
    assert [item["label"] for item in talks["below"]] == ["A"]
    assert [item["label"] for item in essay["loose"]] == ["N"]
    assert reply["tree"] is None


def test_the_weakest_step_is_named():
    weakest = shown()[0]["weakest"]
    assert (weakest["label"], weakest["means"]) == ("B", "stands on assumption")


def test_claims_stand_in_the_order_of_the_source_with_a_note():
    essay, reply = shown()
    assert [row["label"] for row in essay["rows"]] == ["A", "B", "N", "T"]
    facts, talks, norm, thesis = essay["rows"]
    assert facts["note"] == "Of 1 source 1 confirms; best: The Ferryman (B2)."
    assert (facts["minor"], essay["minor"]) == (True, "A")
    assert talks["note"] == (
        "20% against 25%. Credence 60%, 50% before the record. About the same in 30%. "
        "This rests on assumption: the record hardly bears on it."
    )
    assert (talks["fairness"], talks["near"], talks["carries"], talks["asserts"]) == (
        "over-claimed",
        True,
        "T",
        "said flatly",
    )
    assert [item["says"] for item in talks["answers"]] == ["No talks were near."]
    assert (norm["note"], norm["sentences"]) == ("No test: a norm.", "3 and 4")
    assert thesis["note"] == "No verdict of its own: it stands on what carries it."
    assert essay["attached"] is False and reply["attached"] is True


def test_an_unchecked_fact_and_a_dial_say_so():
    content = argued()
    content["claims"]["essay/facts"] |= {"check": [], "verdict": "unchecked"}
    moves = [{"claim": "essay/talks", "at_low": 0.2, "at_high": 0.7}]
    dial = {"parameter": "chill", "low": 0, "high": 1, "moves": moves}
    content["claims"]["essay/norm"] |= {"dial": dial, "kind": "value", "untestable": ""}
    facts, _, norm, _ = shown(content)[0]["rows"]
    assert facts["note"] == "No source was looked up."
    assert norm["note"] == "Yours to weigh: chill from 0 to 1 moves B 20% to 70%."


def test_the_sentences_of_the_source_stand_beside_their_claims():
    essay, reply = shown(text=["One.", "Two.", "Three."])
    assert [row["source"] for row in essay["rows"]] == ["One.", "Two.", "Three.", ""]
    assert [row["source"] for row in reply["rows"]] == [""]


def test_on_the_page():
    page = render(read(argued()), ["One & only."])
    told = Page(page)
    assert told.wrong == []
    for part in ("The answer", "More likely: 14 in 1,000", "weakest</span>", "One &amp; only.", "It sets talks back."):
        assert part in page
    assert "decisive" not in page.split("</header>")[0].split("<body>")[1]


def test_without_a_fit_nothing_is_said_of_the_record():
    content = argued()
    content["fit"] = {"algorithm": "none"}
    assert shown(content)[0]["rows"][1]["note"] == "20% against 25%. Credence 60%. About the same in 30%."


def test_the_strongest_case_says_what_it_takes_and_what_it_costs():
    content = argued()
    found = {
        "claims": ["essay/talks"],
        "of": 1,
        "at_least": 1,
        "share": 0.25,
        "price": 0.8,
        "sentences": ["chill is 0.7"],
    }
    content["arguments"]["essay"]["advocate"] = found
    told = shown(content)[0]["advocate"]
    assert told["line"] == (
        "In 25% of what the record leaves open, at least 1 of 1 load-bearing claim that the model can test are true "
        "together. It explains the record worse by 0.8 nats than the rest."
    )
    assert "One would have to believe that:" in render(read(content)) and shown()[0]["advocate"] is None
