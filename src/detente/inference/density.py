"""The log likelihood of a record as a function of parameters: the one thing a sampler needs to know of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detente.engine.backends import choice as backend
from detente.engine.game import panel
from detente.engine.game.compile import compile_game
from detente.engine.game.game import Game
from detente.engine.game.record import Record, record_of, scale_functions, series_of
from detente.engine.noise import particle_filter
from detente.engine.noise.latent import Latent, latent_of
from detente.engine.noise.observe import SeriesModel
from detente.engine.replay import Script
from detente.engine.trajectory import Trajectory, bounded, replayed
from detente.inference.quantiles import Quantiles
from detente.language.records import Scenario


@dataclass(frozen=True, eq=False)  # compared by identity, so that what was made of it can be kept per model
class Model:
    """A compiled scenario with its record and the priors of its hypotheses."""

    game: Game
    record: Record
    series: tuple[SeriesModel, ...]
    quantiles: dict[str, Quantiles]  # hypothesis -> its priors as maps from standard normals
    latent: Latent
    device: str | None = None  # where JAX plays the futures of courses; None: machine code, or NumPy

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameter ids, in the order of all arrays of parameters."""
        return self.game.parameters

    @property
    def panel(self) -> bool:
        """Whether the record is one of many cases."""
        return self.game.case is not None

    @cached_property
    def script(self) -> Script:
        """A step of the replay, written down."""
        return Script(self.game, self.series, self.latent)

    @property
    def has_gradient(self) -> bool:
        """Whether the log likelihood has a gradient: not where somebody looks ahead, nor where it is estimated."""
        return not self.script.foresees and self.latent.mode != "particles"

    def replay(self, values: np.ndarray, record: Record | None = None, *, until: int | None = None) -> Trajectory:
        """Replay a record (the scenario's own when None) for parameter values of shape (parameter, draw)."""
        return replayed(self.script, self.record if record is None else record, values, until)

    def likelihood(self, record: Record | None = None, *, precise: bool = False) -> Likelihood:
        """The log likelihood of a record (the scenario's own when None), in double precision if `precise`."""
        return Likelihood(self, self.record if record is None else record, precise)

    def estimate(self, values: np.ndarray, record: Record, rng: np.random.Generator) -> np.ndarray:
        """The particle filter's estimates of the log likelihood (draw,), for parameter values (parameter, draw)."""
        return bounded(particle_filter.estimate(self.game, record, self.series, values, rng, self.latent.particles))


class Likelihood:
    """The log likelihood of one record, for many parameter vectors at once."""

    def __init__(self, model: Model, record: Record, precise: bool) -> None:
        self.model, self.record, self.precise = model, record, precise
        self.tables = model.script.gradient.fill(record) if not model.script.foresees else None

    def __call__(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Log likelihoods (draw,), at worst `IMPOSSIBLE`, and their gradient, for values (draw, parameter).

        The gradient is None where somebody looks ahead; its entries may be no numbers.
        """
        total, gradient = self._found(np.asarray(values).T)
        return bounded(total.sum(0)), None if gradient is None else gradient.T

    def of(self, values: np.ndarray) -> np.ndarray:
        """Log likelihoods (draw,) for values (parameter, draw)."""
        return self(np.asarray(values).T)[0]

    def by_case(self, values: np.ndarray) -> np.ndarray:
        """Log likelihoods of every case of a panel (case, draw), for values (parameter, draw)."""
        return self._found(np.asarray(values))[0]

    def _found(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        script = self.model.script
        if self.tables is None:
            found = replayed(script, self.record, values).log_likelihood
            return np.atleast_2d(found), None
        found, gradient = backend.gradient(script.gradient, self.tables, values, precise=self.precise)
        return bounded(found), gradient


def model_of(scenario: Scenario, *, noise: str = "kalman", particles: int = 128, device: str | None = None) -> Model:
    """Compile a scenario and lay out its record.

    Args:
        noise: how the likelihood treats noise between measurements, one of `latent.MODES`.
        particles: states per parameter value of the particle filter, with noise "particles".
        device: "cpu" or "gpu": where JAX plays the futures of courses. None: machine code, or NumPy.
    """
    game = compile_game(scenario)
    series = tuple(
        SeriesModel(stock, item.model, scale)
        for (stock, item), scale in zip(series_of(scenario), scale_functions(scenario), strict=True)
    )
    quantiles = {h: Quantiles([scenario.prior(p, h) for p in scenario.parameters]) for h in scenario.hypotheses}
    record = record_of(scenario, game) if scenario.cases is None else panel.panel_record(scenario, game)
    return Model(game, record, series, quantiles, latent_of(scenario, noise, particles), device)
