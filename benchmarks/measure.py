"""Seconds of the clock, CPU seconds and memory of this process, and of commands run in a process of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None

MIB = 2**20
_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes, of the peak that the system tells


class OutOfTimeError(Exception):
    """The time that a benchmark was given is over."""


class Deadline:
    """A moment by which everything has to end; never, without a limit."""

    def __init__(self, seconds: float | None = None) -> None:
        self.at = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """Seconds left; None without a limit.

        Raises:
            OutOfTimeError: None are left.
        """
        if self.at is None:
            return None
        left = self.at - time.monotonic()
        if left <= 0:
            raise OutOfTimeError
        return left


def cpu_seconds() -> float:
    """CPU seconds, user and system, of this process and of its children that have ended."""
    if resource is None:
        return sum(os.times()[:4])
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _status(field: str) -> float | None:
    """A size in /proc/self/status, in MiB; None where there is no such file."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field + ":"))


def resident_mib() -> float | None:
    """Memory this process holds now; None where the system does not say."""
    return _status("VmRSS")


def peak_mib() -> float | None:
    """The most memory this process has held since it started, or since `forget_peak` where the system can forget; None
    where it does not say."""
    peak = _status("VmHWM")
    if peak is None and resource is not None:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / MIB
    return peak


def forget_peak() -> None:
    """Measure the peak anew from here on, where the system can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


@dataclass(frozen=True)
class Command:
    """What a command took. CPU seconds and peak memory (MiB) are None where the system does not tell."""

    seconds: float
    cpu: float | None
    peak_mib: float | None
    output: str


def run_command(
    arguments: Sequence[str],
    *,
    deadline: Deadline,
    environment: Mapping[str, str] | None = None,
) -> Command:
    """Run a command in a fresh process, in an empty folder, and wait for its end.

    Raises:
        OutOfTimeError: It was still running at the deadline, and was stopped.
        RuntimeError: It ended with another exit code than 0; the message holds the end of what it said.
    """
    left = deadline.left()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as printed:
        began = time.perf_counter()
        process = subprocess.Popen(
            arguments, stdout=printed, stderr=said, stdin=subprocess.DEVNULL, cwd=folder, env=environment
        )
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            process.kill()

        timer = threading.Timer(left, stop) if left is not None else None
        if timer:
            timer.start()
        cpu, peak = _wait(process)
        seconds = time.perf_counter() - began
        if timer:
            timer.cancel()
        if stopped.is_set():
            raise OutOfTimeError
        printed.seek(0)
        said.seek(0)
        if process.returncode:
            end = said.read().decode(errors="replace").strip().splitlines()[-3:]
            raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}: {' | '.join(end)}")
        return Command(seconds, cpu, peak, printed.read().decode())


def _wait(process: subprocess.Popen) -> tuple[float | None, float | None]:
    """CPU seconds and peak MiB of a process, and of those that it waited for."""
    if not hasattr(os, "wait4"):
        process.wait()
        return None, None
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, used.ru_maxrss * _UNIT / MIB


def hold_to_cores(count: int) -> None:
    """Keep this process, and those that it starts, on `count` of the cores it may use, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def load() -> float | None:
    """Mean number of programs that wanted to run in the last minute; None where the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
