"""Futures by machine code and by NumPy are the same futures (DESIGN 7.5), whatever the threads, blocks and CPU.

Two engines may decide differently only where a uniform lies within a millionth of a boundary, in at most one future in
100,000; numbers agree to rounding. Errors planted in one of them are found.
"""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from detente import session as opening
from detente.engine import random_numbers, simulate
from detente.engine.backends import futures_kernel, lowering, machine, numpy_loop, vector_arithmetic, vector_ir
from detente.engine.backends.machine import Host
from detente.engine.game import choose, rules
from detente.engine.program import Futures, How, Loop
from detente.errors import InputError
from detente.inference.density import Model, model_of
from detente.language.load import bundled
from detente.language.priors import Prior
from detente.language.records import Scenario
from tests import real_data
from tests.engine import arm, games
from tests.engine.kernels import cpus
from tests.engine.planted import planted
from tests.engine.played import COUNTS, ENGINES, Case, case_of, compared, differing, played
from tests.engine.random_scenarios import random_scenario

pytestmark = pytest.mark.skipif(machine.available() is not None, reason=str(machine.available()))
SEEDS = tuple(range(8))
PANELS = (100, 101)
RICH = 1  # the seed of a scenario in which every rule and nearly every function bears on something
DRAWS, FUTURES = 128, 74  # a half of the futures fills no whole number of vectors
MOST = 1e-5  # of the futures may differ


# ---- machine code against NumPy


@lru_cache(maxsize=4)
def made(seed: int) -> tuple[Scenario, Model]:
    scenario = random_scenario(seed, cases=5 if seed in PANELS else 0)
    return scenario, model_of(scenario)


@lru_cache(maxsize=4)
def opened(name: str) -> tuple[Scenario, Model]:
    scenario = opening.load(name)
    return scenario, model_of(scenario)


@lru_cache(maxsize=256)
def tally(subject: int | str, most: int = 4, draws: int = DRAWS) -> tuple[int, int]:
    """Futures of a scenario under its courses (the first ones) that the two engines decide differently, and all.

    Args:
        subject: the seed of a random scenario, or the name of a bundled one.
    """
    scenario, model = made(subject) if isinstance(subject, int) else opened(subject)
    different, whole = 0, 0
    for course in list(scenario.courses)[:most]:
        case = case_of(scenario, model, course, draws=draws)
        runs = [played(case, run, futures=FUTURES) for run in ENGINES.values()]
        found = compared(case, *runs)
        assert not any(runs[0][fault].any() for fault in ("bad_hazard", "bad_stock", "bad_appeal")), case.name
        different, whole = different + int(found.sum()), whole + found.size
    return different, whole


def looks_ahead(name: str) -> bool:
    """Whether somebody looks ahead in the futures of a bundled scenario; skips the test where it cannot be opened."""
    try:
        foresight_plan = opened(name)[1].game.foresight_plan
    except InputError:
        real_data.absent(f"what {name} is made from")
        raise
    return foresight_plan is not None and bool(foresight_plan.acting)


@pytest.mark.parametrize("seed", [*SEEDS, *PANELS])
def test_random_scenarios(seed: int):
    tally(seed)


@pytest.mark.parametrize("name", bundled())
def test_bundled_scenarios(name: str, monkeypatch: pytest.MonkeyPatch):
    if not looks_ahead(name):
        tally(name, 2, 32)
        return
    scenario, model = opened(name)  # looking ahead is NumPy's work, whichever engine is asked
    case, found = case_of(scenario, model, next(iter(scenario.courses)), draws=4), []
    for engine in ("", "numpy"):
        monkeypatch.setenv("DETENTE_ENGINE", engine)
        found.append(sums(case, futures=4))
    assert found[0] == found[1]


def test_few_futures_differ():
    """All cases together; what runs here was counted by the tests above where they ran."""
    names = [name for name in bundled() if not _closed(name) and not looks_ahead(name)]
    counted = [tally(seed) for seed in (*SEEDS, *PANELS)] + [tally(name, 2, 32) for name in names]
    different, whole = map(sum, zip(*counted, strict=True))
    assert whole > 350_000
    assert different <= MOST * whole


def _closed(name: str) -> bool:
    try:
        opened(name)
    except InputError:
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1100))
def test_many_random_scenarios(seed: int):
    different, whole = tally(seed)
    assert different <= 1, f"{different} of {whole}"


def test_uniforms_are_the_same_bits():
    """All 23 bits of many, of far-off draws and steps, whatever else is computed with them."""
    loop = Loop()
    total = loop.carry("total", begins=0.0)
    drawn = [loop.uniform() for _ in range(5)]
    loop.becomes("total", total + drawn[0])
    loop.carry("alive", begins=True, logical=True)
    loop.becomes("alive", True)
    loop.keep("drawn", How.PATHS, [*drawn, total], futures=50)
    program = simulate.Program(loop)
    tables = program.fill({}, {"step": np.zeros(9)}, (40, 9))
    ids = np.arange(40) * 1_000_003
    futures = Futures(4_000_000_000, first=4000, count=50, ids=ids, at={})
    found = [run(program, tables, {}, futures)["drawn"] for run in ENGINES.values()]
    assert found[0].tobytes() == found[1].tobytes()
    assert len(np.unique(found[0][..., :5])) > 0.98 * found[0][..., :5].size


@pytest.mark.parametrize(("draws", "futures", "fan"), [(1, 2, 5), (3, 6, 6), (4, 30, 9), (2, 34, 20), (5, 64, 0)])
def test_odd_sizes(draws: int, futures: int, fan: int):
    """One future in each half, more whole paths than futures or than lanes, none at all."""
    scenario, model = made(RICH)
    plain = case_of(scenario, model, "pushed", draws=draws)
    case = replace(plain, tally=replace(plain.tally, fan_lanes=fan))
    compared(case, *(played(case, run, futures=futures) for run in ENGINES.values()))


def test_faults_are_counted_alike():
    """A hazard above 1, an appeal and a stock that are no numbers; each from the third step on."""
    told = games.scenario(
        record=0,
        steps=6,
        parameters={"a": Prior("uniform", (1.0, 2.0))},
        stocks=[games.stock("x", 2, flow="-1"), games.stock("y", 0, flow="log(x)")],
        tracks=[games.track("A.t", games.move("m", "a * log(x)"))],
        events=[games.event("e", "where(x < 0, 1.5, 0.1)", once=True)],
    )
    case = case_of(told, model_of(told), "free", draws=9)
    found = [played(case, run, futures=10, witnessed=False) for run in ENGINES.values()]
    for name in COUNTS:
        np.testing.assert_array_equal(found[0][name], found[1][name])
    assert found[0]["bad_appeal"].sum() == found[0]["bad_stock"][..., 1].sum() == 90
    assert 0 < found[0]["bad_hazard"].sum() < 90  # those in which it had not happened before


# ---- the same bytes, however it is run


def sums(case: Case, *, futures: int = FUTURES, ids: np.ndarray | None = None, seed: int = 1) -> dict[str, bytes]:
    """All that `simulate` gives, as bytes by name."""
    outcome = simulate.simulate(
        case.game,
        case.tally,
        case.course,
        case.parameters,
        case.state,
        start=case.start,
        futures=futures,
        seed=seed,
        draw_ids=ids,
    )
    return {name: np.ascontiguousarray(a).tobytes() for name, a in outcome._asdict().items()}


def of_draws(case: Case, chosen) -> Case:
    """Some draws of a case."""
    theta = {name: v[chosen] for name, v in case.parameters.items()}
    return replace(case, parameters=theta, state=case.state.map(lambda a: a[chosen]))


@pytest.fixture(scope="module")
def case() -> Case:
    scenario, model = made(RICH)
    return case_of(scenario, model, "pushed", draws=37)


@pytest.mark.parametrize("engine", ["", "numpy"])
def test_blocks_and_order_of_draws(case: Case, engine: str, monkeypatch: pytest.MonkeyPatch):
    """Draws in any order, alone or together, with NumPy's chunks of any size."""
    monkeypatch.setenv("DETENTE_ENGINE", engine)
    whole, ids = sums(case), np.arange(37)
    monkeypatch.setattr(numpy_loop, "CHUNK", 3 * FUTURES)
    assert sums(case) == whole
    mixed = np.random.default_rng(0).permutation(37)
    parts = [sums(of_draws(case, some), ids=ids[some]) for some in (mixed[:1], mixed[1:12], mixed[12:])]
    size = {name: len(whole[name]) // 37 for name in whole}  # bytes of a draw
    for name, width in size.items():
        pieces = b"".join(part[name] for part in parts)
        ordered = [pieces[i * width : (i + 1) * width] for i in np.argsort(mixed)]
        assert b"".join(ordered) == whole[name], name
    assert sums(case, seed=2)["chosen"] != whole["chosen"]
    assert sums(case, ids=ids + 1)["chosen"] != whole["chosen"], "the comparison could fail"


def test_threads(case: Case, monkeypatch: pytest.MonkeyPatch):
    found = []
    for threads in ("1", "2", "8"):
        monkeypatch.setenv("DETENTE_THREADS", threads)
        found.append(sums(case))
    assert found[0] == found[1] == found[2]


def test_a_hundred_times_with_all_threads_busy(case: Case, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DETENTE_THREADS", "8")
    wanted, wrong = sums(case, futures=16), []

    def again():
        wrong.extend(n for n in range(50) if sums(case, futures=16) != wanted)

    beside = threading.Thread(target=again)
    beside.start()
    again()
    beside.join()
    assert not wrong


def test_an_empty_cache_and_a_full_one(case: Case, tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path))
    found = []
    for compiles in (1, 0):
        monkeypatch.setattr(machine, "_loaded", OrderedDict())  # as a new process
        before = machine.compilations()
        found.append(sums(case))
        assert machine.compilations() - before == compiles
    assert found[0] == found[1]


# ---- the same bits on every CPU

# CPUs by LLVM's names, lanes, and whether they multiply and add with one rounding
KINDS = [("haswell", 4, True), ("haswell", 8, True), ("skylake-avx512", 8, True), ("skylake-avx512", 16, True)]
WITHOUT = [("x86-64-v2", 4, False), ("haswell", 8, False), ("skylake-avx512", 16, False)]


def on(
    kind: tuple[str, int, bool], case: Case, monkeypatch: pytest.MonkeyPatch, futures: int = FUTURES
) -> dict[str, np.ndarray]:
    """Everything of a case's futures, by the code for a CPU."""
    cpu, lanes, fma = kind
    with monkeypatch.context() as patch:
        patch.setattr(machine, "host", lambda: Host(cpu, "", lanes, fma, cpu))
        return played(case, futures_kernel.run, futures=futures, witnessed=False)


def as_bytes(found: dict[str, np.ndarray]) -> dict[str, bytes]:
    return {name: np.ascontiguousarray(a).tobytes() for name, a in found.items()}


def needed(kinds: list[tuple[str, int, bool]]) -> list[tuple[str, int, bool]]:
    """Those whose code this machine runs; skips the test where these are fewer than two."""
    here = [kind for kind in kinds if kind[0] in cpus()]
    if len({kind[1] for kind in here}) < 2:
        pytest.skip(f"this machine stands in for {', '.join(cpus()) or 'no other CPU'} alone")
    return here


def test_the_same_bits_on_every_cpu(monkeypatch: pytest.MonkeyPatch):
    """AVX2 and AVX-512, with 4, 8 and 16 lanes; without fused multiply-add SSE too, where a few futures may differ."""
    scenario, model = made(RICH)
    case = case_of(scenario, model, "pushed", draws=32)
    fused, rounded = ([as_bytes(on(kind, case, monkeypatch)) for kind in needed(kinds)] for kinds in (KINDS, WITHOUT))
    assert all(found == fused[0] for found in fused)
    assert all(found == rounded[0] for found in rounded)
    assert fused[0] != rounded[0], "two ways of rounding that can be told apart"
    counts = [np.frombuffer(f["chosen"], np.int32) for f in (fused[0], rounded[0])]
    assert np.abs(counts[0] - counts[1]).sum() <= 2


@pytest.mark.parametrize("futures", [2, 12, 16, 30, 32])
def test_few_futures_are_the_same_bits_on_every_cpu(futures: int, monkeypatch: pytest.MonkeyPatch):
    """Halves that share vectors, of which some are wider than both."""
    scenario, model = made(RICH)
    case = case_of(scenario, model, "pushed", draws=32)
    found = [as_bytes(on(kind, case, monkeypatch, futures)) for kind in needed(KINDS)]
    assert all(f == found[0] for f in found)


@pytest.mark.parametrize("kinds", [KINDS, WITHOUT], ids=["fused", "rounded twice"])
def test_fast_arithmetic_is_found(kinds, monkeypatch: pytest.MonkeyPatch):
    """A compiler that may reorder and fuse gives other bits on other CPUs: the comparison above sees it."""
    scenario, model = made(RICH)
    case = case_of(scenario, model, "pushed", draws=32)
    fast = [
        (f'self.new(f"{op} {{self.real_type}}', f'self.new(f"{op} fast {{self.real_type}}') for op in ("fadd", "fmul")
    ]
    with planted(vector_arithmetic, *fast):
        found = [as_bytes(on(kind, case, monkeypatch)) for kind in needed(kinds)]
    assert any(f != found[0] for f in found)


@pytest.mark.skipif(not shutil.which("qemu-aarch64"), reason="qemu-aarch64 is not installed")
@pytest.mark.skipif(not shutil.which("aarch64-linux-gnu-gcc"), reason="aarch64-linux-gnu-gcc is not installed")
@pytest.mark.parametrize("fma", [True, False])
def test_the_same_bits_on_arm(fma: bool, tmp_path, monkeypatch: pytest.MonkeyPatch):
    """NEON code, by an emulator."""
    scenario, model = made(RICH)
    case = case_of(scenario, model, "pushed", draws=6)
    kinds = [kind for kind in (KINDS if fma else WITHOUT) if kind[0] in cpus()]
    if not kinds:
        pytest.skip("this CPU has no fused multiply-add to compare with")
    here = as_bytes(on(kinds[-1], case, monkeypatch))
    monkeypatch.setattr(machine, "host", lambda: Host("cortex-a72", "", 4, fma, "NEON"))
    with arm.emulated(tmp_path, monkeypatch) as runs:
        there = as_bytes(played(case, futures_kernel.run, futures=FUTURES, witnessed=False))
    assert runs == ["futures"]
    assert there == here


# ---- what is let pass, and what is not


def test_only_a_uniform_near_its_boundary_explains_a_difference(by_numpy):
    """One decision turned round: let pass where the uniform lies next to the hazard, and nowhere else."""
    case, found = by_numpy["pushed"]
    turned = dict(found, **{"witness events": found["witness events"].copy()})
    cell = (3, 5, 4, 1)  # draw, future, step, event
    turned["witness events"][cell] = 1 - turned["witness events"][cell]
    with pytest.raises(AssertionError, match=r"draw 3, future 5, step 4: .* from a boundary"):
        differing(case, found, turned)
    near = dict(turned, **{"witness hazards": found["witness hazards"].copy()})
    uniform = found["witness uniforms"][cell[:3]][len(case.game.tracks) + 1]
    near["witness hazards"][cell] = uniform + np.float32(3e-7)
    different = differing(case, found, near)
    assert different.sum() == different[3, 5] == 1


# ---- planted errors

ERRORS: dict[str, tuple] = {
    "events before effects": (rules, "env = environment(parameters, after, clock)", "pass"),
    "no clip after effects": (rules, "    after = _clipped(game, after, before)\n", ""),
    "no clip after flows": (
        rules,
        "value if value is moved[stock.id] else arrays.clip(value, stock.low, stock.high)",
        "value",
    ),
    "flows that do not see the events": (rules, "env = environment(parameters, moved, clock)", "pass"),
    "once events happen again": (rules, "if event.once else state.alive", "if False else state.alive"),
    "the war goes on": (rules, "alive = arrays.both(alive, arrays.negated(now))", "pass"),
    "what is forbidden stays open": (
        choose,
        "there = [arrays.both(*pair) for pair in zip(there, allowed, strict=True)]",
        "pass",
    ),
    "what is forced is not done": (choose, "arrays.either(arrays.both(d, free), f)", "arrays.both(d, free)"),
    "the wrong salt": (
        futures_kernel,
        "2 * self.program.uniforms), 2 * name)",
        "2 * self.program.uniforms), 2 * name + 1)",
    ),
    "random numbers counted from 0": (
        futures_kernel,
        "np.arange(futures.first, futures.first + steps)",
        "np.arange(steps)",
    ),
    "both halves with the same luck": (
        futures_kernel,
        'w.scalar("add", w.scalar("mul", half, "%half"), place)',
        'w.scalar("add", "0", place)',
    ),
    "lanes with no future": (futures_kernel, "mask = w.logic_and(mask, valid) if name == ALIVE else mask", "pass"),
    "values of the state one step on": (
        futures_kernel,
        "        self._at(scope, step, parts)\n",
        "        scope.names.clear()\n        self._at(scope, step, parts)\n",
    ),
    "min for max": (
        lowering,
        "        return getattr(w, op)(*args)\n",
        '        return getattr(w, {"max": "min"}.get(op, op))(*args)\n',
    ),
    "logistic off by a ten-thousandth": (
        lowering,
        '            case "hold" | "detach":\n',
        '            case "logistic":\n                return w.logistic(w.mul(args[0], w.constant(1.0001)))\n'
        '            case "hold" | "detach":\n',
    ),
    "exp of half": (lowering, "w.exp(args[0], bounded=True)", "w.exp(w.mul(args[0], w.constant(0.5)), bounded=True)"),
    "a uniform of 22 bits": (vector_ir, "self.integer(0x3F800000)", "self.integer(0x3F800001)"),
    "another hash": (vector_ir, "self.integer(0xC2B2AE35)", "self.integer(0xC2B2AE37)"),
    "the last step again": (
        futures_kernel,
        "w.index((step, 2 * self.program.uniforms), 2 * name)",
        "w.index((steps, 2 * self.program.uniforms - 1), 2 * name)",
    ),
    "a draw with the numbers of another": (
        random_numbers,
        "h ^ (h >> _U32(16))) * _U32(0x7FEB352D)",
        "h ^ (h >> _U32(15))) * _U32(0x7FEB352D)",
    ),
}


@pytest.fixture(scope="module")
def by_numpy() -> dict[str, tuple[Case, dict[str, np.ndarray]]]:
    """By course, a scenario in which every rule bears on something, played by NumPy."""
    scenario, model = made(RICH)
    cases = {course: case_of(scenario, model, course, draws=64) for course in ("pushed", "barred")}
    return {course: (c, played(c, numpy_loop.run, futures=FUTURES)) for course, c in cases.items()}


@pytest.mark.parametrize("error", ERRORS)
def test_planted_errors_are_found(error: str, by_numpy):
    case, by_plain = by_numpy["barred" if "forbidden" in error else "pushed"]
    module, right, wrong = ERRORS[error]
    with planted(module, (right, wrong)):
        by_code = played(case, futures_kernel.run, futures=FUTURES)
    with pytest.raises(AssertionError):
        compared(case, by_code, by_plain)


def test_without_an_error_nothing_is_found(by_numpy):
    for case, right in by_numpy.values():
        assert compared(case, played(case, futures_kernel.run, futures=FUTURES), right).sum() == 0
