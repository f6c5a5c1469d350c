"""From the text of a scenario to the engine: written to a folder, read by the loader, compiled once per structure."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from detente.engine.game.compile import compile_game
from detente.engine.game.game import Game
from detente.language.load import load
from detente.language.records import Scenario

Files = dict[str, str]  # name within the folder -> text

_MOST_LEAVES = 2_000  # of a tree that every simulated future carries
_GAMES: dict[str, Game] = {}


@lru_cache(maxsize=64)
def _loaded(name: str, files: tuple[tuple[str, str], ...]) -> Scenario:
    with tempfile.TemporaryDirectory(prefix="detente-classic-") as folder:
        root = Path(folder) / name
        for path, text in files:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return load(root)


def scenario_of(name: str, files: Mapping[str, str]) -> Scenario:
    """Load a scenario from the texts of its files."""
    return _loaded(name, tuple(sorted(files.items())))


def game_of(scenario: Scenario, *, any_clock: bool = False) -> Game:
    """The compiled scenario; scenarios that differ in the values of their parameters alone share one, and with it what
    is worked out for it once.

    Args:
        any_clock: whether scenarios with other clocks may share it too: where nothing reads the season, and steps are
            counted by the caller.
    """
    stocks = [replace(s, series=tuple(replace(one, rows=()) for one in s.series)) for s in scenario.stocks.values()]
    days = None if any_clock else scenario.clock
    structure = repr((days, tuple(scenario.parameters), stocks, scenario.tracks, scenario.events))
    if structure not in _GAMES:
        if len(_GAMES) > 256:
            _GAMES.clear()
        _GAMES[structure] = compile_game(scenario)
    return _GAMES[structure]


def fixed_values(scenario: Scenario, hypothesis: str | None = None, **given: Any) -> dict[str, Any]:
    """Parameter values by id: those that a prior fixes, and those given (by id, dots as `__`)."""
    hypothesis = hypothesis or next(iter(scenario.hypotheses))
    found = {name.replace("__", "."): np.asarray(value, float) for name, value in given.items()}
    for id in scenario.parameters:
        prior = scenario.prior(id, hypothesis)
        if id not in found and prior.family == "fixed":
            found[id] = np.asarray(prior.arguments[0], float)
    if missing := set(scenario.parameters) - set(found):
        raise ValueError(f"no value for the parameters {', '.join(sorted(missing))}")
    return {id: found[id] for id in scenario.parameters}


def refuse(model: str, name: str, expected: str, got: Any, hint: str = "") -> ValueError:
    """The error for a parameter that a model cannot be evaluated at."""
    return ValueError(f"{name} of {model}: expected {expected}, got {got}" + (f" ({hint})" if hint else ""))


def number(value: float) -> str:
    """A number as it is written into a scenario: short, and read back as the same double."""
    shortest = repr(float(value))
    return shortest[:-2] if shortest.endswith(".0") else shortest


def precision(lam: float | None) -> str:
    """The parameter `lam`: how closely choices follow what they are worth; None, no errors, is written as 100."""
    why = "how rarely a side errs (0 is chance and 100 hardly ever)"
    value = number(100.0 if lam is None else lam)
    return f"lam: {{prior: fixed({value}), unit: per unit of utility, why: {why}, source: [assumption]}}"


FORESIGHT_RIVALS = """\
  foresight: {weight: 1, says: Both sides look ahead and seldom err.}
  chance: {weight: 1, set: {lam: fixed(0)}, says: "Neither does, and every option is as likely as the others."}"""


def foresight(level: int | str, *, leaves: float = 1) -> str:
    """The key of a track whose actor foresees the rest of the game; a remark where the tree is too large to carry along.

    Args:
        level: steps of reasoning; as many as choices are left are as good as endlessly many.
        leaves: how many futures the tree has.
    """  # noqa: E501
    if leaves > _MOST_LEAVES:
        return "# no foresight: the tree is too large to be carried through a simulation; `detente solve` needs none"
    return f"foresight: {{level: {level}, exact: true, later: own, weight: lam}}"


def clock(steps: int, *, record: int = 1) -> str:
    """A clock of so many steps, of which the first `record` are over when the courses part.

    The courses of a scenario need a day before they part; in the games nothing can happen on it.
    """
    import datetime as dt

    start = dt.date(2001, 1, 1)
    at = [start + dt.timedelta(days=k) for k in (0, record, steps)]
    return f"{{start: {at[0]}, branch: {at[1]}, now: {at[1]}, end: {at[2]}, step: 1 day}}"


def day(step: int) -> str:
    """The date of a step of `clock`."""
    import datetime as dt

    return str(dt.date(2001, 1, 1) + dt.timedelta(days=step))
