"""Arms races, attrition and wars of battles against closed forms, which stand here only."""

from fractions import Fraction
from functools import cache
from math import comb, log

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.stats import beta

from tests.classics import evaluate

EXACT = {"rel": 1e-7, "abs": 1e-9}


@pytest.mark.parametrize(
    ("a", "b", "k", "l"),
    [(0.3, 0.5, 0.4, 0.6), (1.9, 1.8, 0.5, 0.3), (0.2, 0.3, -0.5, 0.5)],
    ids=["runs away", "overshoots", "turns"],
)
def test_arms_race(a, b, k, l):  # noqa: E741
    g, h, start = 0.7, -0.2, np.array([1.5, 0.5])
    flow = np.array([[-a, k], [l, -b]])
    rest = np.linalg.solve(flow, -np.array([g, h]))
    found = evaluate("richardson", {"a": a, "b": b, "k": k, "l": l, "g": g, "h": h, "x0": 1.5, "y0": 0.5})
    assert [found["x_star"], found["y_star"]] == pytest.approx(list(rest), **EXACT)
    for t, xy in found["discrete_xy"].items():
        want = rest + np.linalg.matrix_power(np.eye(2) + flow, int(t)) @ (start - rest)
        assert xy == pytest.approx(list(want), rel=1e-7, abs=1e-7)
    for t, xy in found["continuous_xy"].items():
        assert xy == pytest.approx(list(rest + expm(flow * int(t)) @ (start - rest)), rel=1e-7, abs=1e-7)
    assert found["continuous_xy_error"] < 1e-7
    roots = np.linalg.eigvals(np.eye(2) + flow)
    mine = [complex(*pair) for pair in found["eigenvalues_M"]]
    np.testing.assert_allclose(np.sort_complex(mine), np.sort_complex(roots.astype(complex)), atol=1e-9)
    assert found["stable_discrete"] == bool(abs(roots).max() < 1)
    assert found["stable_continuous"] == bool(np.linalg.eigvals(flow).real.max() < 0)


@pytest.mark.parametrize(
    ("a0", "b0", "alpha", "beta_"), [(30.0, 200.0, 0.02, 0.05), (7.0, 6.9, 1.0, 1.0), (1000.0, 10.0, 0.1, 3.0)]
)
def test_aimed_fire(a0, b0, alpha, beta_):
    strength = {"A": alpha * a0**2, "B": beta_ * b0**2}
    winner = max(strength, key=strength.get)
    left = np.sqrt(abs(strength["A"] - strength["B"]) / (alpha if winner == "A" else beta_))
    ratio = np.sqrt(min(strength.values()) / max(strength.values()))
    duration = np.arctanh(ratio) / np.sqrt(alpha * beta_)
    w = np.sqrt(alpha * beta_) * duration / 2
    half = {
        "A_half_time": a0 * np.cosh(w) - np.sqrt(beta_ / alpha) * b0 * np.sinh(w),
        "B_half_time": b0 * np.cosh(w) - np.sqrt(alpha / beta_) * a0 * np.sinh(w),
    }
    found = evaluate("lanchester_square_deterministic", {"A0": a0, "B0": b0, "alpha": alpha, "beta": beta_})
    assert found["winner"] == winner
    assert found["step_error"] < 1e-6 * max(a0, b0)
    want = {"survivors": left, "duration": duration, **half}
    assert {k: found[k] for k in want} == pytest.approx(want, rel=1e-6, abs=1e-6)


def test_matched_sides_are_refused():
    with pytest.raises(ValueError, match="A0 of lanchester_square_deterministic: expected sides that are not"):
        evaluate("lanchester_square_deterministic", {"A0": 10, "B0": 10, "alpha": 0.1, "beta": 0.1})


def test_matched_sides_under_area_fire_have_no_winner():
    found = evaluate("lanchester_linear_deterministic", {"A0": 100, "B0": 50, "alpha": 0.001, "beta": 0.002})
    assert found["winner"] is None
    assert found["survivors_limit"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("a0", "b0", "alpha", "beta_"), [(40.0, 90.0, 0.003, 0.001), (50.0, 20.0, 0.0004, 0.002)])
def test_area_fire(a0, b0, alpha, beta_):
    gap = alpha * a0 - beta_ * b0
    found = evaluate("lanchester_linear_deterministic", {"A0": a0, "B0": b0, "alpha": alpha, "beta": beta_})
    assert found["winner"] == ("A" if gap > 0 else "B")
    assert found["survivors_limit"] == pytest.approx(gap / alpha if gap > 0 else -gap / beta_, rel=1e-6)
    for t, ab in found["AB_at_t"].items():
        shrink = beta_ * b0 / (alpha * a0) * np.exp(-gap * float(t))
        a = gap / alpha / (1 - shrink)
        assert ab == pytest.approx([a, (alpha * a - gap) / beta_], rel=1e-6)


def chain(m, n, odds):
    """Chance that A wins and both sides' expected survivors, one loss at a time, in whole fractions."""

    @cache
    def at(a, b):
        if not a or not b:
            return (Fraction(a > 0), Fraction(a), Fraction(b))
        p = odds(a, b)
        return tuple(p * x + (1 - p) * y for x, y in zip(at(a, b - 1), at(a - 1, b), strict=True))

    return [float(x) for x in at(m, n)]


@pytest.mark.parametrize(("m", "n", "alpha", "beta_"), [(4, 7, 3, 1), (12, 9, 2, 3), (1, 5, 1, 1)])
def test_one_loss_at_a_time(m, n, alpha, beta_):
    keys = ["p_A_wins", "E_A_survivors_and_A_wins", "E_B_survivors_and_B_wins"]
    params = {"m": m, "n": n, "alpha": alpha, "beta": beta_}
    square = evaluate("lanchester_square_stochastic", params)
    assert [square[k] for k in keys] == pytest.approx(
        chain(m, n, lambda a, b: Fraction(alpha * a, alpha * a + beta_ * b)), **EXACT
    )
    linear = evaluate("lanchester_linear_stochastic", params)
    p = Fraction(alpha, alpha + beta_)
    assert [linear[k] for k in keys] == pytest.approx(chain(m, n, lambda a, b: p), **EXACT)
    assert linear["p_A_wins"] == pytest.approx(float(sum(comb(n - 1 + i, i) * p**n * (1 - p) ** i for i in range(m))))


def ruin(p, x, n):
    """Chance of holding all n before none."""
    r = (1 - p) / p
    return x / n if abs(r - 1) < 1e-9 else np.expm1(x * log(r)) / np.expm1(n * log(r))


@pytest.mark.parametrize(("p", "x", "n", "d"), [(0.6, 1, 4, 0.8), (0.3, 9, 12, 1.0), (0.5, 20, 30, 0.99)])
def test_walk_over_forts(p, x, n, d):
    q, c = 1 - p, 0.03
    won = ruin(p, x, n)
    battles = x * (n - x) if p == 0.5 else x / (q - p) - n / (q - p) * won
    found = evaluate("forts_random_walk", {"p": p, "X": x, "N": n, "delta": d, "cost_per_battle_A": c})
    assert found["p_A_wins"] == pytest.approx(won, **EXACT)
    assert found["E_battles"] == pytest.approx(battles, **EXACT)
    assert found["value_A_undiscounted"] == pytest.approx(won - c * battles, **EXACT)
    if d < 1:
        up, down = ((1 + s * np.sqrt(1 - 4 * p * q * d * d)) / (2 * p * d) for s in (1, -1))
        a = (up**x - down**x) / (up**n - down**n)
        b = (q / p) ** x * (up ** (n - x) - down ** (n - x)) / (up**n - down**n)
        assert [found["E_disc_A_wins"], found["E_disc_B_wins"]] == pytest.approx([a, b], **EXACT)
        assert found["value_A_discounted"] == pytest.approx(a - c * (1 - a - b) / (1 - d), **EXACT)
    walk = np.zeros(n + 1)
    walk[x] = 1.0
    for k in range(1, 21):  # battle by battle
        inner = walk.copy()
        inner[[0, n]] = 0.0
        walk = np.r_[0.0, p * inner[:-1]] + np.r_[q * inner[1:], 0.0]
        if str(k) in found["p_end_at_n"]:
            assert found["p_end_at_n"][str(k)] == pytest.approx(walk[0] + walk[n], **EXACT)


@pytest.mark.parametrize(("a", "b", "x", "n", "w", "l"), [(2.0, 5.0, 3, 4, 0, 2), (0.7, 1.3, 4, 9, 3, 1)])
def test_beliefs_about_battles(a, b, x, n, w, l):  # noqa: E741
    def mean(a, b, x):
        return quad(lambda p: ruin(p, x, n) * beta(a, b).pdf(p), 0, 1, points=[0.5], limit=200, epsabs=1e-12)[0]

    params = {"a": a, "b": b, "X": x, "N": n, "battles_won": w, "battles_lost": l}
    found = evaluate("forts_beta_beliefs", params)
    assert found["X_now"] == x + w - l
    assert found["posterior"] == pytest.approx([a + w, b + l], rel=1e-6)
    assert found["P_A_wins_prior"] == pytest.approx(mean(a, b, x), rel=1e-6)
    assert found["P_A_wins_posterior"] == pytest.approx(mean(a + w, b + l, x + w - l), rel=1e-6)
