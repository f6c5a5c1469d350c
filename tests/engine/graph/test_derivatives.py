"""Derivatives against finite differences, for every operation and for random expressions; forward against reverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from scipy import special

from detente.engine.graph import arrays
from detente.engine.graph.derivatives import gradients, tangents
from detente.engine.graph.graph import COMPARISONS, FUTURE, LOGIC, OPERATIONS, Graph, evaluate
from detente.engine.likelihood import log_of
from tests.engine.expressions import NAMES, Expression, expressions, points

OFF_THE_GRID = (0.0137, -0.0271, 0.0419)  # at a round number kinks can cancel in differences, as of min(x, abs(x)) at 0
STEP = 1e-5

# Points of every operation that has derivatives, away from ties and edges
POINTS = {
    "add": (0.7, -1.2),
    "sub": (0.7, -1.2),
    "mul": (0.7, -1.2),
    "div": (0.7, -1.2),
    "pow": (0.7, 1.3),
    "min": (0.7, -1.2),
    "max": (0.7, -1.2),
    "peak": (0.7, 1.2),
    "neg": (0.7,),
    "abs": (-0.7,),
    "exp": (0.7,),
    "near_exp": (0.7,),
    "log": (0.7,),
    "log1p": (0.7,),
    "sqrt": (0.7,),
    "sin": (0.7,),
    "cos": (0.7,),
    "logistic": (0.7,),
    "ndtri": (0.7,),
    "ndtr": (0.7,),
    "log_ndtr": (-3.0,),
}
STILL = {"float", "select", "lrise", "hold", "detach"}  # tests of their own
NONE = {"drise"}  # a derivative itself; nobody asks for its own


def values(nodes, given):
    """Numbers of nodes, 0 where there is none."""
    graph = next(iter(n for n in nodes if n is not None), None)
    if graph is None:
        return [0.0] * len(nodes)
    roots = [graph.graph.constant(0.0) if n is None else n for n in nodes]
    return [np.asarray(v, float) for v in evaluate(roots, given)]


def test_every_operation_is_in_a_test():
    assert set(OPERATIONS) == set(POINTS) | STILL | NONE | COMPARISONS | LOGIC


@pytest.mark.parametrize("op", sorted(POINTS))
def test_operations(op: str):
    point = POINTS[op]
    graph = Graph()
    args = [graph.input(i, FUTURE) for i in range(len(point))]
    node = graph.make(op, *args)
    given = dict(enumerate(point))
    forward = [values(tangents([node], [a]), given)[0] for a in args]
    reverse = values(gradients([(node, 1.0)], args), given)
    for i in range(len(point)):
        high, low = ([x + sign * STEP * (j == i) for j, x in enumerate(point)] for sign in (1, -1))
        slope = (OPERATIONS[op](*high) - OPERATIONS[op](*low)) / (2 * STEP)
        assert forward[i] == pytest.approx(slope, rel=1e-8, abs=1e-9)
        assert reverse[i] == pytest.approx(slope, rel=1e-8, abs=1e-9)


def test_a_rise_moves_with_its_size_alone():
    graph = Graph()
    size, count = graph.input("size", FUTURE), graph.input("count", FUTURE)
    node = arrays.log_rise(size, count)
    given = {"size": 1.7, "count": 4.0}
    found = gradients([(node, 1.0)], [size, count])
    assert found[1] is None
    assert values(found[:1], given)[0] == pytest.approx(special.digamma(5.7) - special.digamma(1.7))


def test_derivatives_of_derivatives_are_refused_where_there_are_none():
    graph = Graph()
    x = graph.input("x", FUTURE)
    with pytest.raises(TypeError, match="no derivative of drise"):
        gradients([(graph.make("drise", x, 2.0), 1.0)], [x])


def test_what_is_held_moves_gradients_alone_and_what_is_detached_moves_nothing():
    graph = Graph()
    x = graph.input("x", FUTURE)
    held, detached = arrays.held(x * 2.0) + x, arrays.detached(x * 2.0) + x
    assert values(tangents([held], [x]), {"x": 1.0})[0] == 1.0
    assert values(gradients([(held, 1.0)], [x]), {"x": 1.0})[0] == 3.0
    assert values(tangents([detached], [x]), {"x": 1.0})[0] == 1.0
    assert values(gradients([(detached, 1.0)], [x]), {"x": 1.0})[0] == 1.0


def test_a_branch_passes_its_own_derivative_alone():
    """A branch not taken may be infinite or no number, where a slope is followed forward; a gradient wants it to be
    finite, which `likelihood.log_of` shows how to have."""
    graph = Graph()
    x = graph.input("x", FUTURE)
    given = {"x": np.array([4.0, -3.0, 0.0])}
    node = arrays.where(x > 0, arrays.sqrt(x), 2.0 * x)
    assert values(tangents([node], [x]), given)[0].tolist() == [0.25, 2.0, 2.0]
    assert values(gradients([(log_of(x), 1.0)], [x]), given)[0].tolist() == [0.25, 0.0, 0.0]
    assert values(gradients([(arrays.maximum(x * x, 4.0 * x), 1.0)], [x]), given)[0].tolist() == [4.0, -6.0, 4.0]


def test_at_a_tie_the_second_argument_counts():
    graph = Graph()
    x, y = graph.input("x", FUTURE), graph.input("y", FUTURE)
    given = {"x": 1.0, "y": 1.0}
    for node in (arrays.minimum(x, y), arrays.maximum(x, y)):
        assert values(gradients([(node, 1.0)], [x, y]), given) == [0.0, 1.0]
    # so a stock at the end of its range follows it no further
    assert values(gradients([(arrays.clip(x, 0.0, 1.0), 1.0)], [x]), {"x": 1.0})[0] == 0.0


def test_a_power_of_nothing_has_finite_derivatives():
    graph = Graph()
    x, y = graph.input("x", FUTURE), graph.input("y", FUTURE)
    found = values(gradients([(x**y, 1.0)], [x, y]), {"x": np.array([0.0, 4.0]), "y": np.array([1.5, 0.5])})
    np.testing.assert_allclose(found, [[0.0, 0.25], [0.0, 2 * np.log(4)]])


def test_nothing_reaches_what_is_not_read():
    graph = Graph()
    x, y = graph.input("x", FUTURE), graph.input("y", FUTURE)
    node = arrays.sin(x) * 2.0
    assert tangents([node], [y]) == [None]
    assert gradients([(node, 1.0)], [y]) == [None]
    assert gradients([(node, 0.0)], [x]) == [None]
    stair = arrays.where(x > 0, 1.0, 0.0) * y
    assert gradients([(stair, 1.0)], [x]) == [None]


def test_weights_and_what_lies_between():
    graph = Graph()
    x = graph.input("x", FUTURE)
    between = arrays.exp(x)
    outputs = [(between * between, 3.0), (between, graph.input("w", FUTURE))]
    found = values(gradients(outputs, [between, x]), {"x": 0.5, "w": 7.0})
    e = np.exp(0.5)
    assert found == pytest.approx([6 * e + 7, (6 * e + 7) * e])


@settings(max_examples=300, deadline=None)
@given(expressions, points)
def test_gradients_are_slopes(expression: Expression, point):
    point = {n: v + shift for (n, v), shift in zip(point.items(), OFF_THE_GRID, strict=True)}
    graph = Graph()
    env = {name: graph.input(name, FUTURE) for name in NAMES}
    root = graph.lift(expression(env))
    found = values(gradients([(root, 1.0)], [env[name] for name in NAMES]), point)
    for name, slope in zip(NAMES, found, strict=True):
        moved = {n: v + np.array([-1, 0, 1]) * STEP * (n == name) for n, v in point.items()}
        with np.errstate(all="ignore"):
            left, right = np.diff(np.broadcast_to(expression(moved), 3)) / STEP
        assume(abs(right - left) < 0.01 * (1 + abs(right)))  # no branch, tie or edge lies within the differences
        assert slope == pytest.approx((left + right) / 2, rel=1e-4, abs=1e-4)


@settings(max_examples=200, deadline=None)
@given(expressions, points)
def test_forward_and_reverse_agree(expression: Expression, point):
    graph = Graph()
    env = {name: graph.input(name, FUTURE) for name in NAMES}
    root = graph.lift(expression(env))
    assume("held" not in expression.words)  # which is where they differ
    reverse = values(gradients([(root, 1.0)], [env[name] for name in NAMES]), point)
    forward = [values(tangents([root], [env[name]]), point)[0] for name in NAMES]
    np.testing.assert_allclose(forward, reverse, rtol=1e-9, atol=1e-9)


def test_a_wrong_derivative_would_be_seen(monkeypatch: pytest.MonkeyPatch):
    """The check above fails for a sine whose derivative is its own."""
    from detente.engine.graph import derivatives

    right = derivatives._parts
    monkeypatch.setattr(derivatives, "_parts", lambda g, n: [n] if n.op == "sin" else right(g, n))
    with pytest.raises(AssertionError):
        test_operations("sin")
