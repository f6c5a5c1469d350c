"""An act and the seats before which it is put, in the words of `crisis_terms`. Typed, frozen records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detente.language.records import Expression


@dataclass(frozen=True)
class Seat:
    """A state that answers. `words`: its `nuclear`, `power` and `regime`. `country`: Gleditsch-Ward number.

    `gap` is its power less the adversary's on the scale of ICB's `powdis`, -179 to 179; None where it is not known.
    `answer`: a chance of a violent answer that would not have come without the act, by the scenario's parameters.
    """

    actor: str
    country: int
    words: Mapping[str, str]
    gap: float | None = None
    answer: Expression | None = None
    answer_says: str = ""
    why: str = ""


@dataclass(frozen=True)
class Switch:
    """The same act with something about it changed. `words`: what is put in place of the act's own."""

    id: str
    words: Mapping[str, str]
    says: str = ""


@dataclass(frozen=True)
class Reference:
    """A dated case to put on the curve: what was done to a seat, and what it did. `response` is one of RUNGS."""

    id: str
    date: dt.date
    actor: str
    country: int
    act: Mapping[str, str]
    words: Mapping[str, str]  # of the state, as then
    response: str
    says: str = ""
    gap: float | None = None
    crisis: int | None = None  # its ICB number, if it is one of that list; else the coding is the scenario's
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mirror:
    """The act, whom it was done to, and who else is put in that seat.

    `act` is what was known on its `date`; `later`: what became known on a date, which replaces words of the act.
    """

    says: str
    date: dt.date
    faced_by: str
    act: Mapping[str, str]
    later: Mapping[dt.date, Mapping[str, str]]
    seats: Mapping[str, Seat]
    switches: Mapping[str, Switch] = field(default_factory=dict)
    cases: Mapping[str, Reference] = field(default_factory=dict)
    why: str = ""

    def act_at(self, day: dt.date) -> dict[str, str]:
        """The act as it was known on a day."""
        words = dict(self.act)
        for since, changed in sorted(self.later.items()):
            if since <= day:
                words |= changed
        return words

    def names(self) -> dict[str, tuple[str, str | None, str]]:
        """What tests may name: name -> (seat, switch or None, quantity)."""
        found: dict[str, tuple[str, str | None, str]] = {}
        for seat, about in self.seats.items():
            for switch in (None, *self.switches):
                stem = ".".join(("mirror", seat, *filter(None, (switch and switch.replace("-", "_"),))))
                for what in ("violent", "rung"):
                    found[f"{stem}.{what}"] = (seat, switch, what)
            if about.answer is not None:
                found[f"mirror.{seat}.answer"] = (seat, None, "answer")
        return found
