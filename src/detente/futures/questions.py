"""What is asked of the futures by claims and by the question: the P(...), E(...) and S(...) in them, numbered once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from detente.engine.game.compile import function_of
from detente.engine.game.game import Game
from detente.engine.simulate import Tally
from detente.futures.bargaining import Point, Table, table_of
from detente.language.argument import Claim
from detente.language.records import QuestionOutcome, Scenario
from detente.language.syntax import Bargain, Expectation, Name, Node, Probability, rewrite, under, walk

FAN_LANES = 1  # futures of each draw whose whole path is kept: there are many draws


@dataclass(frozen=True)
class Questions:
    """The watched moves and values of a scenario, and where each stands in an `Outcome`."""

    tally: Tally
    watched: dict[str, int]  # event id or "TRACK:move" that is asked about -> index in Outcome.first
    values: dict[tuple[Node, int], int]  # (expression, boundary) -> index in Outcome.values
    table: Table | None = None  # the settlement, made ready
    points: frozenset[Point] = field(default_factory=frozenset)  # where the bargain is looked at


def expand_utilities(tree: Node, scenario: Scenario) -> Node:
    """Replace `ACTOR.utility` by that actor's utility expression."""

    def leaf(node: Node) -> Node | None:
        if isinstance(node, Name) and node.id.endswith(".utility"):
            actor = scenario.actors.get(node.id.removesuffix(".utility"))
            if actor is not None and actor.utility is not None:
                return actor.utility.tree
        return None

    return rewrite(tree, leaf)


def questions_of(scenario: Scenario, game: Game) -> Questions:
    """Collect what all claims of a scenario, and its question, ask."""
    watched = {e.id: i for i, e in enumerate(game.events)}
    moves: list[tuple[int, int]] = []
    place = {f"{t.id}:{m.id}": (i, n + 1) for i, t in enumerate(game.tracks) for n, m in enumerate(t.moves)}
    values: dict[tuple[Node, int], int] = {}
    functions, dated = [], False
    points: frozenset[Point] = frozenset()
    for tree in asked_of(scenario):
        for node in walk(tree):
            dated |= isinstance(node, Probability) and node.when == "on"
            if isinstance(node, Probability) and node.event not in watched:
                watched[node.event] = len(watched)
                moves.append(place[node.event])
            elif isinstance(node, Expectation):
                key = value_key(node, scenario)
                if key[1] >= scenario.branch_step(node.course) and key not in values:
                    values[key] = len(values)
                    functions.append((function_of(key[0]), key[1]))
            elif isinstance(node, Bargain):
                points |= {point_of(node, scenario)}
    table = table_of(scenario, lambda tree: expand_utilities(tree, scenario))
    tally = Tally(tuple(moves), tuple(functions), fan_lanes=FAN_LANES, dated=dated)
    return Questions(tally, watched, values, table, points)


def asked_of(scenario: Scenario) -> list[Node]:
    """The test of every claim, and every outcome of the question under each course that it is asked of."""
    outcomes = [under(o.of.tree, course) for o in scenario.outcomes for course in courses_asked(scenario, o)]
    return [claim.test.tree for claim in scenario.claims if claim.test] + outcomes


def courses_asked(scenario: Scenario, outcome: QuestionOutcome) -> tuple[str, ...]:
    """The courses of which an outcome is asked: those it names, else all that branch with the clock."""
    step = scenario.clock.branch_step
    return outcome.courses or tuple(c for c in scenario.courses if scenario.branch_step(c) == step)


def point_of(node: Bargain, scenario: Scenario) -> Point:
    """Where an S(...) looks at the bargain."""
    return Point(node.course, scenario.boundary(node.date, node.course), node.chip)


def value_key(node: Expectation, scenario: Scenario) -> tuple[Node, int]:
    """The expression of an E(...), free of utilities and of positions in the text, and its boundary."""

    def plain(n: Node) -> Node | None:
        return Name(n.id) if isinstance(n, Name) else None

    return rewrite(expand_utilities(node.value, scenario), plain), scenario.boundary(node.date, node.course)


def courses_of(claim: Claim) -> set[str]:
    """The courses that a claim's test names."""
    if claim.test is None:
        return set()
    return {n.course for n in walk(claim.test.tree) if isinstance(n, Probability | Expectation | Bargain)}


def points_of(claim: Claim, scenario: Scenario) -> frozenset[Point]:
    """Where a claim's test looks at the bargain."""
    nodes = walk(claim.test.tree) if claim.test else ()
    return frozenset(point_of(n, scenario) for n in nodes if isinstance(n, Bargain))


def per_draw(test: Node, answer, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
    """Evaluate a test for every draw; `answer(node)` gives the value of each P, E or S in it, shape (draw,)."""
    environment: dict[str, np.ndarray] = dict(parameters)

    def leaf(node: Node) -> Node | None:
        if isinstance(node, Probability | Expectation | Bargain):
            name = f"answer {len(environment)}"
            environment[name] = answer(node)
            return Name(name)
        return None

    result = function_of(rewrite(test, leaf))(environment)
    draws = len(next(iter(environment.values()))) if environment else 1
    return np.broadcast_to(np.asarray(result), (draws,))
