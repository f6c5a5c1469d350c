"""What the parties could agree on, as typed, frozen records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detente.language.records import Expression

QUANTITIES = ("value", "settled", "gain")  # ACTOR.value and so on, of a party, inside S(...)
ZONE = "zone"  # inside S(...): 1 where some terms suit every party, else 0


@dataclass(frozen=True)
class Term:
    """One thing to agree on: a number in [low, high], or one of `values` if it cannot be divided.

    `otherwise` is what holds when nothing is agreed: an expression of stocks and parameters.
    """

    id: str
    low: float
    high: float
    values: tuple[float, ...]  # empty: divisible
    otherwise: Expression
    unit: str = ""
    says: str = ""


@dataclass(frozen=True)
class Party:
    """An actor that must agree. `utility`: of terms, stocks at the date and parameters, in its own utility's units.

    `opens`: moves (or hold) that it makes in the first step when it plays on instead, by track.
    """

    actor: str
    utility: Expression
    opens: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Offer:
    """Terms that somebody announced, every one given a value."""

    id: str
    terms: Mapping[str, float]
    date: dt.date
    says: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settlement:
    """The bargain that a scenario describes.

    `horizon`: steps over which the value of playing on is counted; None: to the end of the clock. `chip`: stocks set
    to a value where a question is asked without the chip.
    """

    terms: Mapping[str, Term]
    parties: Mapping[str, Party]
    horizon: int | None = None
    chip: Mapping[str, float] = field(default_factory=dict)
    announced: Mapping[str, Offer] = field(default_factory=dict)
    why: str = ""
    source: tuple[str, ...] = ()
