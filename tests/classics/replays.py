"""The likelihood of a classic's record, and the way of its stocks, for many parameter values at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from detente.engine.game.game import Game
from detente.engine.game.record import Record, record_of, scale_functions, series_of
from detente.engine.noise.latent import latent_of
from detente.engine.noise.observe import SeriesModel
from detente.engine.replay import Script
from detente.engine.trajectory import Trajectory
from detente.engine.trajectory import replayed as played
from detente.language.records import Scenario
from tests.classics.scenarios import game_of

_MOST = 256  # scripts kept at once
_SCRIPTS: dict[tuple[Game, str], Script] = {}  # by structure: the game, and what its measurements are of


def _script(scenario: Scenario) -> Script:
    game, found = game_of(scenario), series_of(scenario)
    key = (game, repr([(stock, one.model, one.scale) for stock, one in found]))
    if key not in _SCRIPTS:
        if len(_SCRIPTS) >= _MOST:
            _SCRIPTS.clear()
        series = [
            SeriesModel(stock, one.model, scale)
            for (stock, one), scale in zip(found, scale_functions(scenario), strict=True)
        ]
        # no classic has noise: every mode is the same
        _SCRIPTS[key] = Script(game, series, latent_of(scenario, "replay"))
    return _SCRIPTS[key]


def replayed(scenario: Scenario, values: Mapping[str, np.ndarray], record: Record | None = None) -> Trajectory:
    """Replay the record in double precision, with the path and every term.

    Args:
        values: parameters by id, scalars or shape (lane,).
        record: the scenario's own when None.
    """
    lanes = max([1, *(np.size(v) for v in values.values())])
    script = _script(scenario)
    theta = np.array([np.broadcast_to(np.asarray(values[p], float), (lanes,)) for p in script.game.parameters])
    record = record_of(scenario, script.game) if record is None else record
    return played(script, record, theta.reshape(-1, lanes))
