"""Stage timings of a run, with the making of machine code told apart."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from msgspec import structs

from detente.engine.backends import machine
from detente.result.parts import Timings

STAGES = ("compile_s", "fit_s", "simulate_s", "analyse_s")


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

    def timings(self, fit_cached: bool | None = None) -> Timings:
        """Seconds by stage, 0 for those that did not run."""
        seconds = dict.fromkeys(STAGES, 0.0) | self.seconds
        seconds["compile_s"] += self.compiling
        return structs.replace(Timings(fit_cached=fit_cached), **seconds)
