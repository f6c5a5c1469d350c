"""The section that shows kept fits of other scenarios beside this one's results."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from detente.report import format as fmt
from detente.report import sections

# Kass & Raftery (1995), Journal of the American Statistical Association 90(430), section 3.2: twice the log factor
_SCALE = ((2.0, "not worth more than a bare mention"), (6.0, "positive"), (10.0, "strong"), (math.inf, "very strong"))


def beside(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Per scenario: its hypotheses, the factors between them in words, its derived quantities."""
    return [
        {
            "id": name,
            "title": kept["title"],
            "question": kept["question"],
            "start": fmt.day(kept["clock"]["start"]),
            "now": fmt.day(kept["clock"]["now"]),
            "made": f"Détente {kept['detente']}, seed {kept['seed']}, scenario {kept['scenario_sha256'][:12]}",
            "hypotheses": sections.hypotheses(kept),
            "factors": [_factor(pair) for pair in kept["bayes_factors"]],
            "derived": sections.derived(kept),
        }
        for name, kept in (results.get("beside") or {}).items()
    ]


def _factor(pair: Mapping[str, Any]) -> dict[str, str]:
    """One pair, the better one first."""
    log, error = pair["log"], pair["mc_error"]
    better, worse = (pair["hypothesis"], pair["against"]) if log >= 0 else (pair["against"], pair["hypothesis"])
    words = next(word for limit, word in _SCALE if 2 * abs(log) < limit or limit == math.inf)
    return {
        "better": better,
        "worse": worse,
        "factor": fmt.number(math.exp(min(abs(log), 700)), 2),
        "range": fmt.interval(math.exp(min(abs(log) - 2 * error, 700)), math.exp(min(abs(log) + 2 * error, 700))),
        "words": words,
    }
