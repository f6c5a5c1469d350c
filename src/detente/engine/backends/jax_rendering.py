"""Graphs as JAX programs: futures on a GPU, and log likelihoods of which JAX itself takes the gradient.

Futures: one chunk is compiled and looped over, for a number of futures of a draw. What it is about (tables, seeds,
draws and how many they are) is data, and nothing of the chunk's size is a constant of the program.

Log likelihoods: an independent check of `derivatives.gradients`, and what NUTS samples from.

JAX is the extra `jax`; only this module and the samplers built on it import it. Importing it configures JAX: double
precision is allowed, and one CPU device a core is offered, unless JAX runs already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from detente.engine import random_numbers
from detente.engine.backends import threads
from detente.engine.graph.graph import DRAW, FUTURE, STEP, Node, needed
from detente.engine.program import HALVES, Futures, How, Kept, Program, Tables, kept_arrays
from detente.engine.replay import Gradient
from detente.errors import InputError, Problem

try:
    import jax
    import jax.numpy as jnp
    from jax import Array, lax
    from jax.scipy import special
    from jax.sharding import Mesh
    from jax.sharding import PartitionSpec as Spec
except ImportError as error:
    raise ImportError("this needs JAX, which is not installed: pip install 'detente[jax]'") from error

CHUNK = {"cpu": 8192, "gpu": 2**20}  # futures at once on one device: assumptions, the second never measured
CASE_STEPS = 256  # cases of a panel at once times steps of each: bounds what a gradient keeps per parameter vector


def _configured() -> None:
    jax.config.update("jax_enable_x64", True)
    try:
        jax.config.update("jax_num_cpu_devices", threads.count())
    except RuntimeError:  # JAX was started by the caller: keep their devices
        pass


_configured()


def devices(device: str | None) -> list[Any]:
    """The devices of a kind: "cpu", "gpu", or those that JAX prefers here (None).

    Raises:
        InputError: There is no such device that JAX can use.
    """
    try:
        return jax.devices(device)
    except RuntimeError:
        found = f"a device that JAX finds here: {', '.join(sorted({d.platform for d in jax.devices()}))}"
        hint = "pip install 'detente[gpu]' where there is an NVIDIA GPU; without a device, machine code runs futures"
        raise InputError([Problem("device", found, device or "none", hint)], what="the options") from None


def described(device: str | None) -> str:
    """What runs the graphs there, in words; `device` and errors as of `devices`."""
    used = devices(device)
    return f"JAX {jax.__version__} ({len(used)} x {used[0].device_kind})"


def _least(a: Array, b: Array) -> Array:
    """The lesser, and at a tie the second; what is not a number stays so."""
    return jnp.where((a < b) | jnp.isnan(a), a, b)


def _greatest(a: Array, b: Array) -> Array:
    return jnp.where((a > b) | jnp.isnan(a), a, b)


def _rise(size: Array, count: Array) -> Array:
    return lax.lgamma(size + count) - lax.lgamma(size)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": jnp.add,
    "sub": jnp.subtract,
    "mul": jnp.multiply,
    "div": jnp.divide,
    "pow": jnp.power,
    "min": _least,
    "max": _greatest,
    "peak": _greatest,
    "neg": jnp.negative,
    "abs": jnp.abs,
    "exp": jnp.exp,
    "near_exp": jnp.exp,
    "log": jnp.log,
    "log1p": jnp.log1p,
    "sqrt": jnp.sqrt,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "logistic": jax.nn.sigmoid,
    "ndtri": special.ndtri,
    "ndtr": special.ndtr,
    "log_ndtr": special.log_ndtr,
    "lrise": _rise,
    "lt": jnp.less,
    "le": jnp.less_equal,
    "gt": jnp.greater,
    "ge": jnp.greater_equal,
    "eq": jnp.equal,
    "ne": jnp.not_equal,
    "isnan": jnp.isnan,
    "and": jnp.logical_and,
    "or": jnp.logical_or,
    "not": jnp.logical_not,
    "select": jnp.where,
    "hold": lambda x: x,
    "detach": lax.stop_gradient,
}


def _evaluated(roots: Sequence[Node], values: dict[int, Any], read: Callable[[Node], Array], dtype: Any) -> list[Any]:
    """The values of some nodes.

    Args:
        values: of nodes known already, by number; filled in.
        read: gives the value of an input.
        dtype: of constants.
    """
    for node in needed(roots):
        if node.number in values or (node.op != "const" and not node.rate & FUTURE):
            continue
        match node.op:
            case "const":
                value = np.bool_(node.data) if node.logical else dtype(node.data)
            case "input":
                value = read(node)
            case "float":
                value = values[node.args[0].number].astype(dtype)
            case op:
                value = OPERATIONS[op](*(values[a.number] for a in node.args))
        values[node.number] = value
    return [values[r.number] for r in roots]


def uniform(lane: Array, salts: Array) -> Array:
    """Uniforms in (0, 1) of float32, one a lane: as `random_numbers.uniform`, bit by bit.

    Args:
        lane: numbers of the futures, uint32.
        salts: the two words of the draw.
    """
    bits = random_numbers.stirred(random_numbers.stirred(lane ^ salts[0]) + (lane * np.uint32(0xC2B2AE35) ^ salts[1]))
    unit = lax.bitcast_convert_type((bits >> np.uint32(9)) | np.uint32(0x3F800000), np.float32) - np.float32(1)
    return unit + np.float32(2.0**-24)


def run(
    program: Program,
    tables: Tables,
    given: Mapping[Any, np.ndarray],
    futures: Futures,
    *,
    device: str | None = None,
) -> dict[str, np.ndarray]:
    """Run all futures of all draws through the steps of the tables; arguments and result as `numpy_loop.run`.

    Args:
        device: as `devices`.

    Raises:
        InputError: There is no such device.
    """
    draws, steps, half = len(futures.ids), len(tables.step), futures.count // HALVES
    used = devices(device)
    chunk = CHUNK["cpu" if used[0].platform == "cpu" else "gpu"]
    paths = max((k.futures for k in program.kept), default=0)
    width = max(-(-half // -(-futures.count // chunk)), min(paths, half))  # futures of each half at once
    rows = max(1, chunk // (HALVES * width)) * len(used)  # draws at once, however many there are: one program for all
    work = _compiled(program, tuple(used), width)
    marks = {
        k.name: np.arange(steps)[:, None] == np.array(futures.at[k.name], int) for k in program.kept if k.how == How.AT
    }
    salts = random_numbers.salts(futures.seed, np.arange(futures.first, futures.first + steps), program.uniforms)
    common = (salts, tables.step, tables.flag, marks, np.uint32(futures.count))
    begins = {
        node.number: np.asarray(given[name]).astype(bool if node.logical else np.float32)
        for name, node in program.carried.items()
        if program.begins[name] == "given"
    }
    numbers = np.asarray(futures.ids).astype(np.uint32)
    out = kept_arrays(program, draws, steps)
    waiting: list[tuple[int, int, dict[str, Array]]] = []
    for low in range(0, draws, rows):
        chosen = np.minimum(np.arange(low, low + rows), draws - 1)  # rows to spare repeat the last draw
        mine = (tables.draw[chosen], tables.both[chosen], numbers[chosen])
        start = {number: values[chosen] for number, values in begins.items()}
        for place in range(0, half, width):
            waiting.append((low, place, work(mine, start, common, np.uint32(place))))
            if len(waiting) > 1:  # one chunk is at work while the one before is fetched
                _fetch(program, out, *waiting.pop(0))
    for done in waiting:
        _fetch(program, out, *done)
    return out


def _fetch(program: Program, out: dict[str, np.ndarray], low: int, place: int, found: dict[str, Array]) -> None:
    """Add what was kept of a chunk to what was kept so far, from row `low` on."""
    for kept in program.kept:
        target = out[kept.name][low:]
        values = np.asarray(found[kept.name])[: len(target)]
        if kept.how != How.PATHS:
            target[: len(values)] += values
        elif place == 0:
            target[: len(values), : values.shape[1]] = values


@lru_cache(maxsize=16)
def _compiled(program: Program, used: tuple[Any, ...], width: int) -> Callable[..., dict[str, Array]]:
    """What runs a chunk: `width` futures of both halves of some draws, which are spread over devices."""
    mine, same = Spec("device"), Spec()
    work = jax.shard_map(
        lambda *arguments: _chunk(program, width, *arguments),
        mesh=Mesh(np.array(used), ("device",)),
        in_specs=(mine, mine, same, same),
        out_specs=mine,
        check_vma=False,
    )
    return jax.jit(work)


def _chunk(
    program: Program, width: int, mine: tuple, begins: Mapping[int, Array], common: tuple, place: Array
) -> dict[str, Array]:
    """Run the futures of a chunk through all steps; returns what is kept, by name.

    Args:
        mine: of each draw: tables of the draw and of draw and step, and its number.
        begins: what each draw brings, by number of the carried node.
        common: random words, tables of the step, marks of what is kept at a step, futures of a draw.
        place: of the first future within its half.
    """
    of_draw, of_both, ids = mine
    salts, of_step, flags, marks, futures = common
    shape, half = (len(ids), HALVES, width), futures // np.uint32(HALVES)
    in_half = place + lax.broadcasted_iota(np.uint32, shape, 2)
    lane = ids[:, None, None] * futures + lax.broadcasted_iota(np.uint32, shape, 1) * half + in_half
    valid = in_half < half
    rates = program.tables
    floats, truths = ([n for n in rates[STEP] if n.logical == logical] for logical in (False, True))
    fixed = _columns(of_draw, rates[DRAW])
    state = {}
    for name, node in program.carried.items():
        kind = np.bool_ if node.logical else np.float32
        begin = begins[node.number][:, None, None] if node.number in begins else kind(program.begins[name])
        state[node.number] = jnp.broadcast_to(begin, shape)
    each, over, paths = (
        [k for k in program.kept if k.how in hows]
        for hows in ((How.EACH_COUNT, How.EACH_SUM), (How.COUNT, How.AT), (How.PATHS,))
    )
    roots = [*program.after.values(), *(n for k in (*each, *over, *paths) for n in k.nodes)]

    def step(carry, row):
        state, totals = carry
        numbers, masks, both, words, due = row
        values = fixed | _columns(both, rates[DRAW | STEP])
        values |= {n.number: numbers[i] for i, n in enumerate(floats)}
        values |= {n.number: masks[i] for i, n in enumerate(truths)}

        def read(node: Node) -> Array:
            return uniform(lane, words[node.data[1]]) if node.data[0] == "uniform" else state[node.number]

        found = dict(zip(roots, _evaluated(roots, values, read, np.float32), strict=True))
        out = {k.name: _sums(k, found, valid) for k in each} | {k.name: _path(k, found, shape) for k in paths}
        for k in over:
            sums = _sums(k, found, valid)
            totals = totals | {
                k.name: totals[k.name] + (sums if k.how == How.COUNT else jnp.where(due[k.name], sums, 0))
            }
        after = {
            node.number: jnp.broadcast_to(found[program.after[name]], shape) for name, node in program.carried.items()
        }
        return (after, totals), out

    zeros = {k.name: jnp.zeros((*shape[:2], len(k.nodes)), k.dtype) for k in over}
    rows = (of_step, flags, jnp.swapaxes(of_both, 0, 1), salts, marks)
    (state, totals), steps = lax.scan(step, (state, zeros), rows)
    last = [k for k in program.kept if k.how.last]
    roots = [n for k in last for n in k.nodes]
    found = dict(zip(roots, _evaluated(roots, dict(fixed), lambda n: state[n.number], np.float32), strict=True))
    return (
        totals
        | {name: jnp.moveaxis(a, 0, 2) for name, a in steps.items()}
        | {k.name: _sums(k, found, valid) for k in last}
    )


def _columns(table: Array, nodes: Sequence[Node]) -> dict[int, Array]:
    """The values of a table (draw, value) by number of the node, as they meet (draw, half, future)."""
    columns = {n.number: table[:, i, None, None] for i, n in enumerate(nodes)}
    return {n.number: columns[n.number] != 0 if n.logical else columns[n.number] for n in nodes}


def _sums(kept: Kept, found: Mapping[Node, Array], valid: Array) -> Array:
    """Sums over the futures of each half, (draw, half, item)."""
    zero = kept.dtype(0)
    sums = [jnp.where(valid, found[n], zero).sum(-1, dtype=kept.dtype) for n in kept.nodes]
    return jnp.stack(sums, -1) if sums else jnp.zeros((*valid.shape[:2], 0), kept.dtype)


def _path(kept: Kept, found: Mapping[Node, Array], shape: tuple[int, int, int]) -> Array:
    """The numbers of the first futures of each draw, (draw, future, item)."""
    draws, halves, width = shape
    wide = [jnp.broadcast_to(found[n], shape).reshape(draws, halves * width)[:, : kept.futures] for n in kept.nodes]
    return jnp.stack(wide, -1)


def log_likelihood(part: Gradient) -> Callable[[Array, Array, Array], Array]:
    """The log likelihood of a record as a function that JAX can differentiate: of parameters (parameter, ...batch) and
    of the arrays of `replay.Tables`, case (case, value) and step (case, step, value). It returns (case, ...batch).

    All is worked out in the precision of the parameters, and added up over the steps in double precision.

    Raises:
        ValueError: Somebody looks ahead: what they see is not written down.
    """
    if part.script.foresees:
        raise ValueError("JAX has no log likelihood of a scenario in which a track looks ahead exactly")

    def found(parameters: Array, case: Array, step: Array) -> Array:
        cases, steps = step.shape[:2]
        at_once = max(1, CASE_STEPS // max(1, steps))
        one = partial(_replayed, part, parameters)
        if cases == 1:
            return one((case[0], step[0]))[None]
        if cases <= at_once:
            return jax.vmap(one)((case, step))
        return lax.map(jax.checkpoint(one, prevent_cse=False), (case, step), batch_size=at_once)

    return found


def _replayed(part: Gradient, parameters: Array, tables: tuple[Array, Array]) -> Array:
    """The log likelihood of one case, (...batch), from its tables (value,) and (step, value)."""
    script, batch, dtype = part.script, parameters.shape[1:], parameters.dtype
    given = {node.number: parameters[i] for i, node in enumerate(script.parameters.values())}
    before = [script.before[name].number for name in part.names]

    def known(row: Array, rate: int) -> dict[int, Array]:
        return {n.number: row[i] != 0 if n.logical else row[i].astype(dtype) for i, n in enumerate(part.tables[rate])}

    def evaluated(term: Node, names: Mapping[Any, Node], values: dict[int, Array]) -> tuple[Array, list[Array]]:
        """A term, and what is carried on."""
        roots = [term, *(names[n] for n in part.names)]
        found = [jnp.broadcast_to(v, batch) for v in _evaluated(roots, values, _nowhere, dtype.type)]
        return found[0].astype(np.float64), found[1:]

    fixed = given | known(tables[0], DRAW)

    def advance(carry: tuple[Array, list[Array]], row: Array) -> tuple[tuple[Array, list[Array]], None]:
        total, carried = carry
        values = fixed | dict(zip(before, carried, strict=True)) | known(row, STEP)
        term, carried = evaluated(part.step, script.after, values)
        return (total + term, carried), None

    begin = evaluated(part.start, script.begin, dict(fixed))
    return lax.scan(jax.checkpoint(advance, prevent_cse=False), begin, tables[1])[0][0]


def _nowhere(node: Node) -> Array:
    raise KeyError(node.data)
