"""What broke once, or could: empty games, bounds of sizes, literal arithmetic, impossible hazards, late facts."""

import dataclasses
import datetime as dt

import numpy as np
import pytest
from scipy.stats import halfnorm, kstest, truncnorm

from detente.engine.game.compile import function_of
from detente.engine.game.magnitudes import LOG_DENSITY, QUANTILE
from detente.engine.likelihood import IMPOSSIBLE
from detente.engine.simulate import Tally
from detente.inference.density import model_of
from detente.language.priors import FAMILIES, Prior
from tests.engine.game.test_rules import log_likelihood, never, play
from tests.engine.games import START, event, expression, measured, move, scenario, stock, track

FALSE_ALARM = 1e-6


def test_a_game_without_stocks_and_parameters():
    out = play(never(steps=3, tracks=[track("A.t", move("m", "0"))], events=[event("e", "0.5")]))
    assert out.end.shape[-1] == 0 and out.paths.shape[-1] == 0
    assert out.chosen.sum() == pytest.approx(0.5 * 3 * 64 * 64, rel=0.1)


@pytest.mark.parametrize(
    ("family", "arguments", "exact"),
    [
        ("truncnormal", (0.0, 1.0, 0.0, 3.0), truncnorm(0, 3)),
        ("truncnormal", (1.0, 2.0, 9.0, 20.0), truncnorm(4, 9.5, 1, 2)),
        ("truncnormal", (0.0, 1.0, -3.0, -1.0), truncnorm(-3, -1)),
        ("halfnormal", (2.0,), halfnorm(scale=2.0)),
    ],
)
def test_sizes_in_the_tail(family, arguments, exact):
    u = ((np.arange(4096) + 0.5) / 4096).astype(np.float32)
    x = np.asarray(QUANTILE[family](u, arguments), float)
    assert kstest(x, exact.cdf).pvalue > FALSE_ALARM
    extreme = QUANTILE[family](np.array([2.0**-24, 1 - 2.0**-24], np.float32), arguments)
    assert np.isfinite(extreme).all()
    assert ((extreme >= exact.support()[0]) & (extreme <= exact.support()[1])).all()


def test_every_family_of_sizes_has_quantile_and_density_that_agree():
    examples = {
        "normal": (1.0, 2.0),
        "lognormal": (0.0, 0.5),
        "halfnormal": (2.0,),
        "truncnormal": (0.0, 1.0, -1.0, 2.0),
        "uniform": (1.0, 3.0),
        "loguniform": (1.0, 10.0),
        "exponential": (0.5,),
    }
    usable = {name for name, family in FAMILIES.items() if family.sizes} - {"fixed"}
    assert usable == set(examples)
    u = np.linspace(0.01, 0.99, 21)
    for name, arguments in examples.items():
        exact = Prior(name, arguments).frozen()
        x = QUANTILE[name](u, arguments)
        np.testing.assert_allclose(x, exact.ppf(u), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(LOG_DENSITY[name](x, arguments), exact.logpdf(x), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 / 0", np.inf), ("10 ** 400", np.inf), ("(-8) ** 0.5", np.nan), ("exp(1000)", np.inf), ("log(-1)", np.nan)],
)
def test_literal_arithmetic_gives_what_arrays_give(text, value):
    np.testing.assert_equal(float(function_of(expression(text).tree)({})), value)


def test_a_hazard_above_one_explains_nothing():
    built = scenario(
        record=1, parameters={"h": Prior("uniform", (0.0, 3.0))}, events=[event("e", "h")], ledger=[(0, "event", "e")]
    )
    assert log_likelihood(built, 0.5) == pytest.approx(np.log(0.5))
    assert log_likelihood(built, 1.5) == IMPOSSIBLE


def test_a_count_is_not_explained_by_a_negative_level():
    built = scenario(record=1, stocks=[stock("x", -40, series=[measured("poisson", None, (1, 0))])])
    assert log_likelihood(built) == IMPOSSIBLE


def test_a_measured_value_outside_the_range_is_believed_at_its_edge():
    built = scenario(record=2, stocks=[stock("x", 1, low=0, high=2, series=[measured("normal", "5", (1, 9))])])
    model = model_of(built, noise="replay")
    assert model.replay(np.zeros((0, 1))).path["x"][:, 0].tolist() == [1, 2, 2]


def test_what_was_measured_after_the_branch_does_not_set_the_state_there():
    week = scenario(record=2, stocks=[stock("x", 0)]).clock
    clock = dataclasses.replace(
        week,
        branch=START + dt.timedelta(days=14),
        now=START + dt.timedelta(days=28),
        end=START + dt.timedelta(days=42),
        step_days=7,
    )
    assert clock.boundary_of(START + dt.timedelta(days=13)) == 2
    assert clock.boundary_of(START + dt.timedelta(days=14)) == 2
    assert clock.boundary_of(START + dt.timedelta(days=15)) == 3


def test_an_appeal_that_is_not_a_number_is_counted():
    built = never(steps=2, stocks=[stock("x", -1)], tracks=[track("A.t", move("m", "log(x)"))])
    assert play(built).bad_appeal.sum() == 64 * 64  # each future once, though both choices are bad


@pytest.mark.parametrize("engine", ["", "numpy"])
def test_an_appeal_that_overflows_makes_its_move_certain(engine: str, monkeypatch: pytest.MonkeyPatch):
    """Infinity less itself is no number, and was read as: the move is impossible."""
    monkeypatch.setenv("DETENTE_ENGINE", engine)
    built = never(steps=2, tracks=[track("A.t", move("m", "exp(1000 + clock.step)"), move("n", "3"))])
    out = play(built, tally=Tally(((0, 1), (0, 2)), fan_lanes=0, dated=True))
    assert out.chosen.sum((0, 1)).tolist() == [2 * 64 * 64, 0]
    np.testing.assert_allclose(out.occurred_chance.sum((0, 1)), [[64 * 64, 0], [64 * 64, 0]], atol=1e-20)
    assert out.bad_appeal.sum() == 0
    moves = [move("m", "exp(1000)"), move("n", "3")]
    for name, wanted in (("m", 0.0), ("n", IMPOSSIBLE)):
        assert log_likelihood(scenario(record=1, tracks=[track("A.t", *moves)], ledger=[(0, "A.t", name)])) == wanted
