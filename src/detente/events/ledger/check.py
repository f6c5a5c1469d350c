"""What may be wrong with a ledger: rows twice, silences that are too long, dates that contradict each other.

`load` has refused what cannot be; here is what is odd. Needs no optional package.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from detente.language.lint import sizes_of_nothing
from detente.language.records import CONTEXT_TRACK, Row, Scenario
from detente.text.fields import parse_date

LEVEL = 0.01  # chance that the test of silences calls anything when every track acts at an even rate
LATE = 365  # days after which a first report is late enough to remark on
_IN_URL = re.compile(r"(?<!\d)(19|20)(\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class Finding:
    """One oddity. `kind`: duplicate, same step, gap, date, size or not read. `lines`: of history.csv."""

    kind: str
    text: str
    lines: tuple[int, ...]


def check(scenario: Scenario) -> list[Finding]:
    """Everything odd in a ledger, by kind and date."""
    rows = scenario.ledger
    sizes = (
        Finding("size", f"{what} has no magnitude, so its size is not used", tuple(lines))
        for what, lines in sizes_of_nothing(scenario).items()
    )
    unread = (Finding("not read", text, ()) for text in scenario.unread)
    return [*_duplicates(scenario, rows), *_gaps(scenario), *_dates(rows), *sizes, *unread]


def _duplicates(scenario: Scenario, rows: Iterable[Row]) -> Iterator[Finding]:
    same, cells = defaultdict(list), defaultdict(list)
    for row in rows:
        same[row.case, row.date, row.track, row.move, row.target].append(row)
        if row.track in scenario.tracks:
            cells[row.case, row.track, scenario.clock.step_of(row.date)].append(row)
    for (_, date, track, move, target), twice in same.items():
        if len(twice) > 1:
            sizes = {row.magnitude for row in twice}
            text = f"{date} {track}:{move}{f' towards {target}' if target else ''} stands {len(twice)} times"
            if len(sizes) > 1:
                text += f", with sizes {', '.join('none' if s is None else f'{s:g}' for s in sizes)}"
            yield Finding("duplicate", text, tuple(row.line for row in twice))
    for (_, track, step), together in cells.items():
        days = {row.date for row in together}
        if len(together) > 1 and len(days) > 1:
            begins = scenario.clock.date_of(step)
            moves = ", ".join(f"{row.move} on {row.date}" for row in together)
            text = (
                f"{track} has {len(together)} rows in the step of {begins}, of which the highest rung counts: {moves}"
            )
            yield Finding("same step", text, tuple(row.line for row in together))


def _gaps(scenario: Scenario) -> Iterator[Finding]:
    """Silences longer than an even rate explains, at `LEVEL` for all tracks together (Bonferroni)."""
    clock, steps = scenario.clock, scenario.clock.now_step
    acting: dict[str, set[int]] = {track: set() for track in scenario.tracks}
    for row in scenario.ledger:
        if row.track in acting and not row.case:
            acting[row.track].add(clock.step_of(row.date))
    tested = {track: sorted(found) for track, found in acting.items() if len(found) > 1}
    for track, found in tested.items():
        edges = [-1, *found, steps]
        before, after = max(pairwise(edges), key=lambda pair: pair[1] - pair[0])
        silent = after - before - 1
        chance = longest_run(steps, silent, 1 - len(found) / steps)
        if chance < LEVEL / len(tested):
            first, last = clock.date_of(before + 1), clock.date_of(after)
            text = (
                f"{track} is silent for {silent} steps, {first} to {last}: at an even rate of {len(found)} in {steps} "
                f"steps so long a silence has chance {chance:.2g}; is the record complete there?"
            )
            yield Finding("gap", text, ())


def longest_run(steps: int, run: int, silent: float) -> float:
    """P(a run of at least `run` silent steps in `steps`), each silent with probability `silent`, independently.

    Exact, by the recursion on the end of the first such run (Feller 1968, An Introduction to Probability Theory I,
    chapter XIII.7): f[n] = f[n-1] + (1 - f[n-run-1]) * (1 - silent) * silent^run.
    """
    if run <= 0:
        return 1.0
    found = [0.0] * (steps + 1)
    for n in range(run, steps + 1):
        first = silent**run if n == run else (1 - found[n - run - 1]) * (1 - silent) * silent**run
        found[n] = found[n - 1] + first
    return found[steps]


def _dates(rows: Iterable[Row]) -> Iterator[Finding]:
    for row in rows:
        said = parse_date(row.published) if row.published else None
        what = f"{row.track}:{row.move} of {row.date}" if row.track != CONTEXT_TRACK else f"{row.move} of {row.date}"
        if row.published and said is None:
            yield Finding("date", f"{what}: published is no day: {row.published}", (row.line,))
        elif said and said < row.date:
            yield Finding("date", f"{what}: its source was published before it, on {said}", (row.line,))
        elif said and (said - row.date).days > LATE:
            yield Finding("date", f"{what}: its source was published {(said - row.date).days} days later", (row.line,))
        if (day := _in_url(row.url)) and (day - row.date).days < -1:
            yield Finding("date", f"{what}: the address of its source carries the earlier date {day}", (row.line,))


def _in_url(url: str) -> dt.date | None:
    """The day in an address, where it has exactly one."""
    days = {parse_date(f"{m[1]}{m[2]}-{m[3]}-{m[4]}") for m in _IN_URL.finditer(url)} - {None}
    return days.pop() if len(days) == 1 else None
