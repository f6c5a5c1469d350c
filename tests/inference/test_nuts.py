"""NUTS on closed forms; the same seed the same chains; one compilation for all hypotheses and records."""

import jax
import numpy as np
import pytest

from detente.engine.observe import IMPOSSIBLE
from detente.inference import nuts
from detente.inference.density import model_of
from detente.inference.diagnostics import convergence
from detente.inference.fit_chains import fit_chains, layout
from detente.inference.nuts import whitening
from detente.scenario.priors import Prior
from detente.settings import NUTSSettings
from tests.engine.games import event, measured, scenario, stock
from tests.inference.test_smc import assert_closed_form, level

SETTINGS = NUTSSettings(chains=16, draws=128)


def test_gaussian_closed_form():
    """Mean, variance and evidence by the checks that SMC passes."""
    built = level()
    made = fit_chains(built, model_of(built), seed=1, settings=SETTINGS)
    assert_closed_form(made.fit)
    chains = made.chains["model"]
    assert chains.z.shape == (16, 128, 1)
    assert not chains.diverging.any()
    assert convergence(chains.z).rhat.max() < 1.02  # 128 draws a chain, each worth a third
    assert chains.tree_depth.max() <= SETTINGS.max_tree_depth
    assert 0.6 < chains.acceptance.mean() < 1


def test_wrong_density_is_caught():
    """Planted: the prior is forgotten in half of the potential."""
    built = level()
    model = model_of(built)
    made = fit_chains(built, model, seed=1, settings=SETTINGS)
    table, record = model.tables["model"], model.record
    flat = nuts.build_sampler(lambda values, r: 0.5 * model.log_likelihood(values, r), SETTINGS)
    chains, _ = nuts.run(flat, nuts.build_evaluate(model.log_likelihood), table, record, 1, SETTINGS)
    bad = chains.z.reshape(made.fit.particles["model"].z.shape)
    made.fit.particles["model"] = made.fit.particles["model"]._replace(z=bad)
    with pytest.raises(AssertionError, match=r"mean|variance"):
        assert_closed_form(made.fit)


def test_correlated_and_walled():
    """A sum is measured sharply and one side has a wall: chains agree, and the draws obey the wall."""
    built = scenario(
        record=3, steps=4, parameters={"a": Prior("normal", (0.0, 1.0)), "b": Prior("normal", (0.0, 1.0))},
        stocks=[stock("x", "a + b", series=[measured("normal", "0.1", (1, 1.0))]), stock("level", "a")],
        events=[event("breach", "where(level < 0, 1, 0)")],
    )  # fmt: skip
    made = fit_chains(built, model_of(built), seed=2, settings=SETTINGS)
    values = made.fit.values("model")
    assert values[..., 0].min() >= 0
    # given the sum of 1, a ~ N(1/2, 1/2 + 0.1^2/4 of it), cut off at 0; by a grid
    grid = np.linspace(0, 6, 20_001)
    density = np.exp(-0.5 * grid**2 - 0.5 * (1 - grid) ** 2 / (1 + 0.01))
    exact = (grid * density).sum() / density.sum()
    found = convergence(made.chains["model"].z)
    error = values[..., 0].std() / np.sqrt(found.ess_bulk[0])
    assert error < 0.03
    assert abs(values[..., 0].mean() - exact) < 4 * error


def test_one_compilation_serves_every_hypothesis_and_record():
    built = level(wide=None, sharp=Prior("normal", (2.0, 0.5)))
    model, sizes = model_of(built), []
    settings = NUTSSettings(chains=8, warmup=60, pilot=20, retune=20, draws=20)
    sample, evaluate = (nuts.build_sampler(model.log_likelihood, settings), nuts.build_evaluate(model.log_likelihood))
    for table in model.tables.values():
        nuts.run(sample, evaluate, table, model.record, 1, settings)
        sizes.append(sample._cache_size())
    later = jax.tree.map(lambda a: a, model.record)
    nuts.run(sample, evaluate, table, later, 2, settings)
    assert sizes == [1, 1]
    assert sample._cache_size() == 1


def test_same_seed_same_chains():
    built = level()
    model = model_of(built)
    settings = NUTSSettings(chains=8, warmup=60, pilot=20, retune=20, draws=20)
    one, again, other = (fit_chains(built, model, seed=s, settings=settings).chains["model"].z for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_record_that_nothing_explains():
    built = scenario(
        record=1, steps=2, parameters={"p": Prior("normal", (0.0, 1.0))}, stocks=[stock("x")],
        events=[event("certain", 1)],
    )  # fmt: skip
    made = fit_chains(built, model_of(built), seed=1, settings=NUTSSettings(chains=8, draws=10))
    assert made.fit.impossible() == ["model"]
    assert made.bridges["model"].log_evidence == IMPOSSIBLE
    assert made.chains["model"].possible == 0


def test_a_record_that_few_draws_explain():
    """1.5 % of the prior lies beyond the pressure: chains start only there."""
    from tests.inference.test_smc import narrow_escape

    built = narrow_escape()
    made = fit_chains(built, model_of(built), seed=1, settings=NUTSSettings(chains=16, draws=20))
    assert made.chains["model"].possible >= 16
    assert made.fit.values("model").min() >= 45


def test_chains_must_fill_the_islands():
    with pytest.raises(ValueError, match="a multiple of 8 chains, so that they make 8 islands; got 12"):
        layout(NUTSSettings(chains=12))


def test_whitening():
    """Draws have mean 0 and covariance about I in the coordinates made from them; few draws do not break it."""
    rng = np.random.default_rng(1)
    draws = rng.standard_normal((8, 500, 3)) @ np.array([[1.0, 0, 0], [0.9, 0.1, 0], [0, 0, 5]]) + 2
    here = whitening(draws)
    y = np.linalg.solve(here.factor, (draws.reshape(-1, 3) - here.centre).T)
    np.testing.assert_allclose(np.cov(y), np.eye(3), atol=0.03)
    assert np.isfinite(whitening(np.ones((1, 2, 4))).factor).all()
