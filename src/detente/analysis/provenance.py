"""What a result says of itself: where it comes from, and how far its fit can be trusted."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import platform
from functools import cache
from importlib import metadata
from typing import Any

import numpy as np
import scipy

from detente.analysis.diagnosis import problems
from detente.engine.backends import choice as backend
from detente.futures.play import Futures
from detente.inference.density import Model
from detente.inference.fit import Fit
from detente.language.records import CONTEXT_TRACK, Scenario
from detente.result.parts import Asked, Clock, Held, Made
from detente.result.run import FitFacts, NoiseTreatment
from detente.session import Session
from detente.settings import VERSION

ALGORITHMS = {
    "smc": "adaptive tempered SMC, HMC moves",
    "walk": "adaptive tempered SMC, random-walk moves: what somebody foresees has no gradient here",
    "particles": "adaptive tempered SMC, random-walk moves on a particle filter's estimate",
    "nuts": "NUTS (NumPyro), chains grouped into islands; evidence by bridge sampling",
}


def provenance(
    scenario: Scenario,
    seed: int,
    played: Futures | None,
    used: int = 0,
    device: str | None = None,
    **asked: Any,
) -> dict[str, Any]:
    """The keys of a result's `Header`, but for its timings.

    Args:
        used: parameter draws, where no futures were played.
        device: as of `Model`.
        asked: options, by their name in `Asked`.
    """
    clock = scenario.clock
    return {
        "detente": VERSION,
        "scenario": scenario.id,
        "scenario_sha256": scenario.sha256,
        "seed": seed,
        "title": scenario.title,
        "question": scenario.question,
        "summary": scenario.summary,
        "clock": Clock(start=clock.start, branch=clock.branch, now=clock.now, end=clock.end, step_days=clock.step_days),
        "draws": len(played.draws) if played else used,
        "futures": played.futures if played else 0,
        "actors": {a.id: a.name for a in scenario.actors.values()},
        "held": {
            name: Held(value=scenario.parameters[name].prior.arguments[0], prior=str(prior))
            for name, prior in scenario.held.items()
        },
        "asked": Asked(
            seed=seed,
            set={name: scenario.parameters[name].prior.arguments[0] for name in scenario.held},
            without=list(scenario.left_out),
            foresight=scenario.level,
            device=device,
            **asked,
        ),
        "made": made_by(device),
    }


def asked_of(session: Session, *options: str) -> dict[str, Any]:
    """Options of a session, by their name in `Asked`."""
    found = {
        "draws": session.draws,
        "futures": session.futures_asked,
        "fit": session.do_fit,
        "sampler": session.sampler,
        "noise": session.noise,
    }
    return {name: found[name] for name in options}


def made_by(device: str | None = None) -> Made:
    """By what, and when, a result is made; `device` as of `Model`."""
    versions = {
        "detente": VERSION,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
    return Made(
        date=dt.datetime.now(dt.UTC).date(),
        versions=versions,
        commit=_commit(),
        engine=backend.described(device),
        fma=backend.rounding(),
    )


@cache
def _commit() -> str | None:
    """The commit that pip installed, which it writes down (PEP 610) where it was told one."""
    with contextlib.suppress(metadata.PackageNotFoundError, ValueError):
        origin = json.loads(metadata.distribution("detente").read_text("direct_url.json") or "{}")
        return origin.get("vcs_info", {}).get("commit_id")
    return None


def fit_facts(scenario: Scenario, made: Fit | None, model: Model) -> FitFacts:
    """How the fit went, and how its likelihood treats noise; `made` is None for a run without a fit."""
    if made is None:
        return FitFacts(algorithm="none: run without a fit, so that 'after' equals 'before'")
    particles, settings, latent = made.particles, made.settings, model.latent
    return FitFacts(
        algorithm=_algorithm(made, model),
        particles=settings.islands * settings.particles,
        islands=settings.islands,
        temperatures={h: list(p.temperatures) for h, p in particles.items()},
        acceptance={h: float(p.acceptance[-1]) for h, p in particles.items()},
        noise=NoiseTreatment(
            mode=latent.mode,
            latent_states=list(latent.latent_states),
            approximate=list(latent.approximate),
            unspread=list(latent.unspread),
        ),
        ledger_rows=sum(r.track != CONTEXT_TRACK for r in scenario.ledger),
        log_likelihood={h: float(p.log_likelihood.mean()) for h, p in particles.items()},
        problems=problems(made),
    )


def _algorithm(made: Fit, model: Model) -> str:
    """What moved the particles of a fit, and which hypotheses' were taken from those under other priors."""
    if model.latent.mode == "particles":
        return ALGORITHMS["particles"]
    name = ALGORITHMS["walk" if made.sampler == "smc" and not model.has_gradient else made.sampler]
    taken = "; ".join(f"{h}: {how}" for h, how in made.got.items())
    return f"{name}; from the draws under other priors: {taken}" if taken else name
