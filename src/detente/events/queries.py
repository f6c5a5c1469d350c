"""Questions to the event table, written once and run on any engine that Ibis knows.

table = ibis.duckdb.connect("detente.duckdb", read_only=True).table("events")
by_day(table).to_polars()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detente.events.extras import ibis

if TYPE_CHECKING:
    from ibis.expr.types import Table


def by_day(events: Table) -> Table:
    """Per day, actor's and target's state: events, reports, highest rung, sorted."""
    keys = ["date", "actor_state", "target_state"]
    found = events.group_by(keys).agg(
        events=lambda t: t.count(), reports=lambda t: t.reports.sum(), rung=lambda t: t.rung.max()
    )
    return found.order_by(keys)


def pairs(events: Table, limit: int = 20) -> Table:
    """The pairs of states with the most events: how many, the mean and the highest rung."""
    known = events.filter(events.actor_state.notnull() & events.target_state.notnull())
    keys = ["actor_state", "target_state"]
    found = known.group_by(keys).agg(
        events=lambda t: t.count(), mean_rung=lambda t: t.rung.mean(), rung=lambda t: t.rung.max()
    )
    return found.order_by([ibis.desc("events"), *keys]).limit(limit)


def codes(events: Table) -> Table:
    """How often each raw code occurs, with its rung; codes that are no act have none."""
    keys = ["provider", "scheme", "code", "rung"]
    return events.group_by(keys).agg(events=lambda t: t.count()).order_by([ibis.desc("events"), *keys])


def sizes(events: Table) -> Table:
    """Sums of sizes by month, provider and unit, with low and high; the best estimate stands in for an absent one."""
    sized = events.filter(events.magnitude.notnull())
    sized = sized.mutate(
        month=sized["date"].cast("date").truncate("M").cast("date"),
        low=ibis.coalesce(sized.low, sized.magnitude),
        high=ibis.coalesce(sized.high, sized.magnitude),
    )
    keys = ["month", "provider", "unit"]
    found = sized.group_by(keys).agg(
        magnitude=lambda t: t.magnitude.sum(), low=lambda t: t.low.sum(), high=lambda t: t.high.sum()
    )
    return found.order_by(keys)


QUERIES: dict[str, Any] = {"by-day": by_day, "pairs": pairs, "codes": codes, "sizes": sizes}
