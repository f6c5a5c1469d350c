"""An evaluation that is used again and again gives what the graph gives, whatever is known beforehand."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.engine.graph import arrays
from detente.engine.graph.evaluation import Evaluation
from detente.engine.graph.graph import DRAW, FUTURE, Graph, evaluate, needed
from tests.engine.expressions import NAMES, Expression, expressions, points


def built(*some: Expression):
    """A graph with some expressions, each of other rates."""
    graph = Graph()
    env = {name: graph.input(name, rate) for name, rate in zip(NAMES, (DRAW, FUTURE, FUTURE), strict=True)}
    return [graph.lift(e(env)) for e in some]


def close(found, want):
    for one, other in zip(found, want, strict=True):
        np.testing.assert_array_equal(np.broadcast_to(one, 2), np.broadcast_to(other, 2))


@settings(max_examples=200, deadline=None)
@given(expressions, expressions, points, st.sets(st.sampled_from(NAMES)))
def test_evaluations_give_what_the_graph_gives(one: Expression, other: Expression, point, constant):
    roots = built(one, other)
    values = {name: np.array([value, 0.5]) for name, value in point.items()}
    want = evaluate(roots, values)
    evaluation = Evaluation(roots, np.float64)
    close(evaluation(values), want)
    close(evaluation(values), want)  # nothing is left of the first time
    fixed = evaluation.fixed({name: values[name] for name in constant})
    assert set(fixed.inputs) == set(evaluation.inputs) - constant
    close(fixed({name: x for name, x in values.items() if name not in constant}), want)
    close(evaluation(values), want)  # nor of what was fixed


@settings(max_examples=100, deadline=None)
@given(expressions, points, st.integers(0, 1000))
def test_known_values_take_the_place_of_what_they_are_made_of(expression: Expression, point, choice):
    (root,) = built(expression)
    values = {name: np.array([value, 0.5]) for name, value in point.items()}
    inside = needed([root])
    known = inside[choice % len(inside)]
    evaluation = Evaluation([root], np.float64, known=[known])
    close(evaluation(values, evaluate([known], values)), evaluate([root], values))


def test_what_is_known_need_not_be_read():
    graph = Graph()
    x, y = graph.input("x", FUTURE), graph.input("y", FUTURE)
    evaluation = Evaluation([x + 1.0], np.float64, known=[arrays.exp(y)])
    assert evaluation.inputs.keys() == {"x"}
    assert evaluation({"x": 2.0}, [0.0]) == [3.0]


def test_everything_has_the_stated_precision():
    graph = Graph()
    x = graph.input("x", FUTURE)
    roots = [x * 2.0, arrays.where(x > 0, 1.0, 0.0), (x > 0) + 1.0, arrays.exp(x)]
    for dtype in (np.float32, np.float64):
        assert {np.asarray(v).dtype for v in Evaluation(roots, dtype)({"x": np.arange(3)})} == {np.dtype(dtype)}
