"""Ledger rows proposed from events: sources merged, disagreement kept, and a reason for everything left out."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detente.events.extras import pl
from detente.events.ledger.rules import Rule, Rules
from detente.language.records import Row, Scenario

if TYPE_CHECKING:
    from polars import DataFrame, Expr

SOURCES = 3  # named in a row; the others are counted


@dataclass(frozen=True)
class Estimate:
    """What one data set says of one proposed row."""

    provider: str
    events: int
    reports: int | None
    value: float | None
    low: float | None
    high: float | None
    unit: str
    sources: tuple[str, ...]
    ids: tuple[str, ...]
    url: str = ""


@dataclass(frozen=True)
class Proposal:
    """A row for the ledger, and what each data set says of it."""

    date: dt.date
    track: str
    move: str
    target: str
    magnitude: float | None
    low: float | None
    high: float | None
    estimates: tuple[Estimate, ...]
    rule: Rule

    @property
    def events(self) -> int:
        return sum(estimate.events for estimate in self.estimates)

    @property
    def disputed(self) -> bool:
        """Whether data sets give different sizes."""
        return len({e.value for e in self.estimates if e.value is not None}) > 1


@dataclass
class Built:
    """What came of the events of the public record."""

    rows: list[Proposal] = field(default_factory=list)
    events: int = 0
    dropped: Counter[str] = field(default_factory=Counter)  # events, by reason
    unknown_actors: Counter[str] = field(default_factory=Counter)
    unmatched: Counter[str] = field(default_factory=Counter)  # acts by actors of the scenario that no rule takes
    held: list[tuple[Proposal, Row]] = field(default_factory=list)  # in the ledger already
    against: list[tuple[Proposal, Row]] = field(default_factory=list)  # the ledger has another move there
    folded: list[tuple[Proposal, Proposal]] = field(default_factory=list)  # and the higher rung that counts


def propose(scenario: Scenario, rules: Rules, tables: Iterable[DataFrame]) -> Built:
    """Propose ledger rows from event tables. Rows of the scenario's own ledger always stay as they are.

    Events of one day, track, move and target are one row. Its size is the median of what the data sets say, each by the
    rule's own `magnitude`; low and high are the lowest low and the highest high.
    """
    built = Built()
    kept: list[DataFrame] = []
    seen: set[tuple[str, str]] = set()
    for table in tables:
        taken = _take(scenario, rules, table, built)
        if taken.height:
            fresh = [(p, i) not in seen and not seen.add((p, i)) for p, i in taken.select("provider", "id").iter_rows()]
            built.dropped["the same event again"] += len(fresh) - sum(fresh)
            kept.append(taken.filter(pl.Series(fresh)))
    if not kept:
        return built
    by_rule: dict[tuple, list[dict]] = {}
    for event in pl.concat(kept).sort("date", "provider", "id").iter_rows(named=True):
        rule = rules.rules[event["rule"]]
        by_rule.setdefault((rule.number, event["date"], rule.track, rule.move, event["to"] or ""), []).append(event)
    groups: dict[tuple, tuple[Rule, list[dict]]] = {}
    for (number, *key), events in sorted(by_rule.items()):
        rule = rules.rules[number - 1]
        if reason := _too_little(_estimates(events, rule), rule):
            built.dropped[reason] += len(events)
        else:
            groups.setdefault(tuple(key), (rule, []))[1].extend(events)
    _place(scenario, [_merge(key, events, rule) for key, (rule, events) in groups.items()], built)
    return built


def _take(scenario: Scenario, rules: Rules, table: DataFrame, built: Built) -> DataFrame:
    """The events that a rule takes, with `rule` (its index) and `to` (the target's id); the others are counted."""
    built.events += table.height
    clock, length = scenario.clock, scenario.clock.step_days

    def only(frame: DataFrame, keep: Expr, reason: str) -> DataFrame:
        left = frame.filter(keep.fill_null(False))
        built.dropped[reason] += frame.height - left.height
        return left

    inside = (pl.col("date") >= clock.start) & (pl.col("date_end") < clock.now)
    table = only(table, inside, f"outside the record, {clock.start} to before {clock.now}")
    step = [(pl.col(name) - clock.start).dt.total_days() // length for name in ("date", "date_end")]
    table = only(table, step[0] == step[1], "the date is not known to one step")
    names = {name: actor for actor, known in rules.actors.items() for name in (actor, *known)}
    table = table.with_columns(_known("actor", names).alias("by"), _known("target", names).alias("to"))
    unknown = table.filter(pl.col("by").is_null() & pl.col("to").is_null())
    for name, count in (
        unknown.select(pl.coalesce("actor_state", "actor", pl.lit("nobody"))).to_series().value_counts().rows()
    ):
        built.unknown_actors[name] += count
    table = only(
        table, pl.col("by").is_not_null() | pl.col("to").is_not_null(), "neither side is an actor of the scenario"
    )
    index = pl.coalesce(*(pl.when(_matches(r)).then(pl.lit(r.number - 1)) for r in rules.rules), pl.lit(None, pl.Int32))
    table = table.with_columns(index.alias("rule"))
    for by, to, action, count in table.filter(pl.col("rule").is_null()).group_by("by", "to", "action").len().rows():
        built.unmatched[f"{by or 'others'} to {to or 'others'}: {action or 'no action'}"] += count
    table = only(table, pl.col("rule").is_not_null(), "no rule takes the act")
    for rule in rules.rules:
        if rule.move is None:
            why = f"rule {rule.number} leaves it out{f': {rule.why}' if rule.why else ''}"
            table = only(table, pl.col("rule") != rule.number - 1, why)
    reverse = pl.col("rule").is_in([r.number - 1 for r in rules.rules if r.either]) & ~pl.col("directed")
    acting = pl.col("rule").replace_strict({r.number - 1: r.actor for r in rules.rules}, default="")
    swapped = reverse & (pl.col("by") != acting).fill_null(True) & (acting != "")
    return table.with_columns(pl.when(swapped).then(pl.col("by")).otherwise(pl.col("to")).alias("to"))


def _known(side: str, names: dict[str, str]) -> Expr:
    """The scenario's id of one side, by its state or its name."""
    by = [pl.col(c).replace_strict(names, default=None, return_dtype=pl.String) for c in (f"{side}_state", side)]
    return pl.coalesce(*by)


def _matches(rule: Rule) -> Expr:
    def pair(by: str, to: str) -> Expr:
        return (pl.col("by") == by if by else pl.lit(True)) & (pl.col("to") == to if to else pl.lit(True))

    holds = pair(rule.actor, rule.target).fill_null(False)
    if rule.either:
        holds |= (~pl.col("directed") & pair(rule.target, rule.actor)).fill_null(False)
    elif rule.actor or rule.target:
        holds &= pl.col("directed")
    if rule.scheme:
        holds &= pl.col("scheme") == rule.scheme
    if rule.codes:
        holds &= pl.col("code").is_in(list(rule.codes))
    if rule.rungs:
        holds &= pl.col("rung").is_between(*rule.rungs)
    if rule.places:
        holds &= pl.col("place_state").is_in(list(rule.places)).fill_null(False)
    return holds.fill_null(False)


def _merge(key: tuple, events: Sequence[dict], rule: Rule) -> Proposal:
    date, track, move, target = key
    estimates = _estimates(events, rule)
    values = [e.value for e in estimates if e.value is not None]
    low = min((e.low for e in estimates if e.low is not None), default=None)
    high = max((e.high for e in estimates if e.high is not None), default=None)
    return Proposal(
        date, track, move, target, statistics.median(values) if values else None, low, high, estimates, rule
    )


def _estimates(events: Sequence[dict], rule: Rule) -> tuple[Estimate, ...]:
    by_provider: dict[str, list[dict]] = {}
    for event in events:
        by_provider.setdefault(event["provider"], []).append(event)
    return tuple(_estimate(name, mine, rule) for name, mine in sorted(by_provider.items()))


def _estimate(provider: str, events: Sequence[dict], rule: Rule) -> Estimate:
    sizes = [event["magnitude"] for event in events if event["magnitude"] is not None]
    lows = [event["low"] if event["low"] is not None else event["magnitude"] for event in events]
    highs = [event["high"] if event["high"] is not None else event["magnitude"] for event in events]
    reports = [event["reports"] for event in events if event["reports"] is not None]
    how = {"sum": sum, "largest": max}.get(rule.magnitude)
    value = low = high = None
    if how and sizes:
        value = float(how(sizes))
        low, high = (float(how([v for v in values if v is not None])) for values in (lows, highs))
    elif rule.magnitude == "events":
        value = low = high = float(len(events))
    elif rule.magnitude == "reports" and reports:
        value = low = high = float(sum(reports))
    sources = Counter(name.strip() for e in events for name in (e["source"] or "").split(";") if name.strip())
    return Estimate(
        provider,
        len(events),
        sum(reports) if reports else None,
        value,
        low,
        high,
        next((event["unit"] for event in events if event["unit"]), "") if how else rule.magnitude,
        tuple(name for name, _ in sources.most_common()),
        tuple(event["id"] for event in events),
        next((event["url"] for event in events if event["url"]), ""),
    )


def _too_little(estimates: Sequence[Estimate], rule: Rule) -> str:
    """Why a day has too little for a row, or "": no data set reaches the rule's thresholds by itself."""
    for name, least in (rule.at_least or {}).items():
        values = {
            "events": [e.events for e in estimates],
            "reports": [e.reports for e in estimates if e.reports is not None],
            "magnitude": [e.value for e in estimates if e.value is not None],
        }[name]
        if max(values, default=0) < least:
            return f"rule {rule.number}: fewer than {least:g} {name} on the day"
    return ""


def _place(scenario: Scenario, proposals: Iterable[Proposal], built: Built) -> None:
    """One row per track and step, the highest rung; none where the ledger has one."""
    step, held = scenario.clock.step_of, {}
    for row in scenario.ledger:
        held.setdefault((row.track, step(row.date)), []).append(row)

    def order(p: Proposal) -> tuple:
        return (-scenario.tracks[p.track].moves[p.move].rung, -p.events, p.date, p.target)

    best: dict[tuple, Proposal] = {}
    for proposal in sorted(proposals, key=order):
        cell = (proposal.track, step(proposal.date))
        if rows := held.get(cell):
            same = next((row for row in rows if row.move == proposal.move), None)
            (built.held if same else built.against).append((proposal, same or rows[0]))
        elif cell in best:
            built.folded.append((proposal, best[cell]))
        else:
            best[cell] = proposal
    built.rows = sorted(best.values(), key=lambda p: (p.date, p.track))
    for pairs in (built.held, built.against, built.folded):
        pairs.sort(key=lambda pair: (pair[0].date, pair[0].track))
