"""What a part of the benchmarks is asked for."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from benchmarks.measure import Deadline

THREADS = 2  # of those programs that have threads or processes, Détente among them


@dataclass(frozen=True)
class Asked:
    """How much, until when.

    size: "smoke" shows that everything works and measures nothing; "quick" is for ten minutes, "full" for an hour.
    beside: the interpreter of another environment, whose Détente runs in turn with this one where a part can.
    """

    size: str = "full"
    deadline: Deadline = field(default_factory=Deadline)
    beside: str | None = None

    def of(self, smoke, quick, full):
        """One of three, by the size."""
        return {"smoke": smoke, "quick": quick, "full": full}[self.size]

    def say(self, what: str) -> None:
        """Tell the user on stderr what is going on."""
        print(what, file=sys.stderr, flush=True)


class SkippedError(Exception):
    """What a part needs is not here; the message says what."""
