"""Foresight: the logits of tracks that look ahead (DESIGN section 4). Everybody else's are the plain appeals.

Level k adds weight * (Q_m - mean Q) to the appeal of move m, Q_m being what the track's actor expects when m is made
now and others reason one level less. Exact: `lookahead` counts every future. Sampled: `rollout` draws some.

Sources: level k, Stahl & Wilson (1994), JEBO 25(3), and Nagel (1995), AER 85(5); the logit response to values that
are expected, agent by agent, McKelvey & Palfrey (1998), Experimental Economics 1(1).
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.nn import log_softmax, softmax
from jax.scipy.special import logsumexp

from detente.engine import rollout, rules
from detente.engine.compile import Game, Values
from detente.engine.lookahead import Levels, levels_of, log_shares, widest
from detente.engine.outlook import TOP_LEVEL, Outlook, Seer
from detente.engine.rollout import Luck
from detente.engine.rules import UNAVAILABLE, Parameters, State

Allowed = Sequence[Values]  # per track of the whole game (move + 1,) bool, hold first
GLANCES = ("change", "error")  # of one look: moved probability (total variation), squared error of what is foreseen


def logits(
    game: Game,
    parameters: Parameters,
    state: State,
    step: Array | int,
    allowed: Allowed | None = None,
    luck: Luck | None = None,
) -> list[list[Array]]:
    """As `rules.logits`, with what is foreseen added on the tracks that look ahead.

    Args:
        allowed: moves that a course leaves open; what it forbids is not expected of anybody later either, while what
            it forces is no part of what is expected.
        luck: of the sampled futures. None: sampled foresight is left out, as in the fit; exact foresight never is.
    """
    return look(game, parameters, state, step, allowed, luck)[0]


def look(
    game: Game, parameters: Parameters, state: State, step, allowed: Allowed | None, luck: Luck | None
) -> tuple[list[list[Array]], list[Array]]:
    """The logits, and per seer what the look did: see `glances_of`."""
    rows = rules.logits(game, parameters, state, step)
    outlook = game.outlook
    if outlook is None:
        return rows, []
    part, glances = narrowed(outlook, state), {}
    for seers in outlook.groups:
        if outlook.exact:
            found = _tree(outlook, seers, parameters, part, step, allowed)
            new = [_settled(s, parameters, rows[s.number], levels) for s, levels in zip(seers, found, strict=True)]
            errors = [0.0] * len(seers)
        elif luck is not None:
            worth = rollout.worth(outlook, seers, parameters, part, step, luck, allowed)
            weighed = [
                add_foreseen(rows[s.number], w, s.weight(parameters), None if allowed is None else allowed[s.number])
                for s, w in zip(seers, worth, strict=True)
            ]
            new, errors = [w[0] for w in weighed], [w[1] for w in weighed]
        else:
            continue
        for seer, row, error in zip(seers, new, errors, strict=True):
            left = None if allowed is None else allowed[seer.number]
            glances[seer.id] = [_moved(rows[seer.number], row, left), jnp.asarray(error) + jnp.zeros_like(row[0])]
            rows[seer.number] = row
    still = [jnp.zeros_like(rows[0][0])] * len(GLANCES)
    return rows, [g for s in outlook.acting for g in glances.get(s.id, still)]


def glances_of(game: Game) -> list[tuple[str, str]]:
    """(track, what) of every number a look returns: how far the choice probabilities moved (total variation), and the
    mean squared Monte-Carlo error of weight * (Q - mean Q) over the moves, in logits squared."""
    return [(s.id, what) for s in game.outlook.acting for what in GLANCES] if game.outlook else []


def lanes_of(game: Game) -> int:
    """How many lanes one future is while it is looked at."""
    if game.outlook is None:
        return 1
    if not game.outlook.exact:
        return max((rollout.fan(game.outlook, seers) for seers in game.outlook.groups), default=1)
    return max((widest(p) for plans in game.outlook.plans.values() for p in plans), default=1)


def add_foreseen(row: list[Array], worth: Array, weight: Values, allowed: Values | None = None):
    """A row of logits with weight * (Q - mean Q) added on the moves that are available; and its mean squared error.

    Args:
        worth: of every move in every sampled future, shape (move + 1, sample, ...batch).
    """
    there = jnp.stack(row) > UNAVAILABLE / 2
    if allowed is not None:
        there = there & jnp.asarray(allowed).reshape(-1, *[1] * (there.ndim - 1))
    number = jnp.maximum(1, there.sum(0))
    centred = worth - (jnp.where(there[:, None], worth, 0.0).sum(0) / number)[None]
    samples = worth.shape[1]
    squared = centred.var(1) * weight**2 / (samples - 1)
    error = jnp.where(there, squared, 0.0).sum(0) / number
    bonus = weight * centred.mean(1)
    return [jnp.where(there[m], r + bonus[m].astype(r.dtype), r) for m, r in enumerate(row)], error


def _moved(before: list[Array], after: list[Array], allowed: Values | None) -> Array:
    """Half the sum of the changes of the choice probabilities, among the moves that a course leaves open."""
    rows = [jnp.stack(row) for row in (before, after)]
    if allowed is not None:
        open_to = jnp.asarray(allowed).reshape(-1, *[1] * (rows[0].ndim - 1))
        rows = [jnp.where(open_to, row, UNAVAILABLE) for row in rows]
    return jnp.abs(softmax(rows[1], axis=0) - softmax(rows[0], axis=0)).sum(0) / 2


def narrowed(outlook: Outlook, state: State) -> State:
    """The part of a state that foresight looks at."""
    stocks = {s.id: state.stocks[s.id] for s in outlook.game.stocks}
    return State(stocks, state.alive, {e.id: state.happened[e.id] for e in outlook.game.events})


def _tree(outlook: Outlook, seers: Sequence[Seer], parameters: Parameters, state: State, step, allowed) -> list[Array]:
    """Per seer its logits at levels 0, 1, .., shape (level, move + 1, ...batch), from the tree of their key."""
    plans, plan_of = outlook.plans[seers[0].key], outlook.plan_of[seers[0].key]
    top = max(TOP_LEVEL if s.level is None else s.level for s in seers)

    def branch(plan):
        def look(operands):
            parameters, state, step = operands
            return levels_of(Levels(outlook, plan, tuple(seers), top), parameters, state, step, allowed)

        return look

    if len(plans) == 1 or isinstance(step, int | np.integer):
        plan = plans[0] if len(plans) == 1 else plans[plan_of[int(step)]]
        return branch(plan)((parameters, state, step))
    return lax.switch(jnp.asarray(plan_of)[step], [branch(p) for p in plans], (parameters, state, step))


def _settled(seer: Seer, parameters: Parameters, plain: list[Array], levels: Array) -> list[Array]:
    """The logits of a track whose level is fixed, or of a population of levels drawn anew at every choice."""
    if seer.level is not None:
        return [jnp.where(p > UNAVAILABLE / 2, levels[seer.level, m], UNAVAILABLE) for m, p in enumerate(plain)]
    shares = log_shares(seer.tau(parameters), levels.dtype)  # type: ignore[misc]
    shares = shares.reshape(shares.shape[0], 1, *shares.shape[1:])
    mixed = logsumexp(shares + log_softmax(levels, axis=1), axis=0)
    return [jnp.where(p > UNAVAILABLE / 2, mixed[m], UNAVAILABLE) for m, p in enumerate(plain)]
