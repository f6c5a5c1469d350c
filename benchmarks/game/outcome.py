"""What futures of the reference game came to: 67 numbers, with their errors, and whether two programs agree on them.

P(war), mean week of war, mean weeks lived, mean and variance of the last state of 12 stocks, and how often each of 40
moves was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple, SupportsFloat

import numpy as np

from benchmarks.game.numbers import HERE

FALSE_ALARM = 0.01  # chance that a comparison of right programs, all of them together, finds a difference
FEWEST = 2_000  # futures below which a mean is no normal variable and nothing is judged
Numbers = dict[str, np.ndarray]


class Outcome(NamedTuple):
    """Estimates from some futures. `errors`: their standard errors where futures are not independent."""

    futures: int
    values: Numbers
    errors: Numbers | None = None


class Units(NamedTuple):
    """Sums over the futures of each independent unit (a parameter draw); first axis the unit."""

    futures: int  # per unit
    wars: np.ndarray
    war_weeks: np.ndarray
    end: np.ndarray  # (unit, stock)
    squared: np.ndarray  # (unit, stock)
    chosen: np.ndarray  # (unit, actor, move)


def of_sums(futures: int, wars: SupportsFloat, war_weeks: SupportsFloat, end, squared, chosen) -> Outcome:
    """The outcome of independent futures, from sums over them: wars, weeks of war, last states, their squares, choices.

    Args:
        end: shape (stock,). squared: likewise.
        chosen: weeks in which each move was chosen, shape (actor, move).
    """
    end, squared, chosen = (np.asarray(a, float) for a in (end, squared, chosen))
    mean = end / futures
    values = {
        "p_war": float(wars) / futures,
        "t_war": float(war_weeks) / max(float(wars), 1.0),
        "live": chosen[0].sum() / futures,
        "mean": mean,
        "var": squared / futures - mean**2,
        "freq": chosen / chosen.sum(1, keepdims=True),
    }
    return Outcome(futures, {name: np.asarray(value) for name, value in values.items()})


def of_units(u: Units) -> Outcome:
    """The outcome of futures that depend on each other within a unit; errors from the spread between the units."""
    found = of_sums(
        u.futures * len(u.wars), u.wars.sum(), u.war_weeks.sum(), u.end.sum(0), u.squared.sum(0), u.chosen.sum(0)
    )
    v, live = found.values, u.chosen[:, 0].sum(1)
    influence = {  # of each unit on the estimate; the delta method for ratios
        "p_war": u.wars / u.futures,
        "t_war": (u.war_weeks - v["t_war"] * u.wars) / u.wars.mean(),
        "live": live / u.futures,
        "mean": u.end / u.futures,
        "var": (u.squared - 2 * v["mean"] * u.end) / u.futures,
        "freq": (u.chosen - v["freq"] * live[:, None, None]) / live.mean(),
    }
    root = np.sqrt(len(u.wars))
    return found._replace(errors={name: np.asarray(i.std(0) / root) for name, i in influence.items()})


@lru_cache
def reference() -> tuple[int, Numbers, Numbers]:
    """Futures, estimates, and standard deviations of one future, of a program of its own in double precision."""
    with np.load(HERE / "reference.npz") as file:
        names = ("p_war", "t_war", "live", "mean", "var", "freq")
        estimates, deviations = ({name: file[f"ref/{kind}/{name}"] for name in names} for kind in ("est", "sd"))
        return int(file["ref/n"]), estimates, deviations


def limit(programs: int) -> float:
    """The largest |z| that is chance: `FALSE_ALARM` shared out among all numbers of all programs (Bonferroni)."""
    count = programs * sum(value.size for value in reference()[1].values())
    return NormalDist().inv_cdf(1 - FALSE_ALARM / (2 * count))


def differences(found: Outcome) -> Numbers:
    """z-scores of every number against the reference, with the errors of both."""
    futures, estimates, deviations = reference()
    scores = {}
    for name, expected in estimates.items():
        theirs = deviations[name] / np.sqrt(futures)
        ours = deviations[name] / np.sqrt(found.futures) if found.errors is None else found.errors[name]
        scores[name] = (found.values[name] - expected) / np.sqrt(ours**2 + theirs**2)
    return scores


def error_of_p_war(found: Outcome) -> float:
    """Standard error of P(war) against the reference, from which follows what difference would be noticed."""
    futures, _, deviations = reference()
    ours = deviations["p_war"] / np.sqrt(found.futures) if found.errors is None else found.errors["p_war"]
    return float(np.hypot(ours, deviations["p_war"] / np.sqrt(futures)))


def encode(found: Outcome) -> dict[str, object]:
    """As JSON can hold it."""

    def lists(numbers: Numbers) -> dict[str, object]:
        return {name: value.tolist() for name, value in numbers.items()}

    return {
        "futures": found.futures,
        "values": lists(found.values),
        "errors": None if found.errors is None else lists(found.errors),
    }


def decode(text: Mapping) -> Outcome:
    """The inverse of `encode`."""

    def arrays(numbers: Mapping) -> Numbers:
        return {name: np.asarray(value, float) for name, value in numbers.items()}

    return Outcome(text["futures"], arrays(text["values"]), text["errors"] and arrays(text["errors"]))
