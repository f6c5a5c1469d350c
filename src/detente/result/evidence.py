"""Quantities that sources dispute, report by report and pooled."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Struct

from detente.result.parts import Number, doc


class Report(Struct, frozen=True, kw_only=True):
    """What one source says of a disputed quantity."""

    source: str
    published: str
    side: str
    grade: str
    value: Number = None
    low: Number = None
    high: Number = None
    note: str = ""
    url: str = ""


class PooledSpread(Struct, frozen=True, kw_only=True):
    """An estimate: `mean` and `sd` on the scale, quantiles in the unit (of a side's bias on a log scale: factors)."""

    mean: Number
    sd: Number
    q05: Number
    q50: Number
    q95: Number


class PooledWithout(PooledSpread, frozen=True, kw_only=True):
    """The estimate without a source."""

    scale: Literal["log", "linear"]


class SideSpread(Struct, frozen=True, kw_only=True):
    """Standard deviation of the sides' biases."""

    prior_scale: Annotated[Number, doc("Of its half-normal prior.")]
    q05: Number
    q50: Number
    q95: Number


class SourceAdds(Struct, frozen=True, kw_only=True):
    """What a source adds to the estimate."""

    nats: Annotated[Number, doc("Log of the sd without it over the sd with it; null between scales.")]
    shift: Annotated[Number, doc("Of the median, in the unit.")]


class PooledSource(Struct, frozen=True, kw_only=True):
    """A source in a pooled estimate."""

    sides: list[str]
    grades: list[str]
    weight: Annotated[Number, doc("Share in the pooled mean; the shares sum to 1.")]
    without: Annotated[PooledWithout | None, doc("Null when no other source is left.")]
    adds: SourceAdds


class Pooled(PooledSpread, frozen=True, kw_only=True):
    """What the reports come to."""

    scale: Literal["log", "linear"]
    reference: Annotated[Number, doc("Linear: what the relative errors are shares of. Log: null.")]
    tau: SideSpread
    sides: Annotated[dict[str, PooledSpread], doc("Bias of each side that is not neutral.")]
    sources: dict[str, PooledSource]


class Quantity(Struct, frozen=True, kw_only=True):
    """A quantity that sources dispute."""

    says: str
    unit: str
    date: dt.date
    reports: list[Report]
    pooled: Annotated[Pooled | None, doc("Enters no fit.")] = None


class EvidenceResult(Struct, frozen=True, kw_only=True):
    """What `detente run --only evidence` pools."""

    scenario: str
    scenario_sha256: str
    without: list[str]
    quantities: dict[str, Quantity]
