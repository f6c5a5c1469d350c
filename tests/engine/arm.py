"""Kernels as NEON code, run by an emulator: what they read and write passes through a program that wraps one call."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detente.engine import program
from detente.engine.backends import futures_kernel, machine, replay_kernel

_DRIVER = r"""
#include <stdio.h>
#include <stdlib.h>
void NAME(NUMBERS, POINTERS);
int main(int argc, char **argv) {
  char *column[COUNT];
  for (int i = 0; i < COUNT; i++) {
    size_t size = strtoull(argv[1 + WHOLE + i], 0, 10);
    column[i] = malloc(size + 64);
    if (fread(column[i], 1, size, stdin) != size) return 1;
  }
  NAME(GIVEN, COLUMNS);
  for (int i = 0; i < COUNT; i++) fwrite(column[i], 1, strtoull(argv[1 + WHOLE + i], 0, 10), stdout);
  return 0;
}
"""


class _Arrays:
    """NumPy as a kernel's module sees it, which remembers every array that may be handed over, by its address."""

    def __init__(self) -> None:
        self.at: dict[int, np.ndarray] = {}

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name)
        if name not in ("empty", "zeros", "ascontiguousarray"):
            return function

        def remembered(*args: Any, **more: Any) -> np.ndarray:
            array = function(*args, **more)
            self.at[array.ctypes.data] = array
            return array

        return remembered


@contextmanager
def emulated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Programs that are loaded inside run by the emulator; the names of the functions that were called.

    `machine.host` must say that lanes are NEON's.
    """
    from llvmlite import binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    arrays, called = _Arrays(), []

    def load(key: str, text: Callable[[], str], functions: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
        code = machine.object_code(text(), "aarch64-unknown-linux-gnu", "cortex-a72")
        return {name: _emulated(folder, code, name, *counts, arrays, called) for name, counts in functions.items()}

    with monkeypatch.context() as patch:
        patch.setattr(machine, "load", load)
        for module in (futures_kernel, replay_kernel, program):
            patch.setattr(module, "np", arrays)
        for module in (futures_kernel, replay_kernel):
            patch.setattr(module, "at_once", lambda _, work: work())
        yield called


def _emulated(
    folder: Path, code: bytes, name: str, numbers: int, pointers: int, arrays: _Arrays, called: list[str]
) -> Callable[..., None]:
    words = {
        "NAME": name,
        "NUMBERS": ", ".join(["int"] * numbers),
        "POINTERS": ", ".join(["void *"] * pointers),
        "GIVEN": ", ".join(f"atoi(argv[{1 + i}])" for i in range(numbers)),
        "COLUMNS": ", ".join(f"column[{i}]" for i in range(pointers)),
        "COUNT": str(pointers),
        "WHOLE": str(numbers),
    }
    driver = _DRIVER
    for word, meaning in words.items():
        driver = driver.replace(word, meaning)
    (folder / f"{name}.o").write_bytes(code)
    (folder / f"{name}-driver.c").write_text(driver)
    build = ["aarch64-linux-gnu-gcc", "-static", f"{name}-driver.c", f"{name}.o", "-o", name]
    subprocess.run(build, cwd=folder, check=True, timeout=120)

    def call(*values: int) -> None:
        columns = [arrays.at[address] for address in values[numbers:]]
        command = ["qemu-aarch64", name, *map(str, values[:numbers]), *(str(c.nbytes) for c in columns)]
        given = b"".join(c.tobytes() for c in columns)
        found = subprocess.run(command, cwd=folder, check=True, input=given, capture_output=True, timeout=300).stdout
        place = 0
        for column in columns:
            flat = np.frombuffer(found[place : place + column.nbytes], column.dtype)
            column[...] = flat.reshape(column.shape)
            place += column.nbytes
        called.append(name)

    return call
