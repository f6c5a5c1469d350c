"""What a result says of itself: where it comes from, and how far its fit can be trusted."""

from __future__ import annotations

import platform
from typing import Any

import blackjax
import jax
import numpy as np

from detente import __version__
from detente.analysis.futures import Futures
from detente.inference.fit import Fit
from detente.scenario.records import CONTEXT_TRACK, Scenario

SCHEMA = 1
LOW_ACCEPTANCE = 0.5  # of the last moves; the sampler aims at 0.8
FEW_POSSIBLE = 30  # prior draws that do not forbid the record: fewer than these found its support by chance
HIGH_EVIDENCE_ERROR = 1.0  # nats: hypothesis weights are then uncertain by a factor of about e


def provenance(scenario: Scenario, seed: int, played: Futures | None, draws: int = 0) -> dict[str, Any]:
    """Identity of a result: scenario and its hash, seed, sizes, versions."""
    clock = scenario.clock
    return {
        "detente": __version__,
        "schema": SCHEMA,
        "status": "ok",
        "scenario": scenario.id,
        "scenario_sha256": scenario.sha256,
        "seed": seed,
        "title": scenario.title,
        "question": scenario.question,
        "summary": scenario.summary,
        "clock": {
            "start": clock.start, "branch": clock.branch, "now": clock.now, "end": clock.end,
            "step_days": clock.step_days,
        },
        "draws": len(played.draws) if played else draws,
        "futures": played.futures if played else 0,
        "actors": {a.id: a.name for a in scenario.actors.values()},
        "versions": versions(),
    }  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    return {
        "detente": __version__, "python": platform.python_version(), "jax": jax.__version__,
        "numpy": np.__version__, "blackjax": blackjax.__version__,
    }  # fmt: skip


def fit_facts(scenario: Scenario, made: Fit | None) -> dict[str, Any]:
    """How the fit went; `made` is None for a run without one."""
    if made is None:
        return {"algorithm": "none: run without a fit, so that 'after' equals 'before'", "warnings": ["not fitted"]}
    particles, settings = made.particles, made.settings
    rows = sum(r.track != CONTEXT_TRACK for r in scenario.ledger)
    return {
        "algorithm": "adaptive tempered SMC, HMC moves (BlackJAX)",
        "particles": settings.islands * settings.particles,
        "islands": settings.islands,
        "temperatures": {h: p.temperatures for h, p in particles.items()},
        "acceptance": {h: float(p.acceptance[-1]) for h, p in particles.items()},
        "ledger_rows": rows,
        "log_likelihood": {h: float(p.log_likelihood.mean()) for h, p in particles.items()},
        "warnings": warnings(made),
    }


def warnings(fit: Fit) -> list[str]:
    """What a reader should know before trusting the fit."""
    out = []
    for h, p in fit.particles.items():
        if not p.reached:
            out.append(f"{h}: the sampler did not reach the posterior within its rounds")
        if h in fit.impossible():
            out.append(f"{h}: no draw can explain the record; its weight is 0")
            continue
        if p.possible < FEW_POSSIBLE:
            out.append(f"{h}: only {p.possible} prior draws allow the record at all; its evidence is uncertain")
        if p.acceptance[-1] < LOW_ACCEPTANCE:
            out.append(f"{h}: only {p.acceptance[-1]:.0%} of the final moves were accepted")
        if fit.log_evidence_error[h] > HIGH_EVIDENCE_ERROR:
            out.append(f"{h}: its log evidence has a Monte-Carlo error of {fit.log_evidence_error[h]:.1f}")
    return out
