"""What the parties of a settlement could agree on."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Struct

from detente.result.parts import Estimate, Number, doc


class EmptyZone(Estimate, frozen=True, kw_only=True):
    """Chance that no terms give every party at least what playing on is worth."""

    inner_bias: Annotated[Number, doc("What the correction for finitely many futures added.")] = None


class EstimateSpread(Estimate, frozen=True, kw_only=True):
    """A mean over states, with their spread."""

    sd: Number
    q05: Number
    q50: Number
    q95: Number


class PartyGains(Struct, frozen=True, kw_only=True):
    """A party's utilities at a date."""

    as_things_are: Annotated[Estimate, doc("At the date.")]
    value: Annotated[EstimateSpread, doc("Of playing on; between states, less what finitely many futures add.")]
    settled: Annotated[Estimate, doc("At the Nash point, or by playing on where there is no zone.")]
    gain: Annotated[Estimate, doc("Over playing on, over states that have a zone.")]


class TermInZone(Struct, frozen=True, kw_only=True):
    """A term inside the zone, over states that have one."""

    otherwise: Annotated[Estimate, doc("Without an agreement.")]
    nash: Annotated[EstimateSpread, doc("At the Nash point.")]
    low: Annotated[Estimate, doc("Least inside the zone.")]
    high: Estimate
    worth: Annotated[dict[str, Estimate], doc("By party: what this change alone is worth to it.")]


class OfferGain(Struct, frozen=True, kw_only=True):
    """What an announced offer gives a party."""

    gain: Annotated[Estimate, doc("Over playing on.")]
    p_better: Annotated[Estimate, doc("Chance that it is better.")]


class Bargain(Struct, frozen=True, kw_only=True):
    """The zone of agreement of one course at one date."""

    over: Annotated[Estimate, doc("Share of futures in which the war has ended; left out of all else.")]
    p_empty: Annotated[EmptyZone, doc("Chance of an empty zone, corrected for finitely many futures.")]
    share: Annotated[Estimate, doc("Of all terms, inside the zone; from 512 probes.")]
    parties: dict[str, PartyGains]
    terms: dict[str, TermInZone]
    announced: Annotated[dict[str, dict[str, OfferGain]], doc("By offer and party.")]


class DatedBargain(Bargain, frozen=True, kw_only=True):
    """A bargain with its date, and the same without the chip."""

    date: dt.date
    mark: Literal["branch", "now", "end", ""]
    horizon_steps: int
    without_chip: Bargain | None


class Term(Struct, frozen=True, kw_only=True):
    """A term of the settlement."""

    unit: str
    says: str
    low: float
    high: float
    values: Annotated[list[float], doc("Empty for what can be divided.")]


class Offer(Struct, frozen=True, kw_only=True):
    """An offer that was announced."""

    says: str
    date: dt.date
    source: list[str]
    terms: dict[str, float]


class Bargaining(Struct, frozen=True, kw_only=True):
    """What the parties of the settlement could agree on, by course and date."""

    terms: dict[str, Term]
    parties: list[str]
    horizon_steps: Annotated[int | None, doc("Steps played on; null: to the end of the clock.")]
    chip: Annotated[dict[str, float], doc("Stocks as they are without it.")]
    why: str = ""
    source: list[str] = []
    draws: int
    states: Annotated[int, doc("States per draw after the branch.")]
    rollouts: Annotated[int, doc("Futures per state in which the game is played on.")]
    method: str
    courses: dict[str, list[DatedBargain]]
    announced: dict[str, Offer]
