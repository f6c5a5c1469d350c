"""Rules written down once and evaluated with NumPy again and again, where a game is stepped outside of `simulate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from detente.engine.compile import Game
from detente.engine.graph import DRAW, FUTURE, OPERATIONS, STEP, Graph, Node, needed
from detente.engine.rules import Clock, Parameters, State


class Evaluation:
    """Some nodes of a graph, ready to be evaluated: every value once, and let go when nothing reads it any more.

    Attributes:
        inputs: names of what has to be given.
    """

    def __init__(self, roots: Sequence[Node], dtype: Any) -> None:
        """
        Args:
            dtype: of every number: inputs are brought to it, so that what is computed has it too.
        """
        order = needed(roots)
        place = {node.number: i for i, node in enumerate(order)}
        last = {place[a.number]: i for i, node in enumerate(order) for a in node.args}
        self.roots = [place[r.number] for r in roots]
        spent: list[list[int]] = [[] for _ in order]
        for value, reader in last.items():
            if value not in set(self.roots) and order[value].op != "const":
                spent[reader].append(value)
        self.inputs = {node.data: i for i, node in enumerate(order) if node.op == "input"}
        self._dtype = {i: bool if order[i].logical else dtype for i in self.inputs.values()}
        self._begin = [self._constant(node, dtype) for node in order]
        self._lines: list[tuple[Callable[..., Any], int, list[int], list[int]]] = []
        for i, node in enumerate(order):
            if node.args:
                function = _to(dtype) if node.op == "float" else OPERATIONS[node.op]
                self._lines.append((function, i, [place[a.number] for a in node.args], spent[i]))

    @staticmethod
    def _constant(node: Node, dtype: Any) -> Any:
        if node.op != "const":
            return None
        return np.bool_(node.data) if node.logical else dtype(node.data)

    def __call__(self, given: Mapping[Any, Any]) -> list[Any]:
        """The values of the nodes.

        Args:
            given: inputs by name, arrays that broadcast; may hold more than is read.
        """
        values = self._begin.copy()
        for name, i in self.inputs.items():
            values[i] = np.asarray(given[name], self._dtype[i])
        with np.errstate(all="ignore"):
            for function, i, args, spent in self._lines:
                values[i] = function(*[values[a] for a in args])
                for a in spent:
                    values[a] = None
        return [values[i] for i in self.roots]


def _to(dtype: Any) -> Callable[[Any], Any]:
    return lambda mask: np.asarray(mask).astype(dtype)


def inputs_of(graph: Graph, game: Game) -> tuple[dict[str, Node], State, Clock]:
    """Input nodes for what a step of a game reads: parameters, state and clock."""
    parameters = {p: graph.input(("parameter", p), DRAW) for p in (*game.parameters, *(game.case or ()))}
    state = State(
        {s.id: graph.input(("stock", s.id), FUTURE) for s in game.stocks},
        graph.input("alive", FUTURE, logical=True),
        {e.id: graph.input(("happened", e.id), FUTURE, logical=True) for e in game.events},
    )
    return parameters, state, Clock(graph.input("step", STEP), graph.input("season", STEP))


def given_of(parameters: Parameters, state: State, clock: Clock) -> dict[Any, Any]:
    """The values of `inputs_of`."""
    given: dict[Any, Any] = {("parameter", p): x for p, x in parameters.items()}
    given |= {("stock", name): x for name, x in state.stocks.items()}
    given |= {("happened", name): x for name, x in state.happened.items()}
    return given | {"alive": state.alive, "step": clock.step, "season": clock.season}
