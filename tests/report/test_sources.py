"""Disputed quantities on the page: source by source, and pooled."""

import datetime as dt
import json
import re

import pytest
from msgspec.structs import replace

from detente.evidence.quantities import pooled_result
from detente.language.records import Quantity, Report
from detente.report import render
from detente.report.sources import quantity
from detente.result import encode, evidence
from tests.report.pages import Page
from tests.report.sample import read


def told(*reports, unit="km2"):
    """A quantity as the result holds it."""
    found = Quantity("area", "Area held.", unit, dt.date(2024, 8, 14), reports)
    return evidence.Quantity(
        says=found.says,
        unit=unit,
        date=found.date,
        reports=[evidence.Report(**vars(report)) for report in reports],
        pooled=pooled_result(found),
    )


MAP = Report("Map", "2024-08-14", "neutral", "B2", value=790.0)
RU = Report("Governor", "2024-08-12", "RU", "C3", value=480.0)
RU_AGAIN = Report("Governor", "2024-08-13", "RU", "C3", value=500.0)
UA = Report("Chief", "2024-08-13", "UA", "C3", low=900.0, high=1100.0)


def test_in_words():
    shown = quantity("area", told(MAP, RU, UA))
    assert re.fullmatch(r"7\d\d\s*km² \(6\d\d to 9\d\d\)", shown["pooled"]["value"])
    assert re.fullmatch(
        r"Pooled: .*, 90% interval, log scale; the sides lean: RU ×0\.\d+ \(.* to .*\), UA ×1\.\d+ \(.* to .*\)",
        shown["pooled"]["text"],
    )
    assert [row["weight"] != "" for row in shown["reports"]] == [True] * 3


def test_a_source_that_reports_twice_has_one_weight():
    shown = quantity("area", told(MAP, RU, RU_AGAIN))
    weights = {row["source"]: [] for row in shown["reports"]}
    for row in shown["reports"]:
        weights[row["source"]].append(row["weight"])
    assert weights["Governor"][1] == "" and weights["Governor"][0]


@pytest.mark.parametrize(
    ("reports", "caution"),
    [
        ((MAP,), ". One source only: nothing checks it"),
        (
            (RU, Report("Ministry", "2024-08-13", "RU", "C3", value=500.0)),
            ". All sources speak for RU: a bias they share cannot be seen, only allowed for",
        ),
        ((MAP, Report("OWL", "2024-08-13", "neutral", "B2", value=800.0)), ""),
    ],
)
def test_what_limits_it_is_said(reports, caution):
    assert quantity("area", told(*reports))["pooled"]["text"].endswith("90% interval, log scale" + caution)


def test_a_linear_quantity_leans_by_an_amount():
    text = quantity("share", told(MAP, RU, unit="%"))["pooled"]["text"]
    assert re.search(r"linear scale; the sides lean: RU −\d+ \(−\d+ to −?\d", text)


def test_on_the_page(results):
    result = replace(read(results), quantities={"area": told(MAP, RU, UA)})
    page = Page(render(result))
    assert page.wrong == []
    said = quantity("area", result.quantities["area"])["pooled"]["text"]
    assert " ".join(said.split()) in " ".join(page.text.split())
    assert "Weight 0." in page.text and "without it: " in page.text


def test_unknown_numbers_are_dashes(results):
    def blank(value):
        if isinstance(value, dict):
            return {key: blank(item) for key, item in value.items()}
        return None if isinstance(value, float) else value

    row = json.loads(encode(told(MAP, RU, UA)))
    results["quantities"] = {"area": row | {"pooled": blank(row["pooled"])}}
    page = Page(render(read(results)))
    assert page.wrong == [] and "None" not in page.text.replace("None of the claims", "")


def test_results_from_before_are_shown_without(results):
    row = replace(told(MAP, RU, UA), pooled=None)
    assert quantity("area", row)["pooled"] is None
    assert Page(render(replace(read(results), quantities={"area": row}))).wrong == []
