"""The graph computes what NumPy computes, holds every value once, and has one name for what computes the same."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.engine.graph import arrays
from detente.engine.graph.arrays import both, either
from detente.engine.graph.evaluation import Evaluation
from detente.engine.graph.graph import DRAW, FUTURE, OPERATIONS, STEP, Graph, digest, evaluate, needed, substitute
from tests.engine.expressions import NAMES, Expression, expressions, points


def inputs(graph: Graph, rate: int = FUTURE):
    """An input for every name of the random expressions."""
    return {name: graph.input(name, rate) for name in NAMES}


@settings(max_examples=300, deadline=None)
@given(expressions, points)
def test_a_graph_computes_what_numpy_computes(expression: Expression, point):
    env = {name: np.array([value, -value, 0.5]) for name, value in point.items()}
    graph = Graph()
    root = graph.lift(expression(inputs(graph)))
    with np.errstate(all="ignore"):
        want = np.broadcast_to(expression(env), 3)
    found = evaluate([root], env)[0]
    np.testing.assert_allclose(np.broadcast_to(found, 3), want, rtol=1e-12, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(expressions, points)
def test_in_single_precision_everything_stays_single(expression: Expression, point):
    graph = Graph()
    root = graph.lift(expression(inputs(graph)))
    env = {name: np.full(2, value, np.float32) for name, value in point.items()}
    assert np.asarray(Evaluation([root], np.float32)(env)[0]).dtype in (np.float32, bool)


@settings(max_examples=100, deadline=None)
@given(expressions, expressions)
def test_what_is_built_twice_is_there_once(one: Expression, other: Expression):
    graph = Graph()
    env = inputs(graph)
    first = graph.lift(one(env))
    count = len(graph.nodes)
    assert graph.lift(one(env)) is first
    assert len(graph.nodes) == count
    mine, its = Graph(), Graph()
    built = [g.lift(one(inputs(g))) for g in (mine, its)]
    assert digest([built[0]]) == digest([built[1]])
    apart = mine.lift(other(inputs(mine)))
    assert (digest([apart]) == digest([built[0]])) == (apart is built[0])


@settings(max_examples=100, deadline=None)
@given(expressions)
def test_arguments_come_before_what_reads_them(expression: Expression):
    graph = Graph()
    root = graph.lift(expression(inputs(graph)))
    order = needed([root])
    place = {node.number: i for i, node in enumerate(order)}
    assert order[-1] is root
    assert all(place[a.number] < place[node.number] for node in order for a in node.args)


@pytest.mark.parametrize("op", sorted(OPERATIONS))
def test_constants_are_folded(op: str):
    """Every operation on numbers is a number at once, that which NumPy gives."""
    graph = Graph()
    masks = {"and": (True, False), "or": (True, False), "not": (False,), "float": (True,), "select": (True, 0.3, 0.7)}
    count = {"select": 3}.get(op) or (1 if op in ONE_ARGUMENT else 2)
    args = masks.get(op, (0.3, 2.0, 0.7)[:count])
    node = graph.make(op, *args)
    assert node.op == "const" and not graph.nodes[0].args
    want = OPERATIONS[op](*args)
    assert node.constant == pytest.approx(float(want)) and type(node.constant) is (bool if node.logical else float)


ONE_ARGUMENT = {
    "neg",
    "abs",
    "exp",
    "near_exp",
    "log",
    "log1p",
    "sqrt",
    "sin",
    "cos",
    "logistic",
    "ndtri",
    "ndtr",
    "log_ndtr",
    "isnan",
    "not",
    "float",
    "hold",
    "detach",
}


def test_simplifications():
    graph = Graph()
    x, y, mask = graph.input("x", FUTURE), graph.input("y", FUTURE), graph.input("m", FUTURE, logical=True)
    for same in (
        x + 0,
        0 + x,
        x - 0,
        x * 1,
        1 * x,
        x / 1,
        -(0 - x),
        arrays.minimum(x, x),
        arrays.where(mask, x, x),
        arrays.where(True, x, y),
        arrays.where(False, y, x),
    ):
        assert same is x
    for same in (
        both(mask, True),
        both(True, mask),
        either(mask, False),
        ~(~mask),
        both(mask, mask),
        either(mask, mask),
    ):
        assert same is mask
    assert both(mask, False).constant is False and either(mask, True).constant is True
    assert (x * 0).constant == 0
    assert (0 - x) is -x
    assert x + y is y + x and x * y is y * x and (x == y) is (y == x)
    assert (x - y) is not (y - x)
    assert (x / 4) is (x * 0.25)
    assert arrays.maximum(2.0, x) is arrays.maximum(x, 2.0)
    assert (x / 0).op == "div"  # inf or no number, whatever x is


def test_what_is_not_a_number_stays_so():
    graph = Graph()
    x = graph.input("x", FUTURE)
    found = evaluate([arrays.minimum(x, 2.0), arrays.maximum(2.0, x), arrays.is_nan(x)], {"x": np.array([np.nan, 1.0])})
    assert np.isnan(found[0][0]) and np.isnan(found[1][0])
    assert found[2].tolist() == [True, False]


def test_numbers_and_truth_values_become_each_other_where_they_must():
    graph = Graph()
    x, mask = graph.input("x", FUTURE), graph.input("m", FUTURE, logical=True)
    assert (mask + 1).args[0].op == "float" or (mask + 1).args[1].op == "float"
    assert both(x, mask).logical and not (mask * x).logical
    values = {"x": np.array([0.0, 2.0, -1.0]), "m": np.array([True, True, False])}
    found = evaluate([both(x, mask), mask * x, ~x, arrays.where(x, 1.0, 5.0)], values)
    assert [f.tolist() for f in found] == [[False, True, False], [0.0, 2.0, 0.0], [True, False, False], [5.0, 1.0, 1.0]]


def test_rates_are_those_of_what_is_read():
    graph = Graph()
    draw, step, future = (graph.input(name, rate) for name, rate in (("d", DRAW), ("s", STEP), ("f", FUTURE)))
    assert (draw * 2).rate == DRAW
    assert (draw + step).rate == DRAW | STEP
    assert (future - draw).rate == FUTURE | DRAW
    assert graph.constant(3).rate == 0


def test_sums_add_up_first_what_differs_by_less():
    graph = Graph()
    draw, step, future = (graph.input(name, rate) for name, rate in (("d", DRAW), ("s", STEP), ("f", FUTURE)))
    total = arrays.total([future, step, draw], [1, -1, 1])
    apart = [node for node in needed([total]) if node.args]
    assert [node.rate for node in apart] == [DRAW | STEP, DRAW | STEP | FUTURE]
    assert evaluate([total], {"d": 5.0, "s": 2.0, "f": 1.0})[0] == 4.0
    assert arrays.product([future, draw, 3.0]) is future * (3.0 * draw)


def test_a_value_of_a_graph_is_not_known():
    graph = Graph()
    with pytest.raises(TypeError, match="known only when the graph is evaluated"):
        bool(graph.input("x", FUTURE) > 0)


def test_numpy_leaves_arithmetic_to_the_nodes():
    graph = Graph()
    x = graph.input("x", FUTURE)
    assert np.float64(2.0) * x is 2.0 * x
    assert np.float32(0.5) + x is x + 0.5
    assert (np.float64(1.0) < x) is (x > 1.0)


CHANGES = {
    "a constant": lambda x, y, z: x * 2.5 + y,
    "an operation": lambda x, y, z: x * 2.0 - y,
    "an input": lambda x, y, z: x * 2.0 + z,
    "the order": lambda x, y, z: y * 2.0 + x,
    "a branch": lambda x, y, z: arrays.where(x > 0, x * 2.0 + y, y),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_digest_tells_programs_apart(change: str):
    graph = Graph()
    x, y, z = (graph.input(name, FUTURE) for name in NAMES)
    base = digest([x * 2.0 + y])
    assert digest([CHANGES[change](x, y, z)]) != base


def test_the_digest_knows_rates_kinds_roots_and_what_else_bears_on_it():
    graph = Graph()
    x, y = graph.input("x", FUTURE), graph.input("y", FUTURE)
    base = digest([x, y])
    assert digest([y, x]) != base and digest([x]) != base and digest([x, y], 2) != base
    other = Graph()
    assert digest([other.input("x", DRAW), other.input("y", FUTURE)]) != base
    assert digest([other.input("x", FUTURE, logical=True), other.input("y", FUTURE)]) != base
    # what else stands in the graph, and when it was built, does not matter
    late = Graph()
    late.input("z", FUTURE) * 7
    assert digest([late.input("x", FUTURE), late.input("y", FUTURE)]) == base


PRINTED = """
from tests.engine.test_agreement import game
from detente.engine.game.compile import compile_game
from detente.engine.simulate import Tally, _program
print(_program(compile_game(game()), Tally(moves=((0, 1),)), frozenset({0})).key)
"""


def test_a_program_has_the_same_key_in_every_process():
    """Nothing in it depends on the order of sets, which changes from process to process."""
    keys = set()
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", PRINTED],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(p or "." for p in sys.path)},
        )
        keys.add(told.stdout.strip())
    assert len(keys) == 1 and len(keys.pop()) == 64


@settings(max_examples=100, deadline=None)
@given(expressions, expressions, st.sampled_from(NAMES), points)
def test_substitution_is_composition(outer: Expression, inner: Expression, name: str, point):
    graph = Graph()
    env = inputs(graph)
    inside = graph.lift(inner(env))
    swapped = substitute(graph.lift(outer(env)), {env[name]: inside})
    direct = graph.lift(outer({**env, name: inside}))
    values = {n: np.array([v]) for n, v in point.items()}
    found, want = evaluate([swapped, direct], values)
    np.testing.assert_allclose(found, want, rtol=1e-10, atol=1e-10)


def test_substitution_keeps_what_does_not_change():
    graph = Graph()
    x, y = graph.input("x", FUTURE), graph.input("y", FUTURE)
    kept = arrays.exp(y) * 3.0
    root = kept + arrays.sin(x)
    assert substitute(root, {x: 0.0}) is kept
    assert substitute(root, {}) is root
    assert substitute(root, {root: y}) is y
