"""Noise between measurements: the filter against the exact joint density, and what it says of its own exactness."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from detente.engine.noise.latent import latent_of
from detente.inference.density import model_of
from detente.language.priors import Prior
from tests.engine.games import effects, event, measured, move, scenario, stock, track

STEPS = 6


def likelihood(built, *values, noise="kalman"):
    """Log likelihood of one parameter vector, in double precision: the one that is fitted, equal to the sum of all
    terms on the way."""
    model, column = model_of(built, noise=noise), np.array(values, float).reshape(-1, 1)
    total = model.likelihood(precise=True).of(column)[0]
    assert model.replay(column).log_likelihood[0] == pytest.approx(total, rel=1e-12)
    return total


def joint(transition, constant, noise, start, seen):
    """Exact log density of (step, stock, value, sd) measurements of a linear Gaussian chain."""
    size = len(start)
    means, blocks = [np.array(start, float)], [[np.zeros((size, size))]]
    for k in range(STEPS):
        means.append(transition @ means[-1] + constant)
        row = [transition @ blocks[k][j] for j in range(k + 1)]
        blocks.append([*row, transition @ blocks[k][k] @ transition.T + noise])
    cov = np.zeros((len(seen), len(seen)))
    for i, (k, a, _, sd) in enumerate(seen):
        for j, (m, b, _, _) in enumerate(seen):
            block = blocks[k][m] if m <= k else blocks[m][k].T
            cov[i, j] = block[a, b] + (sd**2 if i == j else 0)
    mean = [means[k][a] for k, a, _, _ in seen]
    return multivariate_normal(mean, cov).logpdf([v for _, _, v, _ in seen])


def test_one_noisy_stock_against_the_joint_density():
    seen = [(1, 0, 2.0, 0.5), (3, 0, 2.5, 0.5), (6, 0, 9.0, 0.5)]
    series = [measured("normal", "0.5", *((k, v) for k, _, v, _ in seen))]
    built = scenario(record=STEPS, stocks=[stock("x", 1, flow="0.2 * x + 0.1", noise="0.3", series=series)])
    expected = joint(np.array([[1.2]]), np.array([0.1]), np.array([[0.09]]), [1], seen)
    assert likelihood(built) == pytest.approx(expected, rel=1e-12)
    assert latent_of(built).latent_states == ("x",)


def coupled(**change):
    """Noise in `pace` reaches the measured `land` and an unmeasured go-between; two series of one stock."""
    seen = [(1, 2, 1.4, 0.5), (2, 2, 3.0, 0.5), (2, 2, 2.0, 1.0), (4, 0, 0.5, 0.2), (6, 2, 5.0, 0.5)]
    stocks = [
        stock("pace", 1, flow="-0.3 * pace", noise="0.4", series=[measured("normal", "0.2", (4, 0.5))]),
        stock("carried", 0, flow="0.5 * pace - carried"),
        stock(
            "land",
            1,
            flow="carried + 0.1 * land",
            noise="0.2",
            series=[
                measured("normal", "0.5", (1, 1.4), (2, 3.0), (6, 5.0)),
                measured("normal", "1", (2, 2.0)),
            ],
        ),
        stock("aside", 0, flow="pace", noise="1"),
    ]
    return scenario(record=STEPS, stocks=stocks, **change), seen


def test_coupled_stocks_against_the_joint_density():
    built, seen = coupled()
    transition = np.array([[0.7, 0, 0], [0.5, 0, 0], [0, 1, 1.1]])
    # flows read the stocks as they stand after effects, all at once
    expected = joint(transition, np.zeros(3), np.diag([0.16, 0, 0.04]), [1, 0, 1], seen)
    assert likelihood(built) == pytest.approx(expected, rel=1e-10)
    latent = latent_of(built)
    assert latent.latent_states == ("pace", "carried", "land")
    assert latent.approximate == ()
    assert latent.unspread == ("aside",)


def test_recorded_moves_and_events_change_the_chain():
    seen = [(6, 0, 4.0, 0.5)]
    built = scenario(
        record=STEPS,
        stocks=[stock("x", 1, flow="0", noise="0.3", series=[measured("normal", "0.5", (6, 4.0))])],
        tracks=[track("A.t", move("halve", "0", effects=effects(x="-0.5 * x")))],
        events=[event("doubles", "0.5", effects=effects(x="+x"))],
        ledger=[(2, "A.t", "halve"), (4, "event", "doubles")],
    )
    mean, variance = 1.0, 0.0
    for k in range(STEPS):
        factor = {2: 0.5, 4: 2.0}.get(k, 1.0)
        mean, variance = mean * factor, variance * factor**2 + 0.09
    expected = multivariate_normal(mean, variance + 0.25).logpdf(4.0) + 12 * np.log(0.5)
    assert likelihood(built) == pytest.approx(expected, rel=1e-12)
    assert seen


def test_an_event_scales_a_noisy_stock_by_what_a_move_of_its_step_made():
    built = scenario(
        record=2,
        stocks=[
            stock("x", 1, noise="0.3", series=[measured("normal", "0.5", (2, 4.0))]),
            stock("factor", 0),
        ],
        tracks=[track("A.t", move("set", "0", effects=effects(factor="2")))],
        events=[event("grows", "0.5", effects=effects(x="factor * x"))],
        ledger=[(1, "A.t", "set"), (1, "event", "grows")],
    )
    expected = multivariate_normal(3.0, 9 * 0.09 + 0.09 + 0.25).logpdf(4.0) + 4 * np.log(0.5)
    assert latent_of(built).approximate == ()
    assert likelihood(built) == pytest.approx(expected, rel=1e-12)


def test_a_stock_without_noise_is_what_the_model_says():
    """Its measurements teach the parameters and leave its path alone (ADR 0008)."""
    built = scenario(
        record=2,
        parameters={"a": Prior("normal", (0.0, 1.0))},
        stocks=[stock("x", "a", series=[measured("normal", "1", (1, 2.0), (2, 3.0))])],
    )
    expected = multivariate_normal([0.5, 0.5], np.eye(2)).logpdf([2.0, 3.0])
    assert likelihood(built, 0.5) == pytest.approx(expected, rel=1e-12)
    assert latent_of(built).latent_states == () and latent_of(built).approximate == ()


def test_a_lognormal_measurement_is_linearised():
    built = scenario(record=1, stocks=[stock("x", 100, noise="0.5", series=[measured("lognormal", "0.1", (1, 103.0))])])
    sd = np.hypot(0.1, 0.5 / 100)
    expected = multivariate_normal(np.log(100), sd**2).logpdf(np.log(103)) - np.log(103)
    assert likelihood(built) == pytest.approx(expected, rel=1e-12)
    assert "x: measured on another scale than its own, linearised" in latent_of(built).approximate


@pytest.mark.parametrize(
    ("stocks", "reason"),
    [
        (
            [
                stock(
                    "x", 1, low=0, high=1e6, flow="-0.1 * x ** 2", noise="1", series=[measured("normal", "1", (1, 1.0))]
                )
            ],
            "x: not linear in the noisy stocks, linearised at the expected path",
        ),
        (
            [stock("x", 1, noise="0.1 * x", series=[measured("normal", "1", (1, 1.0))])],
            "x: the size of the noise depends on noisy stocks, taken at the expected path",
        ),
        (
            [stock("x", 9, noise="1", series=[measured("normal", "1", (1, 9.0)), measured("poisson", None, (1, 8))])],
            "x: counts see the expected path, not the noise",
        ),
    ],
)
def test_what_is_not_exact_is_said(stocks, reason):
    assert reason in latent_of(scenario(record=2, stocks=stocks)).approximate


def test_choices_that_read_noise_are_named():
    built = scenario(
        record=2,
        stocks=[stock("x", 1, noise="1")],
        tracks=[track("A.t", move("m", "x"))],
        events=[event("e", "0.1")],
    )
    assert latent_of(built).approximate == ("x: read by A.t, which see the expected path, not the noise",)
    assert latent_of(built, "replay").approximate == ("the noise of x is left out",)


def test_a_cell_that_is_not_heard_adds_nothing_but_acts():
    built = scenario(
        record=2,
        stocks=[stock("x", 1, series=[measured("normal", "1", (2, 3.0))])],
        tracks=[track("A.t", move("m", "0.7", effects=effects(x="1")))],
        events=[event("e", "0.2", effects=effects(x="1"))],
        ledger=[(0, "A.t", "m"), (1, "event", "e")],
    )
    model = model_of(built)
    nothing = np.zeros((0, 1))
    whole = model.likelihood(precise=True).of(nothing)[0]
    observed_choice, observed_event = model.record.observed_choice.copy(), model.record.observed_event.copy()
    observed_choice[0], observed_event[1] = False, False
    part = model.record._replace(observed_choice=observed_choice, observed_event=observed_event)
    lost = np.log(1 / (1 + np.exp(-0.7))) + np.log(0.2)
    assert model.likelihood(part, precise=True).of(nothing)[0] == pytest.approx(whole - lost, rel=1e-12)


def test_terms_add_up_to_the_likelihood():
    built, _ = coupled(tracks=[track("A.t", move("m", "pace"))], events=[event("e", "0.2 * logistic(land)")])
    model = model_of(built)
    found, total = model.replay(np.zeros((0, 1))), model.likelihood(precise=True).of(np.zeros((0, 1)))
    assert found.terms.by_step().sum(0) == pytest.approx(total, rel=1e-12)


def test_a_record_cut_short_equals_the_record_of_a_shorter_clock():
    from detente.engine.game.record import record_of, up_to

    built, _ = coupled(tracks=[track("A.t", move("m", "pace"))], ledger=[(1, "A.t", "m"), (4, "A.t", "m")])
    model = model_of(built)
    day = built.clock.date_of(3)
    cut = record_of(up_to(built, day), model.game, until=3)
    shorter = dataclasses.replace(built.clock, branch=day, now=day)
    short = model_of(dataclasses.replace(up_to(built, day), clock=shorter))
    nothing = np.zeros((0, 1))
    got = model.likelihood(cut, precise=True).of(nothing)
    assert got == pytest.approx(short.likelihood(precise=True).of(nothing), rel=1e-12)
    assert got != pytest.approx(model.likelihood(precise=True).of(nothing))
