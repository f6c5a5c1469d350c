"""The section that shows kept fits of other scenarios beside this one's results."""

from __future__ import annotations

import math

from detente.report import format as fmt
from detente.report import sections
from detente.report.format import Section
from detente.result import Result
from detente.result.run import BayesFactor

# Kass & Raftery (1995), Journal of the American Statistical Association 90(430), section 3.2, by the log factor
_SCALE = ((1.0, "not worth more than a bare mention"), (3.0, "positive"), (5.0, "strong"), (math.inf, "very strong"))


def companions(results: Result) -> list[Section]:
    """Per scenario: its hypotheses, the factors between them in words, its derived quantities."""
    return [
        {
            "id": name,
            "title": kept.title,
            "question": kept.question,
            "start": fmt.day(kept.clock.start),
            "now": fmt.day(kept.clock.now),
            "made": f"Détente {kept.detente}, seed {kept.seed}, scenario {kept.scenario_sha256[:12]}",
            "hypotheses": sections.hypotheses(kept),
            "factors": [_factor(pair) for pair in kept.bayes_factors],
            "derived": sections.derived(kept),
        }
        for name, kept in results.companion_fits.items()
    ]


def _factor(pair: BayesFactor) -> dict[str, str]:
    return {
        "better": pair.hypothesis,
        "worse": pair.against,
        "factor": fmt.number(pair.factor, 2),
        "range": fmt.interval(pair.low, pair.high),
        "words": next(word for limit, word in _SCALE if (pair.log or 0.0) < limit),
    }
