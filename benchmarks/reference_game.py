"""Détente on a frozen reference game: does it play the same game as others, and how fast?

The game: 4 actors with a resource each, 9 moves beside holding still, 12 noisy stocks, 52 weeks. A move needs its
price, presses on the others, and shifts four general stocks. When pressure on somebody passes their hidden threshold,
war breaks out with probability 0.3 a week and ends the future.

    python benchmarks/reference_game.py [--params FILE] [--rounds N]

`FILE` holds the numbers of the game; `reference.npz` beside it the outcomes of 400,000 futures of an independent
program.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy_peer import CLIP, Played, play

from detente.scenario.expressions import parse
from detente.scenario.priors import Prior
from detente.scenario.records import (
    Clock,
    Course,
    Event,
    Expression,
    Hypothesis,
    Move,
    Parameter,
    Scenario,
    Stock,
    Track,
)

ROOT = Path(__file__).resolve().parents[1]
STEPS, HAZARD = 52, 0.3
LOG_MEAN, LOG_SD = np.log(4.0), 0.35  # of the thresholds
WIDE = 1e6  # range of the stocks: never reached
PASS_MARK = 4.0
WORKING_LUCK = 128  # futures per parameter draw that `detente run` uses
ACTORS = "abcd"


def _number(value: float) -> str:
    return f"({float(value):.9f})"


def scenario_of(game: dict[str, np.ndarray], hazard: float) -> Scenario:
    """The game as a scenario of Détente.

    Three things are said differently, all exactly. Holding still has appeal 0 and no effects in Détente: its utility is
    taken off the other moves' and its effects are put into the flows. Effects come before the decay instead of beside
    it: they are divided by what decay leaves. Hazards see the state before the week's noise and here must see it after:
    the noise of each pressure is a stock of its own, drawn a week ahead, the first one as a parameter.
    """

    def say(text: str) -> Expression:
        return Expression(text, parse(text))

    count = len(ACTORS)
    names = [f"{kind}.{a}" for kind in ("resource", "pressure") for a in ACTORS] + [f"general.{c}" for c in "pqrs"]
    noise = [say(_number(s)) for s in game["sigma"]]
    base, slope, effect, keep = game["b"], game["W"], game["E"], game["keep"]

    def stock(i: int) -> Stock:
        change = f"{_number(keep[i] - 1)} * {names[i]} + {_number(game['drift'][i] + effect[:, 0, i].sum())}"
        pressure = count <= i < 2 * count
        if pressure:
            change += f" + shock.{ACTORS[i - count]}"
        start, swing = say(_number(game["x0"][i])), None if pressure else noise[i]
        return Stock(names[i], start, "unit", -WIDE, WIDE, say(change), swing)

    def shock(a: str, i: int) -> Stock:
        return Stock(f"shock.{a}", say(f"first.{a}"), "unit", -WIDE, WIDE, say(f"-shock.{a}"), noise[i])

    def move(i: int, m: int) -> Move:
        terms = [f"{_number(slope[i, m, s] - slope[i, 0, s])} * min(max({n}, {-CLIP}), {CLIP})"
                 for s, n in enumerate(names)]  # fmt: skip
        appeal = " + ".join([_number(base[i, m] - base[i, 0]), *terms])
        needs = f"resource.{ACTORS[i]} >= {_number(game['cost'][i, m])}"
        change = (effect[i, m] - effect[i, 0]) / keep
        effects = {n: say(_number(change[s])) for s, n in enumerate(names) if change[s]}
        return Move(f"move-{'-abcdefghi'[m]}", m, say(appeal), say(needs), None, effects)

    stocks = [stock(i) for i in range(len(names))] + [shock(a, count + i) for i, a in enumerate(ACTORS)]
    tracks = [
        Track(f"{a}.track", a, {m.id: m for m in (move(i, n) for n in range(1, base.shape[1]))})
        for i, a in enumerate(ACTORS)
    ]
    over = " or ".join(
        f"{_number(keep[count + i])} * pressure.{a} + shock.{a} >= threshold.{a}" for i, a in enumerate(ACTORS)
    )
    war = Event("war", say(f"where({over}, {_number(hazard)}, 0)"), False, True, {})
    priors = {f"threshold.{a}": Prior("lognormal", (float(LOG_MEAN), LOG_SD)) for a in ACTORS}
    priors |= {f"first.{a}": Prior("normal", (0.0, float(game["sigma"][count + i]))) for i, a in enumerate(ACTORS)}
    day = dt.date(2024, 1, 1)
    return Scenario(
        id="reference", title="reference game", question="", summary="",
        clock=Clock(day, day, day, day + dt.timedelta(weeks=STEPS), 7),
        actors={}, parameters={k: Parameter(k, v, "unit") for k, v in priors.items()},
        stocks={s.id: s for s in stocks}, tracks={t.id: t for t in tracks}, events={war.id: war},
        hypotheses={"model": Hypothesis("model", 1.0, {})}, courses={"free": Course("free", "free", {}, {})},
        arguments=(), ledger=(), quantities=(), readme="", sha256="",
    )  # fmt: skip


class Units(NamedTuple):
    """Sums over the futures of each independent unit (a parameter draw, or a future), first axis the unit."""

    futures: int  # per unit
    war: np.ndarray
    time: np.ndarray  # steps to war, summed over wars
    end: np.ndarray  # (unit, stock)
    squared: np.ndarray
    chosen: np.ndarray  # (unit, actor, move)


class Detente:
    """The game compiled once; `play` is what is timed."""

    def __init__(self, game: dict[str, np.ndarray], hazard: float) -> None:
        from detente.engine.compile import compile_game  # late, so that a fresh process of the peer needs no JAX
        from detente.engine.simulate import Watch

        self.scenario = scenario_of(game, hazard)
        self.game, self.watch = compile_game(self.scenario), Watch(fan_lanes=0)
        self.start = game["x0"].astype(float)  # of the 12 stocks

    def play(self, futures: int, luck: int, seed: int) -> Units:
        """Play `futures` futures, `luck` of them for every draw of the thresholds."""
        import jax

        from detente.engine import rules
        from detente.engine.courses import course_arrays
        from detente.engine.simulate import simulate

        random, draws = np.random.default_rng(seed), futures // luck
        theta = {
            k: p.prior.frozen().rvs(draws, random_state=random).astype(np.float32)
            for k, p in self.scenario.parameters.items()
        }
        state = jax.tree.map(np.asarray, rules.init(self.game, theta, np.zeros(draws, np.float32)))
        course = course_arrays(self.game, self.scenario.courses["free"], 0)
        out = simulate(self.game, self.watch, course, theta, state, start=0, futures=luck, seed=seed)
        first = out.first[..., 0].sum(1, dtype=float)  # (draw, step)
        moves = out.chosen.sum(1, dtype=float).reshape(draws, len(ACTORS), -1)
        hold = out.live.sum(1, dtype=float)[:, None, None] - moves.sum(2, keepdims=True)
        end, change = out.end.sum(1, dtype=float)[:, :12], out.end_squared.sum(1, dtype=float)[:, :12]
        squared = change + self.start * (2 * end - luck * self.start)  # x² = (x - start)² + start · (2x - start)
        moves = np.concatenate([hold, moves], 2)
        return Units(luck, first.sum(1), first @ np.arange(1, STEPS + 1), end, squared, moves)


def peer_units(played: Played) -> Units:
    """The peer's futures, each its own unit."""
    end = played.end.T.astype(float)
    return Units(
        1, (played.war > 0).astype(float), played.war.astype(float), end, end**2, np.moveaxis(played.chosen, -1, 0)
    )


def estimates(u: Units) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Every output with its standard error, from the spread between units (delta method for ratios)."""
    root, mean = np.sqrt(len(u.war)), u.end.mean(0) / u.futures
    live = u.chosen[:, 0].sum(1, dtype=float)
    rate = u.time.sum() / max(u.war.sum(), 1)
    share = u.chosen.sum(0, dtype=float) / live.sum()
    influence = {  # of each unit on the estimate
        "p_war": u.war / u.futures,
        "t_war": (u.time - rate * u.war) / u.war.mean(),
        "mean": u.end / u.futures,
        "var": (u.squared - 2 * mean * u.end) / u.futures,
        "freq": (u.chosen - share * live[:, None, None]) / live.mean(),
        "live": live / u.futures,
    }
    value = {
        "p_war": u.war.mean() / u.futures,
        "t_war": rate,
        "mean": mean,
        "var": u.squared.mean(0) / u.futures - mean**2,
        "freq": share,
        "live": live.mean() / u.futures,
    }
    return {k: (np.asarray(value[k]), np.asarray(influence[k].std(0) / root)) for k in value}


def compare(name: str, units: Units, reference: dict[str, np.ndarray]) -> bool:
    """Print the z-scores of all outputs against the reference; True when the largest passes."""
    found, worst, count = estimates(units), {}, 0
    for key, (value, error) in found.items():
        theirs = reference[f"ref/sd/{key}"] / np.sqrt(reference["ref/n"])
        z = (value - reference[f"ref/est/{key}"]) / np.sqrt(error**2 + theirs**2)
        worst[key] = float(np.abs(z).max())
        count += z.size
    ok = max(worst.values()) <= PASS_MARK
    print(
        f"{name}: P(war) {found['p_war'][0]:.4f}, mean war week {found['t_war'][0]:.2f}; largest |z| of {count}: "
        f"{max(worst.values()):.2f} {'agrees' if ok else 'DIFFERS'} ("
        + ", ".join(f"{k} {v:.2f}" for k, v in worst.items())
        + ")"
    )
    return ok


def _seconds(call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _cold(who: str, options: argparse.Namespace) -> float:
    """Seconds of a fresh process from its start to its end, with one answer in between."""
    command = [sys.executable, __file__, "--params", str(options.params), "--once", who, "--futures", "8192"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}  # no cache of compiled programs
    return _seconds(lambda: subprocess.run(command, check=True, env=clean))


def main() -> int:
    """Run the comparison; exit code 1 when an output differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--params", type=Path, default=ROOT / "../shared/speed/params.npz")
    parser.add_argument("--futures", type=int, default=65_536, help="per timed round")
    parser.add_argument("--check", type=int, default=131_072, help="futures of the agreement test")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hazard", type=float, default=HAZARD, help="another value plants an error, to be found")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--once", choices=["detente", "peer"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    reference = options.params.with_name("reference.npz")
    for file in (options.params, reference):
        if not file.is_file():
            print(f"{file} is absent: name the parameters of the reference game with --params FILE", file=sys.stderr)
            return 2
    with np.load(options.params) as archive:
        game = {k: archive[k] for k in archive.files}
    thresholds = {"log_mean": LOG_MEAN, "log_sd": LOG_SD}

    def peer(futures: int, seed: int) -> Units:
        return peer_units(play(game | thresholds, futures, STEPS, options.hazard, seed))

    if options.once:
        ours = Detente(game, options.hazard).play if options.once == "detente" else lambda n, _, seed: peer(n, seed)
        ours(options.futures, 2, options.seed)
        return 0

    with np.load(reference) as archive:
        outcomes = {k: archive[k] for k in archive.files}
    ours = Detente(game, options.hazard)
    ok = compare("Détente", ours.play(options.check, 2, options.seed), outcomes)
    ok &= compare("NumPy peer", peer(options.check, options.seed), outcomes)
    print(f"A right program exceeds {PASS_MARK:g} by chance for about one seed in 200.")

    contest = {
        "Détente, 2 futures a draw": lambda seed: ours.play(options.futures, 2, seed),
        f"Détente, {WORKING_LUCK} futures a draw": lambda seed: ours.play(options.futures, WORKING_LUCK, seed),
        "NumPy peer": lambda seed: peer(options.futures, seed),
    }
    for call in contest.values():
        call(0)  # compile, warm up
    taken: dict[str, list[float]] = {name: [] for name in contest}
    for number in range(options.rounds):
        for name, call in contest.items():
            taken[name].append(_seconds(lambda call=call, n=number: call(n)))
    base = taken["NumPy peer"]
    print(
        f"\nFutures per second, medians of {options.rounds} interleaved rounds of {options.futures:,};"
        f" {os.cpu_count()} cores"
    )
    for name, seconds in taken.items():
        ratios = [b / s for b, s in zip(base, seconds, strict=True)]
        print(
            f"  {name:28s} {options.futures / statistics.median(seconds):10,.0f}"
            f"   x {statistics.median(ratios):.2f} of the peer [{min(ratios):.2f}, {max(ratios):.2f}]"
        )
    cold = {who: statistics.median(_cold(who, options) for _ in range(3)) for who in ("detente", "peer")}
    print(
        f"From a fresh process to the first 8,192 futures: Détente {cold['detente']:.1f} s (imports and compilation "
        f"included), peer {cold['peer']:.1f} s, ratio {cold['detente'] / cold['peer']:.1f}"
    )
    gain = (statistics.median(base) - statistics.median(taken["Détente, 2 futures a draw"])) / options.futures
    if gain > 0:
        print(f"Compilation is earned back after about {(cold['detente'] - cold['peer']) / gain:,.0f} futures")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
