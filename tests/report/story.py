"""The words of the sample: claims, courses, events, stocks, parameters. Facts and figures are invented."""

from __future__ import annotations

from typing import Any

ACTORS = {"UA": "Ukraine", "RU": "Russia", "US": "United States", "EU": "European backers"}

HYPOTHESES: dict[str, dict[str, Any]] = {
    "bluff": {"says": "There is no red line: threats are talk.", "prior": 0.333, "posterior": 0.44,
              "posterior_mc_error": 0.03, "log_evidence": -412.71, "log_evidence_mc_error": 0.11},
    "fixed-line": {"says": "There is a line, and one act may cross it.", "prior": 0.333, "posterior": 0.21,
                   "posterior_mc_error": 0.02, "log_evidence": -413.46, "log_evidence_mc_error": 0.1},
    "accumulating": {"says": "Each step adds; the sum crosses the line.", "prior": 0.333, "posterior": 0.35,
                     "posterior_mc_error": 0.03, "log_evidence": -412.94, "log_evidence_mc_error": 0.12},
}  # fmt: skip

# name: (name, forced, forbidden)
COURSES: dict[str, tuple[str, list[Any], list[Any]]] = {
    "incursion": (
        "Incursion", [{"date": "2024-08-05", "track": "UA.ground", "move": "cross-border-incursion"}], [],
    ),
    "no-incursion": ("No incursion", [], [{"track": "UA.ground", "moves": ["cross-border-incursion"]}]),
    "quiet-backers": ("Incursion, backers silent", [{"date": "2024-08-05", "track": "UA.ground", "move": "cross-border-incursion"}],
                      [{"track": "EU.support", "moves": ["publicise", "lift-limit"]}]),
}  # fmt: skip

# name: (says, probability by course)
EVENTS: dict[str, tuple[str, list[float]]] = {
    "talks-open": ("Talks on a ceasefire or settlement open", [0.21, 0.34, 0.23]),
    "partial-ceasefire": ("A partial ceasefire on energy begins", [0.07, 0.19, 0.08]),
    "direct-clash": ("NATO and Russian forces clash directly", [0.021, 0.012, 0.016]),
    "nuclear-demonstration": ("A nuclear weapon is exploded as a signal", [0.004, 0.002, 0.003]),
    "energy-collapse": ("The Ukrainian grid fails for more than a week", [0.16, 0.13, 0.15]),
    "backers-cut": ("A main backer stops deliveries", [0.55, 0.58, 0.54]),
}

# name: (unit, start, change by course, spread, observed)
STOCKS: dict[str, tuple[str, float, list[float], float, bool]] = {
    "kursk.held": ("km2", 0.0, [620, 0, 600], 260, False),
    "front.advance": ("km2", 400.0, [1900, 2300, 1950], 700, True),
    "RU.provoked": ("rung-weeks", 30.0, [24, 3, 18], 12, False),
    "RU.strikes": ("launches per week", 180.0, [140, 90, 130], 90, True),
    "UA.reserves": ("brigades", 12.0, [-5, -1, -5], 3, False),
    "UA.morale": ("points", 55.0, [6, -4, 6], 9, True),
    "UA.generation": ("GW", 38.0, [-9, -7, -9], 4, True),
    "UA.debt": ("billion USD", 96.0, [38, 37, 38], 6, True),
    "displaced": ("people", 90000.0, [121000, 8000, 118000], 40000, True),
    "backers.will": ("index 0-1", 0.6, [-0.05, -0.1, -0.04], 0.12, False),
    "attribution": ("index 0-1", 0.3, [0.4, 0.05, 0.15], 0.15, False),
    "deterrence": ("index 0-1", 0.7, [-0.16, -0.03, -0.1], 0.14, False),
}

TRACKS: dict[str, dict[str, float]] = {
    "UA.ground": {"counteroffensive": 4, "border-raid": 5, "cross-border-incursion": 7},
    "UA.fires": {"border-strike": 4, "deep-strike": 5, "landmark-strike": 6},
    "RU.ground": {"offensive": 5, "mobilise": 6, "withdraw": 1},
    "RU.fires": {"mass-strike": 6, "energy-campaign": 7},
    "RU.signal": {"warning": 3, "nuclear-signal": 6},
    "RU.talks": {"offer": 1, "suspend": 4},
    "UA.talks": {"offer": 1, "refuse": 3},
    "US.support": {"package": 2, "new-class": 4, "lift-limit": 5},
    "EU.support": {"package": 2, "new-class": 4, "publicise": 6},
}

_TALKS = "P(talks-open by 2025-02-24 | incursion) < P(talks-open by 2025-02-24 | no-incursion)"
_CLASH = "P(direct-clash | incursion) > 2 * P(direct-clash | quiet-backers)"
_HELD = "E(kursk.held at 2025-08-18 | incursion) > 200"
_MIRROR = "needs `mirror`, which this version does not have"

# id: (part, says, test, credence before, after, parameters of the crux or the reason why it is untestable)
CLAIMS: dict[str, tuple[str, str, str, float | None, float | None, str]] = {
    "essay/drift-to-talks": ("P1", "Before August the war was drifting towards a negotiated end.",
                             "P(talks-open by 2025-08-18 | no-incursion) > 0.3", 0.48, 0.62, "talk_rate weariness"),
    "essay/land-taken": ("P2", "The thrust took land and kept it for a year.", _HELD, 0.5, 0.86, "recapture thrust"),
    "essay/morale": ("P2", "The thrust lifted Ukrainian morale.", "E(UA.morale at 2025-02-24 | incursion) > 55",
                     0.7, 0.88, "morale_gain"),
    "essay/boomerang": ("P3", "The decision of 2022 left Russia less safe than not invading would have.",
                        "", None, None, "the clock has one branch date; a branch in 2022 needs a second run"),
    "essay/train": ("P4", "Each step raises the odds and the size of the next.", "retaliation > 0", 0.5, 0.97, "retaliation"),
    "essay/chip": ("P5", "Land held in Kursk does not buy a better settlement.", "", None, None,
                   "needs `settlement`, which this version does not have"),
    "essay/no-diversion": ("P6", "Russia does not thin its eastern front to answer in Kursk.",
                           "E(front.advance at 2025-02-24 | incursion) >= 0.95 * E(front.advance at 2025-02-24 | no-incursion)",
                           0.41, 0.38, "diversion reserves_pull"),
    "essay/talks-set-back": ("P7", "The incursion made negotiations less likely, not more.", _TALKS, 0.55, 0.84, "chill talk_rate"),
    "essay/ceasefire-lost": ("P7", "It cost a partial ceasefire on energy that was in preparation.",
                             "P(partial-ceasefire by 2024-12-30 | incursion) < 0.5 * P(partial-ceasefire by 2024-12-30 | no-incursion)",
                             0.5, 0.81, "chill"),
    "essay/reprisal": ("P8", "Every celebrated strike on Russian soil drew a harsher one.", "landmark_answer > 0.5",
                       0.42, 0.14, "landmark_answer stockpile"),
    "essay/long-costs": ("P9", "A longer war costs Ukraine more than the land at stake is worth.",
                         "E(UA.debt at 2025-08-18 | incursion) > 120", 0.6, 0.91, "debt_growth"),
    "essay/entanglement": ("P10", "Publicised backing raises the risk of a direct war between NATO and Russia.", _CLASH,
                           0.4, 0.47, "attribution_weight redline"),
    "essay/backers-balance": ("P11", "The risk to the backers outweighs what they can gain.",
                              "E(US.utility at 2025-08-18 | incursion) < E(US.utility at 2025-08-18 | no-incursion)",
                              0.5, 0.44, "risk_weight"),
    "essay/mirror": ("P12", "Americans would answer far harder to the same act.", "", None, None, _MIRROR),
    "essay/brake": ("P13", "The brake on nuclear use is weaker than in the Cold War.",
                    "E(deterrence at 2025-08-18 | incursion) < 0.5", 0.5, 0.36, "erosion restore"),
    "essay/red-line": ("P14", "The line is real, and the belief that it is not grows with every step.",
                       "P(direct-clash | incursion) > 0.05", 0.5, 0.11, "redline"),
    "essay/drift-or-choice": ("P15", "One cannot tell whether Washington lost control or accepts the risk.",
                              "abs(drift - choice) < 0.5", 0.38, 0.57, "drift choice"),
    "rebuttal/lines-crossed": ("P14", "Red lines have been crossed since 2022 without the threatened answer.",
                               "redline > 60", 0.33, 0.93, "redline decay"),
    "rebuttal/caution-invites": ("P13", "Caution itself invites further demands.", "caution_cost > 0", 0.5, 0.52, "caution_cost"),
    "rebuttal/reprisals-anyway": ("P8", "Reprisals follow stockpiles and seasons, not Ukrainian strikes.",
                                  "stockpile > landmark_answer", 0.5, 0.88, "stockpile landmark_answer"),
    "rebuttal/delayed-leverage": ("P5", "Leverage works with delay.", "delay_weeks > 12", 0.47, 0.5, "delay_weeks"),
    "rebuttal/talks-not-close": ("P1", "Talks were not close; the offer amounted to capitulation.",
                                 "P(talks-open by 2025-02-24 | no-incursion) < 0.2", 0.52, 0.18, "talk_rate"),
    "rebuttal/forces-drawn": ("P6", "Forces were drawn off the front in the months after.", "diversion > 0.1", 0.5, 0.61, "diversion"),
    "rebuttal/standing": ("P11", "The raid improved Ukraine's standing with its backers.",
                          "E(backers.will at 2025-02-24 | incursion) > E(backers.will at 2025-02-24 | no-incursion)",
                          0.5, 0.83, "will_gain"),
    "rebuttal/mirror-fails": ("P12", "Intent, not the act alone, drives the answer: the mirror fails.", "", None, None, _MIRROR),
}  # fmt: skip

_KNOWN = "talk_rate weariness recapture thrust morale_gain retaliation diversion reserves_pull chill landmark_answer stockpile"
_NAMES = (
    f"{_KNOWN} debt_growth attribution_weight redline risk_weight erosion restore drift choice decay caution_cost "
    "delay_weeks will_gain boldness desperation season_weight grid_repair losses_weight provocation.nato"
).split()
_UNITS = ["logit per rung", "rung-weeks", "share per week", "", "km2", "weeks"]
_WHY = [
    "strikes on Russian soil were answered in 2022 and 2023, but not each time and not always harder",
    "no better guess than the order of magnitude; wide on purpose",
    "",
    "two rounds of talks opened in the first month and none in the two years after",
]

# name: (unit, prior, why, source)
PARAMETERS: dict[str, tuple[str, str, str, list[str]]] = {
    name: (
        _UNITS[at % len(_UNITS)],
        f"normal({round(0.3 + at % 5 * 0.4, 2)}, {round(0.2 + at % 3 * 0.3, 2)})",
        _WHY[at % len(_WHY)],
        [["ledger"], ["Institute of the Front, 2023", "own judgement"], []][at % 3],
    )
    for at, name in enumerate(_NAMES)
} | {"no_line": ("rung-weeks", "fixed(1e9)", "stands for the absence of a line", ["definition"])}

QUANTITIES: dict[str, Any] = {
    "kursk-settlements": {"says": "Settlements taken in Kursk oblast", "unit": "settlements", "date": "2024-08-14", "reports": [
        {"source": "Acting governor", "published": "2024-08-12", "side": "Russia", "grade": "C3", "value": 28},
        {"source": "Commander-in-chief", "published": "2024-08-14", "side": "Ukraine", "grade": "C2", "value": 74,
         "url": "https://example.org/74"},
        {"source": "Map project", "published": "2024-08-14", "side": "third party", "grade": "B2", "low": 41, "high": 60,
         "note": "control seen in pictures, not claimed"}]},
    "kursk-area": {"says": "Area held in Kursk oblast", "unit": "km2", "date": "2024-08-14", "reports": [
        {"source": "Acting governor", "published": "2024-08-12", "side": "Russia", "grade": "C3", "value": 480},
        {"source": "Commander-in-chief", "published": "2024-08-13", "side": "Ukraine", "grade": "C3", "value": 1000},
        {"source": "Map project", "published": "2024-08-14", "side": "third party", "grade": "B2", "value": 790}]},
    "losses": {"says": "Russian soldiers lost in the first two weeks", "unit": "people", "date": "2024-08-19", "reports": [
        {"source": "Ministry of Defence", "published": "2024-08-19", "side": "Russia", "grade": "D4", "value": 40},
        {"source": "General Staff", "published": "2024-08-19", "side": "Ukraine", "grade": "C4", "low": 2600, "high": 4100}]},
}  # fmt: skip

METHODS = [
    "Parameters were fitted to the record by adaptive tempered sequential Monte Carlo (Del Moral, Doucet and Jasra 2006).",
    "Weeks without an event count as evidence: each adds log(1 - hazard) to the likelihood.",
    "Courses share their luck, so that differences between them carry less noise (common random numbers).",
]
