"""The log likelihood of a record as a function of parameters: the one thing a sampler needs to know of a scenario."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array

from detente.engine import panel, particle_filter
from detente.engine.compile import Game, Values, compile_game
from detente.engine.latent import Latent, latent_of
from detente.engine.observe import IMPOSSIBLE, SeriesModel
from detente.engine.record import Record, record_of, scale_functions, series_of
from detente.engine.replay import Replay, replay
from detente.inference.transforms import quantile_table
from detente.scenario.records import Scenario


@dataclass(frozen=True, eq=False)  # compared by identity, so that compiled programs can be kept per model
class Model:
    """A compiled scenario with its record and the quantile tables of its hypotheses."""

    game: Game
    record: Record
    series: tuple[SeriesModel, ...]
    tables: dict[str, np.ndarray]  # hypothesis -> (parameter, knot)
    latent: Latent

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameter ids in table order."""
        return self.game.parameters

    @property
    def panel(self) -> bool:
        """Whether the record is one of many cases."""
        return self.game.case is not None

    def replay(
        self, values: Values, record: Record | None = None, *, until: int | None = None, path: bool = False
    ) -> Replay:
        """Replay a record (the scenario's own when None) for parameter values of shape (parameter, ...batch)."""
        theta = {name: values[i] for i, name in enumerate(self.game.parameters)}
        like = jnp.zeros(values.shape[1:], values.dtype)
        record = self.record if record is None else record
        return replay(self.game, record, self.series, self.latent, theta, like, until=until, path=path)

    def log_likelihood(self, values: Array, record: Record) -> Array:
        """Log likelihood of a record, shape (...batch); never NaN, at worst `IMPOSSIBLE`. A panel's: of all cases."""
        if self.panel:
            return bounded(self.case_log_likelihoods(values, record).sum(0))
        return bounded(self.replay(values, record).log_likelihood)

    def case_log_likelihoods(self, values: Array, record: Record) -> Array:
        """Log likelihood of every case of a panel, shape (case, ...batch); at worst `IMPOSSIBLE`."""
        theta = {name: values[i] for i, name in enumerate(self.game.parameters)}
        like = jnp.zeros(values.shape[1:], values.dtype)
        return panel.log_likelihoods(self.game, record, self.series, self.latent, theta, like)

    def estimate(self, values: Array, record: Record, key: Array) -> Array:
        """The particle filter's estimate of the log likelihood, for one parameter vector, shape (parameter,) -> ()."""
        theta = {name: values[i] for i, name in enumerate(self.game.parameters)}
        return bounded(particle_filter.estimate(self.game, record, self.series, theta, key, self.latent.particles))


def bounded(log_likelihood: Array) -> Array:
    """No NaN, and nothing below `IMPOSSIBLE`."""
    return jnp.where(jnp.isnan(log_likelihood), IMPOSSIBLE, jnp.maximum(log_likelihood, IMPOSSIBLE))


def model_of(scenario: Scenario, *, noise: str = "kalman", particles: int = 128) -> Model:
    """Compile a scenario and lay out its record.

    Args:
        noise: how the likelihood treats noise between measurements, one of `latent.MODES`.
        particles: states per parameter value of the particle filter, with noise "particles".
    """
    game = compile_game(scenario)
    series = tuple(
        SeriesModel(stock, item.model, scale)
        for (stock, item), scale in zip(series_of(scenario), scale_functions(scenario), strict=True)
    )
    tables = {h: quantile_table([scenario.prior(p, h) for p in scenario.parameters]) for h in scenario.hypotheses}
    record = record_of(scenario, game) if scenario.cases is None else panel.panel_record(scenario, game)
    return Model(game, record, series, tables, latent_of(scenario, noise, particles))
