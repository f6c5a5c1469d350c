"""Two samplers, one posterior: SMC against NUTS, evidence by tempering against evidence by a bridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from msgspec import structs

from detente.inference.diagnostics import QUANTILES, Agreement, Convergence, Sample, compare, convergence
from detente.inference.fit import Fit
from detente.result.verify import (
    ChainFacts,
    Energy,
    EssRate,
    EvidencePair,
    HypothesisAgreement,
    MeanDifference,
    MeanError,
    ParticleFacts,
    QuantileDifference,
    WorstValue,
)

if TYPE_CHECKING:
    from detente.inference.fit_chains import ChainFit

MEAN = 0.1  # posterior sd: the largest difference of means that passes. Issue: acceptance of `verify samplers`
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


class Comparison(NamedTuple):
    """Two fits compared: by hypothesis, the largest difference of the mixture, and what speaks against agreement."""

    hypotheses: dict[str, HypothesisAgreement]
    mixture: MeanDifference
    failures: list[str]

    @property
    def verdict(self) -> Literal["PASS", "REFUSED"]:
        """Whether the two agree."""
        return "REFUSED" if self.failures else "PASS"


def agreement_results(smc: Fit, nuts: ChainFit, smc_seconds: float | None, *, seed: int) -> Comparison:
    """Compare two fits of one scenario.

    Differences are in posterior standard deviations, of each parameter on its normal scale (z), which a monotone map
    takes to the parameter; for the mixture over hypotheses, of the parameter itself.

    Args:
        smc_seconds: sampling time of the first fit without compilation; None when it came from the cache.
        seed: of the permutations.
    """
    each = {h: _hypothesis(smc, nuts, h, smc_seconds, seed) for h in smc.particles}
    mixture = _mixture(smc, nuts.fit)
    failures = [f"{h}: {text}" for h, found in each.items() for text in found.failures]
    if abs(mixture.difference) >= MEAN:
        failures.append(f"all hypotheses together: mean of {mixture.parameter} differs by {mixture.difference:.3f} sd")
    return Comparison(each, mixture, failures)


def _hypothesis(smc: Fit, nuts: ChainFit, h: str, smc_seconds: float | None, seed: int) -> HypothesisAgreement:
    particles, chains, bridge = smc.particles[h], nuts.chains[h], nuts.bridges[h]
    impossible = [name for name, fit in (("SMC", smc), ("NUTS", nuts.fit)) if h in fit.impossible()]
    if impossible:
        alone = [] if len(impossible) == 2 else [f"only {impossible[0]} finds that nothing explains the record"]
        return HypothesisAgreement(impossible=True, failures=alone)
    of_particles, of_chains = convergence(particles.z), convergence(chains.z)
    one = Sample(particles.z, smc.evidence[h].island_weights(), of_particles.ess_bulk)
    islands = nuts.fit.particles[h].z
    other = Sample(islands, np.full(len(islands), 1 / len(islands)), of_chains.ess_bulk)
    found = compare(one, other, seed=seed) if smc.parameters else None
    evidence = EvidencePair(
        smc=smc.log_evidence[h],
        smc_error=smc.log_evidence_error[h],
        bridge=bridge.log_evidence,
        bridge_error=bridge.error,
        difference=smc.log_evidence[h] - bridge.log_evidence,
    )
    out = HypothesisAgreement(
        impossible=False,
        evidence=evidence,
        smc=_smc_facts(particles, of_particles, smc.parameters),
        nuts=_nuts_facts(chains, of_chains, smc.parameters),
    )
    if found is not None:
        rate = None
        if smc_seconds is not None:
            rate = float(of_particles.ess_bulk.min()) / (smc_seconds / len(smc.particles))
        rates = EssRate(smc=rate, nuts=float(of_chains.ess_bulk.min()) / nuts.seconds[h])
        out = structs.replace(_with_differences(out, found, smc.parameters), ess_per_second=rates)
    return structs.replace(out, failures=_failures(out, len(smc.particles)))


def _with_differences(out: HypothesisAgreement, found: Agreement, names: Sequence[str]) -> HypothesisAgreement:
    worst, vague = int(np.abs(found.mean).argmax()), int(found.mean_error.argmax())
    p, q = np.unravel_index(int(np.abs(found.quantile).argmax()), found.quantile.shape)
    return structs.replace(
        out,
        mean=MeanDifference(
            parameter=names[worst], difference=float(found.mean[worst]), error=float(found.mean_error[worst])
        ),
        mean_error=MeanError(parameter=names[vague], error=float(found.mean_error[vague])),
        quantile=QuantileDifference(
            parameter=names[int(p)], at=QUANTILES[int(q)], difference=float(found.quantile[p, q])
        ),
        energy=Energy(distance=found.energy, p=found.energy_p),
    )


def _smc_facts(particles, found: Convergence, names: Sequence[str]) -> ParticleFacts:
    return ParticleFacts(
        particles=particles.z.shape[0] * particles.z.shape[1],
        temperatures=list(particles.temperatures),
        reached=bool(particles.reached),
        acceptance=float(particles.acceptance[-1]),
        possible=int(particles.possible),
        **_mixing(found, names),
    )


def _nuts_facts(chains, found: Convergence, names: Sequence[str]) -> ChainFacts:
    return ChainFacts(
        chains=chains.z.shape[0],
        draws=chains.z.shape[1],
        divergences=int(chains.diverging.sum()),
        acceptance=float(chains.acceptance.mean()),
        leapfrog=float(chains.leapfrog.mean()),
        tree_depth=int(chains.tree_depth.max()),
        step_size=chains.step_size,
        **_mixing(found, names),
    )


def _mixing(found: Convergence, names: Sequence[str]) -> dict[str, WorstValue | None]:
    if not names:
        return {"rhat": None, "ess_bulk": None, "ess_tail": None}
    ends = {"rhat": found.rhat.argmax(), "ess_bulk": found.ess_bulk.argmin(), "ess_tail": found.ess_tail.argmin()}
    return {k: WorstValue(parameter=names[int(i)], value=float(getattr(found, k)[i])) for k, i in ends.items()}


def _mixture(smc: Fit, nuts: Fit) -> MeanDifference:
    """The largest difference of a model-averaged mean: it also carries the hypotheses' weights.

    Parameters that some hypothesis holds fixed are left out: their mean is little but those weights, which the evidence
    is compared for.
    """
    worst = MeanDifference(parameter="", difference=0.0, error=0.0)
    one, other = (f.posterior(len(f.particles) * f.settings.islands * f.settings.particles) for f in (smc, nuts))
    for i, name in enumerate(smc.parameters):
        if any(q.priors[i].family == "fixed" for q in smc.quantiles.values()):
            continue
        a, b = one.mean(one.values[i]), other.mean(other.values[i])
        sd = float(np.sqrt(other.weights @ (other.values[i] - b.value) ** 2))
        if sd > 0 and abs(a.value - b.value) / sd >= abs(worst.difference):
            error = float(np.hypot(a.error, b.error))
            worst = MeanDifference(parameter=name, difference=(a.value - b.value) / sd, error=error / sd)
    return worst


def _failures(out: HypothesisAgreement, hypotheses: int) -> list[str]:
    """What speaks against agreement, one phrase each; a number that is none speaks against it too."""
    assert out.smc and out.nuts and out.evidence and out.evidence.difference is not None
    failures = []
    if not out.smc.reached:
        failures.append("SMC did not reach the posterior within its rounds")
    if not abs(out.evidence.difference) < EVIDENCE:
        failures.append(f"log evidence differs by {out.evidence.difference:.2f} nats ({EVIDENCE} allowed)")
    if not (out.mean and out.mean_error and out.energy):
        return failures
    if not abs(out.mean.difference) < MEAN:
        failures.append(f"mean of {out.mean.parameter} differs by {out.mean.difference:.3f} sd ({MEAN} allowed)")
    if not out.mean_error.error <= MEAN_ERROR:
        failures.append(
            f"the mean of {out.mean_error.parameter} is compared with an error of {out.mean_error.error:.3f} sd, too "
            f"large to see {MEAN} ({MEAN_ERROR} allowed)"
        )
    if not out.energy.p >= FALSE_ALARM / hypotheses:
        failures.append(f"energy test: p = {out.energy.p:.3f}, below {FALSE_ALARM:g} / {hypotheses}")
    rhat = out.nuts.rhat
    if rhat and rhat.value is not None and not rhat.value < RHAT:
        failures.append(f"r-hat of {rhat.parameter} is {rhat.value:.3f} (below {RHAT} wanted)")
    for kind, found in (("bulk", out.nuts.ess_bulk), ("tail", out.nuts.ess_tail)):
        if found and found.value is not None and not found.value >= ESS:
            what = f"{kind} effective sample size of {found.parameter}"
            failures.append(f"{what} is {found.value:.0f} (at least {ESS} wanted)")
    return failures
