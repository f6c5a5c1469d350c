"""The engine: a scenario as three pure functions (`init`, `logits`, `step`) and the loops over them.

Importing this room configures JAX once: 64-bit numbers are allowed (the fit uses them) and one CPU device per core
is offered, which `simulate` and the fit spread their batch over. Both settings are skipped when JAX already runs.
"""

from __future__ import annotations

import os

import jax

jax.config.update("jax_enable_x64", True)


def _one_device_per_core() -> None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        jax.config.update("jax_num_cpu_devices", cores)
    except RuntimeError:  # JAX was started by the caller: keep their devices
        pass


_one_device_per_core()
