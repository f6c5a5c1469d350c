"""Stage timings of a run, with the making of machine code told apart."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from detente.engine.backends import machine

STAGES = ("load_s", "compile_s", "fit_s", "simulate_s", "analyse_s", "report_s")


@dataclass
class Clockwork:
    """Stage timings. The making of machine code is taken out of the stage it happens in and counted once, as
    `compile_s`; JAX's compilation stays in the stage where it happens."""

    seconds: dict[str, float] = field(default_factory=dict)
    before: float = field(default_factory=machine.seconds_compiling)

    @property
    def compiling(self) -> float:
        """Seconds spent on making machine code since the beginning."""
        return machine.seconds_compiling() - self.before

    @contextmanager
    def stage(self, name: str):
        """Time one stage."""
        before, began = self.compiling, time.perf_counter()
        yield
        spent = time.perf_counter() - began - (self.compiling - before)
        self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def timings(self) -> dict[str, float]:
        """Seconds by stage, 0 for those that did not run."""
        seconds = dict(self.seconds)
        seconds["compile_s"] = seconds.get("compile_s", 0.0) + self.compiling
        return {name: seconds.get(name, 0.0) for name in STAGES}
