"""Foresight: the appeals of tracks that look ahead (DESIGN section 4). A policy of the players, no part of the game.

Level k adds weight * (Q_m - mean Q) to the appeal of move m, Q_m being what the track's actor expects when m is made
now and others reason one level less. Exact: `lookahead` counts every future. Sampled: `rollout` draws some.

Sources: level k, Stahl & Wilson (1994), JEBO 25(3), and Nagel (1995), AER 85(5); the logit response to values that
are expected, agent by agent, McKelvey & Palfrey (1998), Experimental Economics 1(1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from detente.engine.backends.numpy_loop import Policy
from detente.engine.foresight import rollout
from detente.engine.foresight.lookahead import Allowed, Levels, levels_of, log_shares, widest
from detente.engine.foresight.plan import TOP_LEVEL, looking
from detente.engine.foresight.rollout import Luck
from detente.engine.game import rules
from detente.engine.game.courses import CourseArrays
from detente.engine.game.game import Game, Outlook, Seer
from detente.engine.game.rules import UNAVAILABLE, Option, Parameters, State
from detente.engine.graph.evaluation import Evaluation, given_of, inputs_of
from detente.engine.graph.graph import Graph

GLANCES = ("change", "error")  # of one look: moved probability (total variation), squared error of what is foreseen
AT_ONCE = (
    262_144  # nodes of a tree's last layer times states that are looked at together: bounds the memory (assumption)
)
SAMPLES_AT_ONCE = 1 << 21  # futures whose worth is kept at once, of all moves and samples: so does this


def glances_of(game: Game) -> list[tuple[str, str]]:
    """(track, what) of every number a look returns: how far the choice probabilities moved (total variation), and the
    mean squared Monte-Carlo error of weight * (Q - mean Q) over the moves, in logits squared."""
    return [(s.id, what) for s in game.outlook.acting for what in GLANCES] if game.outlook else []


def lanes_of(game: Game) -> int:
    """How many futures are run on for every one that is looked at."""
    if game.outlook is None:
        return 1
    if not game.outlook.exact:
        return max((rollout.fan(game.outlook, seers) for seers in game.outlook.groups), default=1)
    return max((widest(p) for plans in game.outlook.plans.values() for p in plans), default=1)


def foreseen(game: Game, parameters: Parameters, state: State, step: int) -> list[list[Option]]:
    """As `rules.options`, in double precision, with exact foresight in the appeals of the tracks that look ahead.
    Sampled foresight is left out, as in the fit.

    Args:
        parameters: values by id, arrays of the batch's shape, or numbers.
        state: arrays of the batch's shape.
        step: number of the step.
    """
    with np.errstate(all="ignore"):
        table = rules.options(game, parameters, state, rules.clock_at(game, step))
    outlook = game.outlook
    if outlook is None or not outlook.exact or not outlook.acting:
        return table
    values = [*parameters.values(), *state.stocks.values(), state.alive, *state.happened.values()]
    shape = np.broadcast_shapes(*(np.shape(v) for v in values))
    flat = lambda x: np.broadcast_to(x, shape).reshape(-1)  # noqa: E731
    theta = {name: flat(np.asarray(x, float)) for name, x in parameters.items()}
    for number, row in _exact(game, theta, state.map(flat), step, None).items():
        table[number] = [
            Option(np.where(o.available, a.reshape(shape), o.appeal), o.available)
            for a, o in zip(row, table[number], strict=True)
        ]
    return table


def policy(game: Game, parameters: Parameters, course: CourseArrays, seed: int) -> Policy | None:
    """What looking ahead adds to the appeals in futures that are simulated; None when nobody looks ahead.

    Args:
        parameters: values by id, arrays (draw,).
        course: what it forbids is not expected of anybody later either, while what it forces is no part of what is
            expected.
        seed: of the run; sampled futures have random numbers of their own.

    Returns:
        A function of the number of the step, what is carried by name, arrays (draw, future), which draws these are,
        and the numbers of the futures, uint32 (draw, future). It gives the inputs ("appeal", track, option) and
        ("glance", number), arrays (draw, future) float32; 0 in futures that have ended.
    """
    outlook = game.outlook
    if outlook is None or not outlook.acting:
        return None
    allowed = None if all(map(np.all, course.allowed)) else course.allowed
    plain, dtype = _plain(game), np.float64 if outlook.exact else np.float32

    names = [("appeal", s.number, m) for s in outlook.acting for m in range(len(game.tracks[s.number].moves) + 1)]
    names += [("glance", number) for number in range(len(glances_of(game)))]

    def look(step: int, carried: Mapping[Any, np.ndarray], draws: slice, lane: np.ndarray) -> dict[Any, np.ndarray]:
        on = np.flatnonzero(carried["alive"])
        if not len(on):
            return {name: np.zeros(lane.shape, np.float32) for name in names}
        draw = np.repeat(np.arange(draws.start, draws.stop), lane.shape[1])[on]
        never = np.zeros(len(on), bool)  # of an event that may happen again: nothing reads it, so it is not carried
        whole = _state(game, lambda name: carried[name].reshape(-1)[on] if name in carried else never)
        first, which = _distinct(draw, whole) if outlook.exact else (np.arange(len(on)),) * 2
        state = whole.map(lambda x: x[first])
        theta = {name: np.asarray(x, dtype)[draw[first]] for name, x in parameters.items()}
        options = _options(game, plain, theta, state, step)
        if outlook.exact:
            found, errors = _exact(game, theta, state, step, allowed), {}
        else:
            luck = Luck(seed, lane.reshape(-1)[on])
            found, errors = _sampled(game, theta, state, step, allowed, luck, options)
        values = []
        for seer in outlook.acting:
            for option, appeal in zip(options[seer.number], found[seer.number], strict=True):
                values.append(np.where(option.available, appeal, option.appeal))
        for seer in outlook.acting:
            left = None if allowed is None else allowed[seer.number]
            values.append(_moved(options[seer.number], found[seer.number], left))
            values.append(errors.get(seer.number, 0.0))
        inputs = {}
        for name, value in zip(names, values, strict=True):
            out = np.zeros(lane.size, np.float32)
            out[on] = np.broadcast_to(value, len(first))[which]
            inputs[name] = out.reshape(lane.shape)
        return inputs

    return look


def _state(game: Game, value: Callable[[Any], np.ndarray]) -> State:
    """The state that is carried, by name."""
    return State(
        {s.id: value(("stock", s.id)) for s in game.stocks},
        value("alive"),
        {e.id: value(("happened", e.id)) for e in game.events},
    )


def _distinct(draw: np.ndarray, state: State) -> tuple[np.ndarray, np.ndarray]:
    """The first lane of every state that differs, and which of them each lane is in: many futures of a draw are in
    the same, and one tree serves them all."""
    group = draw
    for column in (*state.stocks.values(), *state.happened.values()):
        if (column != column[0]).any():
            found, number = np.unique(column, return_inverse=True)
            group = np.unique(group * len(found) + number, return_inverse=True)[1]
    _, first, which = np.unique(group, return_index=True, return_inverse=True)
    return first, which


@lru_cache(maxsize=32)
def _plain(game: Game) -> Evaluation:
    """Appeals and availability of every option of the tracks that look ahead, hold first."""
    graph = Graph()
    table = rules.options(game, *inputs_of(graph, game))
    roots = [x for row in looking(game, table) for option in row or () for x in option]
    return Evaluation([graph.lift(r) for r in roots], np.float64)


def _options(game: Game, plain: Evaluation, parameters: Parameters, state: State, step: int) -> dict[int, list[Option]]:
    """By number of the track the plain options of those who look ahead."""
    values = iter(plain(given_of(parameters, state, rules.clock_at(game, step))))
    numbers = sorted(seer.number for seer in game.outlook.acting)  # type: ignore[union-attr]
    return {n: [Option(next(values), next(values)) for _ in range(len(game.tracks[n].moves) + 1)] for n in numbers}


def _exact(
    game: Game, parameters: Parameters, state: State, step: int, allowed: Allowed | None
) -> dict[int, np.ndarray]:
    """By number of the track the logits of those who look ahead, (move + 1, lane); arrays in have shape (lane,)."""
    outlook, lanes = game.outlook, len(state.alive)
    assert outlook is not None
    part, found = narrowed(outlook, state), {}
    for seers in outlook.groups:
        plan = outlook.plans[seers[0].key][outlook.plan_of[seers[0].key][step]]
        top = max(TOP_LEVEL if s.level is None else s.level for s in seers)
        wanted = Levels(outlook, plan, tuple(seers), top)
        size = max(1, AT_ONCE // widest(plan))
        parts: list[list[np.ndarray]] = []
        for first in range(0, lanes, size):
            some = slice(first, first + size)
            theta = {name: _same(x[some]) for name, x in parameters.items()}
            with np.errstate(all="ignore"):
                tables = levels_of(wanted, theta, part.map(lambda x, some=some: _same(x[some])), step, allowed)
                rows = [_settled(s, theta, table) for s, table in zip(seers, tables, strict=True)]
            width = min(size, lanes - first)
            parts.append([np.broadcast_to(row, (len(row), width)) for row in rows])
        for number, seer in enumerate(seers):
            found[seer.number] = np.concatenate([p[number] for p in parts], axis=-1)
    return found


def _same(x: np.ndarray) -> np.ndarray:
    """One value in place of many that are equal."""
    return x[:1] if len(x) and (x == x[0]).all() else x


def _settled(seer: Seer, parameters: Parameters, levels: np.ndarray) -> np.ndarray:
    """The logits of a track whose level is fixed, or of a population of levels drawn anew at every choice."""
    if seer.level is not None:
        return levels[seer.level]
    shares = log_shares(seer.tau(parameters))  # type: ignore[misc]
    return np.asarray(logsumexp(shares[:, None] + log_softmax(levels, axis=1), axis=0))


def _sampled(
    game: Game,
    parameters: Parameters,
    state: State,
    step: int,
    allowed: Allowed | None,
    luck: Luck,
    options: Mapping[int, Sequence[Option]],
) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """As `_exact`, from futures that are drawn; and the mean squared errors."""
    outlook = game.outlook
    assert outlook is not None
    lanes, part = len(state.alive), narrowed(outlook, state)
    found = {n: np.empty((len(row), lanes)) for n, row in options.items()}
    errors = {n: np.empty(lanes) for n in options}
    for seers in outlook.groups:
        size = max(1, SAMPLES_AT_ONCE // rollout.fan(outlook, seers))
        for first in range(0, lanes, size):
            some = slice(first, first + size)
            theta = {name: x[some] for name, x in parameters.items()}
            here, mine = part.map(lambda x, some=some: x[some]), Luck(luck.seed, luck.lane[some])
            worth = rollout.worth(outlook, seers, theta, here, step, mine, allowed)
            for seer, w in zip(seers, worth, strict=True):
                left = None if allowed is None else allowed[seer.number]
                row = [Option(*(x[some] if np.ndim(x) else x for x in option)) for option in options[seer.number]]
                added, error = add_foreseen(row, w, seer.weight(theta), left)
                found[seer.number][:, some], errors[seer.number][some] = added, error
    return found, errors


def add_foreseen(
    row: Sequence[Option], worth: np.ndarray, weight: Any, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """A row of appeals with weight * (Q - mean Q) added on the moves that are available, shape (move + 1, lane); and
    its mean squared error, (lane,).

    Args:
        worth: of every move in every sampled future, shape (move + 1, sample, lane).
        weight: a number, or an array (lane,).
        allowed: which moves a course leaves open.
    """
    there, appeal = _stacked(row, worth.shape[-1], allowed)
    number = np.maximum(1, there.sum(0))
    mean = np.where(there[:, None], worth, 0).sum(0, dtype=worth.dtype) / number.astype(worth.dtype)
    centred = worth - mean
    squared = centred.var(1) * weight**2 / (worth.shape[1] - 1)
    error = np.where(there, squared, 0.0).sum(0) / number
    return np.where(there, appeal + weight * centred.mean(1), appeal), error


def _moved(before: Sequence[Option], after: np.ndarray, allowed: np.ndarray | None) -> np.ndarray:
    """Half the sum of the changes of the choice probabilities, among the moves that a course leaves open."""
    there, plain = _stacked(before, after.shape[-1], allowed)
    sides = [softmax(np.where(there, row, UNAVAILABLE), axis=0) for row in (plain, after)]
    return np.abs(sides[1] - sides[0]).sum(0) / 2


def _stacked(row: Sequence[Option], lanes: int, allowed: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Which moves are open and what their appeals are, (move + 1, lane) each."""
    there = np.stack([np.broadcast_to(o.available, lanes) for o in row])
    appeal = np.stack([np.broadcast_to(o.appeal, lanes) for o in row])
    return there if allowed is None else there & np.asarray(allowed)[:, None], appeal


def narrowed(outlook: Outlook, state: State) -> State:
    """The part of a state that foresight looks at."""
    stocks = {s.id: state.stocks[s.id] for s in outlook.game.stocks}
    return State(stocks, state.alive, {e.id: state.happened[e.id] for e in outlook.game.events})
