"""The covariance of the carriers along a replay: every entry an array of its own, and only those that are not always 0.

Carriers are few and their links fewer, so the recursions are written out. Slopes come from the rules themselves, one
forward pass for all carriers that lead to different stocks (Curtis, Powell & Reid 1974, IMA Journal of Applied
Mathematics 13(1)).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import jax
import jax.numpy as jnp
from jax import Array

from detente.engine.compile import Game
from detente.engine.latent import Latent

Pair = tuple[str, str]
Covariance = dict[Pair, Array]


def pair(a: str, b: str) -> Pair:
    """The key of an entry: the matrix is symmetric."""
    return (a, b) if a <= b else (b, a)


def pattern(latent: Latent, noisy: Sequence[str], measured: Sequence[str]) -> list[Pair]:
    """The entries that can differ from 0."""
    found = {pair(a, a) for a in noisy}
    while True:
        grown = set(found)
        for a, b in found:
            grown |= {pair(i, j) for i in latent.links[a] for j in latent.links[b]}
            grown |= {pair(j, i) for i in latent.links[a] for j in latent.links[b]}
        for m in measured:
            near = [c for c in latent.carriers if pair(m, c) in grown]
            grown |= {pair(i, j) for i in near for j in near}
        if grown == found:
            return sorted(found)
        found = grown


def nothing(entries: Sequence[Pair], like: Array) -> Covariance:
    """No uncertainty yet."""
    return {key: jnp.zeros_like(like) for key in entries}


def dense(latent: Latent, covariance: Covariance, like: Array) -> Array:
    """As an array (carrier, carrier, ...batch)."""
    zero = jnp.zeros_like(like)
    rows = [[covariance.get(pair(a, b), zero) for b in latent.carriers] for a in latent.carriers]
    return jnp.stack([jnp.stack(r) for r in rows]) if rows else jnp.zeros((0, 0, *like.shape), like.dtype)


def colours(latent: Latent) -> list[list[str]]:
    """Groups of carriers that lead to different stocks, so that one pass gives all their slopes."""
    groups: list[list[str]] = []
    for name in latent.carriers:
        for group in groups:
            if not any(set(latent.links[name]) & set(latent.links[other]) for other in group):
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def relevant(game: Game, latent: Latent) -> Game:
    """The game with only those effects and flows that the carriers' next values depend on."""
    keep = latent.feeds
    tracks = tuple(
        replace(t, moves=tuple(replace(m, effects={s: e for s, e in m.effects.items() if s in keep}) for m in t.moves))
        for t in game.tracks
    )
    events = tuple(replace(e, effects={s: f for s, f in e.effects.items() if s in keep}) for e in game.events)
    stocks = tuple(s if s.id in latent.carriers else replace(s, flow=None, noise=None) for s in game.stocks)
    return replace(game, tracks=tracks, events=events, stocks=stocks)


def spread(
    latent: Latent,
    step: Callable[[Mapping[str, Array], Mapping[str, Array]], Mapping[str, Array]],
    here: Mapping[str, Array],
    noisy: Sequence[str],
    covariance: Covariance,
) -> Covariance:
    """The covariance one step later.

    Args:
        step: from values of some carriers, and of some shocks, to the next values of all carriers.
        here: the carriers' values.
        noisy: carriers with noise of their own.
    """
    slope: dict[Pair, Array] = {}  # (to, from), not symmetric
    for group in colours(latent):
        now = {name: here[name] for name in group}
        _, moved = jax.jvp(lambda x: step(x, {}), (now,), (jax.tree.map(jnp.ones_like, now),))
        slope |= {(to, name): moved[to] for name in group for to in latent.links[name]}
    still = {name: jnp.zeros_like(here[name]) for name in noisy}
    _, shock = jax.jvp(lambda e: step({}, e), (still,), (jax.tree.map(jnp.ones_like, still),))
    sources = {to: [name for name in latent.carriers if to in latent.links[name]] for to in latent.carriers}
    out = {}
    for i, j in covariance:
        terms = [
            slope[i, a] * slope[j, b] * covariance[pair(a, b)]
            for a in sources[i]
            for b in sources[j]
            if pair(a, b) in covariance
        ]
        out[i, j] = sum(terms, shock[i] ** 2 if i == j and i in noisy else jnp.zeros_like(here[i]))
    return out
