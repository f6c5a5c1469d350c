"""The classic models: where the scenario of each is, what builds and evaluates it, and the example it ships with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Classic:
    """One model.

    Attributes:
        folder: of the bundled scenario of its kind, under `classics/`.
        home: module, its builder and its evaluation.
        example: parameters; those of the bundled scenario where `bundled`.
    """

    folder: str
    home: tuple[str, str, str]
    example: Mapping[str, Any]
    bundled: bool = False


_CHICKEN = {"game": "chicken", "actions": ["swerve", "straight"], "u1": [[3, 1], [4, -2]], "u2": [[3, 4], [1, -2]]}
_CRISIS = {"payoffs": {"SQ": [0, 0], "CD": [1, -1], "BD": [-0.5, 0.5], "SF": [-0.2, -0.8]}}

CLASSICS: dict[str, Classic] = {
    "fearon1995_agentQRE_discrete": Classic(
        "fearon-1995",
        ("fearon", "build_discrete", "evaluate_discrete"),
        {"p": 0.5, "c_A": 0.1, "types": [0.05, 0.15, 0.25, 0.35], "demands": [0.4, 0.5, 0.6, 0.7, 0.8], "lam": 5.0},
        bundled=True,
    ),
    "fearon1995_logit_grid": Classic(
        "fearon-1995",
        ("fearon", "build_grid", "evaluate_grid"),
        {"p": 0.5, "c_A": 0.1, "c_lo": 0.0, "c_hi": 0.4, "grid": 21, "lam": 20.0},
    ),
    "rubinstein_finite": Classic(
        "rubinstein-1982", ("alternating", "build_plain", "evaluate_plain"), {"delta1": 0.9, "delta2": 0.8, "T": 7}
    ),
    "rubinstein_finite_disagreement": Classic(
        "rubinstein-1982",
        ("alternating", "build", "evaluate"),
        {"delta1": 0.9, "delta2": 0.9, "T": 3, "b1": 0.3, "b2": 0.4},
    ),
    "rubinstein_infinite": Classic(
        "rubinstein-1982", ("alternating", "build_infinite", "evaluate_infinite"), {"delta1": 0.9, "delta2": 0.8}
    ),
    "alternating_offers_agentQRE_grid": Classic(
        "rubinstein-1982",
        ("offers", "build", "evaluate"),
        {"delta1": 0.9, "delta2": 0.8, "T": 2, "grid_points": 5, "lam": 10.0, "b1": 0.2, "b2": 0.3},
        bundled=True,
    ),
    "brinkmanship_agentQRE": Classic(
        "brinkmanship",
        ("brinkmanship", "build", "evaluate_logit"),
        {"f_first": 0.05, "f_step": 0.05, "n_turns": 4, "L_C": 2.0, "L_D": 4.0, "lam": 5.0},
        bundled=True,
    ),
    "brinkmanship_complete_info": Classic(
        "brinkmanship",
        ("brinkmanship", "build", "evaluate_complete"),
        {"f_first": 0.05, "f_step": 0.05, "n_turns": 12, "L_C": 2.0, "L_D": 4.2},
    ),
    "audience_costs_discrete": Classic(
        "audience-costs",
        ("audience", "build", "evaluate"),
        {"v": 1, "W": 1, "dt": 1, "a": 0.123606797749979, "a_per_step": 0.123606797749979},
        bundled=True,
    ),
    "richardson": Classic(
        "richardson-1960",
        ("arms_race", "build", "evaluate"),
        {"a": 0.4, "b": 0.3, "k": 0.2, "l": 0.1, "g": 1.0, "h": 2.0, "x0": 0.0, "y0": 0.0},
        bundled=True,
    ),
    "lanchester_square_deterministic": Classic(
        "lanchester",
        ("lanchester", "build_square", "evaluate_square"),
        {"A0": 100, "B0": 80, "alpha": 0.01, "beta": 0.01},
        bundled=True,
    ),
    "lanchester_linear_deterministic": Classic(
        "lanchester",
        ("lanchester", "build_linear", "evaluate_linear"),
        {"A0": 100, "B0": 80, "alpha": 0.001, "beta": 0.001},
    ),
    "lanchester_square_stochastic": Classic(
        "lanchester",
        ("lanchester_chance", "build_square", "evaluate_square"),
        {"m": 10, "n": 10, "alpha": 1.2, "beta": 1.0},
    ),
    "lanchester_linear_stochastic": Classic(
        "lanchester",
        ("lanchester_chance", "build_linear", "evaluate_linear"),
        {"m": 10, "n": 10, "alpha": 12, "beta": 10},
    ),
    "forts_random_walk": Classic(
        "forts",
        ("forts", "build_walk", "evaluate_walk"),
        {"p": 0.45, "X": 7, "N": 10, "delta": 0.9, "cost_per_battle_A": 0.02},
    ),
    "forts_beta_beliefs": Classic(
        "forts",
        ("forts", "build_beliefs", "evaluate_beliefs"),
        {"a": 3, "b": 1.5, "X": 2, "N": 5, "battles_won": 0, "battles_lost": 1},
        bundled=True,
    ),
    "hawkes_discrete_poisson": Classic(
        "hawkes",
        ("counts", "build", "evaluate"),
        {
            "mu": [0.5, 0.3],
            "branching": [[0.3, 0.2], [0.4, 0.1]],
            "decay_r": [[0.5, 0.5], [0.5, 0.5]],
            "Y": [[0, 1], [1, 0], [0, 0], [2, 1], [0, 3], [1, 1], [0, 0], [0, 1]],
        },
        bundled=True,
    ),
    "hawkes_discrete_stationary": Classic(
        "hawkes", ("counts", "build_mean", "evaluate_mean"), {"mu": [0.5, 0.3], "branching": [[0.3, 0.2], [0.4, 0.1]]}
    ),
    "redline_hypotheses": Classic(
        "red-line",
        ("red_line", "build", "evaluate"),
        {
            "rungs": [3, 5, 4, 6, 7, 2, 8],
            "next_rung": 9,
            "fixed": {"prior": ["uniform", 12.0]},
            "accum": {"prior": ["uniform", 40.0], "rho": 0.7},
            "lottery": {"kappa": 0.02},
            "bluff": {"eps": 0.0},
            "weights": {"fixed": 0.25, "accum": 0.25, "lottery": 0.25, "bluff": 0.25},
        },
        bundled=True,
    ),
    "redline_fixed_crossed": Classic(
        "red-line",
        ("red_line", "build_crossed", "evaluate_crossed"),
        {"rungs": [1, 2, 3, 4], "prior": ["uniform", 10.0], "response_at_last": True},
    ),
    "logit_qre_2x2": Classic("qre", ("normal_form", "build", "evaluate_qre"), {**_CHICKEN, "lam": 2.0}, bundled=True),
    "logit_qre_bifurcation": Classic("qre", ("normal_form", "build", "evaluate_bifurcation"), _CHICKEN),
    "logit_qre_naive_iteration_limit": Classic(
        "qre",
        ("normal_form", "build", "evaluate_limit"),
        {"game": "pennies", "actions": ["1", "2"], "u1": [[9, 0], [0, 1]], "u2": [[0, 1], [1, 0]]},
    ),
    "crisis_agent_logit": Classic(
        "crisis", ("crisis", "build", "evaluate_logit"), {**_CRISIS, "lam": 2.0}, bundled=True
    ),
    "crisis_agent_probit": Classic(
        "crisis", ("crisis", "build", "evaluate_probit"), {**_CRISIS, "shock_sd_per_action": 0.5}
    ),
    "levelk_2x2": Classic(
        "level-k",
        ("normal_form", "build_levels", "evaluate_levels"),
        {**_CHICKEN, "tau": 1.5, "hierarchy": "levelk", "response": "br", "lam": None},
    ),
    "levelk_crisis": Classic(
        "level-k",
        ("crisis", "build_levels", "evaluate_levels"),
        {**_CRISIS, "tau": 1.5, "hierarchy": "ch", "response": "logit", "lam": 2.0, "belief_update": "static"},
        bundled=True,
    ),
    "powell_commitment": Classic(
        "powell-2006", ("commitment", "build", "evaluate"), {"p0": 0.5, "p1": 0.3, "c": 0.1, "delta": 0.9}, bundled=True
    ),
    "egame12_war1800_m2_logit_agent": Classic(
        "war-1800",
        ("war_1800", "build", "evaluate"),
        {
            "data": "war1800",
            "link": "logit",
            "type": "agent",
            "subset": "all",
            "n": 282,
            "formula": "esc + war ~ s_wt_re1 + revis1 | 0 | regime1 | balanc + regime2",
        },
        bundled=True,
    ),
}
