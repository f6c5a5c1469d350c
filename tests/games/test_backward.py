"""Backward recursion: what it can solve, what it refuses, tree against lattice."""

from __future__ import annotations

import numpy as np
import pytest

from detente.errors import InputError
from detente.games import backward
from detente.games.equations import regrets
from detente.games.lattice import forward, lattice
from detente.games.tree import tree
from tests.engine.games import effects, event, move, scenario, stock, track
from tests.games.games import crisis, with_aims


def private_cost():
    """Nature draws B's cost, B alone sees it; A asks for much or not; B fights or not."""
    base = scenario(
        record=0,
        steps=3,
        stocks=[stock("cost"), stock("asked"), stock("war")],
        tracks=[
            track("A.ask", move("much", 0, needs="clock.step == 1", effects=effects(asked="1"))),
            track("B.fight", move("war", 0, needs="clock.step == 2 and asked == 1", effects=effects(war="1"))),
        ],
        events=[event("hawk", "where(clock.step == 0, 0.25, 0)", effects=effects(cost="-1"))],
    )
    base = with_aims(base, A="asked - 3 * war", B="-asked + war * (0.5 - cost)")
    hidden = {**base.stocks, "cost": base.stocks["cost"].__class__(**{**vars(base.stocks["cost"]), "seen_by": ("B",)})}
    return base.__class__(**{**vars(base), "stocks": hidden})


def test_a_private_type_is_solved_by_recursion():
    """B fights if a hawk (1.5 > 1 ... against -1), else too (0.5 > 0): payoffs by hand, per λ."""
    game = tree(private_cost(), {})
    assert not game.perfect_information() and not game.recalls()
    lam = 0.8
    p = backward.solve(game, lam)
    war = {cost: 1 / (1 + np.exp(-lam * (0.5 - cost))) for cost in (0, -1)}
    much = 1 - 3 * (0.75 * war[0] + 0.25 * war[-1])
    ask = game.infoset_labels.index("A.ask 2024-01-02")
    assert p[game.actions_of(ask)[1]] == pytest.approx(1 / (1 + np.exp(-lam * much)), abs=1e-12)


def test_best_replies_leave_no_regret():
    game = tree(private_cost(), {})
    assert regrets(game, backward.solve(game)).max() == 0


def test_players_may_respond_differently(crisis_game):
    p = backward.solve(crisis_game, {"A": 2.0, "B": np.inf})
    assert p[3] == 1 and 0 < p[5] < 1


@pytest.mark.parametrize("lam", [0.0, 2.0, np.inf])
def test_tree_and_lattice_agree(crisis_game, lam):
    grid = lattice(crisis(), {})
    found = backward.solve_lattice(grid, lam)
    p = backward.solve(crisis_game, lam)
    assert forward(grid, found.policy).value == pytest.approx(crisis_game.values(p)[0], abs=1e-14)
    assert [found.policy[k][k if k < 2 else 2, 1] for k in range(3)] == pytest.approx(p[1::2].tolist())


def test_simultaneous_moves_are_refused(chicken):
    with pytest.raises(InputError) as raised:
        backward.solve(chicken)
    assert (
        str(raised.value)
        == """1 problem in the game

backward recursion
  expected choices of which the beliefs come from chance alone
  got      'simultaneous or hidden moves'
  hint     solve it with the concept qre or nash"""
    )


def test_a_negative_lambda_is_refused(crisis_game):
    with pytest.raises(InputError, match="lambda of A\n  expected 0 or more"):
        backward.solve(crisis_game, -1.0)
