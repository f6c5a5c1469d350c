"""Numbers, dates and units as text. Nothing is computed here beyond rounding.

A missing value (None or NaN) is an en dash everywhere, so that no reader takes it for zero.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from typing import Any, TypeGuard

from detente.result.parts import Header, Timings
from detente.result.run import BargainResult, FitResult, Foresight, Result

Fitted = Result | FitResult | BargainResult
Section = dict[str, Any]  # a part of a page, as its template reads it
MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
UNITLESS = {"1", "none", "dimensionless"}
POWERS = re.compile(r"\b(k?m)\^?([23])\b")


def known(value: Any) -> TypeGuard[float]:
    """True when `value` is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def percent(p: float | None) -> str:
    """Whole percent. Below half a percent "<1%" and above 99.5 ">99%": draws are finite, 0 and 100 are not shown."""
    if not known(p):
        return MISSING
    if p < 0.005:
        return "<1%"
    if p > 0.995:
        return ">99%"
    return f"{_half_up(100 * p)}%"


def points(error: float | None) -> str:
    """A Monte-Carlo error of a probability, in percentage points: "±2 pp", below one point "±0.4 pp"."""
    if not known(error):
        return ""
    size = 100 * abs(error)
    if size < 0.05:
        return "±<0.1 pp"
    return f"±{size:.1f} pp" if size < 0.95 else f"±{_half_up(size)} pp"


def signed_points(shift: float | None) -> str:
    """A small change of a probability: "+2 pp"; nothing when unknown or too small to show."""
    text = points(shift).removeprefix("±")
    if not text or text.startswith("<") or shift is None:
        return ""
    return f"{MINUS if shift < 0 else '+'}{text}"


def chance(p: float | None, error: float | None = None) -> str:
    """A probability with its Monte-Carlo error: "20% ±1 pp"."""
    return f"{percent(p)} {points(error)}".strip()


def chance_range(low: float | None, high: float | None) -> str:
    """Two probabilities as a range: 10 to 30% with a dash, "up to 3%"."""
    if not (known(low) and known(high)):
        return MISSING
    first, last = percent(low), percent(high)
    if first == last:
        return first
    if first == "<1%":
        return f"{first} to {last}" if last == ">99%" else f"up to {last}"
    if last == ">99%":
        return f"{first} or more"
    return f"{first.removesuffix('%')}\N{EN DASH}{last}"


def number(value: float | None, digits: int = 3) -> str:
    """A number with `digits` significant digits: "1,180", "0.042"; powers of ten beyond 7 digits."""
    if not known(value):
        return MISSING
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent >= 7 or exponent < -4:
        mantissa = f"{value / 10.0**exponent:.{digits - 1}f}".rstrip("0").rstrip(".")
        text = f"{mantissa}\N{MULTIPLICATION SIGN}10{str(exponent).translate(SUPERSCRIPTS)}"
    else:
        rounded = round(value, digits - 1 - exponent)
        text = f"{rounded:,.{max(0, digits - 1 - exponent)}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def signed(value: float | None, digits: int = 3) -> str:
    """A number with its sign: "+1.2", "0"; a proper minus."""
    text = number(value, digits)
    return f"+{text}" if known(value) and value > 0 else text


def factor(value: float | None) -> str:
    """A factor: "×1.4"."""
    return f"\N{MULTIPLICATION SIGN}{number(value, 2)}" if known(value) else MISSING


def plus_minus(error: float | None) -> str:
    """An error in the unit of its number: "±0.13"; nothing when unknown."""
    return f"±{number(abs(error), 2)}" if known(error) else ""


def unit(text: str | None) -> str:
    """A unit as shown: superscripts for areas, nothing for a pure number."""
    stripped = (text or "").strip()
    if stripped in UNITLESS:
        return ""
    return POWERS.sub(lambda found: found[1] + found[2].translate(SUPERSCRIPTS), stripped)


def quantity(value: float | None, of: str | None = "") -> str:
    """A number with its unit, kept on one line: "1,180 km²"."""
    name = unit(of)
    return f"{number(value)}\N{NO-BREAK SPACE}{name}" if name and known(value) else number(value)


def interval(low: float | None, high: float | None) -> str:
    """A range of numbers: "0.2 to 1.4"; "to", because a dash beside a minus sign misleads."""
    if not (known(low) and known(high)):
        return MISSING
    first, last = number(low), number(high)
    return first if first == last else f"{first} to {last}"


def day(when: dt.date | str | None) -> str:
    """A day, or its ISO text, as "5 Aug 2024"; any other text is returned as it is."""
    if not when:
        return MISSING
    if isinstance(when, str):
        try:
            when = dt.date.fromisoformat(when)
        except ValueError:
            return when
    return f"{when.day} {when:%b %Y}"


def seconds(value: float | None) -> str:
    """A duration: "0.4 s", "12 s", "3 min 20 s"."""
    if not known(value):
        return MISSING
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"


def count(n: int, one: str, many: str = "") -> str:
    """ "1 claim", "3 claims"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def _half_up(value: float) -> int:
    """Round half away from zero: readers expect 12.5 to become 13 and 0.5 to become 1."""
    return math.floor(value + 0.5)


def stages(timings: Timings) -> list[tuple[str, float | None]]:
    """Seconds by stage, in the order in which they come."""
    names = ("load", "compile", "fit", "smc", "nuts", "simulate", "analyse", "report", "total")
    return [(name, getattr(timings, f"{name}_s")) for name in names]


def fitted(result: Fitted) -> bool:
    """Whether the scenario was fitted to its record."""
    return bool(result.fit.particles)


BEFORE = "Before the record: nothing was fitted."


def held(result: Header) -> str:
    """What `--set` and `--hold` held and `--without` left out, a sentence of each; "" when nothing."""
    known = [f"{name} at {row.value:g} (its prior: {row.prior})" for name, row in result.held.items()]
    at_hand = [f"{name} at {value:g}" for name, value in result.asked.hold.items()]
    told = [f"Held by --set: {', '.join(known)}."] if known else []
    told += [f"Held by --hold, in the draws at hand: {', '.join(at_hand)}."] if at_hand else []
    told += [f"Left out by --without: {', '.join(result.asked.without)}."] if result.asked.without else []
    return " ".join(told)


def foresight(told: Foresight | None) -> list[str]:
    """One sentence per track that looks ahead: how far, what it changed, at what error; nothing when none does."""
    if told is None:
        return []
    lines = []
    for track, about in told.tracks.items():
        if not about.courses:
            lines.append(f"{track} looks ahead, but no move of it bears on what its actor wants")
            continue
        how = "every future" if about.exact else f"{about.samples} futures per move"
        course, most = max(about.courses.items(), key=lambda item: item[1].change or 0.0)
        text = f"{track} at level {about.level}, {about.horizon_steps} steps ahead by {how}: moves "
        text += f"{percent(most.change)} of its choice probability under {course}, where that is most"
        if not about.exact:
            text += f"; error {number(most.error)} logit"
        lines.append(text)
    if not told.fitted:
        sizes = f"{count(told.draws, 'draw')} of {count(told.futures, 'future')}"
        lines.append(f"fitted at level 0; {sizes}, for {told.lanes:,} futures are run on in each step of each")
    return lines
