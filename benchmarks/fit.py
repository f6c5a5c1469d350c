"""The fit against BlackJAX's ready-made tempered kernel on the same density (ADR 0001).

Both move the same number of particles with the same trajectories, islands spread over the cores alike, and the same
rule tunes them, so the difference is what the compiled program holds: ours one replay per leapfrog step, the ready-made
one also replays for temperatures, weights and the start of each trajectory.

    python benchmarks/fit.py [SCENARIO ...] [--rounds N]

Every scenario's first hypothesis is fitted: once to compile, then in interleaved rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import blackjax.smc.adaptive_tempered as ready_made
import jax
import jax.numpy as jnp
import numpy as np
from blackjax.mcmc import hmc
from blackjax.smc import resampling
from jax.sharding import PartitionSpec as Spec
from scipy.special import logsumexp

from detente.settings import SMCSettings
from detente.inference import smc
from detente.inference.density import Model, model_of
from detente.inference.fit import Fit
from detente.inference.shapes import Shape, prior_shapes, shapes
from detente.inference.transforms import to_parameters
from detente.scenario.load import load

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = (str(ROOT / "tests/scenarios/cod-war"), "kursk-2024")


class Ours:
    """The fit that Détente uses, compiled once."""

    def __init__(self, model: Model, settings: SMCSettings) -> None:
        self.move, self.settings = smc.build_move(model.log_likelihood, settings), settings
        self.hypothesis, self.table = next(iter(model.tables.items()))
        self.parameters, self.record = model.parameters, model.record

    def run(self, seed: int) -> tuple[np.ndarray, int, float]:
        """Particles (island, particle, parameter), rounds, and log evidence."""
        found = smc.run(self.move, self.table, self.record, seed, self.settings)
        name = self.hypothesis
        fit = Fit(self.parameters, {name: self.table}, {name: 1.0}, {name: found}, self.settings)
        return found.z, len(found.temperatures), fit.log_evidence[name]


class ReadyMade:
    """`blackjax.smc.adaptive_tempered` in the same islands, with the same trajectories and tuning."""

    def __init__(self, model: Model, settings: SMCSettings) -> None:
        self.settings = settings
        self.table = jnp.asarray(next(iter(model.tables.values())), jnp.float32)

        def step(key, state, density, step_size, steps, factor, inverse):
            state, acceptance = smc.travel(key, state, density, Shape(factor, inverse), step_size, steps)
            return state, acceptance

        def one_round(key, state, table, step_size, steps, shape):
            likelihood = smc.with_finite_gradient(lambda z: model.log_likelihood(to_parameters(table, z), model.record))
            kernel = ready_made.build_kernel(
                lambda z: -0.5 * jnp.sum(z * z),
                likelihood,
                step,
                hmc.init,
                resampling.systematic,
                settings.target_ess,
            )
            tuned = {"step_size": step_size, "steps": steps, "factor": shape.factor, "inverse": shape.inverse}
            tuned = jax.tree.map(lambda a: a[None], tuned)
            state, info = kernel(key, state, settings.moves, tuned)
            return state, info.log_likelihood_increment, info.update_info.mean()

        islands = jax.vmap(one_round, (0, 0, None, None, None, 0))
        lanes, same = Spec("core"), Spec()
        self.round = jax.jit(
            jax.shard_map(
                islands, mesh=smc._mesh(settings.islands), in_specs=(lanes, lanes, same, same, same, lanes),
                out_specs=lanes, check_vma=False,
            )
        )  # fmt: skip

    def run(self, seed: int) -> tuple[np.ndarray, int, float]:
        """As `Ours.run`."""
        s, dimension = self.settings, self.table.shape[0]
        key, first = jax.random.split(jax.random.key(seed))
        z = jax.random.normal(first, (s.islands, s.particles, dimension), jnp.float32)
        weights = jnp.full((s.islands, s.particles), 1 / s.particles)
        state = ready_made.tempered.TemperedSMCState(z, weights, jnp.zeros(s.islands))
        size, shape = s.length / smc.FIRST_STEPS, prior_shapes(s.islands, dimension)
        evidence, left = np.zeros(s.islands), s.final_moves + 1  # its moves lag one temperature behind
        for number in range(s.max_rounds):
            done = bool((np.asarray(state.tempering_param) >= 1).all())
            keys = jax.random.split(jax.random.fold_in(key, number), s.islands)
            state, increment, acceptance = self.round(
                keys, state, self.table, jnp.asarray(size, jnp.float32),
                jnp.asarray(smc.steps_of(s, size)), jax.tree.map(jnp.asarray, shape),
            )  # fmt: skip
            temperature = np.asarray(state.tempering_param)
            state = state._replace(tempering_param=jnp.where(temperature > 1 - 1e-4, 1.0, temperature))
            evidence += np.asarray(increment)
            shape = shapes(np.asarray(state.particles, float))
            size *= float(np.exp(np.clip(float(np.mean(acceptance)) - s.target_acceptance, -0.3, 0.15)))
            left -= done
            if left == 0:
                break
        return np.asarray(state.particles, float), number + 1, float(logsumexp(evidence) - np.log(s.islands))


def independent(z: np.ndarray) -> np.ndarray:
    """Draws that would make the islands agree as well as they do, per parameter: variance / variance of the mean."""
    return z.var((0, 1)) / (z.mean(1).var(0, ddof=1) / z.shape[0])


def _timed(call):
    began = time.perf_counter()
    return call(), time.perf_counter() - began


def contest(name: str, rounds: int) -> None:
    """Fit one scenario both ways and print the figures."""
    model, settings = model_of(load(name)), SMCSettings()
    programs = {"Détente": Ours(model, settings), "ready-made": ReadyMade(model, settings)}
    first = {who: _timed(lambda p=p: p.run(0))[1] for who, p in programs.items()}
    taken: dict[str, list[float]] = {who: [] for who in programs}
    done: dict[str, list[tuple]] = {who: [] for who in programs}
    for number in range(1, rounds + 1):
        for who, program in programs.items():
            found, seconds = _timed(lambda p=program, n=number: p.run(n))
            taken[who].append(seconds)
            done[who].append(found)
    particles = settings.islands * settings.particles
    print(
        f"\n{Path(name).name}: {len(model.parameters)} parameters, {particles:,} particles on"
        f" {settings.islands} islands"
    )
    figures = {}
    for who in programs:
        run = statistics.median(taken[who])
        steps = statistics.median(d[1] for d in done[who])
        per_round = statistics.median(t / d[1] for t, d in zip(taken[who], done[who], strict=True))
        share = np.median([independent(d[0]) for d in done[who]])
        evidence = [d[2] for d in done[who]]
        figures[who] = (first[who] - run, run, per_round, share / run)
        print(
            f"  {who:11s} compile {first[who] - run:6.1f} s, fit {run:6.2f} s in {steps:.0f} rounds,"
            f" {particles / per_round:9,.0f} particle moves/s, islands agree like {share:5.0f} independent draws"
            f" ({share / run:6,.0f} /s), log evidence {min(evidence):.2f} to {max(evidence):.2f}"
        )
    ratios = [b / a for a, b in zip(figures["Détente"], figures["ready-made"], strict=True)]
    print(
        f"  ready-made / ours: compile x {ratios[0]:.1f}, fit x {ratios[1]:.1f}, one round x {ratios[2]:.1f};"
        f" independent draws per second x {ratios[3]:.2f}"
    )


def main() -> int:
    """Time the fits."""
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
