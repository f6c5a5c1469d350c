"""What the figures were measured on: processor, instruction set, versions, load."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path

from benchmarks.measure import load

INSTRUCTION_SETS = (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("asimd", "NEON"), ("neon", "NEON"), ("sse2", "SSE2"))


def _processor_file() -> dict[str, str]:
    """The first processor of /proc/cpuinfo, by field; empty where there is no such file."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    rows = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in rows}


def _asked(name: str) -> str:
    """What macOS says of its processor."""
    return subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, check=False).stdout.strip()


def cpu_name() -> str:
    """The processor, in its maker's words."""
    if platform.system() == "Darwin":
        return _asked("machdep.cpu.brand_string")
    return _processor_file().get("model name") or platform.processor() or platform.machine()


def instruction_set() -> str:
    """The widest vector instructions of this processor."""
    if platform.system() == "Darwin":
        features = "asimd" if platform.machine() == "arm64" else _asked("machdep.cpu.leaf7_features").lower() + " sse2"
    else:
        fields = _processor_file()
        features = fields.get("flags") or fields.get("Features") or ""
    known = features.split()
    return next((name for flag, name in INSTRUCTION_SETS if flag in known), f"unknown ({platform.machine()})")


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of Python and of those packages that are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def facts(packages: Iterable[str]) -> dict[str, object]:
    """All of the above, as the JSON file names it."""
    return {
        "cpu": cpu_name(),
        "instruction_set": instruction_set(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load": load(),
        "versions": versions(packages),
    }
