"""The fit of a panel against a plain SciPy maximum-likelihood loop on the same data.

The plain loop is what a scholar would write: the formula of the two-move game in NumPy, given once to SciPy's BFGS with
numerical gradients. Beside it, in one run: Détente's maximum likelihood (one start, and 8), and its posterior by SMC.
First calls include compilation and are shown apart.

    python benchmarks/panel.py [--rounds N] [--no-posterior]

Needs games/war1800.csv in a data folder (README of classics/war-1800).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_expit

from detente import load
from detente.settings import SMCSettings
from detente.inference.density import model_of
from detente.inference.fit import fit_model
from detente.inference.maximum_likelihood import maximise

LOG_LIKELIHOOD = -286.182793894181  # of the published model: docs/panels.md


def peer(model) -> Callable[[], float]:
    """The plain loop: a function that fits and returns the log likelihood."""
    x = dict(zip(model.game.case, model.record.covariates, strict=True))
    escalated, fought = (model.record.choice[step, track] == 1 for step, track in ((0, 0), (1, 1)))
    one = np.ones(len(escalated))
    status_quo = np.stack([one, x["case.s_wt_re1"], x["case.revis1"]], 1)
    war = np.stack([one, x["case.regime1.dem"], x["case.regime1.mixed"]], 1)
    fight = np.stack([one, x["case.balanc"], x["case.regime2.dem"], x["case.regime2.mixed"]], 1)

    def minus(b: np.ndarray) -> float:
        u = fight @ b[6:] / np.sqrt(2)
        gain = (np.exp(log_expit(u)) * (war @ b[3:6]) - status_quo @ b[:3]) / np.sqrt(2)
        second = np.where(fought, log_expit(u), log_expit(-u))
        return -float(np.where(escalated, log_expit(gain) + second, log_expit(-gain)).sum())

    return lambda: -float(minimize(minus, np.zeros(10), method="BFGS").fun)


def timed(what: Callable[[], float]) -> tuple[float, float]:
    """Seconds, and what was found."""
    began = time.perf_counter()
    found = what()
    return time.perf_counter() - began, found


def main() -> None:
    """Print medians over interleaved rounds, and ratios to the plain loop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-posterior", action="store_true")
    options = parser.parse_args()
    scenario = load("classics/war-1800")
    model = model_of(scenario)
    table = model.tables["model"]
    priors = [scenario.prior(p, "model") for p in model.parameters]

    def ours(starts: int) -> float:
        return maximise(model, priors, table, seed=1, starts=starts).log_likelihood

    def posterior() -> float:
        found = fit_model(scenario, model, seed=1, settings=SMCSettings())
        return float(found.particles["model"].log_likelihood.max())

    runs = {"plain SciPy loop": peer(model), "detente, 1 start": lambda: ours(1), "detente, 8 starts": lambda: ours(8)}
    if not options.no_posterior:
        runs["detente, posterior"] = posterior
    first = {name: timed(run) for name, run in runs.items()}
    later = {name: [] for name in runs}
    for _ in range(options.rounds):
        for name, run in runs.items():
            if name != "detente, posterior":
                later[name].append(timed(run)[0])
    if not options.no_posterior:
        later["detente, posterior"].append(timed(posterior)[0])
    base = statistics.median(later["plain SciPy loop"])
    print(f"{'':22}{'first s':>10}{'median s':>10}{'ratio':>8}{'log likelihood':>17}")
    for name, (seconds, found) in first.items():
        median = statistics.median(later[name])
        print(f"{name:22}{seconds:10.2f}{median:10.3f}{median / base:8.1f}{found:17.6f}")
    print(f"published log likelihood {LOG_LIKELIHOOD:.6f}")


if __name__ == "__main__":
    main()
