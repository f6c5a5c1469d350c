"""Reference values of others for the classic games."""

from __future__ import annotations

import numpy as np
import pytest

from detente.games import backward
from detente.games.extensive import ExtensiveGame
from detente.games.levelk import level_k, poisson
from detente.games.qre import trace
from detente.games.read_efg import read_efg
from tests.reference import rows


def square(u1, u2) -> ExtensiveGame:
    ends = [f't "" {i + 1} "" {{ {u1[r][c]} {u2[r][c]} }}\n' for i, (r, c) in enumerate(np.ndindex(2, 2))]
    text = f'EFG 2 R "" {{ "A" "B" }}\np "" 1 1 "" {{ "0" "1" }} 0\np "" 2 1 "" {{ "0" "1" }} 0\n{ends[0]}{ends[1]}'
    return read_efg(f'{text}p "" 2 1 0\n{ends[2]}{ends[3]}')


def ladder(payoffs) -> ExtensiveGame:
    end = [f't "" {i + 1} "" {{ {payoffs[k][0]} {payoffs[k][1]} }}\n' for i, k in enumerate(("SQ", "CD", "BD", "SF"))]
    text = f'EFG 2 R "" {{ "A" "B" }}\np "" 1 1 "" {{ "0" "1" }} 0\n{end[0]}p "" 2 1 "" {{ "0" "1" }} 0\n{end[1]}'
    return read_efg(f'{text}p "" 1 2 "" {{ "0" "1" }} 0\n{end[2]}{end[3]}')


def test_logit_qre_2x2():
    for row in rows("logit_qre_2x2"):
        game, lam, want = square(row["params"]["u1"], row["params"]["u2"]), row["params"]["lam"], row["expected"]
        behaviour = trace(game, [lam]).points[0].behaviour
        assert behaviour[[0, 2]].tolist() == pytest.approx(want["principal_branch"], abs=1e-9)


def test_logit_qre_bifurcation():
    for row in rows("logit_qre_bifurcation"):
        crossing = trace(square(row["params"]["u1"], row["params"]["u2"]), [2.0]).crossings[0]
        assert crossing.lam == pytest.approx(row["expected"]["lambda_critical"], abs=1e-8)
        assert crossing.behaviour[0] == pytest.approx(row["expected"]["p_at_critical"], abs=1e-8)


def test_crisis_agent_logit():
    for row in rows("crisis_agent_logit"):
        game, want = ladder(row["params"]["payoffs"]), row["expected"]
        lam = row["params"]["lam"]
        for p in (backward.solve(game, lam), trace(game, [lam]).points[0].behaviour):
            assert p[1::2].tolist() == pytest.approx(
                [want[f"p_{k}"] for k in ("challenge", "resist", "attack")], abs=1e-9
            )
            assert game.reach(p)[game.ends].tolist() == pytest.approx(list(want["outcomes"].values()), abs=1e-9)


def _levels(game: ExtensiveGame, params: dict, **options):
    lam = np.inf if params["lam"] is None else params["lam"]
    return level_k(game, 25, lam=lam, hierarchy=params["hierarchy"], tau=params["tau"], **options)


def test_levelk_2x2():
    for row in rows("levelk_2x2"):
        params, want = row["params"], row["expected"]
        levels = _levels(square(params["u1"], params["u2"]), params)
        for side, action in (("row", 0), ("col", 2)):
            shown = [b[action] for b in levels.by_level[:7]]
            assert shown == pytest.approx(want[f"p_first_action_by_level_{side}"], abs=1e-9)
        for key, count in (("population_row_col", 26), ("population_row_col_K5", 6)):
            population = levels.population(poisson(params["tau"], count))[[0, 2]]
            assert population.tolist() == pytest.approx(want[key], abs=1e-9)


def test_levelk_crisis():
    for row in rows("levelk_crisis"):
        params, want = row["params"], row["expected"]
        game = ladder(params["payoffs"])
        levels = _levels(game, params, belief=params["belief_update"])
        for action, name in ((1, "challenge"), (3, "resist"), (5, "attack")):
            assert [b[action] for b in levels.by_level[:7]] == pytest.approx(want[f"p_{name}_by_level"], abs=1e-9)
        ends = game.reach(levels.population(poisson(params["tau"], 26)))[game.ends]
        assert ends.tolist() == pytest.approx(list(want["population_outcomes"].values()), abs=1e-9)
