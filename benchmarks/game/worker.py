"""One program of the reference game in a process of its own, which plays when it is asked.

    python -m benchmarks.game.worker MODULE:FUNCTION CORES HAZARD

Prints one line of JSON when it is ready: {"seconds", "cpu"} of getting ready, or {"absent": why}. Then, for every line
{"futures", "seed"} that it reads, one line {"seconds", "cpu", "outcome"}.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Mapping

from benchmarks.measure import cpu_seconds, hold_to_cores


def main(prepare: str, cores: int, hazard: float) -> None:
    """Get ready, then answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    hold_to_cores(cores)
    began, used = time.perf_counter(), cpu_seconds()

    def answer(found: Mapping[str, object]) -> None:
        print(json.dumps(found), file=answers, flush=True)

    from benchmarks.game import absent, numbers, outcome

    module, _, function = prepare.partition(":")
    try:
        play = getattr(importlib.import_module(f"benchmarks.game.{module}"), function)(numbers.load(hazard), cores)
    except absent.AbsentError as reason:
        answer({"absent": str(reason)})
        return
    answer({"seconds": time.perf_counter() - began, "cpu": cpu_seconds() - used})
    for line in sys.stdin:
        asked = json.loads(line)
        began, used = time.perf_counter(), cpu_seconds()
        found = play(asked["futures"], asked["seed"])
        spent = {"seconds": time.perf_counter() - began, "cpu": cpu_seconds() - used}
        answer(spent | {"outcome": outcome.encode(found)})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
