"""A scenario as a game: what is a node, who knows what, what is paid, and what is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from detente.engine.game.compile import compile_game
from detente.engine.game.courses import course_arrays
from detente.errors import InputError
from detente.games.extensive import CHANCE
from detente.games.tree import tree
from detente.language.records import Course, Forced
from tests.engine.games import START, effects, event, move, scenario, stock, track
from tests.games.games import CRISIS, crisis, two_by_two, with_aims


def hidden(base, name: str, *who: str):
    """The scenario with a stock that only some see."""
    stocks = {**base.stocks, name: dataclasses.replace(base.stocks[name], seen_by=who)}
    return dataclasses.replace(base, stocks=stocks)


def two_days(**options):
    """A and B act on both of two days; each move adds to a stock that both see."""
    base = scenario(
        record=0,
        steps=2,
        stocks=[stock("a"), stock("b")],
        tracks=[
            track("A.way", move("go", options.get("appeal", 0), effects=effects(a="1"))),
            track("B.way", move("go", 0, effects=effects(b="1"))),
        ],
    )
    return with_aims(base, options.get("discount", 1.0), A="a - 2 * b", B="b")


def test_the_crisis_is_drawn_as_it_is_told():
    game = tree(crisis(), {})
    assert game.infoset_labels == ("A.claim 2024-01-01", "B.answer 2024-01-02", "A.force 2024-01-03")
    assert game.action_labels == ("hold", "challenge", "hold", "resist", "hold", "attack")
    assert game.end_payoffs[game.ends].tolist() == [list(v) for v in CRISIS.values()]
    assert game.perfect_information() and not game.recalls()


def test_tracks_of_one_step_do_not_see_each_other():
    game = tree(two_by_two([[1, 2], [3, 4]], [[5, 6], [7, 8]]), {})
    assert np.bincount(game.infoset[game.infoset >= 0]).tolist() == [1, 2]
    assert game.end_payoffs[game.ends].tolist() == [[1, 5], [2, 6], [3, 7], [4, 8]]


def test_what_is_seen_afterwards_tells_histories_apart():
    """Second day: both saw the first day's stocks, so each has four information sets; unseen, only two (its own)."""
    game = tree(two_days(), {})
    assert len(game.owner) == 2 + 4 + 4 and not game.recalls()
    blind = tree(hidden(hidden(two_days(), "a", "A"), "b", "B"), {})
    assert len(blind.owner) == 2 + 2 + 2 and not blind.recalls()
    assert "A.way 2024-01-02: a = 1" in blind.infoset_labels


def test_actors_without_a_utility_are_nature():
    base = two_days(appeal="log(3)")
    base = dataclasses.replace(
        base, actors={k: dataclasses.replace(v, utility=None) if k == "A" else v for k, v in base.actors.items()}
    )
    game = tree(base, {}, horizon=1)
    assert game.owner.tolist() == [CHANCE, 0]
    assert game.probability[:2].tolist() == pytest.approx([0.25, 0.75])


def test_events_are_chance_and_ends_end():
    base = scenario(
        record=0,
        steps=3,
        stocks=[stock("x")],
        tracks=[track("A.way", move("go", 0, effects=effects(x="1")))],
        events=[event("clash", "0.25 * x", ends=True, effects=effects(x="-9")), event("never", 0), event("sure", 1)],
    )
    game = tree(with_aims(base, A="x"), {}, horizon=2)
    labels = [game.action_labels[a] for a in game.action[1:]]
    assert "never" not in labels and "sure" not in labels and "clash" in labels
    ended = [n for n in game.ends if game.end_payoffs[n, 0] < 0]
    depth = {n: d for d, level in enumerate(game.levels) for n in level}
    assert min(depth[n] for n in ended) == 2  # go, clash: over on the first day
    assert set(game.probability[game.action_owner == CHANCE].tolist()) == {0.25, 0.5, 0.75}


def test_payoffs_are_discounted_changes_of_utility():
    """V = u(x0) + d (u(x1) - u(x0)) + d^2 (u(x2) - u(x1))."""
    game = tree(two_days(discount=0.5), {})
    paid = {tuple(v) for v in game.end_payoffs[game.ends].tolist()}
    assert (0.5 + 0.25, 0.0) in paid and (0.25, 0.0) in paid and (-2 * 0.5, 0.5) in paid


def test_start_and_course():
    base = two_days()
    day = {START: Forced("go")}
    course = Course("c", "c", {"A.way": day}, {"B.way": ("go",)})
    game = compile_game(base)
    built = tree(base, {}, course=course_arrays(game, course, 0), game=game)
    assert [built.infoset_labels[i] for i in range(len(built.owner))] == ["A.way 2024-01-02"]
    assert len(tree(base, {}, start=1).owner) == 2


def test_appeals_are_kept():
    game = tree(two_days(appeal="log(3)"), {}, horizon=1)
    assert game.appeal[:2].tolist() == pytest.approx([0, np.log(3)])
    assert game.level_zero()[:2].tolist() == pytest.approx([0.25, 0.75])


def test_a_fixed_magnitude_is_no_luck():
    base = scenario(
        record=0,
        steps=1,
        stocks=[stock("x")],
        tracks=[track("A.way", move("go", 0, magnitude=("fixed", 3), effects=effects(x="magnitude")))],
    )
    assert tree(with_aims(base, A="x"), {}).end_payoffs[1:].tolist() == [[0], [3]]


def test_options_that_differ_are_known_to_their_actor():
    """B may answer only if A, unseen, went: to have the choice is to know."""
    base = scenario(
        record=0,
        steps=2,
        stocks=[stock("a"), stock("b")],
        tracks=[
            track("A.way", move("go", 0, needs="clock.step == 0", effects=effects(a="1"))),
            track("B.way", move("go", 0, needs="clock.step == 1 and a > 0", effects=effects(b="1"))),
        ],
    )
    game = tree(hidden(with_aims(base, A="a - b", B="b"), "a", "A"), {})
    assert np.bincount(game.infoset[game.infoset >= 0]).tolist() == [1, 1]


def test_what_makes_a_scenario_no_finite_game():
    base = scenario(
        record=0,
        steps=1,
        parameters={},
        stocks=[stock("x", noise=0.5), stock("y")],
        tracks=[track("A.way", move("go", 0, magnitude=("lognormal", 0, 1), effects=effects(y="magnitude")))],
    )
    base = dataclasses.replace(base, stocks={**base.stocks, "y": dataclasses.replace(base.stocks["y"], blur=2.0)})
    with pytest.raises(InputError) as raised:
        tree(with_aims(base, A="y"), {})
    assert (
        str(raised.value)
        == """3 problems in the scenario, as a finite game

stocks.x.noise
  expected no noise
  got      '0.5'
  hint     noise takes infinitely many values: leave it out, or write chance as an event

stocks.y.blur
  expected no blur
  got      '2'
  hint     a blurred view takes infinitely many values: hide the stock with seen_by instead

tracks.A.way.go.magnitude
  expected none, or fixed(size)
  got      'lognormal(0, 1)'
  hint     a random size takes infinitely many values: write sizes as moves of their own"""
    )


def test_an_appeal_must_not_read_what_its_actor_does_not_see():
    base = scenario(
        record=0,
        steps=2,
        stocks=[stock("a")],
        tracks=[
            track("A.way", move("go", 0, needs="clock.step == 0", effects=effects(a="1"))),
            track("B.way", move("go", "a", needs="clock.step == 1")),
        ],
    )
    with pytest.raises(InputError) as raised:
        tree(hidden(with_aims(base, A="a", B="a"), "a", "A"), {})
    assert (
        str(raised.value)
        == """1 problem in the scenario

tracks.B.way.go.appeal
  expected an appeal that depends on what its actor sees
  got      'two values where it sees the same (B.way 2024-01-02)'
  hint     an actor cannot weigh what it does not know: see the stock's seen_by"""
    )


def test_limits():
    for most, got, fits in (
        (10, "more, in step 2 of 2", "1 would fit: --horizon 1"),
        (1, "more, in step 1 of 2", "not even one would fit"),
    ):
        with pytest.raises(InputError) as raised:
            tree(two_days(), {}, max_nodes=most)
        assert str(raised.value) == (
            f"1 problem in the scenario\n\nthe game tree\n  expected at most {most} nodes\n  got      '{got}'\n"
            f"  hint     {fits}; or force or forbid moves by a course"
        )
    assert len(tree(two_days(), {}, horizon=1, max_nodes=10).parent) <= 10
    with pytest.raises(InputError, match="at least one actor with a utility"):
        tree(scenario(stocks=[stock("x")], tracks=[track("A.way", move("go", 0))]), {})


def test_a_hazard_must_be_a_probability():
    base = scenario(
        record=0, steps=1, stocks=[stock("x")], tracks=[track("A.way", move("go", 0))], events=[event("bad", 1.5)]
    )
    with pytest.raises(InputError, match="a probability, 0 to 1"):
        tree(with_aims(base, A="x"), {})
