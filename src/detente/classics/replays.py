"""The likelihood of a classic's record, and the way of its stocks, for many parameter values at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np

from detente.classics.scenarios import game_of
from detente.engine.compile import Game
from detente.engine.latent import latent_of
from detente.engine.observe import SeriesModel
from detente.engine.record import Record, record_of, scale_functions, series_of
from detente.engine.replay import Replay, replay
from detente.scenario.records import Scenario

_PROGRAMS: dict[tuple[Game, str], Callable] = {}  # by structure: the game, and what its measurements are of


def _program(scenario: Scenario) -> Callable:
    game, found = game_of(scenario), series_of(scenario)
    key = (game, repr([(stock, one.model, one.scale) for stock, one in found]))
    if key not in _PROGRAMS:
        series = [
            SeriesModel(stock, one.model, scale)
            for (stock, one), scale in zip(found, scale_functions(scenario), strict=True)
        ]
        latent = latent_of(scenario, "replay")  # no classic has noise: every mode is the same

        def run(theta, record: Record, like):
            return replay(game, record, series, latent, theta, like, path=True)

        _PROGRAMS[key] = jax.jit(run)
    return _PROGRAMS[key]


def replayed(scenario: Scenario, values: Mapping[str, np.ndarray], record: Record | None = None) -> Replay:
    """Replay the record in double precision, with the path and every term.

    Args:
        values: parameters by id, scalars or shape (lane,).
        record: the scenario's own when None.
    """
    lanes = max([1, *(np.size(v) for v in values.values())])
    theta = {name: jnp.broadcast_to(jnp.asarray(v, jnp.float64), (lanes,)) for name, v in values.items()}
    record = record_of(scenario, game_of(scenario)) if record is None else record
    return _program(scenario)(theta, record, jnp.zeros(lanes))
