"""A loop over the steps of the clock as machine code: futures in the lanes of vectors, draws shared by threads.

Every half of a draw's futures is cut into groups of as many as a vector holds; of few futures the whole draw is, and
each half is summed from its own lanes. In lanes that are left over `alive` is false from the start. A group runs all
its steps before the next begins, so its state stays in the registers and the nearest cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from detente.engine import random_numbers
from detente.engine.backends import machine
from detente.engine.backends.lowering import Scope
from detente.engine.backends.threads import at_once
from detente.engine.backends.vector_ir import Writer
from detente.engine.graph.graph import DRAW, STEP, Node
from detente.engine.program import HALVES, Futures, How, Program, Tables, kept_arrays

Parts = Sequence[tuple[str, str]]  # rows of what is kept, each with the lanes that are summed there
ALIVE = "alive"  # the carried truth value that is false in lanes with no future
FEWEST = 4  # lanes of a vector: sums are of fours
MANY = 16  # futures of a half that have vectors of their own; fewer share them with the other half, on every CPU
_POINTERS = ("taken", "draw", "step", "flag", "both", "salts", "ids", "begin", "begin_flag", "at", "at_any")
_NUMBERS = ("draws", "steps", "futures", "half")


def run(program: Program, tables: Tables, given: Mapping[Any, np.ndarray], futures: Futures) -> dict[str, np.ndarray]:
    """Run all futures of all draws through the steps of the tables; arguments and result as `numpy_loop.run`.

    Raises:
        machine.Unavailable: There is nothing here to compile with.
    """
    host = machine.host()
    lanes = host.lanes
    while lanes > FEWEST and lanes // 2 >= futures.count:
        lanes //= 2  # that would stay empty; the bits of a future do not depend on it
    whole = futures.count // HALVES < MANY
    name = f"futures {program.key} {lanes} {host.fma} {whole}"
    pointers = len(_POINTERS) + len(program.kept)
    work = machine.load(
        name, lambda: text(program, lanes, host.fma, whole=whole), {"futures": (len(_NUMBERS), pointers)}
    )
    draws, steps = len(futures.ids), len(tables.step)
    marks = np.array(
        [
            [futures.at[k.name][i] == step for k in program.kept if k.how == How.AT for i in range(len(k.nodes))]
            for step in range(steps)
        ],
        np.float32,
    ).reshape(steps, sum(len(k.nodes) for k in program.kept if k.how == How.AT))
    numbers, flags = _begun(program)
    arrays = [
        np.zeros(1, np.int32),
        tables.draw,
        tables.step,
        np.where(tables.flag, -1, 0).astype(machine.bits_dtype(lanes)),
        tables.both,
        random_numbers.salts(futures.seed, np.arange(futures.first, futures.first + steps), program.uniforms),
        np.asarray(futures.ids).astype(np.uint32),
        _columns([given[n] for n in numbers], draws, np.float32),
        _columns([given[n] for n in flags], draws, np.uint8),
        marks,
        marks.any(1).astype(np.uint8),
    ]
    arrays = [np.ascontiguousarray(a) for a in arrays]
    out = kept_arrays(program, draws, steps, path_slots=2)
    used, count = [*arrays, *out.values()], futures.count

    def some() -> None:  # keeps what it uses for as long as it runs
        work["futures"](draws, steps, count, count // HALVES, *(a.ctypes.data for a in used))

    at_once(draws, some)
    return {k.name: out[k.name][:, : k.futures] if k.how == How.PATHS else out[k.name] for k in program.kept}


def _begun(program: Program) -> tuple[list[Any], list[Any]]:
    """The carried numbers and truth values that every draw brings."""
    given = [n for n, begin in program.begins.items() if begin == "given"]
    return [n for n in given if not program.carried[n].logical], [n for n in given if program.carried[n].logical]


def _columns(values: Sequence[np.ndarray], draws: int, dtype: Any) -> np.ndarray:
    out = np.zeros((draws, max(1, len(values))), dtype)
    for i, column in enumerate(values):
        out[:, i] = column
    return out


def text(program: Program, lanes: int, fma: bool, *, whole: bool = False) -> str:
    """The machine code of a program, as LLVM IR.

    Args:
        whole: whether groups are cut from whole draws, so that both halves of a draw may share a vector.
    """
    return _Emission(program, lanes, fma, whole).text()


class _Emission:
    """Writes the loops over draws, halves, groups and steps."""

    def __init__(self, program: Program, lanes: int, fma: bool, whole: bool) -> None:
        self.program, self.w, self.whole = program, Writer(lanes, fma=fma), whole
        self.places = {n.number: (DRAW, i) for i, n in enumerate(program.tables[DRAW])}
        self.places |= {n.number: (DRAW | STEP, i) for i, n in enumerate(program.tables[DRAW | STEP])}
        of_step = program.tables[STEP]
        for part in ([n for n in of_step if not n.logical], [n for n in of_step if n.logical]):
            self.places |= {n.number: (STEP, i) for i, n in enumerate(part)}
        self.numbers = sum(not n.logical for n in of_step)
        self.variables = {
            n: self.w.variable(self.w.bits_type if node.logical else self.w.real_type)
            for n, node in program.carried.items()
        }

    def text(self) -> str:
        w = self.w
        with w.taking("%taken", "%draws", "draw") as draw, w.loop(0, 1 if self.whole else HALVES, "half") as half:
            size = "%futures" if self.whole else "%half"
            groups = w.scalar("sdiv", w.scalar("add", size, w.lanes - 1), w.lanes)
            with w.loop(0, groups, "group") as group:
                self._group(w.lengthen(draw), half, group, size)
        kept = [f"%kept{i}" for i in range(len(self.program.kept))]
        pointers = ", ".join(f"ptr noalias {p}" for p in (*(f"%{p}" for p in _POINTERS[1:]), *kept))
        return w.function("futures", ", ".join(f"i32 %{n}" for n in _NUMBERS) + ", ptr %taken, " + pointers)

    def _group(self, draw: str, half: str, group: str, size: str) -> None:
        w = self.w
        place = w.scalar("mul", group, w.lanes)
        in_half = w.scalar("add", w.scalar("mul", half, "%half"), place)  # number of the first lane in its draw
        of_draw = w.scalar("mul", w.load(w.at("%ids", draw, "i32"), "i32"), "%futures")
        lane = w.lane_numbers(w.scalar("add", of_draw, in_half))
        product = w.lane_product(lane)
        numbers = w.lane_numbers(place)
        valid = w.new(f"icmp slt {w.whole_type} {numbers}, {w.splat(size, 'i32', w.whole_type)}")
        part = w.index((draw, HALVES), w.lengthen(half))
        parts = [(part, valid)]  # where each half is summed, and its lanes
        if self.whole:
            first = w.new(f"icmp slt {w.whole_type} {numbers}, {w.splat('%half', 'i32', w.whole_type)}")
            parts = [(part, first), (w.index(part, 1), w.logic_and(valid, w.logic_not(first)))]
        self._begin(draw, valid)
        steps = w.lengthen("%steps")
        with w.loop(0, "%steps", "step") as index:
            step = w.lengthen(index)
            self._step(draw, parts, step, steps, lane, product, in_half)
        scope = Scope(w, lambda node: self._read(node, draw, "0", "0"), self._stored)
        for n, kept in enumerate(self.program.kept):
            if kept.how.last:
                self._keep(n, [scope.value(node) for node in kept.nodes], parts, kept.how)

    def _begin(self, draw: str, valid: str) -> None:
        """What is carried, before the first step."""
        w, program = self.w, self.program
        numbers, flags = _begun(program)
        for name, node in program.carried.items():
            if name in numbers:
                cell = w.index((draw, max(1, len(numbers))), numbers.index(name))
                number = w.load(w.at("%begin", cell, "float"), "float")
                w.store(w.splat(number, "float", w.real_type), w.real_type, self.variables[name])
            elif name in flags:
                cell = w.index((draw, max(1, len(flags))), flags.index(name))
                flag = w.new(f"trunc i8 {w.load(w.at('%begin_flag', cell, 'i8'), 'i8')} to i1")
                mask = w.splat(flag, "i1", w.mask_type)
                mask = w.logic_and(mask, valid) if name == ALIVE else mask
                w.store(w.mask_to_bits(mask), w.bits_type, self.variables[name])
            elif node.logical:
                w.store(-1 if program.begins[name] else 0, w.bits_type, self.variables[name])
            else:
                w.store(w.constant(program.begins[name]), w.real_type, self.variables[name])

    def _stored(self, node: Node) -> bool:
        return node.number in self.places

    def _read(self, node: Node, draw: str, step: str, steps: str, lane: str = "", product: str = "") -> str:
        """Write down an input, or a value of a table."""
        w = self.w
        if node.number in self.places:
            rate, i = self.places[node.number]
            if rate == STEP and node.logical:
                width = len(self.program.tables[STEP]) - self.numbers
                cell = w.at("%flag", w.index((step, width), i), w.bits_type)
                return w.mask_from_bits(w.load(cell, w.bits_type))
            if rate == STEP:
                cell = w.at("%step", w.index((step, self.numbers), i), "float")
            elif rate == DRAW:
                cell = w.at("%draw", w.index((draw, len(self.program.tables[DRAW])), i), "float")
            else:
                width = len(self.program.tables[DRAW | STEP])
                row = w.index((draw, steps), step)
                cell = w.at("%both", w.index((row, width), i), "float")
            value = w.splat(w.load(cell, "float"), "float", w.real_type)
            return w.compare("ne", value, w.constant(0)) if node.logical else value
        kind, name = node.data
        if kind == "uniform":
            cell = w.index((step, 2 * self.program.uniforms), 2 * name)
            salts = [w.load(w.at("%salts", w.index(cell, i), "i32"), "i32") for i in (0, 1)]
            return w.uniform(lane, product, *salts)
        if node.logical:
            return w.mask_from_bits(w.load(self.variables[name], w.bits_type))
        return w.load(self.variables[name], w.real_type)

    def _step(self, draw: str, parts: Parts, step: str, steps: str, lane: str, product: str, in_half: str) -> None:
        w, program = self.w, self.program
        scope = Scope(w, lambda node: self._read(node, draw, step, steps, lane, product), self._stored)
        for node in program.carried.values():  # all before any is stored
            scope.value(node)
        rows = [(w.index((part, steps), step), lanes) for part, lanes in parts]
        # choices first: masks that are done with free their registers
        for how in (How.COUNT, How.EACH_COUNT, How.EACH_SUM):
            for n, kept in enumerate(program.kept):
                if kept.how == how:
                    values = [scope.value(node) for node in kept.nodes]
                    self._keep(n, values, parts if how == How.COUNT else rows, how)
        after = {name: scope.value(node) for name, node in program.after.items()}
        for name, value in after.items():
            logical = program.carried[name].logical
            kind = w.bits_type if logical else w.real_type
            w.store(w.mask_to_bits(value) if logical else value, kind, self.variables[name])
        self._at(scope, step, parts)
        for n, kept in enumerate(program.kept):
            if kept.how == How.PATHS:
                self._path(n, [scope.value(node) for node in kept.nodes], draw, step, steps, in_half)

    def _keep(self, number: int, values: Sequence[str], rows: Parts, how: How) -> None:
        """Add values to their cells: counts of truth values, sums of numbers."""
        w, width = self.w, len(self.program.kept[number].nodes)
        bases = [(w.index((row, width)), lanes) for row, lanes in rows]
        kind = "i32" if how.counts else "float"
        within = self.whole or how == How.LAST_COUNT  # other counts are of what is false in lanes with no future
        for i, value in enumerate(values):
            for base, lanes in bases:
                cell = w.at(f"%kept{number}", w.index(base, i), kind)
                before = w.load(cell, kind)
                if how.counts:
                    mask = w.logic_and(value, lanes) if within else value
                    w.store(w.scalar("add", before, w.popcount(mask)), kind, cell)
                else:
                    w.store(w.lane_sum(w.select(lanes, value, w.constant(0)), before), kind, cell)

    def _at(self, scope: Scope, step: str, parts: Parts) -> None:
        """Sums of numbers in the steps that are marked."""
        w = self.w
        kept = [(n, k) for n, k in enumerate(self.program.kept) if k.how == How.AT and k.nodes]
        if not kept:
            return
        width, column = sum(len(k.nodes) for _, k in kept), 0
        marked = w.new(f"icmp ne i8 {w.load(w.at('%at_any', step, 'i8'), 'i8')}, 0")
        with w.when(marked, "at"):
            inner = scope.inner()
            for n, k in kept:
                bases = [(w.index((part, len(k.nodes))), lanes) for part, lanes in parts]
                for i, node in enumerate(k.nodes):
                    mark = w.load(w.at("%at", w.index((step, width), column), "float"), "float")
                    column += 1
                    is_due = w.scalar("fcmp une", mark, w.number(0), "float")
                    for base, lanes in bases:
                        cell = w.at(f"%kept{n}", w.index(base, i), "float")
                        before = w.load(cell, "float")
                        total = w.lane_sum(w.select(lanes, inner.value(node), w.constant(0)), before)
                        w.store(w.new(f"select i1 {is_due}, float {total}, float {before}"), "float", cell)

    def _path(self, number: int, values: list[str], draw: str, step: str, steps: str, in_half: str) -> None:
        """Store the numbers of the first futures of a draw. A lane beyond its half writes where the next half does."""
        w, kept = self.w, self.program.kept[number]
        width = len(values)
        with w.when(w.scalar("icmp slt", in_half, kept.futures), "path"):
            for lane in range(min(kept.futures, w.lanes)):
                slot = w.lengthen(w.scalar("add", in_half, lane))
                row = w.index((w.index((draw, 2 * kept.futures), slot), steps), step)
                base = w.index((row, width))
                for i, value in enumerate(values):
                    number_ = w.new(f"extractelement {w.real_type} {value}, i64 {lane}")
                    w.store(number_, "float", w.at(f"%kept{number}", w.index(base, i), "float"))
