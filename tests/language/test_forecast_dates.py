"""Which days a forecast can be made on, by whole messages."""

from __future__ import annotations

import datetime as dt

import pytest

from detente.errors import InputError
from detente.language.forecast_dates import dates_of, step_at
from detente.language.load import load
from tests.language.conftest import COD_WAR


@pytest.fixture(scope="module")
def scenario():
    return load(COD_WAR)


@pytest.mark.parametrize(("day", "step"), [((1975, 11, 17), 1), ((1976, 3, 1), 16), ((1976, 5, 31), 29)])
def test_boundaries_of_the_record(scenario, day, step):
    assert step_at(scenario, dt.date(*day)) == step


@pytest.mark.parametrize(
    ("day", "hint"),
    [
        ("1976-03-02", "the nearest are 1976-03-01 and 1976-03-08"),
        ("1976-06-07", "the nearest is 1976-05-31"),
        ("1975-11-10", "the nearest is 1975-11-17"),
        ("1914-06-28", "the nearest is 1975-11-17"),
    ],
)
def test_other_days_are_refused_and_the_nearest_named(scenario, day, hint):
    with pytest.raises(InputError) as caught:
        step_at(scenario, dt.date.fromisoformat(day))
    assert str(caught.value) == (
        "1 problem in the options\n\n--at\n"
        "  expected a day on which a step begins, after 1975-11-10 (start) and no later than 1976-05-31 (now)\n"
        f"  got      '{day}'\n"
        f"  hint     {hint}"
    )


def test_the_dates_of_a_hindcast(scenario):
    days = dates_of(scenario, dt.date(1976, 1, 19), dt.date(1976, 2, 20), 14)
    assert [str(day) for day in days] == ["1976-01-19", "1976-02-02", "1976-02-16"]


def test_all_that_is_wrong_with_a_hindcast(scenario):
    with pytest.raises(InputError) as caught:
        dates_of(scenario, dt.date(1976, 1, 19), dt.date(1976, 6, 7), 10)
    assert (
        str(caught.value)
        == """\
2 problems in the options

--to
  expected a day no later than 1976-05-31 (now)
  got      '1976-06-07'

--every
  expected a whole number of steps of 7 days
  got      '10 days'"""
    )
