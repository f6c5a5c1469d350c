"""Games shared by the tests of the solvers: built once."""

from __future__ import annotations

import io

import pytest

from detente.games.efg import write_efg
from detente.games.extensive import ExtensiveGame
from detente.games.tree import tree
from tests.games.games import CHICKEN, crisis, random_game, two_by_two

GAMES = 200


@pytest.fixture(scope="session")
def crisis_game() -> ExtensiveGame:
    return tree(crisis(), {})


@pytest.fixture(scope="session")
def chicken() -> ExtensiveGame:
    return tree(two_by_two(*CHICKEN), {})


@pytest.fixture(scope="session")
def random_games() -> list[ExtensiveGame]:
    return [random_game(seed) for seed in range(GAMES)]


@pytest.fixture(scope="session")
def gambit():
    return pytest.importorskip("pygambit", reason="pygambit (GPL, in the test extra) is not installed")


@pytest.fixture(scope="session")
def in_gambit(gambit, random_games) -> list:
    """The random games as Gambit reads them."""
    return [gambit.read_efg(io.BytesIO(write_efg(game).encode())) for game in random_games]
