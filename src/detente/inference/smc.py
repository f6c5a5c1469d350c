"""Adaptive tempered sequential Monte Carlo in islands, from BlackJAX's parts.

BlackJAX gives the Hamiltonian kernel, the temperature solver and the resampling. Its ready-made tempered kernel is not
used because it evaluates the likelihood afresh for temperatures, weights and the start of each trajectory: with a
replay inside, that compiled three times as long (ADR 0001). Here likelihood and gradient travel with the particles.

Islands share temperatures and the scale of their proposals. Each resamples within itself and carries the weight it has
gathered; when few islands carry most of it, all particles are resampled together and the islands start level again. So
the spread between islands measures the Monte-Carlo error of whatever is computed from them.
Mutation is Hamiltonian Monte Carlo on z, where the prior is N(0, I), in coordinates in which the particles of all other
islands have covariance I (`shapes`). There a quarter period forgets the start in every direction; lengths are random
around it, because half a period would only take every parameter that the record leaves alone to its mirror image.

Sources: Del Moral, Doucet & Jasra (2006), "Sequential Monte Carlo samplers", JRSS B 68(3); adaptive temperatures:
Jasra et al. (2011), Scandinavian Journal of Statistics 38(1); islands: Vergé, Dubarry, Del Moral & Moulines (2015),
Statistics and Computing 25(2); tuning the proposals from the particles: Buchholz, Chopin & Jacob (2021), Bayesian
Analysis 16(3); random lengths: Bou-Rabee & Sanz-Serna (2017), Annals of Applied Probability 27(4). Particles,
islands and lengths below are our choices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from blackjax.mcmc import hmc
from blackjax.smc import ess, resampling, solver
from jax import Array
from jax.scipy.special import logsumexp
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as Spec

from detente.engine.observe import IMPOSSIBLE
from detente.engine.record import Record
from detente.inference.shapes import Shape, prior_shapes, shapes
from detente.inference.transforms import to_parameters

Progress = Callable[[float], None]


@dataclass(frozen=True)
class SMCSettings:
    """Numerical settings of the sampler; none of them is a modelling choice."""

    islands: int = 8
    particles: int = 256  # per island
    target_ess: float = 0.5  # share of particles that sets the next temperature
    moves: int = 2  # HMC trajectories per temperature
    length: float = 1.6  # of a mean trajectory, in sds of the particles: a quarter of a standard normal's period
    leapfrog: int = 12  # most steps per trajectory
    target_acceptance: float = 0.8
    final_moves: int = 3  # extra rounds at temperature 1
    max_rounds: int = 100


JITTER = (0.5, 1.5)  # uniform, of every trajectory's length: after half a period all would be at their mirror image
FIRST_STEPS = 4  # of a trajectory before its step is tuned
MIX_BELOW = 0.5  # islands are mixed when fewer than this share of them carries the weight


class Particles(NamedTuple):
    """The outcome of one fit, equally weighted within an island."""

    z: np.ndarray  # (island, particle, parameter)
    log_likelihood: np.ndarray  # (island, particle)
    increments: np.ndarray  # (round, island) log mean weight: what each island says of each round's evidence ratio
    mixed: np.ndarray  # (round,) whether islands were mixed after it, and their weights made equal
    possible: int  # prior draws that do not forbid the record
    temperatures: np.ndarray  # (round,)
    acceptance: np.ndarray  # (round,) mean over islands
    reached: bool  # whether temperature 1 was reached


class Swarm(NamedTuple):
    """Particles with what is known of them, so that a replay is done only inside a trajectory."""

    z: Array  # (island, particle, parameter)
    log_likelihood: Array  # (island, particle)
    gradient: Array  # of the log likelihood, as z


@lru_cache(maxsize=8)
def build_move(log_likelihood: Callable[[Array, Record], Array], settings: SMCSettings) -> Callable:
    """Compile the mutation of all islands: the one program that contains the replay, and contains it once.

    Args:
        log_likelihood: of parameter values and a record, shape (parameter,) -> ().

    Returns:
        move(keys, swarm, shapes, temperature, table, record, step_size, steps) -> swarm, acceptance per island.
        All are data: one compilation serves every hypothesis and every record of a scenario.
    """

    def one_particle(key, z, log_l, gradient, shape, temperature, table, record, step_size, steps):
        likelihood = with_finite_gradient(lambda x: log_likelihood(to_parameters(table, x), record))

        def density(x):
            return temperature * likelihood(x) - 0.5 * jnp.sum(x * x)

        def one_move(state, key):
            return travel(key, state, density, shape, step_size, steps)

        state = hmc.HMCState(z, temperature * log_l - 0.5 * jnp.sum(z * z), temperature * gradient - z)
        state, acceptance = jax.lax.scan(one_move, state, jax.random.split(key, settings.moves))
        x, slope = jnp.asarray(state.position), jnp.asarray(state.logdensity_grad)
        log_l = (state.logdensity + 0.5 * jnp.sum(x * x)) / temperature
        return x, log_l, (slope + x) / temperature, jnp.mean(acceptance)

    return over_islands(one_particle, settings)


def travel(
    key: Array, state: hmc.HMCState, density: Callable[[Array], Array], shape: Shape, step_size: Array, steps: Array
) -> tuple[hmc.HMCState, Array]:
    """One trajectory of random length from one particle, in the coordinates of a shape; and its acceptance.

    Args:
        density: log density of z, shape (parameter,) -> ().
        shape: of one island, without its leading axis.
    """
    z, (move_key, length_key) = jnp.asarray(state.position), jax.random.split(key)
    own = step_size * jax.random.uniform(length_key, (), z.dtype, *JITTER)

    def place(y):  # from where it starts, so that a particle which stays stays to the last bit
        return z + shape.factor @ y

    start = hmc.HMCState(jnp.zeros_like(z), state.logdensity, shape.factor.T @ state.logdensity_grad)
    kernel: Callable[..., Any] = hmc.build_kernel()  # its hints ask for Python numbers, its code takes arrays
    end, info = kernel(move_key, start, lambda y: density(place(y)), own, jnp.ones_like(z), steps)
    state = hmc.HMCState(place(end.position), end.logdensity, shape.inverse.T @ end.logdensity_grad)
    return state, jnp.asarray(info.acceptance_rate)


def over_islands(one_particle: Callable, settings: SMCSettings) -> Callable:
    """Compile the mutation of one particle for all particles of all islands, spread over the cores."""

    def one_island(key, swarm, shape, *shared):
        keys = jax.random.split(key, settings.particles)
        each = jax.vmap(one_particle, (0, 0, 0, 0, *[None] * (1 + len(shared))))
        z, log_l, gradient, acceptance = each(keys, swarm.z, swarm.log_likelihood, swarm.gradient, shape, *shared)
        return Swarm(z, log_l, gradient), acceptance.mean()

    def islands(keys, swarm, shapes, *shared):
        return jax.vmap(one_island, (0, 0, 0, *[None] * len(shared)))(keys, swarm, shapes, *shared)

    mesh, lanes, same = _mesh(settings.islands), Spec("core"), Spec()
    specs = (lanes, lanes, lanes, *[same] * 5)
    return jax.jit(jax.shard_map(islands, mesh=mesh, in_specs=specs, out_specs=lanes, check_vma=False))


@partial(jax.jit, static_argnums=2)
def _temper(key: Array, swarm: Swarm, target_ess: float, temperature: Array, weight: Array):
    """One reweighting: the next temperature and the resampled swarm.

    Args:
        weight: log weight that every island has gathered since islands were last mixed, shape (island,).

    Returns:
        swarm, temperature, log mean weight of every island in this round, and whether the islands were mixed.
    """
    islands, particles = swarm.log_likelihood.shape
    log_l = swarm.log_likelihood
    step = ess.ess_solver(lambda x: x.ravel(), log_l, target_ess, 1.0 - temperature, solver.dichotomy)
    step = jnp.clip(jnp.nan_to_num(step), 0.0, 1.0 - temperature)
    # solver.dichotomy stops short of the end by its tolerance
    step = jnp.where(temperature + step > 1.0 - 1e-6, 1.0 - temperature, step)
    logs = step * log_l
    increment = logsumexp(logs, axis=1) - jnp.log(particles)
    share = jax.nn.softmax(weight + increment)
    mixed = 1.0 / jnp.sum(share**2) < MIX_BELOW * islands
    own_key, all_key, order_key = jax.random.split(key, 3)

    def within(_):
        keys = jax.random.split(own_key, islands)
        each = jax.vmap(lambda k, row: resampling.systematic(k, jax.nn.softmax(row), particles))
        return (each(keys, logs) + particles * jnp.arange(islands)[:, None]).ravel().astype(jnp.int32)

    def across(_):
        everyone = jax.nn.softmax((logs + weight[:, None]).ravel())
        chosen = resampling.systematic(all_key, everyone, islands * particles)
        return jax.random.permutation(order_key, chosen).astype(jnp.int32)

    chosen = jax.lax.cond(mixed, across, within, None)
    resampled = jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:])[chosen].reshape(a.shape), swarm)
    return resampled, temperature + step, increment, mixed


def with_finite_gradient(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The same function, with 0 for gradients that are not finite.

    An expression such as where(x > 0, log(x), 0) has no usable gradient at x = 0. Leapfrog steps stay reversible and
    keep volume whatever vector field drives them, so the sampler stays exact; it only proposes less well there.
    """

    def gradient(value_and_vjp, cotangent):
        (g,) = value_and_vjp(cotangent)
        return (jnp.where(jnp.isfinite(g), g, 0.0),)

    wrapped = jax.custom_vjp(function)
    wrapped.defvjp(lambda z: jax.vjp(function, z), gradient)
    return wrapped


def _mesh(islands: int) -> Mesh:
    """The cores to spread the islands over: as many as divide them evenly."""
    devices = np.array(jax.devices())
    while islands % len(devices):
        devices = devices[:-1]
    return Mesh(devices, ("core",))


def run(
    move: Callable,
    table: np.ndarray,
    record: Record,
    seed: int,
    settings: SMCSettings,
    progress: Progress | None = None,
) -> Particles:
    """Run all islands from the prior to the posterior.

    Args:
        move: from `build_move`.
        table: quantile table of the hypothesis, shape (parameter, knot).
        record: what happened.
        seed: of all randomness in this fit.
        progress: called with the temperature after each round.
    """
    dimension = max(1, table.shape[0])
    islands = settings.islands
    data = jnp.asarray(table if table.shape[0] else np.zeros((1, table.shape[1])), jnp.float32)
    step = settings.length / FIRST_STEPS
    key, first = jax.random.split(jax.random.key(seed))
    data = (data, jax.tree.map(jnp.asarray, record))
    swarm = _start(move, first, data, settings, dimension)
    temperature = 0.0
    weight = np.zeros(islands)
    possible = int((np.asarray(swarm.log_likelihood) > IMPOSSIBLE / 2).sum())
    temperatures, acceptances, increments, mixings = [], [], [], []
    left = settings.final_moves
    for number in range(settings.max_rounds):
        choose, mutate = jax.random.split(jax.random.fold_in(key, number))
        swarm, after, increment, mixed = _temper(
            choose, swarm, settings.target_ess, jnp.asarray(temperature), jnp.asarray(weight)
        )
        temperature = float(after)
        increments.append(np.asarray(increment))
        mixings.append(bool(mixed))
        weight = np.zeros(islands) if mixings[-1] else weight + increments[-1]
        swarm, acceptance = move(
            *_placed(settings, jax.random.split(mutate, islands), swarm, _single(shapes(np.asarray(swarm.z, float)))),
            jnp.asarray(temperature, jnp.float32), *data, jnp.asarray(step, jnp.float32), steps_of(settings, step),
        )  # fmt: skip
        temperatures.append(temperature)
        acceptances.append(float(np.mean(acceptance)))
        if progress:
            progress(temperatures[-1])
        step *= float(np.exp(np.clip(acceptances[-1] - settings.target_acceptance, -0.3, 0.15)))
        if temperature >= 1:
            if left == 0:
                break
            left -= 1
    return Particles(
        z=np.asarray(swarm.z, float)[..., : table.shape[0]],
        log_likelihood=np.asarray(swarm.log_likelihood, float),
        increments=np.array(increments),
        mixed=np.array(mixings),
        possible=possible,
        temperatures=np.array(temperatures),
        acceptance=np.array(acceptances),
        reached=temperature >= 1,
    )


def _single(shape: Shape) -> Shape:
    """A shape in single precision, as the compiled move takes it."""
    return Shape(shape.factor.astype(np.float32), shape.inverse.astype(np.float32))


def steps_of(settings: SMCSettings, step_size: float) -> int:
    """How many steps a trajectory takes."""
    return int(np.clip(round(settings.length / step_size), 1, settings.leapfrog))


def _placed(settings: SMCSettings, *arrays):
    """Arrays laid over the cores by island, as the compiled move expects them."""
    return jax.device_put(arrays, NamedSharding(_mesh(settings.islands), Spec("core")))


def _start(move: Callable, key: Array, data: tuple[Array, Record], settings: SMCSettings, dimension: int) -> Swarm:
    """Prior draws with their likelihoods, from the compiled move itself: trajectories of length 0 that are accepted
    for certain, because they start from a likelihood worse than any."""
    shape = (settings.islands, settings.particles)
    z = jax.random.normal(key, (*shape, dimension), jnp.float32)
    blank = Swarm(z, jnp.full(shape, 4 * IMPOSSIBLE, jnp.float64), jnp.zeros_like(z))
    keys = jax.random.split(key, settings.islands)
    one, unit = jnp.asarray(1.0, jnp.float32), prior_shapes(settings.islands, dimension)
    swarm, _ = move(*_placed(settings, keys, blank, unit), one, *data, 0 * one, 1)
    return swarm
