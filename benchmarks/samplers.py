"""Effective draws per second: both samplers of the fit, and NumPyro's NUTS as it comes, on one density.

A scenario's first hypothesis is sampled by each in turn. The figure is the bulk effective sample size of the slowest
parameter over the seconds of warm-up and sampling, after a first round that compiles.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.asked import Asked
from detente import load
from detente.inference import chains
from detente.inference.density import Model, model_of
from detente.inference.diagnostics import convergence
from detente.inference.fit_or_keep import fit_or_keep
from detente.settings import NUTSSettings, SMCSettings

COD_WAR = str(Path(__file__).resolve().parents[1] / "tests/scenarios/cod-war")
PLAIN = "NumPyro, plain"
CHAINS = 4  # as NumPyro's examples run


def run(asked: Asked) -> dict[str, Any]:
    """By scenario and sampler: effective draws, seconds, effective draws per second, and the ratio to plain NumPyro."""
    names = asked.of(["classics/forts"], [COD_WAR], [COD_WAR, "kursk-2024"])
    return {Path(name).name: _contest(asked, name) for name in names}


def _contest(asked: Asked, name: str) -> dict[str, Any]:
    whole = load(name)
    first = next(iter(whole.hypotheses))
    scenario = replace(whole, hypotheses={first: whole.hypotheses[first]})
    model = model_of(scenario)
    plain = asked.of(20, 200, 200)
    rounds: dict[str, list[dict[str, float]]] = {}
    settings = {
        "SMC": asked.of(SMCSettings(islands=2, particles=16), SMCSettings(), SMCSettings()),
        "NUTS": asked.of(NUTSSettings(warmup=20, draws=20), NUTSSettings(), NUTSSettings()),
    }

    def ours(kind: str) -> Callable[[int], tuple[np.ndarray, float]]:
        def sample(seed: int) -> tuple[np.ndarray, float]:
            began = time.perf_counter()
            made = fit_or_keep(scenario, model, seed=seed, settings=settings[kind], use_cache=False)
            z = made.particles[first].z
            return z, time.perf_counter() - began

        return sample

    theirs = _plain(model, first, plain)
    ways = {kind: ours(kind) for kind in settings} | {PLAIN: theirs}
    for number in range(1 + asked.of(1, 3, 3)):
        for kind, sample in ways.items():
            asked.say(f"samplers: {scenario.id}, {kind}, {number}")
            asked.deadline.left()
            z, seconds = sample(number)
            if number:
                least = float(convergence(z).ess_bulk.min())
                rounds.setdefault(kind, []).append({"draws": least, "seconds": seconds, "per_second": least / seconds})
    return {
        kind: {key: statistics.median(r[key] for r in rows) for key in rows[0]}
        | {
            "times_plain": statistics.median(
                r["per_second"] / p["per_second"] for r, p in zip(rows, rounds[PLAIN], strict=True)
            )
        }
        for kind, rows in rounds.items()
    }


def _plain(model: Model, hypothesis: str, draws: int) -> Callable[[int], tuple[np.ndarray, float]]:
    """NumPyro's NUTS as it comes: four chains, each tuning itself, from prior draws that allow the record."""
    import jax
    import jax.numpy as jnp
    from numpyro.infer import MCMC, NUTS

    from detente.inference import nuts

    quantiles, tables = model.quantiles[hypothesis], model.script.gradient.fill(model.record)
    data = jax.tree.map(jnp.asarray, nuts.Data(quantiles.coefficients(), tables.case, tables.step))
    density, likelihood = nuts.density(model.script.gradient), model.likelihood(precise=True)

    def run(key: jax.Array, start: jax.Array) -> jax.Array:
        found = nuts.with_finite_gradient(lambda z: density(z, data))
        mcmc = MCMC(
            NUTS(potential_fn=lambda z: 0.5 * jnp.sum(z * z) - found(z)),
            num_warmup=draws,
            num_samples=draws,
            num_chains=CHAINS,
            chain_method="vectorized",
            progress_bar=False,
        )
        mcmc.run(key, init_params=start)
        return mcmc.get_samples(group_by_chain=True)

    program = jax.jit(run)

    def sample(seed: int) -> tuple[np.ndarray, float]:
        start, possible = chains.starts(
            lambda z: likelihood(quantiles.values(z))[0], len(model.parameters), seed, CHAINS
        )
        if not possible:
            raise ValueError(f"{model.scenario.id}: no prior draw allows the record")
        began = time.perf_counter()
        z = np.asarray(program(jax.random.key(seed), start))
        return z, time.perf_counter() - began

    return sample
