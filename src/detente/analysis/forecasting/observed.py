"""What a record says of the questions of forecasts.yaml: what happened, what was measured, what the replay implies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.engine.game.compile import function_of
from detente.engine.game.game import Game
from detente.engine.game.record import Record, series_of
from detente.engine.game.rules import State
from detente.inference.density import Model
from detente.inference.draws import Draws
from detente.language.records import EventQuestion, Scenario
from detente.language.syntax import Node, names

MEASURED, REPLAYED, RECORDED = "measured", "replayed", "recorded"  # how an outcome is known


def happened(question: EventQuestion, record: Record, game: Game) -> np.ndarray:
    """Whether any of what a question asks for happened in each step of a record, shape (step,) bool."""
    columns = [np.zeros(len(record.choice), bool)]
    for what in question.happens:
        track, _, move = what.partition(":")
        if move:
            index = [t.id for t in game.tracks].index(track)
            number = [m.id for m in game.tracks[index].moves].index(move) + 1
            columns.append(np.asarray(record.choice)[:, index] == number)
        else:
            columns.append(np.asarray(record.event)[:, [e.id for e in game.events].index(what)])
    return np.any(columns, axis=0)


@dataclass(frozen=True)
class Replayed:
    """The state that weighted draws replay to after some steps, and their mean path there."""

    state: State  # arrays of shape (draw,)
    covariance: np.ndarray  # of the latent states of noise, (latent state, latent state, draw)
    means: dict[str, np.ndarray]  # stock -> (boundary,); parameters and the clock as well

    def values(self, tree: Node) -> np.ndarray:
        """An expression at the posterior mean of the state, at every boundary, shape (boundary,)."""
        return evaluate(tree, self.means, self.means["clock.step"].shape)


def replayed(model: Model, draws: Draws, record: Record, until: int) -> Replayed:
    """Replay the first `until` steps of a record for weighted draws."""
    found = model.replay(draws.values, record, until=until)
    means = {name: np.asarray(path, float) @ draws.weights for name, path in found.path.items()}
    means |= {name: np.full(until + 1, draws.values[i] @ draws.weights) for i, name in enumerate(draws.parameters)}
    boundaries = np.arange(until + 1)
    means |= {"clock.step": boundaries.astype(float), "clock.season": np.asarray(model.game.season)[boundaries]}
    return Replayed(found.state(until), found.covariance[until], means)


def measured(scenario: Scenario, record: Record, tree: Node, boundary: int, means: dict[str, np.ndarray]):
    """An expression with every stock in it as measured at a boundary, or None when one of them was not.

    Of several series of one stock the first that has a measurement there counts. Parameters stand at their means.
    """
    environment = {name: path[boundary] for name, path in means.items()}
    for name in names(tree) & set(scenario.stocks):
        found = [
            rows.value[boundary]
            for (stock, _), rows in zip(series_of(scenario), record.measured, strict=True)
            if stock == name and rows.present[boundary]
        ]
        if not found:
            return None
        environment[name] = np.float64(found[0])
    return evaluate(tree, environment, ())


def evaluate(tree: Node, environment: dict[str, np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """An expression over arrays, broadcast to a shape; not-a-number where it has no value."""
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(function_of(tree)(environment)), shape)
