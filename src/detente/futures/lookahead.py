"""Futures in which some look ahead by samples: how many can be afforded, what looking changed, and at what error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detente.engine.foresight import policy as foresight
from detente.futures.play import Futures
from detente.inference.density import Model
from detente.result import run
from detente.settings import LOOKAHEAD_DRAWS, LOOKAHEAD_FUTURES


def samples_futures(model: Model) -> bool:
    """Whether some track's choices are made on sampled futures."""
    return model.game.foresight_plan is not None and not model.game.foresight_plan.exact


def affordable(model: Model, asked: tuple[int, int], usual: tuple[int, int]) -> tuple[int, int]:
    """Draws and futures to play: fewer than usual where futures are sampled inside futures; else what was asked."""
    return (LOOKAHEAD_DRAWS, LOOKAHEAD_FUTURES) if samples_futures(model) and asked == usual else asked


def without_samples(model: Model) -> Model:
    """The same model at level 0. Its fit is the same: sampled foresight is not fitted."""
    return replace(model, game=replace(model.game, foresight_plan=None))


def foresight_results(model: Model, played: Futures) -> run.Foresight | None:
    """Who looked ahead, how, what it changed, and its Monte-Carlo error; None where nobody did."""
    foresight_plan = model.game.foresight_plan
    if foresight_plan is None:
        return None
    names = foresight.glances_of(model.game)
    weights = played.draws.weights[:, None]
    effects: dict[str, dict[str, dict[str, float]]] = {
        track_ahead.id: {} for track_ahead in foresight_plan.lookahead_tracks
    }
    for course, outcome in played.courses.items():
        live = np.maximum(1.0, outcome.live.sum(1, dtype=float))
        means = (weights * outcome.looked.sum(1, dtype=float) / live).sum(0)
        for (track, what), mean in zip(names, means, strict=True):
            value = float(np.sqrt(mean)) if what == "error" else float(mean)
            effects[track].setdefault(course, {})[what] = value
    tracks = {
        track_ahead.id: run.ForesightTrack(
            level=track_ahead.level if track_ahead.level is not None else "poisson",
            horizon_steps=track_ahead.horizon,
            samples=None if track_ahead.exact else track_ahead.samples,
            exact=track_ahead.exact,
            courses={course: run.ForesightEffect(**found) for course, found in effects[track_ahead.id].items()},
        )
        for track_ahead in foresight_plan.lookahead_tracks
    }
    return run.Foresight(
        tracks=tracks,
        fitted=foresight_plan.exact,
        lanes=foresight.lanes_of(model.game),
        draws=len(played.draws),
        futures=played.futures,
    )


METHODS = [
    "Foresight: a track that looks ahead adds weight * (Q - mean Q) to the appeals of its moves, Q being the expected "
    "utility of its actor some steps on while everybody reasons one level less (level k: Stahl & Wilson 1994, JEBO "
    "25(3); the logit response: McKelvey & Palfrey 1998, Experimental Economics 1(1)). Actors know the draw's "
    "parameters, other sides' hidden ones included, and see what seen_by and blur leave them.",
]
SAMPLED = [
    "Foresight by samples: Q is a mean over a few futures with random numbers of their own, common to the moves "
    "compared. The softmax of a noisy Q leans a little towards even odds. The record is fitted at level 0, and claims "
    "are judged on fewer futures than without foresight; what would flip them is looked for at level 0.",
]


def methods(model: Model) -> list[str]:
    """What a run with foresight adds to the methods."""
    return [] if model.game.foresight_plan is None else METHODS + (SAMPLED if samples_futures(model) else [])
