"""Run a loop with NumPy: slow, with nothing to compile. The reference for `kernel`, and what answers in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from detente.engine import luck
from detente.engine.graph import DRAW, FUTURE, OPERATIONS, STEP, Node
from detente.engine.program import HALVES, LAST_COUNT, LAST_SUM, Program, Tables, kept_arrays

CHUNK = 8192  # futures at once
Policy = Callable[[int, dict[Any, np.ndarray], slice, np.ndarray], dict[Any, np.ndarray]]


def run(
    program: Program,
    tables: Tables,
    given: Mapping[Any, np.ndarray],
    *,
    seed: int,
    first: int,
    futures: int,
    ids: np.ndarray,
    at: Mapping[str, tuple[int, ...]],
    policy: Policy | None = None,
) -> dict[str, np.ndarray]:
    """Run all futures of all draws through the steps of the tables.

    Args:
        given: what each draw begins with, arrays (draw,) by name of what is carried.
        seed: of the random numbers, which are counted by step of the clock, future and draw.
        first: number of the first step.
        futures: of each draw; even.
        ids: number of each draw in the count of futures.
        at: of what is kept at a step of each item, after which step that is, counted from the first.
        policy: gives further inputs of the step from (number of the step, carried values, draws, futures' numbers).

    Returns:
        Arrays by name of what is kept.
    """
    draws, steps = len(ids), len(tables.step)
    out = kept_arrays(program, draws, steps)
    size = max(1, CHUNK // futures)
    salts = luck.salts(seed, np.arange(first, first + steps), program.uniforms)
    for begin in range(0, draws, size):
        chosen = slice(begin, min(draws, begin + size))
        with np.errstate(all="ignore"):
            _block(program, tables, given, salts, first, futures, ids, chosen, at, policy, out)
    return out


def _block(
    program: Program,
    tables: Tables,
    given: Mapping[Any, np.ndarray],
    salts: np.ndarray,
    first: int,
    futures: int,
    ids: np.ndarray,
    chosen: slice,
    at: Mapping[str, tuple[int, ...]],
    policy: Policy | None,
    out: dict[str, np.ndarray],
) -> None:
    draws = chosen.stop - chosen.start
    shape = (draws, futures)
    lane = ids[chosen, None].astype(np.uint32) * np.uint32(futures) + np.arange(futures, dtype=np.uint32)
    state = {}
    for name, node in program.carried.items():
        begin = given[name][chosen, None] if program.begins[name] == "given" else program.begins[name]
        state[name] = np.broadcast_to(np.asarray(begin, bool if node.logical else np.float32), shape)
    fixed = {n.number: tables.draw[chosen, i, None] for i, n in enumerate(program.tables[DRAW])}
    floats = [n for n in program.tables[STEP] if not n.logical]
    flags = [n for n in program.tables[STEP] if n.logical]

    def halves(values: np.ndarray) -> np.ndarray:
        return np.broadcast_to(values, shape).reshape(draws, HALVES, -1).sum(-1)

    for k in range(len(tables.step)):
        values = dict(fixed)
        values |= {n.number: tables.step[k, i] for i, n in enumerate(floats)}
        values |= {n.number: tables.flag[k, i] for i, n in enumerate(flags)}
        values |= {n.number: tables.both[chosen, k, i, None] for i, n in enumerate(program.tables[DRAW | STEP])}
        inputs: dict[Any, Any] = {("carried", name): x for name, x in state.items()}
        if policy is not None:
            inputs |= policy(first + k, state, chosen, lane)
        values = _evaluated(program, values, inputs, lane, salts[k])
        for kept in program.kept:
            found = [values.get(n.number, n.data) for n in kept.nodes]
            target = out[kept.name][chosen]
            for i, value in enumerate(found):
                match kept.how:
                    case "each count" | "each sum":
                        target[:, :, k, i] = halves(value)
                    case "count":
                        target[:, :, i] += halves(value)
                    case "at" if at[kept.name][i] == k:
                        target[:, :, i] = halves(value)
                    case "paths":
                        target[:, :futures, k, i] = np.broadcast_to(value, shape)[:, : kept.futures]
        state = {name: np.broadcast_to(values.get(n.number, n.data), shape) for name, n in program.after.items()}
    last = _evaluated(program, dict(fixed), {("carried", name): x for name, x in state.items()}, lane, None)
    for kept in program.kept:
        if kept.how in (LAST_COUNT, LAST_SUM):
            for i, node in enumerate(kept.nodes):
                out[kept.name][chosen, :, i] = halves(last.get(node.number, node.data))


def _evaluated(
    program: Program, values: dict[int, Any], inputs: Mapping[Any, Any], lane: np.ndarray, salts: np.ndarray | None
) -> dict[int, Any]:
    """The values of the futures in one step; of the final state, where there are no random numbers, what they allow."""
    for node in program.inner:
        if node.op == "input":
            value = _input(node, inputs, lane, salts)
            if value is None:
                continue
        elif any(a.number not in values and a.op != "const" for a in node.args):
            continue
        else:
            value = _operation(node, values)
        values[node.number] = value
    return values


def _input(node: Node, inputs: Mapping[Any, Any], lane: np.ndarray, salts: np.ndarray | None) -> Any:
    if node.data[0] == "uniform":
        return None if salts is None else luck.uniform(lane, *salts[node.data[1]])
    return inputs.get(node.data)


def _operation(node: Node, values: Mapping[int, Any]) -> Any:
    args = []
    for a in node.args:
        if a.op == "const":
            args.append(a.data if a.logical else np.float32(a.data))
        elif a.logical and not a.rate & FUTURE:
            args.append(np.asarray(values[a.number]) != 0)
        else:
            args.append(values[a.number])
    if node.op == "float":
        return args[0].astype(np.float32)
    return OPERATIONS[node.op](*args)
