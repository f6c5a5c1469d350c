"""`python -m benchmarks`: measure, print a table, write a JSON file.

Exit codes: 0 done; 1 when a program plays another game than the reference, gives other results a second time, or fails;
2 for options that make no sense.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.asked import THREADS, Asked
from benchmarks.game.contestants import PACKAGES
from benchmarks.machine import facts
from benchmarks.measure import Deadline, OutOfTimeError, hold_to_cores
from benchmarks.parts import MAIN, MORE
from benchmarks.table import table

QUICK_S = 570.0  # of the ten minutes; the rest is for ending


def unite(whole: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Put a part's findings into the whole, dictionaries of the same name into each other."""
    for key, value in part.items():
        if isinstance(value, dict) and isinstance(whole.get(key), dict):
            unite(whole[key], value)
        else:
            whole[key] = value


def measure(names: list[str], asked: Asked) -> dict[str, Any]:
    """All that the named parts found, with what it was measured on."""
    began = time.perf_counter()
    found: dict[str, Any] = {"size": asked.size, "threads": THREADS, **facts(PACKAGES), "skipped": {}, "failed": {}}
    for name in names:
        try:
            unite(found, {**MAIN, **MORE}[name](asked))
        except OutOfTimeError:
            found["skipped"][name] = "the time was over"
        except RuntimeError as reason:
            found["failed"][name] = str(reason)
    return found | {"seconds": round(time.perf_counter() - began, 1)}


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="How fast Détente is, against others and itself."
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="fewer rounds; ends within ten minutes")
    size.add_argument(
        "--smoke", action="store_true", help="show within a minute or two that everything works; measures nothing"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all findings to FILE")
    parser.add_argument(
        "--only",
        action="append",
        metavar="PART",
        choices=[*MAIN, *MORE],
        help=f"one part, may be repeated: {', '.join(MAIN)} (these by default), {', '.join(MORE)}",
    )
    parser.add_argument(
        "--beside",
        metavar="PYTHON",
        help="the interpreter of another environment, whose Détente takes turns in `runs` with this one",
    )
    return parser


def main() -> int:
    """Run the command."""
    given = options().parse_args()
    hold_to_cores(THREADS)
    asked = Asked(
        "smoke" if given.smoke else "quick" if given.quick else "full",
        Deadline(QUICK_S if given.quick else None),
        given.beside,
    )
    found = measure(given.only or list(MAIN), asked)
    print("\n".join(table(found)))
    if given.json:
        given.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if found["failed"] or found.get("disagrees") else 0


if __name__ == "__main__":
    sys.exit(main())
