"""Simulate: many futures of one course, with luck from a counter, reduced to sums before they leave the loop.

A lane is one future: parameter draw d with luck number m. Lanes of a chunk run all their steps before the next chunk
starts, so their state stays in the cache; chunks are spread over the CPU's cores.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jaxlib.version
import numpy as np
from jax import Array, lax
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as Spec

from detente.engine import foresight, luck, rules
from detente.engine.choose import choose
from detente.engine.compile import Environment, Game, Values
from detente.engine.courses import CourseArrays
from detente.engine.rules import State

HALVES = 2  # luck is summed in two halves, from which the analyses correct for its finite number
CHUNK_LANES = 4096


@dataclass(frozen=True)
class Watch:
    """What to count. `moves`: (track, move) index pairs; `values`: expressions at a boundary of the clock.

    `any_of`: groups of indices of events, then moves; a group happens when one of them does. `worth`: (utility,
    discount): what playing on is worth, u(x0) + sum over s of discount**s * (u(xs) - u(xs-1)).
    """

    moves: tuple[tuple[int, int], ...] = ()
    values: tuple[tuple[Callable[[Environment], Values], int], ...] = ()
    fan_lanes: int = 2  # futures per draw whose whole path is kept
    any_of: tuple[tuple[int, ...], ...] = ()
    worth: tuple[tuple[Callable[[Environment], Values], float], ...] = ()


class Outcome(NamedTuple):
    """Sums over luck, per parameter draw. `half` is a half of the luck draws, `watched` = events, then moves,
    then groups of them.

    Where a sum counts futures it runs from 0 to futures / 2.
    """

    first: Values  # (draw, half, step, watched): futures in which it happened for the first time in that step
    occurred: Values  # (draw, half, step, watched): futures in which it happened in that step
    chosen: Values  # (draw, half, move): steps in which each move was chosen, in `move_index` order
    ever: Values  # (draw, half, move): futures in which each move was chosen at least once
    live: Values  # (draw, half): steps lived through, summed over futures
    values: Values  # (draw, half, value): sums of the watched expressions
    end: Values  # (draw, half, stock): sums of the final state
    end_squared: Values  # (draw, half, stock): of the squared change since the start, which float32 can hold
    paths: Values  # (draw, fan lane, boundary, stock), starting at the branch
    bad_hazard: Values  # (draw, half, event): hazards outside [0, 1] or not a number
    bad_stock: Values  # (draw, half, stock): final values that are not a number
    bad_appeal: Values  # (draw, half, track): choices among appeals one of which is not a number
    looked: Values  # (draw, half, glance): sums over futures and steps of `foresight.glances_of`
    worth: Values  # (draw, half, worth): sums of what playing on is worth


def move_index(game: Game) -> list[tuple[str, str]]:
    """The (track, move) order of `Outcome.chosen` and `Outcome.ever`."""
    return [(t.id, m.id) for t in game.tracks for m in t.moves]


def _settled(values):
    """Have values computed once and stored. Without this XLA computes them again in every expression that reads them.

    On a CPU it holds only when the pass that removes barriers is off: see `_compiler_options`.
    """
    return lax.optimization_barrier(values)


def _compiler_options(platform: str, version: tuple[int, ...]) -> dict[str, str]:
    """Have XLA keep barriers on a CPU before jaxlib 0.12; elsewhere it cannot compile them, and has to remove them."""
    keeps = platform == "cpu" and version < (0, 12)
    return {"xla_disable_hlo_passes": "cse_barrier_expander"} if keeps else {}


def _chunk(game: Game, watch: Watch, futures: int, course: CourseArrays, start, seed, parameters, state, draw):
    """Run the lanes of some draws for the steps of the course from `start` on. Arrays in have shape (draw,)."""
    steps = len(course.force)
    draws = draw.shape[0]
    events = len(game.events)
    noisy = [s.id for s in game.stocks if s.noise is not None]
    sized = [i for i, t in enumerate(game.tracks) if t.has_magnitude]
    wide = functools.partial(jnp.repeat, repeats=futures, total_repeat_length=draws * futures)
    theta = {k: wide(v) for k, v in parameters.items()}
    state = jax.tree.map(wide, state)
    lane = wide(draw) * jnp.uint32(futures) + jnp.tile(jnp.arange(futures, dtype=jnp.uint32), draws)

    sight = foresight.Luck(seed, lane)

    def halves(x: Array) -> Array:
        return x.astype(jnp.float32).reshape(draws, HALVES, futures // HALVES).sum(-1)

    def fan(stocks) -> Array:
        kept = [stocks[s.id].reshape(draws, futures)[:, : watch.fan_lanes] for s in game.stocks]
        return jnp.stack(kept, -1) if kept else jnp.zeros((draws, min(watch.fan_lanes, futures), 0), jnp.float32)

    def rows(step: Array):
        count = len(game.tracks) + events + len(sized) + len(noisy)
        return luck.uniforms(seed, lane, step, count)

    def value_at(stocks, k, boundary, current):
        env = rules.environment(game, theta, stocks, jnp.minimum(k, game.clock.steps))
        return [
            jnp.where(boundary == b, jnp.asarray(f(env), jnp.float32), v)
            for (f, b), v in zip(watch.values, current, strict=True)
        ]

    def utilities(stocks, k):
        env = rules.environment(game, theta, stocks, jnp.minimum(k, game.clock.steps))
        return [jnp.broadcast_to(jnp.asarray(f(env), jnp.float32), lane.shape) for f, _ in watch.worth]

    def add_worth(worth, alive, after, k):
        """Discounted changes of utility; none once the war has ended."""
        out = []
        for (total, last, weight), now, (_, discount) in zip(
            worth, utilities(after.stocks, k), watch.worth, strict=True
        ):
            weight = weight * discount
            out.append((total + jnp.where(alive, weight * (now - last), 0.0), now, weight))
        return out

    def body(carry, data):
        state, seen, values, chosen, live, bad, lost, looked, worth, u = carry
        k, force, size_given = data
        u_track, rest = u[: len(game.tracks)], u[len(game.tracks) :]
        u_event, rest = rest[:events], rest[events:]
        u_size, u_noise = dict(zip(sized, rest[: len(sized)], strict=True)), rest[len(sized) :]
        table, glances = foresight.look(game, theta, state, k, course.allowed, sight)
        lost = [b + functools.reduce(jnp.logical_or, map(jnp.isnan, r)) for b, r in zip(lost, table, strict=True)]
        choices = _settled([choose(r, course.allowed[i], force[i], u_track[i]) for i, r in enumerate(table)])
        env = rules.environment(game, theta, state.stocks, k)
        sizes = []
        for i, track in enumerate(game.tracks):
            size = jnp.zeros_like(u_track[0])
            if track.has_magnitude:
                drawn = rules.magnitude_quantile(track, choices[i], env, u_size[i])
                size = jnp.where(jnp.isnan(size_given[i]), drawn, size_given[i])
            sizes.append(size)
        sizes = _settled(sizes)

        def decide(hazards):
            return _settled({e.id: u_event[i] < hazards[e.id] for i, e in enumerate(game.events)})

        noise = dict(zip(noisy, luck.normals(u_noise), strict=True))
        after, seen_now = rules.step(game, theta, state, k, choices, sizes, decide, noise)
        bad = [b + ~((h >= 0) & (h <= 1)) for b, h in zip(bad, seen_now.hazards.values(), strict=True)]
        picked = [state.alive & (choices[i] == m + 1) for i, t in enumerate(game.tracks) for m in range(len(t.moves))]
        now = [seen_now.events[e.id] for e in game.events] + [state.alive & (choices[i] == m) for i, m in watch.moves]
        now += [functools.reduce(jnp.logical_or, [now[i] for i in group]) for group in watch.any_of]
        new = jnp.stack([halves(n & ~s) for n, s in zip(now, seen, strict=True)], -1) if now else None
        occurred = jnp.stack([halves(n) for n in now], -1) if now else None
        seen = [s | n for s, n in zip(seen, now, strict=True)]
        chosen = [c + p for c, p in zip(chosen, picked, strict=True)]
        looked = [s + jnp.where(state.alive, g, 0.0) for s, g in zip(looked, glances, strict=True)]
        values = value_at(after.stocks, k + 1, k + 1, values)
        worth = add_worth(worth, state.alive, after, k + 1)
        carry = (after, seen, values, chosen, live + state.alive, bad, lost, looked, worth, rows(k + 1))
        return carry, (new, occurred, fan(after.stocks))

    never = jnp.zeros(lane.shape, bool)
    moves = sum(len(t.moves) for t in game.tracks)
    none_yet = jnp.zeros(lane.shape, jnp.uint16)  # counted per future, summed once at the end
    seen = [state.happened[e.id] & False for e in game.events] + [never for _ in (*watch.moves, *watch.any_of)]
    values = value_at(state.stocks, start, start, [jnp.zeros(lane.shape, jnp.float32)] * len(watch.values))
    worth = [(now, now, jnp.float32(1)) for now in utilities(state.stocks, start)]
    looked = [jnp.zeros(lane.shape, jnp.float32)] * len(foresight.glances_of(game))
    counts = ([none_yet] * moves, none_yet, [none_yet] * events, [none_yet] * len(game.tracks))
    begin = (state, seen, values, *counts, looked, worth, rows(start))
    data = (start + jnp.arange(steps, dtype=jnp.int32), course.force, course.magnitude)
    last, (new, occurred, tail) = lax.scan(body, begin, data)
    last, _, values, chosen, live, bad, lost, looked, worth, _ = last
    ends = [last.stocks[s.id] for s in game.stocks]
    empty = jnp.zeros((draws, HALVES, 0), jnp.float32)
    stack = lambda items: jnp.stack(items, -1) if items else empty  # noqa: E731
    none = jnp.zeros((draws, HALVES, steps, 0), jnp.float32)
    return Outcome(
        first=none if new is None else jnp.moveaxis(new, 0, 2),
        occurred=none if occurred is None else jnp.moveaxis(occurred, 0, 2),
        chosen=stack([halves(c) for c in chosen]),
        ever=stack([halves(c > 0) for c in chosen]),
        live=halves(live),
        values=stack([halves(v) for v in values]),
        end=stack([halves(x) for x in ends]),
        end_squared=stack([halves((x - state.stocks[s.id]) ** 2) for s, x in zip(game.stocks, ends, strict=True)]),
        paths=jnp.moveaxis(jnp.concatenate([fan(state.stocks)[None], tail]), 0, 2),
        bad_hazard=stack([halves(b) for b in bad]),
        bad_stock=stack([halves(jnp.isnan(x)) for x in ends]),
        bad_appeal=stack([halves(b) for b in lost]),
        looked=stack([halves(x) for x in looked]),
        worth=stack([halves(total) for total, _, _ in worth]),
    )


def _chunk_draws(game: Game, futures: int) -> int:
    """Draws per chunk: what foresight rolls out for a lane counts as lanes."""
    return max(1, CHUNK_LANES // (futures * foresight.lanes_of(game)))


def block_draws(game: Game, futures: int) -> int:
    """Draws per call of the compiled program: one chunk for every core. A last, partial block is padded."""
    return _chunk_draws(game, futures) * len(jax.devices())


@functools.lru_cache(maxsize=16)
def _program(game: Game, watch: Watch, futures: int):
    """The compiled block: packed draws in, sums per draw out. One per game; courses, parameters and the first step
    are data."""
    per_chunk = _chunk_draws(game, futures)

    def on_core(course, start, seed, packed: Packed):
        grouped = jax.tree.map(
            lambda a: jnp.moveaxis(a.reshape(*a.shape[:-1], a.shape[-1] // per_chunk, per_chunk), -2, 0), packed
        )
        out = lax.map(lambda g: _chunk(game, watch, futures, course, start, seed, *_unpack(game, g)), grouped)
        return jax.tree.map(lambda a: a.reshape(a.shape[0] * a.shape[1], *a.shape[2:]), out)

    mesh = Mesh(np.array(jax.devices()), ("core",))
    lanes = Packed(Spec(None, "core"), Spec(None, "core"), Spec("core"))
    spread = jax.shard_map(
        on_core, mesh=mesh, in_specs=(Spec(), Spec(), Spec(), lanes), out_specs=Spec("core"), check_vma=False
    )
    options = _compiler_options(jax.devices()[0].platform, jaxlib.version.__version_info__)
    return jax.jit(spread, compiler_options=options)


class Packed(NamedTuple):
    """Parameters and state of some draws in three arrays: handing over a hundred small ones costs more than a chunk."""

    numbers: Values  # (parameter, then stock; draw) float32
    flags: Values  # (alive, then event; draw) bool
    draw: Values  # (draw,) uint32


def _pack(game: Game, parameters: dict[str, np.ndarray], state: State, draw: np.ndarray) -> Packed:
    rows = [parameters[p] for p in game.parameters] + [state.stocks[s.id] for s in game.stocks]
    flags = [state.alive] + [state.happened[e.id] for e in game.events]
    numbers = np.array(rows, np.float32).reshape(len(rows), len(draw))
    return Packed(numbers, np.array(flags, bool), draw.astype(np.uint32))


def _unpack(game: Game, packed: Packed) -> tuple[dict[str, Array], State, Array]:
    count = len(game.parameters)
    parameters = {p: packed.numbers[i] for i, p in enumerate(game.parameters)}
    stocks = {s.id: packed.numbers[count + i] for i, s in enumerate(game.stocks)}
    happened = {e.id: packed.flags[1 + i] for i, e in enumerate(game.events)}
    return parameters, State(stocks, packed.flags[0], happened), packed.draw


def simulate(
    game: Game,
    watch: Watch,
    course: CourseArrays,
    parameters: dict[str, np.ndarray],
    state: State,
    *,
    start: int,
    futures: int,
    seed: int,
    draw_ids: np.ndarray | None = None,
) -> Outcome:
    """Simulate `futures` futures for every parameter draw, from step `start` for as many steps as the course has.

    Args:
        parameters: per id an array of shape (draw,).
        state: the state at `start`, arrays of shape (draw,).
        start: number of the first step; data, so that courses of one length share a compiled program.
        futures: luck draws per parameter draw; even.
        seed: of the luck; the same seed and draw id give the same luck whatever else changes.
        draw_ids: number of each draw for the luck counter; 0, 1, 2, .. when None.
    """
    if futures < 2 or futures % HALVES:
        raise ValueError(f"futures must be an even number of at least 2; got {futures}")
    draws = state.alive.shape[0]
    ids = np.arange(draws) if draw_ids is None else np.asarray(draw_ids)
    program = _program(game, watch, futures)
    size = block_draws(game, futures)
    packed = _pack(game, parameters, state, ids)
    data = jax.tree.map(jnp.asarray, CourseArrays(course.force, course.magnitude, course.allowed))
    parts = []
    for first in range(0, draws, size):
        keep = min(size, draws - first)
        index = np.minimum(np.arange(first, first + size), draws - 1)  # a short last block repeats its last draw
        block = Packed(*(a[..., index] for a in packed))
        out = jax.device_get(program(data, jnp.int32(start), jnp.uint32(seed), block))
        parts.append([a[:keep] for a in out])
    return Outcome(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
