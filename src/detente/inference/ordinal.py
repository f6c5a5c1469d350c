"""A hierarchical ordered logit by NUTS: categories that answer to grouped effects, slopes and era.

    P(k <= j | row) = logistic(cut_j - eta),
    eta = sum of one partially pooled effect per grouping + slopes + era effect

Each grouping has effects normal(0, sd) with its own learned sd: where data are few or say little, its effects shrink to
0. The era effect is a stationary first-order autoregression over bins of years, so that beyond the data it returns to
the long-run mean at a learned pace. Rows may count for less than one case each, where several tell of one thing (a
composite likelihood: Varin, Reid & Firth 2011, Statistica Sinica 21).

All effects are sampled off centre (Papaspiliopoulos, Roberts & Sköld 2007, Statistical Science 22(1)). Rows outside a
mask count nothing in the likelihood and are predicted.

Sources: McCullagh (1980), "Regression models for ordinal data", JRSS B 42(2); Gelman & Hill (2007), Data Analysis Using
Regression and Multilevel/Hierarchical Models; Hoffman & Gelman (2014), "The No-U-Turn Sampler", JMLR 15.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.inference.diagnostics import convergence

CUT_SD = 2.0  # prior sd of the first cut, in logits (assumption: any share of the lowest category is well within it)
GAP_SD = 1.0  # prior sd of the logarithm of the gaps between cuts (assumption: gaps of a third to three logits)


@dataclass(frozen=True)
class Design:
    """Rows to explain. All arrays are of length n rows.

    `groups`: name -> level of the row, 0 <= level < `levels[name]`; -1 counts as effect 0. `slopes` has shape
    (n, slope). `era` is a bin, 0 <= bin < `eras`. `weight` is what a row counts in the likelihood.
    """

    groups: Mapping[str, np.ndarray]
    levels: Mapping[str, int]
    slopes: np.ndarray
    era: np.ndarray
    eras: int
    weight: np.ndarray


@dataclass(frozen=True)
class Spread:
    """Scales of the half-normal priors of the standard deviations, in logits (assumptions: 1 is a strong effect)."""

    group: float = 0.5
    groups: Mapping[str, float] = field(default_factory=dict)  # where it differs
    slope: float = 0.5
    era: float = 0.5  # 0: no era effect


@dataclass(frozen=True)
class OrdinalSettings:
    """Numerical settings of the sampler."""

    chains: int = 4
    warmup: int = 500
    draws: int = 500  # per chain
    target_acceptance: float = 0.9


@dataclass(frozen=True)
class OrdinalFit:
    """Posterior draws by parameter, shape (draw, ...), and whether they can be relied on."""

    draws: Mapping[str, np.ndarray]
    r_hat: float  # the largest, rank-normalised (Vehtari et al. 2021)
    ess: float  # the smallest, bulk or tail
    worst: str  # the parameter with that r-hat
    divergences: int

    def __len__(self) -> int:
        return len(self.draws["cuts"])


def era_effects(z: Any, rho: Any, numpy: Any = jnp) -> Any:
    """A stationary autoregression of unit variance from standard normals `z`, shape (..., era)."""
    t = numpy.arange(z.shape[-1])
    lag = t[:, None] - t[None, :]
    rho = numpy.asarray(rho)[..., None, None]
    weight = numpy.where(lag >= 0, rho ** numpy.abs(lag), 0.0)
    weight = weight * numpy.where(t == 0, 1.0, numpy.sqrt(1 - rho**2))
    return (weight * z[..., None, :]).sum(-1)


def _model(design: Design, categories: int, spread: Spread, k: jax.Array, mask: jax.Array) -> None:
    import numpyro
    import numpyro.distributions as dist

    sample, n = numpyro.sample, len(design.era)
    cuts = jnp.array([sample("cut", dist.Normal(0.0, CUT_SD))])  # type: ignore[arg-type]
    if categories > 2:
        gaps = jnp.exp(sample("gaps", dist.Normal(0.0, GAP_SD).expand([categories - 2])))  # type: ignore[arg-type]
        cuts = jnp.concatenate([cuts, cuts + jnp.cumsum(gaps)])
    numpyro.deterministic("cuts", cuts)
    eta = jnp.zeros(n)

    def effects(name: str, levels: int, scale: float) -> jax.Array:
        sd = sample(f"sd {name}", dist.HalfNormal(scale))
        z = sample(f"z {name}", dist.Normal(0.0, 1.0).expand([levels]))  # type: ignore[arg-type]
        return numpyro.deterministic(name, sd * z)  # type: ignore[return-value]

    pooled = [effects(name, n, spread.groups.get(name, spread.group)) for name, n in design.levels.items()]
    if pooled:  # one product with a matrix of zeros and ones: the gradient of a look-up is slow on CPUs
        eta = eta + indicators(design) @ jnp.concatenate(pooled)
    if design.slopes.shape[1]:
        eta = eta + design.slopes @ effects("slope", design.slopes.shape[1], spread.slope)
    if spread.era:
        rho = sample("rho", dist.Beta(2.0, 2.0))
        sd = sample("sd era", dist.HalfNormal(spread.era))
        z = sample("z era", dist.Normal(0.0, 1.0).expand([design.eras]))  # type: ignore[arg-type]
        eta = eta + numpyro.deterministic("era", sd * era_effects(z, rho))[design.era]  # type: ignore[index]
    else:
        numpyro.deterministic("era", jnp.zeros(design.eras))
    numpyro.deterministic("eta", eta)
    log_p = dist.OrderedLogistic(eta, cuts).log_prob(k)  # type: ignore[arg-type]
    numpyro.factor("rows", (jnp.where(mask, log_p, 0.0) * design.weight).sum())


def fit_ordinal(
    design: Design,
    k: np.ndarray,
    categories: int,
    mask: np.ndarray,
    *,
    seed: int,
    spread: Spread | None = None,
    settings: OrdinalSettings | None = None,
) -> OrdinalFit:
    """Draws given the rows of `mask`, shape (n,) bool; `eta` of all rows is their prediction.

    Args:
        k: category of each row, 0 <= k < `categories`; what masked rows hold counts nothing.
    """
    from numpyro.infer import MCMC, NUTS

    spread, settings = spread or Spread(), settings or OrdinalSettings()

    def model(mask: jax.Array) -> None:
        _model(design, categories, spread, jnp.asarray(k), mask)

    sampler = MCMC(
        NUTS(model, target_accept_prob=settings.target_acceptance), num_warmup=settings.warmup,
        num_samples=settings.draws, num_chains=settings.chains, chain_method="sequential", progress_bar=False,
    )  # fmt: skip
    sampler.run(jax.random.PRNGKey(seed), jnp.asarray(mask))
    chains = {name: np.asarray(v, float) for name, v in sampler.get_samples(group_by_chain=True).items()}
    divergences = int(np.asarray(sampler.get_extra_fields()["diverging"]).sum())
    kept = {n: v for n, v in chains.items() if not n.startswith("z ") and n not in ("gaps", "cut")}
    about = {n: v.reshape(*v.shape[:2], -1) for n, v in kept.items() if n != "eta"}
    names = [f"{n}[{i}]" for n, v in about.items() for i in range(v.shape[2])]
    found = convergence(np.concatenate(list(about.values()), axis=2))
    worst = int(np.argmax(found.rhat))
    ess = float(min(found.ess_bulk.min(), found.ess_tail.min()))
    draws = {n: v.reshape(-1, *v.shape[2:]) for n, v in kept.items()}
    return OrdinalFit(draws, float(found.rhat[worst]), ess, names[worst], divergences)


def indicators(design: Design) -> np.ndarray:
    """1 where a row has a level, shape (n, levels of all groups)."""
    blocks = [design.groups[name][:, None] == np.arange(n) for name, n in design.levels.items()]
    return np.concatenate(blocks, axis=1).astype(np.float32)
