"""The ordered logit: its density against one written out by hand, its era effects, and what it finds."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
import pytest
from numpyro.infer.util import log_density
from scipy import stats

from detente.inference import ordinal
from detente.inference.ordinal import Design, OrdinalSettings, Spread, era_effects, fit_ordinal

N = 12
RNG = np.random.default_rng(1)
K = RNG.integers(0, 3, N)
DESIGN = Design(
    groups={"colour": RNG.integers(-1, 3, N), "form": RNG.integers(0, 2, N)}, levels={"colour": 3, "form": 2},
    slopes=RNG.normal(size=(N, 1)), era=RNG.integers(0, 4, N), eras=4, weight=RNG.uniform(0.2, 1.0, N),
)  # fmt: skip


def test_the_density_is_the_one_written_out():
    values = {
        "cut": -0.4, "gaps": np.array([0.3]), "sd colour": 0.6, "z colour": np.array([0.5, -1.0, 0.2]), "sd form": 0.2,
        "z form": np.array([1.1, 0.4]), "sd slope": 0.9, "z slope": np.array([-0.7]), "rho": 0.35, "sd era": 0.4,
        "z era": np.array([0.1, 0.9, -0.3, 0.6]),
    }  # fmt: skip
    spread, mask = Spread(groups={"form": 0.3}), np.arange(N) != 4
    args = (DESIGN, 3, spread, jnp.asarray(K), jnp.asarray(mask))
    got, _ = log_density(ordinal._model, args, {}, {n: jnp.asarray(v) for n, v in values.items()})

    cuts = np.array([-0.4, -0.4 + math.exp(0.3)])
    colour, form = 0.6 * values["z colour"], 0.2 * values["z form"]
    root = math.sqrt(1 - 0.35**2)
    era = [0.1]
    for z in values["z era"][1:]:
        era.append(0.35 * era[-1] + root * z)
    want = stats.norm.logpdf(-0.4, 0, ordinal.CUT_SD) + stats.norm.logpdf(0.3, 0, ordinal.GAP_SD)
    for name, scale in (("colour", 0.5), ("form", 0.3), ("slope", 0.5), ("era", 0.5)):
        want += stats.halfnorm.logpdf(values[f"sd {name}"], scale=scale)
        want += stats.norm.logpdf(values[f"z {name}"]).sum()
    want += stats.beta.logpdf(0.35, 2, 2)
    for i in np.flatnonzero(mask):
        level = DESIGN.groups["colour"][i]
        eta = (colour[level] if level >= 0 else 0.0) + form[DESIGN.groups["form"][i]]
        eta += DESIGN.slopes[i, 0] * 0.9 * -0.7 + 0.4 * era[DESIGN.era[i]]
        below = [0.0, *(1 / (1 + np.exp(-(cuts - eta)))), 1.0]
        want += DESIGN.weight[i] * math.log(below[K[i] + 1] - below[K[i]])
    assert float(got) == pytest.approx(want, rel=2e-5)


def test_eras_are_stationary_and_forget():
    effects = era_effects(np.random.default_rng(2).standard_normal((40_000, 5)), np.full(40_000, 0.6), numpy=np)
    found = np.cov(effects.T)
    lag = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    error = np.sqrt((1 + 0.6 ** (2 * lag)) / 40_000)  # of a covariance of unit normals
    assert (np.abs(found - 0.6**lag) < 4.5 * error).all()
    assert not (np.abs(found - 0.3**lag) < 4.5 * error).all()  # the test can fail


@pytest.mark.slow
def test_nuts_finds_what_made_the_data():
    """400 rows with one strong grouping: its effects are found within four sds, an idle grouping shrinks."""
    rng = np.random.default_rng(3)
    n, truth = 400, np.array([-1.2, 0.0, 1.2])
    strong, idle = rng.integers(0, 3, n), rng.integers(0, 4, n)
    k = (rng.logistic(size=n) + truth[strong] > np.array([[-0.5], [1.0]])).sum(0)
    design = Design({"strong": strong, "idle": idle}, {"strong": 3, "idle": 4}, np.zeros((n, 0)), np.zeros(n, int), 1,
                    np.ones(n))  # fmt: skip
    fit = fit_ordinal(design, k, 3, np.arange(n) < 300, seed=1, spread=Spread(group=1.0, era=0.0),
                      settings=OrdinalSettings(2, 300, 300))  # fmt: skip
    assert fit.r_hat < 1.05 and fit.divergences <= 3
    gap = fit.draws["strong"][:, 2] - fit.draws["strong"][:, 0]
    assert abs(gap.mean() - 2.4) < 4 * gap.std() and gap.mean() > 4 * gap.std()
    assert fit.draws["sd idle"].mean() < 0.5 < fit.draws["sd strong"].mean()
    assert fit.draws["eta"].shape == (600, n)
