"""Derivatives of a graph, as nodes of the same graph: forward mode for slopes, reverse mode for gradients.

At a tie of `min` and `max` the derivative is that of the second argument, and of `abs` at 0 it is -1; a comparison has
none.
Source: Griewank & Walther (2008), Evaluating Derivatives, chapters 3.1 and 3.2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from detente.engine.graph.graph import Graph, Node, Value, needed

_STILL = frozenset({"const", "input", "float", "detach"})
Parts = list[Value | None]  # the derivative of a node in each argument; None where it is 0


def _parts(graph: Graph, node: Node) -> Parts:
    """The derivative of a node in each of its arguments."""
    a = node.args[0]
    b = node.args[1] if len(node.args) > 1 else a
    make = graph.make
    match node.op:
        case "add":
            return [1.0, 1.0]
        case "sub":
            return [1.0, -1.0]
        case "mul":
            return [b, a]
        case "div":
            return [1.0 / b, -(node / b)]
        case "min" | "max" | "peak":
            first = a < b if node.op == "min" else a > b
            return [make("float", first), make("float", ~first)]
        case "neg":
            return [-1.0]
        case "abs":
            return [make("select", a > 0, 1.0, -1.0)]
        case "exp" | "near_exp":
            return [node]
        case "log":
            return [1.0 / a]
        case "log1p":
            return [1.0 / (1.0 + a)]
        case "sqrt":
            return [0.5 / node]
        case "sin":
            return [make("cos", a)]
        case "cos":
            return [-make("sin", a)]
        case "logistic":
            return [node * (1.0 - node)]
        case "pow":
            power = b * make("pow", a, b - 1.0)
            base = make("select", make("eq", a, 0.0), 1.0, a)  # a power of nothing does not change with its exponent
            return [power, None if b.constant is not None else node * make("log", base)]
        case "ndtri":
            return [math.sqrt(2 * math.pi) * make("exp", 0.5 * node * node)]
        case "ndtr":
            return [make("exp", -0.5 * a * a) / math.sqrt(2 * math.pi)]
        case "log_ndtr":
            return [make("exp", -0.5 * a * a - node) / math.sqrt(2 * math.pi)]
        case "lrise":  # the count is data
            return [make("drise", a, b), None]
        case "hold":
            return [1.0]
    raise TypeError(f"no derivative of {node.op}")


def _times(graph: Graph, value: Node, part: Value) -> Node:
    """value * part; a part that is a mask selects, so that what is masked out cannot become not-a-number."""
    if isinstance(part, Node) and part.op == "float":
        return graph.make("select", part.args[0], value, 0.0)
    if not isinstance(part, Node) and part == -1.0:
        return -value
    return value * part


def tangents(roots: Sequence[Node], moving: Iterable[Node]) -> list[Node | None]:
    """Forward mode: how each root changes when every one of `moving` grows at rate 1; None where it does not."""
    graph = roots[0].graph
    slope: dict[int, Node | None] = {m.number: graph.constant(1.0) for m in moving}
    zero = graph.constant(0.0)
    for node in needed(roots):
        if node.number in slope:
            continue
        slope[node.number] = None
        inner = [slope[a.number] for a in node.args]
        if node.logical or node.op in _STILL or node.op == "hold" or all(s is None for s in inner):
            continue
        if node.op == "select":
            yes, no = (zero if s is None else s for s in inner[1:])
            total: Node | None = graph.make("select", node.args[0], yes, no)
        else:
            total = None
            for s, part in zip(inner, _parts(graph, node), strict=True):
                if s is not None and part is not None:
                    term = _times(graph, s, part)
                    total = term if total is None else total + term
        slope[node.number] = None if total is None or total.constant == 0 else total
    return [slope[r.number] for r in roots]


def gradients(outputs: Sequence[tuple[Node, Value]], wrt: Sequence[Node]) -> list[Node | None]:
    """Reverse mode: the derivative of sum(node * weight) in each of `wrt`; None where it is 0.

    Args:
        outputs: (node, weight) pairs.
    """
    graph = outputs[0][0].graph
    adjoint: dict[int, Node] = {}

    def add(node: Node, value: Node) -> None:
        if not node.logical and node.op not in _STILL - {"input"} and value.constant != 0:
            adjoint[node.number] = adjoint[node.number] + value if node.number in adjoint else value

    for node, weight in outputs:
        add(node, graph.lift(weight))
    reached = _depends([n for n, _ in outputs], wrt)
    for node in reversed(needed([n for n, _ in outputs])):
        value = adjoint.get(node.number)
        if value is None or node.op in _STILL or node.number not in reached:
            continue
        if node.op == "select":
            add(node.args[1], graph.make("select", node.args[0], value, 0.0))
            add(node.args[2], graph.make("select", node.args[0], 0.0, value))
            continue
        for a, part in zip(node.args, _parts(graph, node), strict=True):
            if part is not None and a.number in reached:
                add(a, _times(graph, value, part))
    return [adjoint.get(w.number) for w in wrt]


def _depends(roots: Sequence[Node], wrt: Sequence[Node]) -> set[int]:
    """Numbers of the nodes that read any of `wrt`."""
    found = {w.number for w in wrt}
    for node in needed(roots):
        if any(a.number in found for a in node.args):
            found.add(node.number)
    return found
