"""Effective draws per second: both samplers of the fit, and NumPyro's NUTS as it comes, on one density.

A scenario's first hypothesis is sampled by each in turn. The figure is the bulk effective sample size of the slowest
parameter over the seconds of warm-up and sampling, after a first round that compiles.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from detente.inference.peer import plain_nuts

from benchmarks.asked import Asked
from detente import fit, load
from detente.inference.density import model_of
from detente.inference.diagnostics import convergence
from detente.settings import NUTSSettings, SMCSettings

COD_WAR = str(Path(__file__).resolve().parents[1] / "tests/scenarios/cod-war")
PLAIN = "NumPyro, plain"


def run(asked: Asked) -> dict[str, Any]:
    """By scenario and sampler: effective draws, seconds, effective draws per second, and the ratio to plain NumPyro."""
    names = asked.of(["classics/forts"], [COD_WAR], [COD_WAR, "kursk-2024"])
    return {Path(name).name: _contest(asked, name) for name in names}


def _contest(asked: Asked, name: str) -> dict[str, Any]:
    whole = load(name)
    first = next(iter(whole.hypotheses))
    scenario = replace(whole, hypotheses={first: whole.hypotheses[first]})
    model = model_of(scenario)
    plain = asked.of(20, 200, 200)
    rounds: dict[str, list[dict[str, float]]] = {}
    settings = {
        "SMC": asked.of(SMCSettings(islands=2, particles=16), SMCSettings(), SMCSettings()),
        "NUTS": asked.of(NUTSSettings(warmup=20, draws=20), NUTSSettings(), NUTSSettings()),
    }

    def ours(kind: str) -> Callable[[int], tuple[np.ndarray, float]]:
        def sample(seed: int) -> tuple[np.ndarray, float]:
            began = time.perf_counter()
            z = fit(scenario, seed=seed, settings=settings[kind], model=model, use_cache=False).particles[first].z
            return z, time.perf_counter() - began

        return sample

    def theirs(seed: int) -> tuple[np.ndarray, float]:
        found = plain_nuts(model, first, model.record, seed=seed, warmup=plain, draws=plain)
        if found is None:
            raise ValueError(f"{name}: no prior draw allows the record")
        return found.z, found.seconds

    ways = {kind: ours(kind) for kind in settings} | {PLAIN: theirs}
    for number in range(1 + asked.of(1, 3, 3)):
        for kind, sample in ways.items():
            asked.say(f"samplers: {scenario.id}, {kind}, {number}")
            asked.deadline.left()
            z, seconds = sample(number)
            if number:
                least = float(convergence(z).ess_bulk.min())
                rounds.setdefault(kind, []).append({"draws": least, "seconds": seconds, "per_second": least / seconds})
    return {
        kind: {key: statistics.median(r[key] for r in rows) for key in rows[0]}
        | {
            "times_plain": statistics.median(
                r["per_second"] / p["per_second"] for r, p in zip(rows, rounds[PLAIN], strict=True)
            )
        }
        for kind, rows in rounds.items()
    }
