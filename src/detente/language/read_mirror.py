"""The `mirror:` of a scenario: an act in the words of crisis data, the seats it is put before, cases to compare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from detente.language.crisis_terms import ACT, RUNGS, SEAT
from detente.language.names import Names, Scope, check_id
from detente.language.read_values import read_expression
from detente.language.records import Mirror, Reference, Seat, Switch
from detente.text import yaml_nodes as ya
from detente.text.fields import NO_DATE, Field, parse_date
from detente.text.nearest import did_you_mean

MAX_GAP = 179  # of ICB's powdis
_WHAT = {
    "trigger": "what was done, such as direct violent act",
    "gravity": "the gravest value at stake, such as territory",
    "source": "who did it, such as a state",
    "adversary": "the power of who did it: small, middle, great or super",
    "war": "peace, or intra-war for an act within a war that is going on",
    "conflict": "none, protracted or long war",
    "nuclear": "its nuclear standing, such as second strike",
    "power": "its power: small, middle, great or super",
    "regime": "its regime, such as democratic",
}


def read_mirror(field: Field, names: Names) -> Mirror | None:
    """Return the mirror of a scenario, or None when it declares none."""
    if not field.present:
        return None
    required = {"act": "a map of what was done", "seats": "a map of seats"}
    found = field.section(required, ("switches", "cases"))
    needs = {"says": "the act in words", "date": "its day, as YYYY-MM-DD", "faced_by": "the actor it was done to"}
    act = found["act"].section(needs | {key: _WHAT[key] for key in ACT}, ("later", "why"))
    seats = {id: _seat(id, key, value, names) for id, key, value in found["seats"].entries("seats")}
    faced_by = act["faced_by"]
    if faced_by.present and faced_by.text() not in seats:
        faced_by.bad(f"one of the seats: {', '.join(seats)}", hint=did_you_mean(faced_by.text(), seats))
    return Mirror(
        act["says"].text(),
        act["date"].date(),
        faced_by.text(),
        _words(act, ACT),
        _later(act["later"]),
        seats,
        {id: _switch(id, key, value) for id, key, value in found["switches"].entries("switches")},
        {id: _case(id, key, value, names) for id, key, value in found["cases"].entries("cases")},
        act["why"].text(),
    )


def _word(field: Field, known: Mapping[int, str]) -> str:
    text = field.text()
    if field.present and text not in known.values():
        hint = did_you_mean(text, known.values())
        if text.lstrip("-").isdigit() and int(text) in known:
            hint = f"write the word: {known[int(text)]}"
        field.bad(f"one of: {', '.join(known.values())}", hint=hint)
    return text


def _words(found: Mapping[str, Field], tables: Mapping[str, Mapping[int, str]]) -> dict[str, str]:
    return {key: _word(found[key], table) for key, table in tables.items() if found[key].present}


def _changed(field: Field) -> dict[str, str]:
    """Words of an act to put in place of its own: at least one."""
    words = _words(field.section({}, tuple(ACT)), ACT)
    if isinstance(field.node, ya.Mapping) and not field.node.values:
        field.bad(f"at least one of: {', '.join(ACT)}", "an empty map")
    return words


def _later(field: Field) -> dict[dt.date, dict[str, str]]:
    later: dict[dt.date, dict[str, str]] = {}
    for text, key, value in field.entries("dates"):
        day = parse_date(text)
        if day is None:
            key.bad("a day of the calendar, as YYYY-MM-DD", text)
        later[day or NO_DATE] = _changed(value)
    return later


def _gap(field: Field) -> float | None:
    if not field.present:
        return None
    gap = field.number()
    if abs(gap) > MAX_GAP:
        field.bad(f"a power gap from -{MAX_GAP} to {MAX_GAP}, positive where this state is the stronger")
    return gap


def _country(field: Field) -> int:
    number = field.number()
    if field.present and (number != int(number) or not 0 < number < 990):
        field.bad("a country's number in the list of Gleditsch and Ward, such as 2 for the United States")
    return int(number)


_NUMBER = "the country's number in the list of Gleditsch and Ward"


def _seat(id: str, key: Field, value: Field, names: Names) -> Seat:
    if id not in names.actors and not names.open:
        key.bad(f"an actor: {', '.join(sorted(names.actors))}", id, did_you_mean(id, names.actors))
    required = {"country": _NUMBER} | {name: _WHAT[name] for name in SEAT}
    found = value.section(required, ("gap", "answer", "why"))
    about = {"value": found["answer"]}
    if isinstance(found["answer"].node, ya.Mapping):
        about = found["answer"].section({"value": "an expression of parameters, from 0 to 1"}, ("says",))
    return Seat(
        id,
        _country(found["country"]),
        _words(found, SEAT),
        _gap(found["gap"]),
        read_expression(about["value"], names, Scope(stocks=False)),
        about["says"].text() if "says" in about else "",
        found["why"].text(),
    )


def _switch(id: str, key: Field, value: Field) -> Switch:
    check_id(key, "switch", id)
    found = value.section({"set": f"what it changes: any of {', '.join(ACT)}"}, ("says",))
    return Switch(id, _changed(found["set"]), found["says"].text())


def _case(id: str, key: Field, value: Field, names: Names) -> Reference:
    check_id(key, "case", id)
    required = {
        "date": "its day, as YYYY-MM-DD",
        "actor": "who answered",
        "country": _NUMBER,
        "act": "what it faced",
        "response": f"one of: {', '.join(RUNGS)}",
    }
    found = value.section(required | {name: _WHAT[name] for name in SEAT}, ("says", "gap", "crisis", "source"))
    act = found["act"].section({name: _WHAT[name] for name in ACT})
    actor = found["actor"].text()
    if found["actor"].present and actor not in names.actors and not names.open:
        found["actor"].bad(f"an actor: {', '.join(sorted(names.actors))}", hint=did_you_mean(actor, names.actors))
    crisis = found["crisis"].number(positive=True) if found["crisis"].present else None
    return Reference(
        id,
        found["date"].date(),
        actor,
        _country(found["country"]),
        _words(act, ACT),
        _words(found, SEAT),
        _word(found["response"], dict(enumerate(RUNGS))),
        found["says"].text(),
        _gap(found["gap"]),
        None if crisis is None else int(crisis),
        found["source"].texts(),
    )
