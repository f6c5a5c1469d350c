"""A panel's likelihood is that of its cases one by one, and its gradient the sum of theirs."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from detente.engine.game import panel
from detente.inference.density import Model, model_of
from detente.language.priors import Prior
from detente.language.records import Cases, Observation, Scenario, Series
from tests.engine.games import START, effects, event, expression, move, scenario, stock, track

COVARIATE = (0.0, 0.5, -1.0, 2.0, 0.25)
MOVES = {
    "a": [(0, "A.x", "go")],
    "b": [],
    "c": [(0, "A.x", "go"), (1, "event", "end")],
    "d": [(1, "A.x", "go")],
    "e": [],
}


def made(cases: Cases | None, rows, parameters=None) -> Scenario:
    """Two steps, a move that reads a covariate, an event, a measured stock."""
    series = Series(
        "observed/x.csv",
        "normal",
        expression("0.5"),
        tuple(Observation(START, 1.0 + n, case=case) for n, case in enumerate(MOVES) if case != "b"),
    )
    base = scenario(
        record=2,
        steps=2,
        parameters=parameters or {"base": Prior("normal", (0, 1)), "slope": Prior("normal", (0, 1))},
        stocks=[stock("x", "case.size + base", series=[series])],
        tracks=[track("A.x", move("go", "base + slope * case.size", effects=effects(x=1)))],
        events=[event("end", "0.2 + 0.1 * logistic(x)", ends=True)],
    )
    return dataclasses.replace(base, cases=cases, ledger=rows)


def rows_of(case: str):
    return [dataclasses.replace(r, case=case) for r in scenario(ledger=MOVES[case]).ledger]


@pytest.fixture(scope="module")
def whole() -> Model:
    cases = Cases(tuple(MOVES), {"case.size": COVARIATE})
    return model_of(made(cases, tuple(row for case in MOVES for row in rows_of(case))))


def alone(case: str) -> float:
    """The log likelihood of one case written as a scenario of its own, its covariate a parameter."""
    number = list(MOVES).index(case)
    parameters = {"base": Prior("normal", (0, 1)), "slope": Prior("normal", (0, 1)), "case.size": Prior("fixed", (0,))}
    one = made(None, tuple(rows_of(case)), parameters)
    kept = one.stocks["x"].series[0]
    kept = dataclasses.replace(kept, rows=tuple(r for r in kept.rows if r.case == case))
    one = dataclasses.replace(one, stocks={"x": dataclasses.replace(one.stocks["x"], series=(kept,))})
    model = model_of(one)
    return float(model.likelihood(precise=True).of(np.array([[0.3], [-0.7], [COVARIATE[number]]]))[0])


def test_the_likelihood_of_a_case_is_that_of_a_scenario_of_its_own(whole: Model):
    found = whole.likelihood(precise=True).by_case(np.array([[0.3], [-0.7]]))
    assert found[:, 0] == pytest.approx([alone(case) for case in MOVES], rel=1e-12)


def test_batches_change_nothing_and_the_gradient_is_the_slope(whole: Model):
    values, likelihood = np.array([[0.3, -1.2], [-0.7, 0.4]]), whole.likelihood(precise=True)  # (parameter, draw)
    one = [float(likelihood.of(values[:, n : n + 1])[0]) for n in range(2)]
    total, gradient = likelihood(values.T)
    assert total == pytest.approx(one, rel=1e-12)
    for i in range(2):
        step = np.zeros((2, 1))
        step[i] = 1e-6
        slope = (likelihood.of(values + step) - likelihood.of(values - step)) / 2e-6
        assert gradient[:, i] == pytest.approx(slope, rel=1e-6)


def test_cases_are_not_exchangeable(whole: Model):
    """The check above could fail: a covariate of another case gives another likelihood."""
    record = whole.record._replace(covariates=np.roll(whole.record.covariates, 1, axis=-1))
    values = np.array([[0.3], [-0.7]])
    assert abs(whole.likelihood(record).of(values)[0] - whole.likelihood().of(values)[0]) > 0.01


def test_synthetic_panels_follow_their_parameters(whole: Model):
    """Where the move is all but certain in one case and all but ruled out in another, records say so."""
    quiet = whole.record._replace(measured=())
    assert panel.same_days(quiet)
    assert not panel.same_days(whole.record)
    parameters = {"base": np.zeros(50), "slope": np.full(50, 20.0)}
    drawn = panel.synthetic_panels(whole.game, quiet, (), parameters, seed=1)
    first = np.array([record.choice[0, 0] for record in drawn])  # (draw, case)
    assert (first[:, 3] == 1).all()  # size 2: logit 40
    assert (first[:, 2] == 0).all()  # size -1: logit -20
    assert 10 < first[:, 0].sum() < 40  # size 0: even odds, 50 draws; false alarm 1e-5
    assert drawn[0].covariates is whole.record.covariates
