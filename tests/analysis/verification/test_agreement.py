"""The verdict on two fits: it passes equal ones, and every ground for refusing can occur."""

from dataclasses import replace

import numpy as np
import pytest

from detente.analysis.verification.agreement import agreement_results
from detente.inference.bridge import Bridge
from detente.inference.chains import Chains
from detente.inference.fit import Fit
from detente.inference.fit_chains import ChainFit
from detente.inference.quantiles import Quantiles
from detente.inference.smc import Particles
from detente.language.priors import Prior
from detente.settings import SMCSettings

ISLANDS, DRAWS, PER_CHAIN = 8, 512, 512
SETTINGS = SMCSettings(islands=ISLANDS, particles=DRAWS)
NAMES = ("a", "b")


def priors(mean=0.0):
    return Quantiles([Prior("normal", (mean, 1.0)), Prior("lognormal", (0.0, 0.5))])


def particles(seed, evidence=0.0):
    """Independent draws of N(0, I) in islands."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((ISLANDS, DRAWS, 2))
    return Particles(
        z=z,
        log_likelihood=z[..., 0],
        increments=evidence + 0.01 * rng.standard_normal((1, ISLANDS)),
        mixed=np.ones(1, bool),
        possible=ISLANDS * DRAWS,
        temperatures=np.array([0.4, 1.0]),
        acceptance=np.array([0.8, 0.8]),
        reached=True,
    )


def fits(**evidence):
    """Two fits of the same hypotheses that ought to agree."""
    names = evidence or {"h": 0.0}
    weights = {h: 1 / len(names) for h in names}
    maps = dict.fromkeys(names, priors())
    smc = Fit(NAMES, maps, weights, {h: particles(n, v) for n, (h, v) in enumerate(names.items())}, SETTINGS)
    others = {h: particles(100 + n, v) for n, (h, v) in enumerate(names.items())}
    chains = {}
    for h, p in others.items():
        none = np.zeros((ISLANDS, PER_CHAIN))
        chains[h] = Chains(p.z, p.log_likelihood, none > 0, none + 0.8, none.astype(int) + 7, 0.8, 512)
    bridges = {h: Bridge(v, 0.01, others[h].increments[0]) for h, v in names.items()}
    made = Fit(NAMES, maps, weights, others, SETTINGS, sampler="nuts")
    return smc, ChainFit(made, chains, bridges, dict.fromkeys(names, 2.0))


def judge(smc, nuts):
    return agreement_results(smc, nuts, 4.0, seed=1)


def test_equal_fits_pass():
    found = judge(*fits(h=-3.0, g=-4.0))
    assert (found.verdict, found.failures) == ("PASS", [])
    one = found.hypotheses["h"]
    assert abs(one.mean.difference) < 4 * one.mean.error
    assert one.nuts.tree_depth == 3
    assert one.ess_per_second.smc == pytest.approx(one.smc.ess_bulk.value / 2)
    assert one.ess_per_second.nuts == pytest.approx(one.nuts.ess_bulk.value / 2)


def moved(smc, **changes):
    return replace(smc, particles={"h": smc.particles["h"]._replace(**changes)})


def test_a_shifted_mean_is_refused():
    smc, nuts = fits()
    z = smc.particles["h"].z + np.array([0.0, 0.2])
    found = judge(moved(smc, z=z), nuts)
    assert found.verdict == "REFUSED"
    assert found.failures[0].startswith("h: mean of b differs by 0.")
    assert found.failures[-1].startswith("all hypotheses together: mean of b differs by 0.")


def test_another_evidence_is_refused():
    smc, nuts = fits()
    found = judge(moved(smc, increments=smc.particles["h"].increments + 0.5), nuts)
    assert len(found.failures) == 1
    assert found.failures[0].startswith("h: log evidence differs by 0.")
    assert found.failures[0].endswith("nats (0.3 allowed)")


def test_samples_too_small_to_tell_are_refused():
    smc, nuts = fits()
    small = replace(moved(smc, z=smc.particles["h"].z[:, :16], possible=128), settings=replace(SETTINGS, particles=16))
    assert any("too large to see 0.1 (0.05 allowed)" in text for text in judge(small, nuts).failures)


def test_a_stuck_chain_is_refused():
    smc, nuts = fits()
    z = nuts.chains["h"].z.copy()
    z[0] = 0.3 * z[0] + 2
    found = judge(smc, replace(nuts, chains={"h": nuts.chains["h"]._replace(z=z)}))
    assert any(text.startswith("h: r-hat of ") for text in found.failures)


def test_a_sampler_that_did_not_arrive_is_refused():
    smc, nuts = fits()
    assert judge(moved(smc, reached=False), nuts).failures == ["h: SMC did not reach the posterior within its rounds"]


def test_other_spread_is_refused_by_the_energy_test():
    smc, nuts = fits()
    found = judge(moved(smc, z=smc.particles["h"].z * 0.5), nuts)
    assert any(text.startswith("h: energy test: p = 0.00") for text in found.failures)


def test_other_weights_of_the_hypotheses_show_in_the_mixture():
    """Each hypothesis agrees, their evidence does not: what is averaged over them differs."""
    smc, nuts = fits(low=0.0, high=0.0)
    shift = {"low": priors(-2.0), "high": priors(2.0)}
    smc = replace(smc, quantiles=shift)
    nuts = replace(nuts, fit=replace(nuts.fit, quantiles=shift))
    assert judge(smc, nuts).verdict == "PASS"
    tilted = {"low": smc.particles["low"], "high": smc.particles["high"]}
    tilted["high"] = tilted["high"]._replace(increments=tilted["high"].increments + 0.28)
    found = judge(replace(smc, particles=tilted), nuts)
    assert len(found.failures) == 1
    assert found.failures[0].startswith("all hypotheses together: mean of ")
