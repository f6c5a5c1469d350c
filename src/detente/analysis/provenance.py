"""What a result says of itself: where it comes from, and how far its fit can be trusted."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import scipy

from detente.analysis.diagnosis import problems
from detente.engine.backends import choice as backend
from detente.futures.play import Futures
from detente.inference.density import Model
from detente.inference.fit import Fit
from detente.language.records import CONTEXT_TRACK, Scenario
from detente.settings import VERSION

SCHEMA = 1
ALGORITHMS = {
    "smc": "adaptive tempered SMC, HMC moves",
    "walk": "adaptive tempered SMC, random-walk moves: what somebody foresees has no gradient here",
    "particles": "adaptive tempered SMC, random-walk moves on a particle filter's estimate",
    "nuts": "NUTS (NumPyro), chains grouped into islands; evidence by bridge sampling",
}


def provenance(
    scenario: Scenario, seed: int, played: Futures | None, draws: int = 0, device: str | None = None
) -> dict[str, Any]:
    """Identity of a result: scenario and its hash, seed, sizes, versions; `device` as of `Model`."""
    clock = scenario.clock
    return {
        "detente": VERSION,
        "schema": SCHEMA,
        "status": "ok",
        "scenario": scenario.id,
        "scenario_sha256": scenario.sha256,
        "seed": seed,
        "title": scenario.title,
        "question": scenario.question,
        "summary": scenario.summary,
        "clock": {
            "start": clock.start,
            "branch": clock.branch,
            "now": clock.now,
            "end": clock.end,
            "step_days": clock.step_days,
        },
        "draws": len(played.draws) if played else draws,
        "futures": played.futures if played else 0,
        "actors": {a.id: a.name for a in scenario.actors.values()},
        "held": {
            name: {"value": scenario.parameters[name].prior.arguments[0], "prior": str(prior)}
            for name, prior in scenario.held.items()
        },
        "versions": versions(device),
    }


def versions(device: str | None = None) -> dict[str, str]:
    """Versions of what the numbers depend on; `device` as of `Model`."""
    return {
        "detente": VERSION,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "engine": backend.described(device),
    }


def fit_facts(scenario: Scenario, made: Fit | None, model: Model) -> dict[str, Any]:
    """How the fit went, and how its likelihood treats noise; `made` is None for a run without a fit."""
    if made is None:
        algorithm = "none: run without a fit, so that 'after' equals 'before'"
        return {"algorithm": algorithm, "problems": [], "warnings": []}
    particles, settings, failed, latent = made.particles, made.settings, problems(made), model.latent
    rows = sum(r.track != CONTEXT_TRACK for r in scenario.ledger)
    return {
        "algorithm": _algorithm(made, model),
        "particles": settings.islands * settings.particles,
        "islands": settings.islands,
        "temperatures": {h: p.temperatures for h, p in particles.items()},
        "acceptance": {h: float(p.acceptance[-1]) for h, p in particles.items()},
        "noise": {
            "mode": latent.mode,
            "carriers": latent.carriers,
            "approximate": latent.approximate,
            "unspread": latent.unspread,
        },
        "ledger_rows": rows,
        "log_likelihood": {h: float(p.log_likelihood.mean()) for h, p in particles.items()},
        "problems": failed,
        "warnings": failed,
    }


def _algorithm(made: Fit, model: Model) -> str:
    """What moved the particles of a fit."""
    if model.latent.mode == "particles":
        return ALGORITHMS["particles"]
    return ALGORITHMS["walk" if made.sampler == "smc" and not model.has_gradient else made.sampler]
