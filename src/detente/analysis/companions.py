"""Kept fits of other scenarios, shown beside this one's results: hypotheses compared in pairs, derived quantities."""

from __future__ import annotations

import math
from itertools import combinations

from detente.language.records import Scenario
from detente.result.run import BayesFactor, CompanionFit, Hypothesis

ERRORS = 2.0  # Monte-Carlo errors to either side of a factor
LARGEST = 700.0  # log of a factor that is still a number


def companion_results(scenario: Scenario) -> dict[str, CompanionFit]:
    """Per scenario named in `beside`: what its kept fit says, and the Bayes factor of each pair of hypotheses.

    The factor of a pair is the evidence of the better one over that of the other; the error of its log joins those of
    the two, which come from separate runs of the sampler.
    """
    return {
        name: CompanionFit(
            **{key: getattr(kept, key) for key in kept.__struct_fields__}, bayes_factors=_pairs(kept.hypotheses)
        )
        for name, kept in scenario.beside.items()
    }


def _pairs(hypotheses: dict[str, Hypothesis]) -> list[BayesFactor]:
    known = [
        (about.log_evidence, about.log_evidence_mc_error or 0.0, name)
        for name, about in hypotheses.items()
        if about.log_evidence is not None
    ]
    return [_pair(*sorted(pair, key=lambda one: -one[0])) for pair in combinations(known, 2)]


def _pair(better: tuple[float, float, str], worse: tuple[float, float, str]) -> BayesFactor:
    log, error = better[0] - worse[0], math.hypot(better[1], worse[1])
    low, factor, high = (math.exp(min(LARGEST, log + n * error)) for n in (-ERRORS, 0.0, ERRORS))
    return BayesFactor(
        hypothesis=better[2], against=worse[2], log=log, mc_error=error, factor=factor, low=low, high=high
    )
