"""The record of a game: canonical order, checks, recall."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from detente.errors import InputError
from detente.games.extensive import NONE, assemble
from tests.games.games import random_game

PLAIN = dict(
    players=["A", "B"],
    parent=np.array([NONE, 0, 0, 1, 1]),
    action=np.array([NONE, 2, 3, 0, 1]),
    infoset=np.array([1, 0, NONE, NONE, NONE]),
    outcome=np.array([NONE, NONE, 1, 0, 0]),
    owner=np.array([1, 0]),
    sizes=np.array([2, 2]),
    probability=np.zeros(4),
    payoffs=np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
)


def test_canonical_order():
    """Information sets and outcomes are numbered as they appear; what is not used is left out."""
    game = assemble(**PLAIN)
    assert game.parent.tolist() == [-1, 0, 1, 1, 0]
    assert game.infoset.tolist() == [0, 1, -1, -1, -1]
    assert game.owner.tolist() == [0, 1]
    assert game.outcome.tolist() == [-1, -1, 0, 0, 1]
    assert game.payoffs.tolist() == [[1, 2], [3, 4]]


def test_order_of_the_input_does_not_matter():
    swapped = {**PLAIN, "parent": np.array([NONE, 0, 0, 2, 2]), "action": np.array([NONE, 3, 2, 1, 0])}
    swapped |= {"infoset": np.array([1, NONE, 0, NONE, NONE]), "outcome": np.array([NONE, 1, NONE, 0, 0])}
    assert assemble(**swapped) == assemble(**PLAIN)
    assert assemble(**{**PLAIN, "title": "another"}) != assemble(**PLAIN)


def test_values_and_reach_by_hand():
    game = assemble(**PLAIN)
    behaviour = np.array([0.25, 0.75, 0.4, 0.6])
    assert game.reach(behaviour).tolist() == pytest.approx([1, 0.25, 0.1, 0.15, 0.75])
    assert game.values(behaviour)[0].tolist() == pytest.approx([0.25 * 1 + 0.75 * 3, 0.25 * 2 + 0.75 * 4])


def test_values_equal_the_mean_over_ends():
    for seed in range(30):
        game = random_game(seed)
        p = game.level_zero()
        direct = game.reach(p)[game.ends] @ game.end_payoffs[game.ends]
        assert np.abs(game.values(p)[0] - direct).max() < 1e-12


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"parent": np.array([NONE, NONE, 0, 1, 1])}, "one root"),
        ({"action": np.array([NONE, 2, 2, 0, 1])}, "one branch for every action of the node's information set"),
        ({"payoffs": np.array([[1.0, np.nan], [3.0, 4.0], [5.0, 6.0]])}, "finite numbers"),
        ({"owner": np.array([-1, 0])}, "probabilities that sum to 1"),
    ],
)
def test_what_is_no_game(change, expected):
    with pytest.raises(InputError) as raised:
        assemble(**{**PLAIN, **change})
    assert expected in [p.expected for p in raised.value.problems]


def test_recall():
    game = assemble(**PLAIN)
    assert game.recalls() == []
    twice = {**PLAIN, "owner": np.array([0, 0])}
    assert assemble(**twice).recalls() == []
    absent = dataclasses.replace(game, infoset=np.array([0, 0, -1, -1, -1]), owner=np.array([0]))
    assert absent.recalls() == [0]
