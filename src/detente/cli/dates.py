"""Days and durations as options."""

from __future__ import annotations

import datetime as dt
import re

from detente.errors import InputError, Problem
from detente.text.fields import parse_date

_UNITS = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}


def parse_day(option: str, text: str) -> dt.date:
    """A day written YYYY-MM-DD.

    Raises:
        InputError: If it is none.
    """
    day = parse_date(text.strip())
    if day is None:
        raise InputError([Problem(option, "a day of the calendar, as YYYY-MM-DD", text)], what="the options")
    return day


def parse_days(option: str, text: str) -> int:
    """A duration such as 4w, 28d or "4 weeks", in days.

    Raises:
        InputError: If it is none.
    """
    match = re.fullmatch(r"([0-9]{1,4}) *([a-z]+)", text.strip())
    days = int(match[1]) * _UNITS.get(match[2], 0) if match else 0
    if not days:
        raise InputError([Problem(option, "a number of days or weeks, such as 4w or 28d", text)], what="the options")
    return days
