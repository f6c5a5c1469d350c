"""International Crisis Behavior, version 15, as events: what set a crisis off, and what the actor did about it.

The crisis level (icb1) and the actor level (icb2) use some names with other codes, and the codes of the major response
are those of the trigger shifted by one: the event table keeps them apart by scheme, icb-trigger and icb-response.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from detente.events.cells import Cells
from detente.events.coding import Coding
from detente.events.extras import pl
from detente.events.parts_of_dates import span
from detente.events.providers import Provider
from detente.text.fields import ABSENT

if TYPE_CHECKING:
    from polars import Expr

NO_STATE = {"995": "internal", "996": "a non-state actor", "997": "several states"}


def _who(column: Expr) -> tuple[Expr, Expr]:
    """A country number as words and as state; codes above 990 are no state."""
    words = column.replace(NO_STATE)
    return words, pl.when(~column.is_in(list(NO_STATE))).then(column)


def trigger(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """The act that set an actor's crisis off, towards the actor."""
    actor, actor_state = _who(cells.text("trigent", whole=True))
    target = cells.text("cracid", required=True, whole=True)
    start, end, precision = span(cells, "yrtrig", "motrig", "datrig")
    return {
        "id": pl.concat_str([cells.text("cracno", required=True, whole=True), pl.lit("trigger")], separator="-"),
        "date": start,
        "date_end": end,
        "precision": precision,
        "actor": actor,
        "actor_state": actor_state,
        "target": pl.coalesce(cells.text("actor"), target),
        "target_state": target,
        "directed": pl.lit(True),
        "code": cells.code("triggr", cells.text("triggr", whole=True), "icb-trigger", coding.known("icb-trigger")),
        "place": cells.text("crisname"),
    }


def response(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """The actor's major response, towards the source of the threat. Without a date it falls in the crisis."""
    known = coding.known("icb-response")
    target, target_state = _who(cells.text("southv", whole=True))
    state = cells.text("cracid", required=True, whole=True)
    undated = cells.text("yerres", whole=True).is_null()
    begin = span(cells, "yrtrig", "motrig", "datrig")[0]
    finish = span(cells, "yrterm", "moterm", "daterm")[1]
    start, end, precision = span(cells, "yerres", "monres", "dayres", required=False)
    late = pl.max_horizontal(begin, finish)
    return {
        "id": pl.concat_str([cells.text("cracno", required=True, whole=True), pl.lit("response")], separator="-"),
        "date": pl.when(undated).then(begin).otherwise(start),
        "date_end": pl.when(undated).then(late).otherwise(end),
        "precision": pl.when(undated).then(pl.lit("days")).otherwise(precision),
        "actor": pl.coalesce(cells.text("actor"), state),
        "actor_state": state,
        "target": target,
        "target_state": target_state,
        "directed": pl.lit(True),
        "code": cells.code("majres", cells.text("majres", whole=True), "icb-response", known),
        "place": cells.text("crisname"),
    }


def crisis(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """The act that set a crisis off, at the level of the crisis: `break`, and by whom."""
    actor, state = _who(cells.text("trigent", whole=True))
    start, end, precision = span(cells, "yrtrig", "motrig", "datrig")
    return {
        "id": cells.text("crisno", required=True, whole=True),
        "date": start,
        "date_end": end,
        "precision": precision,
        "actor": actor,
        "actor_state": state,
        "directed": pl.lit(True),
        "code": cells.code("break", cells.text("break", whole=True), "icb-trigger", coding.known("icb-trigger")),
        "place": cells.text("crisname"),
    }


def pair(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """Two states that faced each other in a crisis, by year: no act, and no direction."""
    start, _, precision = span(cells, "trgyrdy", "trgmody", "trgdady")
    _, end, _ = span(cells, "trmyrdy", "trmmody", "trmdady")
    cells.check("trmyrdy", "an end not before the start", (end < start).fill_null(False))
    a, b = cells.text("statea", required=True, whole=True), cells.text("stateb", required=True, whole=True)
    key = [cells.text("crdynum", required=True, whole=True), cells.text("year", required=True, whole=True)]
    return {
        "id": pl.concat_str(key, separator="-"),
        "date": start,
        "date_end": end,
        "precision": precision,
        "actor": cells.text("namea"),
        "actor_state": a,
        "target": cells.text("nameb"),
        "target_state": b,
        "directed": pl.lit(False),
        "code": pl.lit("pair"),
        "place": cells.text("crisname"),
    }


_SHARED: dict[str, Any] = {
    "absent": (*ABSENT, *map(str, range(-99, 0))),  # no code is negative
    "licence": "free for research with citation",
    "cite": "Brecher, Wilkenfeld, Beardsley, James and Quinn 2023, International Crisis Behavior, Version 15",
}
ICB2 = Provider(
    id="icb2",
    title="ICB 15, actors in crises",
    core=("crisno", "cracno", "cracid", "triggr", "yrtrig", "majres", "southv", "yerres", "yrterm"),
    told=("trigent", "motrig", "datrig", "actor", "monres", "dayres", "moterm", "daterm"),
    read=trigger,
    scheme="icb-trigger",
    also=(("icb-response", response),),
    **_SHARED,
)
ICB1 = Provider(
    id="icb1",
    title="ICB 15, crises",
    core=("crisno", "crisname", "break", "trigent", "yrtrig"),
    told=("motrig", "datrig"),
    read=crisis,
    scheme="icb-trigger",
    **_SHARED,
)
ICB_PAIRS = Provider(
    id="icb-dyads",
    title="ICB 15, pairs of states in crises, by year",
    core=("crisno", "year", "statea", "stateb", "crdynum", "trgyrdy", "trmyrdy"),
    told=("trgmody", "trgdady", "trmmody", "trmdady"),
    read=pair,
    scheme="icb-dyad",
    **_SHARED,
)
