"""The classic models: what each is called, where its scenario is, its parameters, and the example it ships with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from detente.classics.parameters import (
    ANY,
    CHANCE,
    INSIDE,
    NOT_NEGATIVE,
    POSITIVE,
    Fields,
    Kind,
    listed,
    matrix,
    maybe,
    named,
    number,
    one_of,
    text,
    whole,
)


@dataclass(frozen=True)
class Classic:
    """One model.

    Attributes:
        says: what it is about, in a line.
        folder: of the bundled scenario of its kind, under `classics/`.
        home: module, its builder and its evaluation.
        example: parameters; those of the bundled scenario where `bundled`.
    """

    says: str
    folder: str
    home: tuple[str, str, str]
    example: Mapping[str, Any]
    required: Mapping[str, Kind]
    optional: Mapping[str, Kind] = field(default_factory=dict)
    bundled: bool = False

    @property
    def fields(self) -> Fields:
        """The parameters it takes."""
        return Fields(self.required, self.optional)

    def builder(self) -> Callable[[dict[str, Any]], dict[str, str]]:
        """From parameters to the files of the scenario."""
        return getattr(import_module(f"detente.classics.{self.home[0]}"), self.home[1])

    def evaluation(self) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """From parameters to what the model says."""
        return getattr(import_module(f"detente.classics.{self.home[0]}"), self.home[2])


_PAIR = listed(ANY, 2, 2)
_GAME = {"game": text(), "actions": listed(text(), 2, 2), "u1": matrix(ANY, 2, 2), "u2": matrix(ANY, 2, 2)}
_PAYOFFS = {"payoffs": named(dict.fromkeys(("SQ", "CD", "BD", "SF"), _PAIR))}
_LEVELS = {
    "tau": number("a number above 0 and at most 10", lambda v: 0 < v <= 10),
    "hierarchy": one_of("levelk", "ch"),
    "response": one_of("br", "logit"),
    "lam": maybe(NOT_NEGATIVE),
}
_LADDER = {
    "f_first": CHANCE,
    "f_step": NOT_NEGATIVE,
    "n_turns": whole(1, 400),
    "L_C": NOT_NEGATIVE,
    "L_D": NOT_NEGATIVE,
}
_DISCOUNTS = {
    "delta1": number("a number above 0 and at most 1", lambda v: 0 < v <= 1),
    "delta2": number("a number above 0 and at most 1", lambda v: 0 < v <= 1),
}
_ULTIMATUM = {"p": CHANCE, "c_A": ANY}
_BELOW_ONE = {"delta1": INSIDE, "delta2": INSIDE}
_ATTRITION = {"A0": POSITIVE, "B0": POSITIVE, "alpha": POSITIVE, "beta": POSITIVE}
_UNITS = {"m": whole(1, 400), "n": whole(1, 400), "alpha": POSITIVE, "beta": POSITIVE}


def _prior(value: Any) -> list[Any]:
    family, size = value
    return [one_of("uniform", "exponential").read(family), POSITIVE.read(size)]


_PRIOR = Kind("a list: uniform and the end of the range, or exponential and the mean", _prior)
_TWO_BY_TWO = matrix(NOT_NEGATIVE, 2, 2)
_CHICKEN = {"game": "chicken", "actions": ["swerve", "straight"], "u1": [[3, 1], [4, -2]], "u2": [[3, 4], [1, -2]]}
_CRISIS = {"payoffs": {"SQ": [0, 0], "CD": [1, -1], "BD": [-0.5, 0.5], "SF": [-0.2, -0.8]}}
_WAR = {
    "data": "war1800",
    "link": "logit",
    "type": "agent",
    "subset": "all",
    "n": 282,
    "formula": "esc + war ~ s_wt_re1 + revis1 | 0 | regime1 | balanc + regime2",
}

CLASSICS: dict[str, Classic] = {
    "fearon1995_agentQRE_discrete": Classic(
        "an ultimatum to a side whose cost of war only it knows; both sides err",
        "fearon-1995",
        ("fearon", "build_discrete", "evaluate_discrete"),
        {"p": 0.5, "c_A": 0.1, "types": [0.05, 0.15, 0.25, 0.35], "demands": [0.4, 0.5, 0.6, 0.7, 0.8], "lam": 5.0},
        {**_ULTIMATUM, "types": listed(ANY, 1, 200), "demands": listed(CHANCE, 2, 500), "lam": NOT_NEGATIVE},
        bundled=True,
    ),
    "fearon1995_logit_grid": Classic(
        "the same with costs spread evenly: A errs, B does not",
        "fearon-1995",
        ("fearon", "build_grid", "evaluate_grid"),
        {"p": 0.5, "c_A": 0.1, "c_lo": 0.0, "c_hi": 0.4, "grid": 21, "lam": 20.0},
        {**_ULTIMATUM, "c_lo": ANY, "c_hi": ANY, "grid": whole(2, 1001), "lam": NOT_NEGATIVE},
    ),
    "rubinstein_finite": Classic(
        "alternating offers with a last round, after which nobody gets anything",
        "rubinstein-1982",
        ("alternating", "build_plain", "evaluate_plain"),
        {"delta1": 0.9, "delta2": 0.8, "T": 7},
        {**_DISCOUNTS, "T": whole(1, 500)},
    ),
    "rubinstein_finite_disagreement": Classic(
        "the same with something for both when the last offer is refused",
        "rubinstein-1982",
        ("alternating", "build", "evaluate"),
        {"delta1": 0.9, "delta2": 0.9, "T": 3, "b1": 0.3, "b2": 0.4},
        {**_DISCOUNTS, "T": whole(1, 500), "b1": ANY, "b2": ANY},
    ),
    "rubinstein_infinite": Classic(
        "alternating offers without a last round",
        "rubinstein-1982",
        ("alternating", "build_infinite", "evaluate_infinite"),
        {"delta1": 0.9, "delta2": 0.8},
        _BELOW_ONE,
    ),
    "alternating_offers_agentQRE_grid": Classic(
        "alternating offers on a grid; both sides err",
        "rubinstein-1982",
        ("offers", "build", "evaluate"),
        {"delta1": 0.9, "delta2": 0.8, "T": 2, "grid_points": 5, "lam": 10.0, "b1": 0.2, "b2": 0.3},
        {**_DISCOUNTS, "T": whole(1, 500), "grid_points": whole(2, 501), "lam": NOT_NEGATIVE, "b1": ANY, "b2": ANY},
        bundled=True,
    ),
    "brinkmanship_agentQRE": Classic(
        "a ladder of escalations each of which risks disaster; both sides err",
        "brinkmanship",
        ("brinkmanship", "build", "evaluate_logit"),
        {"f_first": 0.05, "f_step": 0.05, "n_turns": 4, "L_C": 2.0, "L_D": 4.0, "lam": 5.0},
        {**_LADDER, "lam": NOT_NEGATIVE},
        bundled=True,
    ),
    "brinkmanship_complete_info": Classic(
        "the same when both sides see through it",
        "brinkmanship",
        ("brinkmanship", "build", "evaluate_complete"),
        {"f_first": 0.05, "f_step": 0.05, "n_turns": 12, "L_C": 2.0, "L_D": 4.2},
        _LADDER,
    ),
    "audience_costs_discrete": Classic(
        "a crisis in which backing down costs more every day",
        "audience-costs",
        ("audience", "build", "evaluate"),
        {"v": 1, "W": 1, "dt": 1, "a": 0.123606797749979, "a_per_step": 0.123606797749979},
        {"v": POSITIVE, "W": POSITIVE, "dt": POSITIVE, "a": POSITIVE},
        {"a_per_step": POSITIVE},
        bundled=True,
    ),
    "richardson": Classic(
        "an arms race: fatigue, answer and grievance",
        "richardson-1960",
        ("arms_race", "build", "evaluate"),
        {"a": 0.4, "b": 0.3, "k": 0.2, "l": 0.1, "g": 1.0, "h": 2.0, "x0": 0.0, "y0": 0.0},
        dict.fromkeys(("a", "b", "k", "l", "g", "h", "x0", "y0"), ANY),
        bundled=True,
    ),
    "lanchester_square_deterministic": Classic(
        "attrition by aimed fire",
        "lanchester",
        ("lanchester", "build_square", "evaluate_square"),
        {"A0": 100, "B0": 80, "alpha": 0.01, "beta": 0.01},
        _ATTRITION,
        bundled=True,
    ),
    "lanchester_linear_deterministic": Classic(
        "attrition by area fire",
        "lanchester",
        ("lanchester", "build_linear", "evaluate_linear"),
        {"A0": 100, "B0": 80, "alpha": 0.001, "beta": 0.001},
        _ATTRITION,
    ),
    "lanchester_square_stochastic": Classic(
        "aimed fire, one loss at a time",
        "lanchester",
        ("lanchester_chance", "build_square", "evaluate_square"),
        {"m": 10, "n": 10, "alpha": 1.2, "beta": 1.0},
        _UNITS,
    ),
    "lanchester_linear_stochastic": Classic(
        "area fire, one loss at a time",
        "lanchester",
        ("lanchester_chance", "build_linear", "evaluate_linear"),
        {"m": 10, "n": 10, "alpha": 12, "beta": 10},
        _UNITS,
        {"p_B_loses_next": CHANCE},
    ),
    "forts_random_walk": Classic(
        "a war of battles for forts",
        "forts",
        ("forts", "build_walk", "evaluate_walk"),
        {"p": 0.45, "X": 7, "N": 10, "delta": 0.9, "cost_per_battle_A": 0.02},
        {
            "p": INSIDE,
            "X": whole(1, 4_999),
            "N": whole(2, 5_000),
            "delta": number("a number above 0 and at most 1", lambda v: 0 < v <= 1),
            "cost_per_battle_A": NOT_NEGATIVE,
        },
    ),
    "forts_beta_beliefs": Classic(
        "the same when nobody knows the chances in a battle",
        "forts",
        ("forts", "build_beliefs", "evaluate_beliefs"),
        {"a": 3, "b": 1.5, "X": 2, "N": 5, "battles_won": 0, "battles_lost": 1},
        {
            "a": POSITIVE,
            "b": POSITIVE,
            "X": whole(1, 4_999),
            "N": whole(2, 5_000),
            "battles_won": whole(0, 1_000),
            "battles_lost": whole(0, 1_000),
        },
        bundled=True,
    ),
    "hawkes_discrete_poisson": Classic(
        "action and reaction in counts: how likely is a record",
        "hawkes",
        ("counts", "build", "evaluate"),
        {
            "mu": [0.5, 0.3],
            "branching": [[0.3, 0.2], [0.4, 0.1]],
            "decay_r": [[0.5, 0.5], [0.5, 0.5]],
            "Y": [[0, 1], [1, 0], [0, 0], [2, 1], [0, 3], [1, 1], [0, 0], [0, 1]],
        },
        {
            "mu": listed(NOT_NEGATIVE, 2, 2),
            "branching": _TWO_BY_TWO,
            "decay_r": matrix(CHANCE, 2, 2),
            "Y": listed(listed(whole(0, 1_000), 2, 2), 1, 4_000),
        },
        bundled=True,
    ),
    "hawkes_discrete_stationary": Classic(
        "action and reaction in the long run",
        "hawkes",
        ("counts", "build_mean", "evaluate_mean"),
        {"mu": [0.5, 0.3], "branching": [[0.3, 0.2], [0.4, 0.1]]},
        {"mu": listed(NOT_NEGATIVE, 2, 2), "branching": _TWO_BY_TWO},
    ),
    "redline_hypotheses": Classic(
        "provocations without response, under rival accounts of why",
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
        {
            "rungs": listed(NOT_NEGATIVE, 0, 1_000),
            "next_rung": NOT_NEGATIVE,
            "weights": named({}, dict.fromkeys(("fixed", "accum", "lottery", "bluff"), POSITIVE)),
        },
        {
            "fixed": named({"prior": _PRIOR}, {"r": CHANCE}),
            "accum": named({"prior": _PRIOR, "rho": CHANCE}, {"r": CHANCE}),
            "lottery": named({"kappa": NOT_NEGATIVE}),
            "bluff": named({"eps": CHANCE}),
        },
        bundled=True,
    ),
    "redline_fixed_crossed": Classic(
        "a response at last: where does the line lie?",
        "red-line",
        ("red_line", "build_crossed", "evaluate_crossed"),
        {"rungs": [1, 2, 3, 4], "prior": ["uniform", 10.0], "response_at_last": True},
        {"rungs": listed(NOT_NEGATIVE, 1, 1_000), "prior": _PRIOR, "response_at_last": one_of(True, False)},
    ),
    "logit_qre_2x2": Classic(
        "two sides, two actions each, payoffs and errors",
        "qre",
        ("normal_form", "build", "evaluate_qre"),
        {**_CHICKEN, "lam": 2.0},
        {**_GAME, "lam": NOT_NEGATIVE},
        bundled=True,
    ),
    "logit_qre_bifurcation": Classic(
        "where a symmetric game's equilibria part",
        "qre",
        ("normal_form", "build", "evaluate_bifurcation"),
        _CHICKEN,
        _GAME,
    ),
    "logit_qre_naive_iteration_limit": Classic(
        "how precise sides may be for replies in turn to settle",
        "qre",
        ("normal_form", "build", "evaluate_limit"),
        {"game": "pennies", "actions": ["1", "2"], "u1": [[9, 0], [0, 1]], "u2": [[0, 1], [1, 0]]},
        _GAME,
    ),
    "crisis_agent_logit": Classic(
        "challenge, resistance, attack; both sides err",
        "crisis",
        ("crisis", "build", "evaluate_logit"),
        {**_CRISIS, "lam": 2.0},
        {**_PAYOFFS, "lam": NOT_NEGATIVE},
        bundled=True,
    ),
    "crisis_agent_probit": Classic(
        "the same with normal shocks",
        "crisis",
        ("crisis", "build", "evaluate_probit"),
        {**_CRISIS, "shock_sd_per_action": 0.5},
        {**_PAYOFFS, "shock_sd_per_action": POSITIVE},
    ),
    "levelk_2x2": Classic(
        "two sides, two actions each, levels of reasoning",
        "level-k",
        ("normal_form", "build_levels", "evaluate_levels"),
        {**_CHICKEN, "tau": 1.5, "hierarchy": "levelk", "response": "br", "lam": None},
        {**_GAME, **_LEVELS},
    ),
    "levelk_crisis": Classic(
        "the crisis with levels of reasoning",
        "level-k",
        ("crisis", "build_levels", "evaluate_levels"),
        {**_CRISIS, "tau": 1.5, "hierarchy": "ch", "response": "logit", "lam": 2.0, "belief_update": "static"},
        {**_PAYOFFS, **_LEVELS, "belief_update": one_of("static", "bayes")},
        bundled=True,
    ),
    "powell_commitment": Classic(
        "power that shifts, and promises that cannot be kept",
        "powell-2006",
        ("commitment", "build", "evaluate"),
        {"p0": 0.5, "p1": 0.3, "c": 0.1, "delta": 0.9},
        {
            "p0": CHANCE,
            "p1": CHANCE,
            "c": number("a number from 0 to 1, less than 1", lambda v: 0 <= v < 1),
            "delta": number("a number above 0 and at most 0.9999", lambda v: 0 < v <= 0.9999),
        },
        bundled=True,
    ),
    "egame12_war1800_m2_logit_agent": Classic(
        "disputes of the nineteenth century, fitted",
        "war-1800",
        ("war_1800", "build", "evaluate"),
        _WAR,
        {key: one_of(value) for key, value in _WAR.items()},
        bundled=True,
    ),
}
