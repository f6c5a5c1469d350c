"""Two kinds of uncertainty, told apart: exactly on the beta-binomial, then on played futures."""

import numpy as np
import pytest
from scipy.special import betaln, comb
from scipy.stats import beta, norm

from detente.analysis.courses.compare import FAN, event_summary, move_summaries, split_variance, stock_summary
from detente.engine.game.compile import compile_game
from detente.language.priors import Prior
from tests.analysis.made import independent, played
from tests.engine.games import event, move, scenario, stock, track

STANDARD_ERRORS = 5  # false alarm below 1e-6 for a normal error; seeds are fixed on top
A, B = 2.0, 3.0
EPISTEMIC, ALEATORY = beta(A, B).std(), np.sqrt(A * B / ((A + B) * (A + B + 1)))  # sd of p; root of E[p(1-p)]


def pairs(half: int, weight) -> tuple[np.ndarray, np.ndarray]:
    """Both halves' shares for every outcome, (outcome, half), and `weight` of what they count, (outcome,)."""
    counts = np.array([(i, j) for i in range(half + 1) for j in range(half + 1)])
    ways = comb(half, counts).prod(1)
    return counts / half, ways * weight(counts.sum(1), 2 * half)


@pytest.mark.parametrize("half", [1, 3, 32])
def test_split_is_exact_on_the_beta_binomial(half):
    """Over all outcomes, weighted by their probability, frequencies give back both parts whatever their number."""
    shares, weights = pairs(half, lambda k, n: np.exp(betaln(A + k, B + n - k) - betaln(A, B)))
    epistemic, aleatory, noise = split_variance(shares, weights)
    assert epistemic == pytest.approx(EPISTEMIC)
    assert aleatory == pytest.approx(ALEATORY)
    assert noise == pytest.approx(ALEATORY**2 / (2 * half))
    assert epistemic**2 + aleatory**2 == pytest.approx((A / (A + B)) * (B / (A + B))), "law of total variance"


def test_luck_alone_is_not_epistemic():
    """Everybody agrees on p = 0.3: the spread of frequencies is chance."""
    shares, weights = pairs(5, lambda k, n: 0.3**k * 0.7 ** (n - k))
    epistemic, aleatory, _ = split_variance(shares, weights)
    assert epistemic == pytest.approx(0, abs=1e-7)
    assert aleatory == pytest.approx(np.sqrt(0.21))


def test_certainty_has_no_luck():
    """Draws say 0 or 1."""
    assert split_variance(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0.5, 0.5])) == (0.5, 0.0, 0.0)


def test_too_little_between_is_nought_not_nan():
    assert split_variance(np.array([[0.4, 0.6], [0.6, 0.4]]), np.array([0.5, 0.5]))[0] == 0


DRAWS, FUTURES = 1024, 32
FIRST, STEPS = 2, 3  # steps before and after the branch


@pytest.fixture(scope="module")
def summed():
    """p ~ beta(2, 3) is the hazard of one event on each of three days; x walks with sd 1 from a mean ~ N(0, 2)."""
    built = scenario(
        record=FIRST,
        steps=FIRST + STEPS,
        parameters={"p": Prior("beta", (A, B)), "mean": Prior("normal", (0.0, 2.0))},
        stocks=[stock("x", "mean", noise=1), stock("still", 4), stock("sum", flow=2)],
        tracks=[track("A.war", move("raid", "0"), move("strike", "log(2)"))],
        events=[event("shot", "p"), event("never", 0)],
    )
    grid = (np.arange(DRAWS) + 0.5) / DRAWS
    shuffled = np.random.default_rng(3).permutation(grid)
    return played(
        built, draws=independent(("p", "mean"), [beta(A, B).ppf(grid), norm(0, 2).ppf(shuffled)]), futures=FUTURES
    )


def test_event_summary(summed):
    """P(at least once in n days) = 1 - E[(1-p)^n], by date; the band is that of p, not of chance."""
    found = event_summary(summed, "free", 0)
    assert len(found.by_step) == STEPS
    moments = [beta(A, B).expect(lambda p, n=n: (1 - p) ** n) for n in range(1, 7)]
    for days, p in enumerate(found.by_step, start=1):
        exact = 1 - moments[days - 1]
        assert abs(p - exact) < STANDARD_ERRORS * np.sqrt(exact * (1 - exact) / DRAWS / FUTURES)
    assert found.p.value == pytest.approx(found.by_step[-1])
    spread = np.sqrt(moments[5] - moments[2] ** 2)  # sd of (1-p)^3
    assert found.epistemic_sd == pytest.approx(spread, rel=0.05)
    assert found.epistemic_sd**2 + found.aleatory_sd**2 == pytest.approx(found.p.value * (1 - found.p.value), rel=0.02)
    assert found.band[0] == pytest.approx(1 - (1 - beta(A, B).ppf(0.05)) ** 3, abs=0.1)
    assert found.band[1] == pytest.approx(1.0, abs=0.05)
    assert (np.diff(found.by_step) >= 0).all()
    assert (found.by_step_band[0] <= found.by_step).all()


def test_an_event_that_cannot_happen(summed):
    found = event_summary(summed, "free", 1)
    assert (found.p.value, found.band, found.epistemic_sd, found.aleatory_sd) == (0.0, (0.0, 0.0), 0.0, 0.0)


def test_stock_summary(summed):
    """Var(x) = 4 between draws (its initial value) + 3 within (a day's noise each)."""
    found = stock_summary(summed, "free", 0, "x")
    assert found.end.value == pytest.approx(0, abs=STANDARD_ERRORS * np.sqrt(STEPS / DRAWS / FUTURES))
    assert found.end_sd == pytest.approx(np.sqrt(7), rel=0.03)
    assert found.epistemic_share == pytest.approx(4 / 7, rel=0.05)
    assert found.fan.shape == (len(FAN), STEPS + 1)
    assert found.mean.shape == (STEPS + 1,)
    assert found.history.shape == (FIRST + 1,)
    assert (np.diff(found.fan, axis=0) >= 0).all()
    np.testing.assert_allclose(found.fan[:, -1], norm(0, np.sqrt(7)).ppf(FAN), atol=0.35)


def test_stocks_without_uncertainty(summed):
    still, total = stock_summary(summed, "free", 1, "still"), stock_summary(summed, "free", 2, "sum")
    assert (still.end.value, still.end_sd, still.epistemic_share) == (4, 0, 0)
    np.testing.assert_allclose(total.history, [0, 2, 4])
    np.testing.assert_allclose(total.mean, [4, 6, 8, 10])


def test_move_summaries(summed):
    """hold : raid : strike = 1 : 1 : 2."""
    found = move_summaries(compile_game(summed.scenario), summed.courses["free"], summed.draws, FUTURES)
    error = np.sqrt(0.25 / DRAWS / FUTURES)
    assert list(found) == [("A.war", "raid"), ("A.war", "strike")]
    assert abs(found["A.war", "raid"].per_step - 0.25) < STANDARD_ERRORS * error
    assert abs(found["A.war", "strike"].per_step - 0.5) < STANDARD_ERRORS * error
    assert abs(found["A.war", "raid"].ever - (1 - 0.75**3)) < STANDARD_ERRORS * error
    assert abs(found["A.war", "strike"].ever - (1 - 0.5**3)) < STANDARD_ERRORS * error


def test_the_check_has_power():
    """Forgetting to take chance off must be noticed."""
    shares, weights = pairs(3, lambda k, n: np.exp(betaln(A + k, B + n - k) - betaln(A, B)))
    naive = np.sqrt(weights @ (shares.mean(1) - A / (A + B)) ** 2)
    assert naive > 1.2 * EPISTEMIC
