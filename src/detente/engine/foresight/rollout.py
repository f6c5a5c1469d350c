"""Sampled foresight: what every move is worth at level 1, from futures in which everybody else plays its appeals.

For every lane, every move of a track that looks ahead and every sample, the part of the game that bears on the
utilities runs on to the horizon, as `simulate` runs the whole: a lane is a draw, a sample a future, and the move a
course that forces it. All moves of a lane meet the same (common) random numbers, from a stream of its own keyed by
 the future's number, so that two courses still share what they share without foresight. Nothing that the game's own
chance decides is read.

Rollouts as values of moves: Tesauro & Galperin (1996), NIPS 9. Common random numbers: Glasserman & Yao (1992),
Management Science 38(6).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from detente.engine import random_numbers
from detente.engine.backends import choice as backend
from detente.engine.foresight.lookahead import Allowed
from detente.engine.game import rules
from detente.engine.game.courses import FREE, CourseArrays
from detente.engine.game.game import ForesightPlan, LookaheadTrack
from detente.engine.game.rules import Parameters, State
from detente.engine.game.scene import Scene, begin_with, continuation_values_of, of_steps, utilities_at, written
from detente.engine.graph import arrays
from detente.engine.program import HALVES, Futures, How, Program

FUTURES_SALT = 0x0F0E51E7  # sets the streams of foresight apart from those of the game
SIGHT_SALT = 0x00B10B5E
AT_ONCE = 1 << 20  # futures of a move times steps that are kept at once: bounds the memory (assumption)


class RandomKey(NamedTuple):
    """Whose chance: the seed of the run, and per lane the number of its future."""

    seed: int | np.ndarray  # an unsigned 32-bit number
    lane: np.ndarray  # uint32 (lane,)


def fan(foresight_plan: ForesightPlan, lookahead_tracks: Sequence[LookaheadTrack]) -> int:
    """Futures per lane and step: moves times samples."""
    return sum(
        (len(foresight_plan.game.tracks[foresight_plan.tracks.index(s.number)].moves) + 1) * s.samples
        for s in lookahead_tracks
    )


def continuation_values(
    foresight_plan: ForesightPlan,
    lookahead_tracks: Sequence[LookaheadTrack],
    parameters: Parameters,
    state: State,
    step: int,
    key: RandomKey,
    allowed: Allowed | None = None,
    samples: int | None = None,
) -> list[np.ndarray]:
    """Per lookahead track: how its actor's utility changes in every sampled future, (move + 1, sample, lane) float32.

    Args:
        tracks that look ahead: tracks with the same horizon and number of samples.
        parameters: values by id, arrays (lane,).
        state: of the part of the game that foresight looks at (`foresight.narrowed`), arrays (lane,).
        step: number of the step that is looked at.
        allowed: moves that a course leaves open to anybody, now and later.
        samples: futures per move; the tracks that look ahead' own number when None.
    """
    game, count, lanes = foresight_plan.game, samples or lookahead_tracks[0].samples, len(key.lane)
    steps = min(lookahead_tracks[0].horizon, game.clock.steps - step)
    size = max(1, AT_ONCE // (count * steps))
    found = []
    for track_ahead in lookahead_tracks:
        moves = len(game.tracks[foresight_plan.tracks.index(track_ahead.number)].moves) + 1
        out = np.empty((moves, count, lanes), np.float32)
        for first in range(0, lanes, size):
            some = slice(first, first + size)
            theta = {name: np.asarray(x)[some] for name, x in parameters.items()}
            mine = RandomKey(key.seed, key.lane[some])
            here = state.map(lambda x, some=some: np.asarray(x)[some])
            view = perceived(foresight_plan, track_ahead.actor, theta, here, step, mine)
            for move in range(moves):
                out[move, :, some] = _played(
                    foresight_plan, track_ahead, move, theta, view, (step, steps), mine, allowed, count
                )
        found.append(out)
    return found


def _played(
    foresight_plan: ForesightPlan,
    track_ahead: LookaheadTrack,
    move: int,
    parameters: Parameters,
    view: State,
    span: tuple[int, int],
    key: RandomKey,
    allowed: Allowed | None,
    count: int,
) -> np.ndarray:
    """The continuation value of one move, (sample, lane); `span`: number of the first step, and of steps."""
    game, (step, steps), lanes = foresight_plan.game, span, len(key.lane)
    force = np.full((steps, len(game.tracks)), FREE)
    force[0, foresight_plan.tracks.index(track_ahead.number)] = move
    everything = [np.ones(len(t.moves) + 1, bool) for t in game.tracks]
    open_to = everything if allowed is None else [np.asarray(allowed[n]) for n in foresight_plan.tracks]
    course = CourseArrays(force, np.full(force.shape, np.nan), tuple(open_to))
    program = _program(foresight_plan, track_ahead.actor, _bound(foresight_plan, open_to), count)
    discount = foresight_plan.discounts[track_ahead.actor]
    utilities = utilities_at(
        [foresight_plan.utilities[track_ahead.actor]], parameters, view.stocks, rules.clock_at(game, step), lanes
    )
    draws = {("parameter", p): np.asarray(parameters[p], float) for p in game.parameters}
    tables = program.fill(draws, of_steps(game, course, step, [discount]), (lanes, steps))
    seed = int(_stream(key.seed, FUTURES_SALT, step))
    which = Futures(seed, 0, _even(count), key.lane, {})
    found = backend.futures(program, tables, begin_with(view, utilities), which)
    return found["continuation"][:, :count, -1, 0].T


def _even(count: int) -> int:
    return count + count % HALVES


def _bound(foresight_plan: ForesightPlan, open_to: Allowed) -> frozenset[int]:
    """Tracks of the part that may be bound: those that look ahead, and those of which a move is forbidden."""
    return frozenset(foresight_plan.tracks.index(s.number) for s in foresight_plan.acting) | {
        i for i, left in enumerate(open_to) if not left.all()
    }


@lru_cache(maxsize=64)
def _program(foresight_plan: ForesightPlan, actor: str, bound: frozenset[int], count: int) -> Program:
    """The rollouts of an actor's moves, of which every future's worth is kept."""

    def keep(scene: Scene) -> None:
        totals = continuation_values_of(
            scene, [(foresight_plan.utilities[actor], foresight_plan.discounts[actor])], begins=0.0
        )
        scene.loop.keep("continuation", How.PATHS, [after for _, after in totals], futures=_even(count))

    return written(foresight_plan.game, [keep], bound)


def _stream(seed: int | np.ndarray, salt: int, step: int) -> np.ndarray:
    """A seed of its own for every step of the game."""
    with np.errstate(over="ignore"):
        word = np.asarray(seed, np.uint32) ^ np.uint32(salt)
        return random_numbers.mixed(random_numbers.mixed(word) + np.uint32(step) * np.uint32(0x9E3779B9))


def perceived(
    foresight_plan: ForesightPlan, actor: str, parameters: Parameters, state: State, step: int, key: RandomKey
) -> State:
    """The state as an actor sees it: blurred where there is a blur, and where it sees nothing, what a stock began with.

    It takes what it sees for what is. A stock it cannot see starts from its initial value: the one value that the
    scenario states without a look (assumption).
    """
    blurs, sights = foresight_plan.blurs[actor], foresight_plan.sights
    rows = random_numbers.uniforms(_stream(key.seed, SIGHT_SALT, step), key.lane, 0, len(sights) if blurs else 0)
    stocks = dict(state.stocks)
    for stock in foresight_plan.game.stocks:
        x = stocks[stock.id]
        if stock.id in foresight_plan.hidden[actor]:
            stocks[stock.id] = arrays.clip(stock.initial(parameters) + np.zeros_like(x), stock.low, stock.high)
        elif stock.id in blurs:
            error = ndtri(rows[sights.index((actor, stock.id))])
            stocks[stock.id] = arrays.clip(x + np.float32(blurs[stock.id]) * error, stock.low, stock.high)
    return state._replace(stocks=stocks)
