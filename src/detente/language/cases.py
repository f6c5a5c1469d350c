"""cases.csv: the cases of a panel, many short records of one game, and what is known of each (its covariates)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from detente.language.records import CASE, Cases
from detente.text.csv_lines import WORD
from detente.text.fields import ABSENT, number_hint, parse_number

if TYPE_CHECKING:
    from detente.language.names import Names
    from detente.text.csv_lines import Line
    from detente.text.files import Source

MISSING = ("", *(word for word in ABSENT if word != "None"))  # None may be one of the words of a column
MAX_LEVELS = 50  # of a column of words: more are names, not a classification


def read_cases(source: Source, names: Names, lines: Sequence[Line]) -> Cases:
    """Return the cases of a table with one line per case; tells `names` what expressions may read."""
    first: dict[str, Line] = {}
    for line in lines:
        case = line.get(CASE)
        if not case:
            line.bad(CASE, "the id of a case")
        elif case in first:
            line.bad(CASE, "each case once", case, f"line {first[case].at} has it too")
        first.setdefault(case, line)
    columns = columns_of(lines, [name for name in (lines[0].header if lines else ()) if name != CASE])
    names.cases = set(columns)
    return Cases(tuple(line.get(CASE) for line in lines), columns, source.name)


def columns_of(lines: Sequence[Line], wanted: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Return what expressions may read of some columns. The first case says whether a column holds numbers."""
    found: dict[str, tuple[float, ...]] = {}
    for name in wanted:
        numeric = bool(lines) and parse_number(lines[0].get(name)) is not None
        read: Callable[[Line, str], float | str] = _number if numeric else _word
        cells = [read(line, name) for line in lines]
        if numeric:
            found[f"{CASE}.{name}"] = tuple(float(cell) for cell in cells)
            continue
        levels = sorted({str(cell) for cell in cells if cell})
        if len(levels) > MAX_LEVELS:
            lines[0].bad(name, f"numbers, or at most {MAX_LEVELS} different words", f"{len(levels)} words")
        found |= {f"{CASE}.{name}.{level}": tuple(float(cell == level) for cell in cells) for level in levels}
    return found


def _number(line: Line, name: str) -> float:
    text = line.get(name)
    number = parse_number(text)
    if text in MISSING:
        line.bad(name, "a number", text or "nothing", "leave the case out, or write what stands for the missing value")
    elif number is None:
        line.bad(name, "a number, as in the first case", hint=number_hint(text))
    return number or 0.0


def _word(line: Line, name: str) -> str:
    text = line.get(name)
    if text in MISSING:
        line.bad(name, "a word", text or "nothing", "leave the case out, or write a word for the missing value")
        return ""
    if WORD.fullmatch(text):
        return text
    number = parse_number(text) is not None
    line.bad(name, "a word, as in the first case" if number else "a number, or a word of letters, digits and _")
    return ""
