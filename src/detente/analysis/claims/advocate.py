"""The devil's advocate: the strongest case for an argument that uses only what the record allows, and its price.

Among the draws after the evidence those in which most of the load-bearing claims are true are taken together. What one
would have to believe is where their parameters lie, in standard deviations of all draws; the price is how much less
likely they make the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from detente.analysis.claims.credence import BEYOND
from detente.analysis.claims.crux import varies
from detente.analysis.claims.learning import MINORITY
from detente.analysis.claims.verdict import Judged
from detente.futures.play import Futures
from detente.language.records import Scenario
from detente.result import claims as judged

BELIEFS = 5  # parameters named, at most


def advocate(
    scenario: Scenario, claims: Sequence[str], after: Mapping[str, Judged], played: Futures, *, fitted: bool
) -> judged.Advocate | None:
    """The strongest case for some claims; None where there is none to make.

    Args:
        claims: whole ids of load-bearing claims with a test, without those that are true or false by construction.
    """
    draws = played.draws
    if not claims:
        return None
    truth = np.stack([after[id].credence.truth for id in claims]) & (draws.weights > 0)
    count = truth.sum(0)
    most = next((k for k in range(len(claims), 0, -1) if (count >= k).sum() >= MINORITY), 0)
    if most == 0:
        return None
    mine = count >= most
    share = float(draws.weights @ mine)
    weights = np.where(mine, draws.weights, 0.0) / share
    beliefs = []
    for name, values in zip(draws.parameters, draws.values, strict=True):
        free = varies(scenario, name, draws)
        if not weights[free].sum() > 0:
            continue
        mean, sd = _moments(values[free], draws.weights[free])
        there, _ = _moments(values[free], weights[free])
        noise = float(np.sqrt((weights[free] ** 2).sum()) / weights[free].sum())  # of `there`, in standard deviations
        if sd > 0 and abs(there - mean) > BEYOND * noise * sd:
            beliefs.append(judged.Belief(parameter=name, mean=there, posterior=mean, shift=(there - mean) / sd))
    beliefs = sorted(beliefs, key=lambda b: -abs(b.shift or 0.0))[:BELIEFS]
    hypotheses = {h: float(weights @ (draws.hypothesis == i)) for i, h in enumerate(draws.hypotheses)}
    price = _price(played, weights) if fitted else None
    return judged.Advocate(
        claims=[id for id, row in zip(claims, truth, strict=True) if weights @ row > 0.5],
        of=len(claims),
        at_least=most,
        share=share,
        price=price,
        beliefs=beliefs,
        hypotheses=dict(hypotheses),
        sentences=_sentences(
            scenario, beliefs, hypotheses, dict(zip(hypotheses, draws.hypothesis_weights, strict=True))
        ),
    )


def _moments(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Weighted mean and standard deviation."""
    mean = float(weights @ values / weights.sum())
    return mean, float(np.sqrt(weights @ (values - mean) ** 2 / weights.sum()))


def _price(played: Futures, weights: np.ndarray) -> float | None:
    """Mean log likelihood of all draws less that of some; None for a panel, which keeps no replay."""
    if played.trajectory is None:
        return None
    found = np.asarray(played.trajectory.log_likelihood, float)
    return float(played.draws.weights @ found - weights @ found)


def _sentences(
    scenario: Scenario, beliefs: Sequence[judged.Belief], there: Mapping[str, float], before: Mapping[str, float]
) -> list[str]:
    """What one would have to believe."""
    out = []
    for b in beliefs:
        unit = scenario.parameters[b.parameter].unit
        way = "more" if (b.shift or 0.0) > 0 else "less"
        size = abs(b.shift or 0.0)
        out.append(
            f"{b.parameter} is {b.mean:.3g} rather than {b.posterior:.3g}{f' {unit}' if unit else ''}: "
            f"{size:.1f} standard deviations {way}"
        )
    if there:
        gained = max(there, key=lambda h: there[h] - before[h])
        if there[gained] - before[gained] > 0.1:
            out.append(f"{gained} is true with probability {there[gained]:.2f} rather than {before[gained]:.2f}")
    return out
