"""What runs the graphs: machine code where it can be made here, else NumPy, which is slower and needs nothing.

Both give the same numbers to rounding. `described` says which it is, for results and reports.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from detente.engine.backends import futures_kernel, machine, numpy_loop, numpy_replay, replay_kernel
from detente.engine.backends.numpy_loop import Policy
from detente.engine.program import Futures, Program, Tables
from detente.engine.replay import Gradient, Trail
from detente.engine.replay import Tables as RecordTables
from detente.errors import InputError, Problem

_failed: str | None = None  # why machine code that ought to be had was not


def unavailable() -> str | None:
    """Why there is no machine code, or None. DETENTE_ENGINE=numpy asks for NumPy."""
    if os.environ.get("DETENTE_ENGINE", "") == "numpy":
        return "DETENTE_ENGINE=numpy"
    return machine.available() or _failed


def described(device: str | None = None) -> str:
    """What runs the graphs, in words; with a device, what runs futures there.

    Raises:
        InputError: There is no such device.
        ImportError: Without the `jax` extra, where a device is asked for.
    """
    if device is not None:
        from detente.engine.backends import jax_rendering  # the extra

        return jax_rendering.described(device)
    reason = unavailable()
    return f"machine code ({machine.host().label})" if reason is None else f"NumPy ({reason})"


def rounding() -> bool | None:
    """Whether machine code multiplies and adds with one rounding; None where there is no machine code."""
    return machine.host().fma if unavailable() is None else None


def _either(compiled: Callable[..., Any], plain: Callable[..., Any], *args: Any) -> Any:
    global _failed
    if unavailable() is None:
        try:
            return compiled(*args)
        except machine.Unavailable as error:
            _failed = str(error)  # it would fail again, and results say what ran
    return plain(*args)


def futures(
    program: Program,
    tables: Tables,
    given: dict[Any, np.ndarray],
    which: Futures,
    policy: Policy | None = None,
    *,
    device: str | None = None,
) -> dict[str, np.ndarray]:
    """Run a loop; see `numpy_loop.run`. A policy, which looks ahead, is worked out by NumPy.

    Args:
        device: "cpu" or "gpu" runs the loop by JAX, there; see `jax_rendering.run`.

    Raises:
        InputError: There is no such device, or a device is asked for where somebody looks ahead.
        ImportError: Without the `jax` extra, where a device is asked for.
    """
    if policy is not None:
        if device is not None:
            hint = "leave --device out, or look at --foresight 0"
            raise InputError(
                [Problem("--device", "a game in which nobody looks ahead", device, hint)], what="the options"
            )
        return numpy_loop.run(program, tables, given, which, policy)
    if device is not None:
        from detente.engine.backends import jax_rendering  # the extra

        return jax_rendering.run(program, tables, given, which, device=device)
    return _either(futures_kernel.run, numpy_loop.run, program, tables, given, which)


def gradient(
    part: Gradient, tables: RecordTables, parameters: np.ndarray, *, precise: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The log likelihood of a record (case, draw) and its gradient (parameter, draw); see `numpy_replay.gradient`.

    Args:
        precise: in double precision throughout. NumPy always is.
    """
    compiled = partial(replay_kernel.gradient, double=precise)
    return _either(compiled, numpy_replay.gradient, part, tables, parameters)


def trail(
    part: Trail, tables: RecordTables, parameters: np.ndarray, policy: numpy_replay.Policy | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Everything on the way of a replay; see `numpy_replay.trail`."""
    if policy is not None:
        return numpy_replay.trail(part, tables, parameters, policy)
    return _either(replay_kernel.trail, numpy_replay.trail, part, tables, parameters)
