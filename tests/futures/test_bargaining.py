"""Bargaining in small games with known answers: first strikes, shifting power, indivisible prizes, prestige."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detente.analysis.bargaining.zones import bargaining_results, empty, point_result
from detente.analysis.claims.credence import credence
from detente.engine.game.compile import compile_game
from detente.futures.bargaining import Bargain, Point, bargain, table_of
from detente.futures.play import bargains_at, play_out, starts
from detente.futures.questions import expand_utilities, questions_of
from detente.inference.density import model_of
from detente.inference.fit import normalised_weights, prior_draws
from detente.language.expressions import parse
from detente.language.load import load
from detente.language.syntax import Expression
from tests.analysis.made import claiming
from tests.engine.games import looks

FOLDER = Path(__file__).parent.parent / "scenarios" / "bargains"
DRAWS, FUTURES = 256, 8
CLAIMS = {
    "settled-with": "S(A.settled - 0.2*held at 2024-01-15 | raid) > 0.5",
    "chip-is-worth-itself": "abs(S(A.settled at 2024-01-15 | raid) "
    "- S(A.settled at 2024-01-15 | raid without chip) - 0.2) < 0.00001",
    "offer-is-worse": "S(A.gain of all-to-brava at 2024-01-08 | raid) < 0",
    "zone": "S(zone at 2024-01-08 | quiet) > 0.5",
    "before-the-branch": "S(held at 2024-01-08 | early) > 0.9",
    "expected-before": "E(held at 2024-01-08 | early) > 0.9 and E(held at 2024-01-08 | quiet) < 0.1",
}


class Stage:
    """A scenario compiled once, with prior draws."""

    def __init__(self, name: str, **tests: str) -> None:
        self.scenario = claiming(load(FOLDER / f"{name}.yaml"), **tests)
        self.model = model_of(self.scenario)
        self.questions = questions_of(self.scenario, self.model.game)
        self.draws = prior_draws(self.model, normalised_weights(self.scenario), DRAWS, 1, 8)
        self.ids = np.arange(len(self.draws))
        self.parameters = {name: self.draws.values[i] for i, name in enumerate(self.draws.parameters)}

    def at(self, *points: Point, questions=None, rollouts: int = 2) -> list[Bargain]:
        begin = starts(self.model, self.model.replay(self.draws.values), seed=1, draw_ids=self.ids)
        found = bargains_at(
            self.scenario,
            questions or self.questions,
            begin,
            self.parameters,
            points,
            futures=FUTURES,
            seed=1,
            draw_ids=self.ids,
            rollouts=rollouts,
        )
        return [found[point] for point in points]


@pytest.fixture(scope="module")
def duel() -> Stage:
    return Stage("duel", **CLAIMS)


def surplus(stage: Stage) -> np.ndarray:
    """What both can gain by not fighting: Brava's war is discounted by half, as it comes a step later."""
    p, edge, cost = (stage.parameters[k] for k in ("p", "advantage", "cost"))
    return 1 - (p + edge - cost) - 0.5 * (1 - p + edge - cost)


def variant(stage: Stage, **changes):
    """Questions about another settlement of the same game, sharing its compiled rollouts."""
    scenario = replace(stage.scenario, settlement=replace(stage.scenario.settlement, **changes))
    table = table_of(scenario, lambda tree: expand_utilities(tree, scenario))
    shared = stage.questions.table
    table = replace(table, game=shared.game, tally=shared.tally)
    return replace(stage.questions, table=table)


def test_first_strikes_discounts_and_the_nash_point(duel):
    """Alba's value is p + edge - cost, Brava's half of 1 - p + edge - cost: a zone unless they sum to more than 1."""
    (found,) = duel.at(Point("quiet", 1))
    p, edge, cost = (duel.parameters[k] for k in ("p", "advantage", "cost"))
    assert found.value[0, :, 0] == pytest.approx(p + edge - cost, abs=1e-5)
    assert found.value[0, :, 1] == pytest.approx(0.5 * (1 - p + edge - cost), abs=1e-5)
    zone = found.zones[0]
    assert (zone.exists == (surplus(duel) >= 0)).all()
    assert 0.5 < zone.exists.mean() < 0.99
    assert zone.terms[zone.exists, 0] == pytest.approx((p + edge - cost + surplus(duel) / 2)[zone.exists], abs=1e-5)


def test_an_indivisible_prize_closes_the_zone(duel):
    """Fearon (1995): with nothing to divide, only a side that expects nothing from war gives way."""
    share = replace(duel.scenario.settlement.terms["share"], values=(0.0, 1.0))
    terms = {**duel.scenario.settlement.terms, "share": share}
    (found,) = duel.at(Point("quiet", 1), questions=variant(duel, terms=terms))
    value = found.value[0]
    assert (found.zones[0].exists == ((value[:, 0] <= 0) | (value[:, 1] <= 0))).all()
    assert found.zones[0].exists.mean() < 0.2


def test_prestige_makes_utilities_curved_and_is_searched(duel):
    """Giving up more than half costs Brava its prestige, 0.3: the zone needs terms below that or a larger surplus."""
    parties = dict(duel.scenario.settlement.parties)
    text = "1 - share - where(share > 0.5, 0.3, 0)"
    parties["B"] = replace(parties["B"], utility=Expression(text, parse(text)))
    questions = variant(duel, parties=parties)
    assert not questions.table.affine
    (found,) = duel.at(Point("quiet", 1), questions=questions)
    a, b = found.value[0].T
    expected = (a <= np.minimum(0.5, 1 - b)) | (a + b <= 0.7)
    clear = np.minimum(np.abs(a - 0.5), np.abs(a + b - 0.7)) > 0.01  # away from the step of the grid
    assert (found.zones[0].exists == expected)[clear].all()
    assert 0.1 < expected.mean() < 0.9


def test_a_commitment_problem_is_an_empty_zone():
    """Powell (2006): war iff (p0 - delta p1)(1 - c) > 1 - delta, else today's offer lies between the two bounds."""
    stage = Stage("rising-power")
    (found,) = stage.at(Point("war", 1))
    today, tomorrow, delta, waste = (stage.parameters[k] for k in ("today", "tomorrow", "patience", "waste"))
    least = (1 - waste) * (today - delta * tomorrow) / (1 - delta)
    zone = found.zones[0]
    assert (zone.exists == (least <= 1)).all()
    assert 0.1 < zone.exists.mean() < 0.9
    low, _ = found.extent()
    assert low[zone.exists, 0] == pytest.approx(np.maximum(least, 0)[zone.exists], abs=2.5e-4)


@pytest.mark.parametrize("claim", CLAIMS)
def test_claims_about_the_settlement(duel, claim):
    futures = play_out(duel.scenario, duel.model, duel.questions, duel.draws, futures=FUTURES, seed=1)
    test = next(c.test.tree for c in duel.scenario.claims if c.id == f"essay/{claim}")
    found = credence(test, futures)
    gap, p = surplus(duel), duel.parameters["p"]
    value = p + duel.parameters["advantage"] - duel.parameters["cost"]
    expected = {
        "settled-with": np.where(gap >= 0, value + gap / 2, value) > 0.5,
        "offer-is-worse": value > 0,
        "zone": gap >= 0,
    }.get(claim, np.ones(DRAWS, bool))
    assert found.truth.mean() == pytest.approx(expected.mean(), abs=0.005)
    assert found.inner_bias == pytest.approx(0, abs=0.01)


def test_the_game_is_played_on_beyond_the_clock(duel):
    """With a horizon of its own, the last day is worth as much as the first; without one nothing is left to play."""
    first, last = duel.at(Point("quiet", 1), Point("quiet", 5))
    assert last.value[0].mean(0) == pytest.approx(np.repeat(first.value[0], 2, 0).mean(0), abs=1e-5)
    (still,) = duel.at(Point("quiet", 5), questions=variant(duel, horizon=None))
    assert np.abs(still.value).max() == 0


def test_noise_in_the_values_is_corrected_for(duel):
    """With jitter the values are noisy and zones open and close by chance; the correction brings the chance back."""
    count = duel.draws.parameters.index("jitter")
    values = duel.draws.values.copy()
    values[count] = 1.0
    noisy = replace(duel.draws, values=values)
    table = duel.questions.table
    begin = starts(duel.model, duel.model.replay(duel.draws.values), seed=1, draw_ids=duel.ids)
    parameters = {**duel.parameters, "jitter": values[count]}
    chance = {}
    for rollouts in (8, 64):
        found = bargain(
            table, Point("quiet", 1), begin(1).state, parameters, outer=1, seed=3, draw_ids=duel.ids, rollouts=rollouts
        )
        chance[rollouts] = empty(found, noisy)
    raw = chance[8].value - chance[8].inner_bias
    exact = float((surplus(duel) < 0).mean())
    assert abs(chance[64].value - exact) < 3 * chance[64].mc_error
    assert raw > exact + 0.03  # or there would be nothing to correct
    assert abs(chance[8].value - exact) < 3 * chance[8].mc_error
    result = point_result(found, noisy)
    assert result.parties["A"].value.sd < np.std(found.value[0, :, 0])  # what the number of futures adds is taken off


def test_result_names_courses_dates_and_errors(duel):
    found = bargaining_results(
        duel.scenario, duel.model, duel.questions, duel.draws, futures=FUTURES, seed=1, count=64, rollouts=2
    )
    assert list(found.courses) == ["quiet", "raid"]  # not the course that branches for itself
    marks = [point.mark for point in found.courses["raid"]]
    assert marks[0] == "branch" and marks[-1] == "end" and "now" in marks
    point = next(p for p in found.courses["raid"] if p.mark == "now")
    assert point.p_empty.inner_bias is not None and point.p_empty.mc_error > 0
    assert point.terms["share"].low.value <= point.terms["share"].nash.value
    assert point.without_chip.parties["A"].settled.value < point.parties["A"].settled.value
    assert point.announced["all-to-brava"]["B"].p_better.value == pytest.approx(1)


def test_playing_on_holds_no_sampled_looks(duel):
    """A look in every step of every future of every state would cost some hundred times as much."""
    raiders = replace(duel.scenario.tracks["A.raiders"], foresight=looks(1, "1", horizon=1, samples=4))
    scenario = replace(duel.scenario, tracks={**duel.scenario.tracks, "A.raiders": raiders})
    assert compile_game(scenario).foresight_plan is not None
    table = table_of(scenario, lambda tree: expand_utilities(tree, scenario))
    assert table is not None and table.plainly and table.game.foresight_plan is None
    assert not duel.questions.table.plainly
