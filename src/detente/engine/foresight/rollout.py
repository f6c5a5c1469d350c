"""Sampled foresight: what every move is worth at level 1, from futures in which everybody else plays its appeals.

For every lane, every move of a track that looks ahead and every sample, the part of the game that bears on the
utilities runs on to the horizon, as `simulate` runs the whole: a lane is a draw, a sample a future, and the move a
course that forces it. All moves of a lane meet the same luck (common random numbers), from a stream of its own keyed
by the future's number, so that two courses still share what they share without foresight. Nothing that the game's own
luck decides is read.

Rollouts as values of moves: Tesauro & Galperin (1996), NIPS 9. Common luck: Glasserman & Yao (1992), Management
Science 38(6).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from detente.engine import random_numbers as luck
from detente.engine.backends import choice as backend
from detente.engine.foresight.lookahead import Allowed
from detente.engine.game import rules
from detente.engine.game.courses import FREE, CourseArrays
from detente.engine.game.game import Outlook, Seer
from detente.engine.game.rules import Parameters, State
from detente.engine.game.scene import Scene, begin_with, of_steps, utilities_at, worths, written
from detente.engine.graph import arrays
from detente.engine.program import HALVES, Futures, How, Program

FUTURES_SALT = 0x0F0E51E7  # sets the streams of foresight apart from those of the game
SIGHT_SALT = 0x00B10B5E
AT_ONCE = 1 << 20  # futures of a move times steps that are kept at once: bounds the memory (assumption)


class Luck(NamedTuple):
    """Whose luck: the seed of the run, and per lane the number of its future."""

    seed: int | np.ndarray  # an unsigned 32-bit number
    lane: np.ndarray  # uint32 (lane,)


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
        parameters: values by id, arrays (lane,).
        state: of the part of the game that foresight looks at (`foresight.narrowed`), arrays (lane,).
        step: number of the step that is looked at.
        allowed: moves that a course leaves open to anybody, now and later.
        samples: futures per move; the seers' own number when None.
    """
    game, count, lanes = outlook.game, samples or seers[0].samples, len(luck_of.lane)
    steps = min(seers[0].horizon, game.clock.steps - step)
    size = max(1, AT_ONCE // (count * steps))
    found = []
    for seer in seers:
        moves = len(game.tracks[outlook.tracks.index(seer.number)].moves) + 1
        out = np.empty((moves, count, lanes), np.float32)
        for first in range(0, lanes, size):
            some = slice(first, first + size)
            theta = {name: np.asarray(x)[some] for name, x in parameters.items()}
            mine = Luck(luck_of.seed, luck_of.lane[some])
            here = state.map(lambda x, some=some: np.asarray(x)[some])
            view = perceived(outlook, seer.actor, theta, here, step, mine)
            for move in range(moves):
                out[move, :, some] = _played(outlook, seer, move, theta, view, (step, steps), mine, allowed, count)
        found.append(out)
    return found


def _played(
    outlook: Outlook,
    seer: Seer,
    move: int,
    parameters: Parameters,
    view: State,
    span: tuple[int, int],
    luck_of: Luck,
    allowed: Allowed | None,
    count: int,
) -> np.ndarray:
    """`worth` of one move, (sample, lane); `span`: number of the first step, and of steps."""
    game, (step, steps), lanes = outlook.game, span, len(luck_of.lane)
    force = np.full((steps, len(game.tracks)), FREE)
    force[0, outlook.tracks.index(seer.number)] = move
    everything = [np.ones(len(t.moves) + 1, bool) for t in game.tracks]
    open_to = everything if allowed is None else [np.asarray(allowed[n]) for n in outlook.tracks]
    course = CourseArrays(force, np.full(force.shape, np.nan), tuple(open_to))
    program = _program(outlook, seer.actor, _bound(outlook, open_to), count)
    discount = outlook.discounts[seer.actor]
    utilities = utilities_at(
        [outlook.utilities[seer.actor]], parameters, view.stocks, rules.clock_at(game, step), lanes
    )
    draws = {("parameter", p): np.asarray(parameters[p], float) for p in game.parameters}
    tables = program.fill(draws, of_steps(game, course, step, [discount]), (lanes, steps))
    seed = int(_stream(luck_of.seed, FUTURES_SALT, step))
    which = Futures(seed, 0, _even(count), luck_of.lane, {})
    found = backend.futures(program, tables, begin_with(view, utilities), which)
    return found["worth"][:, :count, -1, 0].T


def _even(count: int) -> int:
    return count + count % HALVES


def _bound(outlook: Outlook, open_to: Allowed) -> frozenset[int]:
    """Tracks of the part that may be bound: those that look ahead, and those of which a move is forbidden."""
    return frozenset(outlook.tracks.index(s.number) for s in outlook.acting) | {
        i for i, left in enumerate(open_to) if not left.all()
    }


@lru_cache(maxsize=64)
def _program(outlook: Outlook, actor: str, bound: frozenset[int], count: int) -> Program:
    """The rollouts of an actor's moves, of which every future's worth is kept."""

    def keep(scene: Scene) -> None:
        totals = worths(scene, [(outlook.utilities[actor], outlook.discounts[actor])], begins=0.0)
        scene.loop.keep("worth", How.PATHS, [after for _, after in totals], futures=_even(count))

    return written(outlook.game, [keep], bound)


def _stream(seed: int | np.ndarray, salt: int, step: int) -> np.ndarray:
    """A seed of its own for every step of the game."""
    with np.errstate(over="ignore"):
        word = np.asarray(seed, np.uint32) ^ np.uint32(salt)
        return luck.mixed(luck.mixed(word) + np.uint32(step) * np.uint32(0x9E3779B9))


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
