"""Posterior replay: the record replayed for every parameter draw, with the log likelihood of each of its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.engine.game.record import Record
from detente.engine.likelihood import IMPOSSIBLE
from detente.engine.trajectory import Terms, Trajectory
from detente.inference.density import Model
from detente.inference.draws import Draws


@dataclass(frozen=True, eq=False)
class PosteriorReplay:
    """A replay of the whole record for the same draws. A cell is a track, an event or a series at one time."""

    draws: Draws
    record: Record
    path: dict[str, np.ndarray]  # stock -> (boundary, draw)
    terms: Terms  # log probabilities, shapes (step, track, draw), (step, event, draw), (boundary, series, draw)
    log_likelihood: np.ndarray  # (draw,) of the whole record

    @property
    def possible(self) -> np.ndarray:
        """(draw,) bool: false where a draw cannot explain the record at all."""
        return self.log_likelihood > IMPOSSIBLE / 2


def replay_posterior(
    model: Model, draws: Draws, record: Record | None = None, found: Trajectory | None = None
) -> PosteriorReplay:
    """Replay a record (the scenario's own when None) for weighted parameter draws, if it is not `found` already.

    Where a particle filter made the fit, the replay still follows the Gaussian filter.
    """
    record = model.record if record is None else record
    found = model.replay(draws.values, record) if found is None else found
    return PosteriorReplay(draws, record, dict(found.path), found.terms, found.log_likelihood)
