"""All equilibria at one λ: scan and search agree, and what is listed solves the equations."""

from __future__ import annotations

import numpy as np

from detente.games import search
from detente.games.equations import Equations
from detente.games.qre import PRINCIPAL
from detente.games.read_efg import read_efg
from tests.games.games import matching


def test_chicken_has_three_beyond_the_pitchfork(chicken):
    assert [e.name for e in search.all_fixed_points(chicken, 1.0).equilibria] == [PRINCIPAL]
    found = search.all_fixed_points(chicken, 2.0)
    assert [e.name for e in found.equilibria] == [PRINCIPAL, "other 1", "other 2"]
    shown = np.array([e.behaviour[[0, 2]] for e in found.equilibria])
    assert np.abs(shown[1] - shown[2][::-1]).max() < 1e-9 and abs(shown[0, 0] - shown[0, 1]) < 1e-12
    assert "scan" in found.method


def test_the_search_finds_what_the_scan_finds(chicken):
    equations = Equations(chicken)
    starts = search._search(equations, 2.0, 60, 1)
    ends = [search._newton(equations, start, 2.0) for start in starts]
    points = {tuple(np.round(equations.behaviour(x), 8)) for x in ends if x is not None}
    assert len(points) == 3


def test_larger_games_are_searched(random_games):
    game = next(g for g in random_games if len(Equations(g).starts) > 3)
    found = search.all_fixed_points(game, 1.0, starts=20)
    equations = Equations(game)
    assert "not a proof" in found.method
    for point in found.equilibria:
        assert np.abs(equations.residual(equations.logs(point.behaviour), 1.0)).max() < 1e-9


def test_slope_of_the_response_map(chicken):
    """2x2: iterating best responses by turns contracts where λ²|AC|p(1-p)q(1-q) < 1; here A = C = -4."""
    equations = Equations(chicken)
    x = equations.logs(search.all_fixed_points(chicken, 2.0).equilibria[0].behaviour)
    p = np.exp(x[0])
    assert abs(equations.response_eigenvalues(x, 2.0)[0] ** 2 - (2 * 4 * p * (1 - p)) ** 2) < 1e-9


def test_at_a_bifurcation_the_principal_branch_is_listed_once():
    """Four options that are all alike, at λ = 4: the uniform answer is a root of higher order, near which Newton's
    method stops at many points; the others favour one option each."""
    found = search.all_fixed_points(matching(4, "1"), 4.0).equilibria
    assert [e.name for e in found] == [PRINCIPAL, "other 1", "other 2", "other 3", "other 4"]
    assert sorted(int(e.behaviour[:4].argmax()) for e in found[1:]) == [0, 1, 2, 3]


def test_far_out_the_principal_branch_is_listed_once():
    """At λ = 5000 the dominated moves have probabilities below the least number; their logarithms are told apart."""
    game = read_efg(
        'EFG 2 R "dilemma" { "A" "B" }\np "" 1 1 "" { "a" "b" } 0\np "" 2 1 "" { "a" "b" } 0\n'
        't "" 1 "" { 2 2 }\nt "" 2 "" { 0 3 }\np "" 2 1 0\nt "" 3 "" { 3 0 }\nt "" 4 "" { 1 1 }\n'
    )
    (only,) = search.all_fixed_points(game, 5000.0).equilibria
    assert only.behaviour.tolist() == [0, 1, 0, 1]
