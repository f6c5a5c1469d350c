"""Sections of scenario.yaml: clock, actors, parameters, stocks, tracks and events."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from detente.language.names import Names, Scope, check_id
from detente.language.read_foresight import read_foresight
from detente.language.read_values import (
    ZERO,
    literal,
    read_expression,
    read_magnitude,
    read_model,
    read_prior,
    read_step,
)
from detente.language.records import (
    CASES,
    FORESIGHT,
    Actor,
    Clock,
    Derived,
    Event,
    Move,
    Observation,
    Parameter,
    Series,
    Stock,
    Track,
)
from detente.language.syntax import Expression
from detente.text import yaml_nodes as ya
from detente.text.fields import NO_DATE, POINT, Field
from detente.text.nearest import did_you_mean

MAX_STEPS = 5_000

ObservedReader = Callable[[Field, Stock, str], tuple[Observation, ...]]  # file field, its stock, the model


def read_clock(field: Field, *, panel: bool = False) -> Clock | None:
    """Return the clock, or None when it could not be read.

    `panel`: its cases are known to their end, and courses part at the start: there is neither `branch` nor `now`.
    """
    before = len(field.problems)
    required = {
        "start": "the first day of the record, as YYYY-MM-DD",
        "branch": "the day from which courses differ, as YYYY-MM-DD",
        "now": "the day after the record ends, as YYYY-MM-DD",
        "end": "the day after the last step, as YYYY-MM-DD",
        "step": "the length of a step, such as '1 week'",
    }
    stands = {"branch": "start", "now": "end"} if panel else {}
    refused = dict.fromkeys(stands, f"with {CASES}, every case is known to its end, and courses part at its start")
    found = field.section({name: what for name, what in required.items() if name not in stands}, (), refused)
    found |= {name: found[other] for name, other in stands.items()}
    days = read_step(found["step"])
    dates = {name: found[name].date() for name in ("start", "branch", "now", "end")}
    if len(field.problems) > before or NO_DATE in dates.values():
        return None
    clock = Clock(**dates, step_days=days)
    order = (("branch", "start", True), ("now", "branch", False), ("end", "now", True))
    for name, low, strict in (("end", "start", True),) if panel else order:
        if dates[name] < dates[low] or (strict and dates[name] == dates[low]):
            found[name].bad(f"a day {'after' if strict else 'on or after'} {low}, which is {dates[low]}")
        elif left := (dates[name] - clock.start).days % days:
            near = clock.date_of(clock.step_of(dates[name]))
            hint = f"the step before begins on {near}" if near > clock.start else ""
            found[name].bad(
                f"a whole number of steps of {days} days after start", f"{left} day{'s' * (left != 1)} too many", hint
            )
    if len(field.problems) == before and clock.steps > MAX_STEPS:
        found["end"].bad(f"at most {MAX_STEPS:,} steps", f"{clock.steps:,}", "take a longer step")
    return clock if len(field.problems) == before else None


def read_actors(field: Field, names: Names) -> dict[str, Actor]:
    actors: dict[str, Actor] = {}
    for id, key, value in field.entries("actors"):
        check_id(key, "actor", id)
        if isinstance(value.node, ya.Scalar):  # `RU: Russia`
            actors[id] = Actor(id, value.text())
            continue
        found = value.section({"name": "the actor's name"}, ("utility", "discount"))
        discount = found["discount"].number() if found["discount"].present else 1.0
        if not 0 < discount <= 1:
            found["discount"].bad("the weight of the next step against this one, above 0 and at most 1")
        actors[id] = Actor(id, found["name"].text(), read_expression(found["utility"], names, Scope()), discount)
    if not actors and isinstance(field.node, ya.Mapping):
        field.bad("at least one actor", "an empty map")
    return actors


def read_parameters(field: Field, names: Names) -> dict[str, Parameter]:
    parameters: dict[str, Parameter] = {}
    for id, key, value in field.entries("parameters"):
        check_id(key, "parameter", id)
        _refuse_utility(id, key, names)
        found = value.section({"prior": "a prior, such as normal(0, 1)", "unit": "a unit"}, ("why", "source"))
        parameters[id] = Parameter(
            id, read_prior(found["prior"]), found["unit"].text(), found["why"].text(), found["source"].texts()
        )
    return parameters


def read_derived(field: Field, names: Names) -> dict[str, Derived]:
    """Quantities that the parameters imply."""
    required = {
        "value": "an expression of parameters",
        "unit": "a unit",
        "says": "what it is, in a sentence",
    }
    derived: dict[str, Derived] = {}
    for id, key, value in field.entries("derived"):
        check_id(key, "derived quantity", id)
        found = value.section(required)
        of = read_expression(found["value"], names, Scope(stocks=False)) or ZERO
        derived[id] = Derived(id, of, found["unit"].text(), found["says"].text())
    return derived


def read_stocks(field: Field, names: Names, observed: ObservedReader) -> dict[str, Stock]:
    stocks: dict[str, Stock] = {}
    required = {"initial": "the value at start", "unit": "a unit", "range": "its bounds, [low, high]"}
    only_parameters = Scope(stocks=False)
    for id, key, value in field.entries("stocks"):
        check_id(key, "stock", id)
        _clashes(id, key, names)
        found = value.section(required, ("flow", "noise", "observed", "seen_by", "blur", "why"))
        low, high = _range(found["range"])
        initial = read_expression(found["initial"], names, only_parameters) or ZERO
        number = literal(initial)
        if found["initial"].present and number is not None and not low <= number <= high:
            found["initial"].bad(f"a value in its range, {low:g} to {high:g}")
        noise = read_expression(found["noise"], names, only_parameters)
        if noise and (number := literal(noise)) is not None and number < 0:
            found["noise"].bad("a standard deviation, 0 or more")
        blur = found["blur"].number()
        if blur < 0:
            found["blur"].bad("a standard deviation, 0 or more")
        stock = Stock(
            id,
            initial,
            found["unit"].text(),
            low,
            high,
            read_expression(found["flow"], names, Scope()),
            noise,
            seen_by=_actors(found["seen_by"], names) if found["seen_by"].present else None,
            blur=blur,
            why=found["why"].text(),
        )
        stocks[id] = _with_series(stock, found["observed"], names, observed)
    return stocks


def _clashes(id: str, key: Field, names: Names) -> None:
    if id in names.parameters:
        key.bad("an id that no parameter has", id, f"parameters.{id} exists too; rename one")
    _refuse_utility(id, key, names)


def _refuse_utility(id: str, key: Field, names: Names) -> None:
    actor, dot, last = id.partition(".")
    if dot and last == "utility" and actor in names.actors:
        key.bad("an id of its own", id, f"{id} is what tests call the utility of {actor}")


def _range(field: Field) -> tuple[float, float]:
    items = field.node.items if isinstance(field.node, ya.Sequence) else ()
    if field.present and len(items) != 2:
        field.bad("two numbers, [low, high]", hint=POINT if len(items) > 2 else "")
    if len(items) != 2:
        return float("-inf"), float("inf")
    before = len(field.problems)
    low, high = (Field(f"{field.path}[{i}]", item, field.problems, field.node).number() for i, item in enumerate(items))
    if len(field.problems) > before:
        return float("-inf"), float("inf")
    if low >= high:
        field.bad("low below high", f"[{low:g}, {high:g}]")
        return float("-inf"), float("inf")
    return low, high


def _actors(field: Field, names: Names) -> tuple[str, ...]:
    for item in field.items():
        if item.text() not in names.actors and not names.open:
            item.bad(f"an actor: {', '.join(sorted(names.actors))}", hint=did_you_mean(item.text(), names.actors))
    return field.texts()


def _with_series(stock: Stock, field: Field, names: Names, observed: ObservedReader) -> Stock:
    series: list[Series] = []
    for item in field.items():
        if isinstance(item.node, ya.Scalar):
            file, model, scale = item, "normal", None
        else:
            found = item.section({"file": "a path, such as observed/front.csv"}, ("model",))
            file = found["file"]
            model, scale = read_model(found["model"], names)
        if not file.present:
            continue
        needs_sd = "normal, with an sd on every row" if model == "normal" and scale is None else model
        series.append(Series(file.text(), model, scale, observed(file, stock, needs_sd)))
    return Stock(**{**vars(stock), "series": tuple(series)})


def read_effects(field: Field, names: Names, *, magnitude: bool = False) -> dict[str, Expression]:
    """Return stock -> amount added; `magnitude` says whether expressions may name it."""
    effects: dict[str, Expression] = {}
    for stock, key, value in field.entries("stocks"):
        if stock not in names.stocks and not names.open:
            key.bad("a stock", stock, did_you_mean(stock, names.stocks))
        if not value.present:
            value.bad("an amount to add", "nothing")
        effects[stock] = read_expression(value, names, Scope(magnitude=magnitude)) or ZERO
    return effects


def read_tracks(field: Field, names: Names) -> dict[str, Track]:
    tracks: dict[str, Track] = {}
    for id, key, value in field.entries("tracks"):
        check_id(key, "track", id)
        actor = id.partition(".")[0]
        if actor not in names.actors and not names.open and "." in id:
            expected = f"a track of an actor: {', '.join(sorted(names.actors))}"
            key.bad(expected, id, did_you_mean(actor, names.actors))
        if not value.present:
            value.bad("a map of moves", "nothing")
        parts = list(value.entries("moves"))
        moves = {move: _move(move, key, about, names) for move, key, about in parts if move != FORESIGHT}
        foresight = [read_foresight(about, key, actor, names) for name, key, about in parts if name == FORESIGHT]
        if isinstance(value.node, ya.Mapping) and not moves:
            value.bad("at least one move", "an empty map", "hold needs no mention")
        tracks[id] = Track(id, actor, moves, foresight[0] if foresight else None)
    return tracks


def _move(id: str, key: Field, value: Field, names: Names) -> Move:
    check_id(key, "move", id)
    required = {"rung": "its rung on the ladder, a number", "appeal": "its appeal, an expression"}
    found = value.section(required, ("needs", "magnitude", "effects", "says"))
    return Move(
        id,
        found["rung"].number(),
        read_expression(found["appeal"], names, Scope()) or ZERO,
        read_expression(found["needs"], names, Scope(), truth=True),
        read_magnitude(found["magnitude"], names),
        read_effects(found["effects"], names, magnitude=found["magnitude"].present),
        found["says"].text(),
    )


def read_events(field: Field, names: Names) -> Mapping[str, Event]:
    events: dict[str, Event] = {}
    for id, key, value in field.entries("events"):
        check_id(key, "event", id)
        found = value.section({"hazard": "its probability per step"}, ("once", "ends", "effects", "says"))
        hazard = read_expression(found["hazard"], names, Scope()) or ZERO
        number = literal(hazard)
        if found["hazard"].present and number is not None and not 0 <= number <= 1:
            found["hazard"].bad("a probability, 0 to 1")
        events[id] = Event(
            id,
            hazard,
            found["once"].boolean(),
            found["ends"].boolean(),
            read_effects(found["effects"], names),
            found["says"].text(),
        )
    return events
