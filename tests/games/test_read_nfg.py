"""Gambit's normal-form files: nobody sees what another chose, and what is wrong with one is said."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from detente.errors import InputError
from detente.games.efg import exact, write_efg
from detente.games.read_efg import read_efg
from detente.games.read_nfg import load_nfg, read_nfg

PAYOFFS = 'NFG 1 R "three by two"\n{ "A" "B" } { 3 2 }\n"and a word"\n1 1 0 2 0 2\n1/2 1 -0.5 3 2e1 0\n'
OUTCOMES = """NFG 1 R "a meeting" { "A" "B" }

{ { "left" "right" } { "left" "right" } }
""
{
{ "met" 2, 1 }
{ "missed" 0 0 }
}
1 2 0 1
"""
COMMA = "a blank before it, and commas among the payoffs of one outcome alone"


def paid(game, *plan):
    """What a combination of strategies pays."""
    node = 0
    for strategy in plan:
        node = int(game.children[node, strategy])
    return [] if game.outcome[node] < 0 else game.payoffs[game.outcome[node]].tolist()


def test_a_table_of_payoffs():
    """The first player's strategy changes first."""
    game = read_nfg(PAYOFFS)
    table = [[1, 1], [0, 2], [0, 2], [Fraction(1, 2), 1], [Fraction(-1, 2), 3], [20, 0]]
    assert [paid(game, a, b) for b, a in itertools.product(range(2), range(3))] == table
    assert (game.players, game.title, game.comment) == (("A", "B"), "three by two", "and a word")
    assert game.action_labels == ("1", "2", "3", "1", "2")
    assert not game.recalls() and game.owner.tolist() == [0, 1]


def test_a_list_of_outcomes():
    """0 is the outcome that pays nothing."""
    game = read_nfg(OUTCOMES)
    assert [paid(game, a, b) for b, a in itertools.product(range(2), range(2))] == [[2, 1], [0, 0], [], [2, 1]]
    assert game.action_labels == ("left", "right") * 2
    assert sorted(game.outcome_labels) == ["met", "missed"]


def test_three_players_and_one_with_a_single_strategy():
    game = read_nfg(f'NFG 1 D "" {{ "A" "B" "C" }} {{ 2 1 3 }}\n{" ".join(map(str, range(18)))}')
    assert [paid(game, a, 0, c)[0] for c, a in itertools.product(range(3), range(2))] == [0, 3, 6, 9, 12, 15]
    assert np.bincount(game.infoset[game.infoset >= 0]).tolist() == [1, 2, 2]


@pytest.mark.parametrize("text", [PAYOFFS, OUTCOMES])
def test_written_as_a_tree(text):
    game = read_nfg(text)
    assert read_efg(write_efg(game)) == exact(game)


@pytest.mark.parametrize("text", [PAYOFFS, OUTCOMES])
def test_gambit_reads_the_same(text, gambit, tmp_path):
    (tmp_path / "game.nfg").write_text(text, encoding="utf-8")
    theirs, ours = gambit.read_nfg(str(tmp_path / "game.nfg")), load_nfg(tmp_path / "game.nfg")
    for plan in itertools.product(*(range(len(player.strategies)) for player in theirs.players)):
        outcome = theirs[plan]
        assert paid(ours, *plan) == ([outcome[player] for player in theirs.players] if outcome else [])


@pytest.mark.parametrize(
    ("text", "old", "new", "at", "expected", "got"),
    [
        (PAYOFFS, "NFG", "EFG", "1:1", "NFG, the first word of the format", "EFG"),
        (PAYOFFS, " 1 R", " 2 R", "1:5", "1, the version of the format", "2"),
        (PAYOFFS, "R", "X", "1:7", "R or D", "X"),
        (PAYOFFS, '"A" "B"', "", "2:4", "a player's name", "}"),
        (PAYOFFS, '"A" "B"', '"A" ' * 101, "2:1", "at most 100 players", "101 of them"),
        (PAYOFFS, "3 2 ", "3 ", "2:13", "strategies of 2 players", "of 1"),
        (PAYOFFS, "3 2 ", "3 0 ", "2:17", "at least one strategy", "none"),
        (PAYOFFS, "3 2 ", "3 x ", "2:17", "a number of strategies, or their names in braces", "x"),
        (PAYOFFS, "3 2 ", '3 { "a" } ', "2:17", "names of every player's strategies, or numbers of all", "{"),
        (PAYOFFS, "3 2 ", "999 999 ", "2:13", "a game of at most 200,000 nodes as a tree", "999,001"),
        (PAYOFFS, "2e1 0", "2e1", "6:1", "12 payoffs, 2 for each of 6 combinations of strategies", "11"),
        (PAYOFFS, "2e1 0", "2e1 0 0", "6:1", "12 payoffs, 2 for each of 6 combinations of strategies", "13"),
        (PAYOFFS, "-0.5 3", "-0,5 3", "5:10", COMMA, "a comma"),
        (PAYOFFS, "{ 3 2 }", "{ 3, 2 }", "2:18", COMMA, "a comma"),
        (PAYOFFS, "{ 3 2 }", "{ 3 2, }", "2:20", COMMA, "a comma"),
        (PAYOFFS, '"A" "B"', '"A", "B"', "2:6", "commas after payoffs alone", "a comma"),
        (OUTCOMES, "2, 1 }", "2 }", "6:1", "2 payoffs, one for each player", "1 of them"),
        (OUTCOMES, "2, 1 }", "2, a }", "6:12", "a payoff", "a"),
        (OUTCOMES, "1 2 0 1", "1 2 0 3", "9:7", "an outcome, 1 to 2, or 0", "3"),
        (OUTCOMES, "1 2 0 1", "1 2 0", "10:1", "4 outcomes, one for each combination of strategies", "3"),
        (OUTCOMES, "1 2 0 1", "1 2 0 -1", "9:7", "an outcome, 1 to 2, or 0", "-1"),
    ],
)
def test_messages(text, old, new, at, expected, got):
    """Where, what was expected, what was found."""
    assert old in text
    with pytest.raises(InputError) as raised:
        read_nfg(text.replace(old, new, 1), "game.nfg")
    problem = raised.value.problems[0]
    assert (f"{problem.place.line}:{problem.place.column}", problem.expected, problem.got) == (at, expected, got)


def test_every_wrong_number_of_the_table_is_told():
    with pytest.raises(InputError) as raised:
        read_nfg(PAYOFFS.replace("1 1 0", "one 1 ?").replace("2e1 0", "2e1 nan"), "game.nfg")
    assert (
        str(raised.value)
        == """3 problems in game.nfg

game.nfg:4:1: nfg
  4 | one 1 ? 2 0 2
    | ^
  expected a payoff
  got      'one'

game.nfg:4:7: nfg
  4 | one 1 ? 2 0 2
    |       ^
  expected a payoff
  got      '?'

game.nfg:5:18: nfg
  5 | 1/2 1 -0.5 3 2e1 nan
    |                  ^
  expected a payoff
  got      'nan'"""
    )


def test_a_table_of_words_is_told_in_part():
    with pytest.raises(InputError) as raised:
        read_nfg(f'NFG 1 R "" {{ "A" "B" }} {{ 10 10 }}\n{"x " * 200}')
    assert len(raised.value.problems) == 20


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"expected an \.nfg file"):
        load_nfg(tmp_path / "none.nfg")
