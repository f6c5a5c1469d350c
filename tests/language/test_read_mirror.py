"""The mirror in the scenario language: what it means, and whole messages for what is wrong."""

from __future__ import annotations

import datetime as dt

import pytest

from detente.errors import InputError
from detente.language.crisis_terms import ACT, SEAT
from detente.language.lint import lint
from tests.crises.mirrored import CLAIMS, MIRRORED, scenario


def messages(at, model=MIRRORED, claims=CLAIMS):
    with pytest.raises(InputError) as caught:
        scenario(at, model, claims)
    return "\n\n".join(map(str, caught.value.problems))


def test_a_mirror_is_read(tmp_path):
    mirror = scenario(tmp_path).mirror
    assert (mirror.says, mirror.date, mirror.faced_by) == ("A raid across the border", dt.date(2020, 2, 4), "A")
    assert set(mirror.act) == set(ACT) and set(mirror.seats["A"].words) == set(SEAT)
    assert mirror.act_at(dt.date(2020, 2, 9))["gravity"] == "limited military damage"
    assert mirror.act_at(dt.date(2020, 2, 10))["gravity"] == "territory"
    assert (mirror.seats["B"].gap, mirror.seats["A"].gap, mirror.seats["A"].answer.text) == (
        10,
        None,
        "logistic(temper)",
    )
    assert mirror.switches["calm"].words == {"war": "peace"} and mirror.cases["older"].crisis == 196


def test_claims_may_name_it_and_the_lint_counts_it_as_unsure(tmp_path):
    assert [one for one in lint(scenario(tmp_path)) if "claim" in one or "temper" in one] == []


def test_words_are_checked(tmp_path):
    model = (
        MIRRORED.replace("trigger: direct violent act", "trigger: direct violence")
        .replace("        gravity: limited", "        gravity: 3\n        gravity2: limited")
        .replace("faced_by: A", "faced_by: C")
    )
    assert (
        messages(tmp_path, model)
        == """\
raid/scenario.yaml:14:15: mirror.act.faced_by
  14 |     faced_by: C
     |               ^
  expected one of the seats: A, B
  got      'C'

raid/scenario.yaml:15:14: mirror.act.trigger
  15 |     trigger: direct violence
     |              ^
  expected one of: verbal act, political act, economic act, external change, other non-violent act, \
internal challenge, non-violent military act, indirect violent act, direct violent act
  got      'direct violence'
  hint     did you mean 'direct violent act'?

raid/scenario.yaml:16:14: mirror.act.gravity
  16 |     gravity: 3
     |              ^
  expected one of: economic, limited military damage, political, territory, influence, grave damage, existence, other
  got      '3'
  hint     write the word: territory

raid/scenario.yaml:17:5: mirror.act.gravity2
  17 |     gravity2: limited military damage
     |     ^
  expected one of: says, date, faced_by, trigger, gravity, source, adversary, war, conflict, later, why
  got      'gravity2'
  hint     did you mean 'gravity'?"""
    )


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("B: {country: 2,", "C: {country: 2,", "expected an actor: A, B\n  got      'C'"),
        ("B: {country: 2,", "B: {country: 1000,", "a country's number in the list of Gleditsch and Ward"),
        ("gap: 10", "gap: 500", "a power gap from -179 to 179"),
        ("set: {war: peace}", "set: {}", "at least one of: trigger"),
        ("answer: logistic(temper)", "answer: logistic(tempr)", "did you mean 'temper'?"),
        ("later: {2020-02-10:", "later: {2020-02-30:", "a day of the calendar"),
        ("response: non-violent military,", "response: war,", "one of: none, verbal, political"),
        ("        date: 2020-02-04\n", "", "mirror.act.date\n"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, old, new, part):
    assert old in MIRRORED
    assert part in messages(tmp_path, MIRRORED.replace(old, new))


def test_an_unknown_name_of_the_mirror(tmp_path):
    claims = CLAIMS.replace("mirror.B.violent", "mirror.B.violence")
    assert "did you mean 'mirror.B.violent'?" in messages(tmp_path, claims=claims)


def test_its_names_do_not_stand_in_expectations(tmp_path):
    claims = CLAIMS.replace("mirror.A.answer > 0.5", "E(mirror.A.answer at 2020-03-02 | free) > 0.5")
    assert "mirror.A.answer" in messages(tmp_path, claims=claims)
