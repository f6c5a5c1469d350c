"""The figures of a bargaining result: dates side by side, courses beside each other on one date."""

import datetime as dt
from types import SimpleNamespace as Given

from detente.report.figures.bargaining import empty_zone, term_in_zone

NAMES, INDEX = {"thrust": "The thrust", "none": "No thrust"}, {"thrust": 0, "none": 2}


def point(day: str, empty: float | None, low: float = 0.2, high: float = 0.8) -> Given:
    land = Given(low=Given(value=low), high=Given(value=high), nash=Given(value=0.5))
    return Given(
        date=dt.date.fromisoformat(day),
        p_empty=Given(value=empty, mc_error=0.04),
        without_chip=Given(p_empty=Given(value=0.3, mc_error=0.02)),
        terms={"land": land},
    )


COURSES = {
    "thrust": [point("2024-08-05", 0.2), point("2024-08-19", None)],
    "none": [point("2024-08-05", 0.4), point("2024-08-19", 0.5)],
}


def test_the_chance_of_nothing_to_agree_on_has_errors_and_a_hollow_twin_without_the_chip():
    figure = empty_zone(COURSES, INDEX, NAMES, chip=True)
    assert list(figure.across.names) == ["5 Aug\n2024", "19 Aug\n2024"]
    assert [(line.name, list(line.y), line.course, line.shift) for line in figure.series] == [
        ("The thrust", [0.2], 0, -3.5),
        ("No thrust", [0.4, 0.5], 2, 3.5),
    ]
    hollow = [mark for mark in figure.marks if mark.shape == "ring"]
    assert len(hollow) == 4 and hollow[0].says == "The thrust, without the chip: 30% ±2 pp"
    full = [mark for mark in figure.marks if mark.shape == "dot"]
    assert [(mark.says, round(mark.low or 0, 2), round(mark.high or 0, 2)) for mark in full] == [
        ("The thrust: 20% ±4 pp", 0.16, 0.24),
        ("No thrust: 40% ±4 pp", 0.36, 0.44),
        ("No thrust: 50% ±4 pp", 0.46, 0.54),
    ]
    assert not [mark for mark in empty_zone(COURSES, INDEX, NAMES, chip=False).marks if mark.shape == "ring"]


def test_a_term_is_a_bar_with_its_nash_point_and_its_unit():
    figure = term_in_zone(COURSES, INDEX, NAMES, "land", "km²")
    assert figure.upright.unit == "km²" and figure.upright.low == 0.0
    assert [(mark.low, mark.y, mark.high) for mark in figure.marks] == [(0.2, 0.5, 0.8)] * 4
    assert figure.marks[0].says == "The thrust: 0.5 (0.2 to 0.8)"
    below = {"thrust": [point("2024-08-05", 0.2, low=-0.5)]}
    assert term_in_zone(below, INDEX, NAMES, "land", "").upright.low is None
