"""Forecasts of small games whose answers are known."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from detente.analysis.forecasting import observed
from detente.analysis.forecasting.forecast import answers, asked, leans_on, left_out, longest, play
from detente.engine.game.record import record_of
from detente.inference.density import model_of
from detente.inference.draws import Draws, Evidence
from detente.inference.fit import normalised_weights, prior_draws
from detente.language.priors import Prior
from detente.language.records import EventQuestion, Forecasts, SeriesQuestion
from tests.engine import games

CHANCE, OTHER = 0.1, 0.05


def built(*, events=(), series=(), **more):
    """A game with one event, one move of even odds, a clock of a stock, and a noisy one."""
    game = games.scenario(
        record=6,
        steps=16,
        parameters={"x": Prior("normal", (0, 1))},
        stocks=[games.stock("ticks", 0, flow=1), games.stock("drift", 2, noise=1)],
        tracks=[games.track("A.t", games.move("go", 0))],
        events=[
            games.event("bang", CHANCE),
            games.event("pop", OTHER),
            games.event("gone", 0.5, once=True),
        ],
        ledger=[(1, "event", "gone"), (2, "event", "bang"), (4, "A.t", "go"), (5, "event", "bang")],
        **more,
    )
    return replace(game, forecasts=Forecasts(tuple(events), tuple(series)))


def played(scenario, step: int = 4, *, draws: int = 256, futures: int = 64, seed: int = 1):
    model = model_of(scenario)
    chosen = prior_draws(model, normalised_weights(scenario), draws, seed, 8)
    record = record_of(scenario, model.game, until=step)
    questions = asked(scenario.forecasts, model.game, futures)
    return play(scenario, model, chosen, record, questions, step=step, futures=futures, seed=seed)


def forecast(scenario, **more):
    return answers(played(scenario, **more))


def happens(id: str, *what: str, steps=(1, 5)) -> EventQuestion:
    return EventQuestion(id, "", tuple(steps), what)


def when(id: str, text: str, steps=(1, 5)) -> EventQuestion:
    return EventQuestion(id, "", tuple(steps), when=games.expression(text))


def test_chances_of_what_happens():
    asks = [
        happens("one", "bang"),
        happens("any", "pop", "bang"),
        happens("move", "A.t:go"),
        happens("mixed", "A.t:go", "bang"),
        happens("over", "gone"),
    ]
    rows = forecast(built(events=asks))["events"]
    stays = {"one": 1 - CHANCE, "any": (1 - CHANCE) * (1 - OTHER), "move": 0.5, "mixed": 0.5 * (1 - CHANCE), "over": 1}
    assert [(row.id, (row.by - games.START).days) for row in rows] == [
        (name, 4 + steps) for name in stays for steps in (1, 5)
    ]
    for row in rows:
        steps = (row.by - games.START).days - 4
        assert abs(row.p - (1 - stays[row.id] ** steps)) <= 4 * max(row.mc_error, 0.004), row
    assert rows[-1].p == 0 and rows[-1].mc_error > 0


def test_rivals_of_what_happens():
    """At step 4 `bang` has happened in 1 of 4 steps (step 2) and not in the last one; `go` in none."""
    asks = [happens("one", "bang", steps=(1, 3)), happens("move", "A.t:go", steps=(2,)), happens("over", "gone")]
    rows = forecast(built(events=asks), draws=16, futures=2)["events"]
    rivals = [(row.baseline, row.last) for row in rows]
    expected = [(1.5 / 5, 0.25), (1 - 0.7**3, 0.75), (1 - 0.9**2, 0.25), (0, 0), (0, 0)]  # the last: over for good
    assert rivals == [pytest.approx(pair) for pair in expected]


def test_conditions_are_judged_on_the_day():
    asks = [when("later", "ticks > 6.5", steps=(2, 3)), when("noisy", "drift > 2", steps=(4,)), when("own", "x > 1")]
    rows = forecast(built(events=asks), draws=2048, futures=8)["events"]
    assert [row.p for row in rows[:2]] == [0, 1]
    assert abs(rows[2].p - 0.5) <= 4 * rows[2].mc_error < 0.1
    assert abs(rows[3].p - 0.158655) <= 4 * rows[3].mc_error < 0.1
    # ticks were 0 1 2 3 4 on the five boundaries so far: never above 6.5
    assert (rows[0].baseline, rows[0].last) == (0.5 / 6, 0.25)
    assert rows[3].by_parameter[0].parameter == "x"
    assert rows[3].by_parameter[0].p_low == 0


def series(id: str, text: str, steps: int = 3, **more) -> SeriesQuestion:
    return SeriesQuestion(id, "", "unit", games.expression(text), steps=steps, **more)


def test_series():
    asks = [
        series("plain", "ticks"),
        series("gain", "ticks", since_start=True),
        series("per", "ticks", per_step=True),
        series("noise", "drift - 2", steps=9),
    ]
    found = forecast(built(series=asks), draws=2048, futures=8)["series"]
    rows = {id: [row for row in found if row.id == id] for id in ("plain", "gain", "per", "noise")}
    assert [(row.week - games.START).days for row in rows["plain"]] == [5, 6, 7]
    assert [row.q50 for row in rows["plain"]] == [5, 6, 7]
    assert [row.q05 for row in rows["gain"]] == [1, 2, 3]
    assert [row.q95 for row in rows["per"]] == [6, 7, 8]
    assert [rows[id][0].last for id in rows] == pytest.approx([4, 0, 4, 0])
    last = rows["noise"][8]  # noise of nine steps: sd 3; of a sample of 16,384 the quantiles err by about 0.05
    expected = 3 * np.array([-1.644854, -0.67449, 0, 0.67449, 1.644854])
    assert last.quantiles() == pytest.approx(expected, abs=0.25)


def test_windows_beyond_the_clock_are_left_out_and_said_to_be():
    asks = built(events=[happens("one", "bang", steps=(12, 13))], series=[series("per", "ticks", 52, per_step=True)])
    assert longest(asks.forecasts) == 53
    futures = played(asks, draws=16, futures=2)
    found = answers(futures)
    assert left_out(futures) == [
        f"left out, because they end after the clock does ({games.START + dt.timedelta(16)}): one (13 steps), "
        "per (the last 41 of 52 steps)"
    ]
    assert [(row.by - games.START).days for row in found["events"]] == [16]
    assert [(row.week - games.START).days for row in found["series"]] == list(range(5, 16))


def test_each_hypothesis_speaks_for_itself():
    asks = built(
        events=[when("own", "x > 0", steps=(1,))],
        hypotheses={"up": {"x": Prior("fixed", (1.0,))}, "down": {"x": Prior("fixed", (-1.0,))}},
    )
    found = forecast(asks, draws=64, futures=2)
    assert found["hypotheses"] == pytest.approx({"up": 0.5, "down": 0.5})
    assert found["events"][0].by_hypothesis == pytest.approx({"up": 1, "down": 0})
    assert found["events"][0].p == pytest.approx(0.5)


def drawn(values: np.ndarray) -> Draws:
    """Independent draws of many parameters in one hypothesis and eight islands."""
    count, draws = values.shape
    return Draws(
        tuple(f"p{i}" for i in range(count)),
        ("model",),
        values,
        np.zeros(draws, int),
        np.arange(draws) % 8,
        np.zeros(1),
        (Evidence(np.zeros((0, 8)), np.zeros(0, bool)),),
        8,
    )


def test_what_a_forecast_leans_on():
    rng = np.random.default_rng(1)
    draws = drawn(rng.standard_normal((20, 512)))
    chance = np.clip(0.5 + 0.2 * draws.values[3] - 0.1 * draws.values[7] + 0.05 * rng.standard_normal(512), 0, 1)
    found = leans_on(draws, chance)
    assert [one.parameter for one in found] == ["p3", "p7"]
    assert found[0].p_low < 0.4 < 0.6 < found[0].p_high
    assert found[0].low == pytest.approx(-0.43, abs=0.1)


def test_it_names_a_parameter_by_chance_as_often_as_it_says():
    """5 %: of 200 forecasts about nothing, more than 22 would be four standard errors off."""
    rng = np.random.default_rng(2)
    named = sum(bool(leans_on(drawn(rng.standard_normal((20, 256))), rng.random(256))) for _ in range(200))
    assert named <= 22


def test_a_parameter_that_is_held_is_not_named():
    assert leans_on(drawn(np.ones((2, 64))), np.linspace(0, 1, 64)) == []


def test_measured_values_come_from_the_series():
    game = games.scenario(
        record=4,
        steps=8,
        parameters={"x": Prior("fixed", (3.0,))},
        stocks=[
            games.stock("a", 1, series=[games.measured("normal", "1", (2, 5.0))]),
            games.stock("b", 2, series=[games.measured("normal", "1", (2, 7.0), (3, 9.0))]),
        ],
    )
    model = model_of(game)
    draws = prior_draws(model, normalised_weights(game), 16, 1, 8)
    means = observed.replayed(model, draws, model.record, 4).means
    tree = games.expression("x * (a + b)").tree
    assert observed.measured(game, model.record, tree, 2, means) == pytest.approx(3 * 12)
    assert observed.measured(game, model.record, tree, 3, means) is None
    assert observed.measured(game, model.record, games.expression("b > 8").tree, 3, means)


def test_what_happened_by_step():
    game = built()
    model = model_of(game)
    assert observed.happened(happens("q", "bang", "A.t:go"), model.record, model.game).tolist() == [
        False,
        False,
        True,
        False,
        True,
        True,
    ]
