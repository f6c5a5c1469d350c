"""How far a computation has come: what it calls while it runs, and one stopwatch for its stages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, str, float], None]
"""Called with a stage, a detail of it, and the share of the stage that is done; by several threads."""
StageProgress = Callable[[str, float], None]
"""The same within one stage: a detail, and the share done."""
Share = Callable[[float], None]
"""The same within one detail: the share done."""

STAGES = ("compile_s", "fit_s", "simulate_s", "analyse_s")


def within(progress: Progress | None, stage: str) -> StageProgress:
    """What one stage calls with a detail and the share done."""
    return lambda detail, share: progress(stage, detail, share) if progress else None


class Total:
    """A sum that several threads add to."""

    def __init__(self) -> None:
        self._lock, self._sum = threading.Lock(), 0.0

    def add(self, amount: float) -> None:
        """Add to the sum."""
        with self._lock:
            self._sum += amount

    def __float__(self) -> float:
        return self._sum


compiling = Total()
"""Seconds by the clock that this process has spent in making machine code ready, by compiling or by reading it."""


class Stopwatch:
    """Seconds since it was made, since the last lap, and by stage.

    The making of machine code is taken out of the stage it happens in and counted once, as `compile_s`; JAX's
    compilation stays in the stage where it happens.
    """

    def __init__(self) -> None:
        self.began = self.last = time.perf_counter()
        self._compiled = float(compiling)
        self._stages = {name: Total() for name in STAGES}
        self._marked: dict[str, float] = {}

    @property
    def compiling(self) -> float:
        """Seconds spent on making machine code since the beginning."""
        return float(compiling) - self._compiled

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage, of `STAGES`."""
        before, began = self.compiling, time.perf_counter()
        try:
            yield
        finally:
            self._stages[name].add(time.perf_counter() - began - (self.compiling - before))

    def mark(self) -> None:
        """Let `stages` count from here."""
        self._marked = self._all()

    def stages(self) -> dict[str, float]:
        """Seconds by stage since the mark, or the beginning; 0 for those that did not run."""
        return {name: spent - self._marked.get(name, 0.0) for name, spent in self._all().items()}

    def _all(self) -> dict[str, float]:
        seconds = {name: float(total) for name, total in self._stages.items()}
        seconds["compile_s"] += self.compiling
        return seconds

    def lap(self) -> float:
        """Seconds since the last lap."""
        before, self.last = self.last, time.perf_counter()
        return self.last - before

    def total(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self.began
