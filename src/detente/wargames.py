"""The path behind `detente escalaition`: read a user's copy, score it anew, compare."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from detente.analysis import wargames
from detente.events import escalaition_scores as source
from detente.settings import VERSION
from detente.text.plain import rounded

NOTE = "Evidence about language models in a game, not about people or states."


def score(folder: Path | None = None, *, seed: int = 1, doctrine: bool = False) -> dict[str, Any]:
    """Scores of every model and scenario as published and as corrected, and how far the stored ones are reproduced.

    Args:
        folder: of the user's copy; where data are usually kept when None.
        seed: of the bootstrap over runs, and of the fit.
        doctrine: also fit how each model answers what is done to it, beside how states do; a minute.

    Raises:
        InputError: The data are not found or malformed.
    """
    place = source.folder(folder)
    points = source.read_points(place / source.POINTS)
    actions = source.read_actions(place / source.ACTIONS, points)
    scores = source.daily(actions, points)
    first = wargames.distinct_runs(actions)
    return rounded(
        {
            "detente": VERSION,
            "seed": seed,
            "data_sha256": hashlib.sha256((place / source.ACTIONS).read_bytes()).hexdigest(),
            "note": NOTE,
            "actions": len(actions),
            "reworded": sum(one.written not in points for one in actions),
            "unmapped": sum(not one.action for one in actions),
            "repeated_runs": {run: same for run, same in sorted(first.items()) if run != same},
            "agreement": wargames.agreement(scores, source.read_stored(place / source.STORED)),
            "scores": wargames.table(actions, scores, seed=seed),
            "doctrine": _doctrine(actions, seed) if doctrine else None,
        }
    )


def _doctrine(actions: list[source.Action], seed: int) -> dict[str, Any]:
    from detente.analysis.wargame_doctrine import doctrine  # the sampler, only where it is asked for

    return doctrine(actions, seed=seed)
