"""The record as every parameter draw retells it: one replay of all draws, with what each cell of the record cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine.observe import IMPOSSIBLE
from detente.engine.record import Record
from detente.engine.replay import Terms
from detente.inference.density import Model
from detente.inference.draws import Draws


@dataclass(frozen=True, eq=False)
class Retelling:
    """A replay of the whole record for the same draws. A cell is a track, an event or a series at one time."""

    draws: Draws
    record: Record
    path: dict[str, np.ndarray]  # stock -> (boundary, draw)
    terms: Terms  # log probabilities, shapes (step, track, draw), (step, event, draw), (boundary, series, draw)
    possible: np.ndarray  # (draw,) bool: false where a draw cannot explain the record at all

    def log_likelihood(self) -> np.ndarray:
        """Of the whole record, shape (draw,)."""
        return sum((np.asarray(t).sum((0, 1)) for t in self.terms[:3]), np.zeros(len(self.draws)))


@lru_cache(maxsize=4)
def _program(model: Model):
    def retold(values, record):
        played = model.replay(values, record, path=True)
        return played.path, played.terms

    return jax.jit(retold)


def retell(model: Model, draws: Draws, record: Record | None = None) -> Retelling:
    """Replay a record (the scenario's own when None) for weighted parameter draws, in the precision of the fit.

    Where a particle filter made the fit, the retelling still follows the Gaussian filter.
    """
    record = model.record if record is None else record
    path, terms = jax.device_get(_program(model)(jnp.asarray(draws.values, jnp.float32), record))
    found = Retelling(draws, record, path, terms, np.ones(len(draws), bool))
    total = found.log_likelihood()
    return replace(found, possible=np.isfinite(total) & (total > IMPOSSIBLE / 2))
