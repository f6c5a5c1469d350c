"""A loop over the steps of the clock, written down: what is carried from step to step, and what is kept of it.

`Loop` is where a driver and its reducers put their nodes; `numpy_loop`, `futures_kernel` and `jax_rendering` run it.
What is kept is summed over the futures of each half of a draw before it leaves the loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from detente.engine.graph.graph import (
    DRAW,
    FUTURE,
    STEP,
    Graph,
    Node,
    Value,
    carried_for,
    digest,
    evaluate,
    needed,
    read_by_futures,
    table,
)

HALVES = 2  # futures are summed in two halves, from which the analyses correct for their finite number


class How(StrEnum):
    """What is done with what is kept. Counts are of truth values, which must be false where `alive` is."""

    EACH_COUNT = "each count"  # over futures in each step: (draw, half, step, item)
    EACH_SUM = "each sum"  # likewise
    COUNT = "count"  # over futures and steps: (draw, half, item)
    LAST_COUNT = "last count"  # of the final state, over futures: (draw, half, item)
    LAST_SUM = "last sum"  # likewise
    AT = "at"  # sums over futures at the end of a step, each item of its own (data): (draw, half, item)
    PATHS = "paths"  # numbers at the end of every step, of the first futures alone: (draw, future, step, item)

    @property
    def counts(self) -> bool:
        """Whether it is of truth values."""
        return self in (How.EACH_COUNT, How.COUNT, How.LAST_COUNT)

    @property
    def last(self) -> bool:
        """Whether it is of the final state alone."""
        return self in (How.LAST_COUNT, How.LAST_SUM)


class Futures(NamedTuple):
    """Which futures are run."""

    seed: int  # of the random numbers, which are counted by step of the clock, future and draw
    first: int  # number of the first step
    count: int  # of each draw; even
    ids: np.ndarray  # number of each draw in the count of futures
    at: Mapping[str, tuple[int, ...]]  # of what is kept at a step of each item: after which that is, from the first


@dataclass(frozen=True)
class Kept:
    """Something kept of the futures: a name, what is done with it, and its nodes."""

    name: str
    how: How
    nodes: tuple[Node, ...]
    futures: int = 0  # of PATHS

    @property
    def dtype(self) -> type[np.int32 | np.float32]:
        """The type of what is kept."""
        return np.int32 if self.how.counts else np.float32


def kept_arrays(program: Program, draws: int, steps: int, *, path_slots: int = 1) -> dict[str, np.ndarray]:
    """Zeros for everything that is kept, by name.

    Args:
        path_slots: room for each future whose path is kept.
    """
    out = {}
    for kept in program.kept:
        shape = {
            How.EACH_COUNT: (draws, HALVES, steps),
            How.EACH_SUM: (draws, HALVES, steps),
            How.PATHS: (draws, path_slots * kept.futures, steps),
        }.get(kept.how, (draws, HALVES))
        out[kept.name] = np.zeros((*shape, len(kept.nodes)), kept.dtype)
    return out


@dataclass
class Loop:
    """One step as a graph, with what is carried and kept. Reducers add to it; then it is frozen by use."""

    graph: Graph = field(default_factory=Graph)
    carried: dict[Any, Node] = field(default_factory=dict)  # name -> value before the step
    begins: dict[Any, Any] = field(default_factory=dict)  # name -> "given" for each draw, or a number
    after: dict[Any, Node] = field(default_factory=dict)  # name -> value after the step
    kept: list[Kept] = field(default_factory=list)
    uniforms: int = 0  # random numbers of each step

    def carry(self, name: Any, *, begins: Any = "given", logical: bool = False) -> Node:
        """A value that is carried from step to step; set what becomes of it with `becomes`.

        Args:
            begins: "given" when every draw brings its own, else the number it begins with.
        """
        node = self.graph.input(("carried", name), FUTURE, logical=logical)
        self.carried[name], self.begins[name] = node, begins
        return node

    def becomes(self, name: Any, value: Value) -> None:
        """Say what a carried value is after the step."""
        self.after[name] = self.graph.lift(value)

    def uniform(self) -> Node:
        """A fresh random number in (0, 1) for every future and step."""
        self.uniforms += 1
        return self.graph.input(("uniform", self.uniforms - 1), FUTURE)

    def keep(self, name: str, how: How, nodes: Sequence[Value], **more: Any) -> None:
        """Keep something of the futures under a name."""
        self.kept.append(Kept(name, how, tuple(self.graph.lift(n) for n in nodes), **more))


class Program:
    """A finished loop: what is read of it and the tables it reads, worked out once."""

    def __init__(self, loop: Loop) -> None:
        self.graph, self.kept, self.uniforms = loop.graph, tuple(loop.kept), loop.uniforms
        kept = [n for k in self.kept for n in k.nodes]
        self.carried = {name: loop.carried[name] for name in carried_for(kept, loop.carried, loop.after)}
        self.after = {name: loop.after[name] for name in self.carried}
        self.begins = {name: loop.begins[name] for name in self.carried}
        self.roots = [*kept, *self.after.values()]

    @cached_property
    def tables(self) -> dict[int, list[Node]]:
        """Per rate (of the draw, of the step, of both) the values that futures read: made before the loop."""
        found: dict[int, list[Node]] = {DRAW: [], STEP: [], DRAW | STEP: []}
        for _, node in sorted(read_by_futures(self.roots).items()):
            found[node.rate].append(node)
        return found

    @cached_property
    def inner(self) -> list[Node]:
        """The values of the futures, in order."""
        return [n for n in needed(self.roots) if n.rate & FUTURE]

    @cached_property
    def key(self) -> str:
        """A hash of all that the loop computes."""
        carried = [(name, repr(self.begins[name])) for name in self.carried]
        kept = [(k.name, k.how, len(k.nodes), k.futures) for k in self.kept]
        nodes = [*(n for k in self.kept for n in k.nodes), *self.carried.values(), *self.after.values()]
        return digest(nodes, carried, kept, self.uniforms)

    def fill(self, draws: Mapping[Any, np.ndarray], steps: Mapping[Any, np.ndarray], shape: tuple[int, int]) -> Tables:
        """Work out the tables.

        Args:
            draws: inputs of the draw by name, arrays (draw,).
            steps: inputs of the step by name, arrays (step,).
            shape: numbers of draws and of steps.
        """
        given = {n: np.asarray(v)[:, None] for n, v in draws.items()} | {n: np.asarray(v) for n, v in steps.items()}
        order = [*self.tables[DRAW], *self.tables[STEP], *self.tables[DRAW | STEP]]
        values = dict(zip((n.number for n in order), evaluate(order, given), strict=True))

        of_step = self.tables[STEP]
        return Tables(
            table(self.tables[DRAW], values, (shape[0], 1), np.float32)[:, 0],
            table([n for n in of_step if not n.logical], values, (1, shape[1]), np.float32)[0],
            table([n for n in of_step if n.logical], values, (1, shape[1]), bool)[0],
            table(self.tables[DRAW | STEP], values, shape, np.float32),
        )


@dataclass(frozen=True)
class Tables:
    """Values that do not differ between futures, in the order of `Program.tables`."""

    draw: np.ndarray  # (draw, value) float32; truth values as 0 and 1
    step: np.ndarray  # (step, number) float32
    flag: np.ndarray  # (step, truth value) bool
    both: np.ndarray  # (draw, step, value) float32; truth values as 0 and 1
