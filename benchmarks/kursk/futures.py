"""Futures of one course to the end of the clock: time and memory as their number grows, each number in a fresh process.

    python -m benchmarks.kursk.futures SCENARIO FUTURES REPEATS

is such a process: it makes the program ready with few futures, and then prints one line of JSON with what the first and
later calls took.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import (
    Deadline,
    OutOfTimeError,
    cpu_seconds,
    forget_peak,
    peak_mib,
    resident_mib,
    run_command,
)

ROOT = Path(__file__).resolve().parents[2]
DRAWS = 1_000  # of the parameters, at most, with as many futures of each as a run plays, at least
SIZES = (10_000, 100_000, 1_000_000)
REPEATS = 5


def grow(
    scenario: str, sizes: Sequence[int], repeats: int, deadline: Deadline, say: Callable[[str], None]
) -> dict[str, Any]:
    """What each number of futures takes, by number; those that the deadline cut off are missing."""
    found: dict[str, Any] = {}
    for size in sizes:
        say(f"{scenario}: {size:,} futures")
        with tempfile.TemporaryDirectory() as cache:
            path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
            environment = {**os.environ, "DETENTE_CACHE": cache, "PYTHONPATH": path}
            command = [sys.executable, "-m", "benchmarks.kursk.futures", scenario, str(size), str(repeats)]
            try:
                done = run_command(command, deadline=deadline, environment=environment)
            except OutOfTimeError:
                break
        found[str(size)] = json.loads(done.output)
    return found


def main(name: str, count: int, repeats: int) -> None:
    """Play and print."""
    from benchmarks.engine import Futures
    from detente.language.load import load
    from detente.settings import FUTURES

    scenario = load(name)
    course = Futures(scenario, next(iter(scenario.courses)), scenario.clock.branch_step, ask_claims=True)
    draws = max(1, min(DRAWS, count // FUTURES))
    parameters = course.draw(draws, seed=1)
    began = time.perf_counter()
    course.play(parameters, 2, seed=1)
    ready = time.perf_counter() - began
    forget_peak()
    held, calls = resident_mib(), []
    for number in range(repeats):
        began, used = time.perf_counter(), cpu_seconds()
        course.play(parameters, count // draws, seed=number)
        calls.append((time.perf_counter() - began, cpu_seconds() - used))
    later = calls[1:] or calls
    peak = peak_mib()
    found = {
        "futures": count // draws * draws,
        "steps": course.steps,
        "ready_s": ready,
        "first_s": calls[0][0],
        "seconds": statistics.median(c[0] for c in later),
        "cpu": statistics.median(c[1] for c in later),
        "peak_mib_over_start": None if peak is None or held is None else peak - held,
        "calls": calls,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
