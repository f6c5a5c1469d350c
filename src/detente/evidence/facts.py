"""What sources find of a fact, pooled: how probable it is that the fact is true.

Every finding is evidence with a likelihood ratio. A source errs with the probability that its grade has as a relative
error (`grades`), at most one half; whoever confirms says what is true unless it errs, so the ratio is (1 - e) / e, and
for whoever refutes the inverse. Who disputes a fact counts half as much against it (on the scale of logarithms). Before
any finding the fact is as likely as not. Sources of one side repeat each other: of what a side finds for a fact its
strongest finding counts once, and so of what it finds against it. All of this is our assumption; the rule of Bayes is
not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import expit

from detente.evidence.grades import grade_sd
from detente.language.argument import Finding

WEIGHT = {"confirms": 1.0, "disputes": -0.5, "refutes": -1.0}  # of the log likelihood ratio


def log_ratio(finding: Finding) -> float:
    """Log likelihood ratio of a finding, positive where it speaks for the fact."""
    sd = grade_sd(finding.grade)
    wrong = min(0.5, math.hypot(sd.reliability, sd.credibility))
    return WEIGHT[finding.finds] * math.log((1 - wrong) / wrong)


def pooled(findings: Sequence[Finding]) -> float | None:
    """Probability that a fact is true, given what sources find; None where none has looked."""
    best: dict[tuple[str, bool], float] = {}
    for finding in findings:
        ratio = log_ratio(finding)
        key = (finding.side or f"of {finding.source} alone", ratio > 0)
        if abs(ratio) >= abs(best.get(key, 0.0)):
            best[key] = ratio
    return float(expit(sum(best.values()))) if findings else None
