"""NUTS on closed forms; the same seed the same chains; one compilation for all hypotheses and records."""

import numpy as np
import pytest

pytest.importorskip("numpyro", reason="the extra `jax` is not installed")

from detente.engine.backends import jax_rendering
from detente.engine.noise.observe import IMPOSSIBLE
from detente.errors import InputError
from detente.inference import nuts
from detente.inference.density import model_of
from detente.inference.diagnostics import convergence
from detente.inference.fit_chains import fit_chains
from detente.language.load import load
from detente.language.priors import Prior
from detente.settings import NUTSSettings
from tests.engine.games import event, measured, scenario, stock
from tests.inference.targets import conjugate
from tests.inference.test_smc import STANDARD_ERRORS, z_scores

SETTINGS = NUTSSettings(chains=16, draws=128)
SHORT = NUTSSettings(chains=8, warmup=60, pilot=20, retune=20, draws=20)
LEVEL = conjugate(3.0, 1.0, 0.0, 2.0)


def level(**hypotheses):
    """`LEVEL`: one unknown level, N(0, 2) where a hypothesis does not say otherwise, measured once as 3, error 1."""
    return scenario(
        record=1,
        steps=2,
        parameters={"level": Prior("normal", (0.0, 2.0))},
        stocks=[stock("x", "level", series=[measured("normal", "1", (1, 3.0))])],
        hypotheses={name: ({"level": prior} if prior else {}) for name, prior in hypotheses.items()} or None,
    )


def test_gaussian_closed_form():
    """Mean, variance and evidence by the checks that SMC passes."""
    built = level()
    made = fit_chains(built, model_of(built), seed=1, settings=SETTINGS)
    assert np.abs(z_scores(made.fit.particles["model"], LEVEL)).max() < STANDARD_ERRORS
    chains = made.chains["model"]
    assert chains.z.shape == (16, 128, 1)
    assert not chains.diverging.any()
    assert convergence(chains.z).rhat.max() < 1.02  # 128 draws a chain, each worth a third
    assert chains.tree_depth.max() <= SETTINGS.max_tree_depth
    assert 0.6 < chains.acceptance.mean() < 1


def test_wrong_density_is_caught(monkeypatch):
    """Planted: the likelihood counts half."""
    right = nuts.density
    monkeypatch.setattr(nuts, "density", lambda part: lambda z, data: 0.5 * right(part)(z, data))
    built = level()
    made = fit_chains(built, model_of(built), seed=1, settings=SETTINGS)
    assert np.abs(z_scores(made.fit.particles["model"], LEVEL)).max() > 2 * STANDARD_ERRORS


@pytest.mark.parametrize("z", [[0.3], [-9.0], [20.0]])
def test_the_density_is_that_of_the_other_sampler(z):
    """Log likelihood and slope in z against the graph's own gradient, also far out."""
    import jax

    built = level(other=Prior("gamma", (2.0, 3.0)))
    model = model_of(built)
    part, quantiles = model.script.gradient, model.quantiles["other"]
    tables = part.fill(model.record)
    data = nuts.Data(quantiles.coefficients(), tables.case, tables.step)
    values, slopes = quantiles.values_and_slopes(np.array([z]))
    total, gradient = model.likelihood(precise=True)(values)
    found, slope = jax.value_and_grad(nuts.density(part))(np.array(z), data)
    assert float(found) == pytest.approx(total[0], rel=1e-7)
    assert float(slope[0]) == pytest.approx((gradient * slopes)[0, 0], rel=1e-6)


def test_correlated_and_walled():
    """A sum is measured sharply and one side has a wall: chains agree, and the draws obey the wall."""
    built = scenario(
        record=3,
        steps=4,
        parameters={"a": Prior("normal", (0.0, 1.0)), "b": Prior("normal", (0.0, 1.0))},
        stocks=[stock("x", "a + b", series=[measured("normal", "0.1", (1, 1.0))]), stock("level", "a")],
        events=[event("breach", "where(level < 0, 1, 0)")],
    )
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


def test_one_compilation_serves_every_hypothesis_and_record(monkeypatch):
    rendered, right = [], jax_rendering.log_likelihood
    monkeypatch.setattr(jax_rendering, "log_likelihood", lambda part: rendered.append(1) or right(part))
    compiled = nuts._compiled.cache_info().misses
    built = level(wide=None, sharp=Prior("normal", (2.0, 0.5)))
    model = model_of(built)
    for _ in range(2):
        made = fit_chains(built, model, seed=1, settings=SHORT, record=model.record)
    assert list(made.chains) == ["wide", "sharp"]
    assert len(rendered) == 1
    assert nuts._compiled.cache_info().misses == compiled + 1


def test_same_seed_same_chains():
    built = level()
    model = model_of(built)
    one, again, other = (fit_chains(built, model, seed=s, settings=SHORT).chains["model"].z for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_record_that_nothing_explains():
    built = scenario(
        record=1,
        steps=2,
        parameters={"p": Prior("normal", (0.0, 1.0))},
        stocks=[stock("x")],
        events=[event("certain", 1)],
    )
    made = fit_chains(built, model_of(built), seed=1, settings=NUTSSettings(chains=8, draws=10))
    assert made.fit.impossible() == ["model"]
    assert made.bridges["model"].log_evidence == IMPOSSIBLE
    assert made.chains["model"].possible == 0


def test_a_record_that_few_draws_explain():
    """Pressure rises to 45 and nothing happens: 1.5 % of the red line's prior lies beyond, and chains start there."""
    built = scenario(
        record=45,
        steps=46,
        parameters={"redline": Prior("lognormal", (2.5, 0.6))},
        stocks=[stock("pressure", 1, flow="1")],
        events=[event("answer", "where(pressure > redline, 1, 0)", once=True)],
    )
    made = fit_chains(built, model_of(built), seed=1, settings=NUTSSettings(chains=16, draws=20))
    assert made.chains["model"].possible >= 16
    assert made.fit.values("model").min() >= 45


def test_a_gradient_that_is_no_number_counts_as_none():
    import jax
    import jax.numpy as jnp

    steep = nuts.with_finite_gradient(lambda z: jnp.where(z > 0, jnp.sqrt(jnp.abs(z)), z).sum())
    np.testing.assert_array_equal(jax.grad(steep)(np.array([0.0, 4.0])), [0.0, 0.25])


def test_who_looks_ahead_has_no_gradient():
    built = load("classics/crisis")
    with pytest.raises(InputError, match="a track that looks ahead exactly"):
        fit_chains(built, model_of(built), seed=1, settings=SHORT)


def test_an_estimated_likelihood_has_no_gradient():
    built = level()
    with pytest.raises(ValueError, match="a particle filter only estimates"):
        fit_chains(built, model_of(built, noise="particles"), seed=1, settings=SHORT)


def test_no_parameters():
    """One that nothing reads takes their place, and leaves no trace."""
    built = scenario(record=3, steps=4, events=[event("shot", "0.25")], ledger=[(1, "event", "shot")])
    made = fit_chains(built, model_of(built), seed=1, settings=SHORT)
    assert made.chains["model"].z.shape == (8, 20, 0)
    assert made.bridges["model"].log_evidence == pytest.approx(np.log(0.25) + 2 * np.log(0.75))
