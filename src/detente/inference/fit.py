"""Fit: the posterior of every hypothesis, its evidence, and draws from either side of the evidence."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from scipy.special import softmax

from detente import streams
from detente.engine.backends import choice as backend
from detente.engine.backends import threads
from detente.engine.game.record import Record
from detente.engine.likelihood import IMPOSSIBLE
from detente.inference import smc
from detente.inference.datatree import datatree, log_prior_density
from detente.inference.density import Model
from detente.inference.draws import Draws, Evidence
from detente.inference.quantiles import Quantiles
from detente.inference.smc import Particles
from detente.language.dependencies import foreseeing
from detente.language.records import Scenario
from detente.progress import StageProgress
from detente.result.frames import table
from detente.settings import VERSION, NUTSSettings, SMCSettings
from detente.text.kept_files import hash_of_code

_CODE = hash_of_code("engine", "inference")  # on import, so that it is the hash of the code that runs


@dataclass(frozen=True)
class Fit:
    """Posterior particles per hypothesis, and the prior weights they are combined with."""

    parameters: tuple[str, ...]
    quantiles: dict[str, Quantiles]  # hypothesis -> its priors
    prior_weights: dict[str, float]  # normalised
    particles: dict[str, Particles]
    settings: SMCSettings
    cached: bool = False
    sampler: str = "smc"  # or "nuts": groups of chains take the place of islands (`fit_chains`)
    of: tuple[Scenario, Model] | None = None
    got: dict[str, str] = field(default_factory=dict)  # how a session made a hypothesis' from `base`
    base: Fit | None = None  # a fit under other priors

    def __repr__(self) -> str:
        weights = ", ".join(f"{h} {weight:.3g}" for h, weight in self.weights.items())
        return f"<Fit by {self.sampler} of {len(self.parameters)} parameters; weights: {weights}>"

    def _repr_html_(self) -> str:
        weights, logs, errors = self.weights, self.log_evidence, self.log_evidence_error
        rows = [
            (h, self.prior_weights[h], weights[h], logs[h], errors[h], p.possible, float(p.acceptance[-1]), p.reached)
            for h, p in self.particles.items()
        ]
        head = ("hypothesis", "weight before", "weight after", "log evidence", "its error")
        sampling = ("prior draws that allow the record", "final moves accepted", "posterior reached")
        return f"<p>{len(self.parameters)} parameters, by {self.sampler}</p>{table((*head, *sampling), rows)}"

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        """What the islands say of each hypothesis' evidence."""
        return {h: Evidence(p.increments, p.mixed, p.possible) for h, p in self.particles.items()}

    @property
    def log_evidence(self) -> dict[str, float]:
        """Log evidence per hypothesis."""
        return {h: e.log() for h, e in self.evidence.items()}

    @property
    def log_evidence_error(self) -> dict[str, float]:
        """Monte-Carlo standard error of `log_evidence`.

        The jackknife over islands, and in quadrature the error of how many prior draws allow the record at all, which
        islands that were mixed no longer show.
        """
        total = self.settings.islands * self.settings.particles * self.settings.prior_draws
        out = {}
        for h, e in self.evidence.items():
            possible = max(1, self.particles[h].possible)
            out[h] = float(np.hypot(e.error(), np.sqrt(1 / possible - 1 / total)))
        return out

    @property
    def weights(self) -> dict[str, float]:
        """Posterior weight of each hypothesis: prior weight times evidence, normalised."""
        logs = np.log(list(self.prior_weights.values())) + np.array(list(self.log_evidence.values()))
        return dict(zip(self.particles, np.asarray(softmax(logs)).tolist(), strict=True))

    def impossible(self) -> list[str]:
        """Hypotheses under which no particle can explain the record at all."""
        return [h for h, value in self.log_evidence.items() if value <= IMPOSSIBLE / 2]

    def values(self, hypothesis: str) -> np.ndarray:
        """Posterior parameter values, shape (island, particle, parameter)."""
        return self.quantiles[hypothesis].values(self.particles[hypothesis].z)

    def to_datatree(self) -> Any:
        """The fit as ArviZ takes it, averaged over hypotheses: an xarray DataTree, islands as chains.

        Raises:
            ImportError: Without the extra `notebook`.
        """
        if self.of is None:
            raise ValueError("this fit was made without its scenario; `detente.fit` makes one that knows it")
        scenario, model = self.of
        size = self.settings.islands * self.settings.particles
        after = self.posterior(size * len(self.particles))
        before = prior_draws(model, self.prior_weights, size * len(self.particles), 1, self.settings.islands)
        density = [log_prior_density(self.quantiles[h], p.z) for h, p in self.particles.items()]
        return datatree(scenario, model, after, before, np.concatenate(density))

    def posterior(self, draws: int) -> Draws:
        """Posterior draws, the same number from every island of every hypothesis, weighted by hypothesis."""
        per_island = max(1, round(draws / len(self.particles) / self.settings.islands))
        values, hypothesis, island = [], [], []
        for number, h in enumerate(self.particles):
            chosen = self.values(h)[:, : min(per_island, self.settings.particles)]
            islands, count, _ = chosen.shape
            values.append(chosen.reshape(islands * count, -1))
            hypothesis.append(np.full(islands * count, number))
            island.append(np.repeat(np.arange(islands), count))
        return Draws(
            parameters=self.parameters,
            hypotheses=tuple(self.particles),
            values=np.concatenate(values).T,
            hypothesis=np.concatenate(hypothesis),
            island=np.concatenate(island),
            log_prior_weight=np.log(list(self.prior_weights.values())),
            evidence=tuple(self.evidence.values()),
            islands=self.settings.islands,
        )


def prior_draws(model: Model, prior_weights: dict[str, float], draws: int, seed: int, islands: int) -> Draws:
    """Independent draws from the prior of every hypothesis, laid out like posterior ones, with no evidence."""
    per_island = max(1, round(draws / len(model.quantiles) / islands))
    values, hypothesis, island = [], [], []
    for number, quantiles in enumerate(model.quantiles.values()):
        for i in range(islands):
            rng = streams.rng("prior draws", seed, number, i)
            values.append(quantiles.values(rng.standard_normal((per_island, len(quantiles)))))
            hypothesis.append(np.full(per_island, number))
            island.append(np.full(per_island, i))
    return Draws(
        parameters=model.parameters,
        hypotheses=tuple(model.quantiles),
        values=np.concatenate(values).T,
        hypothesis=np.concatenate(hypothesis),
        island=np.concatenate(island),
        log_prior_weight=np.log(list(prior_weights.values())),
        evidence=tuple(Evidence(np.zeros((0, islands)), np.zeros(0, bool)) for _ in model.quantiles),
        islands=islands,
    )


def normalised_weights(scenario: Scenario) -> dict[str, float]:
    """Prior weights of the hypotheses, summing to 1."""
    total = sum(h.weight for h in scenario.hypotheses.values())
    return {h.id: h.weight / total for h in scenario.hypotheses.values()}


def settings_used(model: Model, settings: SMCSettings) -> SMCSettings:
    """The settings that a fit of a model runs with: a random walk's where its likelihood has no gradient."""
    return settings if model.has_gradient else smc.walking(settings)


def fit_model(
    scenario: Scenario,
    model: Model,
    *,
    seed: int,
    settings: SMCSettings,
    record: Record | None = None,
    progress: StageProgress | None = None,
) -> Fit:
    """Fit every hypothesis to the record, or to another one of the same scenario."""
    record = model.record if record is None else record
    if model.latent.mode == "particles":
        sample = partial(smc.run_estimated, lambda values, rng: model.estimate(values.T, record, rng))
    else:
        sample = partial(smc.run, model.likelihood(record))

    def of(number: int, hypothesis: str, quantiles: Quantiles) -> Particles:
        report = None if progress is None else partial(progress, hypothesis)
        return sample(quantiles, seed * 1_000 + number, settings, report)

    with threads.one_blas_thread():  # for all of them together: each one ends at a time of its own
        found = threads.together(*(partial(of, n, *item) for n, item in enumerate(model.quantiles.items())))
    particles = dict(zip(model.quantiles, found, strict=True))
    weights = normalised_weights(scenario)
    return Fit(
        model.parameters, model.quantiles, weights, particles, settings_used(model, settings), of=(scenario, model)
    )


def fit_key(
    scenario: Scenario, model: Model, seed: int, settings: SMCSettings | NUTSSettings, record: Record | None = None
) -> str:
    """Hash of everything the posterior depends on: what the likelihood computes, what the record says, the priors.

    An edit of what the likelihood never reads (a claim, a course, a hypothesis' weight, a stock that no measurement,
    choice or event depends on) does not change it.
    """
    priors = [(h, [(p.family, p.arguments) for p in q.priors]) for h, q in model.quantiles.items()]
    parts = likelihood_key(scenario, model, record), priors, seed, sorted(asdict(settings).items())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def likelihood_key(scenario: Scenario, model: Model, record: Record | None = None) -> str:
    """Hash of what the likelihood computes and of what the record says."""
    told = hashlib.sha256()
    tables = model.script.gradient.fill(model.record if record is None else record)
    for array in (tables.case, tables.step):
        told.update(repr((array.shape, array.dtype.str)).encode() + np.ascontiguousarray(array).tobytes())
    parts = (
        model.script.gradient.key,
        _looked_at(scenario, model),
        told.hexdigest(),
        model.parameters,
        model.latent.mode,
        model.latent.particles,
        _CODE,
        VERSION,
        backend.described(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _looked_at(scenario: Scenario, model: Model) -> Any:
    """What the graph of the likelihood does not show: whoever looks ahead reads the whole scenario, and so do the
    states of a particle filter."""
    if model.has_gradient:
        return None
    tracks = {t: replace(about, foresight=None) for t, about in scenario.tracks.items()}
    looking = {t: about for t, about in foreseeing(scenario).items() if about.exact}
    return scenario.clock, scenario.actors, scenario.stocks, tracks, looking, scenario.events, scenario.cases
