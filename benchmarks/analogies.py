"""Do neighbourhoods of past crises foretell? Forward in time, against climatology, with equal and with learned weights.

    python benchmarks/analogies.py [ICB2 FILE]

The cases of ten years from each split are answered by their ten nearest crises before it. The learned weights come from
curves that saw all years, so equal weights are the test without that.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detente.analysis.analogies import between, encode, learned_weights, nearest, neighbourhood
from detente.analysis.response_curve import load_summary
from detente.analysis.response_features import situation
from detente.analysis.response_scores import outcomes, score_table
from detente.data import icb
from detente.data.where import find

CUTS, WINDOW, K = (1950, 1960, 1970, 1980, 1990), 10, 10


def main(given: Path | None) -> None:
    summary, cases = load_summary(), icb.read_actors(find(icb.FILE, given))
    coded, crisis = encode([situation(case) for case in cases]), np.array([case.crisis for case in cases])
    years, came = np.array([case.year for case in cases]), outcomes(cases, summary)
    for kind, weights in (("equal", None), ("learned", learned_weights(summary))):
        rows: list[np.ndarray] = []
        near: list[np.ndarray] = []
        for cut in CUTS:
            before, ahead = np.flatnonzero(years < cut), np.flatnonzero((years >= cut) & (years < cut + WINDOW))
            past = coded.take(before)
            near += [before[nearest(between(coded.take([i]), past, weights), crisis[before], K)] for i in ahead]
            rows.append(ahead)
        for name, y in came.items():
            print(f"{summary.curves[name].says}, {kind} weights")
            base = [np.full(len(ahead), y[years < cut].mean()) for cut, ahead in zip(CUTS, rows, strict=True)]
            _show(y, rows, near, base, crisis)


def _show(
    y: np.ndarray,
    rows: Sequence[np.ndarray],
    near: Sequence[np.ndarray],
    base: Sequence[np.ndarray],
    crisis: np.ndarray,
) -> None:
    flat, where = np.concatenate(base), np.concatenate(rows)
    p = np.array([neighbourhood(y[those], share) for those, share in zip(near, flat, strict=True)])
    starts = np.cumsum([0, *map(len, rows)])
    parts = {str(cut): slice(a, b) for cut, a, b in zip(CUTS, starts[:-1], starts[1:], strict=True)}
    for part, some in {**parts, "all": slice(None)}.items():
        table = score_table(y[where[some]], {"neighbours": p[some], "climatology": flat[some]}, crisis[where[some]])
        ours, theirs = table["scores"]["neighbours"], table["scores"]["climatology"]
        gap = table["against"]["climatology"]["brier"]
        print(
            f"  {part:>5}: n {table['n']:3d}, Brier {ours['brier']['value']:.3f}, climatology "
            f"{theirs['brier']['value']:.3f}, difference {gap['value']:+.3f} "
            f"({gap['low']:+.3f} to {gap['high']:+.3f}), "
            f"AUC {ours['auc']['value']:.2f}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
