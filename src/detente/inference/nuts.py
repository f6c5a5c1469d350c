"""NUTS by NumPyro, on the log likelihood as JAX renders it and differentiates it: the second opinion on a fit.

In z the prior is N(0, I), so the potential is z.z/2 minus the log likelihood. Priors and record are data: one
compilation serves every hypothesis and every record of a scenario. All is in double precision; the machine code of the
first sampler takes gradients in single precision. How chains are run: `chains`.

Sources: Hoffman & Gelman (2014), "The No-U-Turn Sampler", JMLR 15; Phan, Pradhan & Jankowiak (2019), "Composable
effects for flexible and accelerated probabilistic programming in NumPyro", arXiv:1912.11554.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from detente.engine.backends import jax_rendering  # says what to install where JAX is missing
from detente.engine.likelihood import IMPOSSIBLE
from detente.engine.replay import Gradient, Tables
from detente.inference.chains import Coordinates, Place, Sample, Trace
from detente.inference.quantile_tables import interpolate
from detente.inference.quantiles import Quantiles
from detente.settings import NUTSSettings

try:
    import jax
    import jax.numpy as jnp
    from jax import Array
    from jax.sharding import Mesh
    from jax.sharding import PartitionSpec as Spec
    from numpyro.infer import NUTS
    from numpyro.infer.util import ParamInfo
except ImportError as error:
    raise ImportError("this needs NumPyro, which is not installed: pip install 'detente[jax]'") from error


class Data(NamedTuple):
    """What a log likelihood is about."""

    coefficients: Any  # arrays of NumPy or JAX; of the priors' quantiles, (parameter, interval, power)
    case: Any  # of the record's tables, (case, value)
    step: Any  # (case, step, value)


Density = Callable[[Array, Data], Array]  # log likelihood () at z (parameter,)


@lru_cache(maxsize=8)
def density(part: Gradient) -> Density:
    """The log likelihood of a record, of all cases of a panel, in z; never NaN, at worst `IMPOSSIBLE`."""
    likelihood = jax_rendering.log_likelihood(part)

    def found(z: Array, data: Data) -> Array:
        values, _ = interpolate(data.coefficients, z[: data.coefficients.shape[0]], jnp)
        return _bounded(_bounded(likelihood(values, data.case, data.step)).sum())

    return found


def _bounded(log_likelihood: Array) -> Array:
    return jnp.where(jnp.isnan(log_likelihood), IMPOSSIBLE, jnp.maximum(log_likelihood, IMPOSSIBLE))


class Sampler:
    """The compiled program of a log likelihood, for records of one shape."""

    def __init__(self, density: Density, quantiles: Quantiles, tables: Tables, settings: NUTSSettings) -> None:
        """
        Args:
            density: compared by identity; the same one compiles nothing again.
            quantiles, tables: of any hypothesis and of any record of the right shape.
        """
        self._chains = settings.chains
        shapes = (a.shape for a in Data(quantiles.coefficients(), tables.case, tables.step))
        self._program = _compiled(density, settings, *shapes)

    def of(self, quantiles: Quantiles, tables: Tables, seed: int) -> Sample:
        """What samples the posterior of one hypothesis.

        Args:
            seed: of all randomness in the chains.
        """
        data = jax.tree.map(jnp.asarray, Data(quantiles.coefficients(), tables.case, tables.step))

        def sample(
            number: int, place: Place, first: int, count: int, step_size: float, coordinates: Coordinates
        ) -> Trace:
            keys = jax.random.split(jax.random.fold_in(jax.random.key(seed), number), self._chains)
            found = jax.device_get(self._program(keys, *_arguments(place, first, count, step_size, coordinates), data))
            return jax.tree.map(lambda a: a[:, :count], found)

        return sample


def _arguments(place: Place, first: int, count: int, step_size: float, coordinates: Coordinates) -> tuple:
    return jax.tree.map(jnp.asarray, (place, first, count, float(step_size), coordinates))


@lru_cache(maxsize=8)
def _compiled(density: Density, settings: NUTSSettings, *shapes: tuple[int, ...]) -> Callable[..., Trace]:
    """NumPyro's kernel for all chains, compiled ahead: the gradient of the replay is in it once.

    Args:
        shapes: of the arrays of `Data`.
    """
    data = Data(*(jnp.zeros(shape) for shape in shapes))
    dimension = max(1, len(data.coefficients))
    nowhere = np.zeros((settings.chains, dimension))
    still = Coordinates(np.zeros(dimension), np.eye(dimension))
    keys = jax.random.split(jax.random.key(0), settings.chains)
    arguments = _arguments(Place(nowhere, nowhere[:, 0], nowhere), 0, 0, 1.0, still)
    return _program(density, settings).lower(keys, *arguments, data).compile()


def _program(density: Density, settings: NUTSSettings) -> jax.stages.Wrapped:
    """sample(keys, place, first, count, step_size, coordinates, data) -> `Trace`. Everything is data.

    `first` is the number of the first iteration: those below `warmup` adapt; `count` is how many follow.
    """
    capacity = max(settings.warmup + settings.pilot, settings.draws)

    def chains(keys, place, first, count, step_size, coordinates, data):
        likelihood = with_finite_gradient(lambda z: density(z, data))

        def potential(y):
            z = coordinates.centre + coordinates.factor @ y
            return 0.5 * jnp.sum(z * z) - likelihood(z)

        kernel = NUTS(
            potential_fn=potential,
            step_size=step_size,
            target_accept_prob=settings.target_acceptance,
            max_tree_depth=(settings.max_tree_depth - 1, settings.max_tree_depth),  # type: ignore[arg-type]
        )
        state = kernel.init(keys, settings.warmup, ParamInfo(*place), (), {})
        state = state._replace(i=jnp.full_like(state.i, first))

        def read(state):
            place = Place(state.z, state.potential_energy, state.z_grad)
            return Trace(place, state.diverging, state.accept_prob, state.num_steps, state.adapt_state.step_size)

        def advance(number, carry):
            state, trace = carry
            state = kernel.sample(state, (), {})
            return state, jax.tree.map(lambda all_, one: all_.at[number].set(one), trace, read(state))

        blank = jax.tree.map(lambda a: jnp.zeros((capacity, *a.shape), a.dtype), read(state))
        trace = jax.lax.fori_loop(0, count, advance, (state, blank))[1]
        return jax.tree.map(lambda a: jnp.swapaxes(a, 0, 1), trace)

    lanes, same = Spec("core"), Spec()
    mesh = _mesh(settings.chains // 2)  # NumPyro vectorises two chains or more
    return jax.jit(
        jax.shard_map(chains, mesh=mesh, in_specs=(lanes, lanes, *[same] * 5), out_specs=lanes, check_vma=False)
    )


def with_finite_gradient(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The same function, with 0 for gradients that are not finite.

    An expression such as where(x > 0, log(x), 0) has no usable gradient at x = 0. Leapfrog steps stay reversible and
    keep volume whatever vector field drives them, so the sampler stays exact; it only proposes less well there.
    """

    def gradient(vjp, cotangent):
        (g,) = vjp(cotangent)
        return (jnp.where(jnp.isfinite(g), g, 0.0),)

    wrapped = jax.custom_vjp(function)
    wrapped.defvjp(lambda z: jax.vjp(function, z), gradient)
    return wrapped


def _mesh(count: int) -> Mesh:
    """The devices to spread `count` things over: as many as divide them evenly."""
    devices = np.array(jax_rendering.devices(None))
    while max(1, count) % len(devices):
        devices = devices[:-1]
    return Mesh(devices, ("core",))
