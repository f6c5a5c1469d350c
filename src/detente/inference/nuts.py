"""NUTS by NumPyro on the density that `smc` samples: the second opinion on a fit.

In z the prior is N(0, I), so the potential is z.z/2 minus the log likelihood. The quantile table of the hypothesis and
the record are data: one compilation serves every hypothesis and every record of a scenario.

Many short chains start from prior draws that allow the record, and run in lock step, vectorised, on every core: a
replay's gradient costs little more for 32 lanes than for one. One program runs three times:

1. The pilot warms up as NumPyro does. Its later draws, pooled over the chains, give mean and covariance.
2. In coordinates in which these are 0 and I, every chain tunes its step size again; the median serves all, so that
   chains in lock step have trees of about one size.
3. Chains go on from there with nothing left to tune, and these draws count.

Pooling is why short chains do: the warm-up of one is far too short for the covariance of 50 parameters.

Sources: Hoffman & Gelman (2014), "The No-U-Turn Sampler", JMLR 15; Phan, Pradhan & Jankowiak (2019), "Composable
effects for flexible and accelerated probabilistic programming in NumPyro", arXiv:1912.11554. Numbers of chains and
draws below are our choices.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as Spec

from detente.engine.observe import IMPOSSIBLE
from detente.inference.smc import with_finite_gradient
from detente.inference.transforms import to_parameters
from detente.settings import NUTSSettings

LANES = 512  # parameter vectors per call of the compiled log likelihood
START_BATCHES = 64  # of LANES prior draws, searched for some that allow the record


class Coordinates(NamedTuple):
    """z = centre + factor y. The sampler moves in y."""

    centre: np.ndarray  # (parameter,)
    factor: np.ndarray  # (parameter, parameter), lower triangular


class Place(NamedTuple):
    """Where chains are, and what is known there, so that the gradient is compiled once."""

    at: np.ndarray  # (chain, ...draw, parameter)
    potential: np.ndarray  # (chain, ...draw)
    slope: np.ndarray  # of the potential, as `at`


class Trace(NamedTuple):
    """What one run of the program leaves behind: leading axes (chain, draw)."""

    place: Place
    diverging: np.ndarray
    acceptance: np.ndarray
    leapfrog: np.ndarray
    step_size: np.ndarray

    def end(self) -> Place:
        """The last place of every chain."""
        return Place(*(a[:, -1] for a in self.place))


class Chains(NamedTuple):
    """The outcome for one hypothesis."""

    z: np.ndarray  # (chain, draw, parameter)
    log_likelihood: np.ndarray  # (chain, draw)
    diverging: np.ndarray  # (chain, draw) bool
    acceptance: np.ndarray  # (chain, draw)
    leapfrog: np.ndarray  # (chain, draw) gradients spent
    step_size: float  # in whitened coordinates
    possible: int  # prior draws found that do not forbid the record

    @property
    def tree_depth(self) -> np.ndarray:
        """Depth of each draw's tree, (chain, draw)."""
        return np.ceil(np.log2(self.leapfrog + 1)).astype(int)


@lru_cache(maxsize=8)
def build_evaluate(log_likelihood: Callable[[Array, Any], Array]) -> Callable:
    """Compile the log likelihood of many z.

    Args:
        log_likelihood: of parameter values, shape (parameter, ...batch), and a record.

    Returns:
        evaluate(z, table, record) for z of shape (n, parameter), any n, as a NumPy array of shape (n,).
    """

    def batch(z, table, record):
        return jax.vmap(lambda x: log_likelihood(to_parameters(table, x), record))(z)

    mesh, lanes, same = _mesh(LANES), Spec("core"), Spec()
    spread = jax.jit(jax.shard_map(batch, mesh=mesh, in_specs=(lanes, same, same), out_specs=lanes, check_vma=False))

    def evaluate(z: np.ndarray, table: np.ndarray, record: Any) -> np.ndarray:
        data, known = table_data(table), jax.tree.map(jnp.asarray, record)
        out = []
        for begin in range(0, len(z), LANES):
            part = np.asarray(z[begin : begin + LANES], np.float32)
            full = np.zeros((LANES, part.shape[1]), np.float32)
            full[: len(part)] = part
            out.append(np.asarray(spread(full, data, known), float)[: len(part)])
        return np.concatenate(out) if out else np.zeros(0)

    return evaluate


@lru_cache(maxsize=8)
def build_sampler(log_likelihood: Callable[[Array, Any], Array], settings: NUTSSettings) -> Callable:
    """Compile NumPyro's kernel for all chains: the gradient of the replay is in it once.

    Returns:
        sample(keys, place, first, count, step_size, coordinates, table, record) -> `Trace`. Everything is data.
        `first` is the number of the first iteration: those below `warmup` adapt; `count` how many follow.
    """
    from numpyro.infer import NUTS
    from numpyro.infer.util import ParamInfo

    mesh = _mesh(settings.chains // 2)  # NumPyro vectorises two chains or more
    capacity = max(settings.warmup + settings.pilot, settings.draws)

    def chains(keys, place, first, count, step_size, coordinates, table, record):
        likelihood = with_finite_gradient(
            lambda z: log_likelihood(to_parameters(table, z.astype(jnp.float32)), record).astype(jnp.float64)
        )

        def potential(y):
            z = coordinates.centre + coordinates.factor @ y
            return 0.5 * jnp.sum(z * z) - likelihood(z)

        kernel = NUTS(
            potential_fn=potential, step_size=step_size, target_accept_prob=settings.target_acceptance,
            max_tree_depth=(settings.max_tree_depth - 1, settings.max_tree_depth),  # type: ignore[arg-type]
        )  # fmt: skip
        state = kernel.init(keys, settings.warmup, ParamInfo(*place), (), {})
        state = state._replace(i=jnp.full_like(state.i, first))

        def read(state):
            return Trace(
                Place(state.z, state.potential_energy, state.z_grad), state.diverging, state.accept_prob,
                state.num_steps, state.adapt_state.step_size,
            )  # fmt: skip

        def advance(number, carry):
            state, trace = carry
            state = kernel.sample(state, (), {})
            return state, jax.tree.map(lambda all_, one: all_.at[number].set(one), trace, read(state))

        blank = jax.tree.map(lambda a: jnp.zeros((capacity, *a.shape), a.dtype), read(state))
        trace = jax.lax.fori_loop(0, count, advance, (state, blank))[1]
        return jax.tree.map(lambda a: jnp.swapaxes(a, 0, 1), trace)

    lanes, same = Spec("core"), Spec()
    return jax.jit(
        jax.shard_map(chains, mesh=mesh, in_specs=(lanes, lanes, *[same] * 6), out_specs=lanes, check_vma=False)
    )


def run(
    sample: Callable,
    evaluate: Callable,
    table: np.ndarray,
    record: Any,
    seed: int,
    settings: NUTSSettings,
    coordinates: Coordinates | None = None,
) -> tuple[Chains, Coordinates]:
    """Sample the posterior of one hypothesis.

    Args:
        sample: from `build_sampler`, or the same compiled ahead; `evaluate`: from `build_evaluate`.
        table: quantile table of the hypothesis, shape (parameter, knot).
        seed: of all randomness in this fit.
        coordinates: of the pilot: another hypothesis' spare most of its time. None: z itself.

    Returns:
        Chains (when no prior draw allows the record, prior draws whose log likelihood is `IMPOSSIBLE`), and the
        coordinates they were drawn in.
    """
    dimension = max(1, table.shape[0])
    here = coordinates or Coordinates(np.zeros(dimension), np.eye(dimension))
    z, possible = starts(evaluate, table, record, seed, settings.chains)
    if possible == 0:
        shape = (settings.chains, settings.draws)
        z = np.random.default_rng([seed, 3]).standard_normal((*shape, dimension))[..., : table.shape[0]]
        none = np.zeros(shape)
        return Chains(z, none + IMPOSSIBLE, none > 0, none, none.astype(int), 0.0, possible), here
    # the first of all half steps goes without the likelihood's slope: it costs a poor trajectory, and no compilation
    place = Place(z, 0.5 * np.sum(z * z, axis=-1) - evaluate(z, table, record), z)

    def go(number: int, place: Place, first: int, count: int, step_size: float, here: Coordinates) -> Trace:
        keys = jax.random.split(jax.random.fold_in(jax.random.key(seed), number), settings.chains)
        inside = Place(
            np.linalg.solve(here.factor, (place.at - here.centre).T).T, place.potential, place.slope @ here.factor
        )
        found = jax.device_get(sample(*_arguments(keys, inside, first, count, step_size, here, table, record)))
        y, potential, slope = found.place
        slope = np.linalg.solve(here.factor.T, slope[..., None])[..., 0]
        outside = Place(here.centre + y @ here.factor.T, potential, slope)
        return jax.tree.map(lambda a: a[:, :count], found._replace(place=outside))

    pilot = go(0, place, 0, settings.warmup + settings.pilot, 1.0, here)
    here = whitening(pilot.place.at[:, settings.warmup :])
    tuned = go(1, pilot.end(), settings.warmup - settings.retune, settings.retune, 1.0, here)
    step_size = float(np.exp(np.median(np.log(tuned.step_size[:, -1]))))
    counted = go(2, tuned.end(), settings.warmup, settings.draws, step_size, here)
    z = counted.place.at
    chains = Chains(
        z=z[..., : table.shape[0]],
        log_likelihood=0.5 * np.sum(z * z, axis=-1) - counted.place.potential,
        diverging=counted.diverging,
        acceptance=counted.acceptance,
        leapfrog=counted.leapfrog,
        step_size=step_size,
        possible=possible,
    )
    return chains, here


def arguments(table: np.ndarray, record: Any, settings: NUTSSettings) -> tuple:
    """Arguments of the right shapes for `build_sampler`'s program, to compile it ahead of its first call."""
    dimension = max(1, table.shape[0])
    still = Coordinates(np.zeros(dimension), np.eye(dimension))
    nowhere = np.zeros((settings.chains, dimension))
    keys = jax.random.split(jax.random.key(0), settings.chains)
    return _arguments(keys, Place(nowhere, nowhere[:, 0], nowhere), 0, 0, 1.0, still, table, record)


def _arguments(keys, place: Place, first: int, count: int, step_size: float, here: Coordinates, table, record) -> tuple:
    numbers = (jnp.asarray(first), jnp.asarray(count), jnp.asarray(step_size))
    place, here, record = jax.tree.map(jnp.asarray, (place, here, record))
    return keys, place, *numbers, here, table_data(table), record


def whitening(draws: np.ndarray) -> Coordinates:
    """Coordinates in which draws, shape (chain, draw, parameter), have mean 0 and covariance about I.

    The covariance is drawn a little towards the prior's, I, as if a tenth as many draws had come from there as there
    are parameters: few chains of few draws could leave it singular.
    """
    flat = draws.reshape(-1, draws.shape[-1])
    count, dimension = flat.shape
    share = count / (count + 0.1 * dimension)
    covariance = share * np.cov(flat.T).reshape(dimension, dimension) + (1 - share) * np.eye(dimension)
    return Coordinates(flat.mean(0), np.linalg.cholesky(covariance))


def starts(evaluate: Callable, table: np.ndarray, record: Any, seed: int, chains: int) -> tuple[np.ndarray, int]:
    """Prior draws that allow the record, one per chain (repeated if too few are found), shape (chain, parameter); and
    how many were found."""
    rng = np.random.default_rng([seed, 2])
    kept = np.zeros((0, max(1, table.shape[0])))
    for _ in range(START_BATCHES):
        z = rng.standard_normal((LANES, kept.shape[1]))
        kept = np.concatenate([kept, z[evaluate(z, table, record) > IMPOSSIBLE / 2]])
        if len(kept) >= chains:
            break
    return (kept[np.arange(chains) % len(kept)] if len(kept) else kept), len(kept)


def table_data(table: np.ndarray) -> Array:
    """The quantile table as data; a scenario without parameters has one that nothing reads."""
    return jnp.asarray(table if table.shape[0] else np.zeros((1, table.shape[1])), jnp.float32)


def _mesh(count: int) -> Mesh:
    """The cores to spread `count` things over: as many as divide them evenly."""
    devices = np.array(jax.devices())
    while max(1, count) % len(devices):
        devices = devices[:-1]
    return Mesh(devices, ("core",))
