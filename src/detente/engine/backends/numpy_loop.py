"""Run a loop with NumPy: slow, nothing to compile. The reference for `futures_kernel`; it answers in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from detente.engine import random_numbers
from detente.engine.graph.evaluation import Evaluation
from detente.engine.graph.graph import DRAW, STEP
from detente.engine.program import HALVES, Futures, How, Program, Tables, kept_arrays

CHUNK = 16_384  # futures at once: their values stay in the cache (assumption)
Policy = Callable[[int, dict[Any, np.ndarray], slice, np.ndarray], dict[Any, np.ndarray]]


def run(
    program: Program,
    tables: Tables,
    given: Mapping[Any, np.ndarray],
    futures: Futures,
    policy: Policy | None = None,
) -> dict[str, np.ndarray]:
    """Run all futures of all draws through the steps of the tables.

    Args:
        given: what each draw begins with, arrays (draw,) by name of what is carried.
        policy: gives further inputs of the step from (number of the step, carried values, draws, futures' numbers).

    Returns:
        Arrays by name of what is kept.
    """
    draws, steps = len(futures.ids), len(tables.step)
    out = kept_arrays(program, draws, steps)
    size = max(1, CHUNK // futures.count)
    for begin in range(0, draws, size):
        _block(program, tables, given, futures, slice(begin, min(draws, begin + size)), policy, out)
    return out


def _block(
    program: Program,
    tables: Tables,
    given: Mapping[Any, np.ndarray],
    futures: Futures,
    chosen: slice,
    policy: Policy | None,
    out: dict[str, np.ndarray],
) -> None:
    steps, first = len(tables.step), futures.first
    salts = random_numbers.salts(futures.seed, np.arange(first, first + steps), program.uniforms)
    draws = chosen.stop - chosen.start
    shape = (draws, futures.count)
    ids = np.asarray(futures.ids)[chosen, None].astype(np.uint32)
    lane = ids * np.uint32(futures.count) + np.arange(futures.count, dtype=np.uint32)
    state = {}
    for name, node in program.carried.items():
        begin = given[name][chosen, None] if program.begins[name] == "given" else program.begins[name]
        state[name] = np.broadcast_to(np.asarray(begin, bool if node.logical else np.float32), shape)
    step, end = _evaluations(program)
    uniforms = [name for name in step.inputs if name[0] == "uniform"]
    numbers = [n.logical for n in program.tables[STEP]]

    def of_step(k: int) -> list[Any]:
        """The values of the tables."""
        counted, flags = iter(tables.step[k]), iter(tables.flag[k])
        shared = [next(flags if logical else counted) for logical in numbers]
        return [*tables.draw[chosen].T[..., None], *shared, *tables.both[chosen, k].T[..., None]]

    def halves(values: np.ndarray) -> np.ndarray:
        return np.broadcast_to(values, shape).reshape(draws, HALVES, -1).sum(-1)

    for k in range(steps):
        inputs: dict[Any, Any] = {("carried", name): x for name, x in state.items()}
        inputs |= {name: random_numbers.uniform(lane, *salts[k, name[1]]) for name in uniforms}
        if policy is not None:
            inputs |= policy(first + k, state, chosen, lane)
        values = iter(step(inputs, of_step(k)))
        for kept in program.kept:
            if kept.how.last:
                continue
            target = out[kept.name][chosen]
            for i, value in enumerate([next(values) for _ in kept.nodes]):
                match kept.how:
                    case How.EACH_COUNT | How.EACH_SUM:
                        target[:, :, k, i] = halves(value)
                    case How.COUNT:
                        target[:, :, i] += halves(value)
                    case How.AT if futures.at[kept.name][i] == k:
                        target[:, :, i] = halves(value)
                    case How.PATHS:
                        target[:, : futures.count, k, i] = np.broadcast_to(value, shape)[:, : kept.futures]
        state = {name: np.broadcast_to(next(values), shape) for name in program.after}
    values = iter(end({("carried", name): x for name, x in state.items()}, list(tables.draw[chosen].T[..., None])))
    for kept in program.kept:
        if kept.how.last:
            for i in range(len(kept.nodes)):
                out[kept.name][chosen, :, i] = halves(next(values))


@lru_cache(maxsize=32)
def _evaluations(program: Program) -> tuple[Evaluation, Evaluation]:
    """What is evaluated in a step (what is kept, then what is carried on), and at the end (what is kept of it)."""
    tables = [*program.tables[DRAW], *program.tables[STEP], *program.tables[DRAW | STEP]]
    kept, last = ([n for k in program.kept if k.how.last == last for n in k.nodes] for last in (False, True))
    each = Evaluation([*kept, *program.after.values()], np.float32, known=tables)
    return each, Evaluation(last, np.float32, known=program.tables[DRAW])
