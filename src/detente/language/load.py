"""A scenario folder, read whole and checked: `load` returns a `Scenario` or raises every problem found."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from detente.errors import InputError, Problem
from detente.language import read_courses, read_model, read_settlement
from detente.language.argument import Argument
from detente.language.cases import read_cases
from detente.language.names import Names
from detente.language.priors import Prior, outside, support
from detente.language.read_claims import check_attacks, read_argument, read_quantities
from detente.language.read_companions import read_beside
from detente.language.read_forecasts import read_forecasts
from detente.language.read_foresight import check_foresight
from detente.language.read_mirror import read_mirror
from detente.language.read_tables import read_ledger, read_observed
from detente.language.records import (
    CASE,
    CASES,
    Cases,
    Clock,
    Event,
    Forecasts,
    Observation,
    Quantity,
    Row,
    Scenario,
    Stock,
    Track,
)
from detente.language.unread import alone, is_scenario, unread
from detente.text import yaml_nodes as ya
from detente.text.csv_lines import read_lines
from detente.text.fields import Field, character_hint, number_hint, parse_number
from detente.text.files import MAX_CSV, MAX_YAML, Folder
from detente.text.nearest import did_you_mean

VERSION = "1"  # of the scenario language: the value of `detente:`
MODEL = "scenario.yaml"

_REQUIRED = {
    "detente": "the version of the language: 1",
    "title": "a title",
    "clock": "a map with start, branch, now, end and step",
    "actors": "a map of actors",
}
_OPTIONAL = (
    "question",
    "summary",
    "beside",
    "parameters",
    "tracks",
    "derived",
    "stocks",
    "events",
    "hypotheses",
    "courses",
    "mirror",
    "settlement",
)
_PLACEHOLDER = Clock(dt.date.min, dt.date.min, dt.date.min, dt.date.min, 1)  # until its problem is raised


def bundled() -> list[str]:
    """Return the names of the scenarios that ship with the package, sorted."""
    return sorted(path.parent.relative_to(_shelf()).as_posix() for path in _shelf().glob(f"**/{MODEL}"))


def _shelf() -> Path:
    return Path(__file__).resolve().parent.parent / "scenarios"


def load(
    scenario: str | Path, set: Mapping[str, float | str] | None = None, made: Mapping[str, bytes] | None = None
) -> Scenario:
    """Return the scenario in a folder, in a single .yaml file, or bundled under a name.

    Args:
        scenario: A path, or one of `bundled()`.
        set: Parameters to hold at a value, in every hypothesis.
        made: Contents of files that take their place beside the folder's own, by name (`detente.session`).

    Raises:
        InputError: With every problem of every file, sorted by file and line.
    """
    root, model = find(scenario)
    problems: list[Problem] = []
    folder = Folder(root, problems, f"{root.name}/" if model == MODEL else "", made)
    result = _Load(folder, model, problems).scenario()
    result = _fix(result, set or {}, problems)
    if problems:
        raise InputError(sorted(dict.fromkeys(problems), key=_order))
    left = unread(root, folder.contents) if model == MODEL else alone(root, model)
    return replace(result, sha256=_sha256(folder.contents, set or {}), unread=left)


def find(scenario: str | Path) -> tuple[Path, str]:
    """Return the folder of a scenario and the name of its model file.

    Raises:
        InputError: If there is no such scenario.
    """
    text = str(scenario)
    try:
        path = Path(scenario)
        if (path / MODEL).exists():
            return path.resolve(), MODEL
        if path.is_file() and path.name == MODEL:
            return path.resolve().parent, MODEL
        if path.is_file() and path.suffix in (".yaml", ".yml") and not _part_of_a_scenario(path):
            return path.resolve().parent, path.name
        exists = path.exists()
    except (OSError, ValueError):  # a name too long for the system, or one with a NUL
        path, exists = Path(), False
    names = bundled()
    name = text.replace("\\", "/").strip("/")
    if name in names:
        return _shelf() / name, MODEL
    if exists:
        hint = _inside(path) or _misnamed(path)
        raise InputError([Problem("scenario", f"a folder with a {MODEL}, or a .yaml file", text, hint)])
    expected = "a scenario folder" + (f", or one of: {', '.join(names)}" if names else "")
    hint = did_you_mean(text, names) or character_hint(text)
    if "\\" in text and os.sep == "/":
        hint = f"write / between folders: {text.replace(chr(92), '/')}"[:200]
    raise InputError([Problem("scenario", expected, text[:200], hint)])


def _part_of_a_scenario(path: Path) -> bool:
    """Whether a .yaml file is one of the files that a scenario's folder holds, and no scenario of its own."""
    folder = path.resolve().parent
    return any((above / MODEL).exists() for above in (folder, folder.parent)) and not is_scenario(path)


def _inside(path: Path) -> str:
    """Which scenario a file or folder is part of, where it is."""
    whole = path.resolve()
    found = next((above for above in (whole.parent, whole.parent.parent) if (above / MODEL).exists()), None)
    if found is None:
        return ""
    given = path.parent if found == whole.parent else path.parent.parent
    shown = given if str(path) != "." and given.resolve() == found else found
    return f"it is part of a scenario: give its folder, {shown}"


def _misnamed(folder: Path) -> str:
    """The file of a folder that may be meant for its scenario.yaml."""
    if not folder.is_dir():
        return ""
    names = sorted(each.name for each in folder.iterdir())[:1_000]
    near = next((name for name in names if name.lower() in (MODEL, "scenario.yml", f"{MODEL}.txt")), "")
    return f"rename {near} to {MODEL}" if near else ""


class _Load:
    """One load: the folder, the names declared in it, and the problems found so far."""

    def __init__(self, folder: Folder, model: str, problems: list[Problem]) -> None:
        self.folder, self.model, self.problems = folder, model, problems
        self.names = Names(open=True)
        self.cases: frozenset[str] | None = None

    def root(self, name: str) -> Field:
        source = self.folder.read(name, MAX_YAML)
        return Field("", ya.parse_yaml(source, self.problems) if source else None, self.problems)

    def scenario(self) -> Scenario:
        top = self.root(self.model)
        self.names = names = Names.collect(top.node)
        found = top.section(_REQUIRED, _OPTIONAL) if top.present else {}
        empty = Field("", None, self.problems)

        def part(key: str) -> Field:
            return found.get(key, empty)

        if part("detente").present and part("detente").text() != VERSION:
            part("detente").bad("1, the version of the language that this Détente reads")
        panel = self.model == MODEL and self.folder.has(CASES)
        clock = names.clock = read_model.read_clock(part("clock"), panel=panel) if part("clock").present else None
        cases = self.panel() if panel else None
        if panel and part("settlement").present:
            part("settlement").bad("a scenario of one record, without cases.csv", "a settlement in a panel")
        self.cases = None if cases is None else frozenset(cases.ids)
        tracks = read_model.read_tracks(part("tracks"), names)
        events = read_model.read_events(part("events"), names)
        mirror = read_mirror(part("mirror"), names)
        names.mirror = frozenset(mirror.names()) if mirror else frozenset()
        actors = read_model.read_actors(part("actors"), names)
        whole = self.model == MODEL
        question, outcomes = read_courses.read_question(part("question"), names)
        scenario = Scenario(
            id=self.folder.root.name if whole else Path(self.model).stem,
            title=part("title").text(),
            question=question,
            outcomes=outcomes,
            summary=part("summary").text(),
            clock=clock or _PLACEHOLDER,
            actors=actors,
            parameters=read_model.read_parameters(part("parameters"), names),
            mirror=mirror,
            derived=read_model.read_derived(part("derived"), names),
            beside=read_beside(part("beside"), bundled(), lambda name: _shelf() / name),
            stocks=read_model.read_stocks(part("stocks"), names, self.observed),
            tracks=tracks,
            events=events,
            hypotheses=read_courses.read_hypotheses(part("hypotheses"), names),
            courses=read_courses.read_courses(part("courses"), names, tracks),
            settlement=read_settlement.read_settlement(part("settlement"), names, actors, tracks),
            arguments=self.arguments() if whole else (),
            ledger=self.ledger(events, tracks) if whole else (),
            quantities=self.quantities() if whole else (),
            readme=self.readme() if whole else "",
            sha256="",
            forecasts=self.forecasts() if whole else Forecasts(),
            cases=cases,
        )
        if not self.problems:  # what is foreseen can only be told from a scenario that was read whole
            check_foresight(part("tracks"), scenario)
        return scenario

    def panel(self) -> Cases | None:
        """The cases of a panel, None when they could not be read."""
        source = self.folder.read(CASES, MAX_CSV)
        before = len(self.problems)
        lines = list(read_lines(source, (CASE,), None, self.problems)) if source else []
        self.names.open |= not lines
        if source and not lines and len(self.problems) == before:
            self.problems.append(Problem(CASES, "at least one case", "none", "", source.place(1, 1)))
        return read_cases(source, self.names, lines) if source else None

    def observed(self, field: Field, stock: Stock, model: str) -> tuple[Observation, ...]:
        name = field.text()
        if "\\" in name and not (self.folder.root / name).is_file():
            field.bad("the path of a file in the scenario's folder", hint=f"write {name.replace(chr(92), '/')}")
            return ()
        path = self.folder.root / name
        try:
            inside = name != "" and path.resolve().is_relative_to(self.folder.root)
            there = inside and path.is_file()
        except (OSError, ValueError):
            inside = there = False
        if not inside:
            field.bad("the path of a file in the scenario's folder, such as observed/front.csv")
        if not there:
            if inside:
                tables = sorted(p.relative_to(self.folder.root).as_posix() for p in self.folder.root.glob("*/*.csv"))
                field.bad("an existing file", name, did_you_mean(name, tables))
            return ()
        source = self.folder.read(name, MAX_CSV)
        return read_observed(source, stock, model, self.names, self.problems, self.cases) if source else ()

    def ledger(self, events: Mapping[str, Event], tracks: Mapping[str, Track]) -> tuple[Row, ...]:
        source = self.folder.read("history.csv", MAX_CSV) if self.folder.has("history.csv") else None
        return read_ledger(source, self.names, events, tracks, self.problems, self.cases) if source else ()

    def arguments(self) -> tuple[Argument, ...]:
        arguments: list[tuple[Argument, Field]] = []
        paths = [path for path in sorted((self.folder.root / "claims").glob("*.y*ml")) if path.name[0] != "."]
        for path in paths:
            top = self.root(f"claims/{path.name}")
            if any(argument.id == path.stem for argument, _ in arguments):
                top.bad("one file per argument", path.name, f"{path.stem}.yaml exists too; rename one")
            elif top.present:
                arguments.append((read_argument(path.stem, top, self.names), top))
        return check_attacks(arguments)

    def quantities(self) -> tuple[Quantity, ...]:
        top = self.root("evidence.yaml") if self.folder.has("evidence.yaml") else None
        return read_quantities(top) if top and top.present else ()

    def forecasts(self) -> Forecasts:
        top = self.root("forecasts.yaml") if self.folder.has("forecasts.yaml") else None
        return read_forecasts(top, self.names) if top and top.present else Forecasts()

    def readme(self) -> str:
        source = self.folder.read("README.md", MAX_YAML) if self.folder.has("README.md") else None
        return source.text if source else ""


def known_for_certain(scenario: Scenario, values: Mapping[str, float | str], word: str = "set") -> Scenario:
    """The scenario with parameters held at values, in every hypothesis.

    Args:
        word: what problems call it.

    Raises:
        InputError: With every parameter that does not exist or cannot take its value.
    """
    problems: list[Problem] = []
    result = _fix(scenario, values, problems, word)
    if problems:
        raise InputError(problems)
    held = {**scenario.held, **result.held}
    return replace(result, held=held, sha256=_sha256({"": scenario.sha256.encode()}, values))


def _fix(scenario: Scenario, set: Mapping[str, float | str], problems: list[Problem], word: str = "set") -> Scenario:
    """Hold parameters at values, in every hypothesis."""
    fixed: dict[str, Prior] = {}
    for name, value in set.items():
        number = parse_number(str(value).strip())
        about = scenario.parameters.get(name)
        if about is None and not problems:
            known = scenario.parameters
            problems.append(Problem(f"{word} {name}", "the id of a parameter", name, did_you_mean(name, known)))
        if number is None:
            problems.append(Problem(f"{word} {name}", "a number", str(value), number_hint(str(value).strip())))
        else:
            fixed[name] = Prior("fixed", (number,))
            if about and (expected := impossible(scenario, name, number)):
                hint = "give it a prior, in a hypothesis of its own, that can take this value"
                problems.append(Problem(f"{word} {name}", f"{expected}: its prior is {about.prior}", str(value), hint))
    parameters = {
        id: replace(about, prior=fixed[id]) if id in fixed else about for id, about in scenario.parameters.items()
    }
    hypotheses = {
        id: replace(about, priors={**about.priors, **{name: fixed[name] for name in about.priors if name in fixed}})
        for id, about in scenario.hypotheses.items()
    }
    held = {name: scenario.parameters[name].prior for name in fixed if name in scenario.parameters}
    return replace(scenario, parameters=parameters, hypotheses=hypotheses, held=held)


def impossible(scenario: Scenario, parameter: str, value: float) -> str:
    """Which values the priors of a parameter can take, if this is none of them; "" when one can.

    A value that some prior is fixed at can be taken; where all are fixed, any. An end of the range counts as inside.
    """
    priors = {scenario.prior(parameter, hypothesis) for hypothesis in scenario.hypotheses}
    priors.add(scenario.parameters[parameter].prior)
    free = [prior for prior in priors if prior.family != "fixed"]
    ends = [support(prior.family, prior.arguments) for prior in priors]
    if not free or any(low <= value <= high for low, high in ends):
        return ""
    return next(words for prior in free if (words := outside(value, prior.family, prior.arguments)))


def _sha256(contents: Mapping[str, bytes], set: Mapping[str, float | str]) -> str:
    digest = hashlib.sha256()
    items = [*sorted(contents.items()), *((f"set {name}", repr(float(set[name])).encode()) for name in sorted(set))]
    for name, content in items:
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _order(problem: Problem) -> tuple[str, int, int]:
    at = problem.place
    return (at.file, at.line, at.column) if at else ("", 0, 0)
