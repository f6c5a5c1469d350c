"""Which days a forecast can be made on, and which a bargain can be looked at on."""

from __future__ import annotations

import datetime as dt

from detente.errors import InputError, Problem
from detente.language.records import Scenario


def step_at(scenario: Scenario, date: dt.date, option: str = "--at") -> int:
    """The step that begins on a date.

    Raises:
        InputError: If no step of the record begins or ends there.
    """
    clock = scenario.clock
    step = clock.step_of(date)
    if clock.start < date <= clock.now and clock.date_of(step) == date:
        return step
    nearest = sorted({min(max(1, near), clock.now_step) for near in (step, step + 1)})
    days = " and ".join(str(clock.date_of(near)) for near in nearest)
    expected = f"a day on which a step begins, after {clock.start} (start) and no later than {clock.now} (now)"
    hint = f"the nearest {'are' if len(nearest) > 1 else 'is'} {days}"
    raise InputError([Problem(option, expected, str(date), hint)], what="the options")


def boundary_at(scenario: Scenario, date: dt.date, option: str = "--at") -> int:
    """The step boundary on a date, from the start of the clock to its end.

    Raises:
        InputError: If no step begins or ends there.
    """
    clock = scenario.clock
    step = clock.step_of(date)
    if clock.start <= date <= clock.end and clock.date_of(step) == date:
        return step
    nearest = sorted({min(max(0, near), clock.steps) for near in (step, step + 1)})
    days = " and ".join(str(clock.date_of(near)) for near in nearest)
    expected = f"a day on which a step begins or ends, from {clock.start} (start) to {clock.end} (end)"
    hint = f"the nearest {'are' if len(nearest) > 1 else 'is'} {days}"
    raise InputError([Problem(option, expected, str(date), hint)], what="the options")


def dates_of(scenario: Scenario, first: dt.date, last: dt.date, every: int) -> list[dt.date]:
    """The dates of a hindcast, `every` so many days from `first` and none after `last`.

    Raises:
        InputError: If `first` begins no step of the record, or `every` is no whole number of steps.
    """
    step_at(scenario, first, "--from")
    clock, problems = scenario.clock, []
    if last < first:
        problems.append(Problem("--to", f"a day on or after {first}", str(last)))
    if last > clock.now:
        problems.append(Problem("--to", f"a day no later than {clock.now} (now)", str(last)))
    if every % clock.step_days:
        problems.append(Problem("--every", f"a whole number of steps of {clock.step_days} days", f"{every} days"))
    if problems:
        raise InputError(problems, what="the options")
    return [first + dt.timedelta(days=days) for days in range(0, (last - first).days + 1, every)]
