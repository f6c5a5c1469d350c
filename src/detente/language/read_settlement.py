"""The settlement section of scenario.yaml: terms, parties, the chip, announced offers."""

from __future__ import annotations

from collections.abc import Mapping

from detente.language.names import Names, Scope, check_id
from detente.language.read_values import ZERO, read_expression, read_step
from detente.language.records import HOLD, Actor, Offer, Party, Settlement, Term, Track
from detente.text import yaml_nodes as ya
from detente.text.fields import Field, parse_number
from detente.text.nearest import did_you_mean

LONGEST = 5_000  # steps of a horizon, as of a clock


def read_settlement(
    field: Field, names: Names, actors: Mapping[str, Actor], tracks: Mapping[str, Track]
) -> Settlement | None:
    """Return the settlement; None when the scenario has none."""
    if not field.present:
        return None
    required = {"terms": "a map of terms", "parties": "a map of parties"}
    found = field.section(required, ("horizon", "chip", "announced", "why", "source"))
    terms = {id: _term(id, key, value, names) for id, key, value in found["terms"].entries("terms")}
    if isinstance(found["terms"].node, ya.Mapping) and not terms:
        found["terms"].bad("at least one term", "an empty map")
    parties = {
        id: _party(id, key, value, names, actors, tracks) for id, key, value in found["parties"].entries("parties")
    }
    if found["parties"].present and len(parties) < 2:
        found["parties"].bad("two parties or more", str(len(parties)))
    announced = {id: _offer(id, key, value, names, terms) for id, key, value in found["announced"].entries("offers")}
    return Settlement(
        terms,
        parties,
        _horizon(found["horizon"], names),
        _chip(found["chip"], names),
        announced,
        found["why"].text(),
        found["source"].texts(),
    )


def _term(id: str, key: Field, value: Field, names: Names) -> Term:
    check_id(key, "term", id)
    if id in names.parameters | names.stocks | names.actors:
        key.bad("an id that no parameter, stock or actor has", id, "rename one")
    found = value.section({"otherwise": "what holds when nothing is agreed"}, ("range", "values", "unit", "says"))
    otherwise = read_expression(found["otherwise"], names, Scope()) or ZERO
    given = [name for name in ("range", "values") if found[name].present]
    if isinstance(value.node, ya.Mapping) and len(given) != 1:
        value.bad("exactly one of range, values", " and ".join(given) or "neither")
    low, high, values = 0.0, 1.0, ()
    if found["range"].present:
        low, high = _range(found["range"])
    elif found["values"].present:
        values = tuple(item.number() for item in found["values"].items())
        if len(values) < 2 or len(set(values)) < len(values):
            found["values"].bad("two different numbers or more", f"{len(set(values))}")
        low, high = min(values, default=0.0), max(values, default=1.0)
    return Term(id, low, high, values, otherwise, found["unit"].text(), found["says"].text())


def _range(field: Field) -> tuple[float, float]:
    items = field.node.items if isinstance(field.node, ya.Sequence) else ()
    if len(items) != 2:
        field.bad("two numbers, [low, high]")
        return 0.0, 1.0
    low, high = (item.number() for item in field.items()) if len(field.items()) == 2 else (0.0, 1.0)
    if low >= high:
        field.bad("low below high", f"[{low:g}, {high:g}]")
        return 0.0, 1.0
    return low, high


def _party(id: str, key: Field, value: Field, names: Names, actors, tracks) -> Party:
    if id not in names.actors and not names.open:
        key.bad(f"an actor: {', '.join(sorted(names.actors))}", id, did_you_mean(id, names.actors))
    elif id in actors and actors[id].utility is None:
        key.bad("an actor with a utility, against which playing on is valued", id, f"give actors.{id} a utility")
    found = value.section({"utility": "its utility of the terms, an expression"}, ("opens",))
    opens = {}
    for track, name, move in found["opens"].entries("tracks"):
        own = {t for t in tracks if tracks[t].actor == id}
        if track not in own:
            if not names.open:
                name.bad(f"a track of {id}: {', '.join(sorted(own)) or 'it has none'}", track, did_you_mean(track, own))
            continue
        if move.text() != HOLD and move.text() not in tracks[track].moves:
            known = tracks[track].moves
            move.bad(f"a move of {track}: {', '.join(known)}", move.text(), did_you_mean(move.text(), known))
        opens[track] = move.text()
    return Party(id, read_expression(found["utility"], names, Scope(terms=True)) or ZERO, opens)


def _offer(id: str, key: Field, value: Field, names: Names, terms: Mapping[str, Term]) -> Offer:
    check_id(key, "offer", id)
    required = {"terms": "a value for every term", "date": "the day it was announced, as YYYY-MM-DD"}
    found = value.section(required, ("says", "source"))
    given = {}
    for term, name, number in found["terms"].entries("terms"):
        if term not in terms:
            if not names.open:
                name.bad(f"a term: {', '.join(terms)}", term, did_you_mean(term, terms))
            continue
        given[term] = number.number()
        about, offered = terms[term], given[term]
        if about.values and offered not in about.values:
            number.bad(f"one of {', '.join(f'{v:g}' for v in about.values)}", f"{offered:g}")
        elif not about.low <= offered <= about.high:
            number.bad(f"a value in its range, {about.low:g} to {about.high:g}", f"{offered:g}")
    missing = [term for term in terms if term not in given]
    if isinstance(found["terms"].node, ya.Mapping) and missing:
        found["terms"].bad("a value for every term", f"none for {', '.join(missing)}")
    return Offer(id, given, found["date"].date(), found["says"].text(), found["source"].texts())


def _chip(field: Field, names: Names) -> dict[str, float]:
    chip = {}
    for stock, key, value in field.entries("stocks"):
        if stock not in names.stocks and not names.open:
            key.bad("a stock", stock, did_you_mean(stock, names.stocks))
        if not value.present or not isinstance(value.node, ya.Scalar) or parse_number(value.text()) is None:
            value.bad("the number it is set to")
        else:
            chip[stock] = value.number()
    return chip


def _horizon(field: Field, names: Names) -> int | None:
    """Whole steps; None when it is left to the end of the clock."""
    days = read_step(field)
    if not days or names.clock is None:
        return None
    if days % names.clock.step_days:
        field.bad(f"a whole number of steps of {names.clock.step_days} days")
    elif days // names.clock.step_days > LONGEST:
        field.bad(f"at most {LONGEST:,} steps", f"{days // names.clock.step_days:,}")
    return max(1, days // names.clock.step_days)
