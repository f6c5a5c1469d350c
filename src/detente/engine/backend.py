"""What runs the graphs: machine code where it can be made here, else NumPy, which is slower and needs nothing.

Both give the same numbers to rounding. `described` says which it is, for results and reports.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from detente.engine import futures_kernel, machine, numpy_loop, numpy_replay, replay_kernel
from detente.engine.numpy_loop import Policy
from detente.engine.program import Program, Tables
from detente.engine.replay import Gradient, Trail
from detente.engine.replay import Tables as RecordTables


def unavailable() -> str | None:
    """Why there is no machine code, or None. DETENTE_ENGINE=numpy asks for NumPy."""
    if os.environ.get("DETENTE_ENGINE", "") == "numpy":
        return "DETENTE_ENGINE=numpy"
    return machine.available()


def described(device: str | None = None) -> str:
    """What runs the graphs, in words; with a device, what runs futures there.

    Raises:
        InputError: There is no such device.
        ImportError: Without the `jax` extra, where a device is asked for.
    """
    if device is not None:
        from detente.engine import jax_rendering  # the extra

        return jax_rendering.described(device)
    reason = unavailable()
    return f"machine code ({machine.host().label})" if reason is None else f"NumPy ({reason})"


def _either(compiled: Callable[..., Any], plain: Callable[..., Any], *args: Any, **more: Any) -> Any:
    if unavailable() is None:
        try:
            return compiled(*args, **more)
        except machine.Unavailable:
            pass
    return plain(*args, **more)


def futures(
    program: Program,
    tables: Tables,
    given: dict[Any, np.ndarray],
    policy: Policy | None = None,
    *,
    device: str | None = None,
    **more: Any,
) -> dict[str, np.ndarray]:
    """Run a loop; see `numpy_loop.run`. A policy, which looks ahead, is worked out by NumPy.

    Args:
        device: "cpu" or "gpu" runs the loop by JAX, there; see `jax_rendering.run`.

    Raises:
        InputError: There is no such device.
        ImportError: Without the `jax` extra, where a device is asked for.
    """
    if policy is not None:
        return numpy_loop.run(program, tables, given, policy=policy, **more)
    if device is not None:
        from detente.engine import jax_rendering  # the extra

        return jax_rendering.run(program, tables, given, device=device, **more)
    return _either(futures_kernel.run, numpy_loop.run, program, tables, given, **more)


def gradient(
    part: Gradient, tables: RecordTables, parameters: np.ndarray, *, precise: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The log likelihood of a record (case, draw) and its gradient (parameter, draw); see `numpy_replay.gradient`.

    Args:
        precise: in double precision throughout. NumPy always is.
    """
    if unavailable() is None:
        try:
            return replay_kernel.gradient(part, tables, parameters, double=precise)
        except machine.Unavailable:
            pass
    value, slope = numpy_replay.gradient(part, tables, parameters)
    assert slope is not None  # asked for
    return value, slope


def trail(
    part: Trail, tables: RecordTables, parameters: np.ndarray, policy: numpy_replay.Policy | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Everything on the way of a replay; see `numpy_replay.trail`."""
    if policy is not None:
        return numpy_replay.trail(part, tables, parameters, policy)
    return _either(replay_kernel.trail, numpy_replay.trail, part, tables, parameters)
