"""The reference game in Détente: an ordinary scenario, played by the engine as any other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np

from benchmarks.engine import Futures
from benchmarks.game.numbers import ACTORS, CLIP, LOG_MEAN, LOG_SD, STOCKS, WEEKS, Game
from benchmarks.game.outcome import Outcome, Units, of_units
from detente.language.expressions import parse
from detente.language.priors import Prior
from detente.language.records import Clock, Course, Event, Hypothesis, Move, Parameter, Scenario, Stock, Track
from detente.language.syntax import Expression
from detente.settings import FUTURES

WIDE = 1e6  # range of the stocks: never reached
NAMES = "abcd"


def _number(value: float) -> str:
    return f"({float(value):.9f})"


def scenario_of(game: Game) -> Scenario:
    """The game as a scenario.

    Three things are said differently, all exactly. Holding still has appeal 0 and no effects in Détente: its utility is
    taken off the other moves' and its effects are put into the flows. Effects come before the decay instead of beside
    it: they are divided by what decay leaves. Hazards see the state before the week's noise and here must see it after:
    the noise of each pressure is a stock of its own, drawn a week ahead, the first one as a parameter.
    """

    def say(text: str) -> Expression:
        return Expression(text, parse(text))

    names = [f"{kind}.{a}" for kind in ("resource", "pressure") for a in NAMES] + [f"general.{c}" for c in "pqrs"]
    noise = [say(_number(s)) for s in game.sigma]

    def stock(i: int) -> Stock:
        change = f"{_number(game.keep[i] - 1)} * {names[i]} + {_number(game.drift[i] + game.effect[:, 0, i].sum())}"
        pressure = ACTORS <= i < 2 * ACTORS
        if pressure:
            change += f" + shock.{NAMES[i - ACTORS]}"
        start, swing = say(_number(game.start[i])), None if pressure else noise[i]
        return Stock(names[i], start, "unit", -WIDE, WIDE, say(change), swing)

    def shock(a: str, i: int) -> Stock:
        return Stock(f"shock.{a}", say(f"first.{a}"), "unit", -WIDE, WIDE, say(f"-shock.{a}"), noise[i])

    def move(i: int, m: int) -> Move:
        slope = game.slope[i, m] - game.slope[i, 0]
        terms = [f"{_number(slope[s])} * min(max({name}, {-CLIP}), {CLIP})" for s, name in enumerate(names)]
        appeal = " + ".join([_number(game.base[i, m] - game.base[i, 0]), *terms])
        needs = f"resource.{NAMES[i]} >= {_number(game.cost[i, m])}"
        change = (game.effect[i, m] - game.effect[i, 0]) / game.keep
        effects = {name: say(_number(change[s])) for s, name in enumerate(names) if change[s]}
        return Move(f"move-{'-abcdefghi'[m]}", m, say(appeal), say(needs), None, effects)

    stocks = [stock(i) for i in range(STOCKS)] + [shock(a, ACTORS + i) for i, a in enumerate(NAMES)]
    tracks = [
        Track(f"{a}.track", a, {m.id: m for m in (move(i, n) for n in range(1, game.base.shape[1]))})
        for i, a in enumerate(NAMES)
    ]
    over = " or ".join(
        f"{_number(game.keep[ACTORS + i])} * pressure.{a} + shock.{a} >= threshold.{a}" for i, a in enumerate(NAMES)
    )
    war = Event("war", say(f"where({over}, {_number(game.hazard)}, 0)"), False, True, {})
    priors = {f"threshold.{a}": Prior("lognormal", (LOG_MEAN, LOG_SD)) for a in NAMES}
    priors |= {f"first.{a}": Prior("normal", (0.0, float(game.sigma[ACTORS + i]))) for i, a in enumerate(NAMES)}
    day = dt.date(2024, 1, 1)
    return Scenario(
        id="reference",
        title="reference game",
        question="",
        summary="",
        clock=Clock(day, day, day, day + dt.timedelta(weeks=WEEKS), 7),
        actors={},
        parameters={name: Parameter(name, prior, "unit") for name, prior in priors.items()},
        stocks={s.id: s for s in stocks},
        tracks={t.id: t for t in tracks},
        events={war.id: war},
        hypotheses={"model": Hypothesis("model", 1.0, {})},
        courses={"free": Course("free", "free", {}, {})},
        arguments=(),
        ledger=(),
        quantities=(),
        readme="",
        sha256="",
    )


def _prepared(game: Game, futures_a_draw: int) -> Callable[[int, int], Outcome]:
    course = Futures(scenario_of(game), "free", 0)

    def play(futures: int, seed: int) -> Outcome:
        out = course.play(course.draw(futures // futures_a_draw, seed), futures_a_draw, seed)
        first = out.first[..., 0].sum(1, dtype=float)  # (draw, week)
        moves = out.chosen.sum(1, dtype=float).reshape(len(first), ACTORS, -1)
        hold = out.live.sum(1, dtype=float)[:, :, None] - moves.sum(2, keepdims=True)
        end = out.end.sum(1, dtype=float)[:, :STOCKS]
        change = out.end_squared.sum(1, dtype=float)[:, :STOCKS]  # of the squared change since the start
        squared = change + 2 * game.start * end - futures_a_draw * game.start**2
        weeks = np.arange(1, WEEKS + 1)
        chosen = np.concatenate([hold, moves], 2)
        return of_units(Units(futures_a_draw, first.sum(1), first @ weeks, end, squared, chosen))

    return play


def as_run_does(game: Game, cores: int) -> Callable[[int, int], Outcome]:
    """As many futures of every draw of the thresholds as `detente run` plays."""
    return _prepared(game, FUTURES)


def in_pairs(game: Game, cores: int) -> Callable[[int, int], Outcome]:
    """Two futures of every draw of the thresholds: nearly as the others, who draw them anew for every future."""
    return _prepared(game, 2)
