"""The ordered logit: its density against one written out by hand, its slopes, its era effects, and what it finds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from detente.inference import ordinal
from detente.inference.ordinal import Design, Logit, Spread, era_effects, fit_ordinal
from detente.inference.quantiles import Quantiles
from detente.settings import SMCSettings

N = 12
RNG = np.random.default_rng(1)
K = RNG.integers(0, 3, N)
MASK = np.arange(N) != 4
DESIGN = Design(
    groups={"colour": RNG.integers(-1, 3, N), "form": RNG.integers(0, 2, N)},
    levels={"colour": 3, "form": 2},
    slopes=RNG.normal(size=(N, 1)),
    era=RNG.integers(0, 4, N),
    eras=4,
    weight=RNG.uniform(0.2, 1.0, N),
)
VALUES = {
    "cuts": [-0.4, math.exp(0.3)],
    "sd colour": [0.6],
    "z colour": [0.5, -1.0, 0.2],
    "sd form": [0.2],
    "z form": [1.1, 0.4],
    "sd slope": [0.9],
    "z slope": [-0.7],
    "sd era": [0.4],
    "z era": [0.1, 0.9, -0.3, 0.6],
    "rho": [0.35],
}
LOGIT = Logit(DESIGN, 3, Spread(groups={"form": 0.3}))


def placed() -> np.ndarray:
    """The values in the order of the parameters, shape (1, parameter)."""
    out = np.full((1, len(LOGIT.priors)), np.nan)
    for name, value in VALUES.items():
        out[0, LOGIT.place[name]] = value
    return out


def test_the_density_is_the_one_written_out():
    got, _ = LOGIT.likelihood(K, MASK)(placed())

    cuts = np.array([-0.4, -0.4 + math.exp(0.3)])
    colour, form = 0.6 * np.array(VALUES["z colour"]), 0.2 * np.array(VALUES["z form"])
    root = math.sqrt(1 - 0.35**2)
    era = [0.1]
    for z in VALUES["z era"][1:]:
        era.append(0.35 * era[-1] + root * z)
    want, eta = 0.0, np.zeros(N)
    for i in range(N):
        level = DESIGN.groups["colour"][i]
        eta[i] = (colour[level] if level >= 0 else 0.0) + form[DESIGN.groups["form"][i]]
        eta[i] += DESIGN.slopes[i, 0] * 0.9 * -0.7 + 0.4 * era[DESIGN.era[i]]
        below = [0.0, *(1 / (1 + np.exp(-(cuts - eta[i])))), 1.0]
        if MASK[i]:
            want += DESIGN.weight[i] * math.log(below[K[i] + 1] - below[K[i]])
    assert got == pytest.approx([want], rel=1e-12)
    draws = LOGIT.draws(placed())
    assert draws["eta"][0] == pytest.approx(eta, abs=1e-12)
    assert draws["cuts"][0] == pytest.approx(cuts)
    assert draws["era"][0] == pytest.approx(0.4 * np.array(era))
    assert (draws["rho"][0], draws["sd form"][0]) == (0.35, 0.2)


def test_the_priors_are_those_written_out():
    """A grouping's sd has its own scale where one is given; gaps between cuts are lognormal."""
    said = {name: {str(prior) for prior in LOGIT.priors[place]} for name, place in LOGIT.place.items()}
    assert [str(prior) for prior in LOGIT.priors[LOGIT.place["cuts"]]] == [
        f"normal(0, {ordinal.CUT_SD:g})",
        f"lognormal(0, {ordinal.GAP_SD:g})",
    ]
    for name, scale in (("colour", 0.5), ("form", 0.3), ("slope", 0.5), ("era", 0.5)):
        assert said[f"sd {name}"] == {f"halfnormal({scale:g})"} and said[f"z {name}"] == {"normal(0, 1)"}
    assert said["rho"] == {"beta(2, 2)"}


@pytest.mark.parametrize("categories", [2, 3, 5])
def test_slopes_are_those_of_differences(categories: int):
    logit = Logit(DESIGN, categories, Spread())
    log_likelihood = logit.likelihood(np.arange(N) % categories, MASK)
    values = Quantiles(logit.priors).values(np.random.default_rng(2).standard_normal((5, len(logit.priors))))
    for row, slope in zip(values, log_likelihood(values)[1], strict=True):
        want = optimize.approx_fprime(row, lambda x: log_likelihood(x[None])[0][0], 1e-7)
        assert slope == pytest.approx(want, rel=1e-4, abs=1e-5)


def test_far_in_the_tails_no_digits_are_lost():
    """Category 1 of 3 at eta 40: P = exp(cut - eta) (1 - exp(-gap)) up to rounding."""
    design = Design({}, {}, np.array([[1.0]]), np.zeros(1, int), 1, np.ones(1))
    logit = Logit(design, 3, Spread(era=0.0))
    values = np.zeros((1, len(logit.priors)))
    for name, value in {"cuts": [0.5, 2.0], "sd slope": [40.0], "z slope": [1.0]}.items():
        values[0, logit.place[name]] = value
    found, slope = logit.likelihood(np.array([1]), np.array([True]))(values)
    assert found == pytest.approx([2.5 - 40 + math.log(-math.expm1(-2.0))], rel=1e-12)
    assert slope[0, logit.place["z slope"]] == pytest.approx([-40.0], rel=1e-12)


def test_eras_are_stationary_and_forget():
    effects = era_effects(np.random.default_rng(2).standard_normal((40_000, 5)), np.full(40_000, 0.6))
    found = np.cov(effects.T)
    lag = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    error = np.sqrt((1 + 0.6 ** (2 * lag)) / 40_000)  # of a covariance of unit normals
    assert (np.abs(found - 0.6**lag) < 4.5 * error).all()
    assert not (np.abs(found - 0.3**lag) < 4.5 * error).all()  # the test can fail


def test_the_posterior_of_one_cut_is_that_of_a_grid():
    """30 rows of 100 in the lower of two categories and nothing else: mean and sd of the cut by integration.

    4 errors of 1,024 independent draws: a right sampler fails for about one seed in 8,000.
    """
    design = Design({}, {}, np.zeros((100, 0)), np.zeros(100, int), 1, np.ones(100))
    fit = fit_ordinal(
        design,
        (np.arange(100) >= 30).astype(int),
        2,
        np.ones(100, bool),
        seed=1,
        spread=Spread(era=0.0),
        settings=SMCSettings(particles=128),
    )
    cut = np.linspace(-4, 3, 20_001)
    density = stats.norm.logpdf(cut, 0, ordinal.CUT_SD) - 30 * np.log1p(np.exp(-cut)) - 70 * np.log1p(np.exp(cut))
    weight = np.exp(density - density.max())
    weight /= weight.sum()
    mean = weight @ cut
    sd = math.sqrt(weight @ (cut - mean) ** 2)
    draws = fit.draws["cuts"][:, 0]
    assert abs(draws.mean() - mean) < 4 * sd / math.sqrt(len(fit))
    assert abs(draws.std() - sd) < 4 * sd / math.sqrt(2 * len(fit))
    assert not abs(draws.mean() - mean - 0.3 * sd) < 4 * sd / math.sqrt(len(fit))  # the test can fail


def test_the_fit_finds_what_made_the_data():
    """400 rows with one strong grouping: its effects are found within four sds, an idle grouping shrinks."""
    rng = np.random.default_rng(3)
    n, truth = 400, np.array([-1.2, 0.0, 1.2])
    strong, idle = rng.integers(0, 3, n), rng.integers(0, 4, n)
    k = (rng.logistic(size=n) + truth[strong] > np.array([[-0.5], [1.0]])).sum(0)
    design = Design(
        {"strong": strong, "idle": idle}, {"strong": 3, "idle": 4}, np.zeros((n, 0)), np.zeros(n, int), 1, np.ones(n)
    )
    fit = fit_ordinal(
        design, k, 3, np.arange(n) < 300, seed=1, spread=Spread(group=1.0, era=0.0), settings=SMCSettings(particles=64)
    )
    assert fit.r_hat < 1.05 and fit.ess > 100
    gap = fit.draws["strong"][:, 2] - fit.draws["strong"][:, 0]
    assert abs(gap.mean() - 2.4) < 4 * gap.std() and gap.mean() > 4 * gap.std()
    assert fit.draws["sd idle"].mean() < 0.5 < fit.draws["sd strong"].mean()
    assert fit.draws["eta"].shape == (512, n)
