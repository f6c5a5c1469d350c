"""Do neighbourhoods of past crises foretell? Forward in time, against climatology, with equal and with learned weights.

The cases of ten years from each split are answered by their ten nearest crises before it. The learned weights come from
curves that saw all years, so equal weights are the test without that. A measure of skill, not of time. Needs
icb/icb2_v15.csv in a data folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.asked import Asked, SkippedError
from detente import InputError
from detente.crises.analogies import between, encode, learned_weights, nearest, neighbourhood
from detente.crises.response_curve import load_summary
from detente.crises.response_features import situation
from detente.crises.response_scores import outcomes, score_table
from detente.events.sources import icb
from detente.events.where import find

CUTS, WINDOW, K = (1950, 1960, 1970, 1980, 1990), 10, 10


def run(asked: Asked) -> dict[str, Any]:
    """Scores by target, weights and split."""
    try:
        cases = icb.read_actors(find(icb.FILE))
    except InputError as reason:
        raise SkippedError(f"{icb.FILE} is in no data folder") from reason
    summary, found = load_summary(), {}
    coded, crisis = encode([situation(case) for case in cases]), np.array([case.crisis for case in cases])
    years, came = np.array([case.year for case in cases]), outcomes(cases, summary)
    cuts = asked.of(CUTS[:1], CUTS, CUTS)
    for kind, weights in (("equal", None), ("learned", learned_weights(summary))):
        asked.say(f"analogies: {kind} weights")
        rows: list[np.ndarray] = []
        near: list[np.ndarray] = []
        for cut in cuts:
            before, ahead = np.flatnonzero(years < cut), np.flatnonzero((years >= cut) & (years < cut + WINDOW))
            past = coded.take(before)
            near += [before[nearest(between(coded.take([i]), past, weights), crisis[before], K)] for i in ahead]
            rows.append(ahead)
        for name, y in came.items():
            base = [np.full(len(ahead), y[years < cut].mean()) for cut, ahead in zip(cuts, rows, strict=True)]
            found[f"{summary.curves[name].says}, {kind} weights"] = _scores(y, rows, near, base, crisis, cuts)
    return found


def _scores(
    y: np.ndarray,
    rows: Sequence[np.ndarray],
    near: Sequence[np.ndarray],
    base: Sequence[np.ndarray],
    crisis: np.ndarray,
    cuts: Sequence[int],
) -> dict[str, Any]:
    """Brier scores of neighbours and climatology, their difference with its interval, and the area under the curve."""
    flat, where = np.concatenate(base), np.concatenate(rows)
    p = np.array([neighbourhood(y[those], share) for those, share in zip(near, flat, strict=True)])
    starts = np.cumsum([0, *map(len, rows)])
    parts = {str(cut): slice(a, b) for cut, a, b in zip(cuts, starts[:-1], starts[1:], strict=True)}
    scores = {}
    for part, some in {**parts, "all": slice(None)}.items():
        table = score_table(y[where[some]], {"neighbours": p[some], "climatology": flat[some]}, crisis[where[some]])
        ours, theirs = table.scores["neighbours"], table.scores["climatology"]
        gap = table.against["climatology"].brier
        scores[part] = {
            "n": table.n,
            "brier": ours.brier.value,
            "climatology": theirs.brier.value,
            "difference": [gap.value, gap.low, gap.high],
            "auc": ours.auc.value,
        }
    return scores
