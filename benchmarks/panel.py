"""A panel by maximum likelihood, against the plain loop that a scholar would write on the same file.

The plain loop is the formula of the two-move game in NumPy, given once to SciPy's BFGS with numerical gradients. Needs
games/war1800.csv in a data folder (README of classics/war-1800).
"""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_expit

from benchmarks.asked import Asked, SkippedError
from detente import InputError, estimate, load
from detente.events import where

FILE = "games/war1800.csv"
STARTS = (1, 8)  # of Détente's search; the plain loop has one


def plain_loop() -> Callable[[], float]:
    """A function that fits the published model and returns its log likelihood."""
    with where.find(FILE).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["regime1"] and row["regime2"]]
    number = {
        name: np.array([float(row[name]) for row in rows]) for name in ("s_wt_re1", "revis1", "balanc", "esc", "war")
    }
    regime = {
        (side, kind): np.array([row[f"regime{side}"] == kind for row in rows], float)
        for side in (1, 2)
        for kind in ("dem", "mixed")
    }
    one = np.ones(len(rows))
    escalated, fought = number["esc"] == 1, number["war"] == 1
    status_quo = np.stack([one, number["s_wt_re1"], number["revis1"]], 1)
    war = np.stack([one, regime[1, "dem"], regime[1, "mixed"]], 1)
    fight = np.stack([one, number["balanc"], regime[2, "dem"], regime[2, "mixed"]], 1)

    def minus(b: np.ndarray) -> float:
        u = fight @ b[6:] / np.sqrt(2)
        gain = (np.exp(log_expit(u)) * (war @ b[3:6]) - status_quo @ b[:3]) / np.sqrt(2)
        second = np.where(fought, log_expit(u), log_expit(-u))
        return -float(np.where(escalated, log_expit(gain) + second, log_expit(-gain)).sum())

    return lambda: -float(minimize(minus, np.zeros(10), method="BFGS").fun)


def run(asked: Asked) -> dict[str, Any]:
    """Seconds of each way, and the log likelihoods that they found."""
    try:
        loop, scenario = plain_loop(), load("classics/war-1800")
    except InputError as reason:
        raise SkippedError(f"{FILE} is in no data folder") from reason

    def ours(starts: int) -> Callable[[], float]:
        return lambda: estimate(scenario, seed=1, starts=starts).hypotheses["model"].log_likelihood

    ways = {"plain SciPy loop": loop}
    ways |= {f"detente, starts {n}": ours(n) for n in asked.of(STARTS[:1], STARTS, STARTS)}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, float] = {}
    for number in range(1 + asked.of(1, 3, 5)):
        for name, way in ways.items():
            asked.say(f"panel: {name}, {number}")
            asked.deadline.left()
            began = time.perf_counter()
            found[name] = way()
            taken[name].append(time.perf_counter() - began)
    middle = {name: statistics.median(seconds[1:]) for name, seconds in taken.items()}
    return {
        name: {
            "first_s": taken[name][0],
            "seconds": middle[name],
            "times_the_plain_loop": middle[name] / middle["plain SciPy loop"],
            "log_likelihood": found[name],
        }
        for name in ways
    }
