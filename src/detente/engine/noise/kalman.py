"""Sparse covariance of the latent stocks: the prediction step of an extended Kalman filter.

Latent stocks are few and their links fewer, so every entry that can differ from 0 is a value of its own and the
recursions are written out. Slopes come from the step itself, one forward pass for all latent stocks that lead to
different ones (Curtis, Powell & Reid 1974, IMA Journal of Applied Mathematics 13(1)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detente.engine.graph.arrays import Values
from detente.engine.graph.derivatives import tangents
from detente.engine.graph.graph import Node
from detente.engine.noise.latent import Latent

Pair = tuple[str, str]
Covariance = dict[Pair, Values]


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
            near = [c for c in latent.latent_states if pair(m, c) in grown]
            grown |= {pair(i, j) for i in near for j in near}
        if grown == found:
            return sorted(found)
        found = grown


def colours(latent: Latent) -> list[list[str]]:
    """Groups of latent states that lead to different stocks, so that one pass gives all their slopes."""
    groups: list[list[str]] = []
    for name in latent.latent_states:
        for group in groups:
            if not any(set(latent.links[name]) & set(latent.links[other]) for other in group):
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def spread(
    latent: Latent,
    before: Mapping[str, Node],
    after: Mapping[str, Node],
    shocks: Mapping[str, Node],
    covariance: Covariance,
) -> Covariance:
    """The covariance one step later.

    Args:
        before: the latent stocks before the step, inputs of the graph.
        after: all stocks after it.
        shocks: of the noisy ones how far a standard normal shock moves them.
    """
    slope: dict[Pair, Node | None] = {}  # (to, from), not symmetric
    for group in colours(latent):
        targets = sorted({to for name in group for to in latent.links[name]})
        found = dict(zip(targets, tangents([after[t] for t in targets], [before[g] for g in group]), strict=True))
        slope |= {(to, name): found[to] for name in group for to in latent.links[name]}
    sources = {to: [name for name in latent.latent_states if to in latent.links[name]] for to in latent.latent_states}
    rows: dict[Pair, Values] = {}  # slope times covariance, shared by the entries of a row

    def row(to: str, other: str) -> Values:
        if (to, other) not in rows:
            terms = [
                slope[to, a] * covariance[pair(a, other)]
                for a in sources[to]
                if slope[to, a] is not None and pair(a, other) in covariance
            ]
            rows[to, other] = sum(terms[1:], terms[0]) if terms else 0.0
        return rows[to, other]

    out: Covariance = {}
    for i, j in covariance:
        entry: Values = shocks[i] * shocks[i] if i == j and i in shocks else 0.0
        for b in sources[j]:
            if slope[j, b] is not None:
                entry = entry + row(i, b) * slope[j, b]
        out[i, j] = entry
    return out
