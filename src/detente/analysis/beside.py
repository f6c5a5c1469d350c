"""Kept fits of other scenarios, shown beside this one's results: hypotheses compared in pairs, derived quantities."""

from __future__ import annotations

import math
from typing import Any

from detente.scenario.records import Scenario


def beside_results(scenario: Scenario) -> dict[str, Any]:
    """Per scenario named in `beside`: what its kept fit says, and the log Bayes factor of each pair of hypotheses.

    The factor of a pair is the first's evidence over the second's; its error joins those of the two, which come from
    separate runs of the sampler.
    """
    return {name: {**kept, "bayes_factors": _pairs(kept["hypotheses"])} for name, kept in scenario.beside.items()}


def _pairs(hypotheses: dict[str, Any]) -> list[dict[str, Any]]:
    known = [(name, about) for name, about in hypotheses.items() if about["log_evidence"] is not None]
    pairs = []
    for number, (against, b) in enumerate(known):
        for name, a in known[number + 1 :]:
            pairs.append(
                {
                    "hypothesis": name,
                    "against": against,
                    "log": a["log_evidence"] - b["log_evidence"],
                    "mc_error": math.hypot(a["log_evidence_mc_error"], b["log_evidence_mc_error"]),
                }
            )
    return pairs
