"""The tables of `detente forecast`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import structs
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from detente.cli.tables import grid, section
from detente.report import format as fmt
from detente.result.forecasts import (
    Bin,
    EventCard,
    EventScores,
    ForecastRecord,
    Gain,
    Hindcast,
    Miss,
    Scorecard,
    SeriesCard,
    SkillInterval,
)

EVERY = 13  # weeks between the rows of a series that are shown
UNSCORED_SHOWN, MISSES_SHOWN = 5, 12


def forecast(record: ForecastRecord) -> Iterator[RenderableType]:
    """A forecast record: every event, and a few weeks of every series."""
    head = Text(f"{record.scenario} as of {record.at}", style="bold")
    head.append(f"\nsha256 {record.sha256}", style="not bold")
    yield head
    events = grid("question", "by", "chance", "base rate", "last", whole=2)
    for row in record.events:
        cells = [fmt.chance(row.p, row.mc_error), fmt.percent(row.baseline), fmt.percent(row.last)]
        events.add_row(Text(row.id), Text(str(row.by)), *map(Text, cells))
    if events.rows:
        yield events
    series = grid("series", "week", "5%", "25%", "median", "75%", "95%", "unit", whole=2)
    weeks: dict[str, int] = {}
    for row in record.series:
        weeks[row.id] = weeks.get(row.id, 0) + 1
        if weeks[row.id] == 1 or weeks[row.id] % EVERY == 0:
            cells = [fmt.number(value) for value in row.quantiles()]
            series.add_row(Text(row.id), Text(str(row.week)), *map(Text, cells), Text(fmt.unit(row.unit)))
    if series.rows:
        yield series
    if record.warnings:
        yield Text("\n".join(f"warning: {text}" for text in record.warnings), style="yellow")


def hindcast(result: Hindcast) -> Iterator[RenderableType]:
    """Scores with how they were made, and what to know before believing them."""
    dates = result.dates
    yield Text(
        f"{result.scenario}: {fmt.count(len(dates), 'forecast')} from {dates[0]} to {dates[-1]}, "
        f"{result.particles} particles per hypothesis, noise: {result.noise}",
        style="bold",
    )
    yield from scores(result)
    lines = [f"{day}: {text}" for day, texts in result.warnings.items() for text in texts]
    yield Text("\n".join([*result.caveats, *lines]), style="yellow")


def scores(result: Scorecard) -> Iterator[RenderableType]:
    """Scores by question, reliability, series and the post-mortem."""
    events = result.events
    if events.overall.n:
        yield section("Events: Brier scores, and skill over the base rate and over what was last", _events(events))
        yield Text(_verdict(events.overall))
        yield section("Reliability", _reliability(events.overall.reliability))
    if result.series:
        yield section("Series: interval scores, and skill over the last value", _series(result.series))
    if misses := result.misses:
        title = "Where the forecasts were furthest off, and what would have said better"
        yield section(title, _misses(misses[:MISSES_SHOWN]))
        if (more := len(misses) - MISSES_SHOWN) > 0:
            yield Text(f"and {more} more: see --json")
    if unasked := result.unasked:
        shown = [
            f"{one.id} {one.date}" + (f" (one ends on {one.nearest})" if one.nearest else "")
            for one in unasked[:UNSCORED_SHOWN]
        ]
        more = f" and {len(unasked) - len(shown)} more" if len(unasked) > len(shown) else ""
        yield Text(f"outcomes that no forecast asks for: {', '.join(shown)}{more}", style="yellow")
    if unscored := result.unscored:
        shown = [f"{one.id} {one.date} (at {one.at})" for one in unscored[:UNSCORED_SHOWN]]
        more = f" and {len(unscored) - len(shown)} more" if len(unscored) > len(shown) else ""
        yield Text(f"not scored, for want of an outcome: {', '.join(shown)}{more}")


def _events(events: EventCard) -> Table:
    table = grid("question", "n", "came", "Brier", "base", "skill over base (90%)", "skill over last (90%)", "log")
    rows = {**events.questions, "all": events.overall}
    if 0 < events.both_ways.n < events.overall.n:
        rows["both ways"] = events.both_ways
    for name, row in rows.items():
        log = fmt.number(row.log) if row.log is not None else f"{fmt.number(row.log_floored)} †"
        cells = [
            str(row.n),
            str(row.happened),
            f"{row.brier:.3f}",
            f"{row.brier_baseline:.3f}",
            _interval(row.skill_baseline, row.overlap),
            _interval(row.skill_last, row.overlap),
            log,
        ]
        table.add_row(Text(name), *map(Text, cells), style="bold" if name in ("all", "both ways") else None)
    return table


def _interval(found: SkillInterval | None, overlap: bool) -> str:
    """A skill with its interval; an asterisk where blocks of dates overlap."""
    if found is None or found.value is None:
        return fmt.MISSING
    if found.low is None:
        return f"{found.value:+.2f}"
    return f"{found.value:+.2f} ({found.low:+.2f} to {found.high:+.2f}){'*' if overlap else ''}"


def _verdict(overall: EventScores) -> str:
    over = overall.overconfidence
    assert overall.murphy is not None and over is not None  # of forecasts that were scored
    murphy = {name: round(value, 3) + 0.0 for name, value in structs.asdict(overall.murphy).items()}  # no -0.000
    sign, within = "-" if murphy["within"] < 0 else "+", abs(murphy.pop("within"))
    lines = [
        "Brier = {reliability:.3f} reliability - {resolution:.3f} resolution + {uncertainty:.3f} uncertainty ".format(
            **murphy
        )
        + f"{sign} {within:.3f} within bins"
    ]
    if over.p_value is None:
        lines.append("over-confidence: too few separate dates to test")
    else:
        said = "FLAGGED" if over.flagged else "not shown"
        lines.append(
            f"over-confidence: {said} (p = {over.p_value:.2f}; 5% false alarms at most; a Brier score too high by "
            f"{over.unseen:.3f} would be flagged four times in five, a smaller excess more seldom)"
        )
    if overall.log_infinite:
        lines.append(f"† {overall.log_infinite} forecasts of 0 or 1 were wrong; log score with a floor of 0.001")
    if overall.overlap:
        lines.append("* windows overlap between blocks of dates: the interval is too narrow")
    return "\n".join(lines)


def _reliability(rows: list[Bin]) -> Table:
    table = grid("said", "n", "mean said", "came", "share (90%)", "calibrated: 90% see")
    for row in rows:
        mark = "" if row.consistent else "  ← outside"
        cells = [
            f"{row.low:.0%} to {row.high:.0%}",
            str(row.n),
            f"{row.mean:.1%}",
            str(row.happened),
            f"{row.happened / row.n:.0%} ({row.share_low:.0%} to {row.share_high:.0%})",
            f"{row.expected_low} to {row.expected_high}{mark}",
        ]
        table.add_row(*map(Text, cells))
    return table


def _series(series: Mapping[str, SeriesCard]) -> Table:
    table = grid("series", "ahead", "n", "score", "last", "skill (90%)", "in 50% (90%)", "in 90% (90%)")
    for name, whole in series.items():
        for ahead, row in {"all": whole, **whole.by_horizon}.items():
            cells = [
                ahead,
                str(row.n),
                fmt.number(row.interval_score),
                fmt.number(row.error_last),
                _interval(row.skill_last, row.overlap),
                _share(row.coverage_50),
                _share(row.coverage_90),
            ]
            table.add_row(Text(name if ahead == "all" else ""), *map(Text, cells))
    return table


def _share(found: SkillInterval) -> str:
    return f"{found.value:.0%} ({found.low:.0%} to {found.high:.0%})"


def _misses(misses: list[Miss]) -> Table:
    table = grid(
        "question", "at", "by", "said", "came", "hypothesis (saves Brier, log)", "parameter (saves Brier, log)", whole=3
    )
    for miss in misses:
        h, p = miss.hypothesis, miss.parameter
        by = f"{h.hypothesis}: {fmt.percent(h.p)} {_gain(h)}" if h else "none"
        where = ""
        if p:
            sign = "≤" if p.side == "low" else "≥"
            where = f"{p.parameter} {sign} {fmt.number(p.bound)}: {fmt.percent(p.p)} {_gain(p)}"
        cells = (miss.id, str(miss.at), str(miss.by), fmt.percent(miss.p), "yes" if miss.outcome else "no", by)
        table.add_row(*map(Text, cells), Text(where or "none"))
    return table


def _gain(rival: Gain) -> str:
    return f"({rival.brier_gain:.2f}, {rival.log_gain:.2f})"
