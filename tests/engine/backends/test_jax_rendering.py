"""The JAX rendering against NumPy: uniforms bit by bit, futures to rounding, gradients by JAX's own derivatives."""

import re
from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="the extra `jax` is not installed")

from detente.engine import random_numbers  # noqa: E402
from detente.engine.backends import jax_rendering, numpy_loop, numpy_replay  # noqa: E402
from detente.engine.game import rules  # noqa: E402
from detente.engine.game.compile import compile_game, function_of  # noqa: E402
from detente.engine.game.courses import course_arrays  # noqa: E402
from detente.engine.simulate import Tally, simulate  # noqa: E402
from detente.errors import InputError  # noqa: E402
from detente.inference.density import model_of  # noqa: E402
from detente.language.expressions import parse  # noqa: E402
from detente.language.load import load  # noqa: E402
from detente.language.priors import Prior  # noqa: E402
from detente.language.records import Course, Forced  # noqa: E402
from tests.engine.games import START, effects, event, measured, move, scenario, stock, track  # noqa: E402

TESTS = Path(__file__).parents[2] / "scenarios"
SLOWER = ["classics/forts", "classics/red-line", "red-line", "cod-war", "kursk-2024"]
DRAWS = 8


def loaded(name):
    """A bundled scenario, or one of the tests'."""
    return load(str(TESTS / name) if (TESTS / name).exists() else name)


def scenarios(*names):
    return pytest.mark.parametrize("name", [*names, *(pytest.param(n, marks=pytest.mark.slow) for n in SLOWER)])


def everything():
    """A little of all that the language has."""
    sizes = {
        "normal": ("1", "0.5"),
        "lognormal": ("0", "spread"),
        "halfnormal": ("spread",),
        "uniform": ("0", "2"),
        "loguniform": ("0.1", "2"),
        "exponential": ("2",),
        "truncnormal": ("1", "spread", "0", "3"),
    }
    moves = [
        move(family, f"0.1 * heat - {i} / 5", magnitude=(family, *about), effects=effects(heat="0.3 * magnitude"))
        for i, (family, about) in enumerate(sizes.items())
    ]
    talk = move("talk", "1 - heat", needs="heat > 0.5 and not (clock.step == 3)", effects=effects(heat="-0.5 * heat"))
    return scenario(
        record=6,
        steps=12,
        parameters={"spread": Prior("lognormal", (-0.5, 0.2)), "pull": Prior("normal", (0.3, 0.1))},
        stocks=[
            stock(
                "heat",
                "1 + 0.1 * pull",
                low=0,
                high=8,
                flow="-pull * heat + 0.2 * sin(6.28 * clock.season)",
                noise="0.1 * heat + 0.05",
                series=[measured("lognormal", "0.3", (1, 1.1), (3, 0.9), (6, 1.7))],
            ),
            stock(
                "count",
                "3",
                low=0,
                flow="max(heat - 1, 0) ** 1.5",
                series=[measured("negbinomial", "4", (2, 4.0), (5, 3.0)), measured("poisson", None, (3, 2.0))],
            ),
        ],
        tracks=[track("A.act", *moves), track("B.act", talk)],
        events=[
            event("spark", "0.2 * logistic(heat - 1)", effects=effects(heat="1 + abs(pull)")),
            event("truce", "min(0.3, exp(-heat))", once=True, effects=effects(heat="-sqrt(heat)")),
            event("end", "0.02 + where(heat > 3, log(heat) / 50, 0)", ends=True),
        ],
        ledger=[
            (1, "A.act", "lognormal", 0.7),
            (2, "B.act", "talk"),
            (2, "A.act", "truncnormal"),
            (3, "A.act", "exponential", 0.4),
            (4, "A.act", "normal", 1.2),
        ],
        courses={
            "free": Course("free", "free", {}, {}),
            "bound": Course(
                "bound", "bound", {"A.act": {START.replace(day=8): Forced("uniform", 1.5)}}, {"A.act": ["normal"]}
            ),
        },
    )


def small():
    """What is quick to compile."""
    return scenario(
        parameters={"pull": Prior("normal", (0.3, 0.1))},
        record=2,
        stocks=[stock("heat", 1, low=0, high=3, flow="-pull * heat", noise="0.5")],
        tracks=[track("A.act", move("raid", "heat - 1", effects=effects(heat="+1")))],
        events=[event("war", "0.2 * logistic(heat)", ends=True)],
        ledger=[(1, "A.act", "raid")],
    )


def play(built, course, futures=100, draws=DRAWS, device=None):
    """Futures of a course of draws from the first hypothesis, from the first state of the clock."""
    game, branch = compile_game(built), built.branch_step(course)
    quantiles = next(iter(model_of(built).quantiles.values()))
    values = quantiles.values(np.random.default_rng(1).standard_normal((draws, len(quantiles)))).T
    theta = dict(zip(game.parameters, values, strict=True))
    state = rules.start(game, theta, np.zeros(draws)).map(lambda x: np.broadcast_to(x, (draws,)))
    stocks = [s.id for s in game.stocks]
    total = function_of(parse(" + ".join(stocks) or "0"))
    tally = Tally(
        moves=tuple((i, 1) for i in range(len(game.tracks))),
        values=((total, branch + 2), (total, branch)),
        any_of=((0, len(game.events)),) if game.tracks and game.events else (),
        continuation=((total, 0.9),),
    )
    laid = course_arrays(game, built.courses[course], branch)
    return simulate(game, tally, laid, theta, state, start=branch, futures=futures, seed=3, device=device)


def assert_same_futures(one, other):
    """Choices and events alike, and numbers to the rounding of float32.

    Where a uniform lies within rounding of a boundary a future may go another way: one half of one draw may differ.
    """
    same = np.ones(one.live.shape[:2], bool)
    for name in ("first", "occurred", "chosen", "ever", "live", "bad_hazard", "bad_stock", "bad_appeal"):
        found = getattr(one, name) == getattr(other, name)
        same &= found.reshape(*same.shape, -1).all(-1)
    assert (~same).sum() <= 1, f"{(~same).sum()} of {same.size} halves of draws have other futures"
    for name in ("first_chance", "occurred_chance", "values", "end", "end_squared", "continuation"):
        pair = (getattr(o, name)[same] for o in (one, other))
        np.testing.assert_allclose(*pair, rtol=1e-4, atol=1e-4, err_msg=name)
    whole = same.all(1)
    for name in ("paths", "alive", "happened"):
        pair = (getattr(o, name)[whole] for o in (one, other))
        np.testing.assert_allclose(*pair, rtol=1e-4, atol=1e-4, err_msg=name)


@pytest.fixture(autouse=True)
def numpy_answers(monkeypatch):
    """Where no device is asked for."""
    monkeypatch.setenv("DETENTE_ENGINE", "numpy")


def test_uniforms_are_the_same_bits():
    lanes = np.random.default_rng(1).integers(0, 2**32, 100_000, dtype=np.uint32)
    for words in random_numbers.salts(7, [0, 54], 3).reshape(-1, 2):
        found = np.asarray(jax.jit(jax_rendering.uniform)(lanes, words))
        np.testing.assert_array_equal(found, random_numbers.uniform(lanes, *words))
        assert found.dtype == np.float32


@scenarios("classics/hawkes", "reprisals", "front-line")
def test_futures_of_scenarios(name):
    built = loaded(name)
    course = next(iter(built.courses))
    assert_same_futures(play(built, course, device="cpu"), play(built, course))


def test_futures_of_everything():
    assert_same_futures(play(everything(), "bound", device="cpu"), play(everything(), "bound"))


@pytest.mark.parametrize(("futures", "draws"), [(2, 3), (10, 5), (70, 4), (600, 2)])
def test_chunks_make_no_difference(monkeypatch, futures, draws):
    """Fewer futures than a chunk holds, more, and numbers that fill none."""
    monkeypatch.setitem(jax_rendering.CHUNK, "cpu", 64)
    built = small()
    assert_same_futures(play(built, "free", futures, draws, "cpu"), play(built, "free", futures, draws))


def test_a_wrong_word_of_the_hash_is_found(monkeypatch):
    """Planted: one bit of the words that set draws apart."""
    right = jax_rendering.uniform
    monkeypatch.setattr(jax_rendering, "uniform", lambda lane, salts: right(lane, salts ^ np.uint32(1 << 20)))
    with pytest.raises(AssertionError, match="have other futures"):
        assert_same_futures(play(small(), "free", device="cpu"), play(small(), "free"))


def test_a_wrong_operation_is_found(monkeypatch):
    """Planted: a clip that does not keep its lower bound."""
    monkeypatch.setitem(jax_rendering.OPERATIONS, "max", lambda a, b: a)
    with pytest.raises(AssertionError):
        assert_same_futures(play(small(), "free", device="cpu"), play(small(), "free"))


def test_nothing_of_the_chunk_is_a_constant(monkeypatch):
    """A larger chunk makes the compiled program no longer, and no constant in it is an array of futures."""
    texts, compiled = [], jax_rendering._compiled

    def spy(*about):
        work = compiled(*about)

        def call(*arguments):
            texts.append(work.lower(*arguments).compile().as_text())
            return work(*arguments)

        return call

    monkeypatch.setattr(jax_rendering, "_compiled", spy)
    for chunk in (256, 4096):
        monkeypatch.setitem(jax_rendering.CHUNK, "cpu", chunk)
        play(small(), "free", futures=4096, draws=1, device="cpu")
    first, large = texts[0], texts[-1]
    assert len(large) < 1.1 * len(first)
    assert "2048]" in large and not re.search(r"\[[^\]]*2048[^\]]*\]\S* constant\(", large)
    assert "opt-barrier" not in large


def test_a_device_that_is_not_there():
    with pytest.raises(InputError, match=r"a device that JAX finds here: cpu\n  got      'abacus'\n.*detente\[gpu\]"):
        play(small(), "free", device="abacus")


def gradients(built, batch=4):
    """Log likelihoods and gradients by NumPy and by JAX, for prior draws of the first hypothesis."""
    model = model_of(built)
    part = model.script.gradient
    tables = part.fill(model.record)
    quantiles = next(iter(model.quantiles.values()))
    values = quantiles.values(np.random.default_rng(2).standard_normal((batch, len(quantiles)))).T
    total, slopes = numpy_replay.gradient(part, tables, values)
    found = jax_rendering.log_likelihood(part)

    def one(parameters):
        by_case = found(parameters, tables.case, tables.step)
        return by_case.sum(), by_case

    (_, by_case), theirs = jax.jit(jax.vmap(jax.value_and_grad(one, has_aux=True), 1, (0, 1)))(values)
    return (total, slopes), (np.asarray(by_case).T, np.asarray(theirs))


def assert_same_gradients(ours, theirs):
    """Relative to the largest of a draw's."""
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-11)
    scale = np.abs(ours[1]).max(0, initial=0.0)
    assert (np.abs(ours[1] - theirs[1]) <= 1e-10 * scale).all()
    assert (scale > 0).all()


@scenarios("classics/hawkes", "reprisals", "front-line", "rivals")
def test_gradients_of_scenarios(name):
    assert_same_gradients(*gradients(loaded(name)))


def test_gradients_of_everything():
    assert_same_gradients(*gradients(everything()))


def test_a_panel_of_many_cases_in_pieces(monkeypatch):
    monkeypatch.setattr(jax_rendering, "CASE_STEPS", 50)  # 25 of 60 cases at once
    assert_same_gradients(*gradients(loaded("rivals")))


def test_a_wrong_derivative_is_found(monkeypatch):
    """Planted: the derivative of a logarithm in ours."""
    from detente.engine.graph import derivatives

    right = derivatives._parts
    monkeypatch.setattr(
        derivatives, "_parts", lambda graph, node: [2.0 / node.args[0]] if node.op == "log" else right(graph, node)
    )
    with pytest.raises(AssertionError):
        assert_same_gradients(*gradients(small()))


def test_a_batch_of_parameters():
    """Batches need no vmap, and single precision stays so until it is added up."""
    model = model_of(small())
    part = model.script.gradient
    tables = part.fill(model.record)
    values = np.abs(np.random.default_rng(3).standard_normal((1, 5, 3)))
    found = jax_rendering.log_likelihood(part)(values.astype(np.float32), tables.case, tables.step)
    exact, _ = numpy_replay.gradient(part, tables, values.reshape(1, 15))
    assert found.shape == (1, 5, 3) and found.dtype == np.float64
    np.testing.assert_allclose(np.asarray(found).reshape(1, 15), exact, rtol=1e-4)


def test_nobody_looks_ahead():
    model = model_of(load("classics/crisis"))
    with pytest.raises(ValueError, match="looks ahead exactly"):
        jax_rendering.log_likelihood(model.script.gradient)


def test_the_loop_of_numpy_is_what_it_is_compared_with(monkeypatch):
    """Without a device the futures of these tests come from NumPy."""
    called = []
    run = numpy_loop.run
    monkeypatch.setattr(numpy_loop, "run", lambda *a, **k: called.append(1) or run(*a, **k))
    play(small(), "free")
    assert called
