"""Scores of response curves on crises: Brier, log score and AUC against climatology and trigger type alone.

Intervals are bootstraps over whole crises, for the states of one crisis share what happened in it.

Sources: Brier (1950); Good (1952); Hanley & McNeil (1982), Radiology 143(1), the area under the ROC curve; Field &
Welsh (2007), JRSS B 69(3), the cluster bootstrap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from detente.analysis.plain import rounded
from detente.analysis.response_curve import RESPONSE, VIOLENCE, Summary
from detente.analysis.response_features import response_rung, situation, violence
from detente.analysis.scoring import FLOOR, brier, log_score
from detente.data.icb import ActorCase, read_actors, sha256
from detente.errors import InputError, Problem

REPEATS = 1000  # of the bootstrap
LEVELS = (0.05, 0.95)  # of every interval here
LATE = 2000  # withheld from the shipped fit: scored apart as well


def auc(p: np.ndarray, outcome: np.ndarray) -> float:
    """Chance that a case that happened was given more than one that did not; ties count half; NaN with one kind."""
    y = np.asarray(outcome, bool)
    if y.all() or not y.any():
        return float("nan")
    ranks = stats.rankdata(p)
    n = y.sum()
    return float((ranks[y].sum() - n * (n + 1) / 2) / (n * (len(y) - n)))


def resamples(crisis: np.ndarray, seed: int, repeats: int = REPEATS) -> list[np.ndarray]:
    """Row indices of bootstrap samples of whole crises."""
    rng = np.random.default_rng([seed, 7])
    names, member = np.unique(crisis, return_inverse=True)
    rows = [np.flatnonzero(member == i) for i in range(len(names))]
    return [np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))]) for _ in range(repeats)]


def score_table(
    outcome: np.ndarray, forecasts: Mapping[str, np.ndarray], crisis: np.ndarray, seed: int = 1
) -> dict[str, Any]:
    """Scores of rival forecasts of one 0/1 outcome, with 90 % intervals; the first is compared with each of the rest.

    Returns `n`, `crises`, `happened`, `share`; `scores`: name -> {brier, log, auc, mean}, each {value, low, high};
    `against`: name -> {brier, log}: the first's score less that one's (below 0: the first is better).
    """
    y = np.asarray(outcome, float)
    samples = resamples(crisis, seed)
    losses = {
        name: {"brier": brier(p, y), "log": log_score(p, y, FLOOR)} for name, p in forecasts.items()
    }  # (row,) each

    def mean(values: np.ndarray) -> dict[str, float]:
        low, high = np.quantile([values[rows].mean() for rows in samples], LEVELS)
        return {"value": float(values.mean()), "low": float(low), "high": float(high)}

    scores: dict[str, Any] = {}
    for name, p in forecasts.items():
        areas = np.array([auc(p[rows], y[rows]) for rows in samples])
        low, high = np.nanquantile(areas, LEVELS) if np.isfinite(areas).any() else (np.nan, np.nan)
        area = {"value": auc(p, y), "low": float(low), "high": float(high)}
        scores[name] = {kind: mean(values) for kind, values in losses[name].items()}
        scores[name] |= {"auc": area, "mean": float(np.mean(p))}
    first, *rest = forecasts
    return {
        "n": len(y), "crises": len(np.unique(crisis)), "happened": int(y.sum()), "share": float(y.mean()),
        "scores": scores,
        "against": {
            other: {kind: mean(losses[first][kind] - losses[other][kind]) for kind in ("brier", "log")}
            for other in rest
        },
    }  # fmt: skip


def outcomes(cases: Sequence[ActorCase], summary: Summary) -> dict[str, np.ndarray]:
    """Whether each target came, by curve: shape (case,) of 0 and 1."""
    rungs = {RESPONSE: [response_rung(c) for c in cases], VIOLENCE: [violence(c) for c in cases]}
    return {name: (np.array(rungs[name]) >= curve.hit).astype(float) for name, curve in summary.curves.items()}


def score_cases(cases: Sequence[ActorCase], summary: Summary, seed: int = 1) -> dict[str, Any]:
    """Score both targets on cases, all together and by part: trigger years before and from `LATE`."""
    crisis, year = np.array([c.crisis for c in cases]), np.array([c.year for c in cases])
    situations, came = [situation(c) for c in cases], outcomes(cases, summary)
    parts = {"all": np.full(len(cases), True), f"before {LATE}": year < LATE, f"from {LATE}": year >= LATE}
    targets: dict[str, Any] = {}
    for name, curve in summary.curves.items():
        forecasts = {
            "curve": curve.probabilities(situations),
            "climatology": np.full(len(cases), curve.climatology),
            "trigger alone": curve.trigger_alone(situations),
        }
        targets[name] = {"says": curve.says, "climatology": curve.climatology, "blend": curve.blend} | {
            "parts": {
                part: score_table(came[name][mask], {n: p[mask] for n, p in forecasts.items()}, crisis[mask], seed)
                for part, mask in parts.items()
                if mask.any() and (part == "all" or not mask.all())
            }
        }
    return {"targets": targets}


def score_file(path: Path, summary: Summary, seed: int = 1) -> dict[str, Any]:
    """Score the curves on an ICB2-format file: `score_cases` with the file's name and whether it was fitted to.

    Raises:
        InputError: The file is not in that form, or holds no case.
    """
    cases = read_actors(path)
    if not cases:
        raise InputError([Problem(path.name, "at least one case", "none")], what="the crises")
    digest = sha256(path)
    head = {"file": path.name, "sha256": digest, "cases": len(cases), "fitted": digest == summary.data["sha256"],
            "summary": {"data": dict(summary.data), "versions": summary.about["versions"]}}  # fmt: skip
    return rounded(head | score_cases(cases, summary, seed))
