"""What people say: claims and arguments, ledger rows, and reports of disputed quantities. Typed, frozen records."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detente.language.records import Expression


@dataclass(frozen=True)
class Claim:
    """A sentence of an argument with a test the model can answer, or the reason why it cannot yet."""

    id: str  # "essay/talks-set-back"
    says: str
    test: Expression | None
    untestable: str = ""  # set exactly when test is None
    part: str = ""  # the part of the argument it belongs to, e.g. "P7"


@dataclass(frozen=True)
class Argument:
    """One claims file."""

    id: str  # file stem, "essay"
    title: str
    by: str
    date: dt.date
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Row:
    """One row of the ledger. `line` is its line in the file."""

    date: dt.date
    track: str
    move: str
    target: str = ""
    magnitude: float | None = None
    source: str = ""
    published: str = ""
    grade: str = ""
    url: str = ""
    note: str = ""
    line: int = 0
    case: str = ""  # of a panel


@dataclass(frozen=True)
class Report:
    """What one source says of a disputed quantity: `value`, or `low` and `high`."""

    source: str
    published: str
    side: str
    grade: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Quantity:
    """A quantity that sources dispute, source by source."""

    id: str
    says: str
    unit: str
    date: dt.date
    reports: tuple[Report, ...]
