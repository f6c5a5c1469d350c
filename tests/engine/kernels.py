"""Small kernels for the tests of the machine layer: a function on columns of numbers, and one that uses everything."""

import hashlib
import platform

import numpy as np

from detente.engine.backends import machine
from detente.engine.backends.vector_ir import Writer

X86 = platform.machine().lower() in ("x86_64", "amd64")
# CPUs by name, with the feature that this machine must have to stand in for them
_CPUS = {"x86-64": "sse2", "x86-64-v2": "sse4.2", "haswell": "avx2", "skylake-avx512": "avx512f"}


def features():
    """The features of this CPU."""
    return {f[1:] for f in machine.host().features.split(",") if f.startswith("+")}


def cpus():
    """Names of lesser CPUs whose code this machine runs."""
    has = features() if X86 else set()
    return [name for name, feature in _CPUS.items() if feature in has]


def compiled(text, functions, **options):
    """A program by the hash of its text."""
    return machine.load(hashlib.sha256(text.encode()).hexdigest(), lambda: text, functions, **options)


def applied(function, *columns, lanes=16, double=False, fma=None, **options):
    """function(writer, *values) on columns of numbers, compiled; fma as this machine likes it unless given."""
    w = Writer(lanes, double, machine.host().fma if fma is None else fma)
    kind = np.float64 if double else np.float32
    columns = [np.asarray(c, kind) for c in columns]
    size = len(columns[0])
    groups = -(-size // lanes)
    columns = [np.concatenate([c, np.full(groups * lanes - size, c[-1], kind)]) for c in columns]
    names = [f"%x{i}" for i in range(len(columns))]
    with w.loop(0, "%groups", "group") as group:
        values = [w.load(w.at(name, group, w.real_type), w.real_type) for name in names]
        w.store(function(w, *values), w.real_type, w.at("%y", group, w.real_type))
    text = w.function("kernel", ", ".join(["i32 %groups", *(f"ptr noalias {name}" for name in [*names, "%y"])]))
    program = compiled(text, {"kernel": (1, len(columns) + 1)}, **options)
    out = np.empty_like(columns[0])
    program["kernel"](groups, *(a.ctypes.data for a in [*columns, out]))
    return out[:size]


# What the kernel of everything stores: functions of a number in (0, 1), one well inside the normal range and a uniform
PARTS = {
    "arithmetic": lambda w, p, x, u: w.fma(
        x, w.constant(1.1), w.div(w.sub(p, w.constant(0.1)), w.add(x, w.constant(9)))
    ),
    "exp": lambda w, p, x, u: w.exp(w.mul(x, w.constant(8))),
    "exp bounded": lambda w, p, x, u: w.exp(x, bounded=True),
    "log": lambda w, p, x, u: w.log(p),
    "log1p": lambda w, p, x, u: w.log1p(w.neg(p)),
    "logistic": lambda w, p, x, u: w.logistic(x),
    "ndtri": lambda w, p, x, u: w.ndtri(u),
    "ndtri_any": lambda w, p, x, u: w.ndtri_any(p),
    "log_ndtr": lambda w, p, x, u: w.log_ndtr(x),
    "sin": lambda w, p, x, u: w.sin(w.mul(x, w.constant(100))),
    "pow": lambda w, p, x, u: w.pow(p, x),
    "lrise": lambda w, p, x, u: w.lrise(p, w.abs(x)),
    "drise": lambda w, p, x, u: w.drise(p, w.abs(x)),
    "clip": lambda w, p, x, u: w.min(w.max(x, p), w.constant(1)),
    "mask": lambda w, p, x, u: w.mask_to_float(w.logic_and(w.compare("lt", u, p), w.logic_not(w.compare("gt", x, p)))),
}
EVERYTHING = {"kernel": (1, 6)}
SIZE = 192  # lanes


def everything(lanes, fma, double=False):
    """A kernel (groups, p, x, salts, y, sums, bits) that stores every part, its sum over lanes and a mask."""
    w = Writer(lanes, double, fma)
    kind = w.number_type
    salts = [w.load(w.at("%salts", i, "i32"), "i32") for i in range(2)]
    with w.loop(0, "%groups", "group") as group:
        lane = w.lane_numbers(w.scalar("mul", group, lanes))
        p, x = (w.load(w.at(a, group, w.real_type), w.real_type) for a in ("%p", "%x"))
        u = w.uniform(lane, w.lane_product(lane), *salts)
        for i, part in enumerate(PARTS.values()):
            value = part(w, p, x, u)
            place = w.scalar("add", w.scalar("mul", "%groups", i), group)
            w.store(value, w.real_type, w.at("%y", place, w.real_type))
            cell = w.at("%sums", i, kind)
            w.store(w.lane_sum(value, w.load(cell, kind)), kind, cell)
        count = w.at("%bits", 0, "i32")
        w.store(w.scalar("add", w.load(count, "i32"), w.popcount(w.compare("lt", u, p))), "i32", count)
    return w.function(
        "kernel", "i32 %groups, " + ", ".join(f"ptr noalias %{a}" for a in "p x salts y sums bits".split())
    )


def columns(double=False):
    """The kernel's columns: inputs, and zeros for what it gives."""
    rng = np.random.default_rng(3)
    kind = np.float64 if double else np.float32
    p, x = rng.uniform(0.001, 0.999, SIZE).astype(kind), (3 * rng.normal(size=SIZE)).astype(kind)
    salts = rng.integers(0, 2**32, 2).astype(np.uint32)
    return [p, x, salts, np.zeros((len(PARTS), SIZE), kind), np.zeros(len(PARTS), kind), np.zeros(1, np.int32)]


def results(program, lanes, double=False):
    """What the kernel of everything gives: its last three columns, as bytes."""
    arrays = columns(double)
    program["kernel"](SIZE // lanes, *(a.ctypes.data for a in arrays))
    assert np.isfinite(arrays[3]).all()
    return [a.tobytes() for a in arrays[3:]]
