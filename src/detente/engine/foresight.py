"""Foresight: the logits of tracks that look ahead (DESIGN section 4). Everybody else's are the plain appeals.

Level k adds weight * (Q_m - mean Q) to the appeal of move m, Q_m being what the track's actor expects when m is made
now and others reason one level less. Exact: `lookahead` counts every future.

Sources: level k, Stahl & Wilson (1994), JEBO 25(3), and Nagel (1995), AER 85(5); the logit response to values that
are expected, agent by agent, McKelvey & Palfrey (1998), Experimental Economics 1(1).
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.nn import log_softmax
from jax.scipy.special import logsumexp

from detente.engine import rules
from detente.engine.compile import Game, Values
from detente.engine.lookahead import Levels, levels_of, log_shares
from detente.engine.outlook import TOP_LEVEL, Outlook, Seer
from detente.engine.rules import UNAVAILABLE, Parameters, State

Allowed = Sequence[Values]  # per track of the whole game (move + 1,) bool, hold first


def logits(
    game: Game, parameters: Parameters, state: State, step: Array, allowed: Allowed | None = None
) -> list[list[Array]]:
    """As `rules.logits`, with what is foreseen added on the tracks that look ahead.

    Args:
        allowed: moves that a course leaves open; what it forbids is not expected of anybody later either, while what
            it forces is no part of what is expected.
    """
    rows = rules.logits(game, parameters, state, step)
    outlook = game.outlook
    if outlook is None:
        return rows
    part = narrowed(outlook, state)
    for key in outlook.plans:
        seers = [s for s in outlook.seers if s.key == key and s.number in outlook.tracks]
        if not seers:  # no move of theirs bears on what they want
            continue
        found = _look(outlook, key, seers, parameters, part, step, allowed)
        for seer, levels in zip(seers, found, strict=True):
            rows[seer.number] = _settled(seer, parameters, rows[seer.number], levels)
    return rows


def narrowed(outlook: Outlook, state: State) -> State:
    """The part of a state that foresight looks at."""
    stocks = {s.id: state.stocks[s.id] for s in outlook.game.stocks}
    return State(stocks, state.alive, {e.id: state.happened[e.id] for e in outlook.game.events})


def _look(
    outlook: Outlook, key: str, seers: Sequence[Seer], parameters: Parameters, state: State, step, allowed
) -> list[Array]:
    """Per seer its logits at levels 0, 1, .., shape (level, move + 1, ...batch), from the tree of its key."""
    plans, plan_of = outlook.plans[key], outlook.plan_of[key]
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
