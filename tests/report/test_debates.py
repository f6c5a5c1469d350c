"""The section that holds two arguments against each other."""

from detente.report import render
from detente.report.document import document
from tests.report.pages import Page
from tests.report.sample import read

HEADING = "Where the two agree and where they do not"


def _debate(results, *pairs, attacks=1):
    """One debate of the sample's first claims of either argument."""
    essay, rebuttal = (next(id for id in results["claims"] if id.startswith(name)) for name in ("essay/", "rebuttal/"))
    rows = [{"claims": [essay, rebuttal], "attacked": True, "says": f"As {kind}."} | more for kind, more in pairs]
    kinds = [{"kind": kind} for kind, _ in pairs]
    return {
        "arguments": ["essay", "rebuttal"],
        "attacks": attacks,
        "pairs": [row | kind for row, kind in zip(rows, kinds, strict=True)],
    }


def test_every_kind_is_shown_under_its_heading(results):
    kinds = [
        ("talking past each other", {}),
        ("true disagreement", {"separates": "It hangs on talks.", "attacked": False}),
        ("shared premise", {"attacked": False}),
    ]
    results["debates"] = [_debate(results, *kinds)]
    page = Page(render(read(results)))
    assert page.wrong == []
    text = page.text.partition(HEADING)[2]
    places = [
        text.index(words)
        for words in (
            "They truly disagree",
            "It hangs on talks. Neither names the other’s claim.",
            "Both take it that",
            "As shared premise.",
            "They talk past each other in 1 attack: both may be right",
            "As talking past each other.",
        )
    ]
    assert places == sorted(places)
    assert "Neither attacks" not in text


def test_where_nobody_attacks_it_says_so(results):
    results["debates"] = [_debate(results, ("shared premise", {"attacked": False}), attacks=0)]
    text = Page(render(read(results))).text
    assert "Neither attacks a claim of the other." in text
    assert "No true disagreement: nothing that one says excludes what the other says." in text


def test_without_pairs_there_is_no_section(results):
    assert HEADING not in Page(render(read(results))).text
    results["debates"] = [_debate(results)]
    assert document(read(results))["debates"] == []
