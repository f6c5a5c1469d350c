"""Weights, means and their errors: by hand where that can be, by coverage where it cannot."""

import numpy as np
import pytest

from detente.inference.draws import Draws, Evidence, column_quantiles, jackknife_error, weighted_quantiles

REPLICATIONS = 200  # the true sd is then known to 5 %
BAND = (0.8, 1.6)  # of stated error / true sd; 0.8 is four of those 5 % below an exact error


def draws(evidence, counts, values=None, prior=None):
    """Draws with `counts` (hypothesis, island) of them in each cell, in cell order; evidence of one round, likewise."""
    evidence, counts = np.atleast_2d(np.asarray(evidence, float)), np.atleast_2d(counts)
    hypotheses, islands = counts.shape
    cells = np.repeat(np.arange(counts.size), counts.ravel())
    values = np.zeros(len(cells)) if values is None else np.asarray(values, float)
    return Draws(
        parameters=("p",),
        hypotheses=tuple("abc"[:hypotheses]),
        values=values[None],
        hypothesis=cells // islands,
        island=cells % islands,
        log_prior_weight=np.log(np.full(hypotheses, 1 / hypotheses) if prior is None else np.asarray(prior)),
        evidence=tuple(Evidence(row[None], np.zeros(1, bool)) for row in evidence),
        islands=islands,
    )


def test_evidence_by_hand():
    """Two islands with ratios 1, 3 and then 2, 4: the mean of 1 x 2 and 3 x 4; round by round once they are mixed."""
    increments = np.log([[1, 3], [2, 4]])
    apart, mixed = Evidence(increments, np.array([False, False])), Evidence(increments, np.array([True, False]))
    assert apart.log() == pytest.approx(np.log(7))
    assert mixed.log() == pytest.approx(np.log(2 * 3))
    np.testing.assert_allclose(apart.island_weights(), [2 / 14, 12 / 14])
    np.testing.assert_allclose(mixed.island_weights(), [2 / 6, 4 / 6])
    assert apart.log(0) == mixed.log(0) == pytest.approx(np.log(12))
    np.testing.assert_allclose(apart.island_weights(0), [0, 1])


def test_evidence_before_the_evidence():
    none = Evidence(np.zeros((0, 3)), np.zeros(0, bool))
    assert (none.log(), none.error()) == (0, 0)
    np.testing.assert_allclose(none.island_weights(), 1 / 3)


def test_evidence_error_by_hand():
    """One round with ratios 1, 2, 6: the jackknife of the log of their mean."""
    found = Evidence(np.log([[1, 2, 6]]), np.zeros(1, bool)).error()
    assert found == pytest.approx(np.sqrt(2 / 3 * 3 * np.log([4, 3.5, 1.5]).var()))


def test_jackknife_error_by_hand():
    """Of a mean it is the usual standard error: leave-one-out means of 1, 2, 6."""
    values = np.array([1.0, 2.0, 6.0])
    left_out = [np.delete(values, i).mean() for i in range(3)]
    assert jackknife_error(left_out) == pytest.approx(values.std(ddof=1) / np.sqrt(3))


def test_weights_by_hand():
    """Cells weigh prior x evidence = (1, 3; 2, 2) / 8, shared evenly by 1, 2, 3 and 4 draws."""
    made = draws(np.log([[1, 3], [2, 2]]), [[1, 2], [3, 4]])
    np.testing.assert_allclose(made.cell_weights(), np.array([[1, 3], [2, 2]]) / 8)
    np.testing.assert_allclose(made.hypothesis_weights, [0.5, 0.5])
    np.testing.assert_allclose(made.weights * 8, [1] + [1.5] * 2 + [2 / 3] * 3 + [0.5] * 4)
    np.testing.assert_allclose(made.weights.sum(), 1)


def test_a_hopeless_island_has_no_weight():
    made = draws([[0.0, -800.0]], [[2, 2]], [1, 3, 1000, 1000])
    assert made.weights[2:].sum() == 0
    assert made.mean(made.values[0]).value == 2


def test_prior_weights_and_huge_evidences():
    """Only differences of log evidences matter, and -1e4 is no underflow."""
    made = draws(np.log([[1, 1], [4, 4]]) - 1e4, [[1, 1], [1, 1]], prior=[0.8, 0.2])
    np.testing.assert_allclose(made.hypothesis_weights, [0.5, 0.5])


def test_a_hopeless_hypothesis_has_no_weight():
    made = draws([[0.0, 0.0], [-1e10, -1e10]], [[1, 1], [1, 1]], [1, 3, 1000, 1000])
    assert made.weights[2:].sum() == 0
    assert made.mean(made.values[0]).value == 2


def test_mean_and_jackknife_by_hand():
    """Two equal islands whose means are 0 and 1: leaving each out gives 1 and 0, so the error is 1/2."""
    made = draws([[0.0, 0.0]], [[2, 2]], [0, 0, 1, 1])
    estimate = made.mean(made.values[0])
    assert (estimate.value, estimate.error) == (0.5, 0.5)


def test_jackknife_sees_the_evidence():
    """Islands agree within each hypothesis but not on which hypothesis is right.

    Leaving an island out gives the other's weight of hypothesis b, 0.2 and 0.8: error sqrt(1/2 * 2 * 0.3^2).
    """
    made = draws(np.log([[8, 2], [2, 8]]), [[1, 1], [1, 1]], [0, 0, 1, 1])
    estimate = made.mean(made.values[0])
    assert estimate.value == pytest.approx(0.5)
    assert estimate.error == pytest.approx(0.3)


def test_independent_error_by_hand():
    """One island has no jackknife: the sd of 0, 0, 1, 1 over the root of 4."""
    made = draws([[0.0]], [[4]], [0, 0, 1, 1])
    assert made.mean(made.values[0]).error == pytest.approx(0.5 / 2)


def test_jeffreys_by_hand():
    """Eight draws that all agree: p = 8.5 / 9, not 1; without `binary` no doubt is left."""
    made = draws([[0.0]], [[8]], np.ones(8))
    p = 8.5 / 9
    assert made.mean(made.values[0], binary=True).error == pytest.approx((p * (1 - p) / 8) ** 0.5)
    assert made.mean(made.values[0]).error == 0


def test_constant_values_have_no_error():
    made = draws(np.log([[1, 5], [3, 2]]), [[3, 2], [4, 1]], np.full(10, 7.0))
    estimate = made.mean(made.values[0])
    assert estimate.value == pytest.approx(7)
    assert estimate.error == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("values", "weights", "at", "expected"),
    [
        ([3, 1, 2], [1, 1, 1], 0.5, 2),
        ([3, 1, 2], [1, 1, 1], 1 / 6, 1),  # midpoints of the steps lie at 1/6, 1/2, 5/6
        ([3, 1, 2], [1, 1, 1], 1 / 3, 1.5),
        ([3, 1, 2], [1, 1, 1], 0.0, 1),
        ([3, 1, 2], [1, 1, 1], 1.0, 3),
        ([10, 20], [3, 1], 0.375, 10),
        ([10, 20], [3, 1], 0.625, 15),
        ([10, 20], [6, 2], 0.625, 15),  # any positive scale of the weights
        ([5], [2], 0.3, 5),
    ],
)
def test_weighted_quantiles_by_hand(values, weights, at, expected):
    assert weighted_quantiles(np.array(values, float), np.array(weights, float), (at,)) == pytest.approx([expected])


def test_quantiles_use_the_weights():
    made = draws(np.log([[3], [1]]), [[1], [1]], [10, 20])
    assert made.quantiles(made.values[0], (0.375, 0.625)) == pytest.approx([10, 15])


def test_hold_and_where_leave_the_rest_alone():
    made = draws(np.log([[1, 3]]), [[2, 2]], [1, 2, 3, 4])
    held = made.hold("p", 9)
    assert (held.values == 9).all()
    assert made.values.tolist() == [[1, 2, 3, 4]]
    np.testing.assert_array_equal(held.weights, made.weights)
    kept = made.where(np.array([True, False, False, True]))
    assert kept.values.tolist() == [[1, 4]]
    np.testing.assert_allclose(kept.weights, [0.25, 0.75])
    np.testing.assert_allclose(kept.hypothesis_weights, made.hypothesis_weights)


def sampler(island_sd, evidence_sd):
    """Replications of a made-up sampler: 2 hypotheses, 8 islands, 40 draws in each.

    Islands err together (`island_sd`), and so do their evidences (`evidence_sd`), which lean to hypothesis b where
    its values are high, as those of a sampler that missed a mode do.
    """
    rng = np.random.default_rng(11)
    counts = np.full((2, 8), 40)
    for _ in range(REPLICATIONS):
        off = rng.normal(size=(2, 8))
        values = np.array([0.0, 1.0])[:, None] + island_sd * off
        values = values[:, :, None] + rng.normal(size=(2, 8, 40))
        evidence = np.array([0.0, -0.5])[:, None] + evidence_sd * (0.6 * off + 0.8 * rng.normal(size=(2, 8)))
        yield draws(evidence, counts, values.ravel())


CASES = {"independent": (0.0, 0.0), "islands": (0.5, 0.0), "evidence": (0.0, 0.5), "both": (0.3, 0.4)}
QUESTIONS = {"mean": lambda v: v, "share": lambda v: (v > 1).astype(float)}


def coverage(case, question, stated):
    """Root mean square of the stated errors over the true sd."""
    found = [(made, QUESTIONS[question](made.values[0])) for made in sampler(*CASES[case])]
    values = [made.weights @ v for made, v in found]
    errors = [stated(made, v) for made, v in found]
    return np.sqrt(np.mean(np.square(errors))) / np.std(values)


@pytest.mark.parametrize(
    ("case", "question"), [*((case, "mean") for case in CASES), ("independent", "share"), ("both", "share")]
)
def test_stated_errors_are_honest(case, question):
    ratio = coverage(case, question, lambda d, v: d.mean(v, binary=question == "share").error)
    assert BAND[0] < ratio < BAND[1]


def test_the_check_has_power():
    """Pretending that draws are independent, or forgetting the jackknife's factor, must be noticed."""
    assert coverage("islands", "mean", lambda d, v: d._independent(v, False)) < BAND[0]
    assert coverage("evidence", "mean", lambda d, v: d._independent(v, False)) < BAND[0]
    assert coverage("both", "mean", lambda d, v: d._jackknife(v) / np.sqrt(7)) < BAND[0]


def test_one_hypothesis_as_if_it_were_certain():
    """Its draws, its island weights, and nothing of the others."""
    made = draws(np.log([[1, 3], [2, 2]]), [[1, 2], [3, 4]], np.arange(10.0))
    alone = made.given(0)
    np.testing.assert_allclose(alone.weights, [1 / 4, 3 / 8, 3 / 8])
    np.testing.assert_allclose(alone.weights, made.within(0)[made.hypothesis == 0])
    assert (alone.hypotheses, alone.mean(alone.values[0]).value) == (("a",), pytest.approx(3 / 8 * 3))


def test_weights_without_an_island():
    """What is left weighs prior x evidence of the islands that stay: (1, .; 2, .) and (., 3; ., 2)."""
    made = draws(np.log([[1, 3], [2, 2]]), [[1, 2], [3, 4]])
    np.testing.assert_allclose(made.weights_without(1), [1 / 3, 0, 0, *[2 / 9] * 3, 0, 0, 0, 0])
    np.testing.assert_allclose(made.weights_without(0), [0, *[3 / 10] * 2, 0, 0, 0, *[1 / 10] * 4])


def test_quantiles_of_single_precision_are_those_of_double():
    """Negative numbers, both zeros, ties and infinities order alike."""
    rng = np.random.default_rng(1)
    values = rng.standard_normal((500, 6)).astype(np.float32)
    values[:, 1] = np.round(values[:, 1])
    values[::2, 2], values[1::2, 2] = 0.0, -0.0
    values[:20, 3], values[20:40, 3] = np.inf, -np.inf
    values[:, 4] *= 1e-44
    weights = rng.random(500) * (rng.random(500) < 0.9)
    at = (0.05, 0.5, 0.95)
    found = column_quantiles(values, weights, at)
    assert found.shape == (3, 6)
    np.testing.assert_allclose(found, column_quantiles(values.astype(float), weights, at), rtol=1e-12)
