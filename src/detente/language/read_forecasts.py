"""forecasts.yaml: the questions that `detente forecast issue` asks at any date."""

from __future__ import annotations

from detente.language.names import Names, Scope, check_happening, check_id
from detente.language.read_values import ZERO, read_expression, read_step
from detente.language.records import SERIES_STEPS, EventQuestion, Forecasts, SeriesQuestion
from detente.text import yaml_nodes as ya
from detente.text.fields import Field


def read_forecasts(root: Field, names: Names) -> Forecasts:
    """Return the questions of forecasts.yaml."""
    found = root.section({}, ("events", "series"))
    events = tuple(_event(id, key, value, names) for id, key, value in found["events"].entries("questions"))
    series = []
    for id, key, value in found["series"].entries("questions"):
        if any(event.id == id for event in events):
            key.bad("an id that no question has", id, f"events.{id} exists too; rename one")
        series.append(_series(id, key, value, names))
    return Forecasts(events, tuple(series))


def _event(id: str, key: Field, value: Field, names: Names) -> EventQuestion:
    check_id(key, "question", id)
    found = value.section({"says": "the question in your own words"}, ("happens", "within", "when", "after"))
    happens, within, when, after = (found[name] for name in ("happens", "within", "when", "after"))
    if isinstance(value.node, ya.Mapping) or not value.present:
        given = [name for name in ("happens", "within", "when", "after") if found[name].present]
        if given not in (["happens", "within"], ["when", "after"]):
            key.bad("either happens and within, or when and after", " and ".join(given) or "none of them")
    return EventQuestion(
        id,
        found["says"].text(),
        _durations(within if within.present else after, names),
        tuple(_happening(item, names) for item in happens.items()),
        read_expression(when, names, Scope(), truth=True),
    )


def _happening(item: Field, names: Names) -> str:
    text = item.text()
    problem = check_happening(text, 1, names)
    if problem and isinstance(item.node, ya.Scalar):
        # a wrong move of a known track: point at the move
        item.bad(problem.expected, problem.found, problem.hint, offset=max(0, item.node.text.find(problem.found)))
    return text


def _durations(field: Field, names: Names) -> tuple[int, ...]:
    """The windows in steps; every one a whole number of steps, and each once."""
    steps: list[int] = []
    for item in field.items():
        days = read_step(item)
        length = names.clock.step_days if names.clock else 1
        if days and days % length:
            near = max(1, round(days / length)) * length
            hint = f"write {near // 7} weeks" if near % 7 == 0 and near > 7 else f"write {near} days"
            item.bad(f"a whole number of steps of {length} days", hint=hint)
        elif days and days // length in steps:
            item.bad("each window once")
        elif days:
            steps.append(days // length)
    if field.present and not steps and not field.items():
        field.bad("at least one duration, such as '2 weeks'", "an empty list")
    return tuple(steps)


def _series(id: str, key: Field, value: Field, names: Names) -> SeriesQuestion:
    check_id(key, "question", id)
    found = value.section(
        {"value": "an expression of stocks and parameters", "unit": "a unit"}, ("says", "since", "per", "steps")
    )
    if found["since"].present and found["per"].present:
        found["per"].bad("at most one of since, per", "both", "what accrues in one step has no value at the start")
    return SeriesQuestion(
        id,
        found["says"].text(),
        found["unit"].text(),
        read_expression(found["value"], names, Scope()) or ZERO,
        _word(found["since"], "start"),
        _word(found["per"], "step"),
        _count(found["steps"]),
    )


def _word(field: Field, word: str) -> bool:
    """Whether an optional key holds the one word it may hold."""
    if field.present and field.text() != word:
        field.bad(word)
    return field.present


def _count(field: Field) -> int:
    number = field.number(SERIES_STEPS)
    if number != int(number) or number < 1:
        field.bad("a whole number of steps, 1 or more")
        return SERIES_STEPS
    return int(number)
