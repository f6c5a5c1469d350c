"""What looking ahead costs: kursk-2024 with two tracks at level 1 (8 weeks, 16 samples) against plain futures.

Prior draws, no fit. Both are compiled first and then timed in turn; the ratio is per future and step.

    python benchmarks/foresight.py [--draws N] [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from detente.engine import foresight, rules
from detente.engine.courses import course_arrays
from detente.engine.simulate import Watch, simulate
from detente.inference.density import Model, model_of
from detente.inference.fit import normalised_weights, prior_draws
from detente.scenario.levels import at_level
from detente.scenario.load import load

FUTURES = {0: 128, 1: 4}  # by level


def timed(model: Model, scenario, draws, futures: int) -> tuple[float, int]:
    """Seconds, and futures times steps, of one course."""
    theta = {name: draws.values[i].astype(np.float32) for i, name in enumerate(draws.parameters)}
    state = rules.init(model.game, theta, np.zeros(len(draws), np.float32))
    start = scenario.clock.branch_step
    course = course_arrays(model.game, next(iter(scenario.courses.values())), start)
    began = time.perf_counter()
    simulate(model.game, Watch(), course, theta, state, start=start, futures=futures, seed=1)
    return time.perf_counter() - began, len(draws) * futures * len(course.force)


def main() -> None:
    """Print steps per second with and without foresight, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    scenario = load("kursk-2024")
    models = {level: model_of(at_level(scenario, level)) for level in FUTURES}
    draws = {
        level: prior_draws(model, normalised_weights(scenario), asked.draws, 1, 4) for level, model in models.items()
    }
    seconds: dict[int, list[float]] = {level: [] for level in FUTURES}
    for round_number in range(asked.rounds + 1):
        for level, model in models.items():
            spent, steps = timed(model, scenario, draws[level], FUTURES[level])
            if round_number:  # the first compiles
                seconds[level].append(spent / steps)
    middle = {level: statistics.median(s) for level, s in seconds.items()}
    lanes = foresight.lanes_of(models[1].game)
    horizon = max(s.horizon for s in models[1].game.outlook.seers) if models[1].game.outlook else 0
    inner = middle[1] / (lanes * horizon)
    print(f"plain:     {1 / middle[0]:,.0f} steps per second")
    print(f"foresight: {1 / middle[1]:,.0f} steps per second, each of {lanes * horizon} inner ones")
    print(f"ratio:     {middle[1] / middle[0]:,.0f}; an inner step costs {inner / middle[0]:.2f} of a plain one")


if __name__ == "__main__":
    main()
