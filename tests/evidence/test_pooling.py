"""The closed form against integrals done by brute force, its limits, and its calibration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, halfnorm, kstest, norm, truncnorm

from detente.evidence import pooling
from detente.evidence.pooling import Mixture, Reports, pool

FALSE_ALARM = 1e-6  # chance that a correct build fails one statistical check; seeds are fixed on top
SCALE = 0.5


def reports(*rows):
    """Rows of (value, own sd, source sd, source, side)."""
    value, own, shared, source, side = zip(*rows, strict=True)
    return Reports(np.array(value), np.array(own), np.array(shared), source, side)


def brute(rows, floor=-np.inf, sizes=(161, 81, 121)):
    """Posterior moments by summing over a grid of mu, of one standardised latent and of tau.

    The latent is the bias of the one side named, or the error of the one source that reports twice.
    """
    twice = [row[3] for row in rows if sum(other[3] == row[3] for other in rows) > 1]
    mu = np.linspace(max(floor, -3.5), 4.5, sizes[0])[:, None, None]
    z = np.linspace(-7, 7, sizes[1])[None, :, None]
    tau = np.linspace(0, 5 * SCALE, sizes[2])[None, None, :]
    log = norm.logpdf(z) + halfnorm.logpdf(tau, scale=SCALE)
    for value, own, shared, source, side in rows:
        centre, sd = mu + (tau * z if side else 0.0), np.hypot(own, shared)
        if source in twice:
            centre, sd = centre + shared * z, own
        log = log + norm.logpdf(value, centre, sd)
    density = np.exp(log - log.max())
    for axis in range(3):  # the trapezoid rule
        ends = [slice(None)] * 3
        ends[axis] = [0, -1]
        density[tuple(ends)] /= 2
    density /= density.sum()
    of_mu, bias = density.sum((1, 2)), tau * z
    mean = of_mu @ mu[:, 0, 0]
    bias_mean = (density * bias).sum()
    return {
        "mean": mean,
        "sd": np.sqrt(of_mu @ (mu[:, 0, 0] - mean) ** 2),
        "bias mean": bias_mean,
        "bias sd": np.sqrt((density * (bias - bias_mean) ** 2).sum()),
        "tau": (density * tau).sum(),
    }


SIDE_AND_NEUTRAL = [(0.2, 0.3, 0.2, "a", None), (1.1, 0.2, 0.3, "b", "X"), (0.9, 0.4, 0.2, "c", "X")]


@pytest.mark.parametrize("rows", [SIDE_AND_NEUTRAL, SIDE_AND_NEUTRAL[:2]])
def test_a_side_and_a_neutral_source(rows):
    exact, found = brute(rows), pool(reports(*rows), bias_scale=SCALE)
    bias = found.bias("X")
    assert found.estimate.mean == pytest.approx(exact["mean"], abs=1e-5)
    assert found.estimate.sd == pytest.approx(exact["sd"], abs=1e-5)
    assert bias.mean == pytest.approx(exact["bias mean"], abs=1e-5)
    assert bias.sd == pytest.approx(exact["bias sd"], abs=1e-5)
    assert found.tau_weight @ found.tau == pytest.approx(exact["tau"], abs=1e-4)


def test_one_source_twice_and_another():
    rows = [(0.2, 0.2, 0.4, "a", None), (0.8, 0.3, 0.4, "a", None), (1.0, 0.3, 0.2, "b", None)]
    exact, found = brute(rows), pool(reports(*rows), bias_scale=SCALE)
    assert (found.estimate.mean, found.estimate.sd) == pytest.approx((exact["mean"], exact["sd"]), abs=1e-6)


def test_a_floor():
    rows = [(0.2, 0.3, 0.2, "a", None), (0.6, 0.2, 0.3, "b", "X")]
    exact, found = brute(rows, floor=0.0, sizes=(2001, 81, 61)), pool(reports(*rows), bias_scale=SCALE, floor=0.0)
    assert (found.estimate.mean, found.estimate.sd) == pytest.approx((exact["mean"], exact["sd"]), abs=1e-5)
    bias = found.bias("X")
    assert (bias.mean, bias.sd) == pytest.approx((exact["bias mean"], exact["bias sd"]), abs=1e-5)
    assert found.estimate.cdf(0.0) == 0.0


def test_neutral_sources_alone_weigh_by_their_precision():
    found = pool(reports((1.0, 0.3, 0.4, "a", None), (2.0, 0.6, 0.8, "b", None)), bias_scale=SCALE)
    np.testing.assert_allclose(found.weight, [0.8, 0.2], rtol=1e-12)
    assert found.estimate.mean == pytest.approx(1.2, rel=1e-12)
    assert found.estimate.sd == pytest.approx((4 + 1) ** -0.5, rel=1e-12)
    assert found.sides == ()


def test_one_report_of_a_side_says_nothing_of_its_bias():
    found = pool(reports((1.0, 0.3, 0.4, "a", "X")), bias_scale=SCALE)
    assert found.estimate.mean == pytest.approx(1.0)
    assert found.estimate.sd**2 == pytest.approx(0.5**2 + SCALE**2, rel=1e-4)
    assert found.bias("X").mean == pytest.approx(0.0, abs=1e-12)
    assert found.bias("X").sd == pytest.approx(SCALE, rel=1e-4)
    for p in (0.05, 0.5, 0.95):
        assert found.tau_quantile(p) == pytest.approx(halfnorm.ppf(p, scale=SCALE), rel=1e-3)


def test_sides_that_disagree_raise_the_bias_and_agreement_lowers_it():
    def median_tau(gap):
        rows = [(0.0, 0.1, 0.1, "a", "X"), (gap, 0.1, 0.1, "b", "Y")]
        return pool(reports(*rows), bias_scale=SCALE).tau_quantile(0.5)

    prior = halfnorm.ppf(0.5, scale=SCALE)
    assert median_tau(0.0) < prior < median_tau(2.0)


def test_the_grid_is_fine_enough(monkeypatch):
    rows = [(0.0, 0.05, 0.05, "a", None), (0.3, 0.05, 0.05, "b", "X"), (-0.4, 0.05, 0.05, "c", "Y")]
    found = pool(reports(*rows), bias_scale=SCALE)
    monkeypatch.setattr(pooling, "_STEPS", 5000)
    monkeypatch.setattr(pooling, "_REACH", 8.0)
    fine = pool(reports(*rows), bias_scale=SCALE)
    for p in (0.05, 0.5, 0.95):
        assert found.estimate.quantile(p) == pytest.approx(fine.estimate.quantile(p), abs=1e-5)


def test_no_number_of_reports_makes_a_source_better_than_it_is():
    rows = [(1.0 + 0.01 * k, 0.1, 0.4, "a", None) for k in range(50)]
    found = pool(reports(*rows), bias_scale=SCALE)
    assert found.estimate.sd == pytest.approx(np.hypot(0.4, 0.1 / np.sqrt(50)), rel=1e-9)


def test_nothing_cannot_be_pooled():
    with pytest.raises(ValueError, match="there is nothing to pool"):
        pool(Reports(np.array([]), np.array([]), np.array([]), [], []), bias_scale=SCALE)


@pytest.mark.parametrize("centre", [-2.0, 0.1, 3.0])
def test_a_cut_normal_is_that_of_scipy(centre):
    found = Mixture(np.array([1.0]), np.array([centre]), np.array([0.7]), floor=0.0)
    exact = truncnorm(-centre / 0.7, np.inf, loc=centre, scale=0.7)
    assert (found.mean, found.sd) == pytest.approx((exact.mean(), exact.std()), rel=1e-8)
    for p in (0.05, 0.5, 0.95):
        assert found.quantile(p) == pytest.approx(exact.ppf(p), rel=1e-8)


ROW = st.tuples(
    st.floats(-5, 5),
    st.floats(0.05, 1),
    st.floats(0.05, 1),
    st.sampled_from("abcd"),
    st.sampled_from([None, "X", "Y"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=5), st.randoms(use_true_random=False), st.floats(-10, 10))
def test_order_does_not_matter_and_the_estimate_moves_with_the_reports(rows, random, shift):
    found = pool(reports(*rows), bias_scale=SCALE)
    order = rows.copy()
    random.shuffle(order)
    moved = pool(reports(*((row[0] + shift, *row[1:]) for row in order)), bias_scale=SCALE)
    assert moved.estimate.mean == pytest.approx(found.estimate.mean + shift, abs=1e-7)
    assert moved.estimate.sd == pytest.approx(found.estimate.sd, rel=1e-6)
    assert found.weight.sum() == pytest.approx(1.0)
    for side in found.sides:
        assert moved.bias(side).mean == pytest.approx(found.bias(side).mean, abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=5), st.floats(0.01, 0.99))
def test_quantiles_invert_the_distribution(rows, p):
    found = pool(reports(*rows), bias_scale=SCALE).estimate
    assert found.cdf(found.quantile(p)) == pytest.approx(p, abs=1e-9)
    assert found.quantile(p / 2) <= found.quantile(p)


RUNS = 2_000


def simulated(seed):
    """Truths, and reports drawn from the model around them: some sources report twice, some sides are neutral."""
    luck = np.random.default_rng(seed)
    for _ in range(RUNS):
        truth, tau = luck.normal(0, 10), abs(luck.normal(0, SCALE))
        bias = {"X": luck.normal(0, tau), "Y": luck.normal(0, tau), None: 0.0}
        rows = []
        for name in "abc"[: luck.integers(1, 4)]:
            shared, side = luck.choice([0.05, 0.2, 0.4]), [None, "X", "Y"][luck.integers(3)]
            error = luck.normal(0, shared)
            for own in luck.choice([0.05, 0.2, 0.4], size=luck.integers(1, 3)):
                rows.append((truth + bias[side] + error + luck.normal(0, own), own, shared, name, side))
        yield truth, rows


def places(change):
    """Where each truth lies in its posterior, between 0 and 1; uniform when the pooling is right."""
    return np.array(
        [pool(reports(*map(change, rows)), bias_scale=SCALE).estimate.cdf(truth) for truth, rows in simulated(1)]
    )


def assert_calibrated(found):
    inside = int(((found > 0.05) & (found < 0.95)).sum())
    pvalue = binomtest(inside, len(found), 0.9).pvalue
    assert pvalue > FALSE_ALARM, f"{inside / len(found):.1%} of the truths lie in 90% intervals, p = {pvalue:.1e}"
    pvalue = kstest(found, "uniform").pvalue
    assert pvalue > FALSE_ALARM, f"places are not uniform, p = {pvalue:.1e}"


def test_the_truth_lies_in_the_interval_as_often_as_stated():
    assert_calibrated(places(lambda row: row))


@pytest.mark.parametrize(
    "bug",
    [lambda row: (*row[:4], None), lambda row: (row[0], row[1], 0.0, *row[3:])],
    ids=["no bias of sides", "sources without an error of their own"],
)
def test_the_check_has_power(bug):
    with pytest.raises(AssertionError, match="of the truths lie in 90% intervals"):
        assert_calibrated(places(bug))
