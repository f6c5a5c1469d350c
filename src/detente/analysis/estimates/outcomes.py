"""What a fitted panel says of every case: the probability of each course of events that some case took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.engine.game.game import Game
from detente.inference.density import Model

MOST = 32  # different outcomes worth a table


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The outcomes that occur in a panel, most frequent first."""

    labels: tuple[str, ...]
    observed: np.ndarray  # (case,) index of the outcome
    fitted: np.ndarray  # (case, outcome) probability under the parameters; rows sum to at most 1


def outcomes(model: Model, values: np.ndarray) -> Outcomes | None:
    """Fitted probabilities of the outcomes that occur, at one parameter vector.

    Args:
        values: shape (parameter,).

    Returns:
        None when outcomes cannot be told apart by moves and events alone (sizes, measurements), or are too many.
    """
    record = model.record
    if record.measured or any(track.has_magnitude for track in model.game.tracks):
        return None
    steps, _, cases = record.choice.shape
    flat = np.concatenate([np.asarray(a, int).reshape(-1, cases) for a in (record.choice, record.event)]).T
    patterns, observed, counts = np.unique(flat, axis=0, return_inverse=True, return_counts=True)
    if len(patterns) > MOST:
        return None
    order = np.argsort(-counts, kind="stable")
    cells = steps * len(model.game.tracks)
    columns = []
    for pattern in patterns[order]:
        choice = np.broadcast_to(pattern[:cells].reshape(steps, -1, 1), record.choice.shape)
        event = pattern[cells:].reshape(steps, len(model.game.events), 1) > 0
        event = np.broadcast_to(event, record.event.shape)
        told = model.likelihood(record._replace(choice=choice, event=event), precise=True)
        columns.append(np.exp(told.by_case(np.asarray(values, float)[:, None])[:, 0]))
    rank = np.argsort(order)
    labels = tuple(_label(model.game, pattern, steps) for pattern in patterns[order])
    return Outcomes(labels, rank[observed.ravel()], np.stack(columns, 1))


def _label(game: Game, pattern: np.ndarray, steps: int) -> str:
    """Moves and events in the order in which they happened."""
    tracks, events = len(game.tracks), len(game.events)
    choice = pattern[: steps * tracks].reshape(steps, tracks)
    event = pattern[steps * tracks :].reshape(steps, events)
    said = [
        [f"{t.id}:{t.moves[c - 1].id}" for t, c in zip(game.tracks, choice[k], strict=True) if c]
        + [e.id for e, happened in zip(game.events, event[k], strict=True) if happened]
        for k in range(steps)
    ]
    return ", then ".join(" and ".join(step) for step in said if step) or "nothing"
