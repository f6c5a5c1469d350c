"""What `detente run --only bargain` prints: by course and date whether there is a zone, and the Nash point."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from detente.cli import tables
from detente.report import format as fmt
from detente.result.bargaining import Bargaining, DatedBargain, OfferGain
from detente.result.parts import Estimate
from detente.result.run import BargainResult


def bargain(result: BargainResult) -> tuple[RenderableType, ...]:
    """The tables of a bargaining result."""
    found = result.bargaining
    out: list[RenderableType] = [tables.heading(result)]
    for course, points in found.courses.items():
        for aside in (False, True) if found.chip else (False,):
            title = f"{course}, {'without' if aside else 'with'} the chip" if found.chip else course
            out.append(tables.section(title, _course(found, points, aside)))
    if found.announced:
        out.append(tables.section("announced offers, against playing on", _offers(found)))
    out.append(tables.timings(result.timings))
    return tuple(out)


def _course(found: Bargaining, points: list[DatedBargain], aside: bool):
    terms = [f"{name} ({about.unit})" if about.unit else name for name, about in found.terms.items()]
    gains = [f"gain of {party}" for party in found.parties]
    table = tables.grid("date", "zone empty", "of all terms", *terms, *gains)
    for point in points:
        row = point.without_chip if aside and point.without_chip else point
        empty = row.p_empty
        cells = [f"{point.date} {point.mark}".strip(), fmt.chance(empty.value, empty.mc_error)]
        cells.append(fmt.percent(row.share.value))
        cells += [_number(row.terms[name].nash) for name in found.terms]
        cells += [_number(row.parties[party].gain) for party in found.parties]
        table.add_row(*map(Text, cells))
    return table


def _offers(found: Bargaining):
    """Each offer under each course, on the first day that was looked at."""
    table = tables.grid("offer", "made", "course", "judged on", *(f"better for {party}" for party in found.parties))
    for name, offer in found.announced.items():
        for course, points in found.courses.items():
            judged = points[0].announced[name]
            cells = (name, str(offer.date), course, str(points[0].date))
            table.add_row(*map(Text, cells), *(Text(_better(judged[party])) for party in found.parties))
    return table


def _better(entry: OfferGain) -> str:
    return f"{fmt.chance(entry.p_better.value, entry.p_better.mc_error)}, gain {_number(entry.gain)}"


def _number(entry: Estimate) -> str:
    return f"{fmt.number(entry.value)} {fmt.plus_minus(entry.mc_error)}".strip()
