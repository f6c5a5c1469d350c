"""EscalAItion: crises played by language models. Evidence about those models, not about people or states.

The published scores match action names exactly, so that a re-worded action scored 0. Here an action is one of the 27 of
the game or stands in the file as unmapped; both are counted, and an unmapped one has no rung.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from detente.events.cells import Cells
from detente.events.coding import Coding
from detente.events.extras import pl
from detente.events.providers import Provider

if TYPE_CHECKING:
    from polars import Expr

NATIONS = ("Purple", "White", "Pink", "Red", "Yellow", "Blue", "Green", "Orange")
MATCHES = ("exact", "case", "rule", "unmapped")


def read(cells: Cells, coding: Coding) -> Mapping[str, Expr]:
    """Columns of the event table. A game has no calendar: its day n is written as day n of January of the year 1."""
    day = cells.whole("day", low=1, required=True)
    cells.check("day", "a game day from 1 to 31", (day > 31).fill_null(False))
    date = pl.date(1, 1, pl.when(day.is_between(1, 31)).then(day))
    match = cells.one_of("match", MATCHES)
    action = pl.when(match == "unmapped").then(pl.lit("unmapped")).otherwise(cells.text("action"))
    cells.remark("actions that the file marks as unmapped: no rung", match == "unmapped")
    target = cells.text("target").str.to_titlecase()
    cells.remark("targets that are no nation of the game", target.is_not_null() & ~target.is_in([*NATIONS, "World"]))
    model = cells.text("model", required=True)
    run = cells.text("run_id", required=True)
    return {
        "id": pl.concat_str([run, day, cells.text("seq", required=True)], separator="|"),
        "date": date,
        "date_end": date,
        "precision": pl.lit("game-day"),
        "actor": cells.text("nation", required=True),
        "target": target,
        "directed": pl.lit(True),
        "code": cells.code("action", action, "escalaition", coding.known("escalaition")),
        "magnitude": cells.number("points_nominal"),
        "unit": pl.lit("points of the game's own scale"),
        "place": cells.text("scenario"),
        "source": pl.concat_str([pl.lit("language model "), model]),
    }


ESCALAITION = Provider(
    id="escalaition",
    title="EscalAItion, crises played by language models",
    licence="MIT, by its README",
    cite="Rivera et al. 2024, Escalation Risks from Language Models, arXiv:2401.03408",
    core=("run_id", "model", "scenario", "day", "seq", "nation", "target", "action", "match", "points_nominal"),
    read=read,
    scheme="escalaition",
)
