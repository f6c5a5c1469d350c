"""The order of one step, and what courses, ends, sizes and bounds do. Small games solved by hand."""

import datetime as dt

import numpy as np
import pytest
from scipy.stats import kstest, norm

from detente.engine.game import rules
from detente.engine.game.compile import compile_game, season_of
from detente.engine.game.courses import course_arrays
from detente.engine.game.record import record_of
from detente.engine.simulate import Tally, move_index, simulate
from detente.inference.density import model_of
from detente.language.priors import Prior
from detente.language.records import Course, Forced
from tests.engine.games import START, effects, event, expression, measured, move, scenario, stock, track

FALSE_ALARM = 1e-6


def play(built, *, draws=64, futures=64, seed=1, course="free", parameters=None, tally=None, ids=None):
    """Simulate a scenario from its start."""
    game = compile_game(built)
    theta = {k: np.broadcast_to(v, draws).astype(np.float32) for k, v in (parameters or {}).items()}
    state = rules.start(game, theta, np.zeros(draws, np.float32))
    tally = tally or Tally(fan_lanes=futures, dated=True)
    return simulate(
        game,
        tally,
        course_arrays(game, built.courses[course], 0),
        theta,
        state,
        start=0,
        futures=futures,
        seed=seed,
        draw_ids=ids,
    )


def never(*extra, **options):
    """A scenario that branches at once, so that every step is simulated."""
    return scenario(record=0, **options)


def test_order_of_a_step():
    """Effects see the old state, hazards the state after effects, flows the state after events; then the bounds."""
    built = never(
        steps=1,
        stocks=[stock("x", 1, high=100, flow="10 * x"), stock("y", 2)],
        tracks=[track("A.t", move("m", "100", effects=effects(x="y", y="x")))],
        events=[event("e", "where(x == 3, 1, 0)", effects=effects(x="x", y="100"))],
    )
    out = play(built)
    assert set(out.paths[:, :, 1, 0].ravel()) == {66.0}  # 1 + 2, doubled by the event, plus ten times that
    assert set(out.paths[:, :, 1, 1].ravel()) == {103.0}  # 2 + 1 (x before the step) + 100


def test_bounds_hold_after_every_step():
    out = play(never(steps=5, stocks=[stock("x", 0, low=-3, high=2, flow="1.5")]))
    np.testing.assert_array_equal(out.paths[0, 0, :, 0], [0, 1.5, 2, 2, 2, 2])


def test_a_hazard_never_reads_a_stock_outside_its_range():
    built = never(
        steps=1,
        stocks=[stock("x", 0.1, low=0, high=1, flow="x")],
        tracks=[track("A.t", move("m", "100", effects=effects(x="-5")))],
        events=[event("e", "where(x == 0, 1, 0)", effects=effects(x="7"))],
    )
    out = play(built)
    assert out.occurred.sum() == 64 * 64 and out.bad_hazard.sum() == 0
    assert set(out.paths[:, :, 1, 0].ravel()) == {1.0}


def test_the_step_of_an_ending_event_is_completed_and_later_ones_change_nothing():
    built = never(
        steps=4,
        stocks=[stock("x", 0, flow="1")],
        events=[event("end", "where(x >= 1, 1, 0)", ends=True), event("beat", "1")],
    )
    out = play(built)
    np.testing.assert_array_equal(out.paths[0, 0, :, 0], [0, 1, 2, 2, 2])
    np.testing.assert_array_equal(out.occurred[0, :, :, 1].sum(0), [64, 64, 0, 0])
    assert out.live[0].sum() == 2 * 64


def test_once_events_happen_once():
    out = play(never(steps=6, stocks=[stock("x")], events=[event("a", "0.5", once=True), event("b", "0.5")]))
    assert out.occurred[..., 0].sum() == out.first[..., 0].sum() <= 64 * 64
    assert out.occurred[..., 1].sum() > out.first[..., 1].sum()


def test_needs_forbid_and_force():
    day = START + dt.timedelta(days=1)
    built = never(
        steps=3,
        stocks=[stock("gone")],
        tracks=[track("A.t", move("a", "3"), move("b", "3", needs="gone > 0"))],
        courses={
            "free": Course("free", "", {}, {}),
            "forced": Course("forced", "", {"A.t": {day: Forced("b")}}, {"A.t": ("a",)}),
        },
    )
    assert play(built).chosen[..., 1].sum() == 0  # needs fail
    forced = play(built, course="forced")
    assert forced.chosen[..., 0].sum() == 0  # forbidden
    assert forced.chosen[..., 1].sum() == 64 * 64  # a forced move is made even where its needs fail


def test_sizes_are_drawn_forced_and_read_by_effects():
    size = ("lognormal", "mu", "0.5")
    built = never(
        steps=1,
        parameters={"mu": Prior("normal", (0.0, 1.0))},
        stocks=[stock("x")],
        tracks=[track("A.t", move("m", "100", magnitude=size, effects=effects(x="magnitude")))],
        courses={"free": Course("free", "", {}, {}), "big": Course("big", "", {"A.t": {START: Forced("m", 7.0)}}, {})},
    )
    x = play(built, draws=256, parameters={"mu": 2.0}).paths[:, :, 1, 0].ravel()
    assert kstest(np.log(x), norm(2.0, 0.5).cdf).pvalue > FALSE_ALARM
    assert kstest(np.log(x), norm(2.05, 0.5).cdf).pvalue < FALSE_ALARM  # power
    assert set(play(built, course="big", parameters={"mu": 2.0}).paths[:, :, 1, 0].ravel()) == {7.0}


def test_noise_has_the_stated_size():
    x = play(never(steps=1, stocks=[stock("x", 0, noise="2")]), draws=1024).paths[:, :, 1, 0].ravel()
    assert kstest(x, norm(0, 2).cdf).pvalue > FALSE_ALARM
    assert kstest(x, norm(0, 2.2).cdf).pvalue < FALSE_ALARM  # power


def test_luck_is_common_to_courses_batches_and_blocks():
    built = never(
        steps=4,
        stocks=[stock("x", 0, noise="1")],
        tracks=[track("A.t", move("m", "0", effects=effects(x="1"))), track("B.t", move("n", "0"))],
        courses={"free": Course("free", "", {}, {}), "without": Course("without", "", {}, {"B.t": ("n",)})},
    )
    free, without = play(built, draws=300), play(built, draws=300, course="without")
    np.testing.assert_array_equal(free.paths, without.paths)  # B's course does not touch A's random numbers
    few = play(built, draws=2, ids=np.array([3, 299]))
    np.testing.assert_array_equal(few.paths, free.paths[[3, 299]])
    assert not np.array_equal(play(built, draws=300, seed=2).paths, free.paths)


def test_counts_and_values():
    built = never(
        steps=3,
        stocks=[stock("x", 1, flow="1")],
        tracks=[track("A.t", move("m", "100"), move("n", "-100"))],
    )
    value = (lambda env: env["x"] ** 2, 2)
    out = play(built, tally=Tally(moves=((0, 1),), values=(value,), fan_lanes=1, dated=True))
    assert move_index(compile_game(built)) == [("A.t", "m"), ("A.t", "n")]
    assert out.values.sum() == 9 * 64 * 64
    np.testing.assert_array_equal(out.first[0].sum(0)[:, 0], [64, 0, 0])
    np.testing.assert_array_equal(out.occurred[0].sum(0)[:, 0], [64, 64, 64])
    assert out.chosen[..., 0].sum() == 3 * 64 * 64 and out.ever[..., 0].sum() == 64 * 64
    assert out.end.sum() == 4 * 64 * 64 and out.end_squared.sum() == 9 * 64 * 64


def test_bad_hazards_and_stocks_are_counted_not_raised():
    out = play(never(steps=2, stocks=[stock("x", -1), stock("y", 0, flow="log(x)")], events=[event("e", "1.5")]))
    assert out.bad_hazard.sum() == 64 * 64  # each future once, though both steps are bad
    assert out.bad_stock.sum((0, 1)).tolist() == [0, 64 * 64]


def test_odd_futures_are_refused():
    with pytest.raises(ValueError, match="futures must be an even number of at least 2; got 3"):
        play(never(steps=1, stocks=[stock("x")]), futures=3)


def test_season_counts_from_new_year():
    assert season_of(dt.date(2024, 1, 1)) == 0
    assert season_of(dt.date(2023, 7, 2)) == pytest.approx(182 / 365)
    assert season_of(dt.date(2024, 12, 31)) == pytest.approx(365 / 366)


def test_the_higher_rung_of_a_step_counts():
    built = scenario(
        record=2,
        stocks=[stock("x")],
        tracks=[track("A.t", move("low", "0", rung=2), move("high", "0", rung=5))],
        ledger=[(0, "A.t", "low"), (0, "A.t", "high"), (0, "A.t", "low"), (1, "A.t", "low")],
    )
    assert record_of(built, compile_game(built)).choice[:, 0].tolist() == [2, 1]


def log_likelihood(built, *values, noise="kalman"):
    """Log likelihood of one parameter vector."""
    likelihood = model_of(built, noise=noise).likelihood(precise=True)
    return float(likelihood.of(np.array(values, float).reshape(-1, 1))[0])


def test_the_fast_mode_scores_measurements_and_then_believes_them():
    series = [measured("normal", "0.5", (1, 2.0), (3, 2.5))]
    built = scenario(record=3, stocks=[stock("x", 1, flow="0.5 * x", noise="0.3", series=series)])
    expected = norm.logpdf(2.0, 1.5, 0.5) + norm.logpdf(2.5, 4.5, 0.5)
    assert log_likelihood(built, noise="replay") == pytest.approx(expected, rel=1e-12)


def test_two_series_of_one_stock_are_two_measurements():
    series = [measured("normal", "1", (1, 2.0)), measured("normal", "2", (1, 4.0)), measured("normal", "1", (2, 0.0))]
    built = scenario(record=2, stocks=[stock("x", 1, series=series)])
    believed = (2.0 / 1 + 4.0 / 4) / (1 + 1 / 4)
    expected = norm.logpdf(2, 1, 1) + norm.logpdf(4, 1, 2) + norm.logpdf(0, believed, 1)
    assert log_likelihood(built, noise="replay") == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("model", "scale", "density"),
    [
        ("lognormal", "s", lambda s: norm.logpdf(np.log(3.0), np.log(2.0), s) - np.log(3.0)),
        ("poisson", None, lambda s: __import__("scipy.stats").stats.poisson.logpmf(3, 2.0)),
        ("negbinomial", "s", lambda s: __import__("scipy.stats").stats.nbinom.logpmf(3, s, s / (s + 2.0))),
    ],
)
def test_other_error_models(model, scale, density):
    built = scenario(
        record=1,
        parameters={"s": Prior("uniform", (0.0, 2.0))},
        stocks=[stock("x", 2, series=[measured(model, scale, (1, 3))])],
    )
    assert log_likelihood(built, 0.7) == pytest.approx(density(0.7), rel=1e-9)


def test_sizes_add_their_density_and_empty_ones_take_the_median():
    size = ("lognormal", "1", "0.5")
    built = scenario(
        record=2,
        stocks=[stock("x", series=[measured("normal", "1", (2, 4.0))])],
        tracks=[track("A.t", move("m", "0", magnitude=size, effects=effects(x="magnitude")))],
        ledger=[(0, "A.t", "m", 2.0), (1, "A.t", "m")],
    )
    density = norm.logpdf(np.log(2.0), 1, 0.5) - np.log(2.0)
    expected = 2 * np.log(0.5) + density + norm.logpdf(4.0, 2.0 + np.e, 1)
    assert log_likelihood(built) == pytest.approx(expected, rel=1e-9)


def test_expressions_mean_what_they_say():
    """Every operator and function once, against Python's own arithmetic."""
    texts = {
        "-2 ** 2 + 7 / 2": -4 + 3.5,
        "2 ** 3 ** 0.5": 2 ** (3**0.5),
        "(-2) ** 3": -8,
        "abs(-3) - sqrt(4)": 1,
        "min(3, 1, 2) + max(1, 5)": 6,
        "exp(1) * log(2)": np.e * np.log(2),
        "logistic(0)": 0.5,
        "where(1 < 2 and not 3 <= 2, 10, 20)": 10,
        "where(1 > 2 or 2 != 2, 10, 20)": 20,
        "sin(1) + cos(1)": np.sin(1) + np.cos(1),
    }
    from detente.engine.game.compile import function_of

    for text, value in texts.items():
        assert float(function_of(expression(text).tree)({})) == pytest.approx(value), text
