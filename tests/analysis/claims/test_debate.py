"""Two invented arguments held against each other, with known answers for each kind of pair."""

import datetime as dt

import pytest

from detente.analysis.claims.debate import debates
from detente.language.argument import Argument, Claim, Finding
from detente.language.expressions import parse
from detente.language.syntax import Expression
from detente.result import claims as judged

DAY = dt.date(2024, 8, 21)
SOURCE = Finding("A", "2024-08-01", "B2", "confirms")
OTHER_SOURCE = Finding("B", "2024-08-01", "B2", "confirms")
SET_BACK = "P(talks by 2025-02-24 | act) < P(talks by 2025-02-24 | none)"
BROUGHT_ON = "P(talks by 2025-08-11 | none) < P(talks by 2025-08-11 | act)"


def claim(id, test="", attacks=(), **more):
    return Claim(id, f"{id}.", Expression(test, parse(test, tests=True)) if test else None, attacks=attacks, **more)


def found(claim, credence=None, verdict="open", crux=(), influence=()):
    return judged.Claim(
        argument=claim.id.split("/")[0],
        part="",
        says=claim.says,
        test=claim.test.text if claim.test else None,
        untestable="",
        credence_prior=None,
        credence=credence,
        mc_error=0.01,
        words="",
        verdict=verdict,
        evidence_share=None,
        by_hypothesis={},
        flipped_by_hypothesis=[],
        crux=list(crux),
        influence=list(influence),
        margin=None,
    )


def crux(parameter, direction, at=0.5, there=0.3, confirmed=True):
    return judged.Crux(
        parameter=parameter,
        separation=0.9,
        flips_at=at,
        direction=direction,
        p_beyond=0.2,
        credence_there=there,
        confirmed=confirmed,
    )


def row(change, error=0.01, kind="measurement", name="front", what="120"):
    return judged.ClaimInfluence(
        date=dt.date(2024, 8, 18),
        kind=kind,
        name=name,
        what=what,
        source="",
        log_p=-1.0,
        k_hat=0.1,
        reliable=True,
        method="re-weighted",
        change=change,
        mc_error=error,
    )


def debate(one, other, judgements):
    """The one debate of two arguments of a claim or more each."""
    sides = [Argument(name, name, "", DAY, tuple(claims)) for name, claims in (("essay", one), ("reply", other))]
    held = {c.id: found(c, **judgements.get(c.id, {})) for c in (*one, *other)}
    (only,) = debates((sides[0], sides[1]), held)
    return only


def pair(first, second, credences=(0.5, 0.5), **more):
    """How two claims stand to each other; None where they have nothing to do with each other."""
    judgements = {
        c.id: {"credence": p} | {key: value[i] for key, value in more.items()}
        for i, (c, p) in enumerate(zip((first, second), credences, strict=True))
    }
    pairs = debate([first], [second], judgements).pairs
    return (pairs[0].kind, pairs[0].says) if pairs else None


DISAGREE, PAST, SHARED = "true disagreement", "talking past each other", "shared premise"


def test_a_true_disagreement_and_what_separates():
    one, other = claim("essay/back", SET_BACK, label="B3"), claim("reply/on", BROUGHT_ON, ("essay/back",), label="R3")
    judgements = {
        "essay/back": {
            "credence": 0.6,
            "crux": [crux("leverage", "above")],
            "influence": [row(0.03), row(0.2, error=0.15)],
        },
        "reply/on": {"credence": 0.3, "influence": [row(-0.09, kind="move", name="N.talks", what="suspend")]},
    }
    assert debate([one], [other], judgements) == judged.Debate(
        arguments=["essay", "reply"],
        attacks=1,
        pairs=[
            judged.DebatePair(
                claims=["essay/back", "reply/on"],
                kind="true disagreement",
                attacked=True,
                says="They say opposite things of talks by 24 Feb 2025 (or talks by 11 Aug 2025).",
                separates="It hangs on talks by 24 Feb 2025 (or talks by 11 Aug 2025): essay's B3 has 60%, "
                "reply's R3 30%. "
                "With leverage above 0.5 essay's B3 turns round, to 30%. "
                "In the record the move suspend of N.talks of 18 Aug 2024 bears most on it, by 9 points.",
            )
        ],
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a > 0", "a < 0", (DISAGREE, "They say opposite things of a.")),
        ("a > 0", "not a > 0", (DISAGREE, "They say opposite things of a.")),
        ("a > 0 and b > 0", "b < 0.2", (DISAGREE, "They say opposite things of b.")),
        ("a > 0", "not (a > 1 or b > 1)", (DISAGREE, "They say opposite things of a.")),
        ("2*a - b > 0", "a < b", (DISAGREE, "They say opposite things of a and b.")),
        (
            "E(s at 2025-02-03 | act) > 5",
            "5 > E(s at 2025-02-03 | act)",
            (DISAGREE, "They say opposite things of s on 3 Feb 2025."),
        ),
        ("E(s at 2025-02-03 | act) > 5", "E(s at 2025-02-03 | none) < 5", None),
        ("E(s at 2025-02-03 | act) > 5", "E(s at 2025-03-03 | act) < 5", None),
        ("P(x | act) > 0.5", "P(x | act) - P(x | none) < 0.1", None),  # a chance against a difference
        ("a > 0 or b > 0", "a < 0", None),  # an `or` asserts neither side
        ("abs(a) < 1", "a > 1", None),  # neither larger nor smaller
        ("a > 0", "a > 1", (SHARED, "Both say the same of a.")),
        ("exp(a) > 1 and c > 0", "a > 0 and b > 0", (SHARED, "Both say the same of a.")),
    ],
)
def test_what_tests_ask(first, second, expected):
    """The same either way round, with nobody attacking."""
    assert pair(claim("essay/one", first), claim("reply/other", second)) == expected
    turned = pair(claim("essay/one", second), claim("reply/other", first))
    assert (turned and turned[0]) == (expected and expected[0])


def test_what_holds_together_is_no_disagreement():
    """Credences that add up to more than one: both hold in some draws, as with thresholds that overlap."""
    one, other = claim("essay/one", "a > 0"), claim("reply/other", "a < 1", ("essay/one",))
    assert pair(one, other, (0.9, 0.8)) == (
        PAST,
        "Both ask about a, but not so that one excludes the other. Both hold in 70% or more of what one may believe.",
    )
    assert pair(one, other, (0.51, 0.51)) == (DISAGREE, "They say opposite things of a.")  # within two errors of 1


@pytest.mark.parametrize(
    ("sides", "credences", "expected"),
    [
        (("below", "below"), (0.6, 0.2), (DISAGREE, "They turn on k from opposite sides.")),  # holds above; holds below
        (("below", "above"), (0.6, 0.2), (PAST, "They ask about different things; both turn on k.")),
        ((None, None), (0.6, 0.2), (PAST, "They ask about different things and turn on none in common.")),
    ],
)
def test_a_crux_in_common(sides, credences, expected):
    one, other = claim("essay/one", "a > 0"), claim("reply/other", "b > 0", ("essay/one",))
    cruxes = [[crux("k", side)] if side else [] for side in sides]
    assert pair(one, other, credences, crux=cruxes) == expected
    assert pair(one, claim("reply/other", "b > 0"), credences, crux=cruxes) is None  # nobody attacks


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (("confirmed", "disputed"), (DISAGREE, "By the sources essay's one is confirmed, reply's other disputed.")),
        (("confirmed", "confirmed"), (PAST, "Sources confirm both.")),
    ],
)
def test_facts_under_attack(verdicts, expected):
    one, other = claim("essay/one", check=(SOURCE,)), claim("reply/other", "", ("essay/one",), check=(OTHER_SOURCE,))
    assert pair(one, other, verdict=verdicts) == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({}, (PAST, "Nothing here can tell of reply's other: no test and no source.")),
        ({"check": ()}, (PAST, "Nothing here can tell of reply's other: no test and no source.")),
        ({"value": "price"}, (PAST, "Yours to weigh, not to be tested: reply's other.")),
        (
            {"check": (SOURCE,)},
            (PAST, "A fact for sources, reply's other, against a question to the model, essay's one."),
        ),
        ({"kind": "conclusion"}, None),
    ],
)
def test_attacks_that_nothing_can_settle(second, expected):
    assert pair(claim("essay/one", "a > 0"), claim("reply/other", "", ("essay/one",), **second)) == expected


def test_facts_that_both_use():
    one, other = claim("essay/one", check=(SOURCE, OTHER_SOURCE)), claim("reply/other", check=(SOURCE,))
    shared = (SHARED, "Both are confirmed, and both rest on A (2024-08-01).")
    assert pair(one, other, verdict=("confirmed", "confirmed")) == shared
    assert pair(one, other, verdict=("confirmed", "disputed")) is None


def test_what_is_only_asked_counts_under_attack_alone():
    asked = claim("essay/one", "a > 0", asserts="open")
    assert pair(asked, claim("reply/other", "a < 0")) is None
    assert pair(asked, claim("reply/other", "a < 0", ("essay/one",))) == (DISAGREE, "They say opposite things of a.")


def test_attacks_are_counted_either_way_conclusions_among_them():
    one = [claim("essay/T", kind="conclusion"), claim("essay/a", "a > 0", ("reply/b",))]
    other = [claim("reply/T", "", ("essay/T",), kind="conclusion"), claim("reply/b", "b > 0")]
    held = debate(one, other, {"essay/a": {"credence": 0.5}, "reply/b": {"credence": 0.5}})
    assert (held.attacks, [p.claims for p in held.pairs]) == (2, [["essay/a", "reply/b"]])
