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
from detente.engine.foresight.rollout import RandomKey
from detente.engine.game import rules
from detente.engine.game.courses import CourseArrays
from detente.engine.game.game import ForesightPlan, Game, LookaheadTrack
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
    return [(s.id, what) for s in game.foresight_plan.acting for what in GLANCES] if game.foresight_plan else []


def lanes_of(game: Game) -> int:
    """How many futures are run on for every one that is looked at."""
    if game.foresight_plan is None:
        return 1
    if not game.foresight_plan.exact:
        return max(
            (rollout.fan(game.foresight_plan, lookahead_tracks) for lookahead_tracks in game.foresight_plan.groups),
            default=1,
        )
    return max((widest(p) for plans in game.foresight_plan.plans.values() for p in plans), default=1)


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
    foresight_plan = game.foresight_plan
    if foresight_plan is None or not foresight_plan.exact or not foresight_plan.acting:
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
    foresight_plan = game.foresight_plan
    if foresight_plan is None or not foresight_plan.acting:
        return None
    allowed = None if all(map(np.all, course.allowed)) else course.allowed
    plain, dtype = _plain(game), np.float64 if foresight_plan.exact else np.float32

    names = [
        ("appeal", s.number, m) for s in foresight_plan.acting for m in range(len(game.tracks[s.number].moves) + 1)
    ]
    names += [("glance", number) for number in range(len(glances_of(game)))]

    def look(step: int, carried: Mapping[Any, np.ndarray], draws: slice, lane: np.ndarray) -> dict[Any, np.ndarray]:
        on = np.flatnonzero(carried["alive"])
        if not len(on):
            return {name: np.zeros(lane.shape, np.float32) for name in names}
        draw = np.repeat(np.arange(draws.start, draws.stop), lane.shape[1])[on]
        never = np.zeros(len(on), bool)  # of an event that may happen again: nothing reads it, so it is not carried
        whole = _state(game, lambda name: carried[name].reshape(-1)[on] if name in carried else never)
        first, which = _distinct(draw, whole) if foresight_plan.exact else (np.arange(len(on)),) * 2
        state = whole.map(lambda x: x[first])
        theta = {name: np.asarray(x, dtype)[draw[first]] for name, x in parameters.items()}
        options = _options(game, plain, theta, state, step)
        if foresight_plan.exact:
            found, errors = _exact(game, theta, state, step, allowed), {}
        else:
            key = RandomKey(seed, lane.reshape(-1)[on])
            found, errors = _sampled(game, theta, state, step, allowed, key, options)
        values = []
        for track_ahead in foresight_plan.acting:
            for option, appeal in zip(options[track_ahead.number], found[track_ahead.number], strict=True):
                values.append(np.where(option.available, appeal, option.appeal))
        for track_ahead in foresight_plan.acting:
            left = None if allowed is None else allowed[track_ahead.number]
            values.append(_moved(options[track_ahead.number], found[track_ahead.number], left))
            values.append(errors.get(track_ahead.number, 0.0))
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
    numbers = sorted(track_ahead.number for track_ahead in game.foresight_plan.acting)  # type: ignore[union-attr]
    return {n: [Option(next(values), next(values)) for _ in range(len(game.tracks[n].moves) + 1)] for n in numbers}


def _exact(
    game: Game, parameters: Parameters, state: State, step: int, allowed: Allowed | None
) -> dict[int, np.ndarray]:
    """By number of the track the logits of those who look ahead, (move + 1, lane); arrays in have shape (lane,)."""
    foresight_plan, lanes = game.foresight_plan, len(state.alive)
    assert foresight_plan is not None
    part, found = narrowed(foresight_plan, state), {}
    for lookahead_tracks in foresight_plan.groups:
        plan = foresight_plan.plans[lookahead_tracks[0].key][foresight_plan.plan_of[lookahead_tracks[0].key][step]]
        top = max(TOP_LEVEL if s.level is None else s.level for s in lookahead_tracks)
        wanted = Levels(foresight_plan, plan, tuple(lookahead_tracks), top)
        size = max(1, AT_ONCE // widest(plan))
        parts: list[list[np.ndarray]] = []
        for first in range(0, lanes, size):
            some = slice(first, first + size)
            theta = {name: _same(x[some]) for name, x in parameters.items()}
            with np.errstate(all="ignore"):
                tables = levels_of(wanted, theta, part.map(lambda x, some=some: _same(x[some])), step, allowed)
                rows = [_settled(s, theta, table) for s, table in zip(lookahead_tracks, tables, strict=True)]
            width = min(size, lanes - first)
            parts.append([np.broadcast_to(row, (len(row), width)) for row in rows])
        for number, track_ahead in enumerate(lookahead_tracks):
            found[track_ahead.number] = np.concatenate([p[number] for p in parts], axis=-1)
    return found


def _same(x: np.ndarray) -> np.ndarray:
    """One value in place of many that are equal."""
    return x[:1] if len(x) and (x == x[0]).all() else x


def _settled(track_ahead: LookaheadTrack, parameters: Parameters, levels: np.ndarray) -> np.ndarray:
    """The logits of a track whose level is fixed, or of a population of levels drawn anew at every choice."""
    if track_ahead.level is not None:
        return levels[track_ahead.level]
    shares = log_shares(track_ahead.tau(parameters))  # type: ignore[misc]
    return np.asarray(logsumexp(shares[:, None] + log_softmax(levels, axis=1), axis=0))


def _sampled(
    game: Game,
    parameters: Parameters,
    state: State,
    step: int,
    allowed: Allowed | None,
    key: RandomKey,
    options: Mapping[int, Sequence[Option]],
) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """As `_exact`, from futures that are drawn; and the mean squared errors."""
    foresight_plan = game.foresight_plan
    assert foresight_plan is not None
    lanes, part = len(state.alive), narrowed(foresight_plan, state)
    found = {n: np.empty((len(row), lanes)) for n, row in options.items()}
    errors = {n: np.empty(lanes) for n in options}
    for lookahead_tracks in foresight_plan.groups:
        size = max(1, SAMPLES_AT_ONCE // rollout.fan(foresight_plan, lookahead_tracks))
        for first in range(0, lanes, size):
            some = slice(first, first + size)
            theta = {name: x[some] for name, x in parameters.items()}
            here, mine = part.map(lambda x, some=some: x[some]), RandomKey(key.seed, key.lane[some])
            continuation_values = rollout.continuation_values(
                foresight_plan, lookahead_tracks, theta, here, step, mine, allowed
            )
            for track_ahead, w in zip(lookahead_tracks, continuation_values, strict=True):
                left = None if allowed is None else allowed[track_ahead.number]
                row = [
                    Option(*(x[some] if np.ndim(x) else x for x in option)) for option in options[track_ahead.number]
                ]
                added, error = add_foreseen(row, w, track_ahead.weight(theta), left)
                found[track_ahead.number][:, some], errors[track_ahead.number][some] = added, error
    return found, errors


def add_foreseen(
    row: Sequence[Option], continuation_values: np.ndarray, weight: Any, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """A row of appeals with weight * (Q - mean Q) added on the moves that are available, shape (move + 1, lane); and
    its mean squared error, (lane,).

    Args:
        continuation_values: of every move in every sampled future, shape (move + 1, sample, lane).
        weight: a number, or an array (lane,).
        allowed: which moves a course leaves open.
    """
    there, appeal = _stacked(row, continuation_values.shape[-1], allowed)
    number = np.maximum(1, there.sum(0))
    mean = np.where(there[:, None], continuation_values, 0).sum(0, dtype=continuation_values.dtype) / number.astype(
        continuation_values.dtype
    )
    centred = continuation_values - mean
    squared = centred.var(1) * weight**2 / (continuation_values.shape[1] - 1)
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


def narrowed(foresight_plan: ForesightPlan, state: State) -> State:
    """The part of a state that foresight looks at."""
    stocks = {s.id: state.stocks[s.id] for s in foresight_plan.game.stocks}
    return State(stocks, state.alive, {e.id: state.happened[e.id] for e in foresight_plan.game.events})
