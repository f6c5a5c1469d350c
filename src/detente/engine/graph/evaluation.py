"""Rules written down once and evaluated with NumPy again and again, where a game is stepped outside of `simulate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np

from detente.engine.game.game import Game
from detente.engine.game.rules import Clock, Parameters, State
from detente.engine.graph.graph import DRAW, FUTURE, OPERATIONS, STEP, Graph, Node, needed


class Evaluation:
    """Some nodes of a graph, ready to be evaluated: every value once, and let go when nothing reads it any more.

    Attributes:
        inputs: names of what has to be given.
    """

    def __init__(self, roots: Sequence[Node], dtype: Any, *, known: Sequence[Node] = ()) -> None:
        """
        Args:
            dtype: of every number: inputs are brought to it, so that what is computed has it too.
            known: nodes whose values are given as well, in this order.
        """
        given = {node.number for node in known}
        order = needed(roots, given)
        place = {node.number: i for i, node in enumerate(order)}
        self._roots = [place[r.number] for r in roots]
        self.inputs = {node.data: i for i, node in enumerate(order) if node.op == "input" and node.number not in given}
        self._known = [(i, place[node.number]) for i, node in enumerate(known) if node.number in place]
        self._dtype = [bool if node.logical else dtype for node in order]
        self._begin = [self._dtype[i](node.data) if node.op == "const" else None for i, node in enumerate(order)]
        made = [i for i, node in enumerate(order) if node.args and node.number not in given]
        args = {i: [place[a.number] for a in order[i].args] for i in made}
        last = {a: i for i in made for a in args[i] if order[a].op != "const"}
        spent: dict[int, list[int]] = {i: [] for i in made}
        wanted = set(self._roots)
        for value, reader in last.items():
            if value not in wanted:
                spent[reader].append(value)
        self._lines = [(_operation(order[i], dtype), i, args[i], spent[i]) for i in made]

    def fixed(self, given: Mapping[Any, Any]) -> Evaluation:
        """The same where some inputs never change: what follows from them alone is worked out here, once."""
        out = copy(self)
        values = self._begin.copy()
        done = {i for i, value in enumerate(values) if value is not None}
        for name, i in self.inputs.items():
            if name in given:
                values[i] = np.asarray(given[name], self._dtype[i])
                done.add(i)
        lines = []
        with np.errstate(all="ignore"):
            for function, i, args, spent in self._lines:
                if all(a in done for a in args):
                    values[i] = function(*[values[a] for a in args])
                    done.add(i)
                else:
                    lines.append((function, i, args, [a for a in spent if a not in done]))
        out._begin, out._lines = values, lines
        out.inputs = {name: i for name, i in self.inputs.items() if name not in given}
        return out

    def __call__(self, given: Mapping[Any, Any], known: Sequence[Any] = ()) -> list[Any]:
        """The values of the nodes.

        Args:
            given: inputs by name, arrays that broadcast; may hold more than is read.
            known: values of the nodes that are known.
        """
        values, dtype = self._begin.copy(), self._dtype
        for name, i in self.inputs.items():
            values[i] = np.asarray(given[name], dtype[i])
        for number, i in self._known:
            values[i] = np.asarray(known[number], dtype[i])
        with np.errstate(all="ignore"):
            for function, i, args, spent in self._lines:
                values[i] = function(*[values[a] for a in args])
                for a in spent:
                    values[a] = None
        return [values[i] for i in self._roots]


def _operation(node: Node, dtype: Any) -> Callable[..., Any]:
    return (lambda mask: np.asarray(mask).astype(dtype)) if node.op == "float" else OPERATIONS[node.op]


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
