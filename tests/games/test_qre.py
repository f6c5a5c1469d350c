"""Quantal response equilibria: against Gambit's tracer, against their own equations, and where branches cross."""

from __future__ import annotations

import dataclasses
import io
from fractions import Fraction

import numpy as np
import pytest

from detente.errors import InputError
from detente.games import backward
from detente.games.efg import write_efg
from detente.games.equations import Equations, regrets
from detente.games.extensive import ExtensiveGame
from detente.games.levelk import level_k
from detente.games.qre import limit, trace
from detente.games.read_efg import read_efg
from detente.games.tree import tree
from tests.engine.games import effects, move, scenario, stock, track
from tests.games.games import matching, random_game, with_aims

LAMBDAS = [1.0]


def gambit_order(game: ExtensiveGame) -> list[int]:
    """The players' actions in Gambit's order: by player, then information set."""
    sets = [i for player in range(len(game.players)) for i in np.flatnonzero(game.owner == player).tolist()]
    return [action for infoset in sets for action in game.actions_of(infoset)]


def test_principal_branch_agrees_with_gambit(random_games, in_gambit, gambit):
    """All 200 games at Gambit's own λ, to 1e-6. None of them bends: no fold and no crossing up to λ = 1, so that
    there is one branch to compare; the symmetric case, where Gambit leaves it, is tested by itself below."""
    bends = 0
    for game, theirs in zip(random_games, in_gambit, strict=True):
        points = gambit.qre.logit_solve_lambda(theirs, lam=LAMBDAS, first_step=0.3, max_accel=2.0)
        branch = trace(game, [point.lam for point in points])
        bends += len(branch.turns) + len(branch.crossings)
        order = gambit_order(game)
        for mine, its in zip(branch.points, points, strict=True):
            given = np.array([its[i] for i in range(len(order))])
            assert np.abs(mine.behaviour[order] - given).max() < 1e-6
    assert bends == 0


def test_the_comparison_can_fail(random_games):
    """A λ off by 0.1 % is seen in nearly every game: the agreement is not agreement about nothing."""
    seen = 0
    for game in random_games[:40]:
        a, b = (trace(game, [lam]).points[0].behaviour for lam in (1.0, 1.001))
        seen += np.abs(a - b).max() > 1e-6
    assert seen >= 36


def test_points_solve_the_equations(random_games):
    for game in random_games[:40]:
        equations = Equations(game)
        for point in trace(equations, [0.0, 0.5, 3.0, 10.0]).points:
            p = point.behaviour
            sums = np.bincount(game.action_infoset, p)
            assert np.abs(sums - 1).max() < 1e-12
            if (p[equations.actions] > 1e-200).all():
                assert np.abs(equations.residual(equations.logs(p), point.lam)).max() < 1e-9


def test_jacobian(random_games):
    rng = np.random.default_rng(3)
    for game in random_games[:10]:
        equations = Equations(game)
        x = equations.start() + 0.3 * rng.normal(size=len(equations.actions))
        _, jacobian = equations.linearised(x, 0.7)
        step = 1e-6
        numeric = [
            (equations.residual(x + step * e, 0.7) - equations.residual(x - step * e, 0.7)) / (2 * step)
            for e in np.eye(len(x))
        ]
        assert np.allclose(np.stack(numeric, 1), jacobian[:, :-1], atol=1e-7)


def test_where_recursion_applies_both_agree(random_games):
    solved = [g for g in random_games if backward.recursion_order(g) is not None]
    assert len(solved) >= 15
    for game in solved:
        for point in trace(game, [0.5, 2.0]).points:
            assert np.abs(point.behaviour - backward.solve(game, point.lam)).max() < 1e-10


def test_pitchfork_is_passed_straight_and_located(chicken):
    """Symmetric chicken: p = s(λ(3 - 4p)), and the branches cross where 4λp(1-p) = 1; solved here by bisection,
    independently of the tracer."""
    low, high = 0.5, 1.5
    for _ in range(80):
        middle = (low + high) / 2
        a, b = 0.0, 1.0
        for _ in range(80):
            p = (a + b) / 2
            a, b = (p, b) if p < 1 / (1 + np.exp(-middle * (3 - 4 * p))) else (a, p)
        low, high = (middle, high) if middle * 4 * p * (1 - p) < 1 else (low, middle)
    branch = trace(chicken, [5.0])
    assert len(branch.crossings) == 1 and not branch.turns
    assert branch.crossings[0].lam == pytest.approx(low, abs=1e-8)
    assert branch.crossings[0].behaviour[0] == pytest.approx(p, abs=1e-8)
    assert branch.points[0].behaviour[0] == pytest.approx(branch.points[0].behaviour[2], abs=1e-12)
    assert branch.points[0].behaviour[0] == pytest.approx(0.706159740556941, abs=1e-9)


@pytest.mark.parametrize(("size", "pay", "lam"), [(2, "1", 2.0), (2, "4", 0.5), (2, "1e-10", 2e10), (3, "1", 3.0)])
def test_lambda_just_at_a_bifurcation(size, pay, lam):
    """Where all options are alike the principal branch is uniform. In the plane of the gap between two options each
    answer has slope λ pay / size, so that branches cross at λ = size / pay; with three options they cross in pairs."""
    branch = trace(matching(size, pay), [lam / 2, lam, lam * (1 + 1e-9), lam * 1.5])
    for point in branch.points:
        assert point.behaviour.tolist() == pytest.approx([1 / size] * 2 * size, abs=1e-12)
    assert [c.lam / lam for c in branch.crossings] == pytest.approx([1.0] * (size == 2), abs=1e-8)
    assert trace(matching(size, pay), [lam]).points[0].behaviour.tolist() == pytest.approx([1 / size] * 2 * size)


def test_the_crossing_is_told_where_lambda_is_just_there():
    assert [c.lam for c in trace(matching(2, "1"), [2.0]).crossings] == pytest.approx([2.0], abs=1e-8)


@pytest.mark.parametrize("unit", ["1e-90", "1e-10", "1e12", "1e90"])
def test_units_do_not_matter(random_games, unit):
    """A game in other units is the same game: its branch at λ over the unit, its limit, its best replies."""
    for game in random_games[:12]:
        other = dataclasses.replace(game, payoffs=game.payoffs * Fraction(unit))
        mine, its = trace(game, [2.0]).points[0], trace(other, [2.0 / float(unit)]).points[0]
        assert np.abs(mine.behaviour - its.behaviour).max() < 1e-9
        assert np.abs(limit(game).behaviour - limit(other).behaviour).max() < 1e-9
        assert np.array_equal(level_k(game, 2).by_level[2], level_k(other, 2).by_level[2])


def test_what_everybody_gets_anyway_does_not_matter(crisis_game):
    away = dataclasses.replace(crisis_game, payoffs=crisis_game.payoffs + 1e6)
    assert np.abs(trace(away, [2.0]).points[0].behaviour - trace(crisis_game, [2.0]).points[0].behaviour).max() < 1e-8
    assert (regrets(away, limit(away).behaviour) <= 2e-6).all()


def test_nothing_to_gain():
    """All payoffs nought: everybody is indifferent at every λ, and the limit is where the branch starts."""
    game = matching(2, "0")
    assert limit(game).behaviour.tolist() == trace(game, [5.0]).points[0].behaviour.tolist() == [0.5] * 4


def test_gambit_leaves_the_symmetric_branch(chicken, gambit):
    """Why a branch must be named: beyond the pitchfork Gambit returns another equilibrium."""
    theirs = gambit.read_efg(io.BytesIO(write_efg(chicken).encode()))
    point = gambit.qre.logit_solve_lambda(theirs, lam=[5.0])[0]
    mine = trace(chicken, [5.0]).points[0].behaviour
    assert abs(point[0] - mine[0]) > 0.1
    equations = Equations(chicken)
    theirs_x = np.log([point[i] for i in range(4)])
    assert np.abs(equations.residual(theirs_x, 5.0)).max() < 1e-5


def joint_effort() -> str:
    """Four players, each joins (cost 1.2) or not, 10 to each that joined if all did; all choose at once."""
    lines = ['EFG 2 R "effort" { "A" "B" "C" "D" }']

    def node(path: tuple[int, ...]) -> None:
        if len(path) == 4:
            paid = [join * (10 * (sum(path) == 4) - 1.2) for join in path]
            lines.append(f't "" {len(lines)} "" {{ {" ".join(f"{x:.1f}" for x in paid)} }}')
            return
        lines.append(f'p "" {len(path) + 1} 1 "" {{ "stay" "join" }} 0')
        node((*path, 0))
        node((*path, 1))

    node(())
    return "\n".join(lines)


def test_folds_are_followed():
    """With the joint effort log(p / (1-p)) = λ (10 p³ - 1.2), so λ rises with p, falls and rises again. The tracer
    turns twice, at the λ of the extremes; before and after it reports the p of the curve, the first time λ is met."""
    p = np.linspace(0.5005, 0.999, 200_000)
    lam = np.log(p / (1 - p)) / (10 * p**3 - 1.2)
    top = int(np.argmax(lam[: np.searchsorted(p, 0.7)]))
    low = top + int(np.argmin(lam[top:]))
    branch = trace(read_efg(joint_effort()), [0.40, 0.60])
    assert [t.lam for t in branch.turns] == pytest.approx([lam[top], lam[low]], rel=2e-3)
    first = np.interp(0.40, lam[:top], p[:top])
    last = np.interp(0.60, lam[low:], p[low:])
    assert branch.points[0].behaviour[1::2].tolist() == pytest.approx([first] * 4, abs=1e-6)
    assert branch.points[1].behaviour[1::2].tolist() == pytest.approx([last] * 4, abs=1e-6)


def test_the_limit_is_nearly_nash(crisis_game):
    end = limit(crisis_game)
    assert (regrets(crisis_game, end.behaviour) <= 1.5e-6).all()


def test_appeals_shift_the_start():
    """P(a) ∝ exp(appeal + λ EU): with appeal log 3 against 0 and equal payoffs it is 3/4 at every λ."""
    base = scenario(record=0, steps=1, stocks=[stock("x")], tracks=[track("A.way", move("go", "log(3)"))])
    game = tree(with_aims(base, A="x"), {})
    for point in trace(game, [0.0, 2.0]).points:
        assert point.behaviour.tolist() == pytest.approx([0.25, 0.75])
    base = scenario(
        record=0, steps=1, stocks=[stock("x")], tracks=[track("A.way", move("go", "log(3)", effects=effects(x="0.5")))]
    )
    game = tree(with_aims(base, A="x"), {})
    odds = 3 * np.exp(2.0 * 0.5)
    assert trace(game, [2.0]).points[0].behaviour[1] == pytest.approx(odds / (1 + odds), abs=1e-12)


def test_far_off_the_path_digits_are_kept():
    """At λ = 20 probabilities fall below 1e-60; every one still solves its equation in logarithms."""
    game = random_game(0)
    equations = Equations(game)
    own = trace(equations, [20.0]).points[0].behaviour[equations.actions]
    assert 0 < own.min() < 1e-60
    assert np.abs(equations.residual(np.log(own), 20.0)).max() < 1e-6


def test_forgetting_is_refused():
    text = 'EFG 2 R "" { "A" }\np "" 1 1 "one" { "a" "b" } 0\np "" 1 2 "two" { "c" "d" } 0\n'
    text += 't "" 1 "" { 1 }\nt "" 2 "" { 2 }\n'
    text += 'p "" 1 2 0\nt "" 1\nt "" 2\n'
    with pytest.raises(InputError) as raised:
        trace(read_efg(text), [1.0])
    assert str(raised.value) == (
        "1 problem in the game\n\ninformation sets\n  expected perfect recall\n"
        "  got      'forgotten moves at two (A)'\n"
        "  hint     no concept of detente solve is defined where a player forgets an own move"
    )


@pytest.mark.parametrize("lam", [-1.0, float("inf"), float("nan")])
def test_lambda_must_be_a_finite_number(chicken, lam):
    with pytest.raises(InputError, match="expected a number, 0 or more"):
        trace(chicken, [lam])
