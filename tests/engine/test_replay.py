"""Replays: machine code against NumPy, gradients against differences, panels against cases, parts against wholes."""

from __future__ import annotations

import shutil
from functools import lru_cache

import numpy as np
import pytest

from detente.engine.backends import lowering, machine, numpy_replay, replay_kernel
from detente.engine.backends.machine import Host
from detente.engine.game import panel
from detente.engine.graph import derivatives
from detente.engine.noise import kalman, observe
from detente.engine.noise.latent import latent_of
from detente.engine.replay import Script, Tables
from detente.engine.trajectory import IMPOSSIBLE, replayed
from detente.inference.density import Model, model_of
from detente.language.records import Scenario
from tests.engine import arm
from tests.engine.kernels import cpus
from tests.engine.planted import planted
from tests.engine.random_scenarios import drawn, random_scenario

needs_llvm = pytest.mark.skipif(machine.available() is not None, reason=str(machine.available()))
SEEDS = tuple(range(10))
PANELS = (100, 101)
RICH = 8  # a seed: three latent stocks, one of them measured through another, and nearly every function
DRAWS = 11  # no whole number of vectors
COMPILED = [(0, "kalman"), (1, "kalman"), (4, "replay"), (7, "kalman"), (8, "kalman"), (100, "kalman"), (101, "replay")]
SUBJECTS = [(seed, "kalman") for seed in (*SEEDS, *PANELS)] + [(seed, "replay") for seed in (1, 4, 7, 100)]


@lru_cache(maxsize=4)
def made(seed: int) -> Scenario:
    return random_scenario(seed, cases=5 if seed in PANELS else 0)


@lru_cache(maxsize=4)
def subject(seed: int, noise: str = "kalman") -> tuple[Model, Tables, np.ndarray]:
    """A random scenario's model, its record as tables, and parameter values (parameter, draw)."""
    model = model_of(made(seed), noise=noise)
    return model, model.script.gradient.fill(model.record), drawn(made(seed), DRAWS, seed)


def near(found: np.ndarray, wanted: np.ndarray, tolerance: float, what: str) -> None:
    """Both agree to a share of the largest number, draw by draw (the last axis)."""
    assert np.isfinite(wanted).all(), what
    scale = np.abs(wanted).reshape(-1, wanted.shape[-1]).max(0)
    error = np.abs(found - wanted) / (1e-12 + scale)
    assert error.max() < tolerance, f"{what}: {error.max():.1e}"


def differences(part, tables: Tables, values: np.ndarray) -> np.ndarray:
    """The slopes of the log likelihood by central differences, (parameter, draw)."""
    out = np.empty_like(values)
    for i in range(len(values)):
        step = 1e-5 * (1 + np.abs(values[i]))
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved[i] += sign * step
            ends.append(numpy_replay.gradient(part, tables, moved)[0].sum(0))
        out[i] = (ends[0] - ends[1]) / (2 * step)
    return out


def check_slopes(model: Model, tables: Tables, values: np.ndarray) -> None:
    part = model.script.gradient
    total, slopes = numpy_replay.gradient(part, tables, values)
    assert (total > IMPOSSIBLE).all()
    assert slopes is not None
    near(slopes, differences(part, tables, values), 1e-6, "slopes against differences")


def check_code(model: Model, tables: Tables, values: np.ndarray) -> None:
    part = model.script.gradient
    total, slopes = numpy_replay.gradient(part, tables, values)
    assert slopes is not None
    precise = replay_kernel.gradient(part, tables, values, double=True)
    near(precise[0], total, 1e-9, "log likelihood in double precision")
    near(precise[1], slopes, 1e-9, "gradient in double precision")
    short = replay_kernel.gradient(part, tables, values)
    assert np.abs(short[0] - total).max() < 1e-3, "log likelihood in single precision"
    near(short[1], slopes, 1e-4, "gradient in single precision")


def check_trail(model: Model, values: np.ndarray) -> None:
    part = model.script.trail
    tables = part.fill(model.record)
    for found, wanted in zip(
        replay_kernel.trail(part, tables, values), numpy_replay.trail(part, tables, values), strict=True
    ):
        near(found, wanted, 1e-9, "on the way")


@pytest.mark.parametrize(("seed", "noise"), SUBJECTS)
def test_slopes_against_differences(seed: int, noise: str):
    check_slopes(*subject(seed, noise))


@needs_llvm
@pytest.mark.parametrize(("seed", "noise"), COMPILED)
def test_code_against_numpy(seed: int, noise: str):
    model, tables, values = subject(seed, noise)
    check_code(model, tables, values)
    check_trail(model, values)


@needs_llvm
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1060))
def test_many(seed: int):
    model, tables, values = subject(seed, "replay" if seed % 4 == 0 else "kalman")
    check_slopes(model, tables, values)
    check_code(model, tables, values)
    check_trail(model, values)


# ---- parts and wholes


@pytest.mark.parametrize("engine", ["", "numpy"])
@pytest.mark.parametrize("seed", [RICH, *PANELS])
def test_the_first_steps_alone(seed: int, engine: str, monkeypatch: pytest.MonkeyPatch):
    """Of a record of eight steps the first three: their states and their terms, and no others."""
    monkeypatch.setenv("DETENTE_ENGINE", engine)
    model, tables, values = subject(seed)
    whole, part = model.replay(values), model.replay(values, until=3)
    for name, path in part.path.items():
        np.testing.assert_array_equal(path, whole.path[name][:4])
    np.testing.assert_array_equal(part.terms.choice, whole.terms.choice[:3])
    by_step = whole.terms.by_step()
    np.testing.assert_allclose(part.log_likelihood, by_step[:3].sum(0), rtol=1e-12)
    np.testing.assert_allclose(whole.log_likelihood, by_step.sum(0), rtol=1e-12)
    assert (np.abs(part.log_likelihood - whole.log_likelihood) > 0.1).all()
    total = model.likelihood(precise=True).by_case(values)
    np.testing.assert_allclose(np.atleast_2d(whole.log_likelihood), total, rtol=1e-9)
    short = numpy_replay.gradient(model.script.gradient, tables.until(3), values)[0]
    np.testing.assert_allclose(np.atleast_2d(part.log_likelihood), short, rtol=1e-9)


@pytest.mark.parametrize("engine", ["", "numpy"])
@pytest.mark.parametrize("noise", ["kalman", "replay"])
@pytest.mark.parametrize("seed", PANELS)
def test_a_panel_is_the_sum_of_its_cases(seed: int, noise: str, engine: str, monkeypatch: pytest.MonkeyPatch):
    """Each case as a scenario of its own, what is known of it a parameter."""
    monkeypatch.setenv("DETENTE_ENGINE", engine)
    model, _, values = subject(seed, noise)
    game = panel.one_case(model.game)
    script = Script(game, model.series, latent_of(made(seed), noise))
    precise = engine != "numpy"
    whole = model.likelihood(precise=True)
    total, slopes = whole(values.T)
    by_case, alone, added = whole.by_case(values), [], np.zeros_like(values.T)
    for case in range(panel.cases_of(model.record)):
        record = panel.case_record(model.record, case)
        known = np.asarray(model.record.covariates)[:, case, None]
        extended = np.concatenate([values, np.broadcast_to(known, (len(known), DRAWS))])
        part = script.gradient
        found, gradient = (replay_kernel.gradient if precise else numpy_replay.gradient)(
            part, part.fill(record), extended, **({"double": True} if precise else {})
        )
        alone.append(found[0])
        assert gradient is not None
        added += gradient[: len(values)].T
        trajectory = replayed(script, record, extended)
        for name, path in model.replay(values).path.items():
            np.testing.assert_allclose(path[:, case], trajectory.path[name], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(by_case, alone, rtol=1e-9)
    np.testing.assert_allclose(total, np.sum(alone, 0), rtol=1e-9)
    assert slopes is not None
    near(slopes.T, added.T, 1e-9, "gradient")
    assert np.ptp(by_case, axis=0).min() > 0.1, "cases that can be told apart"


@pytest.mark.parametrize("engine", ["", "numpy"])
@pytest.mark.parametrize("seed", [3, RICH])
def test_cells_that_are_left_out(seed: int, engine: str, monkeypatch: pytest.MonkeyPatch):
    """They take their terms with them and nothing else: what was done there still acts."""
    monkeypatch.setenv("DETENTE_ENGINE", engine)
    model, _, values = subject(seed)
    record, whole = model.record, model.replay(values)
    rng = np.random.default_rng(seed)
    choices, events = (rng.random(a.shape) < 0.7 for a in (record.observed_choice, record.observed_event))
    part = record._replace(observed_choice=choices, observed_event=events)
    found = model.replay(values, part)
    for name, path in whole.path.items():
        np.testing.assert_array_equal(found.path[name], path)
    np.testing.assert_array_equal(found.terms.choice, np.where(choices[..., None], whole.terms.choice, 0.0))
    np.testing.assert_array_equal(found.terms.event, np.where(events[..., None], whole.terms.event, 0.0))
    lost = whole.terms.choice[~choices].sum(0) + whole.terms.event[~events].sum(0)
    assert (lost < -1).all()
    np.testing.assert_allclose(found.log_likelihood, whole.log_likelihood - lost, rtol=1e-9)
    likelihood = model.likelihood(part, precise=True)
    total, slopes = likelihood(values.T)
    np.testing.assert_allclose(total, found.log_likelihood, rtol=1e-9)
    assert slopes is not None
    near(slopes.T, differences(model.script.gradient, likelihood.tables, values), 1e-6, "slopes")


@pytest.mark.parametrize("engine", ["", "numpy"])
def test_the_end_of_the_war_in_the_record(engine: str, monkeypatch: pytest.MonkeyPatch):
    """The step of the end is completed and counts; after it nothing moves, nobody chooses, and silence says nothing."""
    monkeypatch.setenv("DETENTE_ENGINE", engine)
    model, _, values = subject(0)
    game, record = model.game, model.record
    ending = [e.id for e in game.events].index("war")
    (over,) = np.flatnonzero(record.event[:, ending])
    assert over < len(record.event) - 1
    found = model.replay(values)
    assert found.alive[: over + 1].all() and not found.alive[over + 1 :].any()
    assert (found.terms.event[over, ending] < 0).all() and not found.terms.event[over + 1 :].any()
    assert found.terms.choice[over].all() and not found.terms.choice[over + 1 :].any()
    unmeasured = [s.id for s in game.stocks if s.id not in model.latent.latent_states]
    for name in unmeasured:
        path = found.path[name]
        np.testing.assert_array_equal(path[over + 1 :], np.broadcast_to(path[over + 1], path[over + 1 :].shape))
        assert name == "count" or (path[over] != path[over + 1]).any()
    assert found.happened["war"][over + 1 :].all() and not found.happened["war"][: over + 1].any()


# ---- the same bytes, however it is run


def gradient_bytes(seed: int, *, double: bool = False, draws: slice = slice(None)) -> list[bytes]:
    model, tables, values = subject(seed)
    found = replay_kernel.gradient(model.script.gradient, tables, values[:, draws], double=double)
    return [np.ascontiguousarray(a.T).tobytes() for a in found]


@needs_llvm
@pytest.mark.parametrize("double", [True, False])
def test_threads_blocks_and_repetitions(double: bool, monkeypatch: pytest.MonkeyPatch):
    whole = gradient_bytes(RICH, double=double)
    for threads in ("1", "2", "8"):
        monkeypatch.setenv("DETENTE_THREADS", threads)
        assert gradient_bytes(RICH, double=double) == whole
    parts = [gradient_bytes(RICH, double=double, draws=part) for part in (slice(0, 1), slice(1, 6), slice(6, None))]
    assert [b"".join(pieces) for pieces in zip(*parts, strict=True)] == whole
    assert all(gradient_bytes(RICH, double=double) == whole for _ in range(100))


@needs_llvm
@pytest.mark.parametrize("double", [True, False])
def test_the_same_bits_on_every_cpu(double: bool, monkeypatch: pytest.MonkeyPatch):
    """With lanes for as many numbers as a register holds; in single precision half as many too."""
    wanted = [("haswell", 8), ("skylake-avx512", 16), *([] if double else [("haswell", 4)])]
    kinds = [kind for kind in wanted if kind[0] in cpus()]
    if len(kinds) < 2:
        pytest.skip(f"this machine stands in for {', '.join(cpus()) or 'no other CPU'} alone")
    found = []
    for cpu, lanes in kinds:
        monkeypatch.setattr(machine, "host", lambda cpu=cpu, lanes=lanes: Host(cpu, "", lanes, True, cpu))
        found.append(gradient_bytes(RICH, double=double))
    assert all(f == found[0] for f in found)


@needs_llvm
@pytest.mark.skipif(not shutil.which("qemu-aarch64"), reason="qemu-aarch64 is not installed")
@pytest.mark.skipif(not shutil.which("aarch64-linux-gnu-gcc"), reason="aarch64-linux-gnu-gcc is not installed")
@pytest.mark.skipif("haswell" not in cpus(), reason="this CPU has no fused multiply-add to compare with")
def test_the_same_bits_on_arm(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine, "host", lambda: Host("haswell", "", 4, True, "AVX2"))
    here = gradient_bytes(RICH)
    with arm.emulated(tmp_path, monkeypatch) as runs:
        there = gradient_bytes(RICH)
    assert runs == ["gradient"]
    assert there == here


# ---- planted errors

IN_SLOPES = {
    "sqrt": (derivatives, "[0.5 / node]", "[1.0 / node]"),
    "pow": (derivatives, "power = b * make", "power = make"),
    "a power's exponent": (derivatives, 'node * make("log", base)]', "None]"),
    "division": (derivatives, "-(node / b)]", "node / b]"),
    "min": (derivatives, 'a < b if node.op == "min" else a > b', 'a > b if node.op == "min" else a > b'),
    "select": (derivatives, 'make("select", node.args[0], 0.0, value)', 'make("select", node.args[0], value, 0.0)'),
    "the slopes that the filter reads": (derivatives, "term if total is None else total + term", "term"),
}
_ROWS = 'steps = w.scalar("mul", {}, w.lengthen("%steps"), "i64")\n                with w.loop(0, "%steps", "ahead")'
_ZERO = (
    "                for variable in adjoint.values():\n"
    '                    w.store("zeroinitializer", w.real_type, variable)\n'
)
_START = "self._add(self._scope(case, None, adjoint), part.first_of_parameters, slopes)"
_KEPT = "scope.value(self.part.script.{}[name])"
_CALL = "return getattr(w, {})(*args)"
IN_CODE = {
    "what is measured at the start": (replay_kernel, _START, "pass"),
    "adjoints of the case before": (replay_kernel, _ZERO, ""),
    "the state after the step kept": (replay_kernel, _KEPT.format("before"), _KEPT.format("after")),
    "forwards twice": (replay_kernel, ', "back", backwards=True)', ', "back")'),
    "the tables of the first case": (replay_kernel, _ROWS.format("case"), _ROWS.format('w.lengthen("0")')),
    "log1p for log": (lowering, _CALL.format("op"), _CALL.format('{"log": "log1p"}.get(op, op)')),
}
IN_FILTER = {
    "noise without a square": (kalman, "shocks[i] * shocks[i] if", "shocks[i] if"),
    "half of the slopes": (kalman, "entry = entry + row(i, b) * slope[j, b]", "entry = entry + row(i, b)"),
    "the gain of another series": (observe, "gain[a] * gain[b] * found.variance", "gain[a] * gain[b]"),
}


def fresh(seed: int) -> tuple[Model, Tables, np.ndarray]:
    """As `subject`, written down anew."""
    model = model_of(made(seed))
    return model, model.script.gradient.fill(model.record), subject(seed)[2]


@pytest.mark.parametrize("error", IN_SLOPES)
def test_errors_in_slopes_are_found(error: str):
    module, right, wrong = IN_SLOPES[error]
    with planted(module, (right, wrong)), pytest.raises(AssertionError, match=r"slopes|log likelihood"):
        model, tables, values = fresh(RICH)
        check_slopes(model, tables, values)
        wanted = numpy_replay.gradient(subject(RICH)[0].script.gradient, subject(RICH)[1], values)[0]
        near(numpy_replay.gradient(model.script.gradient, tables, values)[0], wanted, 1e-9, "log likelihood")


@needs_llvm
@pytest.mark.parametrize("error", IN_CODE)
def test_errors_in_the_code_are_found(error: str):
    module, right, wrong = IN_CODE[error]
    with planted(module, (right, wrong)), pytest.raises(AssertionError):
        check_code(*subject(PANELS[0]))


@pytest.mark.parametrize("error", IN_FILTER)
def test_errors_in_the_filter_are_found(error: str):
    """By the exact joint density of a linear Gaussian scenario."""
    from tests.engine.noise import test_latent

    module, right, wrong = IN_FILTER[error]
    with planted(module, (right, wrong)), pytest.raises(AssertionError):
        test_latent.test_coupled_stocks_against_the_joint_density()
