"""Rows left out: closed-form answers, honest errors, and rows whose draws cannot tell."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import betaln, digamma
from scipy.stats import beta, norm

from detente.analysis.claims.credence import credence
from detente.analysis.claims.influence import (
    TOP,
    claim_influence,
    influence_results,
    leave_out,
    limit,
    unreliable,
    with_refits,
)
from detente.analysis.claims.refits import refit, without
from detente.engine.simulate import Tally
from detente.futures.play import Futures
from detente.futures.questions import Questions, questions_of
from detente.inference.density import model_of
from detente.inference.draws import Evidence
from detente.inference.posterior_replay import cells_of, replay_posterior
from detente.language.priors import Prior
from detente.language.records import HOLD
from detente.settings import SMCSettings
from tests.analysis.made import claiming, independent, test_of
from tests.engine.games import event, measured, move, scenario, stock, track

STANDARD_ERRORS = 4  # false alarm about 6e-5 for a normal error; seeds are fixed on top
STEPS, SHOTS = 20, 3
CUT = 0.15


def shooting(prior=("uniform", (0.0, 1.0)), shots=SHOTS):
    """An unknown constant hazard, `STEPS` steps, and a shot in the first few of them."""
    built = scenario(
        record=STEPS,
        steps=STEPS + 1,
        parameters={"hazard": Prior(*prior)},
        events=[event("shot", "hazard")],
        ledger=[(k, "event", "shot") for k in range(shots)],
    )
    return claiming(built, often=f"hazard > {CUT}")


def told(draws):
    """Futures in which nothing was played: tests of parameters read the draws alone."""
    return Futures(None, Questions(Tally(), {}, {}), draws, 2, {}, {}, np.zeros(1))


def left_out(built, model, draws):
    credences = {c.id: credence(c.test.tree, told(draws)) for c in built.claims}
    return leave_out(cells_of(built), replay_posterior(model, draws), credences), credences


@pytest.fixture(scope="module")
def shot():
    built = shooting()
    return built, model_of(built)


def posterior(seed, count=2048):
    """Draws of the hazard from its exact posterior."""
    return independent(("hazard",), beta(1 + SHOTS, 1 + STEPS - SHOTS).rvs(count, random_state=seed))


EXACT = beta(1 + SHOTS, 1 + STEPS - SHOTS).sf(CUT) - beta(SHOTS, 1 + STEPS - SHOTS).sf(CUT)


def test_an_event_left_out_of_a_conjugate_posterior(shot):
    """Beta(1 + k, 1 + n - k) becomes Beta(k, 1 + n - k): credence, log probability of the row, and what it taught."""
    found, _ = left_out(*shot, posterior(3))
    a, b = SHOTS, 1 + STEPS - SHOTS
    divergence = betaln(a, b) - betaln(a + 1, b) + digamma(a + 1) - digamma(a + 1 + b)
    assert len(found.cells) == SHOTS
    for i in range(SHOTS):
        assert abs(found.change[i, 0] - EXACT) < STANDARD_ERRORS * found.error[i, 0]
        assert abs(found.log_p[i] - np.log(a / (a + b))) < STANDARD_ERRORS * found.divergence_error[i]
        assert abs(found.divergence[i] - divergence) < STANDARD_ERRORS * found.divergence_error[i]
        assert found.reliable[i] and abs(found.k[i] - 1 / (1 + SHOTS)) < 0.25, "the tail of 1 / hazard"


def test_the_check_has_power(shot):
    """A change of the wrong sign, or that of a silent step, does not pass for the truth."""
    found, _ = left_out(*shot, posterior(3))
    silent = beta(1 + SHOTS, 1 + STEPS - SHOTS).sf(CUT) - beta(1 + SHOTS, STEPS - SHOTS).sf(CUT)
    for wrong in (-EXACT, silent):
        assert not abs(found.change[0, 0] - wrong) < STANDARD_ERRORS * found.error[0, 0]


def test_the_stated_error_is_honest(shot):
    """Over 60 sets of draws the change scatters as its error says, to 4 sd of the ratio (9 %, and t of 7 islands)."""
    made = [left_out(*shot, posterior(seed, 512))[0] for seed in range(60)]
    changes, errors = np.array([f.change[0, 0] for f in made]), np.array([f.error[0, 0] for f in made])
    assert abs(changes.mean() - EXACT) < STANDARD_ERRORS * changes.std() / np.sqrt(60)
    assert 0.65 < np.sqrt((errors**2).mean()) / changes.std() < 2


def test_hypotheses_change_weight_exactly():
    """Two fixed hazards: leaving a shot out divides the odds by the ratio of the hazards, and needs no tail."""
    built = shooting(("fixed", (0.1,)))
    built = replace(built, hypotheses={h: replace(built.hypotheses["model"], id=h) for h in ("low", "high")})
    hypothesis = np.repeat([0, 1], 32)
    draws = independent(("hazard",), np.where(hypothesis == 0, 0.1, 0.3), hypothesis, ("low", "high"))
    logs = [SHOTS * np.log(h) + (STEPS - SHOTS) * np.log(1 - h) for h in (0.1, 0.3)]
    evidence = tuple(Evidence(np.full((1, 8), log), np.zeros(1, bool)) for log in logs)
    found, credences = left_out(built, model_of(built), replace(draws, evidence=evidence))
    odds = np.exp(logs[1] - logs[0])
    assert credences["essay/often"].value == pytest.approx(odds / (1 + odds))
    assert found.change[0, 0] == pytest.approx(odds / (1 + odds) - (odds / 3) / (1 + odds / 3), abs=1e-5)
    assert found.reliable.all() and np.isneginf(found.k).all()


def outlier():
    """One measurement of an unknown level, eight prior errors away: the draws lie nowhere near the prior."""
    built = scenario(
        record=2,
        steps=3,
        parameters={"level": Prior("normal", (0.0, 10.0))},
        stocks=[stock("x", "level", series=[measured("normal", "1", (1, 8.0))])],
    )
    return claiming(built, high="level > 4")


def test_an_outlier_has_a_bad_k_and_a_refit_repairs_it():
    """Without the measurement the level has its prior again: credence 1 - Phi(0.4)."""
    built = outlier()
    model, spread = model_of(built), np.sqrt(1 / (1 + 1 / 100))
    draws = independent(("level",), norm(8 * spread**2, spread).rvs(2048, random_state=5))
    found, credences = left_out(built, model, draws)
    (cell,) = found.cells
    exact = credences["essay/high"].value - norm.sf(0.4)
    assert (cell.kind, cell.name, cell.what) == ("measurement", "x", "8")
    assert found.k[0] > limit(2048) and not found.reliable[0]
    assert abs(found.change[0, 0] - exact) > STANDARD_ERRORS * found.error[0, 0], "re-weighting cannot tell"
    assert unreliable(found, 5) == [cell]
    again = refit(
        built,
        model,
        questions_of(built, model.game),
        [cell],
        draws=2048,
        futures=2,
        seed=1,
        settings=SMCSettings(particles=256),
    )
    repaired = with_refits(found, credences, again)
    assert abs(repaired.change[0, 0] - exact) < STANDARD_ERRORS * repaired.error[0, 0]
    assert unreliable(repaired, 5) == []
    (row,) = claim_influence(repaired, "essay/high")
    assert (row.method, row.reliable) == ("refit", True)
    told = influence_results(repaired)
    assert (told.left_out, told.unreliable, told.refitted) == (1, 0, 1)


def test_a_refit_without_an_event():
    """Beta(0.2, 1) and one shot: 1 / hazard has no variance. The refit gives Beta(0.2, 20)."""
    built = shooting(("beta", (0.2, 1.0)), shots=1)
    model = model_of(built)
    draws = independent(("hazard",), beta(1.2, STEPS).rvs(2048, random_state=2))
    found, credences = left_out(built, model, draws)
    assert not found.reliable[0]
    again = refit(built, model, questions_of(built, model.game), found.cells, draws=1024, futures=2, seed=3)
    repaired = with_refits(found, credences, again)
    exact = beta(1.2, STEPS).sf(CUT) - beta(0.2, STEPS).sf(CUT)
    assert abs(repaired.change[0, 0] - exact) < STANDARD_ERRORS * repaired.error[0, 0]


def rows():
    """A folded row, a hold, an event, a remark, and two measurements at one boundary."""
    series = measured("normal", "1", (1, 4.0), (1, 5.0), (2, 6.0))
    return scenario(
        record=3,
        steps=4,
        stocks=[stock("x", 4, series=[series])],
        tracks=[track("A.war", move("raid", "0"), move("strike", "0", rung=3, magnitude=("lognormal", "0", "1")))],
        events=[event("shot", 0.1)],
        ledger=[
            (0, "A.war", "raid"),
            (0, "A.war", "strike", 2.5),
            (1, "A.war", HOLD),
            (1, "event", "shot"),
            (2, "context", "a speech"),
        ],
    )


def test_cells_are_the_rows_that_count():
    found = [(c.kind, c.step, c.name, c.what) for c in cells_of(rows())]
    assert found == [
        ("move", 0, "A.war", "strike, size 2.5"),
        ("event", 1, "event", "shot"),
        ("measurement", 1, "x", "5"),
        ("move", 1, "A.war", "hold"),
        ("measurement", 2, "x", "6"),
    ]


def test_each_cell_has_its_own_term():
    """A record without a cell is less by exactly that cell's term (measurements: where no stock is noisy)."""
    built = rows()
    model, draws = model_of(built), independent((), np.zeros((0, 8)))
    whole = replay_posterior(model, draws)
    for cell in cells_of(built):
        part = replay_posterior(model, draws, without(model.record, cell))
        where = {"move": "choice", "event": "event", "measurement": "measured"}[cell.kind]
        term = getattr(whole.terms, where)[cell.step, cell.index]
        assert term[0] < -0.05
        np.testing.assert_allclose(whole.log_likelihood - part.log_likelihood, term, rtol=1e-5)


def test_draws_that_cannot_explain_the_record_do_not_count(shot):
    draws = posterior(3)
    values = np.concatenate([draws.values, np.zeros((1, 8))], 1)
    spoilt = independent(("hazard",), values)
    found, _ = left_out(*shot, spoilt)
    assert np.isfinite(found.change).all() and abs(found.change[0, 0] - EXACT) < STANDARD_ERRORS * found.error[0, 0]


def test_few_draws_or_no_claims(shot):
    """Sixteen draws can fit no tail; no claims leave the rows that taught."""
    found, _ = left_out(*shot, posterior(1, 16))
    assert not found.reliable.any()
    built = replace(shot[0], arguments=())
    found, _ = left_out(built, shot[1], posterior(1))
    assert found.change.shape == (SHOTS, 0)
    assert len(influence_results(found).rows) == min(TOP, SHOTS)


@pytest.mark.parametrize(("draws", "expected"), [(100, 0.5), (1000, 2 / 3), (2200, 0.7), (100_000, 0.7), (5, 0)])
def test_limit_of_k(draws, expected):
    assert limit(draws) == pytest.approx(expected, abs=0.003)


def test_test_of_reads_parameters():
    assert credence(test_of("hazard > 0.5").tree, told(independent(("hazard",), np.linspace(0, 1, 64)))).value == 0.5
