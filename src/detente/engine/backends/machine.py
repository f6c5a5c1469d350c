"""LLVM IR to machine code that runs in this process, compiled once and kept on disk.

`load` gives a `Program`, whose functions are called with numbers and addresses. What was compiled before, on this kind
of CPU, by these source files and this LLVM, is read from the cache folder: then no text is written and nothing is
parsed. Whatever stands in the way (no wheel of llvmlite for this system, a security policy that forbids code in memory,
a text that LLVM does not take) is an `Unavailable`, and the caller evaluates with NumPy instead.

The code keeps denormal numbers as long as the calling thread does: that is how threads start, and how NumPy expects it.
A library that was built with fast-math and tells a thread to flush them changes results near 10^-38 there.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import json
import platform
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.errors import DetenteError
from detente.progress import compiling
from detente.text.kept_files import cache_folder, discard, hash_of_code, read_kept, write_kept

_TAG = b"detente-object-1\n"


class Unavailable(DetenteError):  # noqa: N818  (no error to the user: the caller goes another way)
    """Machine code cannot be had here; the message says why."""


@dataclass(frozen=True)
class Host:
    """The CPU that runs this process.

    `name` and `features` are LLVM's words for it. `lanes` is how many futures a float32 vector should hold, `fma`
    whether it multiplies and adds with one rounding, `label` the set of vector instructions, for reports.
    """

    name: str
    features: str
    lanes: int
    fma: bool
    label: str


class Program:
    """Machine code in memory. It stays there for as long as it, or a function of it, is kept."""

    def __init__(self, engine: Any, functions: Mapping[str, tuple[int, int]]) -> None:
        self._functions: dict[str, Callable[..., None]] = {}
        for name, (numbers, pointers) in functions.items():
            address = engine.get_function_address(name)
            if not address:
                raise Unavailable(f"the compiled program does not define the function {name!r}")
            function = ctypes.CFUNCTYPE(None, *[ctypes.c_int32] * numbers, *[ctypes.c_void_p] * pointers)(address)
            vars(function)["engine"] = engine  # the code's owner
            self._functions[name] = function

    def __getitem__(self, name: str) -> Callable[..., None]:
        """A function, to be called with its whole numbers and then its pointers. Other threads run meanwhile."""
        return self._functions[name]


_lock = threading.RLock()
_loaded: OrderedDict[str, Program] = OrderedDict()  # the last used last
_MOST_LOADED = 64  # programs of some hundred kilobytes each
_compilations = 0


_SOURCES = hash_of_code("engine")  # on import, so that it is the hash of the code that runs


def available() -> str | None:
    """None where machine code can be had, else the reason why not."""
    return _opened()[1]


def compilations() -> int:
    """How many programs this process has compiled; those read from the disk are not among them."""
    return _compilations


@functools.cache
def host() -> Host:
    """The CPU that runs this process. Raises Unavailable where LLVM is not to be had."""
    llvm = _llvm()
    name, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features()
    has = {feature for feature, there in features.items() if there}
    machine = platform.machine().lower()
    if machine in ("arm64", "aarch64"):
        lanes, fma, label = 4, True, "NEON"
    elif machine in ("x86_64", "amd64"):
        # as wide as a register; twice as wide takes twice as long to compile and is 2 (AVX2) to 10 % (SSE2) faster
        sets = (("avx512f", 16, "AVX-512"), ("avx2", 8, "AVX2"), ("avx", 4, "AVX"), ("sse2", 4, "SSE2"))
        lanes, label = next((lanes, label) for feature, lanes, label in sets if feature in has or feature == "sse2")
        fma = "fma" in has
    else:  # never tried
        lanes, fma, label = 4, False, machine
    return Host(name, features.flatten(), lanes, fma, label)


def bits_dtype(lanes: int) -> type[np.signedinteger]:
    """The NumPy type of a mask in memory: `vector_ir.Writer.bits_type`."""
    return {8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}[max(8, lanes)]


def load(
    key: str,
    text: Callable[[], str],
    functions: Mapping[str, tuple[int, int]],
    *,
    cpu: str | None = None,
    features: str | None = None,
    level: int = 1,
) -> Program:
    """A program: from memory, from the disk, or compiled from `text()`.

    Args:
        key: what the text depends on besides the engine's source files, in words or as a hash.
        text: writes the LLVM IR; called only when the program has to be compiled.
        functions: for each function by name how many i32 and how many pointers it takes, in this order.
        cpu: LLVM's name of a CPU that this machine can stand in for; the host where not given.
        features: LLVM's list of features; the host's when no cpu is given either, else what the named cpu has.
        level: how hard the code generator tries, 0 to 3.

    Raises:
        Unavailable: LLVM is not to be had, or does not compile the text.
    """
    llvm = _llvm()
    if cpu is None:
        cpu, features = host().name, host().features if features is None else features
    target = (llvm.get_process_triple(), cpu, features or "", level)
    identity = _identity(key, functions, llvm, target)
    with _lock:
        program = _loaded.pop(identity, None)
        if program is None:
            began = time.perf_counter()
            try:
                program = _read_or_compiled(identity, text, functions, target)
            finally:
                compiling.add(time.perf_counter() - began)
        _loaded[identity] = program
        if len(_loaded) > _MOST_LOADED:
            _loaded.popitem(last=False)
    return program


def object_code(text: str, triple: str, cpu: str, features: str = "", level: int = 1) -> bytes:
    """The object file of a module in LLVM IR, for a system and a CPU by name. Raises Unavailable."""
    llvm = _llvm()
    try:
        machine = _machine(triple, cpu, features, level)
        module = llvm.parse_assembly(text)
        module.triple, module.data_layout = machine.triple, str(machine.target_data)
        module.verify()
        return machine.emit_object(module)
    except RuntimeError as error:
        raise Unavailable(f"LLVM {_version(llvm)} does not compile the program: {error}") from error


def _read_or_compiled(
    identity: str, text: Callable[[], str], functions: Mapping[str, tuple[int, int]], target: tuple
) -> Program:
    path = cache_folder() / "objects" / f"{identity}.o"
    code = read_kept(path, _TAG)
    if code is not None:
        try:
            return _in_memory(code, functions, target)
        except Unavailable:
            discard(path)
    code = object_code(text(), *target)
    global _compilations
    _compilations += 1
    program = _in_memory(code, functions, target)
    write_kept(path, _TAG, code)
    return program


def _in_memory(code: bytes, functions: Mapping[str, tuple[int, int]], target: tuple) -> Program:
    """The program of an object file. Each has an engine of its own, so that equal names do not meet."""
    llvm = _llvm()
    file = llvm.ObjectFileRef.from_data(code)
    if not file:  # LLVM would not survive adding it
        raise Unavailable(f"LLVM {_version(llvm)} does not load the program: it is no object file")
    try:
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(*target))
        engine.add_object_file(file)
        engine.finalize_object()
    except RuntimeError as error:
        raise Unavailable(f"LLVM {_version(llvm)} does not load the program: {error}") from error
    return Program(engine, functions)


def _machine(triple: str, cpu: str, features: str, level: int) -> Any:
    target = _llvm().Target.from_triple(triple)
    return target.create_target_machine(cpu=cpu, features=features, opt=level, jit=True)


def _identity(key: str, functions: Mapping[str, tuple[int, int]], llvm: Any, target: tuple) -> str:
    parts = [key, dict(functions), _SOURCES, _version(llvm), *target]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _version(llvm: Any) -> str:
    import llvmlite

    return f"{'.'.join(map(str, llvm.llvm_version_info))} (llvmlite {llvmlite.__version__})"


def _llvm() -> Any:
    module, reason = _opened()
    if reason is not None:
        raise Unavailable(reason)
    return module


@functools.cache
def _opened() -> tuple[Any, str | None]:
    """llvmlite's binding, ready to compile for this machine, or the reason why there is none."""
    try:
        from llvmlite import binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        llvm.check_jit_execution()
        if sys.platform == "win32" and llvm.address_of_symbol("__chkstk") is None:
            # what functions with large frames call there; LLVM ends the process over a name that it cannot resolve
            place = ctypes.cast(ctypes.WinDLL("ntdll").__chkstk, ctypes.c_void_p).value
            llvm.add_symbol("__chkstk", place)
    except ImportError:
        return None, "llvmlite is not installed"
    except Exception as error:  # a wheel for another architecture, a policy against code in memory, a broken library
        return None, f"llvmlite does not work here: {error}"
    return llvm, None
