"""A fit by NUTS in the shape of one by SMC: groups of chains take the place of islands, bridges that of increments."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from detente import streams
from detente.engine.game.record import Record
from detente.engine.likelihood import IMPOSSIBLE
from detente.errors import InputError, Problem
from detente.inference import chains as many
from detente.inference.bridge import Bridge, bridge
from detente.inference.chains import Chains
from detente.inference.density import Model
from detente.inference.fit import Fit, normalised_weights
from detente.inference.quantiles import Quantiles
from detente.inference.smc import Particles
from detente.language.records import Scenario
from detente.progress import StageProgress
from detente.settings import NUTSSettings, SMCSettings


@dataclass(frozen=True)
class ChainFit:
    """A fit by NUTS, with what only chains can say of it."""

    fit: Fit
    chains: dict[str, Chains]
    bridges: dict[str, Bridge]
    seconds: dict[str, float]  # per hypothesis, warm-up and sampling; without compilation and without the bridge


def layout(settings: NUTSSettings) -> SMCSettings:
    """The islands that the chains are grouped into, as many as SMC runs."""
    islands = SMCSettings().islands
    if settings.chains % islands:
        raise ValueError(f"a multiple of {islands} chains, so that they make {islands} islands; got {settings.chains}")
    return SMCSettings(islands=islands, particles=settings.chains // islands * settings.draws, prior_draws=1)


def fit_chains(
    scenario: Scenario,
    model: Model,
    *,
    seed: int,
    settings: NUTSSettings,
    record: Record | None = None,
    progress: StageProgress | None = None,
) -> ChainFit:
    """Fit every hypothesis to the record, or to another one of the same shapes. One compilation serves them all.

    Raises:
        InputError: A track looks ahead exactly: NUTS has no gradient of what it sees.
        ValueError: When the likelihood is estimated by particles: it has no gradient.
        ImportError: Without the `jax` extra.
    """
    from detente.inference import nuts  # the extra

    if model.latent.mode == "particles":
        raise ValueError("NUTS needs the gradient of the likelihood; a particle filter only estimates its value")
    if model.script.foresees:
        hint = "the sampler smc needs no gradient; foresight that is sampled is left out of the fit"
        problem = Problem("tracks", "choices that have a gradient, for NUTS", "a track that looks ahead exactly", hint)
        raise InputError([problem])
    record = model.record if record is None else record
    islands, parameters, likelihood = layout(settings), len(model.parameters), model.likelihood(record, precise=True)
    tables = model.script.gradient.fill(record)
    sampler = nuts.Sampler(nuts.density(model.script.gradient), next(iter(model.quantiles.values())), tables, settings)
    chains, bridges, seconds, coordinates = {}, {}, {}, None
    for number, (hypothesis, quantiles) in enumerate(model.quantiles.items()):
        if progress:
            progress(hypothesis, 0.0)

        def evaluate(z: np.ndarray, quantiles: Quantiles = quantiles) -> np.ndarray:
            return likelihood(quantiles.values(z[:, :parameters]))[0]

        key = seed * 1_000 + number
        began = time.perf_counter()
        sample = sampler.of(quantiles, tables, key)
        found, coordinates = many.run(sample, evaluate, parameters, key, settings, coordinates)
        seconds[hypothesis] = time.perf_counter() - began
        chains[hypothesis] = found
        if found.possible == 0:
            bridges[hypothesis] = Bridge(IMPOSSIBLE, 0.0, np.full(islands.islands, IMPOSSIBLE))
        else:
            bridges[hypothesis] = bridge(found.z, found.log_likelihood, evaluate, groups=islands.islands, seed=key)
        if progress:
            progress(hypothesis, 1.0)
    particles = {h: _particles(chains[h], bridges[h], islands, seed) for h in chains}
    weights, of = normalised_weights(scenario), (scenario, model)
    fit = Fit(model.parameters, model.quantiles, weights, particles, islands, sampler="nuts", of=of)
    return ChainFit(fit, chains, bridges, seconds)


def _particles(chains: Chains, found: Bridge, islands: SMCSettings, seed: int) -> Particles:
    """Chains in islands, their draws in random order so that the first few are spread over chain and time.

    One round, after which the islands count alike: they have no weight of their own, only their own bridge.
    """
    shape = (islands.islands, islands.particles)
    z = chains.z.reshape(*shape, chains.z.shape[-1])
    order = streams.rng("order of chains", seed).permutation(islands.particles)
    return Particles(
        z=z[:, order],
        log_likelihood=chains.log_likelihood.reshape(shape)[:, order],
        increments=found.by_group[None],
        mixed=np.ones(1, bool),
        possible=shape[0] * shape[1] if chains.possible else 0,
        temperatures=np.ones(1),
        acceptance=np.array([chains.acceptance.mean()]),
        reached=True,
    )
