"""What each course is worth to each actor at the end of the clock, and how widely that spreads.

From the futures whose whole paths are kept: few per draw, but every one a state, so that the spread over futures is
seen and not only that of means. Two courses share the random numbers of a future, so their difference is taken future
by future.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.engine.game.compile import function_of
from detente.futures.panel import shown
from detente.futures.play import Futures
from detente.inference.draws import weighted_quantiles
from detente.language.records import Scenario
from detente.result.run import Utility, UtilityDifference

BAND = {"q05": 0.05, "q50": 0.5, "q95": 0.95}


def utilities(scenario: Scenario, futures: Futures) -> dict[str, dict[str, Utility]]:
    """By course and actor, at the end of the clock."""
    actors = {a.id: a.utility for a in scenario.actors.values() if a.utility is not None}
    found = {
        course: {actor: _values(scenario, futures, course, utility.tree) for actor, utility in actors.items()}
        for course in scenario.courses
    }
    out: dict[str, dict[str, Utility]] = {}
    for course, mine in found.items():
        alike = [c for c in found if c != course and scenario.branch_step(c) == scenario.branch_step(course)]
        out[course] = {
            actor: Utility(
                **_summary(futures, values),
                against={other: _difference(futures, values - found[other][actor]) for other in alike},
            )
            for actor, values in mine.items()
        }
    return out


def _values(scenario: Scenario, futures: Futures, course: str, tree) -> np.ndarray:
    """A utility at the end of the clock, (draw, kept future)."""
    paths = np.asarray(futures.courses[course].paths[:, :, -1], float)
    environment: dict[str, Any] = {
        name: futures.draws.values[i][:, None] for i, name in enumerate(futures.draws.parameters)
    }
    environment |= {stock: paths[..., i] for i, stock in enumerate(scenario.stocks)}
    if scenario.cases is not None:
        case = shown(len(paths), len(scenario.cases))
        environment |= {name: np.array(column)[case, None] for name, column in scenario.cases.columns.items()}
    steps = scenario.clock.steps
    environment |= {"clock.step": float(steps), "clock.season": futures.season[steps]}
    return np.broadcast_to(np.asarray(function_of(tree)(environment), float), paths.shape[:2])


def _summary(futures: Futures, values: np.ndarray) -> dict[str, float]:
    draws = futures.draws
    mean = draws.mean(values.mean(1))
    weights = np.repeat(draws.weights / values.shape[1], values.shape[1])
    flat = values.ravel()
    sd = float(np.sqrt(weights @ (flat - weights @ flat) ** 2))
    quantiles = weighted_quantiles(flat, weights, tuple(BAND.values()))
    return {"mean": mean.value, "mc_error": mean.error, "sd": sd, **dict(zip(BAND, quantiles, strict=True))}


def _difference(futures: Futures, values: np.ndarray) -> UtilityDifference:
    worse = futures.draws.mean((values < 0).mean(1), binary=True)
    return UtilityDifference(**_summary(futures, values), p_worse=worse.value, p_worse_mc_error=worse.error)
