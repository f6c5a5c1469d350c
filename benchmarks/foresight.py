"""What looking ahead costs: futures in which two tracks look ahead (level 1), against those in which nobody does."""

from __future__ import annotations

import statistics
import time
from typing import Any

from benchmarks.asked import Asked
from benchmarks.engine import Futures
from detente import load
from detente.language.levels import at_level

FUTURES = {0: 128, 1: 4}  # of every draw, by level


def run(asked: Asked) -> dict[str, Any]:
    """Steps of a future per second at each level, and the ratio of their costs."""
    scenario = load(asked.of("classics/crisis", "kursk-2024", "kursk-2024"))
    draws, name = asked.of(4, 64, 64), next(iter(scenario.courses))
    courses = {level: Futures(at_level(scenario, level), name, scenario.clock.branch_step) for level in FUTURES}
    seconds: dict[int, list[float]] = {level: [] for level in FUTURES}
    for number in range(1 + asked.of(1, 3, 5)):
        for level, course in courses.items():
            asked.say(f"foresight: level {level}, {number}")
            asked.deadline.left()
            parameters = course.draw(draws, seed=1)
            began = time.perf_counter()
            course.play(parameters, FUTURES[level], seed=1)
            spent = time.perf_counter() - began
            if number:  # the first makes the program
                seconds[level].append(spent / (draws * FUTURES[level] * course.steps))
    middle = {level: statistics.median(s) for level, s in seconds.items()}
    return {
        "scenario": scenario.id,
        "steps_per_second": {f"level {level}": 1 / s for level, s in middle.items()},
        "level 1 / level 0": statistics.median(a / b for a, b in zip(seconds[1], seconds[0], strict=True)),
    }
