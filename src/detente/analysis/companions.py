"""Kept fits of other scenarios, shown beside this one's results: hypotheses compared in pairs, derived quantities."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

from detente.language.records import Scenario

ERRORS = 2.0  # Monte-Carlo errors to either side of a factor
LARGEST = 700.0  # log of a factor that is still a number


def beside_results(scenario: Scenario) -> dict[str, Any]:
    """Per scenario named in `beside`: what its kept fit says, and the Bayes factor of each pair of hypotheses.

    The factor of a pair is the evidence of the better one over that of the other; the error of its log joins those of
    the two, which come from separate runs of the sampler.
    """
    return {name: {**kept, "bayes_factors": _pairs(kept["hypotheses"])} for name, kept in scenario.beside.items()}


def _pairs(hypotheses: dict[str, Any]) -> list[dict[str, Any]]:
    known = [(name, about) for name, about in hypotheses.items() if about["log_evidence"] is not None]
    return [_pair(*sorted(pair, key=_evidence, reverse=True)) for pair in combinations(known, 2)]


def _evidence(one: tuple[str, Any]) -> float:
    return one[1]["log_evidence"]


def _pair(better: tuple[str, Any], worse: tuple[str, Any]) -> dict[str, Any]:
    log = _evidence(better) - _evidence(worse)
    error = math.hypot(*(about["log_evidence_mc_error"] for _, about in (better, worse)))
    low, factor, high = (math.exp(min(LARGEST, log + n * error)) for n in (-ERRORS, 0.0, ERRORS))
    return {
        "hypothesis": better[0],
        "against": worse[0],
        "log": log,
        "mc_error": error,
        "factor": factor,
        "low": low,
        "high": high,
    }
