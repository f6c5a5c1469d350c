"""Disputes of the nineteenth century as a panel: who escalates, and whether the target fights.

The record is a user's copy of `war1800.csv` of the R package `games` (Kenkel & Signorino 2014, Journal of Statistical
Software 56(8)), which Détente may not ship; the scenario is the agent logit of its help page. The package's logit has
scale √2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.analysis.estimates.outcomes import outcomes
from detente.inference.density import model_of
from detente.inference.maximum_likelihood import maximise
from detente.language.load import MODEL, find
from detente.session import load
from tests.classics.scenarios import Files

_NAME = "classics/war-1800"
_STARTS = 2  # points that the search begins from: the surface has one peak
_SEED = 1
NAMES = {  # parameter of the scenario -> coefficient as the package names it
    "sq.base": "u1(sq):(Intercept)",
    "sq.alike": "u1(sq):s_wt_re1",
    "sq.revising": "u1(sq):revis1",
    "war.base": "u1(war):(Intercept)",
    "war.dem": "u1(war):regime1dem",
    "war.mixed": "u1(war):regime1mixed",
    "fight.base": "u2(war):(Intercept)",
    "fight.balance": "u2(war):balanc",
    "fight.dem": "u2(war):regime2dem",
    "fight.mixed": "u2(war):regime2mixed",
}


def build(p: dict[str, Any]) -> Files:
    """The scenario: its parameters say what it is and leave nothing open."""
    root, _ = find(_NAME)
    return {name: (root / name).read_text(encoding="utf-8") for name in (MODEL, "data.yaml")}


def evaluate(p: dict[str, Any]) -> dict[str, Any]:
    """Maximum likelihood by the fit.

    Raises:
        InputError: If the data are in none of the usual places.
    """
    model = model_of(load(_NAME))
    (quantiles,) = model.quantiles.values()
    best = maximise(model.likelihood(precise=True), quantiles, seed=_SEED, starts=_STARTS)
    told = outcomes(model, best.estimate)
    assert told is not None
    order = np.argsort([len(label) for label in told.labels])  # nothing, an escalation, a war after it
    observed = np.bincount(told.observed, minlength=len(order)) / len(told.observed)
    fitted = told.fitted[:, order]
    return {
        "loglik": best.log_likelihood,
        "aic": best.aic,
        "coef": {NAMES[id]: float(v) for id, v in zip(model.parameters, best.estimate, strict=True)},
        "se": {NAMES[id]: float(v) for id, v in zip(model.parameters, best.se, strict=True)},
        "max_abs_gradient": float(np.max(np.abs(best.gradient))),
        "mean_fitted_probabilities": [float(v) for v in fitted.mean(0)],
        "observed_shares": [float(v) for v in observed[order]],
        "first_three_fitted": [[float(v) for v in row] for row in fitted[:3]],
    }
