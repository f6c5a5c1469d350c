"""`fit --method ml` on a panel: coefficients by counting, and the published model of war1800 if its data are there."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from msgspec import convert

from detente import estimate, load
from detente.result.verify import Estimates
from tests import real_data
from tests.cli.conftest import call

RIVALS = Path(__file__).parents[2] / "scenarios" / "rivals"
# own fit of the games package's formula with link "logit", two optimisers: docs/panels.md
WAR_1800 = {
    "sq.base": (-0.845792187823467, 0.974730908144403),
    "sq.alike": (-1.18815193309515, 0.454273531473649),
    "sq.revising": (0.679153353605042, 0.429409937106058),
    "war.base": (0.254945062184329, 1.97016331070281),
    "war.dem": (-3.08484503419272, 1.08821986692452),
    "war.mixed": (-0.95755467980663, 0.899151528686234),
    "fight.base": (0.761184372727988, 0.713167599707454),
    "fight.balance": (-0.00795791974928082, 0.904884724865262),
    "fight.dem": (-2.50520432733786, 0.766162376939445),
    "fight.mixed": (-0.978777215696514, 0.517271584870007),
}


def test_a_panel_of_choices_is_counted():
    """Targets answer by regime alone, so their coefficients are logits of shares of the table."""
    done = call("fit", RIVALS, "--method", "ml", "--starts", "2", "--json", "--quiet")
    assert (done.code, done.err) == (0, "")
    found = convert(json.loads(done.out)["hypotheses"]["model"], Estimates)
    scenario = load(RIVALS)
    assert scenario.cases is not None
    dem = dict(zip(scenario.cases.ids, scenario.cases.columns["case.regime.dem"], strict=True))
    asked = {row.case for row in scenario.ledger if row.move == "press"}
    fought = {row.case for row in scenario.ledger if row.move == "resist"}

    def logit(regime: float) -> float:
        n = sum(dem[case] == regime for case in asked)
        k = sum(dem[case] == regime for case in fought)
        return math.log(k / (n - k))

    assert found.coefficients["stiff"].estimate == pytest.approx(logit(0), abs=1e-7)
    assert found.coefficients["free"].estimate == pytest.approx(logit(1) - logit(0), abs=1e-7)
    assert (found.n, found.n_of, found.free, found.converged) == (60, "cases", 4, True)
    assert found.aic == pytest.approx(8 - 2 * found.log_likelihood)
    assert sum(row.observed for row in found.outcomes) == pytest.approx(1)
    assert found.outcomes[0].outcome == "nothing"
    assert found.outcomes[0].fitted == pytest.approx(found.outcomes[0].observed, abs=1e-7)  # logit's score


def test_options_that_do_not_go_together():
    done = call("fit", RIVALS, "--method", "ml", "--draws", "8", "--starts", "0")
    assert done == (
        2,
        "",
        """\
2 problems in the options

--draws
  expected nothing, with --method ml
  got      'a value'

--starts
  expected a whole number from 1 to 1000
  got      '0'
""",
    )
    done = call("fit", RIVALS, "--starts", "2")
    assert (
        done.err
        == "1 problem in the options\n\n--starts\n  expected nothing, without --method ml\n  got      'a value'\n"
    )


def test_a_panel_is_not_forecast():
    done = call("forecast", "issue", RIVALS, "--at", "2000-01-10")
    assert done.code == 2
    assert "a panel of 60 cases" in done.err


def test_war_1800_as_published():
    real_data.path("games/war1800.csv")
    found = estimate(load("classics/war-1800"), seed=1, starts=2).hypotheses["model"]
    assert found.log_likelihood == pytest.approx(-286.182793894181, abs=1e-6)
    assert found.n == 282 and found.converged
    for name, (value, se) in WAR_1800.items():
        got = found.coefficients[name]
        assert (got.estimate, got.se) == (pytest.approx(value, abs=1e-6), pytest.approx(se, abs=1e-4)), name
    fitted = [row.fitted for row in found.outcomes]
    assert fitted == pytest.approx([0.439716312061353, 0.293713365668454, 0.266570322270193], abs=1e-6)
