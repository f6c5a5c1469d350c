"""Nash equilibria by Gambit, in our order, and checked by our own regret."""

from __future__ import annotations

import builtins

import pytest

from detente.errors import InputError
from detente.strategy.equations import regrets
from detente.strategy.nash import nash


def test_chicken(chicken, gambit):
    found = nash(chicken)
    shown = {e.name: e.behaviour[[0, 2]].tolist() for e in found.equilibria}
    assert shown == {"pure 1": [0, 1], "pure 2": [1, 0], "mixed 1": pytest.approx([0.75, 0.75])}


def test_three_players(random_games, gambit):
    game = next(g for g in random_games if len(g.players) == 3)
    found = nash(game).equilibria
    assert found
    for point in found:
        assert regrets(game, point.behaviour).max() < 1e-9


def test_without_pygambit(chicken, monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest, **options):
        if name == "pygambit":
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError) as raised:
        nash(chicken)
    assert (
        str(raised.value)
        == """1 problem in the options

--concept nash
  expected pygambit
  got      'it is not installed'
  hint     pip install 'detente[gambit]' (GPL); logit QRE, level-k and backward recursion need no extra"""
    )
