"""forecasts.yaml: what a good one reads to, and the whole message of a bad one."""

from __future__ import annotations

import shutil

import pytest

from detente.errors import InputError
from detente.language.load import load
from detente.language.records import Forecasts
from detente.language.summary import summary
from tests.language.conftest import COD_WAR


def test_cod_war():
    found = load(COD_WAR).forecasts
    assert [(q.id, q.happens, q.steps) for q in found.events] == [
        ("break", ("relations-broken",), (4, 12)),
        ("navy-acts", ("UK.navy:send-frigates", "UK.navy:ramming"), (4,)),
        ("strained", (), (4, 8)),
    ]
    assert [str(q.when) for q in found.events] == ["None", "None", "strain.nato > 2"]
    assert [(q.id, str(q.value), q.since_start, q.per_step, q.steps) for q in found.series] == [
        ("strain", "strain.nato", False, False, 8),
        ("limit-gain", "limit.respected", True, False, 8),
        ("heat", "cooling * strain.nato", False, True, 8),
    ]
    assert found.series[1].unit == "share of the 200-mile zone"


def test_the_default_is_fifty_two_steps(folder, edit):
    edit("forecasts.yaml", "unit: rung-weeks, steps: 8", "unit: rung-weeks")
    assert load(folder).forecasts.series[0].steps == 52


def test_questions_change_the_hash_and_nothing_else(folder):
    whole = load(folder)
    (folder / "forecasts.yaml").unlink()
    none = load(folder)
    assert none.forecasts == Forecasts()
    assert none.sha256 != whole.sha256
    assert (none.ledger, none.events, none.claims) == (whole.ledger, whole.events, whole.claims)


def test_an_empty_file_asks_nothing(folder):
    (folder / "forecasts.yaml").write_text("events:\n", encoding="utf-8")
    assert load(folder).forecasts == Forecasts()


def test_a_single_file_scenario_asks_nothing(tmp_path):
    for name in ("forecasts.yaml", "scenario.yaml"):
        shutil.copy(COD_WAR / name, tmp_path / name.replace("scenario", "other"))
    assert load(tmp_path / "other.yaml").forecasts == Forecasts()


def test_the_summary_counts_them():
    rows = summary(load(COD_WAR))["forecasts"]
    assert len(rows) == 6
    assert rows[1] == {
        "id": "navy-acts",
        "asks": "UK.navy:send-frigates or UK.navy:ramming happens",
        "steps": "4",
    }
    assert rows[4]["asks"] == "limit.respected (share of the 200-mile zone, change since the forecast)"


ONE = {
    "an unknown event": (
        ("happens: relations-broken", "happens: relation-broken"),
        """\
cod-war/forecasts.yaml:4:14: events.break.happens
  4 |     happens: relation-broken
    |              ^
  expected an event, or TRACK:move
  got      'relation-broken'
  hint     did you mean 'relations-broken'?""",
    ),
    "an unknown move of a track": (
        ("UK.navy:ramming]", "UK.navy:raming]"),
        """\
cod-war/forecasts.yaml:8:46: events.navy-acts.happens[1]
  8 |     happens: [UK.navy:send-frigates, UK.navy:raming]
    |                                              ^
  expected a move of UK.navy
  got      'raming'
  hint     did you mean 'ramming'?""",
    ),
    "a window that is no whole number of steps": (
        ("[4 weeks, 12 weeks]", "[4 weeks, 10 days]"),
        """\
cod-war/forecasts.yaml:5:23: events.break.within[1]
  5 |     within: [4 weeks, 10 days]
    |                       ^
  expected a whole number of steps of 7 days
  got      '10 days'
  hint     write 7 days""",
    ),
    "a window twice": (
        ("[28 days, 8 weeks]", "[28 days, 4 weeks]"),
        """\
cod-war/forecasts.yaml:13:22: events.strained.after[1]
  13 |     after: [28 days, 4 weeks]
     |                      ^
  expected each window once
  got      '4 weeks'""",
    ),
    "no window at all": (
        ("[28 days, 8 weeks]", "[]"),
        """\
cod-war/forecasts.yaml:13:12: events.strained.after
  13 |     after: []
     |            ^
  expected at least one duration, such as '2 weeks'
  got      'an empty list'""",
    ),
    "a condition with the wrong kind of window": (
        ("after: [28", "within: [28"),
        """\
cod-war/forecasts.yaml:10:3: events.strained
  10 |   strained:
     |   ^
  expected either happens and within, or when and after
  got      'within and when'""",
    ),
    "a number where a condition stands": (
        ("strain.nato > 2", "strain.nato"),
        """\
cod-war/forecasts.yaml:12:11: events.strained.when
  12 |     when: strain.nato
     |           ^
  expected a comparison, such as x > 0
  got      'strain.nato'""",
    ),
    "a condition where a number stands": (
        ("value: strain.nato", "value: strain.nato > 1"),
        """\
cod-war/forecasts.yaml:15:42: series.strain.value
  15 |   strain: {says: Strain on NATO., value: strain.nato > 1, unit: rung-weeks, steps: 8}
     |                                          ^
  expected a number
  got      'a comparison'
  hint     turn it into one: where(test, 1, 0)""",
    ),
    "an unknown stock": (
        ("value: limit.respected", "value: limit.repected"),
        """\
cod-war/forecasts.yaml:16:23: series.limit-gain.value
  16 |   limit-gain: {value: limit.repected, since: start, unit: share of the 200-mile zone, steps: 8}
     |                       ^
  expected a stock, a parameter or the clock
  got      'limit.repected'
  hint     did you mean 'limit.respected'?""",
    ),
    "since and per": (
        ("since: start", "since: start, per: step"),
        """\
cod-war/forecasts.yaml:16:59: series.limit-gain.per
  16 |   limit-gain: {value: limit.respected, since: start, per: step, unit: share of the 200-mile zone, steps: 8}
     |                                                           ^
  expected at most one of since, per
  got      'both'
  hint     what accrues in one step has no value at the start""",
    ),
    "since another day": (
        ("since: start", "since: branch"),
        """\
cod-war/forecasts.yaml:16:47: series.limit-gain.since
  16 |   limit-gain: {value: limit.respected, since: branch, unit: share of the 200-mile zone, steps: 8}
     |                                               ^
  expected start
  got      'branch'""",
    ),
    "half a step": (
        ("unit: rung-weeks, steps: 8", "unit: rung-weeks, steps: 8.5"),
        """\
cod-war/forecasts.yaml:15:80: series.strain.steps
  15 |   strain: {says: Strain on NATO., value: strain.nato, unit: rung-weeks, steps: 8.5}
     |                                                                                ^
  expected a whole number of steps, 1 or more
  got      '8.5'""",
    ),
    "one id for an event and a series": (
        ("  strain: {says", "  strained: {says"),
        """\
cod-war/forecasts.yaml:15:3: series.strained
  15 |   strained: {says: Strain on NATO., value: strain.nato, unit: rung-weeks, steps: 8}
     |   ^
  expected an id that no question has
  got      'strained'
  hint     events.strained exists too; rename one""",
    ),
    "an unknown key": (
        ("    happens: relations-broken", "    happen: relations-broken"),
        """\
cod-war/forecasts.yaml:2:3: events.break
  2 |   break:
    |   ^
  expected either happens and within, or when and after
  got      'within'

cod-war/forecasts.yaml:4:5: events.break.happen
  4 |     happen: relations-broken
    |     ^
  expected one of: says, happens, within, when, after
  got      'happen'
  hint     did you mean 'happens'?""",
    ),
}


@pytest.mark.parametrize("case", ONE)
def test_messages(case, edit, message):
    (old, new), expected = ONE[case]
    edit("forecasts.yaml", old, new)
    assert message().split("\n\n", 1)[1] == expected


def test_all_problems_at_once(edit, folder):
    edit("forecasts.yaml", "happens: relations-broken", "happens: riot")
    edit("forecasts.yaml", "strain.nato > 2", "strain.nat > 2")
    edit("forecasts.yaml", "per: step", "per: week")
    with pytest.raises(InputError) as caught:
        load(folder)
    assert [(p.place.line, p.got) for p in caught.value.problems if p.place] == [
        (4, "riot"),
        (12, "strain.nat"),
        (17, "week"),
    ]
