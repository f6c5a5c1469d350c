"""NumPyro as it comes, on the density that a fit samples: the yardstick for effective draws per second."""

from __future__ import annotations

import time
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine.record import Record
from detente.inference import nuts
from detente.inference.density import Model
from detente.inference.diagnostics import Convergence, convergence
from detente.inference.smc import with_finite_gradient
from detente.inference.transforms import to_parameters

CHAINS = 4  # as NumPyro's examples run


@dataclass(frozen=True)
class Peer:
    """One run of plain NUTS on one hypothesis."""

    hypothesis: str
    z: np.ndarray  # (chain, draw, parameter)
    seconds: float  # warm-up and sampling, without compilation
    warmup: int

    @property
    def convergence(self) -> Convergence:
        """r-hat and effective sample sizes."""
        return convergence(self.z)


def plain_nuts(model: Model, hypothesis: str, record: Record, *, seed: int, warmup: int, draws: int) -> Peer | None:
    """Run NumPyro's NUTS with its default settings: 4 vectorised chains, each tuning itself, started from prior draws
    that allow the record. None when there is no such draw."""
    from numpyro.infer import MCMC, NUTS

    table = model.tables[hypothesis]
    evaluate = nuts.build_evaluate(model.log_likelihood)
    start, possible = nuts.starts(evaluate, table, record, seed, CHAINS)
    if possible == 0:
        return None

    def chains(key, start, table, record):
        likelihood = with_finite_gradient(
            lambda z: model.log_likelihood(to_parameters(table, z.astype(jnp.float32)), record).astype(jnp.float64)
        )
        mcmc = MCMC(
            NUTS(potential_fn=lambda z: 0.5 * jnp.sum(z * z) - likelihood(z)), num_warmup=warmup, num_samples=draws,
            num_chains=CHAINS, chain_method="vectorized", progress_bar=False,
        )  # fmt: skip
        mcmc.run(key, init_params=start)
        return mcmc.get_samples(group_by_chain=True)

    here = jax.tree.map(jnp.asarray, (start, nuts.table_data(table), record))
    program = jax.jit(chains).lower(jax.random.key(seed), *here).compile()
    began = time.perf_counter()
    z = np.asarray(program(jax.random.key(seed), *here))
    return Peer(hypothesis, z[..., : table.shape[0]], time.perf_counter() - began, warmup)
