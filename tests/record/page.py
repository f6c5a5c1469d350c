"""The tables of docs/kursk-record.md, between a comment that names one and a comment that ends it.

`python -m tests.record.page` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from detente import load
from tests.record import agreement, landmarks
from tests.record.landmarks import WAVES, Count, Ledger

PAGE = Path(__file__).parent.parent.parent / "docs" / "kursk-record.md"
TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
TARGET = {"mass-strike": "cities and other", "energy-campaign": "power system"}


def tables() -> dict[str, list[str]]:
    """Every table of the page, by name: its lines."""
    found = landmarks.ledger()
    days = [day for day, _ in found.strikes]
    other = sorted(set(days) - set(landmarks.DROPPED) | set(landmarks.ADDED))
    return {
        "all": _counts(found, days),
        "counted": _counts(found, [day for day in days if day >= landmarks.COUNTED], landmarks.COUNTED),
        "other": _counts(found, other),
        "strikes": _strikes(found),
        "agreement": _agreement(),
        "parted": _parted(),
    }


def renewed(text: str) -> str:
    """The page with its tables as the ledger has them."""
    made = tables()
    return TABLE.sub(lambda match: match[1] + "\n".join(["", *made[match[2]], "", ""]) + match[3], text)


def _counts(found: Ledger, days: Sequence[date], first: date = landmarks.FIRST) -> list[str]:
    lines = ["| after a celebrated strike | strikes | share | after any day | by chance |", "|---|---|---|---|---|"]
    for text, moves in (("a wave of any kind", WAVES), ("a wave on the power system", ("energy-campaign",))):
        for within in (7, 14):
            seen = landmarks.count(
                days,
                lambda day, within=within, moves=moves: landmarks.followed(day, found.waves, within, moves),
                first,
                within,
            )
            lines.append(_row(f"{text} within {within} days", seen))
    seen = landmarks.count(days, lambda day: landmarks.larger(day, found.waves), first)
    return [*lines, _row("the next wave is larger than the last", seen)]


def _row(text: str, seen: Count) -> str:
    share = f"{seen.hits / seen.of:.0%} ({seen.low:.0%} to {seen.high:.0%})"
    return f"| {text} | {seen.hits} of {seen.of} | {share} | {seen.base:.0%} | {seen.chance:.0%} |".replace("%", " %")


def _strikes(found: Ledger) -> list[str]:
    lines = ["| strike | on | next wave | days | at | launches: wave before, this one |", "|---|---|---|---|---|---|"]
    for day, note in found.strikes:
        last = [wave for wave in found.waves if wave.day <= day][-1]
        after = next(wave for wave in found.waves if wave.day > day)
        sizes = ", ".join("?" if wave.launches is None else f"{wave.launches:.0f}" for wave in (last, after))
        gap = (after.day - day).days
        lines.append(f"| {_short(note)} | {day} | {after.day} | {gap} | {TARGET[after.move]} | {sizes} |")
    return lines


def _short(note: str) -> str:
    return re.split(r"[;,]|\.$", note)[0]


def _agreement() -> list[str]:
    rows = agreement.sample()
    tracks = load("kursk-2024").tracks
    rungs = {(name, move): found.rung for name, track in tracks.items() for move, found in track.moves.items()}
    named = [(row.first, row.second) for row in rows]
    scaled = [(rungs[a], rungs[b]) for a, b in named if a in rungs and b in rungs]
    fires = [pair for pair in named if "UA.fires" in (pair[0][0], pair[1][0])]
    lines = ["| what | rows | agree | alpha (90 %, rows drawn again) |", "|---|---|---|---|"]
    for text, pairs, distance in (
        ("track and move, as names", named, agreement.nominal),
        ("rung, as a number, where both name a move of a track", scaled, agreement.interval),
        ("Ukrainian fire alone, as names", fires, agreement.nominal),
    ):
        low, high = agreement.interval_of(pairs, distance)
        value = f"{agreement.alpha(pairs, distance):.2f} ({low:.2f} to {high:.2f})"
        lines.append(f"| {text} | {len(pairs)} | {sum(a == b for a, b in pairs)} | {value} |")
    return lines


def _parted() -> list[str]:
    lines = ["| date | row | first | second |", "|---|---|---|---|"]
    for row in agreement.sample():
        if row.first != row.second:
            first, second = (code[0] if code[0] == code[1] else " ".join(code) for code in (row.first, row.second))
            lines.append(f"| {row.day} | {_short(row.note)} | {first} | {second} |")
    return lines


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
