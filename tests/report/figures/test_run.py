"""Which figures a run has, and what each says."""

from detente.report.figures import figures
from detente.report.figures.run import event, ledger, stock
from tests.report.sample import read


def test_a_figure_for_every_event_stock_and_the_ledger(results):
    course = next(iter(results["courses"].values()))
    found = figures(read(results))
    assert set(found) == {
        *(f"event:{id}" for id in course["events"]),
        *(f"stock:{id}" for id in course["stocks"]),
        "ledger",
    }
    assert all(
        figure.title and figure.source.startswith("Détente 0.1.0, scenario kursk-2024, seed 1.")
        for figure in found.values()
    )


def test_an_event_tells_where_every_course_ends(results):
    figure = event(read(results), "talks-open")
    assert figure is not None
    assert [line.name for line in figure.series] == [course["name"] for course in results["courses"].values()]
    first = next(iter(results["courses"].values()))
    last = first["events"]["talks-open"]["by_date"]["p"][-1]
    assert figure.about.startswith(f"On 18 Aug 2025, mean: {first['name']} {last:.0%};")
    assert figure.about.endswith("Bands hold 90%.")


def test_a_course_that_branches_on_another_day_is_left_out_of_chances(results):
    name = next(iter(results["courses"]))
    results["courses"][name]["branch"] = "2023-01-02"
    figure = event(read(results), "talks-open")
    assert figure is not None
    assert len(figure.series) == len(results["courses"]) - 1


def test_no_dates_no_figure(results):
    for course in results["courses"].values():
        course["events"]["talks-open"]["by_date"] = {"dates": [], "p": [], "q05": [], "q95": []}
    assert event(read(results), "talks-open") is None
    assert event(read(results), "no such event") is None and stock(read(results), "no such stock") is None


def test_observations_of_every_course_are_drawn_once_with_their_source(results):
    course = next(iter(results["courses"].values()))
    name = next(id for id, row in course["stocks"].items() if row["observed"])
    figure = stock(read(results), name)
    assert figure is not None
    rows = course["stocks"][name]["observed"]
    assert len(figure.marks) == len({(row["date"], row["value"], row["file"], row["source"]) for row in rows})
    assert figure.marks[0].says.startswith("observed ")
    assert rows[0]["file"] in figure.source
    assert len([line for line in figure.series if line.look == "thin"]) == 1


def test_more_than_two_courses_show_one_band_each(results):
    name = next(iter(next(iter(results["courses"].values()))["stocks"]))
    counts = []
    for _ in range(2):
        figure = stock(read(results), name)
        assert figure is not None
        counts.append({len(line.ranges) for line in figure.series if line.look == "line"})
        results["courses"].popitem()
    assert counts == [{1}, {2}]


def test_the_ledger_tells_every_entry_and_fades_what_is_folded(results):
    results["ledger"][0] |= {"folded": True, "rung": 3, "track": "RU.fires", "note": "a note", "grade": "B2"}
    figure = ledger(read(results))
    assert len(figure.marks) == len(results["ledger"])
    assert figure.upright.names[-1] == "context" or "context" not in figure.upright.names
    first = figure.marks[0]
    assert first.strength < figure.marks[1].strength
    assert "rung 3" in first.says and "a note" in first.says and "grade B2" in first.says and "folded" in first.says
    assert str(figure.across.low) < results["clock"]["start"]
