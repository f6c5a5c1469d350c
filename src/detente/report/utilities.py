"""What each course is worth to whom, for the report. Formatting only."""

from __future__ import annotations

from detente.report import format as fmt
from detente.report import sections
from detente.report.format import Section
from detente.result import Result


def utilities(results: Result) -> list[Section]:
    """What each course is worth to each actor at the end, against the first course that branches with the clock."""
    shown = {n: c for n, c in results.courses.items() if c.utilities and not sections.own_branch(results, c)}
    if not shown:
        return []
    first = next(iter(shown))
    actors = results.actors
    rows = []
    for actor in shown[first].utilities:
        lines = []
        for name, course in shown.items():
            entry = course.utilities[actor]
            gap = entry.against.get(first)
            lines.append(
                {
                    "index": list(results.courses).index(name),
                    "name": course.name or name,
                    "mean": fmt.number(entry.mean, 3),
                    "error": fmt.plus_minus(entry.mc_error),
                    "range": fmt.interval(entry.q05, entry.q95),
                    "gap": f"{fmt.signed(gap.mean, 2)} ({fmt.interval(gap.q05, gap.q95)})" if gap else "",
                    "worse": fmt.chance(gap.p_worse, gap.p_worse_mc_error) if gap else "",
                }
            )
        rows.append({"id": actor, "name": actors.get(actor) or actor, "lines": lines})
    return rows
