"""What can go wrong, as data.

DetenteError            anything Détente raises on purpose
  InputError            the user's input is at fault: exit code 2; holds every Problem found
  EngineError           compiled code reported a bad status (NaN, a hazard outside [0, 1])
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A position in a file, counted from 1, and the text of its line."""

    file: str
    line: int
    column: int
    text: str = ""


@dataclass(frozen=True)
class Problem:
    """One thing wrong in the input. No `place` when it did not come from a file."""

    field: str  # "stocks.kursk.held.flow"
    expected: str
    got: str
    hint: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        lines = [self.field, f"  expected {self.expected}", f"  got      {self.got!r}"]
        if at := self.place:
            lines[0] = f"{at.file}:{at.line}:{at.column}: {self.field}"
            if at.text:
                number = str(at.line)
                lines[1:1] = [
                    f"  {number} | {at.text}",
                    f"  {' ' * len(number)} | {' ' * (at.column - 1)}^",
                ]
        if self.hint:
            lines.append(f"  hint     {self.hint}")
        return "\n".join(lines)


class DetenteError(Exception):
    """Base of every error that Détente raises on purpose."""


class InputError(DetenteError):
    """The input is not valid. Holds every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem], *, what: str = "the scenario") -> None:
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem{'s' * (len(self.problems) != 1)} in {what}"
        super().__init__("\n\n".join([count, *map(str, self.problems)]))


class EngineError(DetenteError):
    """A compiled run ended in a bad status; the message names where."""
