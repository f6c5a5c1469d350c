"""Forms of dates, as strptime writes them: which texts have such a form, digit by digit.

A parser alone would read 23-01-02 as a day of the year 23, and 2020012 as one of January.
"""

from __future__ import annotations

import re
from functools import cache

_PARTS = {  # a directive: what stands for it in a text
    "Y": "[0-9]{4}",
    **dict.fromkeys("ymdHIMS", "[0-9]{2}"),
    **dict.fromkeys(("-m", "-d"), "[0-9]{1,2}"),
    "e": "[ 0-9]?[0-9]",
    "j": "[0-9]{3}",
    "p": "[AaPp][Mm]",
    **dict.fromkeys("bBhaA", "[^0-9]+"),
    ".f": "([.][0-9]+)?",
    "z": "([+-][0-9]{2}:?[0-9]{2}|Z)",
    "%": "%",
}
_WHOLE = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y"}
_DIRECTIVE = re.compile(r"%(-?[A-Za-z%]|\.f)")
_DAYS = ({"d", "-d", "e"}, {"m", "-m", "b", "B", "h"})
_ONCE = {"the year": {"Y", "y"}, "the month": _DAYS[1] | {"j"}, "the day": _DAYS[0] | {"j"}, "the hour": {"H", "I"}}


def refusal(form: str) -> str:
    """Why a form says no day of the calendar, or "" when it does."""
    spelt = _spelt(form)
    found = _DIRECTIVE.findall(spelt)
    if unknown := [part for part in found if part not in _PARTS]:
        return "write %.f for parts of a second" if unknown[0] == "f" else f"%{unknown[0]} is not read"
    if spelt.count("%") != len(found) + found.count("%"):
        return "a % that begins nothing"
    if not {"Y", "y"} & set(found):
        return "it has no year: write %Y"
    if "j" not in found and not all(parts & set(found) for parts in _DAYS):
        return "it has no day or no month: write %d and %m"
    for what, parts in _ONCE.items():
        if len(said := [f"%{part}" for part in found if part in parts]) > 1:
            return f"it says {what} twice: {' and '.join(said)}"
    parts = [part for part in found if part != "%"]
    return "it says a part twice" if len(parts) > len(set(parts)) else ""


@cache
def pattern(form: str) -> str:
    """The texts of a form, as a regular expression: four digits to a year of %Y, two to a month and a day.

    In a form that does not begin with the year, a day or a month may have one digit where it touches no other number.
    """
    spelt, out, at = _spelt(form), "", 0
    for found in _DIRECTIVE.finditer(spelt):
        part = found[1]
        alone = not _touches(spelt[: found.start()], -2) and not _touches(spelt[found.end() :], 0)
        if part in ("d", "m") and alone and not spelt.startswith("%Y"):
            part = f"-{part}"
        out += re.escape(spelt[at : found.start()]) + _PARTS[part]
        at = found.end()
    return f"^{out}{re.escape(spelt[at:])}$"


def _touches(text: str, index: int) -> bool:
    """Whether a text ends (-2) or begins (0) with a directive of digits, or with a digit."""
    near = text[index:][:2] if text else ""
    return bool(re.fullmatch("%[YymdjHMS]", near)) or (text[-1:] if index else text[:1]).isdigit()


def _spelt(form: str) -> str:
    for short, long in _WHOLE.items():
        form = form.replace(f"%{short}", long)
    return form
