"""Quantal response, the crisis game and levels of reasoning against formulas, which stand here only."""

import numpy as np
import pytest

from tests.classics import evaluate

EXACT = {"rel": 1e-7, "abs": 1e-9}
STAG = {"game": "stag", "actions": ["stag", "hare"], "u1": [[4, 0], [3, 2]], "u2": [[4, 3], [0, 2]]}
LOPSIDED = {"game": "lopsided", "actions": ["a", "b"], "u1": [[2, -1], [0, 1]], "u2": [[0.5, 1], [3, -2]]}
PAY = {"SQ": [0.1, 0.4], "CD": [1.2, -0.7], "BD": [-0.9, 0.8], "SF": [-0.3, -0.6]}


def s(x):
    return 1 / (1 + np.exp(-np.asarray(x, float)))


def advantages(game, p, q):
    """How much better the first action is for both, given the other's chance of its first."""
    (a, b), (c, d) = game["u1"]
    (e, f), (g, h) = game["u2"]
    return (a - c) * q + (b - d) * (1 - q), (e - f) * p + (g - h) * (1 - p)


@pytest.mark.parametrize(
    ("game", "lam", "count"), [(STAG, 0.7, 1), (STAG, 6.0, 3), (LOPSIDED, 2.5, 1), (LOPSIDED, 0.0, 1)]
)
def test_quantal_response(game, lam, count):
    """Every point answers itself, there are as many as a fine scan finds, and the principal one is among them."""
    found = evaluate("logit_qre_2x2", {**game, "lam": lam})
    points = found["all_fixed_points"]
    for p, q in points:
        mine, its = advantages(game, p, q)
        assert [s(lam * mine), s(lam * its)] == pytest.approx([p, q], **EXACT)
    p = s(np.linspace(-30, 30, 60_001))
    gap = s(lam * advantages(game, p, s(lam * advantages(game, p, 0.0)[1]))[0]) - p
    assert len(points) == count == np.count_nonzero(np.diff(np.sign(gap[gap != 0])))
    assert points == sorted(points)
    assert any(np.allclose(found["principal_branch"], point, atol=1e-9) for point in points)


def test_the_principal_branch_is_the_one_from_the_middle():
    """Followed in small steps of λ by Newton's method on the answers to the answers."""
    p = 0.5
    for lam in np.linspace(0, 3, 3001):
        for _ in range(3):
            gap = lambda p, lam=lam: s(lam * advantages(STAG, p, s(lam * advantages(STAG, p, 0.0)[1]))[0]) - p  # noqa: E731
            p -= float(gap(p)) / float((gap(p + 1e-6) - gap(p - 1e-6)) / 2e-6)
    assert evaluate("logit_qre_2x2", {**STAG, "lam": 3.0})["principal_branch"] == pytest.approx([p, p], rel=1e-6)


@pytest.mark.parametrize("temptation", [3.5, 5.0])
def test_where_a_symmetric_game_parts(temptation):
    """There the slope of the reply to the reply is 1."""
    game = {
        "game": "chicken",
        "actions": ["yield", "drive"],
        "u1": [[3, 1], [temptation, -1]],
        "u2": [[3, temptation], [1, -1]],
    }
    found = evaluate("logit_qre_bifurcation", game)
    lam, p = found["lambda_critical"], found["p_at_critical"]
    a = (3 - temptation) - (1 - -1)
    assert s(lam * advantages(game, p, p)[0]) == pytest.approx(p, rel=1e-8)
    assert abs(lam * a * p * (1 - p)) == pytest.approx(1.0, rel=1e-8)


def test_replies_in_turn_settle_up_to_a_point():
    game = {"game": "pennies", "actions": ["1", "2"], "u1": [[4, 0], [0, 1]], "u2": [[0, 1], [1, 0]]}
    lam = evaluate("logit_qre_naive_iteration_limit", game)["lambda_limit"]
    p, q = evaluate("logit_qre_2x2", {**game, "lam": lam})["principal_branch"]
    assert lam**2 * 5 * 2 * p * (1 - p) * q * (1 - q) == pytest.approx(1.0, rel=1e-7)
    with pytest.raises(ValueError, match="replies in turn cease to converge"):
        evaluate("logit_qre_naive_iteration_limit", {**game, "u1": [[1, 1], [0, 0]], "u2": [[1, 0], [1, 0]]})


@pytest.mark.parametrize("lam", [0.0, 1.3, 6.0])
def test_crisis(lam):
    attack = s(lam * (PAY["SF"][0] - PAY["BD"][0]))
    stands = [attack * PAY["SF"][i] + (1 - attack) * PAY["BD"][i] for i in (0, 1)]
    resist = s(lam * (stands[1] - PAY["CD"][1]))
    challenge = s(lam * (resist * stands[0] + (1 - resist) * PAY["CD"][0] - PAY["SQ"][0]))
    found = evaluate("crisis_agent_logit", {"payoffs": PAY, "lam": lam})
    assert [found[f"p_{k}"] for k in ("challenge", "resist", "attack")] == pytest.approx(
        [challenge, resist, attack], **EXACT
    )
    ends = [1 - challenge, challenge * (1 - resist), challenge * resist * (1 - attack), challenge * resist * attack]
    assert list(found["outcomes"].values()) == pytest.approx(ends, **EXACT)


def poisson(tau, levels):
    weight = np.array([tau**k / np.prod(np.arange(1.0, k + 1)) for k in range(levels)])
    return weight / weight.sum()


@pytest.mark.parametrize(("hierarchy", "lam"), [("levelk", 1.7), ("ch", 1.7), ("ch", None)])
def test_levels_in_a_game_of_two(hierarchy, lam, tau=1.2):
    chances = [np.array([0.5, 0.5])]
    for k in range(1, 26):
        weight = poisson(tau, k) if hierarchy == "ch" else np.eye(k)[-1]
        p, q = weight @ np.array(chances)
        gain = np.array(advantages(LOPSIDED, p, q))
        chances.append(s(lam * gain) if lam else np.where(np.abs(gain) < 1e-12, 0.5, gain > 0) * 1.0)
    response = "logit" if lam else "br"
    found = evaluate("levelk_2x2", {**LOPSIDED, "tau": tau, "hierarchy": hierarchy, "response": response, "lam": lam})
    assert found["p_first_action_by_level_row"] == pytest.approx([c[0] for c in chances[:7]], **EXACT)
    assert found["p_first_action_by_level_col"] == pytest.approx([c[1] for c in chances[:7]], **EXACT)
    assert found["population_row_col"] == pytest.approx(list(poisson(tau, 26) @ np.array(chances)), **EXACT)
    assert found["population_row_col_K5"] == pytest.approx(list(poisson(tau, 6) @ np.array(chances[:6])), **EXACT)


@pytest.mark.parametrize(("hierarchy", "belief"), [("levelk", "static"), ("ch", "static"), ("ch", "bayes")])
def test_levels_in_a_crisis(hierarchy, belief, tau=1.5, lam=2.5):
    """A's later choice is of A's own level; who learns from the challenge weighs A's levels by it."""
    levels = [np.array([0.5, 0.5, 0.5])]  # challenge, resist, attack
    for k in range(1, 26):
        weight = poisson(tau, k) if hierarchy == "ch" else np.eye(k)[-1]
        told = np.array(levels)
        seen = weight * told[:, 0] if belief == "bayes" else weight
        attack = seen @ told[:, 2] / seen.sum()
        stands = attack * PAY["SF"][1] + (1 - attack) * PAY["BD"][1]
        resist = s(lam * (stands - PAY["CD"][1]))
        mine = s(lam * (PAY["SF"][0] - PAY["BD"][0]))
        worth = mine * PAY["SF"][0] + (1 - mine) * PAY["BD"][0]
        resisted = weight @ told[:, 1]
        challenge = s(lam * (resisted * worth + (1 - resisted) * PAY["CD"][0] - PAY["SQ"][0]))
        levels.append(np.array([challenge, resist, mine]))
    params = {"tau": tau, "hierarchy": hierarchy, "response": "logit", "lam": lam, "belief_update": belief}
    found = evaluate("levelk_crisis", {"payoffs": PAY, **params})
    for i, key in enumerate(("challenge", "resist", "attack")):
        assert found[f"p_{key}_by_level"] == pytest.approx([c[i] for c in levels[:7]], **EXACT)
    f, told = poisson(tau, 26), np.array(levels)
    resisted = f @ told[:, 1]
    ends = {
        "SQ": 1 - f @ told[:, 0],
        "CD": f @ told[:, 0] * (1 - resisted),
        "BD": f @ (told[:, 0] * (1 - told[:, 2])) * resisted,
        "SF": f @ (told[:, 0] * told[:, 2]) * resisted,
    }
    assert found["population_outcomes"] == pytest.approx(ends, **EXACT)


def test_learning_from_a_challenge_matters():
    """A companion of the above: the two beliefs do not agree on these payoffs."""
    params = {"payoffs": PAY, "tau": 1.5, "hierarchy": "ch", "response": "logit", "lam": 2.5}
    static, bayes = (
        evaluate("levelk_crisis", {**params, "belief_update": b})["p_resist_by_level"] for b in ("static", "bayes")
    )
    assert max(abs(a - b) for a, b in zip(static, bayes, strict=True)) > 1e-4
