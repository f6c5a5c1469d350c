"""Level-k and cognitive hierarchy: against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from detente.errors import InputError
from detente.games import backward
from detente.games.levelk import level_k, mixture, poisson
from detente.games.read_efg import read_efg


def test_best_replies_alternate_in_chicken(chicken):
    levels = level_k(chicken, 6)
    assert [b[0] for b in levels.by_level] == [0.5, 1, 0, 1, 0, 1, 0]


def test_with_enough_levels_it_is_the_agent_equilibrium(crisis_game):
    """Three choices: from level 3 on nothing changes, and what is left is backward recursion."""
    solved = backward.solve(crisis_game, 2.0)
    levels = level_k(crisis_game, 5, lam=2.0).by_level
    assert np.abs(levels[3] - solved).max() < 1e-14
    assert np.abs(levels[5] - solved).max() < 1e-14
    assert np.abs(levels[1] - solved).max() > 0.01


def test_own_later_moves_are_of_the_own_level_or_below(crisis_game):
    own = level_k(crisis_game, 1, lam=2.0).by_level[1]
    below = level_k(crisis_game, 1, lam=2.0, later="below").by_level[1]
    attack = np.exp(2 * -0.2) / (np.exp(2 * -0.2) + np.exp(2 * -0.5))
    for levels, later in ((own, attack), (below, 0.5)):
        assert levels[5] == pytest.approx(attack)
        worth = 0.5 * 1 + 0.5 * (later * -0.2 + (1 - later) * -0.5)
        assert levels[1] == pytest.approx(1 / (1 + np.exp(-2 * worth)))


def test_a_mixture_is_reached_as_its_parts_are(random_games):
    """Kuhn: the mixture of behaviours reaches every node as often as its parts do on average (one player mixed)."""
    for game in random_games[:25]:
        rng = np.random.default_rng(4)
        parts = []
        for _ in range(3):
            raw = rng.random(len(game.appeal)) + 0.05
            raw /= np.bincount(game.action_infoset, raw)[game.action_infoset]
            parts.append(np.where(game.action_owner == 0, raw, game.level_zero()))
        weights = [0.5, 0.3, 0.2]
        mixed = mixture(game, parts, weights, "bayes")
        want = sum(w * game.reach(p) for w, p in zip(weights, parts, strict=True))
        assert np.abs(game.reach(mixed) - want).max() < 1e-14


def test_beliefs_where_play_never_comes():
    """B sees only that A did not quit. Level 1 of A quits for sure; level 2 of B must still choose: it believes in the
    fewest slips, here one of each kind, so that the average counts."""
    text = 'EFG 2 R "" { "A" "B" }\np "" 1 1 "a" { "quit" "left" "right" } 0\nt "" 1 "" { 9 0 }\n'
    text += 'p "" 2 1 "b" { "x" "y" } 0\nt "" 2 "" { 0 3 }\nt "" 3 "" { 0 0 }\n'
    text += 'p "" 2 1 0\nt "" 4 "" { 0 0 }\nt "" 5 "" { 0 1 }\n'
    levels = level_k(read_efg(text), 2).by_level
    assert levels[1][:3].tolist() == [1, 0, 0]
    assert levels[2][3:].tolist() == [1, 0]


@pytest.mark.parametrize(("tie", "want"), [("split", 0.5), ("first", 1.0), ("last", 0.0)])
def test_tie_rules(tie, want):
    game = read_efg('EFG 2 R "" { "A" }\np "" 1 1 "" { "a" "b" } 0\nt "" 1 "" { 1 }\nt "" 2 "" { 1 }\n')
    assert level_k(game, 1, tie=tie).by_level[1][0] == want
    assert backward.solve(game, tie=tie)[0] == want


def test_poisson_weights():
    assert poisson(1.5, 3).tolist() == pytest.approx(np.array([1, 1.5, 1.125]) / 3.625)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hierarchy": "cloud"}, "hierarchy\n  expected levelk or ch\n  got      'cloud'"),
        ({"hierarchy": "ch"}, "tau\n  expected the mean level, above 0 and finite\n  got      'None'"),
        ({"hierarchy": "ch", "tau": np.inf}, "tau\n  expected the mean level, above 0 and finite\n  got      'inf'"),
        ({"tie": "toss"}, "the tie rule\n  expected split or first or last\n  got      'toss'"),
    ],
)
def test_messages(crisis_game, options, message):
    with pytest.raises(InputError) as raised:
        level_k(crisis_game, 1, **options)
    assert str(raised.value) == f"1 problem in the options\n\n{message}"
