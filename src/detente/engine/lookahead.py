"""Exact foresight: the tree of every future up to a horizon, and its policies at levels 0, 1, 2, .. by backward passes.

A step multiplies the nodes by the joint choices of all tracks and the outcomes of all events; nodes are the leading
axis and the batch the last ones, so that the same `rules.step` runs them all. What the clock rules out is not grown
(`outlook.Branching`). Inside a tree everybody looks to the tree's end.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.scipy.special import gammaln, logsumexp

from detente.engine import rules
from detente.engine.compile import Values
from detente.engine.outlook import TOP_LEVEL, Branching, Outlook, Plan, Seer
from detente.engine.rules import UNAVAILABLE, Parameters, State

Policies = list[list[Array]]  # per layer and track: probabilities, shape (node, move, ...batch)


@dataclass(frozen=True)
class Levels:
    """What to compute: the logits of `seers` at levels 0 .. top on the tree of a plan."""

    outlook: Outlook
    plan: Plan
    seers: tuple[Seer, ...]
    top: int

    @property
    def reasoning(self) -> tuple[Seer, ...]:
        """Everybody who looks ahead in this tree: others than `seers` too, in the minds of `seers`."""
        return tuple(self.outlook.acting)


class Layer(NamedTuple):
    """One step of the tree. Axes: node, then moves of each track, then outcomes of the events, then the batch."""

    appeals: list[Array]  # per track (node, move, ...batch)
    chance: Array  # (node, joint choice, outcome, ...batch): probability of the outcome
    gains: dict[str, Array]  # actor -> (node, joint choice, outcome, ...batch): change of utility


def widest(plan: Plan) -> int:
    """Nodes of the tree's last layer."""
    return prod(prod(map(len, b.moves)) * prod(map(len, b.outcomes)) for b in plan)


def levels_of(wanted: Levels, parameters: Parameters, state: State, step, allowed) -> list[Array]:
    """Per seer its logits at levels 0 .. top at the root, shape (level, move + 1, ...batch)."""
    tree = _grow(wanted, parameters, state, step, allowed)
    plain = [[jax.nn.softmax(a, axis=1) for a in layer.appeals] for layer in tree]
    numbers = [wanted.outlook.tracks.index(s.number) for s in wanted.seers]
    believer = wanted.seers[0]  # seers of one tree believe alike

    def advance(belief, level):
        policies, roots = _reply(wanted, tree, parameters, belief)
        if not believer.mixture:
            return policies, roots
        share = _share(believer, parameters, level, tree[0].chance.dtype)
        return jax.tree.map(lambda b, p: b + share * (p - b), belief, policies), roots

    if wanted.top == 1:
        _, roots = advance(plain, jnp.asarray(1))
        later = [r[None] for r in roots]
    else:
        _, later = lax.scan(advance, plain, jnp.arange(1, wanted.top + 1))
    first = wanted.plan[0]
    out = []
    for i, number in enumerate(numbers):
        table = jnp.concatenate([tree[0].appeals[number], later[i]])  # (level, move possible, ...batch)
        at = {m: n for n, m in enumerate(first.moves[number])}
        size = len(wanted.outlook.game.tracks[number].moves) + 1
        never = jnp.full_like(table[:, 0], UNAVAILABLE)
        out.append(jnp.stack([table[:, at[m]] if m in at else never for m in range(size)], axis=1))
    return out


def _share(seer: Seer, parameters: Parameters, level: Array, dtype) -> Array:
    """The weight of a level among those up to it, f(level) / (f(0) + .. + f(level)), for tree policies."""
    shares = jnp.exp(log_shares(seer.tau(parameters), dtype))  # type: ignore[misc]
    return shares[level] / jnp.cumsum(shares, axis=0)[level]


def log_shares(tau: Values, dtype) -> Array:
    """Log shares of levels 0 .. TOP_LEVEL in a Poisson population, shape (level, ...batch).

    Source: Camerer, Ho & Chong (2004), QJE 119(3).
    """
    mean = jnp.maximum(jnp.asarray(tau, dtype), 1e-12)
    level = jnp.arange(TOP_LEVEL + 1, dtype=dtype).reshape(-1, *[1] * mean.ndim)
    raw = level * jnp.log(mean) - gammaln(level + 1)
    return raw - logsumexp(raw, axis=0)


def _grow(wanted: Levels, parameters: Parameters, state: State, step, allowed) -> list[Layer]:
    outlook, game = wanted.outlook, wanted.outlook.game
    here = jax.tree.map(lambda a: a[None], state)
    layers = []
    for offset, branching in enumerate(wanted.plan):
        k = step + offset
        rows = rules.logits(game, parameters, here, k)
        appeals = [
            jnp.stack([_open(row[m], allowed, outlook.tracks[t], m) for m in branching.moves[t]], axis=1)
            for t, row in enumerate(rows)
        ]
        here, chance, gains = _children(wanted, branching, parameters, here, k)
        layers.append(Layer(appeals, chance, gains))
    return layers


def _open(logit: Array, allowed, track: int, move: int) -> Array:
    return logit if allowed is None else jnp.where(allowed[track][move], logit, UNAVAILABLE)


def _children(wanted: Levels, branching: Branching, parameters: Parameters, here: State, k):
    """The states one step on, one for every joint choice and outcome, with probabilities and changes of utility."""
    outlook, game = wanted.outlook, wanted.outlook.game
    joint = np.array(list(itertools.product(*branching.moves)), np.int32).reshape(prod(map(len, branching.moves)), -1)
    outcomes = np.array(list(itertools.product(*branching.outcomes)), bool).reshape(
        prod(map(len, branching.outcomes)), -1
    )
    nodes, batch = here.alive.shape[0], here.alive.shape[1:]
    fan = len(joint) * len(outcomes)

    def spread(a: Array) -> Array:
        return jnp.broadcast_to(a[:, None], (nodes, fan, *batch)).reshape(nodes * fan, *batch)

    def constant(column: np.ndarray) -> Array:
        return jnp.asarray(np.tile(column, nodes).reshape(-1, *[1] * len(batch)))

    before = jax.tree.map(spread, here)
    choices = [constant(np.repeat(joint[:, t], len(outcomes))) for t in range(len(game.tracks))]
    happens = [constant(np.tile(outcomes[:, e], len(joint))) for e in range(len(game.events))]

    def decide(hazards):
        # an event that is certain unless it cannot happen has no other outcome to branch to
        return {
            e.id: jnp.broadcast_to(happens[i], before.alive.shape)
            if len(branching.outcomes[i]) == 2
            else (hazards[e.id] > 0) & happens[i]
            for i, e in enumerate(game.events)
        }

    sizes = [jnp.float32(0)] * len(game.tracks)  # there are none: see `scenario.outlook.obstacles`
    after, seen = rules.step(game, parameters, before, k, choices, sizes, decide, {})
    chance = jnp.ones(before.alive.shape, rules.dtype_of(parameters, here.stocks))
    for i, e in enumerate(game.events):
        if len(branching.outcomes[i]) == 2:
            hazard = seen.hazards[e.id]
            chance = chance * jnp.where(happens[i], hazard, 1 - hazard)
    shape = (nodes, len(joint), len(outcomes), *batch)
    gains = {}
    for actor in sorted({s.actor for s in wanted.reasoning}):
        level = outlook.utilities[actor]
        old = level(rules.environment(game, parameters, here.stocks, k))
        new = level(rules.environment(game, parameters, after.stocks, k + 1))
        old = jnp.broadcast_to(jnp.asarray(old), (nodes, *batch))
        gains[actor] = jnp.where(before.alive, new - spread(old), 0.0).reshape(shape)
    return after, chance.reshape(shape), gains


def _reply(wanted: Levels, tree: list[Layer], parameters: Parameters, belief: Policies) -> tuple[Policies, list[Array]]:
    """The policies of the next level: every seer replies to `belief`. Also the seers' logits at the root."""
    policies = [list(layer) for layer in belief]
    roots: dict[int, Array] = {}
    for actor, own in sorted({(s.actor, s.own) for s in wanted.reasoning}):
        acts = [s for s in wanted.reasoning if (s.actor, s.own) == (actor, own)]
        mine = {wanted.outlook.tracks.index(s.number): s for s in acts}
        weights = {t: s.weight(parameters) for t, s in mine.items()}
        ahead: Array | None = None  # expected further change of utility, (node, ...batch)
        for depth in range(len(tree) - 1, -1, -1):
            layer, expected = tree[depth], belief[depth]
            gain = layer.gains[actor]
            if ahead is not None:
                gain = gain + ahead.reshape(gain.shape)
            value = wanted.outlook.discounts[actor] * (layer.chance * gain).sum(2)
            value = value.reshape(gain.shape[0], *(p.shape[1] for p in expected), *gain.shape[3:])
            acting = list(expected)
            for track in mine:
                q = _contract(value, expected, track)
                logit = _weighed(layer.appeals[track], q, weights[track])
                policies[depth][track] = jax.nn.softmax(logit, axis=1)
                if own:
                    acting[track] = policies[depth][track]
                if depth == 0:
                    roots[track] = logit[0]
            ahead = _contract(value, acting)
    return policies, [roots[wanted.outlook.tracks.index(s.number)] for s in wanted.seers]


def _contract(value: Array, policies: list[Array], keep: int | None = None) -> Array:
    """The expectation of `value` (node, moves of each track.., ...batch) over the choices of all tracks but `keep`."""
    for track in reversed(range(len(policies))):
        if track != keep:
            p = policies[track]
            kept = [1] if keep is not None and keep > track else []  # the axes of later tracks are gone but for this
            wide = p.reshape(p.shape[0], *[1] * track, p.shape[1], *kept, *p.shape[2:])
            value = (value * wide).sum(track + 1)
    return value


def _weighed(appeal: Array, q: Array, weight) -> Array:
    """Appeal and what is foreseen, centred over the moves that are available; unavailable ones stay so."""
    there = appeal > UNAVAILABLE / 2
    mean = jnp.where(there, q, 0.0).sum(1, keepdims=True) / there.sum(1, keepdims=True)
    return jnp.where(there, appeal + weight * (q - mean), UNAVAILABLE)
