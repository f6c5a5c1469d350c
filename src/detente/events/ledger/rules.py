"""coding.yaml of a scenario: which events of the public record are which moves of its tracks.

actors:
  RU: [RUS, Russia, "365"]              # how data sets call the actor, or its state
rules:                                  # the first that matches an event counts
  - {actor: RU, target: UA, scheme: cameo, codes: ["195"], track: RU.fires, move: mass-strike,
     at_least: {reports: 50}, why: ...}
  - {actor: UA, rungs: [6, 8], places: [RUS, RS, Russia], track: UA.fires, move: deep-strike, why: ...}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from detente.errors import InputError, Problem
from detente.language.records import Scenario
from detente.text import yaml_nodes as ya
from detente.text.fields import Field
from detente.text.files import MAX_YAML, Folder
from detente.text.nearest import did_you_mean

FILE = "coding.yaml"
SIZES = ("sum", "largest", "events", "reports")
_OPTIONAL = ("actor", "target", "scheme", "codes", "rungs", "places", "either", "magnitude", "at_least", "why")


@dataclass(frozen=True)
class Rule:
    """One rule. Empty conditions hold for every event; `move` is None for what is left out on purpose."""

    number: int  # from 1, in the order of the file
    track: str
    move: str | None
    actor: str = ""
    target: str = ""
    scheme: str = ""
    codes: tuple[str, ...] = ()
    rungs: tuple[float, float] | None = None
    places: tuple[str, ...] = ()
    either: bool = False  # also where the data set does not say which of the two acted
    magnitude: str = ""  # how the sizes of one day become one: a word of SIZES, or "" for none
    at_least: Mapping[str, float] | None = None  # events, reports, magnitude
    why: str = ""


@dataclass(frozen=True)
class Rules:
    """How a scenario reads the public record."""

    actors: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]


def read_rules(scenario: Scenario, path: Path) -> Rules:
    """A coding file, checked against its scenario.

    Raises:
        InputError: With every problem of the file.
    """
    problems: list[Problem] = []
    folder = Folder(path.parent, problems, "")
    source = folder.read(path.name, MAX_YAML)
    if source is None:
        raise InputError(problems, what=f"the coding of {scenario.id}")
    root = Field("", ya.parse_yaml(source, problems), problems)
    if not problems and not root.present:
        root.bad("a map with the keys actors, rules", "an empty file")
    found = root.section({"actors": "the names of the actors in data sets", "rules": "a list of rules"})
    actors: dict[str, tuple[str, ...]] = {}
    for name, key, value in found["actors"].entries("actors, each with its names"):
        if name not in scenario.actors:
            key.bad(f"an actor: {', '.join(scenario.actors)}", name, did_you_mean(name, scenario.actors))
        actors[name] = tuple(item.name() for item in value.items())
        for other, names in actors.items():
            if other != name and (shared := set(names) & set(actors[name])):
                value.bad("names that no other actor has", f"{sorted(shared)[0]}, of {other} too")
    rules = tuple(_rule(i, item, scenario, actors) for i, item in enumerate(found["rules"].items(), 1))
    if problems:
        raise InputError(problems, what=f"the coding of {scenario.id}")
    return Rules(actors, rules)


def _rule(number: int, field: Field, scenario: Scenario, actors: Mapping[str, tuple[str, ...]]) -> Rule:
    found = field.section({"track": "a track", "move": "a move, or none"}, _OPTIONAL)
    track, move = found["track"].text(), found["move"].text()
    if found["track"].present and track not in scenario.tracks:
        known = ", ".join(scenario.tracks)
        found["track"].bad(f"a track: {known}", track, did_you_mean(track, scenario.tracks))
    elif found["track"].present and found["move"].present and move not in (*scenario.tracks[track].moves, "none"):
        moves = scenario.tracks[track].moves
        found["move"].bad(f"a move of {track}, or none: {', '.join(moves)}", move, did_you_mean(move, moves))
    for name in ("actor", "target"):
        if found[name].present and found[name].text() not in actors:
            found[name].bad(f"an actor with names above: {', '.join(actors)}", hint="")
    size = found["magnitude"].text()
    if size and size not in SIZES:
        found["magnitude"].bad(f"one of: {', '.join(SIZES)}", size, did_you_mean(size, SIZES))
    known = scenario.tracks.get(track)
    if size and known and move in known.moves and known.moves[move].magnitude is None:
        found["magnitude"].bad("nothing: the move has no magnitude in the scenario", size)
    least = _at_least(found["at_least"])
    if least and "magnitude" in least and not size:
        found["at_least"].bad("events and reports alone, in a rule that does not say magnitude", "magnitude")
    return Rule(
        number,
        track,
        None if move == "none" else move,
        found["actor"].text(),
        found["target"].text(),
        found["scheme"].name(),
        tuple(item.name() for item in found["codes"].items()),
        _rungs(found["rungs"]),
        tuple(item.name() for item in found["places"].items()),
        found["either"].boolean(),
        size,
        least,
        found["why"].text(),
    )


def _rungs(field: Field) -> tuple[float, float] | None:
    numbers = [item.number() for item in field.items()]
    if not field.present:
        return None
    if len(numbers) not in (1, 2) or numbers[0] > numbers[-1]:
        field.bad("a rung, or the lowest and the highest")
        return None
    return numbers[0], numbers[-1]


def _at_least(field: Field) -> Mapping[str, float] | None:
    if not field.present:
        return None
    found = field.section({}, ("events", "reports", "magnitude"))
    return {name: value.number(positive=True) for name, value in found.items() if value.present}
