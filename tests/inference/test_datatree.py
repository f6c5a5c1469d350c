"""A fit as ArviZ takes it: the numbers are the fit's, and ArviZ's own functions run on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

import detente
from detente.inference.datatree import datatree, log_prior_density
from detente.inference.fit import Fit, prior_draws
from detente.inference.quantiles import Quantiles
from detente.language.priors import Prior

COD_WAR = Path(__file__).parents[1] / "scenarios" / "cod-war"
GROUPS = {"posterior", "prior", "log_prior", "log_likelihood", "sample_stats", "observed_data"}


@pytest.fixture(scope="module")
def fit() -> Fit:
    return detente.fit(detente.load(COD_WAR), seed=1)


@pytest.fixture(scope="module")
def tree(fit: Fit) -> Any:
    pytest.importorskip("xarray")
    return fit.to_datatree()


def test_groups_and_units(fit: Fit, tree: Any):
    assert set(tree.children) == GROUPS
    assert tree["posterior/cooling"].dims == ("chain", "draw")
    assert tree["posterior/cooling"].shape == (fit.settings.islands, fit.settings.particles)
    parameters = detente.load(COD_WAR).parameters
    assert {name: tree["posterior"][name].attrs["unit"] for name in tree["posterior"].data_vars} == {
        name: parameter.unit for name, parameter in parameters.items()
    }


def test_averages_are_those_of_the_fit(fit: Fit, tree: Any):
    """A systematic resample of 512: shares are right to 1/512 for each of eight islands."""
    draws = fit.posterior(10_000)
    share = (tree["sample_stats/hypothesis"].values == "bluff").mean()
    assert share == pytest.approx(fit.weights["bluff"], abs=8 / 512)
    values = draws.values[draws.parameters.index("cooling")]
    error = values.std() / np.sqrt(512)
    assert float(tree["posterior/cooling"].mean()) == pytest.approx(draws.mean(values).value, abs=4 * error)


def test_rows_add_up_to_the_record(fit: Fit, tree: Any):
    assert fit.of is not None
    values = np.stack([tree["posterior"][name].values.ravel() for name in fit.parameters])
    whole = fit.of[1].replay(values).log_likelihood
    rows = tree["log_likelihood/record"].sum("row").values.ravel()
    assert np.ptp(rows - whole) < 1e-6
    kinds = tree["log_likelihood/kind"].values.tolist()
    assert {kind: kinds.count(kind) for kind in ("move", "event")} == {"move": 5, "event": 1}
    assert tree["observed_data/record"].sum() == 6


def test_density_of_a_prior():
    z = np.linspace(-3, 3, 7)[:, None] * np.ones(3)
    priors = Quantiles([Prior("normal", (1.0, 2.0)), Prior("lognormal", (0.0, 0.5)), Prior("fixed", (4.0,))])
    values = priors.values(z)
    wanted = [
        norm.logpdf(values[:, 0], 1, 2),
        norm.logpdf(np.log(values[:, 1]), 0, 0.5) - np.log(values[:, 1]),
        0 * z[:, 2],
    ]
    np.testing.assert_allclose(log_prior_density(priors, z).T, wanted, atol=1e-12)


def test_arviz_reads_it(tree: Any):
    pytest.importorskip("arviz_plots", reason="the extra `test` brings ArviZ")
    import arviz_stats as stats

    found = stats.loo(tree)
    assert np.isfinite(found.elpd) and found.n_data_points == tree.sizes.get("row", tree["log_likelihood"].sizes["row"])
    for group in ("prior", "likelihood"):
        sensitivity = stats.psense(tree, group=group)
        assert all(np.isfinite(float(sensitivity[name])) for name in ("boldness", "cooling", "patience"))


def test_arviz_draws_it(tree: Any):
    pytest.importorskip("matplotlib", reason="the extra `test` brings ArviZ").use("Agg")
    import arviz_plots as plots

    plots.plot_prior_posterior(tree, var_names=["boldness", "cooling"], backend="matplotlib")


def test_a_fit_that_knows_no_scenario_says_so(fit: Fit):
    bare = Fit(fit.parameters, fit.quantiles, fit.prior_weights, fit.particles, fit.settings)
    with pytest.raises(ValueError) as caught:
        bare.to_datatree()
    assert str(caught.value) == "this fit was made without its scenario; `detente.fit` makes one that knows it"


def test_without_xarray(fit: Fit, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "xarray", None)
    assert fit.of is not None
    draws = prior_draws(fit.of[1], fit.prior_weights, 64, 1, fit.settings.islands)
    with pytest.raises(ImportError) as caught:
        datatree(*fit.of, draws, draws, np.zeros(0))
    assert str(caught.value) == "a tree needs xarray: pip install 'detente[notebook]'"
