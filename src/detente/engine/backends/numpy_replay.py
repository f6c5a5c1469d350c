"""Replays by NumPy, in double precision: the reference for `replay_kernel`, and what answers in its place.

Values of parameter vectors have the shape (case, draw); a record that is no panel's has one case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from detente.engine.graph.evaluation import Evaluation
from detente.engine.graph.graph import DRAW, STEP, Node
from detente.engine.replay import Gradient, Part, Tables, Trail

Policy = Callable[[int, dict[Any, np.ndarray]], dict[Any, np.ndarray]]  # step, carried values -> further inputs


@lru_cache(maxsize=16)
def _prepared(part: Part) -> tuple[Evaluation, Evaluation]:
    """What is worked out before the first step, and what in each: what is read there, then what is carried on."""
    before, step = part.tables[DRAW], [*part.tables[DRAW], *part.tables[STEP]]
    begin, after = part.script.begin, part.script.after
    return (
        Evaluation([*part.starts, *(begin[n] for n in part.names)], float, known=before),
        Evaluation([*part.steps, *(after[n] for n in part.names)], float, known=step),
    )


@lru_cache(maxsize=16)
def _backwards(part: Gradient) -> tuple[Evaluation, Evaluation]:
    """Adjoints before a step, of what is carried and then of the parameters; and of the parameters before the first."""
    before, step = part.tables[DRAW], [*part.tables[DRAW], *part.tables[STEP]]
    return (
        Evaluation(_there([*part.of_carried, *part.of_parameters]), float, known=step),
        Evaluation(_there(part.first_of_parameters), float, known=before),
    )


def _there(nodes: Iterable[Node | None]) -> list[Node]:
    return [n for n in nodes if n is not None]


class _Given:
    """The numbers of a part's tables, and its parameters."""

    def __init__(self, part: Part, tables: Tables, parameters: np.ndarray) -> None:
        self.step = tables.step
        self.parameters = {("parameter", name): parameters[i][None] for i, name in enumerate(part.script.parameters)}
        self.before = list(tables.case.T[..., None])

    def known(self, step: int) -> list[np.ndarray]:
        """What is known in a step."""
        return [*self.before, *self.step[:, step].T[..., None]]


def gradient(part: Gradient, tables: Tables, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The log likelihood (case, draw), and its gradient summed over the cases (parameter, draw).

    Args:
        parameters: (parameter, draw).
    """
    given, shape = _Given(part, tables, parameters), (tables.shape[0], parameters.shape[1])
    (begin, ahead), (back, first) = _prepared(part), _backwards(part)
    start, *values = begin(given.parameters, given.before)
    total, path = np.array(np.broadcast_to(start, shape), float), []
    for k in range(tables.shape[1]):
        path.append({("carried", n): v for n, v in zip(part.names, values, strict=True)})
        term, *values = ahead(given.parameters | path[-1], given.known(k))
        total += term
    out = np.zeros(parameters.shape)
    adjoint = {("adjoint", n): np.zeros(shape) for n in part.names}
    for k in reversed(range(tables.shape[1])):
        found = iter(back(given.parameters | path[k] | adjoint, given.known(k)))
        adjoint = {
            ("adjoint", n): np.zeros(shape) if a is None else np.broadcast_to(next(found), shape)
            for n, a in zip(part.names, part.of_carried, strict=True)
        }
        _add(out, part.of_parameters, found, shape)
    _add(out, part.first_of_parameters, iter(first(given.parameters | adjoint, given.before)), shape)
    return total, out


def _add(out: np.ndarray, nodes: Sequence[Node | None], values: Iterator[Any], shape: tuple[int, ...]) -> None:
    for i, node in enumerate(nodes):
        if node is not None:
            out[i] += np.broadcast_to(next(values), shape).sum(0)


def trail(
    part: Trail, tables: Tables, parameters: np.ndarray, policy: Policy | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is carried at every boundary (boundary, name, case, draw); what the nodes before the first step and those of
    each step are, (node, case, draw) and (step, node, case, draw).

    Args:
        policy: gives the inputs of those who look ahead.
    """
    given, shape = _Given(part, tables, parameters), (tables.shape[0], parameters.shape[1])
    (begin, ahead), count = _prepared(part), tables.shape[1]
    path = np.empty((count + 1, len(part.names), *shape))
    first, terms = np.empty((len(part.starts), *shape)), np.empty((count, len(part.steps), *shape))
    _put(begin(given.parameters, given.before), first, path[0])
    for k in range(count):
        carried: Mapping[Any, Any] = {("carried", n): path[k, i] for i, n in enumerate(part.names)}
        more = {} if policy is None else policy(k, dict(carried))
        _put(ahead(given.parameters | carried | more, given.known(k)), terms[k], path[k + 1])
    return path, first, terms


def _put(values: Sequence[Any], read: np.ndarray, carried: np.ndarray) -> None:
    """Store what is read, then what is carried."""
    for i, value in enumerate(values):
        (read[i] if i < len(read) else carried[i - len(read)])[...] = value
