"""A scenario with its foresight switched to another level, and what the weight of foresight depends on alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from detente.errors import InputError, Problem
from detente.language.lint import expressions
from detente.language.read_foresight import HIGHEST, HIGHEST_SAMPLED
from detente.language.records import Scenario
from detente.language.syntax import names


def at_level(scenario: Scenario, level: int, *, tracks: tuple[str, ...] | None = None) -> Scenario:
    """Return the scenario with every track that declares foresight at one level. Its hash changes when a level does.

    Args:
        tracks: those to switch; the others go to level 0. All when None.

    Raises:
        InputError: When no track declares foresight, or one cannot be computed at that level.
    """
    ways = {t.id: t.foresight for t in scenario.tracks.values() if t.foresight is not None}
    problems = []
    if not ways:
        hint = "add foresight: {level: 0, horizon: 8 weeks, samples: 16, weight: 1} to a track"
        problems.append(Problem("--foresight", "a scenario with a track that declares foresight", scenario.id, hint))
    highest = HIGHEST if all(way.exact for way in ways.values()) else HIGHEST_SAMPLED
    if ways and not 0 <= level <= highest:
        why = "a level above it needs exact: true on every track that looks ahead" if highest == HIGHEST_SAMPLED else ""
        problems.append(Problem("--foresight", f"a level from 0 to {highest}", str(level), why))
    if problems:
        raise InputError(problems, what="the options")
    wanted = {t: level if tracks is None or t in tracks else 0 for t in ways}
    asked = level if tracks is None else scenario.level
    if all(ways[t].level == wanted[t] for t in ways):
        return replace(scenario, level=asked)
    switched = dict(scenario.tracks)
    for track, way in ways.items():
        changed = replace(way, level=wanted[track], tau=None, others="below")
        switched[track] = replace(scenario.tracks[track], foresight=changed)
    told = f"{scenario.sha256}\0foresight {sorted(wanted.items())}"
    return replace(scenario, tracks=switched, level=asked, sha256=hashlib.sha256(told.encode()).hexdigest())


def weight_parameters(scenario: Scenario) -> tuple[str, ...]:
    """Parameters that nothing but the weights of foresight reads: at level 0 the record says nothing of them."""
    read = {name for _, expression in expressions(scenario, foresight=False) for name in names(expression.tree)}
    ways = [t.foresight for t in scenario.tracks.values() if t.foresight is not None]
    weighed = {name for way in ways for name in names(way.weight.tree)}
    return tuple(p for p in scenario.parameters if p in weighed - read)
