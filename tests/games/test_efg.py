"""Gambit files: written and read without loss, and what is wrong with one said by line and column."""

from __future__ import annotations

import dataclasses
import io
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import InputError
from detente.games.efg import distinct, exact, write_efg
from detente.games.extensive import CHANCE
from detente.games.read_efg import load_efg, read_efg
from detente.games.tree import tree
from tests.engine.games import effects, move, scenario, stock, track
from tests.games.games import with_aims

SMALL = """EFG 2 R "toss" { "A" "B" }
"a comment"

c "" 1 "coin" { "heads" 1/3 "tails" 2/3 } 0
p "" 2 1 "call" { "yes" "no" } 0
t "" 1 "won" { 1, -1 }
t "" 2 "lost" { -0.5 1e-2 }
p "" 2 1 0
t "" 2
t "" 0
"""


def test_random_games_are_many_kinds(random_games):
    """The games that the claims below rest on: how many have what."""
    assert {len(g.players) for g in random_games} == {2, 3}
    assert sum((g.owner == CHANCE).any() for g in random_games) >= 100
    assert sum(not g.perfect_information() for g in random_games) >= 100
    assert not any(g.recalls() for g in random_games)


def test_own_round_trip_is_the_identity(random_games):
    for game in random_games:
        assert read_efg(write_efg(game)) == game


def test_round_trip_through_gambit_is_the_identity(random_games, in_gambit):
    """Rational and decimal payoffs, chance, names, outcomes inside the tree, information sets: all 200 games."""
    for game, theirs in zip(random_games, in_gambit, strict=True):
        assert read_efg(theirs.to_efg()) == game


def test_a_loss_would_be_seen(random_games):
    game = random_games[0]
    text = write_efg(game)
    paid = text.index("{ ", text.index("outcome"))
    assert read_efg(f"{text[:paid]}{{ 1{text[paid + 2 :].lstrip('-')}") != game
    assert read_efg(text.replace("action 1", "action X", 1)) != game


def test_reading_what_others_write():
    game = read_efg(SMALL)
    assert game.players == ("A", "B") and game.comment == "a comment"
    assert game.probability[:2].tolist() == [Fraction(1, 3), Fraction(2, 3)]
    assert game.payoffs.tolist() == [[1, -1], [Fraction(-1, 2), Fraction(1, 100)]]
    assert game.outcome_labels == ("won", "lost")
    assert game.infoset.tolist() == [0, 1, -1, -1, 1, -1, -1]
    assert game.end_payoffs[game.ends[-1]].tolist() == [0, 0]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12))
@settings(deadline=None, max_examples=60)
def test_any_title_survives(text):
    game = read_efg(SMALL)
    titled = exact(dataclasses.replace(game, title=text))
    assert read_efg(write_efg(titled)) == titled


@given(st.fractions(max_denominator=10_000))
@settings(deadline=None, max_examples=60)
def test_any_payoff_survives(number):
    assert read_efg(SMALL.replace("{ 1, -1 }", f"{{ {number}, -1 }}")).payoffs[0, 0] == number
    game = read_efg(SMALL.replace("{ 1, -1 }", f"{{ {number}, -1 }}"))
    assert read_efg(write_efg(game)) == game


def test_commas_may_stand_after_any_payoff():
    assert read_efg(SMALL.replace("{ 1, -1 }", "{ 1 -1, }")) == read_efg(SMALL)


def test_chance_in_floating_point_sums_to_one_in_the_file():
    base = scenario(
        record=0,
        steps=1,
        stocks=[stock("x")],
        tracks=[track("N.dice", *(move(f"side-{i}", 0.1 * i, effects=effects(x=str(i))) for i in range(1, 7)))],
    )
    game = tree(with_aims(base, A="x", N=""), {})
    written = exact(game)
    assert sum(written.probability) == 1
    assert np.abs(written.chance() - game.chance()).max() < 1e-15
    assert read_efg(write_efg(game)) == written


def test_names_become_what_gambit_reads():
    game = read_efg(SMALL.replace('"toss"', '"Détente →  “x” "'))
    assert exact(game).title == "Detente -> ?x?"


TWICE = """EFG 2 R "names twice" { "A" "A" "Chance" }
p "n" 1 1 "x" { "go" "go" } 0
p "n" 2 1 "x" { "" "" } 0
t "n" 1 "o" { 1 0 0 }
t "n" 2 "o" { 0 1 0 }
p "n (2)" 1 2 "x" { "stop" "go" } 0
t "" 1
t "" 3 "" { 2 2 0 }
"""


def test_names_that_repeat_are_told_apart_and_empty_ones_stay():
    written = exact(read_efg(TWICE))
    assert written.players == ("A", "A (2)", "Chance (2)")
    assert written.node_labels == ("n", "n (3)", "n (4)", "n (5)", "n (2)", "", "")
    assert written.infoset_labels == ("x", "x", "x (2)")
    assert written.action_labels == ("go", "go (2)", "", "", "stop", "go")
    assert written.outcome_labels == ("o", "o (2)", "")
    assert exact(written) == written == read_efg(write_efg(read_efg(TWICE)))


def test_gambit_reads_names_that_repeated(gambit):
    game = dataclasses.replace(read_efg(TWICE), title='a "quoted" name, and a way \\')
    assert gambit.read_efg(io.BytesIO(write_efg(game).encode())).title == 'a "quoted" name, and a way'
    with pytest.raises(ValueError, match=r"unique|reserved"):
        gambit.read_efg(io.BytesIO(TWICE.encode()))
    assert len(gambit.read_efg(io.BytesIO(write_efg(read_efg(TWICE)).encode())).players) == 3


@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["", "a", "a (2)", "a (3)", "b"])), max_size=12))
def test_no_two_of_a_group_are_called_the_same(given_labels):
    groups = [group for group, _ in given_labels]
    found = distinct([label for _, label in given_labels], groups)
    named = [(group, name) for group, name in zip(groups, found, strict=True) if name]
    assert len(named) == len(set(named)) == sum(label != "" for _, label in given_labels)
    assert distinct(found, groups) == found


def test_appeals_cannot_be_exported():
    base = scenario(
        record=0, steps=1, stocks=[stock("x")], tracks=[track("A.way", move("go", 0.5, effects=effects(x="1")))]
    )
    with pytest.raises(InputError) as raised:
        write_efg(tree(with_aims(base, A="x"), {}))
    assert (
        str(raised.value)
        == """1 problem in the game

information set A.way 2024-01-01
  expected appeals of 0 (Gambit knows payoffs only)
  got      'hold 0, go 0.5'
  hint     set the appeals of strategic moves to 0, or give their actor no utility: then they are chance"""
    )


@pytest.mark.parametrize(
    ("old", "new", "at", "expected", "got"),
    [
        ("EFG", "NFG", "1:1", "EFG, the first word of the format", "NFG"),
        ('p "" 2 1 "call"', 'p "" 3 1 "call"', "5:6", "a player, 1 to 2", "3"),
        ("{ 1, -1 }", "{ 1, one }", "6:19", "a payoff", "one"),
        ("{ 1, -1 }", "{ 1 }", "6:14", "2 payoffs, one for each player", "1 of them"),
        ('t "" 0\n', "", "10:1", "a node: c, p or t", "the end of the file"),
        ('t "" 2\n', 't "" 2 "lost" { 3, 3 }\n', "9:15", "the payoffs that the outcome had before", "others"),
        (
            'p "" 2 1 0',
            'p "" 2 1 "call" { "yes" } 0',
            "8:10",
            "the actions that the information set had before",
            "call",
        ),
        ('t "" 0\n', 't "" 0\nt "" 0\n', "11:1", "the end of the file: the tree is complete", "t"),
        ("{ 1, -1 }", "{ 1e999999999, -1 }", "6:16", "a payoff", "1e999999999"),
        ('"won"', '"won', "7:13", "a space before the quotation mark (or one before it is not closed)", 'lost"'),
        ('t "" 0\n', 't "" 0 "', "10:8", "a closing quotation mark", "the end of the file"),
        ('t "" 2\n', 't "" 2 "won"\n', "9:8", "the name that the outcome had before, 'lost'", "won"),
        ('p "" 2 1 0', 'p "" 2 1 "cal" 0', "8:10", "the name that the information set had before, 'call'", "cal"),
        ("1/3", "-1/3", "4:25", "a probability, 0 or more", "-1/3"),
        ("2/3", "1/3", "4:8", "probabilities that sum to 1", "1/3, 1/3"),
        ("{ 1, -1 }", "{ 1,, -1 }", "6:18", "something between two commas", "nothing"),
        ("{ 1, -1 }", "{ \u0661, -1 }", "6:16", "a payoff", "\u0661"),
        (
            "{ 1, -1 }",
            "{ 1e101, -1 }",
            "6:16",
            "a payoff: 0, or of a size from 1e-100 to 1e100, in 1000 characters",
            "1e101",
        ),
        (
            "{ 1, -1 }",
            f"{{ 1, {'9' * 5000} }}",
            "6:19",
            "a payoff: 0, or of a size from 1e-100 to 1e100, in 1000 characters",
            "9" * 80,
        ),
    ],
)
def test_messages(old, new, at, expected, got):
    """Where, what was expected, what was found."""
    assert old in SMALL
    text = SMALL.replace(old, new, 1)
    with pytest.raises(InputError) as raised:
        read_efg(text, "toss.efg")
    (problem,) = raised.value.problems
    place = problem.place
    assert (f"{place.line}:{place.column}", problem.expected, problem.got) == (at, expected, got)


def test_a_whole_message():
    with pytest.raises(InputError) as raised:
        read_efg(SMALL.replace("{ 1, -1 }", "{ 1, one }"), "toss.efg")
    assert (
        str(raised.value)
        == """1 problem in toss.efg

toss.efg:6:19: efg
  6 | t "" 1 "won" { 1, one }
    |                   ^
  expected a payoff
  got      'one'"""
    )


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"an \.efg file"):
        load_efg(tmp_path / "none.efg")
