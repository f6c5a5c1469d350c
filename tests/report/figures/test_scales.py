"""Labels of axes, and texts broken and kept apart."""

import datetime as dt
import itertools
import re

import pytest

from detente.report.figures.scales import apart, ceiling, date_ticks, number_ticks, rounded, share, text_width, wrapped


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0, 20_000, [0, 5_000, 10_000, 15_000, 20_000]),
        (-100, 100, [-100, -50, 0, 50, 100]),
        (3, 3, [3]),
    ],
)
def test_numbers_are_round(low, high, found):
    assert number_ticks(low, high) == found


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        ("2024-08-05", "2025-08-18", ["Oct 2024", "Jan 2025", "Apr", "Jul"]),
        ("2022-02-21", "2025-08-18", ["2023", "2024", "2025"]),
        ("2024-03-02", "2024-03-05", ["2 Mar 2024", "3 Mar", "4 Mar", "5 Mar"]),
        ("1816-01-01", "2001-12-31", ["1820", "1840", "1860", "1880", "1900", "1920", "1940", "1960", "1980", "2000"]),
        ("2024-12-20", "2025-01-20", ["20 Dec 2024", "27 Dec", "3 Jan 2025", "10 Jan", "17 Jan"]),
    ],
)
def test_dates_are_round_and_say_the_year_where_it_changes(low, high, found):
    most = 10 if low < "1900" else 5
    ticks = date_ticks(dt.date.fromisoformat(low), dt.date.fromisoformat(high), most)
    assert [" ".join(filter(None, labels)) for _, *labels in ticks] == found
    assert all(low <= f"{day}" <= high for day, *_ in ticks)


@pytest.mark.parametrize(
    ("values", "bounds"),
    [([3, 97], (0, 100)), ([980, 1020], (980, 1020)), ([-0.2, 2.1], (-1, 3)), ([0, 0], (0, 1)), ([], (0, 1))],
)
def test_bounds_are_round_and_hold_all_values(values, bounds):
    assert rounded(values) == bounds


def test_an_axis_of_probability_has_air_and_ends():
    assert [ceiling(top) for top in (0.0, 0.02, 0.5, 0.99)] == [0.05, 0.05, 0.55, 1.0]
    assert [share(value) for value in (0.0, 0.025, 0.3, 1.0)] == ["0%", "2.5%", "30%", "100%"]


def test_no_word_is_cut():
    text = "38% The thrust, with backers who stay silent about their unspoken-long-hyphenated part"
    lines = wrapped(text, 88, 11.5)
    assert re.sub("- ", "-", " ".join(lines)) == text
    assert lines[-2:] == ["long-", "hyphenated part"]
    assert all(text_width(line, 11.5) <= 88 for line in lines)


def test_labels_stand_apart_in_their_order():
    places, heights = [50, 50, 10, 99], [20, 20, 20, 20]
    tops = apart(places, heights, 0, 100)
    spans = sorted((top, top + height) for top, height in zip(tops, heights, strict=True))
    assert all(below[0] >= above[1] for above, below in itertools.pairwise(spans))
    assert spans[0][0] >= 0 and spans[-1][1] <= 100
    assert sorted(range(4), key=tops.__getitem__) == [2, 0, 1, 3]
