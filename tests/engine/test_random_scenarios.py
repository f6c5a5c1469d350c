"""The generator covers the language, and the same seed gives the same texts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from detente.engine.noise.latent import GAUSSIAN, latent_of
from detente.language.expressions import FUNCTIONS
from detente.language.lint import expressions
from detente.language.priors import FAMILIES
from detente.language.read_values import MODELS
from detente.language.records import HOLD, Scenario
from detente.language.syntax import Binary, Call, Name, Unary, walk
from tests.engine.random_scenarios import random_scenario, texts

OPERATORS = {"+", "-", "*", "/", "**", "<", "<=", ">", ">=", "==", "!=", "and", "or"}


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    """Those that the tests of the engines play."""
    return [random_scenario(seed) for seed in range(8)]


def said(scenario: Scenario) -> Iterator[str]:
    """What a scenario's expressions say: functions, operators, and names with a dot."""
    for _, expression in expressions(scenario):
        for node in walk(expression.tree):
            match node:
                case Call(function, _):
                    yield function
                case Binary(op, _, _):
                    yield op
                case Unary(op, _):
                    yield f"unary {op}"
                case Name(id):
                    yield id


def test_the_same_seed_gives_the_same_texts():
    assert texts(3) == texts(3) != texts(4)
    assert texts(3, cases=2) == texts(3, cases=2)


def test_every_word_of_expressions(scenarios: list[Scenario]):
    words = {word for scenario in scenarios for word in said(scenario)}
    assert words >= set(FUNCTIONS) | OPERATORS | {"unary -", "unary not", "clock.step", "clock.season", "magnitude"}


def test_every_family_and_model(scenarios: list[Scenario]):
    priors = {p.prior.family for s in scenarios for p in s.parameters.values()}
    moves = [m for s in scenarios for t in s.tracks.values() for m in t.moves.values()]
    sizes = {m.magnitude.family for m in moves if m.magnitude}
    assert priors == set(FAMILIES)
    assert sizes == {name for name, family in FAMILIES.items() if family.sizes}
    series = [one for s in scenarios for stock in s.stocks.values() for one in stock.series]
    assert {one.model for one in series} == set(MODELS)
    own = {(one.model, one.scale is not None) for one in series for row in one.rows if row.sd is not None}
    assert own == {("normal", True), ("normal", False), ("lognormal", True)}
    assert all(one.model in GAUSSIAN for one in series for row in one.rows if row.sd is not None)
    assert any(len(stock.series) > 1 for s in scenarios for stock in s.stocks.values())
    assert any(m.needs for m in moves) and any(not m.needs for m in moves)


def test_every_kind_of_event_noise_and_course(scenarios: list[Scenario]):
    events = [e for s in scenarios for e in s.events.values()]
    assert {(e.once, e.ends) for e in events} == {(False, False), (True, False), (False, True)}
    assert {len(s.hypotheses) for s in scenarios} == {1, 2}
    assert {len(s.tracks) for s in scenarios} == {2, 3}
    latent = [latent_of(s) for s in scenarios]
    noisy = [sum(n in ("drift", "tide", "swell") for n in s.stocks) for s in scenarios]
    assert set(noisy) == {1, 2, 3}
    assert any(len(found.latent_states) > 2 for found in latent) and any(found.unspread for found in latent)
    assert any("drift" in found.links["tide"] for found in latent if "tide" in found.links)
    courses = [c for s in scenarios for c in s.courses.values()]
    forced = [f for c in courses for dates in c.force.values() for f in dates.values()]
    assert any(f.move == HOLD for f in forced) and any(f.magnitude is not None for f in forced)
    assert any(c.forbid for c in courses) and any(c.branch for c in courses)


def test_what_the_record_says(scenarios: list[Scenario]):
    rows = [row for s in scenarios for row in s.ledger]
    sized = {row.magnitude is not None for row in rows if row.track != "event"}
    assert sized == {True, False}
    assert {row.move for row in rows if row.track == "event"} == {"talks", "clash", "war"}
    ended = [s for s in scenarios if any(row.move == "war" for row in s.ledger)]
    assert len(ended) == 1 and ended[0].ledger[-1].move == "war"


def test_panels():
    scenario = random_scenario(100, cases=5)
    assert scenario.cases is not None and len(scenario.cases) == 5
    assert {"case.power", "case.regime.old"} <= set(said(scenario))
    assert {row.case for row in scenario.ledger} <= set(scenario.cases.ids)
    assert any(one.rows for stock in scenario.stocks.values() for one in stock.series)
