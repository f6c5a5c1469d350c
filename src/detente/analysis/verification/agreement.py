"""Two samplers, one posterior: SMC against NUTS, evidence by tempering against evidence by a bridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.inference.diagnostics import QUANTILES, Agreement, Convergence, Sample, compare, convergence
from detente.inference.fit import Fit

if TYPE_CHECKING:
    from detente.inference.fit_chains import ChainFit

MEAN = 0.1  # posterior sd: the largest difference of means that passes. Issue: acceptance of `fit --check`
MEAN_ERROR = 0.05  # posterior sd: with a larger Monte-Carlo error the comparison could not see MEAN
EVIDENCE = 0.3  # nats, likewise from the acceptance
RHAT = 1.01  # of the chains; Vehtari et al. (2021)
ESS = 400  # bulk and tail, of the chains; Vehtari et al. (2021)
FALSE_ALARM = 0.01  # of the energy test, shared by the hypotheses
THRESHOLDS = {
    "mean": MEAN,
    "mean_error": MEAN_ERROR,
    "evidence": EVIDENCE,
    "rhat": RHAT,
    "ess": ESS,
    "energy_p": FALSE_ALARM,
}


def agreement_results(smc: Fit, nuts: ChainFit, smc_seconds: float | None, *, seed: int) -> dict[str, Any]:
    """Compare two fits of one scenario.

    Differences are in posterior standard deviations, of each parameter on its normal scale (z), which a monotone map
    takes to the parameter; for the mixture over hypotheses, of the parameter itself.

    Args:
        smc_seconds: sampling time of the first fit without compilation; None when it came from the cache.
        seed: of the permutations.
    """
    each = {h: _hypothesis(smc, nuts, h, smc_seconds, seed) for h in smc.particles}
    mixture = _mixture(smc, nuts.fit)
    failures = [f"{h}: {text}" for h, found in each.items() for text in found["failures"]]
    if abs(mixture["difference"]) >= MEAN:
        failures.append(
            f"all hypotheses together: mean of {mixture['parameter']} differs by {mixture['difference']:.3f} sd"
        )
    return {
        "verdict": "REFUSED" if failures else "PASS",
        "failures": failures,
        "thresholds": THRESHOLDS,
        "hypotheses": each,
        "mixture": mixture,
    }


def _hypothesis(smc: Fit, nuts: ChainFit, h: str, smc_seconds: float | None, seed: int) -> dict[str, Any]:
    particles, chains, bridge = smc.particles[h], nuts.chains[h], nuts.bridges[h]
    impossible = [name for name, fit in (("SMC", smc), ("NUTS", nuts.fit)) if h in fit.impossible()]
    if impossible:
        alone = [] if len(impossible) == 2 else [f"only {impossible[0]} finds that nothing explains the record"]
        return {"impossible": True, "failures": alone}
    of_particles, of_chains = convergence(particles.z), convergence(chains.z)
    one = Sample(particles.z, smc.evidence[h].island_weights(), of_particles.ess_bulk)
    islands = nuts.fit.particles[h].z
    other = Sample(islands, np.full(len(islands), 1 / len(islands)), of_chains.ess_bulk)
    found = compare(one, other, seed=seed) if smc.parameters else None
    evidence = {
        "smc": smc.log_evidence[h],
        "smc_error": smc.log_evidence_error[h],
        "bridge": bridge.log_evidence,
        "bridge_error": bridge.error,
        "difference": smc.log_evidence[h] - bridge.log_evidence,
    }
    out = {"impossible": False, "evidence": evidence, "smc": _smc_facts(particles, of_particles, smc.parameters)}
    out["nuts"] = _nuts_facts(chains, of_chains, smc.parameters)
    if found is not None:
        out |= _differences(found, smc.parameters)
        share = 1 / len(smc.particles)
        rate = None if smc_seconds is None else float(of_particles.ess_bulk.min()) / (smc_seconds * share)
        out["ess_per_second"] = {"smc": rate, "nuts": float(of_chains.ess_bulk.min()) / nuts.seconds[h]}
    out["failures"] = _failures(out, len(smc.particles))
    return out


def _differences(found: Agreement, names: Sequence[str]) -> dict[str, Any]:
    worst, vague = int(np.abs(found.mean).argmax()), int(found.mean_error.argmax())
    p, q = np.unravel_index(int(np.abs(found.quantile).argmax()), found.quantile.shape)
    return {
        "mean": {"parameter": names[worst], "difference": found.mean[worst], "error": found.mean_error[worst]},
        "mean_error": {"parameter": names[vague], "error": found.mean_error[vague]},
        "quantile": {"parameter": names[int(p)], "at": QUANTILES[int(q)], "difference": found.quantile[p, q]},
        "energy": {"distance": found.energy, "p": found.energy_p},
    }


def _smc_facts(particles, found: Convergence, names: Sequence[str]) -> dict[str, Any]:
    return {
        "particles": particles.z.shape[0] * particles.z.shape[1],
        "temperatures": particles.temperatures,
        "reached": particles.reached,
        "acceptance": particles.acceptance[-1],
        "possible": particles.possible,
        **_mixing(found, names),
    }


def _nuts_facts(chains, found: Convergence, names: Sequence[str]) -> dict[str, Any]:
    return {
        "chains": chains.z.shape[0],
        "draws": chains.z.shape[1],
        "divergences": chains.diverging.sum(),
        "acceptance": chains.acceptance.mean(),
        "leapfrog": chains.leapfrog.mean(),
        "tree_depth": chains.tree_depth.max(),
        "step_size": chains.step_size,
        **_mixing(found, names),
    }


def _mixing(found: Convergence, names: Sequence[str]) -> dict[str, Any]:
    if not names:
        return {"rhat": None, "ess_bulk": None, "ess_tail": None}
    ends = {"rhat": found.rhat.argmax(), "ess_bulk": found.ess_bulk.argmin(), "ess_tail": found.ess_tail.argmin()}
    return {k: {"parameter": names[int(i)], "value": float(getattr(found, k)[i])} for k, i in ends.items()}


def _mixture(smc: Fit, nuts: Fit) -> dict[str, Any]:
    """The largest difference of a model-averaged mean: it also carries the hypotheses' weights.

    Parameters that some hypothesis holds fixed are left out: their mean is little but those weights, which the evidence
    is compared for.
    """
    worst: dict[str, Any] = {"parameter": "", "difference": 0.0, "error": 0.0}
    one, other = (f.posterior(len(f.particles) * f.settings.islands * f.settings.particles) for f in (smc, nuts))
    for i, name in enumerate(smc.parameters):
        if any(q.priors[i].family == "fixed" for q in smc.quantiles.values()):
            continue
        a, b = one.mean(one.values[i]), other.mean(other.values[i])
        sd = float(np.sqrt(other.weights @ (other.values[i] - b.value) ** 2))
        if sd > 0 and abs(a.value - b.value) / sd >= abs(worst["difference"]):
            worst = {
                "parameter": name,
                "difference": (a.value - b.value) / sd,
                "error": np.hypot(a.error, b.error) / sd,
            }
    return worst


def _failures(out: dict[str, Any], hypotheses: int) -> list[str]:
    """What speaks against agreement, one phrase each; a number that is none speaks against it too."""
    failures = []
    if not out["smc"]["reached"]:
        failures.append("SMC did not reach the posterior within its rounds")
    if not abs(out["evidence"]["difference"]) < EVIDENCE:
        failures.append(f"log evidence differs by {out['evidence']['difference']:.2f} nats ({EVIDENCE} allowed)")
    if "mean" not in out:
        return failures
    mean, vague, chains = out["mean"], out["mean_error"], out["nuts"]
    if not abs(mean["difference"]) < MEAN:
        failures.append(f"mean of {mean['parameter']} differs by {mean['difference']:.3f} sd ({MEAN} allowed)")
    if not vague["error"] <= MEAN_ERROR:
        failures.append(
            f"the mean of {vague['parameter']} is compared with an error of {vague['error']:.3f} sd, too large to see "
            f"{MEAN} ({MEAN_ERROR} allowed)"
        )
    if not out["energy"]["p"] >= FALSE_ALARM / hypotheses:
        failures.append(f"energy test: p = {out['energy']['p']:.3f}, below {FALSE_ALARM:g} / {hypotheses}")
    if not chains["rhat"]["value"] < RHAT:
        failures.append(
            f"r-hat of {chains['rhat']['parameter']} is {chains['rhat']['value']:.3f} (below {RHAT} wanted)"
        )
    for kind in ("ess_bulk", "ess_tail"):
        if not chains[kind]["value"] >= ESS:
            what = f"{kind.removeprefix('ess_')} effective sample size of {chains[kind]['parameter']}"
            failures.append(f"{what} is {chains[kind]['value']:.0f} (at least {ESS} wanted)")
    return failures
