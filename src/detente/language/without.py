"""A scenario without what some sources say: in evidence.yaml, in the ledger and among the measurements."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from detente.errors import InputError, Problem
from detente.language.records import Quantity, Scenario, Stock
from detente.text.nearest import did_you_mean


@dataclass(frozen=True)
class LeftOut:
    """How much of a scenario went with one source, and the quantities that nobody speaks of any more."""

    source: str
    reports: int
    rows: int  # of the ledger
    measurements: int
    quantities: tuple[str, ...]


def sources(scenario: Scenario) -> list[str]:
    """Every source that a report, a ledger row or a measurement names, sorted."""
    named = {report.source for quantity in scenario.quantities for report in quantity.reports}
    named |= {row.source for row in scenario.ledger}
    named |= {row.source for stock in scenario.stocks.values() for series in stock.series for row in series.rows}
    return sorted(named - {""})


def without(scenario: Scenario, names: Iterable[str]) -> tuple[Scenario, list[LeftOut]]:
    """Return the scenario without everything that these sources, named exactly, say; and how much that was.

    A ledger row left out is as if it had never been written: the record then says that nothing was done there. A
    quantity without any report left goes with its last source. The hash of the scenario changes.

    Raises:
        InputError: With every name that is no source of the scenario.
    """
    dropped = list(dict.fromkeys(names))
    known = sources(scenario)
    problems = [
        Problem("--without", "a source that the scenario names", name, did_you_mean(name, known))
        for name in dropped
        if name not in known
    ]
    if problems:
        raise InputError(problems, what="the options")
    left_out = []
    for name in dropped:
        before, scenario = scenario, _drop(scenario, name)
        gone = {quantity.id for quantity in before.quantities} - {quantity.id for quantity in scenario.quantities}
        reports, rows, measurements = (a - b for a, b in zip(_sizes(before), _sizes(scenario), strict=True))
        left_out.append(LeftOut(name, reports, rows, measurements, tuple(sorted(gone))))
    if dropped:
        told = _sha256(scenario.sha256, dropped)
        scenario = replace(scenario, sha256=told, left_out=(*scenario.left_out, *dropped))
    return scenario, left_out


def _drop(scenario: Scenario, source: str) -> Scenario:
    def kept_quantity(quantity: Quantity) -> Quantity:
        return replace(quantity, reports=tuple(r for r in quantity.reports if r.source != source))

    def kept_stock(stock: Stock) -> Stock:
        series = (replace(s, rows=tuple(r for r in s.rows if r.source != source)) for s in stock.series)
        return replace(stock, series=tuple(series))

    return replace(
        scenario,
        quantities=tuple(q for q in map(kept_quantity, scenario.quantities) if q.reports),
        stocks={id: kept_stock(stock) for id, stock in scenario.stocks.items()},
        ledger=tuple(row for row in scenario.ledger if row.source != source),
    )


def _sizes(scenario: Scenario) -> tuple[int, int, int]:
    reports = sum(len(quantity.reports) for quantity in scenario.quantities)
    measured = sum(len(series.rows) for stock in scenario.stocks.values() for series in stock.series)
    return reports, len(scenario.ledger), measured


def _sha256(before: str, names: Iterable[str]) -> str:
    digest = hashlib.sha256(before.encode())
    for name in sorted(names):
        digest.update(f"without {len(name)}\0{name}\0".encode())
    return digest.hexdigest()
