"""Two invented scenarios with known answers: each basis, each mark of fairness, each judge, the map and the answer.

Seeds are fixed. Numbers are compared within five Monte-Carlo errors: false alarm below 1e-6 for a normal error.
"""

from pathlib import Path

import pytest
from scipy.integrate import quad
from scipy.stats import norm

import detente

HERE = Path(__file__).parent / "invented"
STANDARD_ERRORS = 5


@pytest.fixture(scope="module")
def ferry():
    return detente.run(HERE / "ferry", draws=512, futures=16)


@pytest.fixture(scope="module")
def bridge():
    return detente.run(HERE / "bridge", draws=1536, futures=16)


# claim: (verdict, basis, judge, fairness). North patrolled in 30 of 40 weeks; nobody has seen anything of `thaw`,
# N(1, 1), of `worth`, nor of `danger`, a lognormal of mean 0.00144, so that ten weeks run a risk of 0.0144
FERRY = {
    "essay/escort-them": ("stands on its steps", None, None, None),
    "essay/patrols-are-habit": ("holds", "record", "draws", "fair"),
    "essay/thaw-will-come": ("holds", "assumption", "draws", "fair"),
    "essay/safe": ("fails", "assumption", "average", "over-claimed"),
    "essay/seen": ("confirmed", None, None, "fair"),
    "essay/built": ("holds", "construction", "average", None),
    "essay/worth-it": ("for the reader", None, None, None),
    "essay/worth-half": ("open", "assumption", "draws", "fair"),
    "essay/sure-of-habit": ("holds", "record", "draws", "under-claimed"),
    "essay/idle": ("fails", "record", "draws", "over-claimed"),
    "essay/even": ("open", "assumption", "draws", "over-claimed"),
    "essay/asked": ("open", "assumption", "draws", "fair"),
    "essay/much": ("open", "assumption", "draws", "over-claimed"),
    "essay/safe-by-draws": ("leans towards", "assumption", "draws", "fair"),
    "essay/admitted": ("not testable yet", None, None, None),
    "rebuttal/let-it-be": ("stands on its steps", None, None, None),
    "rebuttal/risky": ("holds", "assumption", "average", "fair"),
    "rebuttal/halfway": ("stands on its steps", None, None, None),
    "rebuttal/denied": ("refuted", None, None, "over-claimed"),
    "rebuttal/doubted": ("disputed", None, None, "over-claimed"),
    "rebuttal/unseen": ("unchecked", None, None, None),
}


def test_every_claim_is_judged_as_it_should_be(ferry):
    found = {name: (c.verdict, c.basis, c.judge, c.fairness) for name, c in ferry.claims.items()}
    assert found == FERRY


@pytest.mark.parametrize(
    ("claim", "exact"),
    [
        ("essay/thaw-will-come", norm.cdf(1)),
        ("essay/even", 0.5),
        ("essay/much", 0.5),
        ("essay/worth-half", 0.5),
        ("essay/safe", norm.cdf(0.2938)),  # 10 danger < 0.01: log(0.001) is 0.2938 sds above -7.26
        ("rebuttal/risky", norm.sf(0.2938)),
    ],
)
def test_credences(ferry, claim, exact):
    about = ferry.claims[claim]
    assert abs(about.credence - exact) < STANDARD_ERRORS * about.mc_error


def test_a_risk_is_its_average(ferry):
    """Most draws lie below one in a hundred, and the risk above it."""
    safe, drawn = ferry.claims["essay/safe"], ferry.claims["essay/safe-by-draws"]
    size = safe.size
    assert abs(size.left.mean - 0.0144) < STANDARD_ERRORS * size.left.mc_error
    assert size.difference.mean == pytest.approx(size.left.mean - 0.01, abs=1e-6)
    assert size.left.q05 < 0.01 < size.left.q95
    assert safe.judge_differs and drawn.judge_differs
    assert drawn.near and not safe.near
    assert not ferry.claims["essay/thaw-will-come"].judge_differs


def test_a_margin_has_three_shares(ferry):
    about = ferry.claims["essay/much"]
    assert (about.smallest, about.more) == (1, about.credence)
    assert about.more + about.same + about.less == pytest.approx(1)
    assert abs(about.less - norm.cdf(-2)) < STANDARD_ERRORS * (norm.cdf(-2) / 512) ** 0.5
    assert ferry.claims["essay/even"].more is None


def test_facts_are_pooled(ferry):
    """A1 errs in 7 % of cases, B2 in 14 %: a side counts once, at its best."""
    wrong = 0.1 * 2**0.5
    assert ferry.claims["essay/seen"].credence == pytest.approx(1 - 0.05 * 2**0.5)
    odds = (wrong / (1 - wrong)) ** 2
    assert ferry.claims["rebuttal/denied"].credence == pytest.approx(odds / (1 + odds))
    assert ferry.claims["rebuttal/doubted"].credence == pytest.approx(0.5)
    assert ferry.claims["rebuttal/unseen"].credence is None


def test_the_map(ferry):
    """The conclusion stands on its weakest linked step; of those that support it alone the best one counts; what is
    true by construction carries nothing."""
    essay, rebuttal = ferry.arguments["essay"], ferry.arguments["rebuttal"]
    top = essay.map["essay/escort-them"]
    assert (top.standing, top.weakest, essay.weakest) == ("assumption", "essay/thaw-will-come", "essay/thaw-will-come")
    bearing = {name for name, node in essay.map.items() if node.load_bearing}
    assert bearing == {f"essay/{id}" for id in ("escort-them", "patrols-are-habit", "thaw-will-come", "built")}
    steps = essay.steps
    assert (steps.record, steps.assumption, steps.open, steps.falls, steps.unknown) == (1, 1, 0, 0, 0)
    assert (rebuttal.map["rebuttal/let-it-be"].standing, rebuttal.weakest) == ("falls", "rebuttal/denied")
    assert rebuttal.map["rebuttal/halfway"].standing == "assumption"
    assert rebuttal.map["rebuttal/risky"].attacks == ["essay/safe"]
    assert (rebuttal.steps.assumption, rebuttal.steps.falls) == (1, 1)


def test_the_debate(ferry):
    """The risk is above one in a hundred, or below: nothing else joins the two."""
    (debate,) = ferry.debates
    assert (debate.arguments, debate.attacks) == (["essay", "rebuttal"], 1)
    (pair,) = debate.pairs
    assert (pair.claims, pair.kind, pair.attacked) == (["essay/safe", "rebuttal/risky"], "true disagreement", True)
    assert pair.says == "They say opposite things of risk on 21 Dec 2020."


def test_the_answer(ferry):
    """Talks come by a hazard of 0.04 logistic(2 thaw) a week with the escort, 0.02 without, over ten weeks."""
    talks, accident = ferry.answer

    def chance(thaw):
        return 1 - (1 - 0.04 / (1 + 2.718281828459045 ** (-2 * thaw))) ** 10

    escort = quad(lambda thaw: chance(thaw) * norm.pdf(thaw, 1, 1), -8, 10)[0]
    for course, exact in (("escort", escort), ("none", 1 - 0.98**10)):
        side = talks.by_course[course]
        assert abs(side.mean - exact) < STANDARD_ERRORS * side.mc_error + 1e-4
    assert talks.compared == ["escort", "none"]
    assert talks.difference.mean == pytest.approx(escort - (1 - 0.98**10), abs=STANDARD_ERRORS * 0.005)
    assert abs(talks.credence - norm.cdf(1)) < STANDARD_ERRORS * talks.mc_error
    assert talks.more == pytest.approx(talks.credence)
    assert talks.basis == "assumption"
    assert talks.crux[0].parameter == "thaw"
    assert talks.changed_by.startswith("It turns round where thaw (nobody has seen it) lies below ")
    assert (accident.margin, accident.same, accident.basis) == (0.5, 1, "construction")
    assert accident.credence > 0.99


def test_a_dial_moves_the_claims_that_read_it(ferry, bridge):
    dial = ferry.claims["essay/worth-it"].dial
    assert [(m.claim, m.at_low, m.at_high) for m in dial.moves] == [("essay/worth-half", 0, 1)]
    assert (dial.low, dial.high) == (pytest.approx(0.05, abs=0.04), pytest.approx(0.95, abs=0.04))
    (better,) = bridge.claims["memo/cheap"].dial.moves
    assert (better.claim, better.at_low) == ("memo/better-off", 1)
    assert better.at_high < 0.2


def test_the_devils_advocate(ferry):
    """All load-bearing claims that can be tested are true where thaw is above 0; of patrols nothing is open."""
    found = ferry.arguments["essay"].advocate
    assert (found.of, found.at_least) == (2, 2)
    assert found.claims == ["essay/patrols-are-habit", "essay/thaw-will-come"]
    assert found.share == pytest.approx(ferry.claims["essay/thaw-will-come"].credence, abs=0.01)
    (thaw,) = found.beliefs
    above = 1 + norm.pdf(-1) / norm.cdf(1)  # mean of N(1, 1) above 0
    assert (thaw.parameter, thaw.mean) == ("thaw", pytest.approx(above, abs=0.2))
    assert abs(found.price) < 0.1, "the record knows nothing of thaw"
    assert found.sentences[0].startswith("thaw is 1.")


def test_before_the_record_all_is_assumption_or_construction():
    found = detente.run(HERE / "ferry", draws=512, futures=16, do_fit=False)
    bases = {name: c.basis for name, c in found.claims.items() if c.basis}
    assert set(bases.values()) == {"assumption", "construction"}
    assert [name for name, basis in bases.items() if basis == "construction"] == ["essay/built"]


def test_a_hypothesis_that_the_record_ruled_out_is_the_record(bridge):
    """North guarded the bridge in 30 of 30 weeks, which it would not where it does not pay."""
    pays = bridge.claims["memo/pays"]
    assert (pays.verdict, pays.basis, pays.flipped_by_hypothesis) == ("holds", "record", ["idle"])
    assert abs(pays.credence_prior - 2 / 3) < STANDARD_ERRORS * pays.credence_prior_mc_error


def test_the_hypothesis_that_decides_is_named(bridge):
    """North is trusted under every hypothesis but one, whatever `trust` is elsewhere."""
    trusted = bridge.claims["memo/trusted"]
    assert trusted.decided_by == ["distrust"]
    assert trusted.by_hypothesis == pytest.approx({"pays": 1, "idle": 1, "distrust": 0}, abs=0.01)


def test_expected_utility_is_judged_by_its_average(bridge):
    """0.6 - cost, with cost uniform: 0.1 on average, positive in 60 % of draws."""
    better = bridge.claims["memo/better-off"]
    assert (better.judge, better.verdict, better.judge_differs) == ("average", "holds", True)
    assert abs(better.size.difference.mean - 0.1) < STANDARD_ERRORS * better.size.difference.mc_error
    assert abs(better.credence - 0.6) < STANDARD_ERRORS * better.mc_error


def test_what_cannot_be_tested_leaves_the_conclusion_unknown(bridge):
    memo = bridge.arguments["memo"]
    assert (memo.map["memo/guard"].standing, memo.weakest) == ("unknown", "memo/soon")
    assert (memo.steps.unknown, memo.map["memo/trusted"].load_bearing) == (1, False)
