"""Disputed quantities from their reports to the result."""

import datetime as dt
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente import load
from detente.evidence.quantities import pool_quantity, pooled_result, quantity_results
from detente.language.records import Quantity, Report
from detente.language.without import without
from detente.result import rounded
from detente.result.evidence import PooledWithout
from tests.engine.games import scenario

DAY = dt.date(2024, 1, 2)
GRADES = [letter + digit for letter in "ABCDEF" for digit in "123456"]


def report(source, value, grade="B2", side="neutral", **others):
    return Report(source, "2024-01-03", side, grade, value=value, **others)


def quantity(*reports, unit="people"):
    return Quantity("moved", "People moved.", unit, DAY, reports)


def middle(found):
    return found.q05, found.q50, found.q95


def test_quantities_source_by_source():
    one = Report("UN", "2024-01-02", "neutral", "A1", value=7.0)
    other = Report("Ministry", "2024-01-03", "A", "C3", low=1.0, high=9.0, note="n", url="u")
    found = quantity_results(replace(scenario(), quantities=(quantity(one, other),)))
    assert list(found) == ["moved"]
    assert found["moved"].says == "People moved."
    assert (found["moved"].unit, found["moved"].date) == ("people", DAY)
    first, second = found["moved"].reports
    assert (first.source, first.value, first.low, first.high) == ("UN", 7.0, None, None)
    assert (second.value, second.low, second.high, second.grade) == (None, 1.0, 9.0, "C3")
    assert list(found["moved"].pooled.sources) == ["UN", "Ministry"]


def test_neutral_reports_by_hand():
    """B2 is 10% for the source and 10% for the report; D3 40% and 20%."""
    found = pooled_result(quantity(report("a", 100.0), report("b", 200.0, "D3")))
    weights = 1 / 0.02, 1 / 0.20
    mean = (weights[0] * math.log(100) + weights[1] * math.log(200)) / sum(weights)
    sd = sum(weights) ** -0.5
    assert (found.scale, found.reference, found.sides) == ("log", None, {})
    assert (found.mean, found.sd) == pytest.approx((mean, sd), rel=1e-5)
    assert middle(found) == pytest.approx([math.exp(mean + k * 1.644854 * sd) for k in (-1, 0, 1)], rel=1e-5)
    about = found.sources["b"]
    assert (about.sides, about.grades) == (["neutral"], ["D3"])
    assert about.weight == pytest.approx(weights[1] / sum(weights), rel=1e-5)
    assert (about.without.q50, about.without.sd) == pytest.approx((100, math.sqrt(0.02)), rel=1e-5)
    assert about.adds.nats == pytest.approx(math.log(math.sqrt(0.02) / sd), rel=1e-4)
    assert about.adds.shift == pytest.approx(math.exp(mean) - 100, rel=1e-4)


def test_one_report_is_enough():
    found = pooled_result(quantity(report("a", 100.0, side="UA")))
    assert found.q50 == pytest.approx(100)
    about = found.sources["a"]
    assert (about.sides, about.grades, about.without) == (["UA"], ["B2"], None)
    assert (about.weight, about.adds.nats, about.adds.shift) == (1.0, None, None)


def test_a_side_is_a_side_whatever_its_name_and_neutral_is_neutral_however_written():
    found = pooled_result(quantity(report("a", 100.0, side=""), report("b", 110.0, side="Neutral")))
    assert list(found.sides) == [""]


def test_saying_it_twice_adds_nothing():
    once, other = report("a", 100.0, side="UA"), report("b", 150.0)
    said_once = rounded(pooled_result(quantity(once, other)))
    assert rounded(pooled_result(quantity(once, once, other))) == said_once
    assert rounded(pooled_result(quantity(replace(once, note="again"), other, once))) == said_once


def test_a_source_that_speaks_again_adds_less_than_another_source():
    one = report("a", 100.0, "C2", "UA")
    alone = pooled_result(quantity(one)).sd
    again = pooled_result(quantity(one, replace(one, value=101.0))).sd
    another = pooled_result(quantity(one, replace(one, value=101.0, source="b"))).sd
    assert another < again < alone


def test_a_shared_side_binds_sources_that_agree():
    """Two sources of one side agree: still less sure than two neutral ones that do."""
    rows = [report("a", 100.0), report("b", 100.0)]
    biased = pooled_result(quantity(*(replace(row, side="UA") for row in rows)))
    assert biased.sd > pooled_result(quantity(*rows)).sd


@pytest.mark.parametrize(("unknown", "worst", "best"), [("F2", "E2", "A2"), ("B6", "B5", "B1"), ("F6", "E5", "A1")])
def test_what_cannot_be_judged_is_neither_best_nor_worst(unknown, worst, best):
    def sd(grade):
        return pooled_result(quantity(report("a", 100.0, grade))).sd

    def weight(grade):
        return pooled_result(quantity(report("a", 100.0, grade), report("b", 120.0))).sources["a"].weight

    assert sd(best) < sd(unknown) < sd(worst)
    assert weight(worst) < weight(unknown) < weight(best)


def test_a_zero_is_taken_and_the_estimate_stays_positive():
    found = pooled_result(quantity(report("a", None, low=0.0, high=20.0), report("b", 5.0, "E5")))
    assert found.scale == "linear" and 0 < found.q05 < found.q95


def test_a_drop_that_changes_the_scale_gives_no_nats():
    found = pooled_result(quantity(report("a", 0.0), report("b", 5.0)))
    assert found.sources["a"].without.scale == "log"
    assert found.sources["a"].adds.nats is None
    assert found.sources["b"].adds.nats is not None


def test_a_dissenter_can_widen():
    rows = [report("a", 100.0, side="X"), report("b", 101.0, side="Y"), report("c", 1000.0, "B2", side="Z")]
    assert pooled_result(quantity(*rows)).sources["c"].adds.nats < 0


REPORT = st.builds(
    report,
    st.sampled_from("abc"),
    st.floats(0.1, 1e5).map(lambda x: round(x, 3)),
    st.sampled_from(GRADES),
    st.sampled_from(["neutral", "UA", "RU"]),
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(REPORT, min_size=1, max_size=4), st.sampled_from([0.001, 0.5, 1000.0]), st.sampled_from(["people", "%"])
)
def test_the_unit_does_not_matter(rows, factor, unit):
    _, found, _ = pool_quantity(quantity(*rows, unit=unit))
    scale, again, _ = pool_quantity(quantity(*(replace(r, value=r.value * factor) for r in rows), unit=unit))
    shift = math.log(factor) if scale.name == "log" else 0.0
    assert again.estimate.mean == pytest.approx(found.estimate.mean + shift, abs=1e-7)
    assert again.estimate.sd == pytest.approx(found.estimate.sd, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(REPORT, min_size=1, max_size=4))
def test_what_a_source_adds_is_what_dropping_it_takes(rows):
    whole = replace(scenario(), quantities=(quantity(*rows),))
    pooled = pooled_result(whole.quantities[0])
    assert sum(about.weight for about in pooled.sources.values()) == pytest.approx(1.0, abs=1e-4)
    for source, about in pooled.sources.items():
        left = quantity_results(without(whole, [source])[0])
        assert (about.without is None) == (not left)
        if left:
            rest = left["moved"].pooled
            fields = about.without.__struct_fields__
            assert about.without == PooledWithout(**{key: getattr(rest, key) for key in fields})


@pytest.mark.parametrize("value", [1e-300, 1e308])
@pytest.mark.parametrize("unit", ["people", "%"])
def test_numbers_of_any_size_give_json(value, unit):
    found = pooled_result(
        quantity(report("a", value, "E5", "UA"), report("b", 0.0 if unit == "%" else value), unit=unit)
    )
    assert rounded(found).q05 is not None


def test_no_report_no_estimate():
    with pytest.raises(ValueError, match="quantity 'moved' has no report"):
        pooled_result(quantity())


def test_the_bundled_quantities_are_in_order():
    found = quantity_results(load("kursk-2024"))
    assert all(about.pooled.q05 < about.pooled.q50 < about.pooled.q95 for about in found.values())
