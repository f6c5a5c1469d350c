"""Games played by language models: published and corrected scores side by side, with intervals over runs."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from detente.events.escalaition_scores import NATIONS, Action, RunDay, Score

RESAMPLES = 4_000  # bootstrap resamples of runs
INTERVAL = 0.9


def agreement(found: Mapping[RunDay, Score], stored: Mapping[RunDay, Score]) -> dict[str, int]:
    """On how many of the stored run-days the computed scores equal the stored ones; a run-day without actions has 0."""
    none = Score(0.0, 0.0)
    pairs = [(found.get(key, none), kept) for key, kept in stored.items()]
    return {
        "run_days": len(pairs),
        "published_reproduced": sum(a.published == b.published for a, b in pairs),
        "corrected_reproduced": sum(a.corrected == b.corrected for a, b in pairs),
        "unstored": len(found.keys() - stored.keys()),
    }


def distinct_runs(actions: Iterable[Action]) -> dict[str, str]:
    """Every run, and the first run that is the same act for act (itself, when it is the first)."""
    texts: dict[str, Any] = {}
    for one in actions:
        digest = texts.setdefault(one.run, hashlib.sha256())
        digest.update(repr((one.day, one.nation, one.target, one.written)).encode())
    first: dict[str, str] = {}
    return {run: first.setdefault(digest.hexdigest(), run) for run, digest in texts.items()}


def table(actions: list[Action], scores: Mapping[RunDay, Score], *, seed: int) -> list[dict[str, Any]]:
    """Per model and scenario the mean score of a nation and day, both scorings, over distinct runs.

    A run's mean counts once; 90 % intervals resample runs (percentile bootstrap), so that days of a run, which hang
    together, do not pass for independent.

    Args:
        seed: of the bootstrap.
    """
    first = distinct_runs(actions)
    where = {one.run: (one.model, one.scenario) for one in actions}
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for run, group in where.items():
        groups[group].append(run)
    days = defaultdict(list)
    for (run, _), score in scores.items():
        days[run].append(score)
    means = {run: np.mean(of, axis=0) / NATIONS for run, of in days.items()}
    rng = np.random.default_rng(seed)
    rows = []
    for (model, scenario), runs in sorted(groups.items()):
        kept = [run for run in runs if first[run] == run]
        values = np.array([means[run] for run in kept])
        draws = values[rng.integers(0, len(kept), (RESAMPLES, len(kept)))].mean(1)
        low, high = np.quantile(draws, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2], axis=0)
        if len(kept) < 2:  # resampling one run says nothing
            low = high = np.full_like(low, np.nan)
        rows.append(
            {
                "model": model,
                "scenario": scenario,
                "runs": len(runs),
                "distinct_runs": len(kept),
                **{
                    name: {"mean": values[:, i].mean(), "low": low[i], "high": high[i]}
                    for i, name in enumerate(Score._fields)
                },
            }
        )
    return rows
