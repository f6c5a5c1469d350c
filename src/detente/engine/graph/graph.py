"""A computation as a graph of values: built by ordinary arithmetic on nodes, each value once, constants folded.

The rules of the engine are plain Python over numbers. Given nodes instead of numbers they write down what they would
compute; the graph is then evaluated with NumPy (`evaluate`), written as machine code (`futures_kernel`,
`replay_kernel`), as JAX code, or differentiated (`derivatives`). Nodes are made only by `Graph`, which returns the node
at hand when an equal one exists.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

DRAW, STEP, FUTURE = 1, 2, 4  # what a value differs by: parameter draws, steps of the clock, futures; bits of a rate


class Node:
    """One value of a graph. Compared by identity; arithmetic and comparisons make further nodes."""

    __slots__ = ("args", "data", "graph", "logical", "number", "op", "rate")
    __array_ufunc__ = None  # NumPy numbers leave arithmetic with nodes to the nodes

    def __init__(self, graph: Graph, number: int, op: str, args: tuple[Node, ...], logical: bool, rate: int, data):
        self.graph, self.number, self.op, self.args = graph, number, op, args
        self.logical, self.rate, self.data = logical, rate, data

    @property
    def constant(self) -> float | None:
        """The number, where it is known."""
        return self.data if self.op == "const" else None

    def __repr__(self) -> str:
        if self.op in ("const", "input"):
            return f"{self.data}"
        return f"{self.op}({', '.join(f'#{a.number}' for a in self.args)})"

    def __add__(self, other: Value) -> Node:
        return self.graph.make("add", self, other)

    def __radd__(self, other: Value) -> Node:
        return self.graph.make("add", other, self)

    def __sub__(self, other: Value) -> Node:
        return self.graph.make("sub", self, other)

    def __rsub__(self, other: Value) -> Node:
        return self.graph.make("sub", other, self)

    def __mul__(self, other: Value) -> Node:
        return self.graph.make("mul", self, other)

    def __rmul__(self, other: Value) -> Node:
        return self.graph.make("mul", other, self)

    def __truediv__(self, other: Value) -> Node:
        return self.graph.make("div", self, other)

    def __rtruediv__(self, other: Value) -> Node:
        return self.graph.make("div", other, self)

    def __pow__(self, other: Value) -> Node:
        return self.graph.make("pow", self, other)

    def __rpow__(self, other: Value) -> Node:
        return self.graph.make("pow", other, self)

    def __neg__(self) -> Node:
        return self.graph.make("neg", self)

    def __lt__(self, other: Value) -> Node:
        return self.graph.make("lt", self, other)

    def __le__(self, other: Value) -> Node:
        return self.graph.make("le", self, other)

    def __gt__(self, other: Value) -> Node:
        return self.graph.make("gt", self, other)

    def __ge__(self, other: Value) -> Node:
        return self.graph.make("ge", self, other)

    def __eq__(self, other: Value) -> Node:  # type: ignore[override]
        return self.graph.make("eq", self, other)

    def __ne__(self, other: Value) -> Node:  # type: ignore[override]
        return self.graph.make("ne", self, other)

    __hash__ = object.__hash__

    def __invert__(self) -> Node:
        return self.graph.make("not", self)

    def __bool__(self) -> bool:
        raise TypeError("a value of a graph is known only when the graph is evaluated")


Value = Any  # a node, or a number that becomes a constant


def _rise(size, count):
    return special.gammaln(size + count) - special.gammaln(size)


def _rise_slope(size, count):
    return special.digamma(size + count) - special.digamma(size)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "min": np.minimum,
    "max": np.maximum,
    "peak": np.maximum,  # as max where all are numbers; anything where one is not
    "neg": np.negative,
    "abs": np.abs,
    "exp": np.exp,
    "near_exp": np.exp,  # as exp, of numbers between -86 and 88
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "logistic": special.expit,
    "ndtri": special.ndtri,
    "ndtr": special.ndtr,
    "log_ndtr": special.log_ndtr,
    "lrise": _rise,  # log gamma(size + count) - log gamma(size)
    "drise": _rise_slope,  # its derivative in the size
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "isnan": np.isnan,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "select": np.where,
    "float": lambda mask: np.where(mask, 1.0, 0.0),
    "hold": lambda x: x,  # constant for forward derivatives, not for gradients
    "detach": lambda x: x,  # constant for both
}
COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "isnan"})
LOGIC = frozenset({"and", "or", "not"})
_COMMUTE = frozenset({"add", "mul", "and", "or", "eq", "ne"})


class Graph:
    """Makes nodes, each once. Two graphs built alike have equal numbers and equal digests."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._memo: dict[tuple, Node] = {}

    def input(self, name: Any, rate: int, *, logical: bool = False) -> Node:
        """A value that is given when the graph is evaluated. `name`: a string or a tuple of strings and numbers."""
        return self._node("input", (), logical, rate, name)

    def constant(self, value: float | bool | np.generic) -> Node:
        """A number, or for a truth value a node that is always so."""
        if isinstance(value, bool | np.bool_):
            return self._node("const", (), True, 0, bool(value))
        return self._node("const", (), False, 0, float(value))

    def lift(self, value: Value) -> Node:
        """The node of a value."""
        return value if isinstance(value, Node) else self.constant(value)

    def make(self, op: str, *values: Value) -> Node:
        """The node of an operation, simplified where that changes no result: -0 counts as 0, 0 times anything is 0."""
        args = tuple(self._typed(op, i, self.lift(v)) for i, v in enumerate(values))
        known = [a.constant for a in args]
        if all(k is not None for k in known):
            with np.errstate(all="ignore"):
                folded = OPERATIONS[op](*(np.float64(k) if not isinstance(k, bool) else k for k in known))
            return self.constant(bool(folded) if op in COMPARISONS or op in LOGIC else float(folded))
        simpler = self._simpler(op, args, known)
        if simpler is not None:
            return simpler
        if op in _COMMUTE and args[1].number < args[0].number:
            args = args[::-1]
        logical = op in COMPARISONS or op in LOGIC
        rate = 0
        for a in args:
            rate |= a.rate
        return self._node(op, args, logical, rate, None)

    def _typed(self, op: str, position: int, node: Node) -> Node:
        wanted = op in LOGIC or op == "float" or (op == "select" and position == 0)
        if node.logical == wanted or (op in ("hold", "detach") and node.logical):
            return node
        if wanted:
            return self.make("ne", node, 0.0)
        return (
            self.constant(float(bool(node.data)))
            if node.op == "const"
            else self._node("float", (node,), False, node.rate, None)
        )

    def _simpler(self, op: str, args: tuple[Node, ...], known: list) -> Node | None:
        a, *rest = args
        b = rest[0] if rest else a
        match op:
            case "add":
                return b if known[0] == 0 else a if known[1] == 0 else None
            case "sub" if known[1] == 0:
                return a
            case "sub" if known[0] == 0:
                return self.make("neg", b)
            case "mul":
                if 0 in known:  # whatever the other is, also where it is no number
                    return self.constant(0.0)
                return b if known[0] == 1 else a if known[1] == 1 else None
            case "div" if known[1] == 1:
                return a
            case "div" if known[1] and abs(math.frexp(known[1])[0]) == 0.5 and math.isfinite(1 / known[1]):
                return self.make("mul", a, 1 / known[1])
            case "neg" if a.op == "neg":
                return a.args[0]
            case "not" if a.op == "not":
                return a.args[0]
            case "and":
                if False in known:
                    return self.constant(False)
                return b if known[0] is True else a if known[1] is True or a is b else None
            case "or":
                if True in known:
                    return self.constant(True)
                return b if known[0] is False else a if known[1] is False or a is b else None
            case "select":
                if known[0] is not None:
                    return args[1] if known[0] else args[2]
                return args[1] if args[1] is args[2] else None
            case "min" | "max" | "peak":
                if a is b:
                    return a
                # the number last: a comparison with it keeps what is not a number
                return self.make(op, b, a) if known[0] is not None else None
        return None

    def _node(self, op: str, args: tuple[Node, ...], logical: bool, rate: int, data: Any) -> Node:
        key = (op, tuple(a.number for a in args), logical, rate, data if op != "const" else repr(data))
        found = self._memo.get(key)
        if found is None:
            found = Node(self, len(self.nodes), op, args, logical, rate, data)
            self.nodes.append(found)
            self._memo[key] = found
        return found


def needed(roots: Iterable[Node], known: Collection[int] = ()) -> list[Node]:
    """Everything that some nodes are made of, themselves included; arguments before what reads them.

    Args:
        known: numbers of nodes whose values are known, so that what they are made of is not needed.
    """
    found: dict[int, Node] = {}
    todo = list(roots)
    while todo:
        node = todo.pop()
        if node.number not in found:
            found[node.number] = node
            todo.extend(() if node.number in known else node.args)
    return [found[number] for number in sorted(found)]


def carried_for(roots: Iterable[Node], before: Mapping[Any, Node], after: Mapping[Any, Node]) -> list[Any]:
    """Names of what must be carried from step to step for some nodes: what they read, and what that becomes of.

    Args:
        before: name -> value before the step, an input. after: name -> value after it.
    """
    names = {node.number: name for name, node in before.items()}
    waiting, wanted = list(roots), set()
    while waiting:
        found = {names[n.number] for n in needed(waiting) if n.number in names} - wanted
        wanted |= found
        waiting = [after[name] for name in found]
    return [name for name in before if name in wanted]


def read_by_futures(roots: Iterable[Node]) -> dict[int, Node]:
    """Values that do not differ between futures but are asked for, or read by one that does, by number."""
    roots = list(roots)
    found = {n.number: n for n in roots}
    for node in needed(roots):
        if node.rate & FUTURE:
            found |= {a.number: a for a in node.args}
    return {number: n for number, n in found.items() if not n.rate & FUTURE and n.op != "const"}


def table(nodes: Sequence[Node], values: Mapping[int, Any], shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Values of nodes, by number, as an array (*shape, node)."""
    out = np.empty((*shape, len(nodes)), dtype)
    for i, node in enumerate(nodes):
        out[..., i] = values[node.number]
    return out


def digest(roots: Iterable[Node], *more: Any) -> str:
    """A hash of what some nodes compute: equal exactly where two graphs compute the same in the same order.

    Args:
        more: anything else that bears on the program, with a faithful `repr`.
    """
    roots = list(roots)
    number: dict[int, int] = {}
    text = hashlib.sha256()
    for node in needed(roots):
        number[node.number] = len(number)
        cell = (node.op, [number[a.number] for a in node.args], node.logical, node.rate, node.data)
        text.update(repr(cell).encode())
    text.update(repr(([number[r.number] for r in roots], more)).encode())
    return text.hexdigest()


def evaluate(roots: Sequence[Node], given: Mapping[Any, Any]) -> list[Any]:
    """The values of some nodes, by NumPy in double precision.

    Args:
        given: inputs by name: arrays of one shape, or that broadcast.
    """
    values: dict[int, Any] = {}
    with np.errstate(all="ignore"):
        for node in needed(roots):
            match node.op:
                case "const":
                    value = node.data if node.logical else np.float64(node.data)
                case "input":
                    value = given[node.data]
                case "float":
                    value = np.asarray(values[node.args[0].number], float)
                case op:
                    value = OPERATIONS[op](*(values[a.number] for a in node.args))
            values[node.number] = value
    return [values[r.number] for r in roots]


def substitute(root: Node, swap: Mapping[Node, Value]) -> Node:
    """The same computation with some nodes replaced."""
    memo: dict[int, Node] = {node.number: root.graph.lift(by) for node, by in swap.items()}
    for node in needed([root]):
        if node.number in memo:
            continue
        args = tuple(memo[a.number] for a in node.args)
        same = all(new is old for new, old in zip(args, node.args, strict=True))
        memo[node.number] = node if same else root.graph.make(node.op, *args)
    return memo[root.number]
