"""Bargaining, brinkmanship and commitment against their closed forms and plain recursions, which stand here only."""

import numpy as np
import pytest

from tests.classics import evaluate

EXACT = {"rel": 1e-7, "abs": 1e-9}


def softmax(score):
    weight = np.exp(score - np.max(score))
    return weight / weight.sum()


@pytest.mark.parametrize(
    ("p", "c_a", "types", "demands", "lam"),
    [
        (0.6, 0.2, [0.1, 0.4], [0.3, 0.55, 0.95], 3.0),
        (0.2, 0.0, [0.2], [0.0, 1.0], 0.0),
        (0.5, 0.1, [0.0, 0.3, 0.6], [0.5, 0.8], 40.0),
    ],
)
def test_ultimatum_with_private_costs(p, c_a, types, demands, lam):
    x, c = np.array(demands)[:, None], np.array(types)[None, :]
    accepts = 1 / (1 + np.exp(-lam * ((1 - x) - (1 - p - c))))
    worth = (accepts * x + (1 - accepts) * (p - c_a)).mean(1)
    asks = softmax(lam * worth)
    found = evaluate(
        "fearon1995_agentQRE_discrete", {"p": p, "c_A": c_a, "types": types, "demands": demands, "lam": lam}
    )
    assert found["p_demand"] == pytest.approx(list(asks), **EXACT)
    assert found["p_accept_given_demand"] == pytest.approx(list(accepts.mean(1)), **EXACT)
    assert found["p_war"] == pytest.approx(asks @ (1 - accepts.mean(1)), **EXACT)


@pytest.mark.parametrize(
    ("low", "high", "grid", "lam"), [(0.05, 0.25, 11, 12.0), (0.0, 0.9, 14, 3.0), (0.0, 0.01, 3, 5.0)]
)
def test_ultimatum_on_a_grid(low, high, grid, lam, p=0.45, c_a=0.15):
    """B accepts exactly when its cost is at least what the demand takes beyond p."""
    x = np.linspace(0, 1, grid)
    war = np.clip((x - p - low) / (high - low), 0, 1)
    worth = (1 - war) * x + war * (p - c_a)
    asks = softmax(lam * worth)
    found = evaluate("fearon1995_logit_grid", {"p": p, "c_A": c_a, "c_lo": low, "c_hi": high, "grid": grid, "lam": lam})
    want = {"E_demand": asks @ x, "p_war": asks @ war, "EU_A": asks @ worth, "p_max_over_demands": asks.max()}
    assert found == pytest.approx(want, **EXACT)


@pytest.mark.parametrize(("d1", "d2", "rounds"), [(0.7, 0.95, 2), (0.6, 0.6, 5), (1.0, 0.9, 4)])
def test_alternating_offers_with_a_last_round(d1, d2, rounds):
    r, n = d1 * d2, rounds // 2
    share = (1 - d2) * (1 - r**n) / (1 - r) + (r**n if rounds % 2 else 0.0)
    found = evaluate("rubinstein_finite", {"delta1": d1, "delta2": d2, "T": rounds})
    assert found == pytest.approx({"share1": share, "share2": 1 - share}, **EXACT)


@pytest.mark.parametrize(("b1", "b2", "rounds"), [(0.2, 0.5, 4), (0.0, 0.9, 3)])
def test_alternating_offers_with_disagreement(b1, b2, rounds, d1=0.8, d2=0.9):
    """From the last round backwards: the one who answers gets what refusing is worth."""
    one, two = d1 * b1, d2 * b2  # one period after the last refusal
    for number in range(rounds, 0, -1):
        one, two = (1 - two, two) if number % 2 else (one, 1 - one)
        share = one
        one, two = d1 * one, d2 * two
    params = {"delta1": d1, "delta2": d2, "T": rounds, "b1": b1, "b2": b2}
    assert evaluate("rubinstein_finite_disagreement", params)["share1"] == pytest.approx(share, **EXACT)


def test_sides_that_gain_by_disagreeing_do_not_agree():
    found = evaluate("rubinstein_finite_disagreement", {"delta1": 1.0, "delta2": 1.0, "T": 2, "b1": 0.8, "b2": 0.7})
    assert found == pytest.approx({"share1": 0.8, "share2": 0.7})


@pytest.mark.parametrize(("d1", "d2"), [(0.5, 0.9), (0.97, 0.6)])
def test_alternating_offers_without_a_last_round(d1, d2):
    one, two = (1 - d2) / (1 - d1 * d2), (1 - d1) / (1 - d1 * d2)
    found = evaluate("rubinstein_infinite", {"delta1": d1, "delta2": d2})
    want = [one, 1 - one, two, 1 - two]
    keys = ["share1_when_1_proposes", "share2_when_1_proposes", "share2_when_2_proposes", "share1_when_2_proposes"]
    assert [found[k] for k in keys] == pytest.approx(want, **EXACT)


def test_alternating_offers_with_errors(d1=0.85, d2=0.95, rounds=3, points=4, lam=6.0, b1=0.1, b2=0.25):
    """Backward recursion written out, in present values."""
    offers = np.arange(points) / (points - 1)
    value = np.array([b1 * d1**rounds, b2 * d2**rounds])
    kept = []
    for number in range(rounds, 0, -1):
        proposer, other = (0, 1) if number % 2 else (1, 0)
        weight = np.array([d1, d2]) ** (number - 1)
        shares = np.zeros((points, 2))
        shares[:, other], shares[:, proposer] = offers, 1 - offers
        paid = shares * weight
        accepts = 1 / (1 + np.exp(-lam * (paid[:, other] - value[other])))
        worth = accepts[:, None] * paid + (1 - accepts)[:, None] * value
        asks = softmax(lam * worth[:, proposer])
        value = asks @ worth
        kept.append((float(asks @ accepts), asks, accepts))
    kept.reverse()
    params = {"delta1": d1, "delta2": d2, "T": rounds, "grid_points": points, "lam": lam, "b1": b1, "b2": b2}
    found = evaluate("alternating_offers_agentQRE_grid", params)
    still = np.cumprod([1.0, *(1 - a for a, *_ in kept)])
    assert found["EU"] == pytest.approx(list(value), **EXACT)
    assert found["p_agreement_by_round"] == pytest.approx(
        [s * a for s, (a, *_) in zip(still, kept, strict=False)], **EXACT
    )
    assert found["p_no_agreement"] == pytest.approx(still[-1], **EXACT)
    assert found["round1_offer_probs"] == pytest.approx(list(kept[0][1]), **EXACT)
    assert found["round1_accept_probs"] == pytest.approx(list(kept[0][2]), **EXACT)


def ladder(f, losses, lam):
    """The chances of escalating, and the values of both sides, from the last turn backwards."""
    value = np.array([1.0, 0.0]) if len(f) % 2 else np.array([0.0, 1.0])  # the next mover must quit
    chances = []
    for turn in range(len(f), 0, -1):
        me = 0 if turn % 2 else 1
        goes_on = (1 - f[turn - 1]) * value - f[turn - 1] * np.array(losses)
        stops = np.eye(2)[1 - me]
        gain = goes_on[me] - stops[me]
        chance = float(gain > 0) if np.isinf(lam) else 1 / (1 + np.exp(-lam * gain))
        value = chance * goes_on + (1 - chance) * stops
        chances.append(chance)
    return chances[::-1], value


@pytest.mark.parametrize(("turns", "lam"), [(3, 2.0), (5, 0.5)])
def test_brinkmanship_with_errors(turns, lam):
    f = 0.07 + 0.06 * np.arange(turns)
    chances, value = ladder(f, (1.5, 3.5), lam)
    params = {"f_first": 0.07, "f_step": 0.06, "n_turns": turns, "L_C": 1.5, "L_D": 3.5, "lam": lam}
    found = evaluate("brinkmanship_agentQRE", params)
    reached = np.cumprod([1.0, *(np.array(chances) * (1 - f))])
    assert found["p_escalate"] == pytest.approx(chances, **EXACT)
    assert [found["EU_C"], found["EU_D"]] == pytest.approx(list(value), **EXACT)
    assert found["p_disaster"] == pytest.approx(float((reached[:-1] * chances) @ f), **EXACT)
    assert found["p_C_wins"] + found["p_D_wins"] + found["p_disaster"] == pytest.approx(1.0)


@pytest.mark.parametrize(("l_c", "l_d"), [(3.3, 1.2), (1.2, 3.3), (0.5, 30.0)])
def test_brinkmanship_that_both_see_through(l_c, l_d):
    """The side with the later last turn that it would run wins; disaster can come only of one challenge."""
    f = 0.04 + 0.05 * np.arange(18)
    resolve = {"C": 1 / (1 + l_c), "D": 1 / (1 + l_d)}
    last = {
        s: max([0, *(t for t in range(first, 19, 2) if f[t - 1] < resolve[s])]) for s, first in (("C", 1), ("D", 2))
    }
    challenged = last["C"] > last["D"]
    found = evaluate(
        "brinkmanship_complete_info", {"f_first": 0.04, "f_step": 0.05, "n_turns": 18, "L_C": l_c, "L_D": l_d}
    )
    assert (found["last_turn_C_would_run"], found["last_turn_D_would_run"]) == (last["C"], last["D"])
    assert [found["R_C"], found["R_D"]] == pytest.approx(list(resolve.values()), **EXACT)
    assert found["p_disaster"] == pytest.approx(f[0] if challenged else 0.0)
    assert found["escalations_on_path"] == int(challenged)
    _, value = ladder(f, (l_c, l_d), np.inf)
    assert [found["EU_C"], found["EU_D"]] == pytest.approx(list(value), **EXACT)


@pytest.mark.parametrize(
    ("p0", "p1", "c", "delta"), [(0.7, 0.6, 0.2, 0.8), (0.9, 0.1, 0.0, 0.95), (0.3, 0.9, 0.1, 0.5)]
)
def test_commitment(p0, p1, c, delta):
    today = max(0.0, (1 - c) * (p0 - delta * p1) / (1 - delta))
    found = evaluate("powell_commitment", {"p0": p0, "p1": p1, "c": c, "delta": delta})
    assert found["war"] == (today > 1)
    assert found["steady_state_offer"] == pytest.approx((1 - c) * p1, **EXACT)
    limit = (p0 - (1 - delta) / (1 - c)) / delta
    assert found["critical_shift_p0_minus_p1"] == pytest.approx(p0 - limit, **EXACT)
    if today > 1:
        value = {"D_value": (1 - c) * p0 / (1 - delta), "R_value": (1 - c) * (1 - p0) / (1 - delta)}
    else:
        d = today + delta * (1 - c) * p1 / (1 - delta)
        value = {"D_value": d, "R_value": 1 / (1 - delta) - d}
        assert found["offer_today"] == pytest.approx(today, **EXACT)
    assert {k: found[k] for k in value} == pytest.approx(value, **EXACT)


@pytest.mark.parametrize(("v", "w", "days"), [(1.0, 3.0, 4), (2.0, 0.5, 7)])
def test_audience_costs(v, w, days):
    end = (-v + np.sqrt(v * v + 4 * v * w)) / 2  # what quitting costs at the horizon
    a = end / days
    cost = a * np.arange(days + 1)
    survival = v / (v + cost)
    hazard = np.diff(cost) / (v + cost[1:])
    both = float(((survival[:-1] * hazard) ** 2).sum())
    found = evaluate("audience_costs_discrete", {"v": v, "W": w, "dt": 1, "a": a})
    assert found["horizon_steps"] == days
    assert found["hazard"] == pytest.approx(list(hazard), **EXACT)
    assert found["survival"] == pytest.approx(list(survival), **EXACT)
    assert found["p_war"] == pytest.approx((v / (v + end)) ** 2, **EXACT)
    assert found["p_both_quit_same_step"] == pytest.approx(both, **EXACT)
    assert found["p_1_alone_quits"] == pytest.approx((1 - found["p_war"] - both) / 2, **EXACT)
