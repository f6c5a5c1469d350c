"""Futures of small games without a fit, and claims about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np

from detente.analysis.claims.crux import cruxes
from detente.futures.play import Futures, play_out
from detente.futures.questions import questions_of
from detente.inference.density import model_of
from detente.inference.draws import Draws, Evidence
from detente.inference.fit import normalised_weights, prior_draws
from detente.language.argument import Argument, Claim
from detente.language.expressions import parse
from detente.language.records import Scenario
from detente.language.syntax import Expression


def test_of(text: str) -> Expression:
    """Parse a claim's test."""
    return Expression(text, parse(text, tests=True))


test_of.__test__ = False  # type: ignore[attr-defined]  # a name pytest would collect


def argument(**tests: str) -> tuple[Argument, ...]:
    """One argument with a claim per test: `essay/name`."""
    claims = tuple(Claim(f"essay/{name}", name, test_of(text)) for name, text in tests.items())
    return (Argument("essay", "Essay", "nobody", dt.date(2024, 1, 1), claims),)


def claiming(scenario: Scenario, **tests: str) -> Scenario:
    """The scenario with these claims."""
    return replace(scenario, arguments=argument(**tests))


def independent(parameters: tuple[str, ...], values, hypothesis=None, hypotheses=("model",), islands=8) -> Draws:
    """Equally weighted draws dealt out to islands in turn."""
    values = np.atleast_2d(np.asarray(values, float))
    count = values.shape[1]
    return Draws(
        parameters,
        hypotheses,
        values,
        np.zeros(count, int) if hypothesis is None else np.asarray(hypothesis),
        np.arange(count) % islands,
        np.log(np.full(len(hypotheses), 1 / len(hypotheses))),
        tuple(Evidence(np.zeros((0, islands)), np.zeros(0, bool)) for _ in hypotheses),
        islands,
    )


def played(scenario: Scenario, *, draws: int | Draws = 256, futures: int = 64, seed: int = 1) -> Futures:
    """Play all courses from prior draws (or from given ones)."""
    model = model_of(scenario)
    chosen = draws if isinstance(draws, Draws) else prior_draws(model, normalised_weights(scenario), draws, seed, 8)
    return play_out(scenario, model, questions_of(scenario, model.game), chosen, futures=futures, seed=seed)


def turning(scenario: Scenario, futures: Futures, after, *, per_island: int = 32, seed: int = 1):
    """Cruxes of all claims, with nothing learned between prior and posterior."""
    model = model_of(scenario)
    questions = questions_of(scenario, model.game)
    tested = [c for c in scenario.claims if c.test is not None]
    return cruxes(scenario, tested, model, questions, futures, futures, after, after, seed=seed, per_island=per_island)
