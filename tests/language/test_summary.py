"""The plain rows that `detente check` prints."""

from __future__ import annotations

import json

from detente.language.load import load
from detente.language.summary import summary
from tests.language.conftest import COD_WAR


def test_summary():
    rows = summary(load(COD_WAR))
    assert json.loads(json.dumps(rows)) == rows
    assert rows["clock"] == {
        "start": "1975-11-10",
        "branch": "1976-01-19",
        "now": "1976-05-31",
        "end": "1976-11-29",
        "step_days": 7,
        "steps": 55,
        "recorded_steps": 29,
    }
    assert rows["ladder"] == [
        {"rung": 4.0, "track": "IS.patrol", "move": "harry-trawlers", "times": 1},
        {"rung": 5.0, "track": "UK.navy", "move": "send-frigates", "times": 1},
        {"rung": 6.0, "track": "UK.navy", "move": "ramming", "times": 3},
    ]
    assert rows["ledger"] == {
        "rows": 7,
        "moves": 5,
        "events": 1,
        "context": 1,
        "first": "1975-11-13",
        "last": "1976-05-06",
    }
    assert [row["times"] for row in rows["events"]] == [1, 0]
    assert [row["weight"] for row in rows["hypotheses"]] == [0.5, 0.5]
    assert rows["courses"][0]["forced"] == "UK.navy:send-frigates on 1976-02-09"
    assert rows["courses"][1]["forbidden"] == "UK.navy:send-frigates, UK.navy:ramming"
