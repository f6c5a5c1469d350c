"""The ids that a scenario declares, what an id may look like, and the look-up of names in expressions."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from detente.language.expressions import FUNCTIONS, ExpressionProblem
from detente.language.records import CASE, CONTEXT_TRACK, EVENT_TRACK, FORESIGHT, HOLD, QUANTITIES, ZONE, Clock
from detente.language.syntax import Bargain, Expectation, Name, Node, Probability, walk
from detente.text import yaml_nodes as ya
from detente.text.fields import Field
from detente.text.nearest import did_you_mean

CLOCK_NAMES = ("clock.season", "clock.step")
_WORDS = ("ever", "magnitude", "clock", "and", "or", "not")
_RESERVED = {ZONE, HOLD, EVENT_TRACK, CONTEXT_TRACK, CASE, *_WORDS, *FUNCTIONS}

_WORD = r"[A-Za-z][A-Za-z0-9_]*"
_FORMS: dict[str, tuple[str, str]] = {  # kind of id: pattern, and the pattern in words
    "actor": (_WORD, "an actor's id: letters, digits and _, starting with a letter"),
    "parameter": (rf"{_WORD}(\.{_WORD})*", "a parameter's id: words of letters, digits and _, joined by dots"),
    "stock": (rf"{_WORD}(\.{_WORD})*", "a stock's id: words of letters, digits and _, joined by dots"),
    "track": (rf"{_WORD}\.{_WORD}", "a track's id: ACTOR.name"),
    "term": (_WORD, "a term's id: letters, digits and _, starting with a letter"),
    **{
        kind: (r"[a-z][a-z0-9]*(-[a-z0-9]+)*", f"{article} {kind}'s id: lower-case words joined by hyphens")
        for kind in (
            "move",
            "event",
            "hypothesis",
            "course",
            "claim",
            "question",
            "derived quantity",
            "switch",
            "case",
            "offer",
            "outcome",
        )
        for article in ("an" if kind in ("event", "offer", "outcome") else "a",)
    },
}


@dataclass
class Names:
    """Every id the scenario declares. `open`: part of it could not be read, so no name can be called unknown."""

    actors: set[str] = field(default_factory=set)
    utilities: set[str] = field(default_factory=set)  # actors that declare one
    parameters: set[str] = field(default_factory=set)
    stocks: set[str] = field(default_factory=set)
    tracks: dict[str, set[str]] = field(default_factory=dict)  # track: its moves
    events: set[str] = field(default_factory=set)
    hypotheses: set[str] = field(default_factory=set)
    courses: set[str] = field(default_factory=set)
    mirror: frozenset[str] = frozenset()  # quantities of the mirror that tests may name
    terms: set[str] = field(default_factory=set)  # of the settlement
    parties: set[str] = field(default_factory=set)
    offers: set[str] = field(default_factory=set)
    chip: bool = False
    branches: dict[str, dt.date] = field(default_factory=dict)  # of the courses that have their own
    clock: Clock | None = None  # None: it could not be read
    cases: set[str] | None = None  # what expressions may read of a panel's cases; None: it is no panel
    open: bool = False

    @classmethod
    def collect(cls, root: ya.Node | None) -> Names:
        """Read the ids off the keys of scenario.yaml, before anything else is read."""
        names = cls(open=not isinstance(root, ya.Mapping))
        sections = root.values if isinstance(root, ya.Mapping) else {}

        def keys(section: ya.Node | None) -> set[str]:
            if isinstance(section, ya.Mapping):
                return set(section.keys)
            names.open |= section is not None and not (isinstance(section, ya.Scalar) and section.is_null)
            return set()

        for kind in ("actors", "parameters", "stocks", "events", "hypotheses", "courses"):
            setattr(names, kind, keys(sections.get(kind)))
        tracks = sections.get("tracks")
        for track in sorted(keys(tracks)):
            assert isinstance(tracks, ya.Mapping)
            names.tracks[track] = keys(tracks.values[track]) - {FORESIGHT}
        actors = sections.get("actors")
        for actor in names.actors:
            assert isinstance(actors, ya.Mapping)
            about = actors.values[actor]
            if isinstance(about, ya.Mapping) and "utility" in about.keys:
                names.utilities.add(actor)
        settlement = sections.get("settlement")
        about = settlement.values if isinstance(settlement, ya.Mapping) else {}
        names.terms, names.parties = keys(about.get("terms")), keys(about.get("parties"))
        names.offers, names.chip = keys(about.get("announced")), bool(keys(about.get("chip")))
        names.hypotheses = names.hypotheses or {"model"}
        names.courses = names.courses or {"free"}
        return names


def check_id(key: Field, kind: str, text: str) -> None:
    """Note a problem when an id is malformed or reserved."""
    pattern, words = _FORMS[kind]
    if not re.fullmatch(pattern, text, re.ASCII) or len(text) > 80:
        fixed = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") if "hyphens" in words else ""
        fits = bool(fixed) and fixed != text and re.fullmatch(pattern, fixed) is not None
        key.bad(words, text, f"write {fixed}" if fits and len(fixed) <= 80 else "")
    elif text in _RESERVED or text.startswith(("clock.", f"{CASE}.")):
        key.bad(f"{words}, and not a word of the language", text, "choose another id")


def claim_id(text: str) -> str:
    """An id for a claim: the first words of a text, joined by hyphens."""
    words = re.findall("[a-z0-9]+", text.lower())
    while len(words) > 1 and len("-".join(words)) > 40:
        words.pop()
    id = "-".join(words)[:40].strip("-")
    return id if id and id[0].isalpha() and id not in _RESERVED else f"claim-{id}".strip("-")


@dataclass(frozen=True)
class Scope:
    """Which names an expression may use."""

    stocks: bool = True  # and the clock
    magnitude: bool = False
    test: bool = False  # P, E and S; stocks, the clock and utilities only inside E and S
    outcome: bool = False  # P, E and S may leave out the course
    terms: bool = False  # of the settlement, and utilities


def check_names(tree: Node, scope: Scope, names: Names) -> list[ExpressionProblem]:
    """Return what is wrong with the names, events, courses and dates of an expression."""
    found: list[ExpressionProblem] = []
    asks = [node for node in walk(tree) if isinstance(node, Expectation | Bargain)]
    inside = {id(below) for node in asks for below in walk(node.value)}
    agreed = {id(below) for node in asks if isinstance(node, Bargain) for below in walk(node.value)}
    for node in walk(tree):
        problem = None
        if isinstance(node, Name):
            if scope.terms or id(node) in agreed:
                problem = _check_agreed(node, names, id(node) in agreed)
            else:
                problem = _check_name(node, scope, names, id(node) in inside)
        elif isinstance(node, Probability):
            problem = check_happening(node.event, node.column, names) or _check_course(node, scope, names)
            problem = problem or _check_date(node.date, names.branches.get(node.course), node.column, names)
            if not problem and node.when == "on" and names.clock and node.date == names.clock.end:
                expected = f"a date before {names.clock.end} (end): no step begins there"
                problem = ExpressionProblem(node.column, expected, str(node.date))
        elif isinstance(node, Expectation | Bargain):
            problem = _check_course(node, scope, names)
            first = names.clock and names.clock.start
            problem = problem or _check_date(node.date, first, node.column, names, "start")
            if isinstance(node, Bargain):
                problem = problem or _check_bargain(node, names)
        if problem:
            found.append(problem)
    return found


def _check_name(node: Name, scope: Scope, names: Names, inside: bool) -> ExpressionProblem | None:
    name, state = node.id, scope.stocks and (inside or not scope.test)
    if name in names.parameters or (scope.test and not inside and name in names.mirror):
        return None
    if name in (names.cases or ()):
        if not scope.test:
            return None
        return ExpressionProblem(node.column, "a parameter, P(...) or E(...)", name, "a claim is about all cases")
    utility = scope.test and name.endswith(".utility") and name[: -len(".utility")] in names.utilities
    if state and (name in names.stocks or name in CLOCK_NAMES or utility):
        return None
    if name == "magnitude" and scope.magnitude:
        return None
    if scope.test and not inside and (name in names.stocks or name in CLOCK_NAMES or utility):
        course = sorted(names.courses)[0]
        hint = f"wrap it in E({name} at DATE | {course})"
        return ExpressionProblem(node.column, "a parameter, P(...) or E(...)", name, hint)
    if name in names.stocks or name in CLOCK_NAMES:
        return ExpressionProblem(node.column, "a parameter", name, "only parameters are known here, not the state")
    if name == "magnitude":
        return ExpressionProblem(
            node.column, "a stock, a parameter or the clock", name, "only effects of a move with a magnitude have one"
        )
    if names.open:
        return None
    known = {
        *names.parameters,
        *(() if scope.test else names.cases or ()),
        *(names.stocks | set(CLOCK_NAMES) if scope.stocks else ()),
    }
    if scope.magnitude:
        known.add("magnitude")
    if scope.test:
        known |= {f"{actor}.utility" for actor in names.utilities} | names.mirror
    expected = "a stock, a parameter or the clock" if scope.stocks else "a parameter"
    return ExpressionProblem(node.column, expected, name, did_you_mean(name, known))


def check_happening(text: str, column: int, names: Names) -> ExpressionProblem | None:
    """Return what is wrong with `text` as an event or TRACK:move; `column` is where it stands."""
    if names.open or text in names.events:
        return None
    track, colon, move = text.partition(":")
    moves = {f"{t}:{m}": m for t in names.tracks for m in names.tracks[t]}
    if text in moves:
        return None
    if colon and track in names.tracks:
        return ExpressionProblem(column, f"a move of {track}", move, did_you_mean(move, names.tracks[track]))
    exact = sorted(whole for whole, m in moves.items() if m == text)
    hint = f"write {exact[0]}" if exact else did_you_mean(text, {*names.events, *moves})
    return ExpressionProblem(column, "an event, or TRACK:move", text, hint)


def _check_course(node: Probability | Expectation | Bargain, scope: Scope, names: Names) -> ExpressionProblem | None:
    course = node.course
    if (not course and scope.outcome) or (course and names.open) or course in names.courses:
        return None
    known = ", ".join(sorted(names.courses))
    if not course:
        return ExpressionProblem(node.column, f"'|' and a course: {known}", "no course", "add it before the bracket")
    return ExpressionProblem(node.column, f"a course: {known}", course, did_you_mean(course, names.courses))


def _check_date(
    day: dt.date | None, first: dt.date | None, column: int, names: Names, called: str = "branch"
) -> ExpressionProblem | None:
    """`first`: None for the clock's own branch."""
    if day is None or names.clock is None:
        return None
    low, high = first or names.clock.branch, names.clock.end
    if low <= day <= high:
        return None
    return ExpressionProblem(column, f"a date from {low} ({called}) to {high} (end)", str(day))


def _check_agreed(node: Name, names: Names, test: bool) -> ExpressionProblem | None:
    """A name in a party's utility of the terms, or (`test`) inside S(...)."""
    own = {ZONE, *(f"{party}.{what}" for party in names.parties for what in QUANTITIES)} if test else set()
    utilities = {f"{actor}.utility" for actor in names.utilities}
    known = names.terms | names.stocks | names.parameters | set(CLOCK_NAMES) | utilities | own
    if node.id in known or names.open:
        return None
    expected = "a term, a stock, a parameter, the clock or a utility"
    if test:
        expected = f"{expected}, or {ZONE}, or ACTOR.value, .settled or .gain of a party"
    return ExpressionProblem(node.column, expected, node.id, did_you_mean(node.id, known))


def _check_bargain(node: Bargain, names: Names) -> ExpressionProblem | None:
    """S(...) needs a settlement, the offer that it names, and the chip that it does without."""
    if names.open:
        return None
    if not names.parties:
        expected = "a scenario with a settlement"
        return ExpressionProblem(node.column, expected, "S(...)", "scenario.yaml declares none")
    if node.offer is not None and node.offer not in names.offers:
        known = ", ".join(sorted(names.offers)) or "none is declared"
        return ExpressionProblem(
            node.column, f"an announced offer: {known}", node.offer, did_you_mean(node.offer, names.offers)
        )
    if not node.chip and not names.chip:
        hint = "name its stocks under settlement.chip"
        return ExpressionProblem(node.column, "a settlement with a chip", "without chip", hint)
    return None
