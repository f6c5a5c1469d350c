"""Analogies: the recorded crises nearest to a situation, what came of them, and whether any is near at all.

Distance is Gower's (1971, "A general coefficient of similarity and some of its properties", Biometrics 27(4)): a
weighted mean over covariates of differences in [0, 1]; 0 or 1 for kinds, steps apart for ordered ones, a share of the
range for the power gap. A covariate that one side lacks is left out. Only what was known when the trigger came counts
(gravity is coded over the whole crisis), and never the year or the country.

Weights are learned: a covariate weighs as much as its effects spread in the fitted response curves, in logits, both
curves together. `weights=None` in `distances` gives equal ones; `python -m benchmarks --only analogies` compares them,
forward in time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.crises.response_curve import Summary
from detente.crises.response_features import ACT, LEVELS, STATE, Situation, gap_slope, levels_of, situation
from detente.events.sources.icb import ActorCase
from detente.inference.scores import jeffreys
from detente.language.crisis_terms import OUTCOMES, RECURRENCE, RESPONSES, TRIGGERS, VIOLENCE
from detente.result.crises import (
    CrisisOutcomes,
    CrisisShare,
    Lengths,
    NearCrisis,
    Neighbours,
    Precedent,
    SituationWords,
    UsualDistance,
)

COVARIATES = (*ACT, *STATE, "gap")
ORDERED = ("adversary", "nuclear", "power", "conflict")
_SCALED = np.array([name in ORDERED or name == "gap" for name in COVARIATES])
MAX_GAP = 179.0  # of `powdis`
FAR = (
    0.95  # farther from its nearest crisis than this share of recorded cases are: no close precedent (false alarm 5 %)
)
PRIOR_CASES = 5.0  # cases that climatology counts for in a neighbourhood (our choice; see docs/responses.md)


def learned_weights(summary: Summary) -> dict[str, float]:
    """Weight of each covariate: the mean spread of its effects in both curves, scaled to a sum of 1."""
    spreads = [curve.about["spreads"] for curve in summary.curves.values()]
    sizes = {g: float(np.mean([s[g]["mean"] for s in spreads])) for g in (*ACT, *STATE)}
    # the slope of the gap is per unit of `gap_slope`: over its sd that is a spread as well
    slopes = [abs(curve.about["mean"][curve.about["names"].index("gap|")]) for curve in summary.curves.values()]
    sizes["gap"] = float(np.mean(slopes)) * summary.data["gap_sd"]
    total = sum(sizes.values())
    return {name: size / total for name, size in sizes.items()}


@dataclass(frozen=True)
class Encoded:
    """Situations as numbers, shape (situation, covariate): a place in [0, 1] on a scale, the index of a kind."""

    values: np.ndarray
    known: np.ndarray

    def take(self, rows: Any) -> Encoded:
        """Some of the situations."""
        return Encoded(self.values[rows], self.known[rows])


def encode(situations: Sequence[Situation]) -> Encoded:
    """Situations made ready for many distances."""
    columns, far = [], abs(gap_slope(-MAX_GAP) - gap_slope(MAX_GAP))
    for name in COVARIATES:
        if name == "gap":
            column = np.array([np.nan if s.gap is None else gap_slope(s.gap) / far for s in situations])
        else:
            level = levels_of(situations, name).astype(float)
            level[level < 0] = np.nan
            column = level / (len(LEVELS[name]) - 1) if name in ORDERED else level
        columns.append(column)
    values = np.stack(columns, axis=1) if len(situations) else np.zeros((0, len(COVARIATES)))
    return Encoded(np.nan_to_num(values), ~np.isnan(values))


def between(one: Encoded, others: Encoded, weights: Mapping[str, float] | None = None) -> np.ndarray:
    """Gower distance in [0, 1] from one situation (a single row) to others, shape (other,)."""
    apart = np.abs(others.values - one.values)
    differs = np.where(_SCALED, apart, apart > 0)
    w = np.ones(len(COVARIATES)) if weights is None else np.array([weights[name] for name in COVARIATES])
    known = (others.known & one.known) * w
    return np.divide((known * differs).sum(1), known.sum(1), out=np.ones(len(apart)), where=known.sum(1) > 0)


def distances(about: Situation, others: Sequence[Situation], weights: Mapping[str, float] | None = None) -> np.ndarray:
    """Gower distance in [0, 1] from one situation to others, shape (other,)."""
    return between(encode([about]), encode(others), weights)


def nearest(distance: np.ndarray, crisis: np.ndarray, k: int) -> np.ndarray:
    """Rows of the k nearest crises, each by its nearest case; ties in the order of the file."""
    chosen, seen = [], set()
    for row in np.argsort(distance, kind="stable"):
        if crisis[row] not in seen:
            seen.add(crisis[row])
            chosen.append(row)
        if len(chosen) == k:
            break
    return np.array(chosen, int)


def isolation(situations: Sequence[Situation], crisis: np.ndarray, weights: Mapping[str, float] | None) -> np.ndarray:
    """Distance of every case to the nearest case of another crisis, shape (case,): what is usual. 1 where none is."""
    coded = encode(situations)
    apart = [between(coded.take([i]), coded.take(crisis != crisis[i]), weights) for i in range(len(situations))]
    return np.array([one.min(initial=1.0) for one in apart])


def share(hits: int, n: int) -> CrisisShare:
    """A share with its 90 % Jeffreys interval."""
    low, high = jeffreys(hits, n)
    return CrisisShare(n=n, happened=hits, share=hits / n if n else None, low=low, high=high)


def neighbourhood(hits: np.ndarray, climatology: float) -> float:
    """P(target) from the neighbours: their share, with climatology counting as `PRIOR_CASES`."""
    return float((hits.sum() + PRIOR_CASES * climatology) / (len(hits) + PRIOR_CASES))


def analogs(about: Situation, cases: Sequence[ActorCase], summary: Summary, *, k: int) -> Neighbours:
    """The k nearest crises to a situation, outcomes of the neighbourhood, and how far the situation lies from all.

    Args:
        cases: of an ICB2 file.
        k: number of crises, from 1.
    """
    weights = learned_weights(summary)
    situations, crisis = [situation(case) for case in cases], np.array([case.crisis for case in cases])
    distance = distances(about, situations, weights)
    rows = nearest(distance, crisis, k)
    usual = isolation(situations, crisis, weights)
    quantile = float((usual < distance[rows[0]]).mean())
    near = [cases[row] for row in rows]
    outcome = [case.codes.get("outcom") for case in near]
    known = sum(code is not None for code in outcome)
    again = [case.codes.get("outesr") for case in near]
    lengths = [days for case in near if (days := case.days_to_end) is not None]
    targets = {
        "violent": [case.code("majres") >= 8 for case in near],
        "war": [case.code("viol") == 4 for case in near],
    }
    usually = dict(zip(("q50", "q90", "q95"), np.quantile(usual, (0.5, 0.9, 0.95)).tolist(), strict=True))
    return Neighbours(
        situation=SituationWords(words=dict(about.words), gap=about.gap, year=about.year, country=about.country),
        weights=dict(weights),
        nearest=[_row(cases[row], float(distance[row]), about) for row in rows],
        outcomes=CrisisOutcomes(
            **{name: share(int(sum(hits)), len(hits)) for name, hits in targets.items()},
            outcome={word: share(outcome.count(code), known) for code, word in OUTCOMES.items()},
            recurred=share(again.count(1), again.count(1) + again.count(2)),
            days=Lengths(n=len(lengths), **_quartiles(lengths)),
        ),
        precedent=Precedent(
            nearest_distance=float(distance[rows[0]]),
            usual=UsualDistance(**usually),
            quantile=quantile,
            close=quantile <= FAR,
            says=_precedent(quantile),
        ),
        cases=len(cases),
    )


def _precedent(quantile: float) -> str:
    if quantile > FAR:
        return f"This has no close precedent: {quantile:.0%} of the recorded cases lie nearer to another crisis."
    return f"{quantile:.0%} of the recorded cases lie nearer to another crisis; above {FAR:.0%} none would be close."


def _quartiles(lengths: Sequence[int]) -> dict[str, float | None]:
    if not lengths:
        return dict.fromkeys(("q25", "q50", "q75"))
    return dict(zip(("q25", "q50", "q75"), np.quantile(lengths, (0.25, 0.5, 0.75)).tolist(), strict=True))


def _row(case: ActorCase, distance: float, about: Situation) -> NearCrisis:
    words = situation(case).words
    code = case.codes.get
    return NearCrisis(
        crisis=case.crisis,
        case=case.case,
        name=case.name.title(),
        actor=case.actor,
        year=case.year,
        distance=distance,
        trigger=TRIGGERS[case.code("triggr")],
        differs=[g for g in (*ACT, *STATE) if words.get(g) != about.words.get(g)],
        response=RESPONSES[case.code("majres")],
        violence=VIOLENCE[case.code("viol")],
        outcome=None if code("outcom") is None else OUTCOMES[case.code("outcom")],
        recurrence=None if code("outesr") is None else RECURRENCE[case.code("outesr")],
        days=case.days_to_end,
    )
