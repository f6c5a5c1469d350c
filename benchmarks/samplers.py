"""Effective draws per second: both samplers of the fit, and NumPyro's NUTS as it comes, on one density in one run.

    python benchmarks/samplers.py [SCENARIO ...] [--rounds N]

Every scenario's first hypothesis is sampled by each in turn, in interleaved rounds after one that compiles. The figure
is the bulk effective sample size of the slowest parameter over the seconds of warm-up and sampling, compilation left
out; only ratios to plain NumPyro mean anything beyond this machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

from detente.settings import NUTSSettings, SMCSettings
from detente.inference import nuts, smc
from detente.inference.density import model_of
from detente.inference.diagnostics import convergence
from detente.inference.fit_chains import compiled
from detente.inference.peer import plain_nuts
from detente.scenario.load import load

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = (str(ROOT / "tests/scenarios/cod-war"), "kursk-2024")
PLAIN = {"warmup": 200, "draws": 200}


def contest(name: str, rounds: int) -> None:
    """Sample one scenario all three ways and print the figures."""
    model = model_of(load(name))
    hypothesis, table = next(iter(model.tables.items()))
    settings, chains = SMCSettings(), NUTSSettings()
    move = smc.build_move(model.log_likelihood, settings)
    sample, evaluate = compiled(model, model.record, chains), nuts.build_evaluate(model.log_likelihood)

    def by_smc(seed: int):
        began = time.perf_counter()
        z = smc.run(move, table, model.record, seed, settings).z
        return z, time.perf_counter() - began

    def by_nuts(seed: int):
        began = time.perf_counter()
        z = nuts.run(sample, evaluate, table, model.record, seed, chains)[0].z
        return z, time.perf_counter() - began

    def by_plain(seed: int):
        found = plain_nuts(model, hypothesis, model.record, seed=seed, **PLAIN)
        if found is None:
            raise SystemExit(f"{name}: no prior draw allows the record")
        return found.z, found.seconds

    ways = {"SMC": by_smc, "NUTS": by_nuts, "plain NumPyro": by_plain}
    rates: dict[str, list[float]] = {who: [] for who in ways}
    print(f"\n{Path(name).name}, {hypothesis}: {len(model.parameters)} parameters")
    for number in range(rounds + 1):
        for who, way in ways.items():
            if number == 0 and who == "plain NumPyro":  # it compiles before it is timed
                continue
            z, seconds = way(number)
            if number:
                found = convergence(z)
                rates[who].append(found.ess_bulk.min() / seconds)
                print(f"  {number} {who:14s} ESS {found.ess_bulk.min():7,.0f} in {seconds:6.2f} s, "
                      f"r-hat {found.rhat.max():.3f}")  # fmt: skip
    plain = statistics.median(rates["plain NumPyro"])
    for who in ("SMC", "NUTS"):
        print(f"  effective draws per second, {who} / plain NumPyro: {statistics.median(rates[who]) / plain:.1f}")


def main() -> int:
    """Time the samplers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenarios", nargs="*", default=SCENARIOS)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"Medians of {options.rounds} interleaved rounds; {os.cpu_count()} cores")
    for name in options.scenarios:
        contest(name, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
