"""What the claims ask: each thing once, numbered in order, with utilities written out."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from detente.analysis.claims.credence import credence
from detente.engine.game.compile import compile_game
from detente.futures.questions import courses_of, expand_utilities, per_draw, questions_of, rewrite, value_key
from detente.language.argument import Claim
from detente.language.expressions import parse
from detente.language.priors import Prior
from detente.language.records import Actor
from detente.language.syntax import Binary, Name, Number
from tests.analysis.made import claiming, independent, played, test_of
from tests.engine.games import event, expression, move, scenario, stock, track

LATE, LATER = "2024-01-06", "2024-01-08"  # after the branch, which is 2024-01-05


def game(**tests):
    """Two events, two tracks, a stock that counts days, and an actor who likes them."""
    built = scenario(
        parameters={"taste": Prior("normal", (0.0, 1.0))},
        stocks=[stock("days", 1, flow="1"), stock("drift", "taste", flow="0.1 * taste")],
        tracks=[track("A.war", move("raid", "0"), move("strike", "0")), track("B.war", move("raid", "0"))],
        events=[event("talks", 0.1), event("clash", 0.2)],
    )
    actors = {"A": Actor("A", "A", expression("taste * days")), "B": Actor("B", "B")}
    return claiming(replace(built, actors=actors), **tests)


def asked(**tests):
    built = game(**tests)
    return questions_of(built, compile_game(built))


def test_nothing_asked():
    """Events are always watched; moves and values only when asked for."""
    found = asked()
    assert found.watched == {"talks": 0, "clash": 1}
    assert (found.tally.moves, found.tally.values, found.values) == ((), (), {})


def test_moves_are_numbered_after_events_once_each():
    found = asked(
        one="P(B.war:raid | free) > P(A.war:strike | free)",
        two=f"P(A.war:strike by {LATE} | free) > 0.5 and P(clash | free) > P(B.war:raid on {LATE} | free)",
    )
    assert found.watched == {"talks": 0, "clash": 1, "B.war:raid": 2, "A.war:strike": 3}
    assert found.tally.moves == ((1, 1), (0, 2)), "track index, and move index with hold at 0"


def test_values_are_numbered_once_per_expression_and_boundary():
    found = asked(
        one=f"E(days at {LATE} | free) > E(days at {LATER} | free)",
        two=f"E( days  at {LATE} | free) > E(days + 1 at {LATE} | free)",
    )
    assert list(found.values.values()) == [0, 1, 2]
    assert [boundary for _, boundary in found.values] == [5, 7, 5]
    assert [boundary for _, boundary in found.tally.values] == [5, 7, 5]


def test_dates_before_the_branch_need_no_future():
    """They are answered from the replayed path, exactly, and the branch itself from the futures."""
    found = asked(one="E(days at 2024-01-03 | free) > E(days at 2024-01-05 | free)")
    assert [boundary for _, boundary in found.values] == [4]


def test_utilities_are_written_out():
    built = game()
    assert expand_utilities(parse("2 * A.utility + 1"), built) == parse("2 * (taste * days) + 1")
    for same in ("B.utility", "C.utility", "days"):
        assert expand_utilities(parse(same), built) == parse(same)


def test_utility_and_its_expression_are_one_value():
    found = asked(one=f"E(A.utility at {LATE} | free) > E(taste * days at {LATE} | free)")
    assert list(found.values.values()) == [0]


def test_keys_forget_where_a_name_stood():
    built = game()
    near, far = (test_of(f"{pad}E(days at {LATE} | free) > 0").tree.left for pad in ("", "     "))
    assert value_key(near, built) == value_key(far, built)
    assert hash(value_key(near, built)) == hash(value_key(far, built))


def test_rewrite_keeps_what_it_does_not_replace():
    tree = parse("where(days > 1 and not drift < 2, -days, max(days, 3) ** 2)")
    assert rewrite(tree, lambda node: None) == tree
    renamed = rewrite(tree, lambda node: Name("x") if isinstance(node, Name) and node.id == "days" else None)
    assert renamed == parse("where(x > 1 and not drift < 2, -x, max(x, 3) ** 2)")


def test_courses_of():
    assert courses_of(Claim("a/b", "", test_of("taste > 1"))) == set()
    assert courses_of(Claim("a/b", "", None, "why")) == set()
    both = test_of(f"P(talks | one) > E(days at {LATE} | two)")
    assert courses_of(Claim("a/b", "", both)) == {"one", "two"}


def test_per_draw():
    """Answers and parameters meet draw by draw; a constant is spread over the draws."""
    answers = {"talks": np.array([0.1, 0.6]), "clash": np.array([0.5, 0.5])}
    tree = test_of("P(talks | free) > P(clash | free) or taste > 1").tree
    found = per_draw(tree, lambda node: answers[node.event], {"taste": np.array([2.0, 0.0])})
    assert found.tolist() == [True, True]
    tree = Binary(">", Number(2.0), Number(1.0))
    assert per_draw(tree, lambda node: None, {"taste": np.zeros(3)}).tolist() == [True] * 3


@pytest.fixture(scope="module")
def futures():
    built = game(
        branch="E(days at 2024-01-05 | free) > 4.5",
        before="E(drift at 2024-01-03 | free) > 0",
        utility=f"E(A.utility at {LATER} | free) > 0",
        clock=f"E(clock.step at 2024-01-02 | free) + E(clock.step at {LATER} | free) > 7.5",
    )
    return played(built, draws=independent(("taste",), np.linspace(-1, 1, 16)), futures=4)


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("E(days at 2024-01-01 | free)", lambda taste: 1 + 0 * taste),
        ("E(days at 2024-01-03 | free)", lambda taste: 3 + 0 * taste),
        ("E(days at 2024-01-05 | free)", lambda taste: 5 + 0 * taste),
        ("E(drift at 2024-01-03 | free)", lambda taste: 1.2 * taste),
        (f"E(A.utility at {LATER} | free)", lambda taste: 8 * taste),
        ("E(A.utility at 2024-01-02 | free)", lambda taste: 2 * taste),
        ("E(clock.step at 2024-01-02 | free)", lambda taste: 1 + 0 * taste),
        (f"E(clock.step at {LATER} | free)", lambda taste: 7 + 0 * taste),
        ("E(clock.season at 2024-01-02 | free)", lambda taste: 1 / 366 + 0 * taste),
    ],
)
def test_answers_on_both_sides_of_the_branch(futures, text, exact):
    found = futures.answer(test_of(f"{text} > 0").tree.left)
    np.testing.assert_allclose(found, exact(np.linspace(-1, 1, 16)), rtol=1e-6, atol=1e-6)


def test_claims_on_both_sides_of_the_branch(futures):
    found = {c.id: credence(c.test.tree, futures).value for c in futures.scenario.claims}
    assert found == pytest.approx({"essay/branch": 1, "essay/before": 0.5, "essay/utility": 0.5, "essay/clock": 1})


def test_only_questions_have_answers(futures):
    with pytest.raises(TypeError, match="not a question"):
        futures.answer(parse("taste"))


def test_games_branch_where_they_say():
    assert game().clock.branch == dt.date(2024, 1, 5)
