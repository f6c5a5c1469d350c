"""Sections of scenario.yaml that say what to compare: hypotheses, courses, and what the question turns on."""

from __future__ import annotations

import datetime as dt

from detente.language.names import Names, Scope, check_id
from detente.language.priors import outside
from detente.language.read_values import ZERO, literal, read_expression, read_prior
from detente.language.records import HOLD, Clock, Course, Forced, Hypothesis, QuestionOutcome, Track
from detente.language.syntax import Bargain, Expectation, Probability, walk
from detente.text import yaml_nodes as ya
from detente.text.fields import NO_DATE, Field
from detente.text.nearest import did_you_mean


def read_hypotheses(field: Field, names: Names) -> dict[str, Hypothesis]:
    """Return the hypotheses; the one called `model` when none is declared."""
    hypotheses: dict[str, Hypothesis] = {}
    for id, key, value in field.entries("hypotheses"):
        check_id(key, "hypothesis", id)
        found = value.section({"weight": "its prior weight, a number above 0"}, ("set", "says"))
        priors = {}
        for parameter, name, prior in found["set"].entries("parameters"):
            if parameter not in names.parameters and not names.open:
                name.bad("a parameter", parameter, did_you_mean(parameter, names.parameters))
            if not prior.present:
                prior.bad("a prior, such as normal(0, 1)", "nothing")
            priors[parameter] = read_prior(prior)
        hypotheses[id] = Hypothesis(id, found["weight"].number(1.0, positive=True), priors, found["says"].text())
    return hypotheses or {"model": Hypothesis("model", 1.0, {})}


def read_courses(field: Field, names: Names, tracks: dict[str, Track]) -> dict[str, Course]:
    """Return the courses; the one called `free` when none is declared."""
    courses: dict[str, Course] = {}
    for id, key, value in field.entries("courses"):
        check_id(key, "course", id)
        found = value.section({}, ("name", "branch", "force", "forbid"))
        branch = _branch(found["branch"], names.clock) if found["branch"].present else None
        if branch:
            names.branches[id] = branch
        forbid = {}
        for track, name, moves in found["forbid"].entries("tracks"):
            if _known_track(name, track, names):
                forbid[track] = tuple(_known_move(move, move.text(), tracks[track]) for move in moves.items())
        force = {}
        for track, name, dates in found["force"].entries("tracks"):
            if _known_track(name, track, names):
                force[track] = _forced(dates, tracks[track], forbid.get(track, ()), branch, names)
        courses[id] = Course(id, found["name"].text() or id, force, forbid, branch)
    return courses or {"free": Course("free", "free", {}, {})}


def _branch(field: Field, clock: Clock | None) -> dt.date | None:
    """A course's own day of branching, on a step of the record; None when it could not be read."""
    day = field.date()
    if day == NO_DATE or clock is None:
        return None
    if not clock.start <= day <= clock.now:
        field.bad(f"a date from {clock.start} (start) to {clock.now} (now)", str(day))
    elif left := (day - clock.start).days % clock.step_days:
        near = clock.date_of(clock.step_of(day))
        expected = f"a whole number of steps of {clock.step_days} days after start"
        field.bad(expected, f"{left} day{'s' * (left != 1)} too many", f"the step begins on {near}")
    else:
        return day
    return None


def _known_track(key: Field, track: str, names: Names) -> bool:
    if track not in names.tracks and not names.open:
        key.bad(f"a track: {', '.join(sorted(names.tracks))}", track, did_you_mean(track, names.tracks))
    return track in names.tracks


def _known_move(field: Field, move: str, track: Track) -> str:
    if move == HOLD:
        field.bad(f"a move of {track.id}", hint="hold is always available")
    elif move not in track.moves:
        field.bad(f"a move of {track.id}: {', '.join(track.moves)}", move, did_you_mean(move, track.moves))
    return move


def _forced(
    dates: Field, track: Track, forbidden: tuple[str, ...], branch: dt.date | None, names: Names
) -> dict[dt.date, Forced]:
    forced: dict[dt.date, Forced] = {}
    steps: dict[int, dt.date] = {}
    for _, key, value in dates.entries("dates"):
        day = key.date()
        forced[day] = _forced_move(value, track, forbidden)
        if day == NO_DATE or names.clock is None:
            continue
        clock, step = names.clock, names.clock.step_of(day)
        first = branch or clock.branch
        if not first <= day < clock.end:
            key.bad(f"a date from {first} (branch) to before {clock.end} (end)", str(day))
        elif step in steps:
            key.bad("one move per track and step", str(day), f"{steps[step]} falls in the same step")
        steps[step] = day
    return forced


def _forced_move(value: Field, track: Track, forbidden: tuple[str, ...]) -> Forced:
    if not value.present:
        value.bad("a move, or hold", "nothing")
        return Forced(HOLD)
    magnitude = None
    if isinstance(value.node, ya.Scalar):
        named = value
    else:
        found = value.section({"move": f"a move of {track.id}, or hold"}, ("magnitude",))
        named, size = found["move"], found["magnitude"]
        magnitude = size.number() if size.present else None
        about = track.moves.get(named.text())
        if magnitude is not None and (about is None or about.magnitude is None):
            size.bad("no magnitude", hint=f"{named.text() or 'the move'} declares none")
        elif magnitude is not None and about and about.magnitude:
            known = [literal(argument) for argument in about.magnitude.arguments]
            if expected := outside(magnitude, about.magnitude.family, known):
                size.bad(f"{expected}: the magnitude of {about.id} is {about.magnitude}")
    if named.present and named.text() != HOLD:
        _known_move(named, named.text(), track)
    if named.text() in forbidden:
        named.bad("a move that the course does not forbid")
    return Forced(named.text(), magnitude)


def read_question(field: Field, names: Names) -> tuple[str, tuple[QuestionOutcome, ...]]:
    """The question of a scenario and the outcomes it turns on: a map of `asks` and `outcomes`, or text without any."""
    if not isinstance(field.node, ya.Mapping):
        return field.text(), ()  # and has no answer
    found = field.section({"asks": "the question", "outcomes": "a map of the outcomes that it turns on"})
    outcomes = tuple(_outcome(id, key, value, names) for id, key, value in found["outcomes"].entries("outcomes"))
    if found["outcomes"].present and not outcomes:
        found["outcomes"].bad("at least one outcome", "none")
    return found["asks"].text(), outcomes


def _outcome(id: str, key: Field, value: Field, names: Names) -> QuestionOutcome:
    """An outcome: a quantity alone, or a map that also says how it is called, whose courses are compared and by what
    margin. By default all courses that branch with the clock, in the order of the file."""
    check_id(key, "outcome", id)
    optional = ("says", "courses", "margin")
    mapped = isinstance(value.node, ya.Mapping)
    found = value.section({"of": "a quantity, such as P(EVENT by DATE)"}, optional) if mapped else {}
    of, nothing = found.get("of", value), Field("", None, value.problems)
    tree = read_expression(of, names, Scope(test=True, outcome=True)) or ZERO
    if (
        value.present
        and tree is not ZERO
        and not any(isinstance(node, Probability | Expectation | Bargain) for node in walk(tree.tree))
    ):
        of.bad("a quantity that asks a P, an E or an S", tree.text)
    courses = found.get("courses", nothing)
    chosen = [item.name() for item in courses.items()]
    for item, course in zip(courses.items(), chosen, strict=True):
        if course not in names.courses and not names.open:
            item.bad(f"a course: {', '.join(sorted(names.courses))}", course, did_you_mean(course, names.courses))
    if courses.present and (len(chosen) < 2 or len(set(chosen)) < len(chosen)):
        expected = "two courses or more, each once, the first compared with the second"
        courses.bad(expected, ", ".join(chosen) or "none")
    margin = found.get("margin", nothing)
    return QuestionOutcome(
        id,
        found.get("says", nothing).text(),
        tree,
        tuple(chosen),
        margin.number(positive=True) if margin.present else None,
    )
