"""The lattice: exact distributions of long chance processes, and agreement with the tree and with simulation."""

from __future__ import annotations

import numpy as np
import pytest

from detente.errors import InputError
from detente.games.lattice import forward, lattice
from detente.games.tree import tree
from detente.language.priors import Prior
from tests.engine.games import effects, event, move, scenario, stock, track
from tests.games.games import two_by_two, with_aims


def walk(steps: int):
    """A gambler's ruin: one fort won or lost a day, until a side has all ten. Nobody decides."""
    base = scenario(
        record=0,
        steps=steps,
        parameters={"p": Prior("uniform", (0, 1))},
        stocks=[stock("forts", 5, low=0, high=10)],
        tracks=[track("N.wait", move("nothing", 0, needs="forts < 0"))],
        events=[
            event("won", "where(forts > 0 and forts < 10, p, 0)", effects=effects(forts="2")),
            event("fought", "where(forts > 0 and forts < 10, 1, 0)", effects=effects(forts="-1")),
        ],
    )
    return with_aims(base, N="where(forts >= 10, 1, 0)")


@pytest.fixture(scope="module")
def long_walk():
    return lattice(walk(1200), {"p": 0.45})


def test_gamblers_ruin_exactly(long_walk):
    """Feller I, ch. XIV: P(win) = (1 - r^x) / (1 - r^N), mean duration by its formula; 1,200 steps leave 1e-30."""
    found = forward(long_walk)
    r = 0.55 / 0.45
    won = (1 - r**5) / (1 - r**10)
    at = dict(zip(long_walk.stock("forts", 1200).tolist(), found.states[-1].tolist(), strict=True))
    assert at[10.0] == pytest.approx(won, abs=1e-12)
    assert found.value[0] == pytest.approx(won, abs=1e-12)
    days = (5 - 10 * won) / (0.55 - 0.45)
    assert found.events[:, 1].sum() == pytest.approx(days, abs=1e-9)


def test_every_boundary_is_a_distribution(long_walk):
    found = forward(long_walk)
    assert max(abs(p.sum() - 1) for p in found.states) < 1e-12
    assert max(len(p) for p in found.states) <= 11


def test_binomial_after_few_steps(long_walk):
    at = dict(zip(long_walk.stock("forts", 4).tolist(), forward(long_walk).states[4].tolist(), strict=True))
    assert at == pytest.approx(
        {1: 0.55**4, 3: 4 * 0.55**3 * 0.45, 5: 6 * 0.55**2 * 0.45**2, 7: 4 * 0.55 * 0.45**3, 9: 0.45**4}
    )


def small(discount=1.0):
    """Choices by turns, chance, an end, discounting: all at once."""
    base = scenario(
        record=0,
        steps=4,
        stocks=[stock("x"), stock("y")],
        tracks=[
            track("A.way", move("up", 0.3, needs="clock.step == 0 or clock.step == 2", effects=effects(x="1"))),
            track(
                "B.way",
                move("down", "0.2 * x", needs="clock.step == 1 or clock.step == 3", effects=effects(x="-1", y="1")),
            ),
            track("N.sky", move("rain", "-0.4 * y", effects=effects(y="1"))),
        ],
        events=[event("stop", "0.1 * max(x, 0)", ends=True), event("gift", "0.2", once=True, effects=effects(x="2"))],
    )
    return with_aims(base, discount, A="x - y", B="y - 0.5 * x", N="")


@pytest.mark.parametrize("discount", [1.0, 0.9])
def test_lattice_and_tree_give_the_same_payoffs(discount):
    base = small(discount)
    grid, game = lattice(base, {}), tree(base, {})
    plain = forward(grid)
    assert plain.value == pytest.approx(game.values(game.level_zero())[0], abs=1e-12)
    assert sum(len(layer.alive) for layer in grid.layers) < len(game.parent) / 3


def test_chance_of_events_and_of_nature(long_walk):
    grid = lattice(small(), {}, nature=True)
    found = forward(grid)
    first = np.exp(0.3) / (1 + np.exp(0.3))
    assert found.events[0, 0] == pytest.approx(0.1 * first)
    assert found.events[:, 1].sum() <= 1
    assert all((stage.player == -1).all() for stage in grid.stages)


def test_simultaneous_choices_are_refused():
    with pytest.raises(InputError) as raised:
        lattice(two_by_two([[1, 2], [3, 4]], [[5, 6], [7, 8]]), {})
    assert (
        str(raised.value)
        == """1 problem in the scenario

tracks
  expected one choice at a time (perfect information)
  got      'A.choice and B.choice at once, on 2024-01-01'
  hint     simultaneous choices need the tree: --concept qre, or tracks that take turns"""
    )


def test_limit_on_states():
    with pytest.raises(InputError, match="at most 3 states"):
        lattice(walk(6), {"p": 0.5}, max_states=3)
