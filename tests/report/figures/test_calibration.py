"""The figures of a calibration: departures from even ranks, and what was said against what came true."""

from types import SimpleNamespace

from detente.report.figures.calibration import furthest, ranks, reliability
from detente.result.verify import RankedQuantity, ReliabilityBin

RESULT = SimpleNamespace(
    scenario="toll",
    seed=1,
    sims=10,
    made=SimpleNamespace(versions={"detente": "0.1.0"}),
    band=[[0.0, 0.1, 1.0], [0.0, 0.9, 1.0]],
    quantities={"greed": RankedQuantity(p_ecdf=0.5, p_chi_squared=0.5, refused=False, ecdf=[0, 3, 10])},
)


def test_ranks_are_drawn_less_the_diagonal_within_their_band():
    figure = ranks(RESULT, "greed")
    even, line = figure.series
    assert list(line.y) == [0.0, -0.2, 0.0]
    assert [round(value, 6) for value in even.ranges[0].low] == [0.0, -0.4, 0.0]
    assert round(furthest(RESULT), 6) == 0.46 == round(figure.upright.high, 6)
    assert figure.about == "Departs from even ranks by at most 0.2."
    assert figure.source == "Détente 0.1.0, scenario toll, seed 1."


def test_what_came_true_is_marked_with_its_range_and_count():
    rows = [ReliabilityBin(low=0.2, high=0.3, n=16, replications=8, stated=0.25, true=0.5, q05=0.2, q95=0.8)]
    (mark,) = reliability(RESULT, "claims", rows).marks
    assert (mark.x, mark.y, mark.low, mark.high, mark.size) == (0.25, 0.5, 0.2, 0.8, 3.0)
    assert mark.says == "said 25%, true 50% of 16"
