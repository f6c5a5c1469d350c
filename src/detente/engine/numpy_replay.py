"""Replays by NumPy, in double precision: the reference for `kernel`, and what answers in its place.

Values of parameter vectors have the shape (case, draw); a record that is no panel's has one case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from detente.engine.graph import DRAW, FUTURE, OPERATIONS, STEP, Node, needed
from detente.engine.replay import Gradient, Part, Tables, Trail

Policy = Callable[[int, dict[Any, np.ndarray]], dict[Any, np.ndarray]]  # step, carried values -> further inputs


class _Steps:
    """The nodes of a part in the order in which they are worked out, and the numbers of its tables."""

    def __init__(self, part: Part, tables: Tables, parameters: np.ndarray) -> None:
        self.tables, self.part = tables, part
        self.given = {("parameter", name): parameters[i][None] for i, name in enumerate(part.script.parameters)}
        self.of_case = {n.number: _column(tables.case[:, i], n) for i, n in enumerate(part.tables[DRAW])}

    def values(
        self, roots: Sequence[Node], step: int | None, carried: Mapping[Any, Any], known: Mapping[int, Any] = {}
    ) -> dict[int, Any]:
        """The values of some nodes in a step, or before the first (None).

        Args:
            carried: other inputs by name.
            known: values worked out already.
        """
        inputs = {**self.given, **carried}
        values = {**self.of_case, **known}
        if step is not None:
            for i, node in enumerate(self.part.tables[STEP]):
                values[node.number] = _column(self.tables.step[:, step, i], node)
        for node in needed(roots):
            if node.number in values or (not node.rate & FUTURE and node.op != "const"):
                continue
            if node.op == "const":
                values[node.number] = node.data
            elif node.op == "input":
                values[node.number] = inputs[node.data]
            elif node.op == "float":
                values[node.number] = np.asarray(values[node.args[0].number], float)
            else:
                values[node.number] = OPERATIONS[node.op](*(values[a.number] for a in node.args))
        return values


def _column(values: np.ndarray, node: Node) -> np.ndarray:
    return (values != 0)[:, None] if node.logical else values[:, None]


def gradient(
    part: Gradient, tables: Tables, parameters: np.ndarray, *, back: bool = True
) -> tuple[np.ndarray, np.ndarray | None]:
    """The log likelihood (case, draw), and its gradient summed over the cases (parameter, draw).

    Args:
        parameters: (parameter, draw).
        back: whether the gradient is wanted.
    """
    steps = _Steps(part, tables, parameters)
    shape = (tables.shape[0], parameters.shape[1])
    script = part.script
    ahead = [part.step, *(script.after[n] for n in part.names)]
    with np.errstate(all="ignore"):
        begin = [part.start, *(script.begin[n] for n in part.names)]
        values = steps.values(begin, None, {})
        total = np.array(np.broadcast_to(values[part.start.number], shape), float)
        carried = {("carried", n): values[script.begin[n].number] for n in part.names}
        path = []
        for k in range(tables.shape[1]):
            path.append(carried)
            values = steps.values(ahead, k, carried)
            total += values[part.step.number]
            carried = {("carried", n): values[script.after[n].number] for n in part.names}
        if not back:
            return total, None
        out = np.zeros(parameters.shape)
        adjoint: dict[Any, Any] = {("adjoint", n): np.zeros(shape) for n in part.names}
        backwards = [n for n in (*part.of_carried, *part.of_parameters) if n is not None]
        for k in reversed(range(tables.shape[1])):
            values = steps.values(backwards, k, {**path[k], **adjoint})
            _add(out, part.of_parameters, values, shape)
            adjoint = {
                ("adjoint", n): np.zeros(shape) if a is None else np.broadcast_to(values[a.number], shape)
                for n, a in zip(part.names, part.of_carried, strict=True)
            }
        values = steps.values([n for n in part.first_of_parameters if n is not None], None, adjoint)
        _add(out, part.first_of_parameters, values, shape)
    return total, out


def _add(out: np.ndarray, nodes: Iterable[Node | None], values: Mapping[int, Any], shape: tuple[int, ...]) -> None:
    for i, node in enumerate(nodes):
        if node is not None:
            out[i] += np.broadcast_to(values[node.number], shape).sum(0)


def trail(
    part: Trail, tables: Tables, parameters: np.ndarray, policy: Policy | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is carried at every boundary (boundary, name, case, draw); what the nodes before the first step and those of
    each step are, (node, case, draw) and (step, node, case, draw).

    Args:
        policy: gives the inputs of those who look ahead.
    """
    steps, script = _Steps(part, tables, parameters), part.script
    shape = (tables.shape[0], parameters.shape[1])
    count = tables.shape[1]
    path = np.empty((count + 1, len(part.names), *shape))
    terms = np.empty((count, len(part.steps), *shape))
    after = [script.after[n] for n in part.names]
    with np.errstate(all="ignore"):
        begin = [script.begin[n] for n in part.names]
        values = steps.values([*part.starts, *begin], None, {})
        first = _stacked(part.starts, values, shape)
        path[0] = _stacked(begin, values, shape)
        for k in range(count):
            carried: dict[Any, Any] = {("carried", n): path[k, i] for i, n in enumerate(part.names)}
            if policy is not None:
                carried |= policy(k, carried)
            values = steps.values([*part.steps, *after], k, carried)
            terms[k] = _stacked(part.steps, values, shape)
            path[k + 1] = _stacked(after, values, shape)
    return path, first, terms


def _stacked(nodes: Sequence[Node], values: Mapping[int, Any], shape: tuple[int, ...]) -> np.ndarray:
    out = np.empty((len(nodes), *shape))
    for i, node in enumerate(nodes):
        out[i] = values[node.number]
    return out
