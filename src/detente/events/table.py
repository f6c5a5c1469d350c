"""The event table: one row per reported act, whoever reported it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.events.extras import pl

if TYPE_CHECKING:
    from polars import DataFrame


@dataclass(frozen=True)
class Column:
    """One column of the event table. `kind`: text, number, count, date or flag."""

    name: str
    kind: str
    meaning: str
    required: bool = False


PRECISIONS = ("day", "days", "week", "month", "year", "game-day")
COLUMNS = (
    Column("provider", "text", "id of the data set: ged, acled, gdelt2, ...", required=True),
    Column("id", "text", "the provider's id of the event", required=True),
    Column("date", "date", "first day on which it may have happened", required=True),
    Column("date_end", "date", "last such day; the same day when the date is exact", required=True),
    Column("precision", "text", "what the provider dates by: day, days, week, month, year or game-day", required=True),
    Column("actor", "text", "who acts, in the provider's words"),
    Column("actor_state", "text", "state of the actor, in the provider's code"),
    Column("target", "text", "whom the act is aimed at, in the provider's words"),
    Column("target_state", "text", "state of the target, in the provider's code"),
    Column("directed", "flag", "false where the provider does not say which of the two acted", required=True),
    Column("action", "text", "name of the raw code"),
    Column("scheme", "text", "the coding scheme of the raw code: cameo, plover, mid-action, ...", required=True),
    Column("code", "text", "the raw code, as text", required=True),
    Column("rung", "number", "rung by the coding table; empty where the table says that the code is no act"),
    Column("magnitude", "number", "best estimate of its size"),
    Column("low", "number", "low estimate"),
    Column("high", "number", "high estimate"),
    Column("unit", "text", "unit of the three: deaths, Goldstein scale, ..."),
    Column("place", "text", "where, in the provider's words"),
    Column("place_state", "text", "state of the place, in the provider's code"),
    Column("latitude", "number", "degrees north"),
    Column("longitude", "number", "degrees east"),
    Column("source", "text", "who reported it, joined by ;"),
    Column("reports", "count", "number of reports behind it"),
    Column("url", "text", "a page, where the provider gives one"),
    Column("revised", "count", "when the row was last changed, as a number that grows; of one id the latest stands"),
    Column("licence", "text", "terms of the provider, as far as stated", required=True),
)
NAMES = tuple(column.name for column in COLUMNS)
SQL = {"text": "VARCHAR", "number": "DOUBLE", "count": "BIGINT", "date": "DATE", "flag": "BOOLEAN"}


def schema() -> dict[str, Any]:
    """The Polars type of every column, in order."""
    kinds = {"text": pl.String, "number": pl.Float64, "count": pl.Int64, "date": pl.Date, "flag": pl.Boolean}
    return {column.name: kinds[column.kind] for column in COLUMNS}


def empty() -> DataFrame:
    """An event table without rows."""
    return pl.DataFrame(schema=schema())
