"""Small games written in Python, for tests of the engine and the fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from detente.language.expressions import parse
from detente.language.priors import Prior
from detente.language.records import (
    Actor,
    Clock,
    Course,
    Event,
    Foresight,
    Hypothesis,
    Magnitude,
    Move,
    Parameter,
    Row,
    Scenario,
    Series,
    Stock,
    Track,
)
from detente.language.syntax import Expression

START = dt.date(2024, 1, 1)


def expression(text: str | float) -> Expression:
    """Parse an expression."""
    return Expression(str(text), parse(str(text)))


def effects(**texts: str) -> dict[str, Expression]:
    """Effects by stock; `__` in a name stands for a dot."""
    return {name.replace("__", "."): expression(text) for name, text in texts.items()}


def stock(id: str, initial: str | float = 0, *, low=-1e6, high=1e6, flow=None, noise=None, series=()) -> Stock:
    """A stock with wide bounds."""
    return Stock(
        id,
        expression(initial),
        "unit",
        low,
        high,
        None if flow is None else expression(flow),
        None if noise is None else expression(noise),
        tuple(series),
    )


def move(id: str, appeal: str | float, *, rung=1, needs=None, magnitude=None, effects: Mapping | None = None) -> Move:
    """A move; `magnitude` is (family, argument texts)."""
    size = None if magnitude is None else Magnitude(magnitude[0], tuple(expression(a) for a in magnitude[1:]))
    return Move(id, rung, expression(appeal), None if needs is None else expression(needs), size, effects or {})


def track(id: str, *moves: Move, foresight: Foresight | None = None) -> Track:
    """A track."""
    return Track(id, id.split(".")[0], {m.id: m for m in moves}, foresight)


def looks(level: int | str, weight: str | float = 1, *, horizon=None, samples=0, later="below", others="below"):
    """Foresight: exact without samples; a level that is text is the mean of a Poisson population."""
    tau = expression(level) if isinstance(level, str) else None
    number = None if isinstance(level, str) else level
    return Foresight(number, tau, expression(weight), horizon, samples, samples == 0, later, others)


def actor(id: str, utility: str | float, discount: float = 1.0) -> Actor:
    """An actor with aims."""
    return Actor(id, id, expression(utility), discount)


def event(id: str, hazard: str | float, *, once=False, ends=False, effects: Mapping | None = None) -> Event:
    """An event."""
    return Event(id, expression(hazard), once, ends, effects or {})


def scenario(
    *,
    record: int = 4,
    steps: int = 8,
    parameters: Mapping[str, Prior] | None = None,
    stocks=(),
    tracks=(),
    events=(),
    hypotheses: Mapping[str, Mapping[str, Prior]] | None = None,
    courses: Mapping[str, Course] | None = None,
    ledger=(),
    arguments=(),
    actors=(),
) -> Scenario:
    """A daily scenario with `record` recorded steps, branching at their end. Ledger: (step, track, move[, size])."""
    day = dt.timedelta(days=1)
    rows = tuple(Row(START + r[0] * day, r[1], r[2], magnitude=r[3] if len(r) > 3 else None) for r in ledger)
    return Scenario(
        id="game",
        title="game",
        question="",
        summary="",
        clock=Clock(START, START + record * day, START + record * day, START + steps * day, 1),
        actors={a.id: a for a in actors},
        parameters={k: Parameter(k, v, "unit") for k, v in (parameters or {}).items()},
        stocks={s.id: s for s in stocks},
        tracks={t.id: t for t in tracks},
        events={e.id: e for e in events},
        hypotheses={k: Hypothesis(k, 1.0, v) for k, v in (hypotheses or {"model": {}}).items()},
        courses=courses or {"free": Course("free", "free", {}, {})},
        arguments=tuple(arguments),
        ledger=rows,
        quantities=(),
        readme="",
        sha256="0",
    )


def measured(model: str, scale: str | None, *values: tuple[int, float]) -> Series:
    """A series of (step boundary, value)."""
    from detente.language.records import Observation

    rows = tuple(Observation(START + dt.timedelta(days=k), v) for k, v in values)
    return Series("observed/x.csv", model, None if scale is None else expression(scale), rows)
