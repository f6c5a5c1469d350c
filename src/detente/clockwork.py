"""Stage timings of a run, with compilation told apart, and the folder where compiled programs are kept."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import jax

from detente.storage import cache_folder

STAGES = ("load_s", "compile_s", "fit_s", "simulate_s", "analyse_s", "report_s")


@dataclass
class Clockwork:
    """Stage timings. Compilation is taken out of the stage it happens in and counted once, as `compile_s`."""

    seconds: dict[str, float] = field(default_factory=dict)
    compiling: float = 0.0

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


_running: Clockwork | None = None
_COMPILE_EVENTS = (
    "/jax/core/compile/jaxpr_trace_duration",
    "/jax/core/compile/jaxpr_to_mlir_module_duration",
    "/jax/core/compile/backend_compile_duration",
)


def _on_duration(event: str, duration_secs: float, **kwargs: str | int) -> None:
    if _running is not None and event in _COMPILE_EVENTS:
        _running.compiling += duration_secs


jax.monitoring.register_event_duration_secs_listener(_on_duration)


def start() -> Clockwork:
    """Begin timing, and keep compiled programs in the user's cache folder."""
    global _running
    _running = Clockwork()
    folder = cache_folder() / "xla"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only home: compile every time
        return _running
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    return _running
