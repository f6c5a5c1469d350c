"""What a run says of the act that its scenario describes: the mirror, and the nearest recorded crises."""

from __future__ import annotations

from typing import Any

from detente.analysis.mirror import mirror_results
from detente.analysis.nearest_crises import found_or_missing
from detente.inference.draws import Draws
from detente.scenario.records import Scenario


def act_results(scenario: Scenario, prior: Draws, posterior: Draws, *, fitted: bool) -> dict[str, Any]:
    """The `mirror` and `analogies` parts of the result; empty where the scenario describes no act."""
    if scenario.mirror is None:
        return {}
    mirror = mirror_results(scenario, prior, posterior, fitted=fitted)
    return {"mirror": mirror, "analogies": found_or_missing(scenario)}
