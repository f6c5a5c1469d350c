"""From events to proposed rows: what is kept, what is left out and why, and what two data sets say of one day."""

from __future__ import annotations

import datetime as dt
import textwrap

import polars as pl
import pytest

from detente.errors import InputError
from detente.events import table as events
from detente.events.ledger.build import propose
from detente.events.ledger.files import HISTORY, history_text, note, sources_text
from detente.events.ledger.rules import read_rules
from detente.language.load import load

SCENARIO = """
detente: 1
title: Two sides
clock: {start: 2020-01-06, branch: 2020-03-02, now: 2020-03-16, end: 2020-04-06, step: 1 week}
actors: {N: {name: North}, S: {name: South}}
tracks:
  N.fires:
    raid: {rung: 4, appeal: 0}
    barrage: {rung: 6, appeal: 0, magnitude: "lognormal(2, 1)"}
  S.talks:
    offer: {rung: 1, appeal: 0}
"""
HISTORY_CSV = (
    "date,track,move,source,note\n2020-01-14,N.fires,raid,hand,by hand\n2020-01-21,N.fires,barrage,hand,by hand\n"
)
RULES = """
actors:
  N: [NOR, Army of the North]
  S: [SOU]
rules:
  - {actor: N, target: S, rungs: [7, 8], track: N.fires, move: barrage, magnitude: sum, either: true,
     at_least: {magnitude: 2}}
  - {actor: N, codes: [raid], track: N.fires, move: raid}
  - {actor: S, codes: [plea], track: S.talks, move: offer, at_least: {reports: 10}}
  - {actor: S, codes: [parade], track: S.talks, move: none, why: no talk}
"""


@pytest.fixture
def folder(tmp_path):
    for name, content in {"scenario.yaml": SCENARIO, "history.csv": HISTORY_CSV, "coding.yaml": RULES}.items():
        (tmp_path / name).write_text(textwrap.dedent(content).lstrip(), "utf-8")
    return tmp_path


def table(*rows):
    """An event table of a few named columns; the rest as of an exact, directed event."""
    made = []
    for i, row in enumerate(rows):
        day = dt.date.fromisoformat(row.pop("day", "2020-02-05"))
        base = {"provider": "p", "id": str(i), "date": day, "date_end": day, "precision": "day", "directed": True}
        base |= {"scheme": "s", "code": "raid", "licence": "l", "actor_state": "NOR", "target_state": "SOU"}
        made.append({**dict.fromkeys(events.NAMES), **base, **row})
    return pl.DataFrame(made, schema=events.schema())


def build(folder, *rows):
    scenario = load(folder)
    return propose(scenario, read_rules(scenario, folder / "coding.yaml"), [table(*rows)])


def dropped(built):
    return {reason: count for reason, count in built.dropped.items() if count}


SHELLING = {"code": "shelling", "rung": 7.0, "unit": "deaths"}


def test_data_sets_are_merged_and_their_disagreement_is_kept(folder):
    built = build(
        folder,
        SHELLING | {"provider": "a", "magnitude": 4.0, "low": 2.0, "high": 9.0, "source": "Times;Post"},
        SHELLING | {"provider": "a", "magnitude": 1.0, "source": "Times", "url": "https://x.example/1"},
        SHELLING | {"provider": "b", "magnitude": 11.0, "directed": False, "actor_state": "SOU", "target_state": "NOR"},
    )
    (row,) = built.rows
    assert (row.date, row.track, row.move, row.target) == (dt.date(2020, 2, 5), "N.fires", "barrage", "S")
    assert (row.magnitude, row.low, row.high, row.disputed) == (8.0, 3.0, 11.0, True)
    assert note(row) == (
        "Proposed by rule 1 from 3 events (a 2, b 1); deaths: a 5 (3 to 10), b 11; the data sets disagree"
    )
    assert history_text(built) == (
        f'{",".join(HISTORY)}\n2020-02-05,N.fires,barrage,S,8,"a: Times, Post; b",,,https://x.example/1,"{note(row)}"\n'
    )
    assert "2020-02-05,N.fires,barrage,S,a,2,,5,3,10,deaths,Times; Post,0; 1\n" in sources_text(built)


def test_the_rows_can_be_pasted_into_the_ledger(folder):
    built = build(folder, SHELLING | {"magnitude": 4.0}, {"day": "2020-02-20"})
    text = history_text(built)
    (folder / "history.csv").write_text(text, "utf-8")
    assert [(row.move, row.magnitude) for row in load(folder).ledger] == [("barrage", 4.0), ("raid", None)]


def test_the_ledgers_own_rows_stay(folder):
    built = build(folder, {"day": "2020-01-16"}, {"day": "2020-01-24"}, {"day": "2020-01-29"})
    assert [row.date.isoformat() for row in built.rows] == ["2020-01-29"]
    assert [(p.date.isoformat(), row.line) for p, row in built.held] == [("2020-01-16", 2)]
    assert [(p.date.isoformat(), row.move) for p, row in built.against] == [("2020-01-24", "barrage")]


def test_one_move_counts_per_step(folder):
    built = build(folder, {}, SHELLING | {"magnitude": 4.0, "day": "2020-02-07"}, {"day": "2020-02-04"})
    assert [row.move for row in built.rows] == ["barrage"]
    assert [(low.date.isoformat(), low.move, high.move) for low, high in built.folded] == [
        ("2020-02-04", "raid", "barrage"),
        ("2020-02-05", "raid", "barrage"),
    ]


def test_every_event_left_out_has_a_reason(folder):
    month = {"day": "2020-02-01", "date_end": dt.date(2020, 2, 29)}
    built = build(
        folder,
        {"day": "2019-12-31"},
        {"day": "2020-03-16"},
        month,
        {"actor_state": "EAS", "target_state": "WES"},
        {"code": "hug", "action": "Hug"},
        {"code": "parade", "actor_state": "SOU"},
        {"code": "plea", "actor_state": "SOU", "reports": 9},
        SHELLING | {"magnitude": 1.0},
        {"id": "x"},
        {"id": "x"},
        {"id": "y", "directed": False},
    )
    assert dropped(built) == {
        "outside the record, 2020-01-06 to before 2020-03-16": 2,
        "the date is not known to one step": 1,
        "neither side is an actor of the scenario": 1,
        "no rule takes the act": 2,  # the hug, and a raid of which it is not said who did it
        "rule 4 leaves it out: no talk": 1,
        "rule 3: fewer than 10 reports on the day": 1,
        "rule 1: fewer than 2 magnitude on the day": 1,
        "the same event again": 1,
    }
    assert built.events == sum(built.dropped.values()) + sum(row.events for row in built.rows) == 11
    assert built.unknown_actors == {"EAS": 1}
    assert built.unmatched == {"N to S: Hug": 1, "N to S: no action": 1}


def test_an_actor_is_known_by_name_too(folder):
    built = build(folder, {"actor": "Army of the North", "actor_state": "901"})
    assert [row.move for row in built.rows] == ["raid"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("track: S.talks, move: offer", "track: S.talk, move: offer"), "did you mean 'S.talks'?"),
        (("move: raid}", "move: rade}"), "did you mean 'raid'?"),
        (("move: raid}", "move: raid, magnitude: sum}"), "nothing: the move has no magnitude in the scenario"),
        (("magnitude: sum", "magnitude: total"), "one of: sum, largest, events, reports"),
        (("S: [SOU]", "S: [SOU, NOR]"), "names that no other actor has\n  got      'NOR, of N too'"),
        (("rungs: [7, 8]", "rungs: [8, 7]"), "a rung, or the lowest and the highest"),
        (("at_least: {reports: 10}", "at_least: {report: 10}"), "did you mean 'reports'?"),
        (("at_least: {reports: 10}", "at_least: {magnitude: 10}"), "in a rule that does not say magnitude"),
        (("actor: S, codes: [plea]", "actor: W, codes: [plea]"), "an actor with names above: N, S"),
    ],
)
def test_a_bad_rule_is_named_by_its_line(change, message, folder):
    (folder / "coding.yaml").write_text(RULES.lstrip().replace(*change), "utf-8")
    with pytest.raises(InputError) as caught:
        read_rules(load(folder), folder / "coding.yaml")
    assert message in str(caught.value) and "coding.yaml:" in str(caught.value)


def test_no_rules(folder):
    with pytest.raises(InputError) as caught:
        read_rules(load(folder), folder / "none.yaml")
    assert [(p.field, p.got) for p in caught.value.problems] == [("none.yaml", "no such file")]
