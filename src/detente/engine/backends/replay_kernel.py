"""Replays as machine code: parameter vectors in the lanes of vectors, shared by threads.

The gradient runs the record forwards, keeping what is carried into every step, then backwards. Gradients are worked out
in single precision with the log likelihood added up in double; everything on the way (`trail`) in double precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detente.engine.backends import machine
from detente.engine.backends.lowering import Scope
from detente.engine.backends.threads import at_once
from detente.engine.backends.vector_ir import Writer
from detente.engine.graph.graph import DRAW, STEP, Node
from detente.engine.replay import Gradient, Part, Tables, Trail

_NUMBERS = ("groups", "cases", "steps", "width")
_INPUTS = ("parameters", "case", "case_flag", "step", "step_flag")


def gradient(
    part: Gradient, tables: Tables, parameters: np.ndarray, *, double: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The log likelihood (case, draw), and its gradient summed over the cases (parameter, draw).

    Args:
        parameters: (parameter, draw).
        double: whether in double precision throughout.

    Raises:
        machine.Unavailable: There is nothing here to compile with.
    """
    host = machine.host()
    lanes, dtype = (max(4, host.lanes // 2), np.float64) if double else (host.lanes, np.float32)
    pointers = ("path", "log_likelihood", "gradient")
    work = machine.load(
        f"gradient {part.key} {lanes} {host.fma} {double}",
        lambda: _Emission(part, lanes, host.fma, double).gradient(pointers),
        {"gradient": (len(_NUMBERS), 1 + len(_INPUTS) + len(pointers))},
    )["gradient"]
    inputs, width = _inputs(part, tables, parameters, lanes, dtype)
    cases, steps = tables.shape
    log_likelihood = np.empty((cases, width))
    slopes = np.empty((len(parameters), width), dtype)
    taken = np.zeros(1, np.int32)

    def some() -> None:  # keeps what it uses for as long as it runs
        path = np.empty((steps, max(1, len(part.names)), lanes), dtype)
        used = (taken, *inputs, path, log_likelihood, slopes)
        work(width // lanes, cases, steps, width, *(a.ctypes.data for a in used))

    at_once(width // lanes, some)
    draws = parameters.shape[1]
    return log_likelihood[:, :draws], slopes[:, :draws].astype(float)


def trail(part: Trail, tables: Tables, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is carried at every boundary (boundary, name, case, draw); what the nodes before the first step and those of
    each step are, (node, case, draw) and (step, node, case, draw).

    Raises:
        machine.Unavailable: There is nothing here to compile with.
    """
    host = machine.host()
    lanes = max(4, host.lanes // 2)
    pointers = ("path", "first", "terms")
    work = machine.load(
        f"trail {part.key} {lanes} {host.fma}",
        lambda: _Emission(part, lanes, host.fma, True).trail(pointers),
        {"trail": (len(_NUMBERS), 1 + len(_INPUTS) + len(pointers))},
    )["trail"]
    inputs, width = _inputs(part, tables, parameters, lanes, np.float64)
    cases, steps = tables.shape
    path = np.empty((cases, steps + 1, len(part.names), width))
    first = np.empty((cases, len(part.starts), width))
    terms = np.empty((cases, steps, len(part.steps), width))
    used = (np.zeros(1, np.int32), *inputs, path, first, terms)

    def some() -> None:  # keeps what it uses for as long as it runs
        work(width // lanes, cases, steps, width, *(a.ctypes.data for a in used))

    at_once(width // lanes, some)
    draws = parameters.shape[1]
    return (
        np.moveaxis(path[..., :draws], 0, 2),
        np.moveaxis(first[..., :draws], 0, 1),
        np.moveaxis(terms[..., :draws], 0, 2),
    )


def _inputs(part: Part, tables: Tables, parameters: np.ndarray, lanes: int, dtype: Any) -> tuple[list[np.ndarray], int]:
    """Parameters and tables as the code reads them, and how many parameter vectors there are room for."""
    draws = parameters.shape[1]
    width = -(-draws // lanes) * lanes
    filled = np.empty((max(1, len(parameters)), width), dtype)
    filled[: len(parameters), :draws] = parameters
    filled[:, draws:] = filled[:, draws - 1 : draws]  # lanes to spare repeat the last
    arrays: list[np.ndarray] = [filled]
    for table, rate in ((tables.case, DRAW), (tables.step, STEP)):
        logical = np.array([n.logical for n in part.tables[rate]], bool)
        arrays.append(np.ascontiguousarray(table[..., ~logical].astype(dtype)))
        flags = np.where(table[..., logical] != 0, -1, 0)
        arrays.append(np.ascontiguousarray(flags.astype(machine.bits_dtype(lanes))))
    return arrays, width


class _Emission:
    """Writes the loops over groups of parameter vectors, cases and steps."""

    def __init__(self, part: Part, lanes: int, fma: bool, double: bool) -> None:
        self.part, self.w = part, Writer(lanes, double=double, fma=fma)
        self.places: dict[int, tuple[int, int]] = {}
        self.widths: dict[tuple[int, bool], int] = {}
        for rate in (DRAW, STEP):
            for logical in (False, True):
                chosen = [n for n in part.tables[rate] if n.logical == logical]
                self.places |= {n.number: (rate, i) for i, n in enumerate(chosen)}
                self.widths[rate, logical] = len(chosen)
        w = self.w
        self.parameters = {("parameter", p): w.variable(w.real_type) for p in part.script.parameters}
        self.carried = {("carried", n): w.variable(w.real_type) for n in part.names}

    def _function(self, name: str, pointers: Sequence[str]) -> str:
        numbers = ", ".join(f"i32 %{n}" for n in _NUMBERS)
        addresses = "".join(f", ptr noalias %{p}" for p in (*_INPUTS, *pointers))
        return self.w.function(name, numbers + ", ptr %taken" + addresses)

    def _cell(self, pointer: str, row: str | int, group: str) -> str:
        """The address of a group's vector in a row of an array (row, draw)."""
        w = self.w
        return w.at(pointer, w.index((row, w.lengthen("%width")), (group, w.lanes)), w.number_type)

    def _begin(self, group: str) -> None:
        w = self.w
        for i, variable in enumerate(self.parameters.values()):
            w.store(w.load(self._cell("%parameters", i, group), w.real_type), w.real_type, variable)

    def _scope(self, case: str, row: str | None, more: dict[Any, str] | None = None) -> Scope:
        """A scope before the first step (row None), or in a step: the row of its tables."""
        return Scope(
            self.w, lambda node: self._read(node, case, row, more or {}), lambda node: node.number in self.places
        )

    def _read(self, node: Node, case: str, row: str | None, more: dict[Any, str]) -> str:
        w = self.w
        if node.number in self.places:
            rate, i = self.places[node.number]
            pointer = f"%{'case' if rate == DRAW else 'step'}{'_flag' if node.logical else ''}"
            at = case if rate == DRAW or row is None else row
            index = w.index((at, self.widths[rate, node.logical]), i)
            if node.logical:
                return w.mask_from_bits(w.load(w.at(pointer, index, w.bits_type), w.bits_type))
            return w.splat(w.load(w.at(pointer, index, w.number_type), w.number_type), w.number_type, w.real_type)
        variable = (self.parameters | self.carried | more)[node.data]
        return w.load(variable, w.real_type)

    def _wide(self, value: str) -> str:
        """In double precision."""
        w = self.w
        return value if w.double else w.new(f"fpext {w.real_type} {value} to <{w.lanes} x double>")

    def gradient(self, pointers: Sequence[str]) -> str:
        """The text of the log likelihood and its gradient."""
        part, w, script = self.part, self.w, self.part.script
        assert isinstance(part, Gradient)
        double = f"<{w.lanes} x double>"
        total = w.variable(double)
        slopes = [w.variable(w.real_type) for _ in script.parameters]
        adjoint = {("adjoint", n): w.variable(w.real_type) for n in part.names}
        with w.taking("%taken", "%groups", "group") as i:
            group = w.lengthen(i)
            self._begin(group)
            for slope in slopes:
                w.store("zeroinitializer", w.real_type, slope)
            with w.loop(0, "%cases", "case") as j:
                case = w.lengthen(j)
                scope = self._scope(case, None)
                w.store(self._wide(scope.value(part.start)), double, total)
                for n in part.names:
                    w.store(scope.value(script.begin[n]), w.real_type, self.carried["carried", n])
                steps = w.scalar("mul", case, w.lengthen("%steps"), "i64")
                with w.loop(0, "%steps", "ahead") as k:
                    step = w.lengthen(k)
                    scope = self._scope(case, w.scalar("add", steps, step, "i64"))
                    self._keep(scope, step)
                    sum_ = w.new(f"fadd {double} {w.load(total, double)}, {self._wide(scope.value(part.step))}")
                    w.store(sum_, double, total)
                    values = [scope.value(script.after[n]) for n in part.names]
                    for n, value in zip(part.names, values, strict=True):
                        w.store(value, w.real_type, self.carried["carried", n])
                row = w.index((case, w.lengthen("%width")), (group, w.lanes))
                w.store(w.load(total, double), double, w.at("%log_likelihood", row, "double"))
                for variable in adjoint.values():
                    w.store("zeroinitializer", w.real_type, variable)
                with w.loop(0, "%steps", "back", backwards=True) as k:
                    step = w.lengthen(k)
                    for n, variable in enumerate(self.carried.values()):
                        w.store(w.load(self._kept(step, n), w.real_type), w.real_type, variable)
                    scope = self._scope(case, w.scalar("add", steps, step, "i64"), adjoint)
                    before = ["zeroinitializer" if a is None else scope.value(a) for a in part.of_carried]
                    self._add(scope, part.of_parameters, slopes)
                    for variable, value in zip(adjoint.values(), before, strict=True):
                        w.store(value, w.real_type, variable)
                self._add(self._scope(case, None, adjoint), part.first_of_parameters, slopes)
            for n, slope in enumerate(slopes):
                w.store(w.load(slope, w.real_type), w.real_type, self._cell("%gradient", n, group))
        return self._function("gradient", pointers)

    def _kept(self, step: str, number: int) -> str:
        """Where what is carried into a step is kept."""
        w = self.w
        return w.at("%path", w.index((step, len(self.part.names) * w.lanes), number * w.lanes), w.number_type)

    def _keep(self, scope: Scope, step: str) -> None:
        w = self.w
        for n, name in enumerate(self.part.names):
            w.store(scope.value(self.part.script.before[name]), w.real_type, self._kept(step, n))

    def _add(self, scope: Scope, nodes: Sequence[Node | None], slopes: Sequence[str]) -> None:
        w = self.w
        for node, slope in zip(nodes, slopes, strict=True):
            if node is not None:
                w.store(w.add(w.load(slope, w.real_type), scope.value(node)), w.real_type, slope)

    def trail(self, pointers: Sequence[str]) -> str:
        """The text of everything on the way."""
        part, w, script = self.part, self.w, self.part.script
        with w.taking("%taken", "%groups", "group") as i:
            group = w.lengthen(i)
            self._begin(group)
            with w.loop(0, "%cases", "case") as j:
                case = w.lengthen(j)
                scope = self._scope(case, None)
                self._write("%first", w.scalar("mul", case, len(part.starts), "i64"), group, scope, part.starts)
                for n in part.names:
                    w.store(scope.value(script.begin[n]), w.real_type, self.carried["carried", n])
                steps = w.lengthen("%steps")
                boundary = w.scalar("mul", case, w.scalar("add", steps, 1, "i64"), "i64")
                row = w.scalar("mul", boundary, len(part.names), "i64")
                begin = [script.begin[n] for n in part.names]
                self._write("%path", row, group, scope, begin)
                first = w.scalar("mul", case, steps, "i64")
                with w.loop(0, "%steps", "ahead") as k:
                    step = w.lengthen(k)
                    at = w.scalar("add", first, step, "i64")
                    scope = self._scope(case, at)
                    for n in part.names:  # all before any is stored
                        scope.value(script.before[n])
                    self._write("%terms", w.scalar("mul", at, len(part.steps), "i64"), group, scope, part.steps)
                    after = [script.after[n] for n in part.names]
                    next_ = w.scalar("add", boundary, w.scalar("add", step, 1, "i64"), "i64")
                    self._write("%path", w.scalar("mul", next_, len(part.names), "i64"), group, scope, after)
                    for n in part.names:
                        w.store(scope.value(script.after[n]), w.real_type, self.carried["carried", n])
        return self._function("trail", pointers)

    def _write(self, pointer: str, row: str, group: str, scope: Scope, nodes: Sequence[Node]) -> None:
        """Store some values in rows of an array (row, draw), one after the other."""
        w = self.w
        for i, node in enumerate(nodes):
            cell = self._cell(pointer, w.scalar("add", row, i, "i64"), group)
            w.store(scope.value(node), w.real_type, cell)
