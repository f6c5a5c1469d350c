"""What a fit's own diagnostics say against it: told at the top of a report, before any number that rests on it."""

from __future__ import annotations

from detente.inference.diagnostics import convergence
from detente.inference.fit import Fit
from detente.inference.quantiles import crowded

LOW_ACCEPTANCE = 0.625  # of what the last moves aim at: half of them where they aim at 0.8. Assumption
FEW_POSSIBLE = 30  # prior draws that do not forbid the record: fewer than these found its support by chance. Assumption
HIGH_EVIDENCE_ERROR = 1.0  # nats: hypothesis weights are then uncertain by a factor of about e
# Gelman & Rubin (1992) for islands: about 5 independent draws in each; Vehtari et al. (2021) for chains
HIGH_RHAT = {"smc": 1.1, "nuts": 1.05}
FEW_DRAWS = 100  # effective draws of the worst parameter: its mean is known to a tenth of its sd. Vehtari ask 400


def problems(fit: Fit) -> list[str]:
    """Every diagnostic that a fit fails, one sentence each; empty for a fit that can be relied on."""
    out = []
    for h, p in fit.particles.items():
        if h in fit.impossible():
            out.append(f"{h}: no draw can explain the record; its weight is 0")
            continue
        if not p.reached:
            out.append(f"{h}: the sampler did not reach the posterior within its rounds")
        if p.possible < FEW_POSSIBLE:
            out.append(f"{h}: only {p.possible} prior draws allow the record at all; its evidence is uncertain")
        if p.acceptance[-1] < LOW_ACCEPTANCE * fit.settings.target_acceptance:
            out.append(f"{h}: only {p.acceptance[-1]:.0%} of the final moves were accepted")
        if not fit.log_evidence_error[h] <= HIGH_EVIDENCE_ERROR:
            out.append(f"{h}: its log evidence has a Monte-Carlo error of {fit.log_evidence_error[h]:.1f}")
        out += _mixing(fit, h)
        out += [f"{h}: {name}: {says}" for name, says in crowded(fit.quantiles[h], p.z, fit.parameters).items()]
    return out


def _mixing(fit: Fit, hypothesis: str) -> list[str]:
    """Whether the islands tell one story. Islands without weight have no say in the posterior, nor here."""
    weights = fit.evidence[hypothesis].island_weights()
    z = fit.particles[hypothesis].z[weights > 0.1 / len(weights)]
    if z.shape[2] == 0 or len(z) < 2 or z.shape[1] < 4:
        return []
    found, out = convergence(z), []
    worst, fewest = int(found.rhat.argmax()), int(found.ess_bulk.argmin())
    if not found.rhat[worst] <= HIGH_RHAT[fit.sampler]:  # nor is one that is no number well
        out.append(
            f"{hypothesis}: the islands disagree about {fit.parameters[worst]} (r-hat {found.rhat[worst]:.2f}, "
            f"at most {HIGH_RHAT[fit.sampler]:g} wanted)"
        )
    if not found.ess_bulk[fewest] >= FEW_DRAWS:
        out.append(
            f"{hypothesis}: {fit.parameters[fewest]} is known by only {found.ess_bulk[fewest]:.0f} effective draws "
            f"(at least {FEW_DRAWS} wanted)"
        )
    return out
