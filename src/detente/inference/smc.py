"""Adaptive tempered sequential Monte Carlo, by BlackJAX, in independent islands.

Every island is a complete run with its own temperatures and its own estimate of the evidence, so that the spread
between islands measures the Monte-Carlo error of whatever is computed from the particles. Islands share only the scale
of their proposals. Mutation is Hamiltonian Monte Carlo on z, where the prior is N(0, I).

Sources: Del Moral, Doucet & Jasra (2006), "Sequential Monte Carlo samplers", JRSS B 68(3); adaptive temperatures:
Jasra et al. (2011), Scandinavian Journal of Statistics 38(1); tuning the proposals from the particles: Buchholz,
Chopin & Jacob (2021), Bayesian Analysis 16(3). Particles, islands and lengths below are our choices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from blackjax.mcmc import hmc
from blackjax.smc import adaptive_tempered, resampling
from blackjax.smc.tempered import TemperedSMCState
from jax import Array
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as Spec

from detente.inference.transforms import to_parameters

Progress = Callable[[float], None]


@dataclass(frozen=True)
class SMCSettings:
    """Numerical settings of the sampler; none of them is a modelling choice."""

    islands: int = 8
    particles: int = 256  # per island
    target_ess: float = 0.5  # share of particles that sets the next temperature
    moves: int = 2  # HMC trajectories per temperature
    leapfrog: int = 8  # steps per trajectory
    target_acceptance: float = 0.8
    final_moves: int = 2  # extra rounds at temperature 1
    max_rounds: int = 100


class Particles(NamedTuple):
    """The outcome of one fit, equally weighted within an island."""

    z: np.ndarray  # (island, particle, parameter)
    log_likelihood: np.ndarray  # (island, particle)
    log_evidence: np.ndarray  # (island,)
    temperatures: np.ndarray  # (round,) mean over islands
    acceptance: np.ndarray  # (round,) mean over islands
    reached: bool  # whether every island reached temperature 1


def build_round(log_likelihood: Callable[[Array], Array], settings: SMCSettings) -> Callable:
    """Compile one SMC round for all islands.

    Args:
        log_likelihood: of parameter values, shape (parameter,) -> ().

    Returns:
        round(keys, states, table, step_size, inverse_mass) -> states, log evidence increments, acceptance,
        log likelihoods. `table` is data: one compilation serves every hypothesis.
    """
    hmc_kernel = hmc.build_kernel()

    def move(key, state, density, step_size, inverse_mass_matrix):
        return hmc_kernel(key, state, density, step_size, inverse_mass_matrix, settings.leapfrog)

    def one_island(key, state: TemperedSMCState, table, step_size, inverse_mass):
        def likelihood(z: Array) -> Array:
            return log_likelihood(to_parameters(table, z))

        kernel = adaptive_tempered.build_kernel(
            lambda z: -0.5 * jnp.sum(z * z), likelihood, move, hmc.init, resampling.systematic, settings.target_ess
        )
        proposals = {"step_size": step_size[None], "inverse_mass_matrix": inverse_mass[None]}
        state, info = kernel(key, state, settings.moves, proposals)
        acceptance = jnp.mean(info.update_info.acceptance_rate)
        return state, info.log_likelihood_increment, acceptance, jax.vmap(likelihood)(state.particles)

    def islands(keys, states, table, step_size, inverse_mass):
        return jax.vmap(one_island, (0, 0, None, 0, None))(keys, states, table, step_size, inverse_mass)

    mesh, lanes, same = _mesh(settings.islands), Spec("core"), Spec()
    spread = jax.shard_map(
        islands, mesh=mesh, in_specs=(lanes, lanes, same, lanes, same), out_specs=lanes, check_vma=False
    )
    return jax.jit(spread)


def _mesh(islands: int) -> Mesh:
    """The cores to spread the islands over: as many as divide them evenly."""
    devices = np.array(jax.devices())
    while islands % len(devices):
        devices = devices[:-1]
    return Mesh(devices, ("core",))


def run(
    round_: Callable, table: np.ndarray, seed: int, settings: SMCSettings, progress: Progress | None = None
) -> Particles:
    """Run all islands from the prior to the posterior.

    Args:
        round_: from `build_round`.
        table: quantile table of the hypothesis, shape (parameter, knot).
        seed: of all randomness in this fit.
        progress: called with the mean temperature after each round.
    """
    dimension = max(1, table.shape[0])
    islands, particles = settings.islands, settings.particles
    key, first = jax.random.split(jax.random.key(seed))
    z = jax.random.normal(first, (islands, particles, dimension), jnp.float32)
    weights = jnp.full((islands, particles), 1.0 / particles, jnp.float64)
    # placed as the rounds return them, so that the second round does not compile anew
    lanes = NamedSharding(_mesh(islands), Spec("core"))
    states = jax.device_put(TemperedSMCState(z, weights, jnp.zeros(islands)), lanes)
    data = jnp.asarray(table if table.shape[0] else np.zeros((1, table.shape[1])), jnp.float32)
    jitter = np.linspace(0.8, 1.25, islands)  # trajectory lengths differ, so that none is periodic for all islands
    step, inverse_mass = 1.6 / settings.leapfrog, np.ones(dimension)
    evidence = np.zeros(islands)
    temperatures, acceptances, log_likelihood = [], [], None
    left = settings.final_moves
    for number in range(settings.max_rounds):
        keys = jax.random.split(jax.random.fold_in(key, number), islands)
        sizes = jnp.asarray(step * jitter, jnp.float32)
        out = round_(keys, states, data, sizes, jnp.asarray(inverse_mass, jnp.float32))
        states, increment, acceptance, log_likelihood = out
        evidence += np.asarray(increment, float)
        temperature = np.asarray(states.tempering_param)
        temperatures.append(float(temperature.mean()))
        acceptances.append(float(np.mean(acceptance)))
        if progress:
            progress(temperatures[-1])
        if number:  # the first round moves on the prior, which says nothing about the next density
            step *= float(np.exp(np.clip(acceptances[-1] - settings.target_acceptance, -0.3, 0.15)))
        inverse_mass = _variances(np.asarray(states.particles, float), np.asarray(states.weights, float))
        if (temperature >= 1).all():
            if left == 0:
                break
            left -= 1
    return Particles(
        z=np.asarray(states.particles, float)[..., : table.shape[0]],
        log_likelihood=np.asarray(log_likelihood, float),
        log_evidence=evidence,
        temperatures=np.array(temperatures),
        acceptance=np.array(acceptances),
        reached=bool((np.asarray(states.tempering_param) >= 1).all()),
    )


def _variances(z: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pooled weighted variances, shape (parameter,), kept within what a N(0, 1) prior allows."""
    w = weights[..., None] / weights.sum()
    mean = (w * z).sum((0, 1))
    return np.clip((w * (z - mean) ** 2).sum((0, 1)), 1e-4, 1.5)
