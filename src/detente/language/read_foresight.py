"""The key `foresight` of a track, and what only the whole scenario can tell of it."""

from __future__ import annotations

from collections.abc import Mapping

from detente.language import dependencies
from detente.language.expressions import ExpressionProblem, split_call
from detente.language.names import Names, Scope
from detente.language.read_values import ZERO, literal, read_expression, read_step
from detente.language.records import FORESIGHT, Clock, Foresight, Scenario
from detente.text.fields import Field
from detente.text.nearest import did_you_mean
from detente.text.yaml_nodes import Scalar

HIGHEST = 30  # levels: beyond them nobody's reasoning changes in a tree this small
HIGHEST_SAMPLED = 1  # every level multiplies the rollouts by samples * moves * horizon
MOST_SAMPLES = 4096
_LEVEL = "a number of steps of reasoning, 0 or more, or poisson(mean)"


def read_foresight(field: Field, key: Field, actor: str, names: Names) -> Foresight | None:
    """Return the foresight of a track of `actor`; None when it could not be read."""
    if not field.present:
        field.bad("a map with the keys level, weight, horizon, samples", "nothing")
        return None
    required = {"level": _LEVEL, "weight": "the weight of what is foreseen against the appeal, an expression"}
    found = field.section(required, ("horizon", "samples", "exact", "later", "others"))
    if actor in names.actors and actor not in names.utilities:
        key.bad(f"an actor with a utility, which {actor} has not", FORESIGHT, f"add actors.{actor}.utility")
    level, tau = _level(found["level"], names)
    exact = found["exact"].boolean()
    horizon = _horizon(found["horizon"], names.clock)
    samples = int(found["samples"].number())
    if exact:
        if found["samples"].present:
            found["samples"].bad("no samples with exact: true, which counts every future")
    else:
        if not found["samples"].present:
            found["samples"].bad("a number of sampled futures per move, or exact: true", "nothing")
        elif not 2 <= samples <= MOST_SAMPLES or samples % 2:
            found["samples"].bad(f"an even number from 2 to {MOST_SAMPLES:,}")
        if not found["horizon"].present:
            found["horizon"].bad("how far the futures run, such as '8 weeks'", "nothing")
        if tau is not None or (level or 0) > HIGHEST_SAMPLED:
            hint = "a level above it is foreseen with exact: true; sampled, it would roll out every rollout's choices"
            found["level"].bad(f"0 or {HIGHEST_SAMPLED} when futures are sampled", hint=hint)
    later = _word(found["later"], ("below", "own"))
    others = _word(found["others"], ("below", "mixture"), "mixture" if tau is not None else "below")
    if later == "own" and not exact:
        found["later"].bad("below, when futures are sampled", hint="own needs exact: true")
    if others == "mixture" and tau is None:
        found["others"].bad("below, when the level is one number", hint="a mixture needs level: poisson(mean)")
    weight = read_expression(found["weight"], names, Scope(stocks=False)) or ZERO
    return Foresight(level, tau, weight, horizon, samples, exact, later, others)


def _level(field: Field, names: Names):
    """The level, or the mean of a Poisson population of levels."""
    if not field.present:
        return 0, None
    text = field.text()
    if text.isdecimal() and len(text) < 4:
        level = int(text)
        if level > HIGHEST:
            field.bad(f"at most {HIGHEST}")
        return level, None
    if not isinstance(field.node, Scalar):
        return 0, None
    try:
        name, pieces = split_call(field.node.text)
    except ExpressionProblem:
        name, pieces = "", []
    if name != "poisson" or len(pieces) != 1:
        field.bad(_LEVEL, hint=did_you_mean(name, ("poisson",)) if name and name != "poisson" else "")
        return 0, None
    tau = read_expression(field, names, Scope(stocks=False), inner=(pieces[0][0], pieces[0][1] - 1)) or ZERO
    if (mean := literal(tau)) is not None and not 0 < mean <= 10:
        field.bad("a mean above 0 and at most 10", pieces[0][0], offset=pieces[0][1] - 1)
    return None, tau


def _horizon(field: Field, clock: Clock | None) -> int | None:
    if not field.present or clock is None:
        return None
    days = read_step(field)
    if days % clock.step_days:
        field.bad(f"a whole number of steps of {clock.step_days} days")
    return max(1, days // clock.step_days)


def _word(field: Field, words: tuple[str, ...], default: str = "") -> str:
    text = field.text() or default or words[0]
    if text not in words:
        field.bad(f"one of: {', '.join(words)}", hint=did_you_mean(text, words))
        return words[0]
    return text


def check_foresight(field: Field, scenario: Scenario) -> None:
    """Note what keeps the foresight of a scenario without other problems from being computed.

    Args:
        field: the section `tracks`.
    """
    places: Mapping[str, Field] = {
        track: value
        for track, _, moves in field.entries("tracks")
        for name, _, value in moves.entries("")
        if name == FORESIGHT
    }
    ways = {track: scenario.tracks[track].foresight for track in places}
    exact = {track: about.exact for track, about in ways.items() if about is not None}
    if len(set(exact.values())) > 1:
        sampled = next(track for track in exact if not exact[track])
        other = next(track for track in exact if exact[track])
        places[sampled].bad("exact: true on every track or on none", "samples", f"{other} is exact")
        return
    for track, about in ways.items():
        if about is not None and about.exact:
            for expected, got, hint in dependencies.obstacles(scenario, track):
                places[track].bad(expected, got, hint)
