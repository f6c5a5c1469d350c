"""A figure drawn: what it says to whom, where things stand, and that nothing of the user's is taken for markup."""

import datetime as dt
import itertools
import re
from xml.etree import ElementTree

import pytest

from detente.report.figures import Axis, Figure, Mark, Range, Rule, Series, stylesheet

DAYS = [dt.date(2024, 8, 5) + dt.timedelta(weeks=at) for at in range(5)]
CHANCE = Figure(
    title="Talks begin",
    about="On 2 Sep 2024: with 40%.",
    source="Détente, scenario truce.",
    across=Axis(kind="date", name="date"),
    upright=Axis(kind="share", name="probability", low=0.0, high=0.5),
    series=[
        Series(
            name="with",
            x=DAYS,
            y=[0, 0.1, 0.2, 0.3, 0.4],
            ranges=[Range(holds=0.9, low=[0, 0, 0.1, 0.1, 0.2], high=[0, 0.2, 0.3, 0.4, 0.5])],
            course=0,
        ),
        Series(name="without", x=DAYS, y=[0, 0.1, None, 0.2, 0.2], course=1),
    ],
    rules=[Rule(at=DAYS[1], says="record ends")],
)
GOLDEN = """\
<svg class="figure" viewBox="0 0 360 190" role="img">
<title>Talks begin</title>
<desc>On 2 Sep 2024: with 40%.</desc>
"""


def plain(**given) -> Figure:
    """A figure with the axes of `CHANCE` and nothing else but what is given."""
    empty = {"title": "", "about": "", "source": "", "across": CHANCE.across, "upright": CHANCE.upright}
    return Figure(**(empty | given))


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def texts(figure: Figure) -> list[str]:
    return ["".join(text.itertext()) for text in parsed(figure.svg()).iter("text")]


def test_a_drawing_begins_with_its_name_and_description():
    assert str(CHANCE.svg()).replace("><", ">\n<").startswith(GOLDEN)


def test_text_is_text_with_units_dates_and_names():
    assert texts(CHANCE) == [
        *("0%", "20%", "40%"),
        "probability",
        *("5 Aug", "2024", "12 Aug", "19 Aug", "26 Aug", "2 Sep"),
        "record ends",
        *("40% with", "20% without"),
    ]


def test_lines_run_straight_through_what_lies_between_and_break_at_gaps():
    lines = [path.get("d") for path in parsed(CHANCE.svg()).iter("path") if path.get("class") == "line"]
    assert lines == ["M34 156l222-105.6", "M34 156l55.5-26.4M200.5 103.2l55.5 0"]


def test_a_place_tells_the_numbers_of_its_day_to_a_pointer():
    titles = [title.text for title in parsed(CHANCE.svg()).findall("rect/title")]
    assert titles[2] == "19 Aug 2024\nwith: 20% (10–30%)"
    assert titles[3] == "26 Aug 2024\nwith: 30% (10–40%)\nwithout: 20%"
    assert "<title>" not in CHANCE.svg(told=False).split("</title>", 1)[1]


def test_a_figure_grows_with_the_names_of_its_lines():
    lines = [Series(name=f"course number {at} of many", x=DAYS, y=[0.1] * 5, course=at) for at in range(9)]
    found = parsed(plain(series=lines).svg())
    height = float(found.get("viewBox", "").split()[-1])
    names = [float(text.get("y", 0)) for text in found.iter("text") if text.get("class") == "name"]
    assert len(names) == 9 and 0 < min(names) and max(names) + 13 < height
    assert all(below - above >= 26 for above, below in itertools.pairwise(sorted(names)))


def test_a_zero_has_its_name_and_next_to_nothing_is_zero():
    line = Series(name="none", x=DAYS, y=[100, 10, 1, 0, 1e-12], course=0)
    nothing = Figure(
        title="", about="", source="", across=CHANCE.across, upright=Axis(kind="number", name="no unit"), series=[line]
    )
    assert texts(nothing)[-1] == "0 none"


def test_a_long_unit_is_broken_and_not_cut():
    unit = "thousand strike drones and missiles of every kind launched at cities, ports and power stations per week"
    figure = plain(upright=Axis(kind="number", name="", unit=unit), series=CHANCE.series)
    assert unit in " ".join(texts(figure))


@pytest.mark.parametrize(("at", "anchor"), [(0, "halo"), (4, "halo end")])
def test_a_rule_is_named_on_the_side_where_there_is_room(at, anchor):
    figure = plain(series=CHANCE.series, rules=[Rule(at=DAYS[at], says="record ends")])
    assert [text.get("class") for text in parsed(figure.svg()).iter("text") if text.text == "record ends"] == [anchor]


def test_marks_of_every_shape_on_rows_of_names():
    marks = [
        Mark(x=DAYS[0], y="RU", says="a strike", size=4),
        Mark(x=DAYS[4], y="event", shape="diamond"),
        Mark(x=DAYS[2], y="event", shape="ring", strength=0.5),
    ]
    rows = Axis(kind="names", name="track", names=["RU", "event"])
    found = parsed(plain(upright=rows, marks=marks).svg())
    strike, ring = found.iter("circle")
    assert (float(strike.get("cy", 0)), strike.findtext("title")) == (35, "a strike")
    assert (ring.get("class"), ring.get("opacity"), float(ring.get("cy", 0))) == ("ring", "0.5", 57)
    assert [path.get("d") for path in found.iter("path") if path.get("class") == "diamond"] == [
        "M346.0 53.2l3.8 3.8l-3.8 3.8l-3.8 -3.8Z"
    ]


def test_a_mark_shows_its_range():
    mark = Mark(x=0.5, y=0.5, low=0.25, high=0.75, course=2)
    unit = Axis(kind="share", name="said", low=0.0, high=1.0)
    found = parsed(plain(across=unit, upright=unit, marks=[mark]).svg())
    group = next(iter(found.iter("g")))
    assert group.get("class") == "course-2"
    assert [path.get("d", "").partition(" ")[2] for path in group.iter("path")] == ["57.0V123.0"]


def test_hostile_text_is_shown_and_is_no_markup():
    nasty = "<script>alert('x')</script> & \"quoted\""
    line = Series(name=nasty, x=DAYS, y=[0.1] * 5, course=0)
    mark = Mark(x=DAYS[0], y=0.1, says=nasty)
    figure = plain(title=nasty, about=nasty, source=nasty, series=[line], marks=[mark])
    for text in (figure.svg(), figure.file()):
        found = parsed(text)
        assert not [element for element in found.iter() if element.tag.endswith("script")]
        assert nasty in "".join(found.itertext())


def test_a_file_of_its_own_names_title_and_source_and_no_variable():
    text = CHANCE.file()
    found = parsed(text)
    assert found.tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in text and "http" not in text.replace("http://www.w3.org/2000/svg", "")
    shown = ["".join(element.itertext()) for element in found.iter("{http://www.w3.org/2000/svg}text")]
    assert shown[0] == "Talks begin" and "Détente, scenario truce." in shown
    assert CHANCE._repr_svg_() == text


def test_every_class_that_is_drawn_has_a_style():
    drawn = {name for names in re.findall(r'class="([^"]+)"', CHANCE.svg()) for name in names.split()}
    assert {name for name in drawn if f".{name}" not in stylesheet()} == set()
