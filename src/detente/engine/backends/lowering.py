"""Nodes of a graph as vector LLVM IR: every operation once in each scope where it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from detente.engine.backends.vector_ir import Writer
from detente.engine.graph.graph import COMPARISONS, Node

Source = Callable[[Node], str]


class Scope:
    """Where values are written down once and known from then on: the body of a loop, or what comes before it.

    Args:
        source: writes an input, or a value that is read from a table.
        table: whether a value is read from a table.
    """

    def __init__(self, writer: Writer, source: Source, table: Callable[[Node], bool]) -> None:
        self.writer, self.source, self.table = writer, source, table
        self.names: dict[int, str] = {}

    def inner(self) -> Scope:
        """A scope that knows what this one does, and whose values this one does not."""
        scope = Scope(self.writer, self.source, self.table)
        scope.names = dict(self.names)
        return scope

    def value(self, root: Node) -> str:
        """The name of a value, written down with all that it reads and that is not yet."""
        waiting = [root]
        while waiting:
            node = waiting[-1]
            if node.number in self.names:
                waiting.pop()
                continue
            if node.op == "input" or self.table(node):
                self.names[node.number] = self.source(node)
                continue
            missing = [a for a in node.args if a.number not in self.names]
            if missing:
                waiting.extend(reversed(missing))
            else:
                self.names[node.number] = self._operation(node)
        return self.names[root.number]

    def _operation(self, node: Node) -> str:
        w, args = self.writer, [self.names[a.number] for a in node.args]
        op = node.op
        if op == "const":
            if node.logical:
                return f"splat (i1 {'true' if node.data else 'false'})"
            return w.constant(node.data)
        if op in COMPARISONS and op != "isnan":
            return w.compare(op, *args)
        match op:
            case "and" | "or" | "not":
                return getattr(w, f"logic_{op}")(*args)
            case "select":
                return w.select(*args)
            case "peak":
                return w.select(w.compare("gt", *args), *args)
            case "near_exp":
                return w.exp(args[0], bounded=True)
            case "float":
                return w.mask_to_float(args[0])
            case "ndtri" if node.args[0].op != "input":  # of another probability than a uniform
                return w.ndtri_any(args[0])
            case "hold" | "detach":
                return args[0]
        return getattr(w, op)(*args)
