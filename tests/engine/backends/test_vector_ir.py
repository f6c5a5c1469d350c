"""Vectors of lanes: functions are as exact as they say, and everything gives the same bits on every CPU."""

import math
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy import special

from detente.engine.backends import machine
from detente.engine.backends.vector_ir import Writer
from tests.engine.kernels import (
    EVERYTHING,
    PARTS,
    SIZE,
    X86,
    applied,
    columns,
    compiled,
    cpus,
    everything,
    features,
    results,
)

pytestmark = pytest.mark.skipif(machine.available() is not None, reason=str(machine.available()))
NUMBERS = 1 << 14


def spread(low, high, seed=0):
    """Numbers between two bounds, evenly."""
    return np.random.default_rng(seed).uniform(low, high, NUMBERS)


def decades(low, high):
    """Numbers between two powers of ten, evenly by their logarithm."""
    return 10 ** spread(low, high)


def ulps(found, expected):
    """The largest error in units in the last place; `expected` is as precise as `found` or more."""
    with np.errstate(all="ignore"):
        rounded = expected.astype(found.dtype)
        error = np.abs(found.astype(expected.dtype) - expected) / np.spacing(np.abs(rounded)).astype(expected.dtype)
    return float(np.max(np.where(found == rounded, 0, error)))


# ---- functions in float32, against NumPy and SciPy in float64: bounds in ulp, rounding included (0.5)

SINGLE = {
    "exp": (np.exp, spread(-104, 89), 1),
    "exp near 0": (np.exp, spread(-1, 1), 1),
    "log": (np.log, decades(-37, 38), 1.5),
    "log of denormals": (np.log, decades(-44, -38), 1.5),
    "log1p": (np.log1p, np.append(spread(-0.999, 1), decades(-12, 6)), 1.5),
    "logistic": (lambda x: np.exp(x) / (1 + np.exp(x)), spread(-103, 80), 3),
    "sin": (np.sin, spread(-1e6, 1e6), 0.51),
    "cos": (np.cos, spread(-1e6, 1e6), 0.51),
    "sqrt": (np.sqrt, decades(-44, 38), 0.5),
    "ndtr": (special.ndtr, spread(-12, 5), 0.51),
    "log_ndtr": (special.log_ndtr, spread(-100, 5), 0.51),
    "ndtri_any": (special.ndtri, decades(-44, -0.31), 0.51),
}


@pytest.mark.parametrize("fma", [True, False])
@pytest.mark.parametrize("name", SINGLE)
def test_functions_in_float32(name, fma):
    reference, x, bound = SINGLE[name]
    x = x.astype(np.float32)
    if fma and not machine.host().fma:
        pytest.skip("this CPU has no fused multiply-add")
    found = applied(lambda w, a: getattr(w, name.split()[0])(a), x, fma=fma)
    assert ulps(found, reference(x.astype(np.float64))) <= bound


def test_normal_quantiles_of_every_uniform():
    """All 2^23 values that a uniform takes."""
    bits = np.arange(1 << 23, dtype=np.uint32) | np.uint32(0x3F800000)
    u = bits.view(np.float32) - np.float32(1) + np.float32(2.0**-24)
    assert ulps(applied(lambda w, a: w.ndtri(a), u), special.ndtri(u.astype(np.float64))) <= 5


def test_pow_in_float32():
    a, b = spread(0, 30).astype(np.float32), spread(-9, 9, seed=1).astype(np.float32)
    assert ulps(applied(lambda w, a, b: w.pow(a, b), a, b), a.astype(float) ** b) <= 0.51


# ---- functions in float64

DOUBLE = {  # the bound holds NumPy's own error, up to 1 ulp
    "exp": (np.exp, spread(-745, 709.7), 2),
    "log": (np.log, decades(-300, 300), 1.5),
    "log of denormals": (np.log, decades(-323, -308), 1.5),
    "log1p": (np.log1p, np.append(spread(-0.999, 1), decades(-20, 10)), 2),
    "logistic": (lambda x: np.exp(x) / (1 + np.exp(x)), spread(-740, 30), 4),
    "sin": (np.sin, spread(-1e6, 1e6), 1.5),
    "cos": (np.cos, spread(-1e6, 1e6), 1.5),
    "ndtri": (special.ndtri, np.append(decades(-320, -0.31), spread(0.001, 0.999)), 9),
}


@pytest.mark.parametrize("name", DOUBLE)
def test_functions_in_float64(name):
    reference, x, bound = DOUBLE[name]
    found = applied(lambda w, a: getattr(w, name.split()[0])(a), x, lanes=8, double=True)
    assert ulps(found, reference(x)) <= bound


def normal_tail(y):
    """The normal probability above y > 0 in 60 digits: a continued fraction for y >= 1, else a series."""
    with localcontext() as context:
        context.prec = 60
        y = Decimal(float(y))
        density = (-y * y / 2).exp() / (
            2 * Decimal("3.14159265358979323846264338327950288419716939937510582097494")
        ).sqrt()
        if y >= 1:
            fraction = y
            for i in range(3000, 0, -1):
                fraction = y + i / fraction
            return density / fraction
        term = total = y
        for i in range(1, 80):
            term = term * y * y / (2 * i + 1)
            total += term
        return Decimal("0.5") - density * total


def test_normal_distribution_in_float64():
    """SciPy is off by a thousand ulp far out, so the reference is written here."""
    x = np.concatenate([np.linspace(-37.4, 8, 31), [-0.6701, -0.6699, 0.6699, 0.6701, -5.66, -5.65, 1e-9]])
    with localcontext() as context:
        context.prec = 60
        exact = [normal_tail(-v) if v < 0 else 1 - normal_tail(v) for v in x]
        logs = [p.ln() for p in exact]
    for name, values in (("ndtr", exact), ("log_ndtr", logs)):
        found = applied(lambda w, a, name=name: getattr(w, name)(a), x, lanes=8, double=True)
        errors = [
            abs(Decimal(float(f)) - e) / Decimal(float(np.spacing(abs(float(e)))))
            for f, e in zip(found, values, strict=True)
        ]
        assert max(errors) <= 6, name


def test_logarithms_of_the_normal_distribution_far_out():
    x = np.array([-1e3, -1e6, -1e100, -math.inf, 30, math.inf])
    found = applied(lambda w, a: w.log_ndtr(a), x, lanes=8, double=True)
    np.testing.assert_allclose(found, special.log_ndtr(x), rtol=1e-15, atol=1e-210)


def test_rising_factorials():
    """Against sums of logarithms and of reciprocals, exactly rounded; k up to where k + v and k are hardly apart."""
    k = decades(-3, 14)[:64]
    v = np.arange(64.0) ** 1.5 // 1
    for name, term in (("lrise", math.log), ("drise", lambda a: 1 / a)):
        expected = np.array([math.fsum(term(a + i) for i in range(int(n))) for a, n in zip(k, v, strict=True)])
        found = applied(lambda w, a, b, name=name: getattr(w, name)(a, b), k, v, lanes=8, double=True)
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-14 if name == "lrise" else 0)


def test_powers_in_float64():
    a, b = spread(0, 30), spread(-9, 9, seed=1)
    exact = a.astype(np.longdouble) ** b
    error = np.abs((applied(lambda w, a, b: w.pow(a, b), a, b, lanes=8, double=True) - exact) / exact)
    assert (error <= (np.abs(b * np.log(a)) + 3) * 2.0**-52).all()


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 8, -1, -2, 0.5])
def test_constant_powers_are_short(exponent):
    x = spread(0.1, 9)
    w = Writer(8, double=True)
    w.pow("%x", w.constant(exponent))
    assert len(w.lines) <= 5
    found = applied(lambda w, a: w.pow(a, w.constant(exponent)), x, lanes=8, double=True)
    np.testing.assert_allclose(found, x**exponent, rtol=1e-15)


SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, -2.0, 0.5, -3.0, 1e30, -1e30]


@pytest.mark.parametrize("double", [False, True])
def test_special_values(double):
    """Zeros, infinities, NaN and what lies outside a function's domain, as in NumPy."""
    kind = np.float64 if double else np.float32
    edges = [5e-324, 1e-310, 709.7, 710, -745, -746] if double else [1e-45, 1e-39, 88.7, 88.8, -103.9, -104.1]
    x = np.array([*SPECIAL, *edges], kind)
    references = {name: getattr(np, name) for name in ("exp", "log", "log1p", "sqrt", "abs")}
    references |= {"neg": np.negative, "logistic": special.expit, "ndtri_any": special.ndtri, "ndtr": special.ndtr}
    within = {"rtol": 1e-13 if double else 1e-6, "atol": np.finfo(kind).smallest_subnormal}
    with np.errstate(all="ignore"):
        for name, reference in references.items():
            expected = reference(x.astype(np.float64)).astype(kind)
            found = applied(lambda w, a, name=name: getattr(w, name)(a), x, lanes=8, double=double)
            np.testing.assert_allclose(found, expected, **within, err_msg=name)


def test_special_powers():
    """As NumPy has them, all but those that the documentation names."""
    bases = [0, -0.0, 1, -1, 2, -2, 0.5, -0.5, math.inf, -math.inf, math.nan, -3]
    powers = [0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, math.inf, -math.inf, math.nan, 1e300]
    a, b = (np.ravel(m) for m in np.meshgrid(bases, powers))
    with np.errstate(all="ignore"):
        expected = a**b
    found = applied(lambda w, a, b: w.pow(a, b), a, b, lanes=8, double=True)
    whole = b == np.round(b)
    named = ((a == 0) & np.signbit(a) & (b < 0)) | ((a == -math.inf) & ~whole) | ((a == -1) & np.isinf(b))
    np.testing.assert_allclose(found[~named], expected[~named], rtol=1e-14)


def test_sines_beyond_their_range_are_not_numbers():
    x = np.array([1e6, 1.01e6, -2e6, math.inf], np.float32)
    np.testing.assert_array_equal(np.isnan(applied(lambda w, a: w.sin(a), x)), [False, True, True, True])


# ---- instructions


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_minimum_and_maximum_pass_nan_on(lanes):
    a, b = (np.ravel(m) for m in np.meshgrid(SPECIAL, SPECIAL))
    for name, reference in (("min", np.minimum), ("max", np.maximum)):
        found = applied(lambda w, a, b, name=name: getattr(w, name)(a, b), a, b, lanes=lanes)
        np.testing.assert_array_equal(found, reference(a, b).astype(np.float32))
        for order in (1, -1):
            found = applied(lambda w, a, n=name, o=order: getattr(w, n)(*[a, w.constant(0.5)][::o]), a, lanes=lanes)
            np.testing.assert_array_equal(found, reference(a, 0.5).astype(np.float32))


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_comparisons_and_masks(lanes):
    a, b = (np.ravel(m) for m in np.meshgrid(SPECIAL, SPECIAL))
    references = {
        "lt": np.less,
        "le": np.less_equal,
        "gt": np.greater,
        "ge": np.greater_equal,
        "eq": np.equal,
        "ne": np.not_equal,
    }
    for op, reference in references.items():
        found = applied(lambda w, a, b, op=op: w.mask_to_float(w.compare(op, a, b)), a, b, lanes=lanes)
        np.testing.assert_array_equal(found, reference(a, b))

    def logic(w, a, b):
        either = w.logic_or(w.isnan(a), w.isnan(b))
        return w.select(w.logic_and(w.logic_not(either), w.compare("lt", a, b)), a, b)

    found = applied(logic, a, b, lanes=lanes)
    np.testing.assert_array_equal(
        found, np.where(np.isnan(a) | np.isnan(b), b, np.where(a < b, a, b)).astype(np.float32)
    )


@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("double", [False, True])
def test_masks_in_memory(lanes, double):
    """Bits of a mask: stored, read back, counted."""
    w = Writer(lanes, double)
    kept = w.variable(w.bits_type)
    mask = w.compare("gt", w.load("%x", w.real_type), w.constant(0))
    w.store(w.mask_to_bits(mask), w.bits_type, kept)
    again = w.mask_from_bits(w.load(kept, w.bits_type))
    w.store(w.mask_to_bits(w.logic_not(again)), w.bits_type, "%bits")
    w.store(w.popcount(again), "i32", "%count")
    program = compiled(w.function("masks", "ptr %x, ptr %bits, ptr %count"), {"masks": (0, 3)})
    x = np.random.default_rng(lanes).normal(size=lanes).astype(np.float64 if double else np.float32)
    bits, count = np.zeros(1, machine.bits_dtype(lanes)), np.zeros(1, np.int32)
    program["masks"](x.ctypes.data, bits.ctypes.data, count.ctypes.data)
    assert int(bits[0]) & ((1 << lanes) - 1) == sum(1 << i for i in range(lanes) if not x[i] > 0)
    assert count[0] == (x > 0).sum()


def test_masks_of_four_lanes_leave_the_rest_of_the_byte_clear():
    w = Writer(4)
    w.store(w.mask_to_bits(w.compare("lt", w.constant(0), w.constant(1))), w.bits_type, "%bits")
    bits = np.full(1, 0x55, np.uint8)
    compiled(w.function("masks", "ptr %bits"), {"masks": (0, 1)})["masks"](bits.ctypes.data)
    assert bits[0] == 0b1111


def mixed(h):
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x7FEB352D)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x846CA68B)
    return h ^ (h >> np.uint32(16))


@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("double", [False, True])
def test_uniforms_are_those_of_luck(lanes, double):
    """The hash of `engine.random_numbers`, written again with NumPy, bit for bit."""
    first, a, b = 0xFFFFFFF0, 0x9E3779B9, 0x80000001  # numbers of futures that run over the end of 32 bits
    w = Writer(lanes, double)
    salts = [w.load(w.at("%salts", i, "i32"), "i32") for i in range(2)]
    with w.loop(0, "%groups", "group") as group:
        lane = w.lane_numbers(w.scalar("add", w.scalar("mul", group, lanes), first - 2**32))
        value = w.uniform(lane, w.lane_product(lane), *salts)
        w.store(value, w.real_type, w.at("%u", group, w.real_type))
    program = compiled(w.function("luck", "i32 %groups, ptr %salts, ptr %u"), {"luck": (1, 2)})
    found = np.zeros(4096, np.float64 if double else np.float32)
    given = np.array([a, b], np.uint32)
    program["luck"](len(found) // lanes, given.ctypes.data, found.ctypes.data)

    numbers = (np.arange(4096, dtype=np.uint64) + first).astype(np.uint32)
    bits = mixed(mixed(numbers ^ given[0]) + (numbers * np.uint32(0xC2B2AE35) ^ given[1]))
    unit = (bits >> np.uint32(9) | np.uint32(0x3F800000)).view(np.float32) - np.float32(1)
    np.testing.assert_array_equal(found, unit + np.float32(2.0**-24))


def test_loops_and_branches():
    """Nested, counted down, empty, and with something written only sometimes."""
    w = Writer(4)
    place = w.variable("i32")
    w.store(0, "i32", place)

    def note(value):
        now = w.load(place, "i32")
        w.store(value, "i32", w.at("%seen", now, "i32"))
        w.store(w.scalar("add", now, 1), "i32", place)

    with w.loop(2, "%high", "outer") as i, w.loop(0, i, "inner", backwards=True) as j:
        with w.when(w.scalar("icmp ne", j, 1), "unless"):
            note(w.scalar("add", w.scalar("mul", i, 10), j))
    with w.loop(3, 3, "empty") as i:
        note(i)
    with w.loop("%high", 0, "empty", backwards=True) as i:
        note(i)
    w.store(w.load(place, "i32"), "i32", "%count")
    program = compiled(w.function("loops", "i32 %high, ptr %seen, ptr %count"), {"loops": (1, 2)})
    seen, count = np.zeros(99, np.int32), np.zeros(1, np.int32)
    program["loops"](5, seen.ctypes.data, count.ctypes.data)
    assert list(seen[: count[0]]) == [10 * i + j for i in range(2, 5) for j in reversed(range(i)) if j != 1]


def test_indices_beyond_32_bits():
    """An index of 2^31 and more, as an i64; the array begins that much before what exists."""
    w = Writer(4)
    index = w.scalar("mul", w.lengthen("%n"), 1 << 20, "i64")
    w.store(7, "i32", w.at("%far", index, "i32"))
    program = compiled(w.function("far", "i32 %n, ptr %far"), {"far": (1, 1)})
    cell = np.zeros(1, np.int32)
    program["far"](4096, cell.ctypes.data - 4 * (4096 << 20))
    assert cell[0] == 7


def test_a_module_of_two_functions():
    w = Writer(4)
    w.store(w.exp(w.load("%x", w.real_type)), w.real_type, "%x")
    w.function("first", "ptr %x")
    w.store(w.sin(w.load("%x", w.real_type)), w.real_type, "%x")
    text = w.function("second", "ptr %x")
    assert len(set(w.declarations)) == sum(line.startswith("declare") for line in text.splitlines())
    program = compiled(text, {"first": (0, 1), "second": (0, 1)})
    x = np.zeros(4, np.float32)
    program["first"](x.ctypes.data)
    np.testing.assert_array_equal(x, 1)
    program["second"](x.ctypes.data)
    np.testing.assert_allclose(x, np.sin(1), rtol=1e-6)


def test_no_writer_without_a_power_of_two():
    with pytest.raises(ValueError, match="lanes must be a power of two, at least 2, got 12"):
        Writer(12)


# ---- the same bits


def summed(x, lanes):
    w = Writer(lanes)
    with w.loop(0, "%groups", "group") as group:
        w.store(
            w.lane_sum(w.load(w.at("%x", group, w.real_type), w.real_type), w.load("%sum", "float")), "float", "%sum"
        )
    program = compiled(w.function("sums", "i32 %groups, ptr %x, ptr %sum"), {"sums": (1, 2)})
    total = np.zeros(1, np.float32)
    program["sums"](len(x) // lanes, x.ctypes.data, total.ctypes.data)
    return total[0]


def test_sums_do_not_depend_on_the_width():
    """Sixteen lanes at once, eight or four: the order that the documentation states, to the bit."""
    rng, others = np.random.default_rng(0), 0
    for _ in range(20):
        x = (rng.normal(size=64) * 10 ** rng.uniform(-3, 3, 64)).astype(np.float32)
        total = np.float32(0)
        for four in x.reshape(-1, 4):
            total += (four[0] + four[2]) + (four[1] + four[3])
        assert {summed(x, lanes) for lanes in (4, 8, 16)} == {total}
        halves = x.copy()
        while len(halves) > 1:
            halves = halves[: len(halves) // 2] + halves[len(halves) // 2 :]
        others += halves[0] != total
    assert others > 10, "numbers on which another order would show"


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("fma", [True, False])
def test_the_same_bits_on_every_cpu(fma, double):
    """All instructions and functions: on lesser CPUs by name, with 4, 8 and 16 lanes."""
    names = [name for name in cpus() if not fma or name in ("haswell", "skylake-avx512")]
    if fma and not machine.host().fma:
        pytest.skip("this CPU has no fused multiply-add")
    seen = {}
    for lanes in (4, 8) if double else (4, 8, 16):
        text = everything(lanes, fma, double)
        for cpu in (None, *names):
            if lanes == 16 and cpu and cpu.startswith("x86-64"):  # a second each to compile, and nothing new
                continue
            seen[cpu, lanes] = results(compiled(text, EVERYTHING, cpu=cpu), lanes, double)
    for place, found in seen.items():
        assert found == seen[None, 4], place


@pytest.mark.skipif(
    not X86 or "fma" not in features(), reason="needs two kinds of code that this CPU runs: with FMA and without"
)
def test_a_planted_difference_is_found():
    """With fast-math flags a compiler may fuse and reorder: the comparison above must see that."""
    text = everything(16, fma=False).replace(" fadd ", " fadd fast ").replace(" fmul ", " fmul fast ")
    plain, fused = (results(compiled(text, EVERYTHING, cpu=cpu), 16) for cpu in ("x86-64-v2", "haswell"))
    assert plain != fused


def test_levels_of_optimisation_give_the_same_bits():
    text = everything(8, machine.host().fma)
    first, *others = [results(compiled(text, EVERYTHING, level=level), 8) for level in (0, 1, 2)]
    assert all(other == first for other in others)


def test_denormals_are_kept_in_every_thread():
    x = (np.float32(2.0**-126) * spread(0, 4)).astype(np.float32)
    expected = x * np.float32(0.3) + np.float32(1e-42)
    assert (expected[expected > 0] < 2.0**-126).any()

    def run(_):
        return applied(lambda w, a: w.add(w.mul(a, w.constant(0.3)), w.constant(1e-42)), x)

    with ThreadPoolExecutor(4) as pool:
        for found in [run(0), *pool.map(run, range(8))]:
            np.testing.assert_array_equal(found.view(np.uint32), expected.view(np.uint32))


DRIVER = r"""
#include <stdio.h>
#include <stdlib.h>
void kernel(int groups, void *p, void *x, void *salts, void *y, void *sums, void *bits);
int main(int argc, char **argv) {
  char *column[6];
  for (int i = 0; i < 6; i++) {
    size_t size = atoi(argv[2 + i]);
    column[i] = calloc(size, 1);
    if (i < 3 && fread(column[i], 1, size, stdin) != size) return 1;
  }
  kernel(atoi(argv[1]), column[0], column[1], column[2], column[3], column[4], column[5]);
  for (int i = 3; i < 6; i++) fwrite(column[i], 1, atoi(argv[2 + i]), stdout);
  return 0;
}
"""


@pytest.mark.skipif(not shutil.which("qemu-aarch64"), reason="qemu-aarch64 is not installed")
@pytest.mark.skipif(not shutil.which("aarch64-linux-gnu-gcc"), reason="aarch64-linux-gnu-gcc is not installed")
@pytest.mark.parametrize(("lanes", "fma"), [(4, True), (8, True), (4, False)])
def test_the_same_bits_on_arm(lanes, fma, tmp_path):
    """NEON code, linked without a library of mathematics and run by an emulator."""
    from llvmlite import binding as llvm

    if fma and not machine.host().fma:
        pytest.skip("this CPU has no fused multiply-add to compare with")
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    text = everything(lanes, fma)
    (tmp_path / "kernel.o").write_bytes(machine.object_code(text, "aarch64-unknown-linux-gnu", "cortex-a72"))
    (tmp_path / "driver.c").write_text(DRIVER)
    build = ["aarch64-linux-gnu-gcc", "-static", "driver.c", "kernel.o", "-o", "driver"]
    subprocess.run(build, cwd=tmp_path, check=True, timeout=60)
    arrays = columns()
    command = ["qemu-aarch64", "driver", str(SIZE // lanes), *(str(a.nbytes) for a in arrays)]
    given = b"".join(a.tobytes() for a in arrays[:3])
    found = subprocess.run(command, cwd=tmp_path, check=True, input=given, capture_output=True, timeout=60).stdout
    here = results(compiled(text, EVERYTHING), lanes)
    numbers = [np.frombuffer(b[: len(here[0])], np.uint32).reshape(len(PARTS), -1) for b in (found, here[0])]
    different = {name for name, a, b in zip(PARTS, *numbers, strict=True) if (a != b).any()}
    assert not different
    assert found == b"".join(here)


def test_what_threads_take_from_each_other_is_done_once():
    """Each of many threads adds one to the cells that it takes, with nothing else to keep them apart."""
    w = Writer(4)
    with w.taking("%taken", "%high", "cell") as cell:
        place = w.at("%cells", cell, "i32")
        w.store(w.scalar("add", w.load(place, "i32"), 1), "i32", place)
    text = w.function("work", "i32 %high, ptr %taken, ptr %cells")
    work = compiled(text, {"work": (1, 2)})["work"]
    cells, taken = np.zeros(100_000, np.int32), np.zeros(1, np.int32)
    threads = [threading.Thread(target=work, args=(len(cells), taken.ctypes.data, cells.ctypes.data)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(cells, 1)
    assert taken[0] == len(cells) + 8, "every thread takes one that is not there"
