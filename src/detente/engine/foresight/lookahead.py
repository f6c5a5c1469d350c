"""Exact foresight: the tree of every future up to a horizon, and its policies at levels 0, 1, 2, .. by backward passes.

A step multiplies the nodes by the joint choices of all tracks and the outcomes of all events, which are the leading
axes; the batch is the last one, so that the same `rules.step` runs them all. What the clock rules out is not grown
(`game.Branching`), and what is the same in the whole batch is computed once (its last axis is 1). Inside a tree
everybody looks to the tree's end.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaln, logsumexp

from detente.engine.foresight.plan import TOP_LEVEL
from detente.engine.game import rules
from detente.engine.game.game import Branching, ForesightPlan, LookaheadTrack, Plan
from detente.engine.game.rules import UNAVAILABLE, Clock, Parameters, State
from detente.engine.graph import arrays
from detente.engine.graph.evaluation import Evaluation, given_of, inputs_of
from detente.engine.graph.graph import FUTURE, STEP, Graph, Node

Policies = list[list[np.ndarray]]  # per layer and track: probabilities, shape (move, node, batch)
Allowed = Sequence[np.ndarray]  # per track of the whole game (move + 1,) bool, hold first


@dataclass(frozen=True)
class Levels:
    """What to compute: the logits of `lookahead_tracks` at levels 0 .. top on the tree of a plan."""

    foresight_plan: ForesightPlan
    plan: Plan
    lookahead_tracks: tuple[LookaheadTrack, ...]
    top: int

    @property
    def reasoning(self) -> list[LookaheadTrack]:
        """Everybody who looks ahead in this tree: others than `lookahead_tracks` too, in their minds."""
        return self.foresight_plan.acting


class Layer(NamedTuple):
    """One step of the tree. Joint choices run over the moves of all tracks, those of the last track fastest."""

    appeals: list[np.ndarray]  # per track (move, node, batch), UNAVAILABLE where a move is
    open_to: list[np.ndarray]  # per track (move, node, batch) bool: moves that are available
    chance: np.ndarray  # (joint choice, outcome, node, batch): probability of the outcome
    now: dict[str, np.ndarray]  # actor -> (joint choice, node, batch): expected change of utility in the step


@dataclass(frozen=True, eq=False)
class Expansion:
    """How one step multiplies the nodes of a layer."""

    evaluation: Evaluation
    masks: dict[Any, np.ndarray]  # inputs: moves made (joint choice, 1, 1, 1), what happens (outcome, 1, 1)
    moves: tuple[int, ...]  # of each track
    joint: int
    outcomes: int
    actors: tuple[str, ...]  # whose utility is followed


def widest(plan: Plan) -> int:
    """Nodes of the tree's last layer."""
    return prod(prod(map(len, b.moves)) * prod(map(len, b.outcomes)) for b in plan)


def levels_of(
    wanted: Levels, parameters: Parameters, state: State, step: int, allowed: Allowed | None = None
) -> list[np.ndarray]:
    """Per track that looks ahead its logits at levels 0 .. top at the root, shape (level, move + 1, batch).

    Args:
        parameters: values by id, arrays (batch,), or (1,) where all are the same.
        state: of the part of the game that foresight looks at, arrays (batch,) or (1,).
        step: number of the step at the root.
        allowed: moves that a course leaves open to anybody, now and later.
    """
    tree = _grow(wanted, parameters, state, step, allowed)
    belief = [[_softmax(a) for a in layer.appeals] for layer in tree]
    numbers = [wanted.foresight_plan.tracks.index(s.number) for s in wanted.lookahead_tracks]
    believer = wanted.lookahead_tracks[0]  # tracks that look ahead of one tree believe alike
    found = [[tree[0].appeals[n][:, 0]] for n in numbers]
    for level in range(1, wanted.top + 1):
        policies, roots = _reply(wanted, tree, parameters, belief)
        for logits, root in zip(found, roots, strict=True):
            logits.append(root)
        if believer.mixture:
            share = _share(believer, parameters, level)
            policies = [
                [b + share * (p - b) for b, p in zip(*layer, strict=True)]
                for layer in zip(belief, policies, strict=True)
            ]
        belief = policies
    return [_at_root(wanted, n, table) for n, table in zip(numbers, found, strict=True)]


def _at_root(wanted: Levels, track: int, levels: list[np.ndarray]) -> np.ndarray:
    """Logits (level, move + 1, batch) of all moves, from those (move possible, batch) of each level."""
    width = max(logits.shape[-1] for logits in levels)
    size = len(wanted.foresight_plan.game.tracks[track].moves) + 1
    out = np.full((len(levels), size, width), UNAVAILABLE)
    for level, logits in enumerate(levels):
        out[level, list(wanted.plan[0].moves[track])] = logits
    return out


def _share(track_ahead: LookaheadTrack, parameters: Parameters, level: int) -> np.ndarray:
    """The weight of a level among those up to it, f(level) / (f(0) + .. + f(level))."""
    shares = np.exp(log_shares(track_ahead.tau(parameters)))  # type: ignore[misc]
    return shares[level] / shares[: level + 1].sum(0)


def log_shares(tau: Any) -> np.ndarray:
    """Log shares of levels 0 .. TOP_LEVEL in a Poisson population, shape (level, batch).

    Source: Camerer, Ho & Chong (2004), QJE 119(3).
    """
    mean = np.maximum(np.atleast_1d(np.asarray(tau, float)), 1e-12)
    level = np.arange(TOP_LEVEL + 1.0)[:, None]
    raw = level * np.log(mean) - gammaln(level + 1)
    return raw - logsumexp(raw, axis=0)


@lru_cache(maxsize=256)
def _expansion(foresight_plan: ForesightPlan, branching: Branching) -> Expansion:
    """Write down one step of the tree with its moves and outcomes as inputs."""
    game, graph = foresight_plan.game, Graph()
    parameters, state, clock = inputs_of(graph, game)
    later = Clock(graph.input("next step", STEP), graph.input("next season", STEP))
    mask = lambda *name: graph.input(name, FUTURE, logical=True)  # noqa: E731
    table = rules.options(game, parameters, state, clock)
    options = [table[t][m] for t, moves in enumerate(branching.moves) for m in moves]
    choices = [
        [mask("made", t, m) if m in moves else graph.constant(False) for m in range(1, len(track.moves) + 1)]
        for t, (track, moves) in enumerate(zip(game.tracks, branching.moves, strict=True))
    ]
    chance: Any = graph.constant(1.0)

    def decide(hazards: dict[str, Node]) -> dict[str, Node]:
        nonlocal chance
        happened = {}
        for event, outcomes in zip(game.events, branching.outcomes, strict=True):
            hazard = graph.lift(hazards[event.id])
            if len(outcomes) == 2:
                happened[event.id] = mask("happens", event.id)
                chance = chance * arrays.where(happened[event.id], hazard, 1.0 - hazard)
            else:  # one that is certain unless it cannot happen has no other outcome to branch to
                happened[event.id] = hazard > 0 if outcomes[0] else graph.constant(False)
        return happened

    # there are no sizes: see `scenario.foresight_plan.obstacles`
    after, _ = rules.step(game, parameters, state, clock, choices, [0.0] * len(choices), decide, {})
    actors = tuple(sorted({s.actor for s in foresight_plan.acting}))
    gains = []
    for actor in actors:
        utility = foresight_plan.utilities[actor]
        change = utility(rules.environment(parameters, after.stocks, later)) - utility(
            rules.environment(parameters, state.stocks, clock)
        )
        gains.append(arrays.where(state.alive, change, 0.0))
    roots = [*(x for o in options for x in o), chance, *gains, *after.stocks.values(), after.alive]
    roots += [after.happened[e.id] for e in game.events if e.once]
    joint = np.array(list(itertools.product(*branching.moves)), int)
    outcomes = np.array(list(itertools.product(*branching.outcomes)), bool)
    masks: dict[Any, np.ndarray] = {
        ("made", t, m): (joint[:, t] == m)[:, None, None, None]
        for t, moves in enumerate(branching.moves)
        for m in moves
    }
    masks |= {("happens", e.id): outcomes[:, i, None, None] for i, e in enumerate(game.events)}
    evaluation = Evaluation([graph.lift(r) for r in roots], np.float64)
    return Expansion(evaluation, masks, tuple(map(len, branching.moves)), len(joint), len(outcomes), actors)


def _grow(wanted: Levels, parameters: Parameters, state: State, step: int, allowed: Allowed | None) -> list[Layer]:
    """The layers of the tree, the root's first."""
    foresight_plan, game = wanted.foresight_plan, wanted.foresight_plan.game
    here = state.map(lambda x: np.atleast_1d(x)[None])  # (node, batch)
    never = np.zeros((1, 1), bool)  # whether an event happened that may happen again: nothing reads it
    layers = []
    for offset, branching in enumerate(wanted.plan):
        how = _expansion(foresight_plan, branching)
        now, later = rules.clock_at(game, step + offset), rules.clock_at(game, step + offset + 1)
        given = given_of(parameters, here, now) | how.masks
        values = iter(how.evaluation({**given, "next step": later.step, "next season": later.season}))
        nodes = len(here.alive)
        appeals, open_to = [], []
        for t, (number, moves) in enumerate(zip(foresight_plan.tracks, branching.moves, strict=True)):
            row = [(next(values), next(values)) for _ in moves]
            there = [
                available if allowed is None or allowed[number][m] else np.False_
                for m, (_, available) in zip(moves, row, strict=True)
            ]
            open_to.append(_stacked(there, nodes))
            appeals.append(np.where(open_to[t], _stacked([a for a, _ in row], nodes), UNAVAILABLE))
        shape = (how.joint, how.outcomes, nodes)
        chance = _wide(next(values), shape)
        expected = {a: foresight_plan.discounts[a] * (chance * _wide(next(values), shape)).sum(1) for a in how.actors}
        layers.append(Layer(appeals, open_to, chance, expected))
        spread = (_wide(x, shape).reshape(prod(shape), -1) for x in values)
        here = State(
            {s.id: next(spread) for s in game.stocks},
            next(spread),
            {e.id: next(spread) if e.once else never for e in game.events},
        )
    return layers


def _wide(x: Any, shape: tuple[int, ...]) -> np.ndarray:
    """A value spread over all axes but the batch's."""
    return np.broadcast_to(x, (*shape, np.shape(x)[-1] if np.ndim(x) else 1))


def _stacked(row: Sequence[Any], nodes: int) -> np.ndarray:
    """Values of the moves of a track as (move, node, batch)."""
    return np.stack(np.broadcast_arrays(*(_wide(x, (nodes,)) for x in row)))


def _reply(
    wanted: Levels, tree: list[Layer], parameters: Parameters, belief: Policies
) -> tuple[Policies, list[np.ndarray]]:
    """The policies of the next level: every track replies to `belief`. Also their logits at the root."""
    foresight_plan = wanted.foresight_plan
    policies = [list(layer) for layer in belief]
    roots: dict[int, np.ndarray] = {}
    for actor, own in sorted({(s.actor, s.own) for s in wanted.reasoning}):
        acts = [s for s in wanted.reasoning if (s.actor, s.own) == (actor, own)]
        weights = {foresight_plan.tracks.index(s.number): s.weight(parameters) for s in acts}
        ahead: np.ndarray | None = None  # expected further change of utility, (node, batch)
        for depth in range(len(tree) - 1, -1, -1):
            layer, expected = tree[depth], belief[depth]
            value = layer.now[actor]
            if ahead is not None:
                after = ahead.reshape(*layer.chance.shape[:3], -1)
                value = value + foresight_plan.discounts[actor] * (layer.chance * after).sum(1)
            value = value.reshape(*map(len, expected), *value.shape[1:])
            acting = list(expected)
            for track, weight in weights.items():
                q = _contract(value, expected, track)
                logit = _weighed(layer.appeals[track], layer.open_to[track], q, weight)
                policies[depth][track] = _softmax(logit)
                if own:
                    acting[track] = policies[depth][track]
                if depth == 0:
                    roots[track] = logit[:, 0]
            ahead = _contract(value, acting)
    return policies, [roots[foresight_plan.tracks.index(s.number)] for s in wanted.lookahead_tracks]


def _contract(value: np.ndarray, policies: Sequence[np.ndarray], keep: int | None = None) -> np.ndarray:
    """The expectation of `value` (moves of each track.., node, batch) over the choices of all tracks but `keep`."""
    for track in reversed(range(len(policies))):
        if track != keep:
            p = policies[track]
            if keep is not None and keep > track:  # the axes of later tracks are gone but for this
                p = p[:, None]
            value = (value * p).sum(track)
    return value


def _weighed(appeal: np.ndarray, open_to: np.ndarray, q: np.ndarray, weight: Any) -> np.ndarray:
    """Appeal and what is foreseen, centred over the moves that are available; unavailable ones stay so."""
    mean = np.where(open_to, q, 0.0).sum(0) / open_to.sum(0)
    return np.where(open_to, appeal + weight * (q - mean), UNAVAILABLE)


def _softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities from logits (move, node, batch)."""
    weight = np.exp(logits - logits.max(0))
    return weight / weight.sum(0)
