"""What a response curve reads of a case: grouped covariates, a power gap and a year, known when the trigger came.

Covariates of the act (`ACT`) are those that a mirror keeps while it exchanges the seats; those of the state (`STATE`)
go with the seat. Gravity is coded over the whole crisis, so a little of what came later leaks into it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detente.events.sources.icb import INTERNAL, NON_STATE, SEVERAL, ActorCase
from detente.language import crisis_terms as terms
from detente.language.crisis_terms import (
    CONFLICT,
    GRAVITY,
    NUCLEAR,
    POWER,
    REGIME,
    RUNG_OF_RESPONSE,
    SOURCE,
    TRIGGERS,
    WAR,
)
from detente.language.records import Mirror

ACT = tuple(terms.ACT)
STATE = tuple(terms.SEAT)
GROUPS = (*ACT, *STATE)
LEVELS: Mapping[str, tuple[str, ...]] = {n: tuple(t.values()) for n, t in (terms.ACT | terms.SEAT).items()}
COUNTRY = "country"
ERA_START, ERA_YEARS, ERAS = 1915, 5, 22  # bins of years: 1915-1919, ..., 2020-2024; later years count as the last
GAP_SCALE = 2.5  # puts the signed logarithm of a usual power gap (ten points) at one


@dataclass(frozen=True)
class Situation:
    """One state facing one act. `words` holds a word of `LEVELS` per group, or lacks it where that is not known."""

    words: Mapping[str, str]
    country: int
    year: int
    gap: float | None = None


def situation(case: ActorCase) -> Situation:
    """The covariates of one row of ICB2."""
    source = case.codes.get("trigent")
    words = {
        "trigger": TRIGGERS[case.code("triggr")],
        "gravity": GRAVITY[case.code("gravty")],
        "source": SOURCE[{INTERNAL: INTERNAL, NON_STATE: NON_STATE, SEVERAL: SEVERAL}.get(int(source or 0), 1)],
        "war": WAR[1 if case.code("iwc") == 1 else 2],
        "conflict": CONFLICT[case.code("pc")],
        "nuclear": NUCLEAR[case.code("nuclear")],
        "power": POWER[case.code("powsta")],
        "regime": REGIME[case.code("regime")],
    }
    if (adversary := case.codes.get("southpow")) is not None:
        words["adversary"] = POWER[int(adversary)]
    return Situation(words, case.country, case.year, case.codes.get("powdis"))


def seated(mirror: Mirror, seat: str, day: dt.date, switch: str | None = None) -> Situation:
    """The act as known on a day, changed by a switch, before a seat."""
    about = mirror.seats[seat]
    words = mirror.act_at(day) | dict(mirror.switches[switch].words if switch else {}) | dict(about.words)
    return Situation(words, about.country, mirror.date.year, about.gap)


def response_rung(case: ActorCase) -> int:
    """Rung of the major response, 0 (none) to 5 (violent military)."""
    return RUNG_OF_RESPONSE[case.code("majres")]


def violence(case: ActorCase) -> int:
    """1 when the state experienced full-scale war, whoever began it."""
    return int(case.code("viol") == 4)


def gap_slope(gap: float | None) -> float:
    """The power gap as the curve takes it: a signed logarithm, 0 where it is not known."""
    return 0.0 if gap is None else float(np.sign(gap) * np.log1p(abs(gap)) / GAP_SCALE)


def era_of(year: int) -> int:
    """The bin of a year; years before the first bin and after the last count as these."""
    return min(max((year - ERA_START) // ERA_YEARS, 0), ERAS - 1)


def levels_of(situations: Sequence[Situation], group: str) -> np.ndarray:
    """Level of each situation in a group, -1 where it is not known."""
    index = {word: n for n, word in enumerate(LEVELS[group])}
    return np.array([index.get(s.words.get(group, ""), -1) for s in situations])
