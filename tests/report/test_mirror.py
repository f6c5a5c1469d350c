"""The mirror and the analogies in words."""

from __future__ import annotations

from msgspec import convert

from detente.report.mirror import analogies, interval, mirror, verdict_of_scores
from detente.result.crises import Mirror, Score, ScoreDifference, ScoreTable


def spread(mean):
    return {"mean": mean, "q05": mean - 0.1, "q50": mean, "q95": mean + 0.1, "mc_error": 0.01}


def gap(low, value, high, crises=300):
    score = Score(low=low, value=value, high=high)
    against = {"climatology": ScoreDifference(brier=score, log=score)}
    return ScoreTable(n=crises, crises=crises, happened=1, share=0.5, scores={}, against=against)


def test_scores_in_words():
    assert interval(Score(value=0.2251, low=0.2, high=0.25)) == "0.225 (0.2–0.25)"
    assert verdict_of_scores(gap(-0.03, -0.02, -0.01)).startswith("The curve beats climatology, Brier −0.02")
    assert "LOSES to climatology" in verdict_of_scores(gap(0.01, 0.02, 0.03))
    assert "worse than climatology within the error" in verdict_of_scores(gap(-0.01, 0.01, 0.03))
    assert "better than climatology within the error" in verdict_of_scores(gap(-0.03, -0.01, 0.01))


def test_a_few_crises_beat_nobody():
    assert verdict_of_scores(gap(None, -0.1, None, 1)) == "1 crisis is too few to say which is better."
    assert verdict_of_scores(gap(None, -0.1, None, 2)) == "2 crises are too few to say which is better."
    assert interval(Score(value=0.2251, low=None, high=None)) == "0.225"


def test_nothing_without_an_act():
    assert mirror(None) is None and analogies(None) is None


def test_missing_data_say_how_to_get_them():
    assert analogies(None, "name the file") == {
        "missing": "name the file",
        "nearest": [],
        "outcomes": [],
        "precedent": "",
    }


def test_a_mirror_in_words():
    rungs = {"none": spread(0.4), "violent military": spread(0.6)}
    range_ = {"off": True, "seldom": ["a with b (1 case)", "c", "d", "e"], "years_beyond": 25, "share_of_fitted": 0.14}
    state = {"rungs": rungs, "violent": spread(0.6), "war": spread(0.2), "range": range_}
    seat = {
        "name": "Russia",
        "words": {"power": "great"},
        "country": 365,
        "gap": None,
        "why": "",
        "states": {"as it was": state},
        "answer": {"says": "A strike.", "value": "a", "prior": spread(0.3), "posterior": spread(0.5), "fitted": True},
    }
    logits = {"actor": spread(-0.5), "act": spread(0.8), "by": {}}
    found = {
        "says": "A raid.",
        "date": "2024-08-06",
        "known_at": "2024-08-19",
        "faced_by": "RU",
        "act": {"war": "peace"},
        "why": "",
        "rungs": list(rungs),
        "seats": {"RU": seat, "US": seat | {"name": "America", "answer": None}},
        "residuals": {
            "US": {
                "violent": spread(0.05),
                "logits": logits,
                "share_of_actor": spread(0.3),
                "carried_over": spread(0.4),
            }
        },
        "switches": {"raid": {"says": "No land held.", "set": {}}},
        "switched": {"raid": {"RU": spread(-0.1)}},
        "cases": {
            "one": {
                "says": "x",
                "date": "1962-10-22",
                "actor": "US",
                "act": {},
                "words": {},
                "violent": spread(0.3),
                "response": "none",
                "rungs": {"none": 0.4, "violent military": 0.6},
                "at_least": 1.0,
                "at_most": 0.4,
                "crisis": None,
                "source": ["s"],
                "range": range_ | {"off": False},
            }
        },
        "curve": {
            "cases": 810,
            "crises": 314,
            "first_year": 1918,
            "last_year": 1999,
            "citation": "C",
            "sha256": "ab",
            "validation": None,
        },
        "notes": ["n"],
    }
    shown = mirror(convert(found, Mirror))
    assert shown["act"] == "6 Aug 2024, as known on 19 Aug 2024: war peace"
    russia, america = shown["seats"]
    assert (russia["name"], america["name"]) == ("Russia, which faced it", "America, in the same place")
    assert russia["states"][0]["violent"] == "60% (50–70%)"
    assert russia["notes"] == [
        "OFF THE RANGE of the curve, 25 years after the last fitted crisis: few recorded cases join a with b (1 case); "
        "c; d; and 1 more. 14% of recorded cases are off by this rule.",
        "Its own fitted doctrine. A strike: 30% (20–40%) before, 50% (40–60%) after the record.",
    ]
    first, second = shown["residuals"]
    assert first.startswith("Symmetry residual, America less Russia: +5 points of P(violent), −5 to 15 (90%).")
    assert "the seat makes −0.5 (−0.6 to −0.4) and the act, against the usual one, +0.8" in first
    assert second == "No land held (`raid`): P(violent) moves by Russia −10 points (−20 to 0)."
    assert shown["cases"][0]["coding"] == "ours (assumption)"
    assert shown["cases"][0]["range"] == "Within the range of the curve; 25 years after the last fitted crisis."
