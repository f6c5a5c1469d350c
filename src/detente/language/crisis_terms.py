"""The words and numbers of the International Crisis Behavior codebook (actor level, version 15, 2023).

A scenario describes an act by these words; files of crises carry the numbers. The numbers of TRIGGERS and RESPONSES are
offset by one against each other, and those of GRAVITY are kinds, not a scale.
"""

from __future__ import annotations

TRIGGERS = {
    1: "verbal act",
    2: "political act",
    3: "economic act",
    4: "external change",
    5: "other non-violent act",
    6: "internal challenge",
    7: "non-violent military act",
    8: "indirect violent act",
    9: "direct violent act",
}
RESPONSES = {
    1: "none",
    2: "verbal",
    3: "political",
    4: "economic",
    5: "other non-violent",
    6: "non-violent military",
    7: "several, with non-violent military",
    8: "violent military",
    9: "several, with violent military",
}
VIOLENCE = {1: "none", 2: "minor clashes", 3: "serious clashes", 4: "full-scale war"}  # `viol`, `sevvio`
GRAVITY = {
    0: "economic",
    1: "limited military damage",
    2: "political",
    3: "territory",
    4: "influence",
    5: "grave damage",
    6: "existence",
    7: "other",
}
NUCLEAR = {1: "none foreseeable", 2: "within five years", 3: "weapons", 4: "second strike"}
POWER = {1: "small", 2: "middle", 3: "great", 4: "super"}
REGIME = {1: "democratic", 2: "civil authoritarian", 3: "military", 4: "military indirect", 5: "military dual"}
OUTCOMES = {1: "victory", 2: "compromise", 3: "stalemate", 4: "defeat", 5: "other"}
RECURRENCE = {1: "tension came back", 2: "tension did not come back", 3: "recent case"}
CONFLICT = {1: "none", 2: "protracted", 3: "long war"}  # `pc`
WAR = {1: "peace", 2: "intra-war"}  # `iwc`: 1 is peace, every other code is one of the second
SOURCE = {1: "a state", 995: "internal", 996: "non-state", 997: "several states"}  # `trigent`: a country is the first

# the escalation ladder of major responses: 7 and 9 are several acts of which one is of the kind of 6 and 8
RUNGS = ("none", "verbal", "political", "economic or other", "non-violent military", "violent military")
RUNG_OF_RESPONSE = {1: 0, 2: 1, 3: 2, 4: 3, 5: 3, 6: 4, 7: 4, 8: 5, 9: 5}

ACT = {  # what describes an act, as the state that it was done to faced it
    "trigger": TRIGGERS,
    "gravity": GRAVITY,
    "source": SOURCE,
    "adversary": POWER,
    "war": WAR,
    "conflict": CONFLICT,
}
SEAT = {"nuclear": NUCLEAR, "power": POWER, "regime": REGIME}  # what describes the state itself
