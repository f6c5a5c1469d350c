"""What a record says of a step: log probabilities of moves, of their sizes, of events and of their silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from detente.engine.game import rules
from detente.engine.game.game import Game
from detente.engine.game.rules import Clock, Option, Parameters, State
from detente.engine.graph import arrays
from detente.engine.graph.arrays import Values

IMPOSSIBLE = -1e10  # log probability of what cannot happen, finite so that gradients stay numbers


class Recorded(NamedTuple):
    """What the record says of one step. Per track unless said otherwise; values may be nodes."""

    chosen: Values  # a mask for every move of the track; none set is hold
    sized: Values  # whether the ledger gives a size
    size: Values  # that size, 1 where there is none
    happened: Values  # per event: whether it happened
    choice_counts: Values  # whether the choice and its size count as evidence; its effects always do
    event_counts: Values  # per event: whether it, or its silence, counts


def log_of(x: Values) -> Values:
    """log x, and `IMPOSSIBLE` where x is not positive."""
    return arrays.where(x > 0, arrays.log(arrays.where(x > 0, x, 1.0)), IMPOSSIBLE)


def log_sum_exp(values: Sequence[Values]) -> Values:
    """Log of the sum of exponentials."""
    top = arrays.detached(arrays.peak(*values))
    return top + arrays.log(arrays.total([arrays.exp(v - top) for v in values]))


def choice_terms(
    game: Game, parameters: Parameters, state: State, clock: Clock, table: Sequence[Sequence[Option]], told: Recorded
) -> list[Values]:
    """Per track the log probability of the recorded move and of its recorded size; 0 where it does not count.

    Args:
        table: per track its options (`rules.options`, with what is foreseen in them).
    """
    env = rules.environment(parameters, state.stocks, clock)
    terms = []
    for i, (track, row) in enumerate(zip(game.tracks, table, strict=True)):
        logits = [option.logit for option in row]
        picked: Values = logits[0]
        for mask, logit in zip(told.chosen[i], logits[1:], strict=True):
            picked = arrays.where(mask, logit, picked)
        log_p = picked - log_sum_exp(logits)
        if track.has_magnitude:
            density = rules.magnitude_log_density(track, told.chosen[i], env, told.size[i])
            log_p = log_p + arrays.where(told.sized[i], arrays.maximum(density, IMPOSSIBLE), 0.0)
        counts = arrays.both(state.alive, told.choice_counts[i])
        terms.append(arrays.where(counts, arrays.maximum(log_p, IMPOSSIBLE), 0.0))
    return terms


def recorded_sizes(game: Game, parameters: Parameters, state: State, clock: Clock, told: Recorded) -> list[Values]:
    """The recorded size of each track's move; the median where the ledger gives none."""
    env = rules.environment(parameters, state.stocks, clock)
    sizes: list[Values] = []
    for i, track in enumerate(game.tracks):
        size: Values = 0.0
        if track.has_magnitude:
            median = rules.magnitude_quantile(track, told.chosen[i], env, 0.5)
            size = arrays.held(arrays.where(told.sized[i], told.size[i], median))
        sizes.append(size)
    return sizes


def event_terms(game: Game, before: State, seen: rules.Happenings, told: Recorded) -> list[Values]:
    """Per event the log probability of whether it happened, in the steps where it could; 0 where it does not count."""
    terms = []
    for i, event in enumerate(game.events):
        hazard = seen.hazards[event.id]
        log_p = log_of(arrays.where(seen.events[event.id], hazard, 1.0 - hazard))
        sound = arrays.both(hazard >= 0, hazard <= 1)  # no probability, no explanation
        counts = arrays.both(before.alive, told.event_counts[i])
        terms.append(arrays.where(counts, arrays.where(sound, log_p, IMPOSSIBLE), 0.0))
    return terms
