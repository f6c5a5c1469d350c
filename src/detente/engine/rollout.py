"""Sampled foresight: what every move is worth at level 1, from futures in which everybody else plays its appeals.

For every lane, every move of a track that looks ahead and every sample, the part of the game that bears on the
utilities runs on to the horizon. All moves of a lane meet the same luck (common random numbers), from a stream of its
own keyed by the future's number, so that two courses still share what they share without foresight. Nothing that the
game's own luck decides is read.

Rollouts as values of moves: Tesauro & Galperin (1996), NIPS 9. Common luck: Glasserman & Yao (1992), Management
Science 38(6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from detente.engine import arrays, choose, luck, rules
from detente.engine.arrays import Values
from detente.engine.evaluation import Evaluation, given_of, inputs_of
from detente.engine.graph import FUTURE, STEP, Graph
from detente.engine.outlook import Outlook, Seer
from detente.engine.rules import Parameters, State

FUTURES_SALT = 0x0F0E51E7  # sets the streams of foresight apart from those of the game
SIGHT_SALT = 0x00B10B5E
AT_ONCE = 65_536  # futures rolled out at once: bounds the memory

Allowed = Sequence[np.ndarray]  # per track of the whole game (move + 1,) bool, hold first


class Luck(NamedTuple):
    """Whose luck: the seed of the run, and per lane the number of its future."""

    seed: int | np.ndarray  # an unsigned 32-bit number
    lane: np.ndarray  # uint32, the batch's shape


@dataclass(frozen=True, eq=False)
class Advance:
    """One step of the rollouts, ready to be evaluated."""

    evaluation: Evaluation
    utilities: dict[str, Evaluation]  # by actor
    uniforms: int  # random numbers of the step


def fan(outlook: Outlook, seers: Sequence[Seer]) -> int:
    """Futures per lane and step: moves times samples."""
    return sum((len(outlook.game.tracks[outlook.tracks.index(s.number)].moves) + 1) * s.samples for s in seers)


def worth(
    outlook: Outlook,
    seers: Sequence[Seer],
    parameters: Parameters,
    state: State,
    step: int,
    luck_of: Luck,
    allowed: Allowed | None = None,
    samples: int | None = None,
) -> list[np.ndarray]:
    """Per seer what its actor's utility changes by in every sampled future, shape (move + 1, sample, lane) float32.

    Args:
        seers: tracks with the same horizon and number of samples.
        parameters: values by id, arrays (lane,) or numbers.
        state: of the part of the game that foresight looks at (`foresight.narrowed`), arrays (lane,).
        step: number of the step that is looked at.
        allowed: moves that a course leaves open to anybody, now and later.
        samples: futures per move; the seers' own number when None.
    """
    count = samples or seers[0].samples
    lanes = len(luck_of.lane)
    size = max(1, AT_ONCE // (fan(outlook, seers) // seers[0].samples * count))
    parts = []
    for first in range(0, lanes, size):
        some = slice(first, first + size)
        theta = {name: x[some] if np.ndim(x) else x for name, x in parameters.items()}
        here = state.map(lambda x, some=some: np.asarray(x)[some])
        mine = Luck(luck_of.seed, luck_of.lane[some])
        with np.errstate(all="ignore"):
            parts.append(_some(outlook, seers, theta, here, step, mine, allowed, count))
    return [np.concatenate(columns, axis=-1) for columns in zip(*parts, strict=True)]


def _some(
    outlook: Outlook,
    seers: Sequence[Seer],
    parameters: Parameters,
    state: State,
    step: int,
    luck_of: Luck,
    allowed: Allowed | None,
    count: int,
) -> list[np.ndarray]:
    """`worth` of some lanes. Arrays have axes branch (the moves of all seers), sample, lane."""
    game, horizon = outlook.game, seers[0].horizon
    tracks = [outlook.tracks.index(s.number) for s in seers]
    sizes = [len(game.tracks[t].moves) + 1 for t in tracks]
    ends = np.cumsum(sizes)
    spans = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    shape = (int(ends[-1]), count, len(luck_of.lane))
    open_to = None if allowed is None else tuple(tuple(map(bool, allowed[n])) for n in outlook.tracks)
    how = _advance(outlook, open_to, tuple(tracks))
    number = luck_of.lane * np.uint32(count) + np.arange(count, dtype=np.uint32)[:, None]
    stream = _stream(luck_of.seed, FUTURES_SALT, step)
    first = {}
    for t, span in zip(tracks, spans, strict=True):
        branch = np.arange(shape[0]) - span.start  # which move of the track a branch begins with
        first["free", t] = ((branch < 0) | (branch >= span.stop - span.start))[:, None, None]
        first |= {("forced", t, m): (branch == m)[:, None, None] for m in range(1, span.stop - span.start)}
    later = {name: np.bool_(name[0] == "free") for name in first}

    def utilities(here: State, k: int) -> list[np.ndarray]:
        clock = rules.clock_at(game, k)
        return [
            np.broadcast_to(how.utilities[s.actor](given_of(parameters, _spread(here, span), clock))[0], sized)
            for s, span, sized in zip(seers, spans, [(n, *shape[1:]) for n in sizes], strict=True)
        ]

    # the views of the seers; their samples do not differ yet
    views = [perceived(outlook, s.actor, parameters, state, step, luck_of) for s in seers]
    here = _joined(views, sizes)
    level = utilities(here, step)
    gains = [np.zeros_like(u) for u in level]
    for offset in range(min(horizon, game.clock.steps - step)):
        clock = rules.clock_at(game, step + offset)
        rows = luck.uniforms(stream, number, offset, how.uniforms)
        given = given_of(parameters, here, clock) | (later if offset else first)
        given |= {("uniform", i): row for i, row in enumerate(rows)}
        values = iter(how.evaluation(given))
        after = State(
            {s.id: next(values) for s in game.stocks},
            next(values),
            {e.id: next(values) if e.once else np.False_ for e in game.events},
        )
        if outlook.stepwise:
            now = utilities(after, step + offset + 1)
            for i, (seer, span) in enumerate(zip(seers, spans, strict=True)):
                weight = np.float32(outlook.discounts[seer.actor] ** (offset + 1))
                alive = _part(here.alive, span)
                gains[i] = gains[i] + np.where(alive, weight * (now[i] - level[i]), np.float32(0))
            level = now
        here = after
    if outlook.stepwise:
        return gains
    return [now - before for now, before in zip(utilities(here, step), level, strict=True)]


def _joined(views: Sequence[State], sizes: Sequence[int]) -> State:
    """The states that branches begin in, arrays (branch, 1, lane)."""

    def joined(*parts: np.ndarray) -> np.ndarray:
        return np.concatenate([np.broadcast_to(p, (n, 1, *p.shape)) for p, n in zip(parts, sizes, strict=True)])

    names = list(views[0].stocks), list(views[0].happened)
    return State(
        {s: joined(*(v.stocks[s] for v in views)) for s in names[0]},
        joined(*(v.alive for v in views)),
        {e: joined(*(v.happened[e] for v in views)) for e in names[1]},
    )


def _part(x: np.ndarray, span: slice) -> np.ndarray:
    """The branches of a seer, of a value that may be the same in all."""
    return x[span] if x.ndim == 3 and len(x) > 1 else x


def _spread(state: State, span: slice) -> State:
    return state.map(lambda x: _part(np.asarray(x), span))


def _stream(seed: int | np.ndarray, salt: int, step: int) -> np.uint32:
    """A seed of its own for every step of the game."""
    with np.errstate(over="ignore"):
        word = np.uint32(seed) ^ np.uint32(salt)
        return luck.mixed(luck.mixed(word) + np.uint32(step) * np.uint32(0x9E3779B9))


@lru_cache(maxsize=64)
def _advance(outlook: Outlook, open_to: tuple[tuple[bool, ...], ...] | None, seers: tuple[int, ...]) -> Advance:
    """Write down one step of the rollouts.

    Args:
        open_to: per track the moves that a course leaves open; None where it leaves all.
        seers: numbers of the tracks whose first move is given.
    """
    game, graph = outlook.game, Graph()
    parameters, state, clock = inputs_of(graph, game)
    uniforms = 0

    def uniform() -> Values:
        nonlocal uniforms
        uniforms += 1
        return graph.input(("uniform", uniforms - 1), FUTURE)

    u_choice = [uniform() for _ in game.tracks]
    u_event = {e.id: uniform() for e in game.events}
    choices = []
    for t, row in enumerate(rules.options(game, parameters, state, clock)):
        drawn = choose.choose(choose.weights(row, None if open_to is None else open_to[t]), u_choice[t])
        if t in seers:
            forced = [graph.input(("forced", t, m), STEP, logical=True) for m in range(1, len(row))]
            drawn = choose.bound(drawn, graph.input(("free", t), STEP, logical=True), forced)
        choices.append(drawn)
    env = rules.environment(parameters, state.stocks, clock)
    sizes = [
        rules.magnitude_quantile(track, choices[t], env, uniform()) if track.has_magnitude else 0.0
        for t, track in enumerate(game.tracks)
    ]
    noise = {s.id: arrays.normal_quantile(uniform()) for s in game.stocks if s.noise is not None}

    def decide(hazards: dict[str, Values]) -> dict[str, Values]:
        return {name: u_event[name] < hazard for name, hazard in hazards.items()}

    after, _ = rules.step(game, parameters, state, clock, choices, sizes, decide, noise)
    roots = [*after.stocks.values(), after.alive, *(after.happened[e.id] for e in game.events if e.once)]
    utilities = {
        actor: Evaluation([graph.lift(outlook.utilities[actor](env))], np.float32)
        for actor in sorted({s.actor for s in outlook.acting})
    }
    return Advance(Evaluation([graph.lift(r) for r in roots], np.float32), utilities, uniforms)


def perceived(outlook: Outlook, actor: str, parameters: Parameters, state: State, step: int, luck_of: Luck) -> State:
    """The state as an actor sees it: blurred where there is a blur, and where it sees nothing, what a stock began with.

    It takes what it sees for what is. A stock it cannot see starts from its initial value: the one value that the
    scenario states without a look (assumption).
    """
    blurs, sights = outlook.blurs[actor], outlook.sights
    rows = luck.uniforms(_stream(luck_of.seed, SIGHT_SALT, step), luck_of.lane, 0, len(sights) if blurs else 0)
    stocks = dict(state.stocks)
    for stock in outlook.game.stocks:
        x = stocks[stock.id]
        if stock.id in outlook.hidden[actor]:
            stocks[stock.id] = arrays.clip(stock.initial(parameters) + np.zeros_like(x), stock.low, stock.high)
        elif stock.id in blurs:
            error = ndtri(rows[sights.index((actor, stock.id))])
            stocks[stock.id] = arrays.clip(x + np.float32(blurs[stock.id]) * error, stock.low, stock.high)
    return state._replace(stocks=stocks)
