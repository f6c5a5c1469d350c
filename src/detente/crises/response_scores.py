"""Scores of response curves on crises: Brier, log score and AUC against climatology and trigger type alone.

Intervals are bootstraps over whole crises, for the states of one crisis share what happened in it.

Sources: Brier (1950); Good (1952); Hanley & McNeil (1982), Radiology 143(1), the area under the ROC curve; Field &
Welsh (2007), JRSS B 69(3), the cluster bootstrap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from detente import streams
from detente.crises.response_curve import RESPONSE, VIOLENCE, Summary
from detente.crises.response_features import response_rung, situation, violence
from detente.events.sources.icb import ActorCase
from detente.inference.scores import FEWEST_BLOCKS, FLOOR, brier, log_score
from detente.result.crises import RivalScores, Score, ScoreDifference, ScoreTable, TargetScores

REPEATS = 1000  # of the bootstrap
LEVELS = (0.05, 0.95)  # of every interval here
LATE = 2000  # withheld from the shipped fit: scored apart as well


def auc(p: np.ndarray, outcome: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Chance that a case that happened was given more than one that did not; ties count half; NaN with one kind.

    Args:
        weights: how often each case counts, shape (sample, case); once each, in one sample, when None.

    Returns:
        Shape (sample,).
    """
    y, p = np.asarray(outcome, bool), np.asarray(p, float)
    weights = np.ones((1, len(y))) if weights is None else weights
    above = (p[y][:, None] > p[~y]) + 0.5 * (p[y][:, None] == p[~y])
    happened, not_ = weights[:, y], weights[:, ~y]
    pairs = happened.sum(1) * not_.sum(1)
    won = ((happened @ above) * not_).sum(1)
    return np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def resamples(crisis: np.ndarray, seed: int, repeats: int = REPEATS) -> np.ndarray:
    """How often each row stands in bootstrap samples of whole crises, shape (sample, row)."""
    rng = streams.rng("bootstrap", seed)
    names, member = np.unique(crisis, return_inverse=True)
    counts = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=repeats)
    return counts[:, member].astype(float)


def score_table(
    outcome: np.ndarray, forecasts: Mapping[str, np.ndarray], crisis: np.ndarray, seed: int = 1, repeats: int = REPEATS
) -> ScoreTable:
    """Scores of rival forecasts of one 0/1 outcome, with 90 % intervals; the first is compared with each of the rest.

    With fewer than `FEWEST_BLOCKS` crises there are no intervals.
    """
    y = np.asarray(outcome, float)
    samples = resamples(crisis, seed, repeats)
    enough = len(np.unique(crisis)) >= FEWEST_BLOCKS  # of fewer, resampling says nothing
    total = samples.sum(1)
    losses = {name: {"brier": brier(p, y), "log": log_score(p, y, FLOOR)} for name, p in forecasts.items()}

    def mean(values: np.ndarray) -> Score:
        low, high = np.quantile(samples @ values / total, LEVELS) if enough else (np.nan, np.nan)
        return Score(value=float(values.mean()), low=float(low), high=float(high))

    scores: dict[str, RivalScores] = {}
    for name, p in forecasts.items():
        areas = auc(p, y, samples)
        low, high = np.nanquantile(areas, LEVELS) if enough and np.isfinite(areas).any() else (np.nan, np.nan)
        scores[name] = RivalScores(
            **{kind: mean(values) for kind, values in losses[name].items()},
            auc=Score(value=float(auc(p, y)[0]), low=float(low), high=float(high)),
            mean=float(np.mean(p)),
        )
    first, *rest = forecasts
    return ScoreTable(
        n=len(y),
        crises=len(np.unique(crisis)),
        happened=int(y.sum()),
        share=float(y.mean()),
        scores=scores,
        against={
            other: ScoreDifference(**{k: mean(losses[first][k] - losses[other][k]) for k in ("brier", "log")})
            for other in rest
        },
    )


def outcomes(cases: Sequence[ActorCase], summary: Summary) -> dict[str, np.ndarray]:
    """Whether each target came, by curve: shape (case,) of 0 and 1."""
    rungs = {RESPONSE: [response_rung(c) for c in cases], VIOLENCE: [violence(c) for c in cases]}
    return {name: (np.array(rungs[name]) >= curve.hit).astype(float) for name, curve in summary.curves.items()}


def score_cases(cases: Sequence[ActorCase], summary: Summary, seed: int = 1) -> dict[str, TargetScores]:
    """Score both targets on cases, by target: all together and by part: trigger years before and from `LATE`."""
    crisis, year = np.array([c.crisis for c in cases]), np.array([c.year for c in cases])
    situations, came = [situation(c) for c in cases], outcomes(cases, summary)
    parts = {"all": np.full(len(cases), True), f"before {LATE}": year < LATE, f"from {LATE}": year >= LATE}
    targets: dict[str, TargetScores] = {}
    for name, curve in summary.curves.items():
        forecasts = {
            "curve": curve.probabilities(situations),
            "climatology": np.full(len(cases), curve.climatology),
            "trigger alone": curve.trigger_alone(situations),
        }
        targets[name] = TargetScores(
            says=curve.says,
            climatology=curve.climatology,
            blend=curve.blend,
            parts={
                part: score_table(came[name][mask], {n: p[mask] for n, p in forecasts.items()}, crisis[mask], seed)
                for part, mask in parts.items()
                if mask.any() and (part == "all" or not mask.all())
            },
        )
    return targets
