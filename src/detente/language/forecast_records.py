"""The questions that a forecast answers, as typed, frozen records. Durations are counted in steps of the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detente.language.records import Expression

SERIES_STEPS = 52  # weeks of a series when forecasts.yaml does not say: a year of weekly steps


@dataclass(frozen=True)
class EventQuestion:
    """A question with a yes or a no per window: does it happen within, or is it so after, that many steps?

    Exactly one of `happens` and `when` says what is asked.
    """

    id: str
    says: str
    steps: tuple[int, ...]  # the windows, each 1 or more
    happens: tuple[str, ...] = ()  # event ids and TRACK:move; any of them, at least once inside the window
    when: Expression | None = None  # a condition on stocks and parameters, judged on the last day of the window


@dataclass(frozen=True)
class SeriesQuestion:
    """A question with a number per step: the value on each day that begins one of the next `steps` steps."""

    id: str
    says: str
    unit: str
    value: Expression
    since_start: bool = False  # the change since the day of the forecast
    per_step: bool = False  # the value at the end of a step, reported under the step's first day
    steps: int = SERIES_STEPS


@dataclass(frozen=True)
class Forecasts:
    """What forecasts.yaml holds, in file order; ids are unique over both kinds."""

    events: tuple[EventQuestion, ...] = ()
    series: tuple[SeriesQuestion, ...] = ()
