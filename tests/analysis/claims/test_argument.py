"""What the claims of an argument stand on."""

from __future__ import annotations

import datetime as dt

import pytest

from detente.analysis.claims.argument import load_bearing, standings
from detente.language.argument import Argument, Claim
from tests.report.argued import claim as shown
from tests.report.argued import read_claim


def made(**links: dict[str, str]) -> tuple[Argument, dict]:
    """An argument of a conclusion T and its steps: name of a step, its link and its standing."""
    claims = [Claim("essay/T", "T.", None, kind="conclusion")]
    judged = {"essay/T": read_claim(shown("essay", "T.", kind="conclusion", verdict="stands on its steps"))}
    for name, about in links.items():
        id = f"essay/{name}"
        claims.append(Claim(id, "S.", None, kind="causal", supports={"essay/T": about["link"]}))
        verdict = about.get("verdict", "holds")
        judged[id] = read_claim(shown("essay", "S.", verdict=verdict, basis=about.get("basis", "record"), credence=0.9))
    return Argument("essay", "E", "A", dt.date(2024, 8, 21), tuple(claims), "essay/T"), judged


LINKED, ALONE = {"link": "linked"}, {"link": "convergent"}
FALLS, ASSUMED, BUILT = {"verdict": "fails"}, {"basis": "assumption"}, {"basis": "construction"}


@pytest.mark.parametrize(
    ("links", "stands", "weakest"),
    [
        ({"p": LINKED, "q": LINKED | ASSUMED}, "assumption", "q"),
        ({"p": LINKED, "q": LINKED | FALLS}, "falls", "q"),
        ({"p": ALONE | FALLS, "q": ALONE | ASSUMED}, "assumption", "q"),  # each by itself: the best
        ({"p": LINKED, "q": ALONE | FALLS}, "record", "p"),  # one more reason brings nothing down
        ({"p": LINKED | BUILT, "q": ALONE | ASSUMED}, "assumption", "q"),  # what is so by construction carries nothing
        ({"p": LINKED | BUILT}, "construction", ""),
        ({}, "unknown", ""),
    ],
)
def test_a_conclusion_stands_on_its_weakest_step(links, stands, weakest):
    argument, judged = made(**links)
    found, steps = standings(argument, judged)
    assert (found["essay/T"], steps.get("essay/T", "")) == (stands, weakest and f"essay/{weakest}")


def test_what_is_load_bearing():
    linked, _ = made(p=LINKED, q=ALONE)
    assert load_bearing(linked) == {"essay/T", "essay/p"}
    alone, _ = made(q=ALONE)
    assert load_bearing(alone) == {"essay/T", "essay/q"}


def test_a_long_chain_is_followed_to_its_end():
    ids = [f"essay/c{n}" for n in range(2_000)]
    claims = [
        Claim(id, "S.", None, kind="conclusion", supports={up: "linked"} if up else {})
        for up, id in zip(["", *ids], ids, strict=False)
    ]
    judged = {id: read_claim(shown("essay", "S.", kind="conclusion", verdict="stands on its steps")) for id in ids}
    found, _ = standings(Argument("essay", "E", "A", dt.date(2024, 8, 21), tuple(claims), ids[0]), judged)
    assert found[ids[0]] == "unknown"
